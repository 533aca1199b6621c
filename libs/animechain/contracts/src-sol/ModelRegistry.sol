// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IModelRegistry, Publication, Version} from "./interfaces/IModelRegistry.sol";
import {IModules} from "./interfaces/IModules.sol";
import {Commitment, ITrainingCommit, TrainingStatus} from "./interfaces/ITrainingCommit.sol";

/// @title ModelRegistry
/// @notice See IModelRegistry. No owner, no proxy; nothing burns a version.
contract ModelRegistry is IModelRegistry, ERC721, EIP712 {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Parents of a version at most.
    uint256 public constant MAX_PARENTS = 8;
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of the registry of consents in the directory.
    bytes32 public constant CONSENT_REGISTRY = keccak256("ConsentRegistry");
    /// @notice Key of the training commitments in the directory.
    bytes32 public constant TRAINING_COMMIT = keccak256("TrainingCommit");
    /// @notice Key of this module in the directory.
    bytes32 public constant MODEL_REGISTRY = keccak256("ModelRegistry");
    /// @notice Type of what the owner of a parent signs (EIP-712).
    bytes32 public constant TUNE_TYPEHASH = keccak256(
        "Tune(uint256 parent,address publisher,address training,uint256 trainingCommit,uint256 nonce,uint256 deadline)"
    );

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc IModelRegistry
    uint256 public count;
    /// @inheritdoc IModelRegistry
    uint16 public optInFloor;
    /// @inheritdoc IModelRegistry
    mapping(address owner => uint256) public nonces;
    /// @inheritdoc IModelRegistry
    mapping(address training => mapping(uint256 trainingCommit => uint256)) public versionOfCommit;
    /// @inheritdoc IModelRegistry
    mapping(uint256 id => mapping(address owner => mapping(address account => bool))) public mayTune;

    mapping(uint256 id => Version) private _versions;
    mapping(uint256 id => address) private _operators;

    /// @notice Names the directory and the collection.
    /// @param modules_ Where the other contracts are.
    /// @param name_ Name of the collection.
    /// @param symbol_ Short name of the collection.
    constructor(
        IModules modules_,
        string memory name_,
        string memory symbol_
    ) ERC721(name_, symbol_) EIP712("ModelRegistry", "1") {
        modules = modules_;
    }

    /// @inheritdoc IModelRegistry
    function publish(
        Publication calldata publication,
        uint256 deadline,
        bytes[] calldata signatures
    ) external returns (uint256 id) {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(MODEL_REGISTRY)) revert ModelRegistry_Paused();
        if (publication.weightsVaultAsset == 0) revert ModelRegistry_Zero("weightsVaultAsset");
        if (publication.runtimeHash == 0) revert ModelRegistry_Zero("runtimeHash");
        if (publication.evalHash == 0) revert ModelRegistry_Zero("evalHash");
        address training = modules.moduleOf(TRAINING_COMMIT);
        Commitment memory commitment = _requireTraining(training, publication.trainingCommit);
        id = ++count;
        _requireParents(id, publication, training, commitment.committedAt, deadline, signatures);
        versionOfCommit[training][publication.trainingCommit] = id;
        _versions[id] = Version({
            parents: publication.parents,
            training: training,
            publishedAt: uint64(block.timestamp),
            trainingCommit: publication.trainingCommit,
            weightsVaultAsset: publication.weightsVaultAsset,
            runtimeHash: publication.runtimeHash,
            evalHash: publication.evalHash,
            composition: bytes32(commitment.weights)
        });
        emit VersionPublished(
            id,
            msg.sender,
            publication.trainingCommit,
            publication.parents,
            publication.weightsVaultAsset,
            bytes32(commitment.weights)
        );
        _mint(msg.sender, id);
    }

    /// @inheritdoc IModelRegistry
    function allowTuning(uint256 id, address account, bool allowed) external {
        _requireOwner(id);
        mayTune[id][msg.sender][account] = allowed;
        emit TuningAllowed(id, msg.sender, account, allowed);
    }

    /// @inheritdoc IModelRegistry
    function setOperator(uint256 id, address operator) external {
        _requireOwner(id);
        _operators[id] = operator;
        emit OperatorSet(id, operator);
    }

    /// @inheritdoc IModelRegistry
    function versionOf(uint256 id) external view returns (Version memory) {
        _requireOwned(id);
        return _versions[id];
    }

    /// @inheritdoc IModelRegistry
    function isMintable(uint256 id) external view returns (bool) {
        return _ownerOf(id) != address(0);
    }

    /// @inheritdoc IModelRegistry
    function operatorOf(uint256 id) external view returns (address) {
        address owner = _requireOwned(id);
        address operator = _operators[id];
        return operator == address(0) ? owner : operator;
    }

    /// @inheritdoc IModelRegistry
    function trainingCommitOf(uint256 id) external view returns (uint256) {
        _requireOwned(id);
        return _versions[id].trainingCommit;
    }

    /// @inheritdoc IModelRegistry
    function bpsByBasisOf(uint256 id) external view returns (uint16[5] memory) {
        _requireOwned(id);
        return ITrainingCommit(_versions[id].training).bpsByBasisOf(_versions[id].trainingCommit);
    }

    /// @inheritdoc IModelRegistry
    function containsRevoked(uint256 id) external view returns (bool) {
        _requireOwned(id);
        return ITrainingCommit(_versions[id].training).containsRevoked(_versions[id].trainingCommit);
    }

    /// @inheritdoc IModelRegistry
    function ownerOf(uint256 id) public view override(ERC721, IModelRegistry) returns (address) {
        return super.ownerOf(id);
    }

    /// @inheritdoc IModelRegistry
    function digestOf(
        uint256 parent,
        address publisher,
        address training,
        uint256 trainingCommit,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(abi.encode(TUNE_TYPEHASH, parent, publisher, training, trainingCommit, nonce, deadline))
            );
    }

    /// @dev Who runs a version for one owner does not for the next.
    function _update(address to, uint256 id, address auth) internal override returns (address from) {
        from = super._update(to, id, auth);
        if (_operators[id] == address(0)) return from;
        delete _operators[id];
        emit OperatorSet(id, address(0));
    }

    function _requireTraining(address training, uint256 id) private returns (Commitment memory commitment) {
        commitment = ITrainingCommit(training).commitmentOf(id);
        if (commitment.status != TrainingStatus.Final) revert ModelRegistry_NotFinal(id, uint8(commitment.status));
        if (commitment.trainer != msg.sender) revert ModelRegistry_Unauthorized(msg.sender, commitment.trainer);
        uint256 used = versionOfCommit[training][id];
        if (used != 0) revert ModelRegistry_Used(id, used);
        uint16 least = IConsentRegistry(modules.moduleOf(CONSENT_REGISTRY)).minOptInBps();
        if (least > optInFloor) optInFloor = least;
        uint16 got = ITrainingCommit(training).bpsByBasisOf(id)[1];
        if (got < optInFloor) revert ModelRegistry_TooLittleOptIn(got, optInFloor);
    }

    function _requireParents(
        uint256 id,
        Publication calldata publication,
        address training,
        uint64 committedAt,
        uint256 deadline,
        bytes[] calldata signatures
    ) private {
        uint256 length = publication.parents.length;
        if (length > MAX_PARENTS) revert ModelRegistry_Length("parents", length, 0, MAX_PARENTS);
        if (signatures.length != length) revert ModelRegistry_Length("signatures", signatures.length, length, length);
        uint256 before = 0;
        for (uint256 i = 0; i < length; i++) {
            uint256 parent = publication.parents[i];
            if (parent <= before || parent >= id) revert ModelRegistry_BadParent(parent, before, id);
            before = parent;
            // What was revoked by then is in the new commitment only as a leaf that anyone can challenge.
            uint64 revokedAt = ITrainingCommit(_versions[parent].training).lastRevokedAt(
                _versions[parent].trainingCommit
            );
            if (committedAt < revokedAt) revert ModelRegistry_MustExclude(parent, revokedAt, committedAt);
            _requireLeave(parent, training, publication.trainingCommit, deadline, signatures[i]);
        }
    }

    function _requireLeave(
        uint256 parent,
        address training,
        uint256 trainingCommit,
        uint256 deadline,
        bytes calldata signature
    ) private {
        address owner = ownerOf(parent);
        if (owner == msg.sender || mayTune[parent][owner][msg.sender]) return;
        if (block.timestamp > deadline) revert ModelRegistry_Expired(deadline, block.timestamp);
        uint256 nonce = nonces[owner]++;
        bytes32 digest = digestOf(parent, msg.sender, training, trainingCommit, nonce, deadline);
        if (!SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature))
            revert ModelRegistry_NoLeave(parent, owner, nonce);
    }

    function _requireOwner(uint256 id) private view {
        address owner = _requireOwned(id);
        if (msg.sender != owner) revert ModelRegistry_Unauthorized(msg.sender, owner);
    }
}
