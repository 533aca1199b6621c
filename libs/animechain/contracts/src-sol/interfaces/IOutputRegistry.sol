// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Work} from "./IIPRegistry.sol";

/// @notice What a version generated once. On chain only its hash is known until its recipient claims it.
/// @param outputId Random id, of 32 bytes; one work at most for each of a version.
/// @param receipt What it was generated for: the hash of the usage meter's voucher, or of a licence.
/// @param manifest `keccak256(salt ‖ manifest)` of its C2PA manifest, with a salt of 32 random bytes.
/// @param vaultAsset The sealed output in the private store.
/// @param recipient Who paid, and may make a work of it.
/// @param source The work whose AIRA token it was generated with; 0 for none.
struct Output {
    bytes32 outputId;
    bytes32 receipt;
    bytes32 manifest;
    bytes32 vaultAsset;
    address recipient;
    uint256 source;
}

/// @notice What a version generated in a stretch of time.
/// @param root Root over its outputs.
/// @param count How many there are.
/// @param postedAt When it was posted, seconds.
struct Epoch {
    bytes32 root;
    uint64 count;
    uint64 postedAt;
}

/// @notice What the registry of works takes.
/// @param work The work; its vault asset is that of the output.
/// @param owner Who will own it.
/// @param licences For each parent the licence under which it derives; 0 where `owner` owns the parent.
/// @param assetCid CID of the ciphertext.
/// @param deadline Until when the signatures serve, seconds.
/// @param signatures One per author, in their order.
struct Registration {
    Work work;
    address owner;
    uint256[] licences;
    string assetCid;
    uint256 deadline;
    bytes[] signatures;
}

/// @title IOutputRegistry
/// @notice Everything that a version generated, as one root an epoch; from there an output becomes a work by proof.
interface IOutputRegistry {
    /// @notice An epoch of a version was posted.
    /// @param version The version.
    /// @param epoch Which epoch, counted from 1.
    /// @param root Root over its outputs.
    /// @param count How many there are.
    event EpochPosted(uint256 indexed version, uint64 indexed epoch, bytes32 root, uint64 count);

    /// @notice An output became a work.
    /// @param version The version that generated it.
    /// @param epoch In which epoch.
    /// @param outputId The output.
    /// @param work The work.
    /// @param aira The AIRA token that shares in its revenue; zero for none.
    /// @param bps Its share of what the work's parents leave.
    event OutputClaimed(
        uint256 indexed version,
        uint64 epoch,
        bytes32 indexed outputId,
        uint256 indexed work,
        address aira,
        uint16 bps
    );

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error OutputRegistry_Unauthorized(address caller, address expected);

    /// @notice The council stopped new epochs and works.
    error OutputRegistry_Paused();

    /// @notice A field must not be zero.
    /// @param what Which one.
    error OutputRegistry_Zero(string what);

    /// @notice A number is out of its bounds.
    /// @param what Which one.
    /// @param got The number.
    /// @param least The least.
    /// @param most The greatest.
    error OutputRegistry_OutOfBounds(string what, uint256 got, uint256 least, uint256 most);

    /// @notice Epochs of a version follow each other.
    /// @param got The epoch that was named.
    /// @param expected The one that is next.
    error OutputRegistry_BadEpoch(uint64 got, uint64 expected);

    /// @notice The output is not under the root of the epoch.
    /// @param outputId The output.
    /// @param root The root; zero where the epoch was not posted.
    error OutputRegistry_NotInEpoch(bytes32 outputId, bytes32 root);

    /// @notice The output is a work already.
    /// @param outputId The output.
    /// @param work The work.
    error OutputRegistry_Claimed(bytes32 outputId, uint256 work);

    /// @notice The work is of other content than the output.
    /// @param got The work's vault asset.
    /// @param expected The output's.
    error OutputRegistry_OtherAsset(bytes32 got, bytes32 expected);

    /// @notice Number of epochs of a version.
    /// @param version The version.
    /// @return The number, also the newest epoch.
    function epochs(uint256 version) external view returns (uint64);

    /// @notice An epoch; zero where it was not posted.
    /// @param version The version.
    /// @param epoch Which epoch, counted from 1.
    /// @return The epoch.
    function epochOf(uint256 version, uint64 epoch) external view returns (Epoch memory);

    /// @notice The work that an output became.
    /// @param version The version that generated it.
    /// @param outputId The output.
    /// @return The work; 0 for none.
    function workOf(uint256 version, bytes32 outputId) external view returns (uint256);

    /// @notice Hash of an output as a leaf: twice, as OpenZeppelin's standard tree has it.
    /// @param output The output.
    /// @return The hash.
    function leafOf(Output calldata output) external pure returns (bytes32);

    /// @notice Posts the next epoch of a version. By its operator.
    /// @param version The version.
    /// @param epoch Which epoch: the one that is next.
    /// @param root Root over its outputs, a standard tree of OpenZeppelin.
    /// @param count How many there are, 1 to 2^32.
    function post(uint256 version, uint64 epoch, bytes32 root, uint64 count) external;

    /// @notice Makes a work of an output, and fixes the AIRA token of its source and version as a beneficiary of it. By the recipient of the output, or by
    /// anyone where the recipient is an author of the work and so signed it.
    /// @param version The version that generated it.
    /// @param epoch In which epoch.
    /// @param output The output.
    /// @param proof Proof that it is under the root of the epoch.
    /// @param registration What the registry of works takes.
    /// @return work The work.
    function claimWork(
        uint256 version,
        uint64 epoch,
        Output calldata output,
        bytes32[] calldata proof,
        Registration calldata registration
    ) external returns (uint256 work);
}
