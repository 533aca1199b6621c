// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ISemver} from "../shared/ISemver.sol";
import {Subjects} from "./Subjects.sol";
import {Erase, VaultMessages} from "./VaultMessages.sol";
import {IAccessPolicy} from "./interfaces/IAccessPolicy.sol";
import {IAccessRegistry} from "./interfaces/IAccessRegistry.sol";

/// @title AccessRegistry
/// @notice See IAccessRegistry. Owned by nobody. What it asks of a caller it asks of everybody: a transaction forced through L1 can do what the same
/// account's transaction on L2 can, and nothing else.
contract AccessRegistry is IAccessRegistry, ISemver {
    /// @notice The newest anchor of a node.
    /// @param sequence Which of its anchors it is.
    /// @param timestamp When, seconds.
    /// @param root Root over its newest receipts.
    struct Anchor {
        uint64 sequence;
        uint64 timestamp;
        bytes32 root;
    }

    /// @notice Power of a delegate: sign grants.
    uint8 public constant GRANT = 1;
    /// @notice Power of a delegate: take grants back.
    uint8 public constant REVOKE = 2;
    /// @notice Power of a delegate: sign manifests.
    uint8 public constant MANIFEST = 4;
    /// @notice Power of a delegate: erase objects.
    uint8 public constant ERASE = 8;
    /// @notice Power of a delegate: read what nodes have of the project.
    uint8 public constant READ = 16;
    /// @notice All powers, those of the owner.
    uint8 public constant ALL = 31;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    mapping(bytes32 project => Project) private _projects;

    /// @dev By era too, so that a new owner begins without delegates.
    mapping(bytes32 project => mapping(uint64 era => mapping(address account => uint8))) private _delegates;

    /// @inheritdoc IAccessRegistry
    mapping(bytes32 project => mapping(bytes32 object => bool)) public tombstone;

    /// @inheritdoc IAccessRegistry
    mapping(address node => Anchor) public anchorOf;

    /// @dev Refuses everybody but the owner of the project.
    modifier onlyOwner(bytes32 project) {
        if (_projects[project].owner != msg.sender) revert AccessRegistry_Unauthorized(project, msg.sender);
        _;
    }

    /// @inheritdoc IAccessRegistry
    function createProject(bytes32 salt, IAccessPolicy policy) external returns (bytes32 project) {
        project = projectId(msg.sender, salt);
        if (_projects[project].owner != address(0)) revert AccessRegistry_ProjectExists(project);
        _requireCode(policy);
        _projects[project] = Project(msg.sender, 0, address(0), policy);
        emit ProjectCreated(project, msg.sender, address(policy), salt);
    }

    /// @inheritdoc IAccessRegistry
    function transferOwnership(bytes32 project, address next) external onlyOwner(project) {
        _projects[project].pendingOwner = next;
        emit OwnershipOffered(project, msg.sender, next);
    }

    /// @inheritdoc IAccessRegistry
    function acceptOwnership(bytes32 project) external {
        Project storage it = _projects[project];
        if (it.pendingOwner != msg.sender) revert AccessRegistry_Unauthorized(project, msg.sender);
        emit OwnershipTransferred(project, it.owner, msg.sender);
        (it.owner, it.pendingOwner) = (msg.sender, address(0));
        it.era++;
    }

    /// @inheritdoc IAccessRegistry
    function setPolicy(bytes32 project, IAccessPolicy policy) external onlyOwner(project) {
        _requireCode(policy);
        _projects[project].policy = policy;
        emit PolicySet(project, address(policy));
    }

    /// @inheritdoc IAccessRegistry
    function setDelegate(bytes32 project, address account, uint8 powers) external onlyOwner(project) {
        if (powers > ALL) revert AccessRegistry_BadPowers(powers);
        _delegates[project][_projects[project].era][account] = powers;
        emit DelegateSet(project, account, powers);
    }

    /// @inheritdoc IAccessRegistry
    function erase(bytes32 project, bytes32 object) external {
        if (powersOf(project, msg.sender) & ERASE == 0) revert AccessRegistry_Unauthorized(project, msg.sender);
        _erase(project, object);
    }

    /// @inheritdoc IAccessRegistry
    function eraseBySignature(Erase calldata order, bytes calldata signature) external {
        bytes32 digest = VaultMessages.digest(domainSeparator(), VaultMessages.hash(order));
        if (signerFor(order.project, ERASE, digest, signature) == address(0))
            revert AccessRegistry_Unauthorized(order.project, address(0));
        _erase(order.project, order.object);
    }

    /// @inheritdoc IAccessRegistry
    function anchorReceipts(uint64 sequence, bytes32 root) external {
        Anchor storage anchor = anchorOf[msg.sender];
        if (anchor.timestamp != 0 && sequence <= anchor.sequence)
            revert AccessRegistry_NotNewer(sequence, anchor.sequence);
        anchorOf[msg.sender] = Anchor(sequence, uint64(block.timestamp), root);
        emit ReceiptsAnchored(msg.sender, sequence, root);
    }

    /// @inheritdoc IAccessRegistry
    function projectOf(bytes32 project) external view returns (Project memory) {
        return _projects[project];
    }

    /// @inheritdoc IAccessRegistry
    function isErased(bytes32 project, bytes32[] calldata path) external view returns (bool) {
        mapping(bytes32 => bool) storage erased = tombstone[project];
        bytes32 object = project;
        if (erased[object]) return true;
        for (uint256 i = 0; i < path.length; i++) {
            object = keccak256(abi.encodePacked(object, path[i]));
            if (erased[object]) return true;
        }
        return false;
    }

    /// @inheritdoc IAccessRegistry
    function projectId(address owner, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), owner, salt));
    }

    /// @inheritdoc IAccessRegistry
    function powersOf(bytes32 project, address account) public view returns (uint8) {
        Project storage it = _projects[project];
        if (it.owner == address(0)) return 0;
        return account == it.owner ? ALL : _delegates[project][it.era][account];
    }

    /// @inheritdoc IAccessRegistry
    function signerFor(
        bytes32 project,
        uint8 power,
        bytes32 digest,
        bytes calldata signature
    ) public view returns (address signer) {
        (address key, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && powersOf(project, key) & power == power) return key;
        address owner = _projects[project].owner;
        if (owner != address(0) && Subjects.signedByCode(owner, digest, signature)) return owner;
    }

    /// @inheritdoc IAccessRegistry
    function domainSeparator() public view returns (bytes32) {
        return VaultMessages.domainSeparator(block.chainid, address(this));
    }

    function _erase(bytes32 project, bytes32 object) private {
        tombstone[project][object] = true;
        emit Erased(project, object);
    }

    function _requireCode(IAccessPolicy policy) private view {
        if (address(policy) != address(0) && address(policy).code.length == 0)
            revert AccessRegistry_BadPolicy(address(policy));
    }
}
