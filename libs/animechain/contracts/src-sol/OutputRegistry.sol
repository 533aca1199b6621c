// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IAIRAFactory} from "./interfaces/IAIRAFactory.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IIPRegistry} from "./interfaces/IIPRegistry.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IModules} from "./interfaces/IModules.sol";
import {Epoch, IOutputRegistry, Output, Registration} from "./interfaces/IOutputRegistry.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";

/// @title OutputRegistry
/// @notice See IOutputRegistry. No owner, no proxy.
contract OutputRegistry is IOutputRegistry, ReentrancyGuardTransient {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Outputs of an epoch at most.
    uint64 public constant MAX_OUTPUTS = 2 ** 32;
    /// @notice Steps of a proof at most.
    uint256 public constant MAX_PROOF = 32;
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of the registry of works in the directory.
    bytes32 public constant IP_REGISTRY = keccak256("IPRegistry");
    /// @notice Key of the registry of models in the directory.
    bytes32 public constant MODEL_REGISTRY = keccak256("ModelRegistry");
    /// @notice Key of the factory of AIRA tokens in the directory.
    bytes32 public constant AIRA_FACTORY = keccak256("AIRAFactory");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant ROYALTY_VAULTS = keccak256("RoyaltyVaults");
    /// @notice Key of this module in the directory.
    bytes32 public constant OUTPUT_REGISTRY = keccak256("OutputRegistry");

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc IOutputRegistry
    mapping(uint256 modelVersion => uint64) public epochs;
    /// @inheritdoc IOutputRegistry
    mapping(uint256 modelVersion => mapping(bytes32 outputId => uint256)) public workOf;

    mapping(uint256 modelVersion => mapping(uint64 epoch => Epoch)) private _epochs;

    /// @notice Names the directory.
    /// @param modules_ Where the other contracts are.
    constructor(IModules modules_) {
        modules = modules_;
    }

    /// @inheritdoc IOutputRegistry
    function post(uint256 modelVersion, uint64 epoch, bytes32 root, uint64 count) external {
        _requireRunning();
        address operator = IModelRegistry(modules.moduleOf(MODEL_REGISTRY)).operatorOf(modelVersion);
        if (msg.sender != operator) revert OutputRegistry_Unauthorized(msg.sender, operator);
        uint64 next = epochs[modelVersion] + 1;
        if (epoch != next) revert OutputRegistry_BadEpoch(epoch, next);
        if (root == 0) revert OutputRegistry_Zero("root");
        _requireWithin("count", count, 1, MAX_OUTPUTS);
        epochs[modelVersion] = epoch;
        _epochs[modelVersion][epoch] = Epoch(root, count, uint64(block.timestamp));
        emit EpochPosted(modelVersion, epoch, root, count);
    }

    /// @inheritdoc IOutputRegistry
    function claimWork(
        uint256 modelVersion,
        uint64 epoch,
        Output calldata output,
        bytes32[] calldata proof,
        Registration calldata registration
    ) external nonReentrant returns (uint256 work) {
        _requireRunning();
        _requireOutput(modelVersion, epoch, output, proof);
        _requireRecipient(output.recipient, registration.work.authors);
        if (registration.work.vaultAsset != output.vaultAsset)
            revert OutputRegistry_OtherAsset(registration.work.vaultAsset, output.vaultAsset);
        work = _register(registration);
        workOf[modelVersion][output.outputId] = work;
        (address aira, uint16 bps) = _share(work, output.source, modelVersion);
        emit OutputClaimed(modelVersion, epoch, output.outputId, work, aira, bps);
    }

    /// @inheritdoc IOutputRegistry
    function epochOf(uint256 modelVersion, uint64 epoch) external view returns (Epoch memory) {
        return _epochs[modelVersion][epoch];
    }

    /// @inheritdoc IOutputRegistry
    function leafOf(Output calldata output) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(output))));
    }

    /// @dev What the registry of works takes is used here only.
    function _register(Registration calldata r) private returns (uint256) {
        IIPRegistry registry = IIPRegistry(modules.moduleOf(IP_REGISTRY));
        return registry.register(r.work, r.owner, r.licences, r.assetCid, r.deadline, r.signatures);
    }

    function _share(uint256 work, uint256 source, uint256 modelVersion) private returns (address aira, uint16 bps) {
        if (source == 0) return (address(0), 0);
        IAIRAFactory factory = IAIRAFactory(modules.moduleOf(AIRA_FACTORY));
        aira = factory.airaOf(source, modelVersion);
        if (aira == address(0)) return (address(0), 0);
        bps = factory.publishBpsOf(aira);
        if (bps != 0) IRoyaltyVaults(modules.moduleOf(ROYALTY_VAULTS)).fixBeneficiary(work, aira, bps);
    }

    function _requireOutput(
        uint256 modelVersion,
        uint64 epoch,
        Output calldata output,
        bytes32[] calldata proof
    ) private view {
        _requireWithin("proof", proof.length, 0, MAX_PROOF);
        bytes32 root = _epochs[modelVersion][epoch].root;
        if (root == 0 || !MerkleProof.verifyCalldata(proof, root, leafOf(output)))
            revert OutputRegistry_NotInEpoch(output.outputId, root);
        uint256 claimed = workOf[modelVersion][output.outputId];
        if (claimed != 0) revert OutputRegistry_Claimed(output.outputId, claimed);
    }

    function _requireRecipient(address recipient, address[] calldata authors) private view {
        if (msg.sender == recipient) return;
        // The registry of works bounds their number and has each of them sign this work and its owner.
        for (uint256 i = 0; i < authors.length && i < 16; i++) if (authors[i] == recipient) return;
        revert OutputRegistry_Unauthorized(msg.sender, recipient);
    }

    function _requireRunning() private view {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(OUTPUT_REGISTRY)) revert OutputRegistry_Paused();
    }

    function _requireWithin(string memory what, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert OutputRegistry_OutOfBounds(what, got, least, most);
    }
}
