// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a trainer publishes.
/// @param parents At most 8 versions that it was tuned from, ascending.
/// @param trainingCommit What this step was trained on: a final commitment of the caller that no other version names.
/// @param weightsVaultAsset The sealed weights in the private store.
/// @param runtimeHash Salted commitment to the software that runs it.
/// @param evalHash Salted commitment to how it was evaluated.
struct Publication {
    uint256[] parents;
    uint256 trainingCommit;
    bytes32 weightsVaultAsset;
    bytes32 runtimeHash;
    bytes32 evalHash;
}

/// @notice A version of a model; it never changes.
/// @param parents Versions that it was tuned from, ascending.
/// @param training The contract that has its commitment.
/// @param publishedAt When it was published, seconds.
/// @param trainingCommit What this step was trained on.
/// @param weightsVaultAsset The sealed weights in the private store.
/// @param runtimeHash Salted commitment to the software that runs it.
/// @param evalHash Salted commitment to how it was evaluated.
/// @param composition Weights by basis of this step, packed as the commitment has them; not what the publisher says.
struct Version {
    uint256[] parents;
    address training;
    uint64 publishedAt;
    uint256 trainingCommit;
    bytes32 weightsVaultAsset;
    bytes32 runtimeHash;
    bytes32 evalHash;
    bytes32 composition;
}

/// @title IModelRegistry
/// @notice Versions of models as ERC-721 tokens, immutable, with lineage and what they were trained on.
interface IModelRegistry {
    /// @notice A version was published.
    /// @param id The version, counted from 1.
    /// @param owner Who owns it.
    /// @param trainingCommit What it was trained on.
    /// @param parents What it was tuned from.
    /// @param weightsVaultAsset The sealed weights.
    /// @param composition Weights by basis, packed.
    event VersionPublished(
        uint256 indexed id,
        address indexed owner,
        uint256 indexed trainingCommit,
        uint256[] parents,
        bytes32 weightsVaultAsset,
        bytes32 composition
    );

    /// @notice Who runs a version changed.
    /// @param id The version.
    /// @param operator Who; zero for the owner.
    event OperatorSet(uint256 indexed id, address indexed operator);

    /// @notice An owner gave or took leave to tune a version.
    /// @param id The version.
    /// @param owner Who gave it.
    /// @param account To whom.
    /// @param allowed Whether it is given.
    event TuningAllowed(uint256 indexed id, address indexed owner, address indexed account, bool allowed);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error ModelRegistry_Unauthorized(address caller, address expected);

    /// @notice The council stopped new versions.
    error ModelRegistry_Paused();

    /// @notice A field must not be zero.
    /// @param what Which one.
    error ModelRegistry_Zero(string what);

    /// @notice A list is shorter or longer than it may be.
    /// @param what Which list.
    /// @param got Its length.
    /// @param least Least length.
    /// @param most Greatest length.
    error ModelRegistry_Length(string what, uint256 got, uint256 least, uint256 most);

    /// @notice A parent must exist before its child, above the parent before it in the list.
    /// @param parent The parent that was named.
    /// @param above It must be above this.
    /// @param below It must be below this.
    error ModelRegistry_BadParent(uint256 parent, uint256 above, uint256 below);

    /// @notice The commitment is not final: it is open, tainted, or there is none.
    /// @param trainingCommit The commitment.
    /// @param status Where it stands.
    error ModelRegistry_NotFinal(uint256 trainingCommit, uint8 status);

    /// @notice Another version names this commitment.
    /// @param trainingCommit The commitment.
    /// @param version That version.
    error ModelRegistry_Used(uint256 trainingCommit, uint256 version);

    /// @notice Too little of the training rests on opt-in.
    /// @param got Its share, bps.
    /// @param least The least, bps.
    error ModelRegistry_TooLittleOptIn(uint256 got, uint256 least);

    /// @notice A consent of the parent was revoked after this commitment was made, so nothing shows that the commitment is without it.
    /// @param parent The parent.
    /// @param revokedAt When, seconds.
    /// @param committedAt When the commitment was made, seconds.
    error ModelRegistry_MustExclude(uint256 parent, uint64 revokedAt, uint64 committedAt);

    /// @notice The owner of a parent gave no leave.
    /// @param parent The parent.
    /// @param owner Its owner.
    /// @param nonce The nonce that the owner signs next.
    error ModelRegistry_NoLeave(uint256 parent, address owner, uint256 nonce);

    /// @notice A signature is too old.
    /// @param deadline Until when it served, seconds.
    /// @param timestamp What time it is, seconds.
    error ModelRegistry_Expired(uint256 deadline, uint256 timestamp);

    /// @notice Number of versions.
    /// @return The number, also the newest id.
    function count() external view returns (uint256);

    /// @notice The nonce that an owner signs next.
    /// @param owner Who.
    /// @return The nonce.
    function nonces(address owner) external view returns (uint256);

    /// @notice The highest least opt-in share that a publication met. It holds whatever registry of consents governance puts in place.
    /// @return bps.
    function optInFloor() external view returns (uint16);

    /// @notice A version. Reverts where there is none (ERC-6093).
    /// @param version The version.
    /// @return The version.
    function versionOf(uint256 version) external view returns (Version memory);

    /// @notice The version that names a commitment.
    /// @param training The contract that has the commitment.
    /// @param trainingCommit The commitment.
    /// @return Its id; 0 where none does.
    function versionOfCommit(address training, uint256 trainingCommit) external view returns (uint256);

    /// @notice Whether an owner of a version gave an account leave to tune it.
    /// @param version The version.
    /// @param owner Who gave it; it counts while this is the owner.
    /// @param account To whom.
    /// @return Whether it is given.
    function mayTune(uint256 version, address owner, address account) external view returns (bool);

    /// @notice Whether AIRA may be minted on a version: neither it nor an ancestor is tainted. A version is published on a final commitment only, which nothing
    /// can taint, and so were its ancestors: every version there is may be minted on.
    /// @param version The version.
    /// @return Whether it may; false where there is none.
    function isMintable(uint256 version) external view returns (bool);

    /// @notice Owner of a version (ERC-721).
    /// @param version The version, counted from 1.
    /// @return The owner.
    function ownerOf(uint256 version) external view returns (address);

    /// @notice Who runs a version: posts outputs and proposes rewards. The owner unless set.
    /// @param version The version.
    /// @return The operator.
    function operatorOf(uint256 version) external view returns (address);

    /// @notice What a version was trained on.
    /// @param version The version.
    /// @return The training commitment.
    function trainingCommitOf(uint256 version) external view returns (uint256);

    /// @notice Shares of the weight of a version's own training step by basis, as in `ITrainingCommit.bpsByBasisOf`.
    /// @param version The version.
    /// @return bps, 10,000 together.
    function bpsByBasisOf(uint256 version) external view returns (uint16[5] memory);

    /// @notice Whether a consent that a version's own training rests on is known to be revoked. Its children need a later commitment.
    /// @param version The version.
    /// @return Whether one is.
    function containsRevoked(uint256 version) external view returns (bool);

    /// @notice What the owner of a parent signs (EIP-712).
    /// @param parent The parent.
    /// @param publisher Who may tune it.
    /// @param training The contract that has the commitment.
    /// @param trainingCommit On what.
    /// @param nonce The owner's nonce.
    /// @param deadline Until when it may be used, seconds.
    /// @return The digest.
    function digestOf(
        uint256 parent,
        address publisher,
        address training,
        uint256 trainingCommit,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice Publishes a version; it is the caller's. By the trainer of its commitment.
    /// @param publication What is published.
    /// @param deadline Until when the signatures serve, seconds.
    /// @param signatures One per parent, of its owner; not read where the caller is the owner or has its leave.
    /// @return id The version, counted from 1.
    function publish(
        Publication calldata publication,
        uint256 deadline,
        bytes[] calldata signatures
    ) external returns (uint256 id);

    /// @notice Gives an account leave to tune a version, or takes it. By the owner; a new owner gives its own.
    /// @param version The version.
    /// @param account To whom.
    /// @param allowed Whether it is given.
    function allowTuning(uint256 version, address account, bool allowed) external;

    /// @notice Says who runs a version, until it is transferred. By the owner.
    /// @param version The version.
    /// @param operator Who; zero for the owner.
    function setOperator(uint256 version, address operator) external;
}
