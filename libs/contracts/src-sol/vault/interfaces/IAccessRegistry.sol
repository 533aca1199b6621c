// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Erase} from "../VaultMessages.sol";
import {IAccessPolicy} from "./IAccessPolicy.sol";

/// @title IAccessRegistry
/// @notice The projects of the private store: whose they are, which policy decides, who else may act, what was erased, and what key nodes
/// did. It is on L2; signatures of the store count in its EIP-712 domain. docs/spec/vault.md.
interface IAccessRegistry {
    /// @notice A project.
    /// @param owner Whose it is; zero where there is no such project.
    /// @param era How many times it passed to another owner: what was granted in an era counts in no other.
    /// @param pendingOwner Who may take it over; zero for nobody.
    /// @param policy What decides about its objects; zero releases nothing.
    struct Project {
        address owner;
        uint64 era;
        address pendingOwner;
        IAccessPolicy policy;
    }

    /// @notice Somebody registered a project.
    /// @param project Its id.
    /// @param owner Whose it is.
    /// @param policy What decides about its objects.
    /// @param salt What its id was made with.
    event ProjectCreated(bytes32 indexed project, address indexed owner, address indexed policy, bytes32 salt);

    /// @notice The owner offered a project to somebody, or took the offer back.
    /// @param project Its id.
    /// @param owner Whose it is still.
    /// @param pendingOwner Who may accept; zero for nobody.
    event OwnershipOffered(bytes32 indexed project, address indexed owner, address indexed pendingOwner);

    /// @notice A project is somebody else's. The delegates of the owner before have no power any more, and what was granted counts no more.
    /// @param project Its id.
    /// @param previous Whose it was.
    /// @param owner Whose it is.
    event OwnershipTransferred(bytes32 indexed project, address indexed previous, address indexed owner);

    /// @notice Another policy decides.
    /// @param project Its id.
    /// @param policy The policy; zero releases nothing.
    event PolicySet(bytes32 indexed project, address indexed policy);

    /// @notice Somebody may act for the owner, or may no longer.
    /// @param project Its id.
    /// @param account The delegate.
    /// @param powers What it may do, bits; zero for nothing.
    event DelegateSet(bytes32 indexed project, address indexed account, uint8 powers);

    /// @notice An object was erased for good. Nodes destroy shares, wraps and ciphertext of it and of what is below it.
    /// @param project Its project.
    /// @param object The object.
    event Erased(bytes32 indexed project, bytes32 indexed object);

    /// @notice A key node bound itself to its decisions so far.
    /// @param node The node.
    /// @param sequence Which of its anchors it is.
    /// @param root Root over its newest receipt of each project. docs/spec/vault.md, section 4.
    event ReceiptsAnchored(address indexed node, uint64 indexed sequence, bytes32 root);

    /// @notice The caller, or whoever signed, may not do this.
    /// @param project The project.
    /// @param account Who wanted to; zero where the signature is nobody's who may.
    error AccessRegistry_Unauthorized(bytes32 project, address account);

    /// @notice There is a project with this id.
    /// @param project The id.
    error AccessRegistry_ProjectExists(bytes32 project);

    /// @notice There is no such project.
    /// @param project The id.
    error AccessRegistry_UnknownProject(bytes32 project);

    /// @notice A policy is a contract.
    /// @param policy What was named, which has no code.
    error AccessRegistry_BadPolicy(address policy);

    /// @notice There are no such powers.
    /// @param powers The bits.
    error AccessRegistry_BadPowers(uint8 powers);

    /// @notice Sequences of anchors go up.
    /// @param sequence What was to be anchored.
    /// @param latest The newest that was anchored.
    error AccessRegistry_NotNewer(uint64 sequence, uint64 latest);

    /// @notice Registers a project of the caller.
    /// @param salt Makes another project of the same owner.
    /// @param policy What decides about its objects; zero until there is one.
    /// @return project `keccak256(abi.encode(chainId, registry, owner, salt))`.
    function createProject(bytes32 salt, IAccessPolicy policy) external returns (bytes32 project);

    /// @notice Offers a project to another owner. The owner only.
    /// @param project The project.
    /// @param next Who may accept; zero takes the offer back.
    function transferOwnership(bytes32 project, address next) external;

    /// @notice Takes over a project that was offered. Its id stays. Delegates must be named, and grants given, anew.
    /// @param project The project.
    function acceptOwnership(bytes32 project) external;

    /// @notice Sets the policy. The owner only.
    /// @param project The project.
    /// @param policy A contract; zero releases nothing.
    function setPolicy(bytes32 project, IAccessPolicy policy) external;

    /// @notice Says what somebody may do for the owner. The owner only.
    /// @param project The project.
    /// @param account The delegate.
    /// @param powers Sum of `GRANT`, `REVOKE`, `MANIFEST`, `ERASE` and `READ`; zero for nothing.
    function setDelegate(bytes32 project, address account, uint8 powers) external;

    /// @notice Erases an object and all that is below it, for good. The owner, or a delegate with `ERASE`.
    /// @param project The project.
    /// @param object The object; the project's own id for all of it.
    function erase(bytes32 project, bytes32 object) external;

    /// @notice The same by an order that was signed; anybody may send it.
    /// @param order The order.
    /// @param signature EIP-712 signature of the owner or a delegate with `ERASE`.
    function eraseBySignature(Erase calldata order, bytes calldata signature) external;

    /// @notice A key node anchors its newest receipts.
    /// @param sequence Which of its anchors it is: above the one before.
    /// @param root Root over its newest receipt of each project.
    function anchorReceipts(uint64 sequence, bytes32 root) external;

    /// @notice A project.
    /// @param project The id.
    /// @return The project; its owner is zero where there is none.
    function projectOf(bytes32 project) external view returns (Project memory);

    /// @notice Id of a project.
    /// @param owner Who registers it.
    /// @param salt What it is registered with.
    /// @return The id.
    function projectId(address owner, bytes32 salt) external view returns (bytes32);

    /// @notice What an account may do.
    /// @param project The project.
    /// @param account The account.
    /// @return Bits; all for the owner.
    function powersOf(bytes32 project, address account) external view returns (uint8);

    /// @notice Who signed something for a project: the owner or a delegate by key, or the owner's contract (ERC-1271).
    /// @param project The project.
    /// @param power What it needs, one or more bits.
    /// @param digest EIP-712 hash of what was signed.
    /// @param signature The signature.
    /// @return signer Who signed; zero unless it is somebody who may.
    function signerFor(
        bytes32 project,
        uint8 power,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (address signer);

    /// @notice Whether an object was named in an erasure. Those below it are erased too: see `isErased`.
    /// @param project The project.
    /// @param object The object.
    /// @return Whether there is a tombstone.
    function tombstone(bytes32 project, bytes32 object) external view returns (bool);

    /// @notice Whether an object, or what it is part of, was erased.
    /// @param project The project.
    /// @param path Salts from the project down to the object.
    /// @return Whether there is a tombstone on the path.
    function isErased(bytes32 project, bytes32[] calldata path) external view returns (bool);

    /// @notice The newest anchor of a key node.
    /// @param node The node.
    /// @return sequence Which of its anchors it is.
    /// @return timestamp When it was anchored, seconds; zero for never.
    /// @return root Root over its newest receipt of each project.
    function anchorOf(address node) external view returns (uint64 sequence, uint64 timestamp, bytes32 root);

    /// @notice Where signatures of the store count.
    /// @return EIP-712 domain separator.
    function domainSeparator() external view returns (bytes32);
}
