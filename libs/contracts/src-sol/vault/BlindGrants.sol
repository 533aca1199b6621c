// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ISemver} from "../shared/ISemver.sol";
import {Denials} from "./Denials.sol";
import {GrantPolicy} from "./GrantPolicy.sol";
import {Subjects} from "./Subjects.sol";
import {GrantEvidence, GrantsRoot, VaultMessages} from "./VaultMessages.sol";
import {IAccessRegistry} from "./interfaces/IAccessRegistry.sol";

/// @title BlindGrants
/// @notice A policy that has one root for each project and the leaves that were taken back. Who may see what is in no transaction: a leaf
/// is the hash of a grant with a random nonce, and key nodes alone are shown it. How many roots a project had, and when, is seen; make
/// trees of the same depth for all to see nothing from proofs either.
contract BlindGrants is GrantPolicy, ISemver {
    /// @notice A project's root.
    /// @param root Root over the leaves; zero for none.
    /// @param version Counts the roots.
    /// @param era In which era of the project it was set.
    struct Root {
        bytes32 root;
        uint64 version;
        uint64 era;
    }

    /// @notice Steps of a path in the tree at most.
    uint256 public constant MAX_PROOF = 64;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice The root of a project.
    mapping(bytes32 project => Root) public rootOf;

    /// @notice A project has another root.
    /// @param project The project.
    /// @param version Which one it is, counted from 1.
    /// @param root Root over the leaves.
    event RootSet(bytes32 indexed project, uint64 indexed version, bytes32 root);

    /// @notice It is not the next root.
    /// @param version Which one it was said to be.
    /// @param expected Which one is next.
    error BlindGrants_WrongVersion(uint64 version, uint64 expected);

    /// @notice Names the registry.
    /// @param registry_ Where projects are registered.
    constructor(IAccessRegistry registry_) GrantPolicy(registry_) {}

    /// @notice Sets the root. The owner, or a delegate with `GRANT` and `REVOKE`: a root without a leaf takes its grant back.
    /// @param project The project.
    /// @param root Root over `keccak256(keccak256(grant hash))` of the owner's grants, pairs sorted; zero for none.
    function setRoot(bytes32 project, bytes32 root) external {
        _requirePower(project, POWER_GRANT | POWER_REVOKE);
        _setRoot(project, root);
    }

    /// @notice The same signed; anybody may send it, and pay.
    /// @param message Project and root, and which one it is.
    /// @param signature EIP-712 signature of the owner or a delegate with `GRANT` and `REVOKE`.
    function setRootBySignature(GrantsRoot calldata message, bytes calldata signature) external {
        _requireSigned(message.project, POWER_GRANT | POWER_REVOKE, VaultMessages.hash(message), signature);
        uint64 next = rootOf[message.project].version + 1;
        if (message.version != next) revert BlindGrants_WrongVersion(message.version, next);
        _setRoot(message.project, message.root);
    }

    /// @notice Takes a grant back by its leaf. The owner, or a delegate with `REVOKE`.
    /// @param project The project.
    /// @param leaf `keccak256(keccak256(grant hash))`.
    function revokeLeaf(bytes32 project, bytes32 leaf) external {
        _requirePower(project, POWER_REVOKE);
        _markRevoked(project, leaf);
    }

    function _setRoot(bytes32 project, bytes32 root) private {
        uint64 next = rootOf[project].version + 1;
        rootOf[project] = Root(root, next, registry.projectOf(project).era);
        emit RootSet(project, next, root);
    }

    /// @dev The leaf: a hash of a hash, so that no node of the tree is one.
    function _key(bytes32 id) internal pure override returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(id))));
    }

    /// @dev The owner's grant is in the tree; one that passes it on is signed.
    function _given(
        GrantEvidence memory shown,
        bytes32 id,
        address giver,
        uint64 era
    ) internal view override returns (address by, bytes4 reason) {
        if (giver != address(0))
            return (giver, Subjects.signed(giver, id, shown.signature) ? bytes4(0) : Denials.BAD_SIGNATURE);
        Root memory it = rootOf[shown.grant.project];
        if (shown.proof.length > MAX_PROOF || it.root == 0 || !MerkleProof.verify(shown.proof, it.root, _key(id)))
            return (address(0), Denials.NO_GRANT);
        if (it.era != era) reason = Denials.REVOKED;
    }
}
