// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A work and what it derives from.
/// @param kind What it is: script, storyboard, character and so on, by the table of docs/spec/animechain.md; not 0.
/// @param vaultAsset Id of the sealed content in the private store; never a hash of the plaintext.
/// @param contentRoot Root over the ciphertext.
/// @param termsId Terms under which the owner offers it; 0 for none.
/// @param authors 1 to 16 accounts, ascending. Each signs.
/// @param parents At most 8 works that exist, ascending.
/// @param shares What each parent is owed of the work's revenue, bps of 10,000, in their order; 1 at least, 10,000 together at most.
struct Work {
    uint8 kind;
    bytes32 vaultAsset;
    bytes32 contentRoot;
    uint64 termsId;
    address[] authors;
    uint256[] parents;
    uint16[] shares;
}

/// @title IIPRegistry
/// @notice Works of anime production as ERC-721 tokens, and the directed graph of what derives from what. Parents exist before their children, so there are
/// no cycles; only a verdict changes an edge.
interface IIPRegistry {
    /// @notice A work was registered.
    /// @param id The work, counted from 1.
    /// @param owner Who owns it.
    /// @param kind What it is.
    /// @param vaultAsset Its sealed content.
    /// @param contentRoot Root over the ciphertext.
    /// @param parents What it derives from.
    /// @param shares What each parent is owed, bps.
    /// @param licences Under which licence it derives from each parent; 0 where both have one owner.
    event WorkRegistered(
        uint256 indexed id,
        address indexed owner,
        uint8 kind,
        bytes32 vaultAsset,
        bytes32 contentRoot,
        uint256[] parents,
        uint16[] shares,
        uint256[] licences
    );

    /// @notice A verdict replaced what a work derives from.
    /// @param id The work.
    /// @param version How often that happened.
    /// @param parents What it derives from now.
    /// @param shares What each parent is owed now, bps.
    event WorkReparented(uint256 indexed id, uint32 version, uint256[] parents, uint16[] shares);

    /// @notice ERC-7053: an asset was committed.
    /// @param recorder Who sent it.
    /// @param assetCid CID of the ciphertext.
    /// @param commitData Id of the work, decimal.
    event Commit(address indexed recorder, string indexed assetCid, string commitData);

    /// @notice A list is shorter or longer than it may be, or two that go together differ.
    /// @param what Which list.
    /// @param got Its length.
    /// @param least Least length.
    /// @param most Greatest length.
    error IPRegistry_Length(string what, uint256 got, uint256 least, uint256 most);

    /// @notice A field must not be zero.
    /// @param what Which one.
    error IPRegistry_Zero(string what);

    /// @notice A list is not strictly ascending.
    /// @param what Which list.
    /// @param index The first element that is not above the one before it; 0 is compared with zero.
    error IPRegistry_NotAscending(string what, uint256 index);

    /// @notice A parent must exist before its child.
    /// @param parent The parent that was named.
    /// @param below Every parent must be below this id.
    error IPRegistry_BadParent(uint256 parent, uint256 below);

    /// @notice Shares together exceed the whole.
    /// @param got Their sum, bps.
    /// @param most The most, bps.
    error IPRegistry_SharesAbove(uint256 got, uint256 most);

    /// @notice An author did not sign this registration with this nonce.
    /// @param author Who.
    /// @param nonce The nonce that is next.
    error IPRegistry_BadSignature(address author, uint256 nonce);

    /// @notice The signatures are too old.
    /// @param deadline Until when they served, seconds.
    /// @param timestamp What time it is, seconds.
    error IPRegistry_Expired(uint256 deadline, uint256 timestamp);

    /// @notice Only the dispute desk changes edges.
    /// @param caller Who called.
    /// @param desk Who may.
    error IPRegistry_Unauthorized(address caller, address desk);

    /// @notice The council paused registrations.
    error IPRegistry_Paused();

    /// @notice A work derives from another one's only under a licence.
    /// @param parent The parent for which none was shown.
    /// @param owner Who would own the new work.
    /// @param holder Who owns the parent.
    error IPRegistry_NoLicence(uint256 parent, address owner, address holder);

    /// @notice The licence is of another work.
    /// @param licence The licence.
    /// @param got Its work.
    /// @param expected The parent.
    error IPRegistry_WrongLicence(uint256 licence, uint256 got, uint256 expected);

    /// @notice The licence does not allow derivatives of this owner now.
    /// @param licence The licence.
    /// @param owner Who would own the new work.
    error IPRegistry_NotAllowed(uint256 licence, address owner);

    /// @notice The edge gives the parent less than the licence wants.
    /// @param parent The parent.
    /// @param got Its share, bps.
    /// @param least What the licence wants, bps.
    error IPRegistry_ShareBelow(uint256 parent, uint256 got, uint256 least);

    /// @notice Number of works.
    /// @return The number, also the newest id.
    function count() external view returns (uint256);

    /// @notice How often a verdict changed the edges of a work.
    /// @param id The work.
    /// @return The number.
    function edgesVersion(uint256 id) external view returns (uint32);

    /// @notice The nonce that an author signs next.
    /// @param author Who.
    /// @return The nonce.
    function nonces(address author) external view returns (uint256);

    /// @notice A work. Reverts where there is none (ERC-6093).
    /// @param id The work.
    /// @return The work.
    function workOf(uint256 id) external view returns (Work memory);

    /// @notice What a work derives from, without what else it is: what a payment's hop reads. Empty where there is no work.
    /// @param id The work.
    /// @return parents Its parents, ascending.
    /// @return shares What each is owed, bps.
    function edgesOf(uint256 id) external view returns (uint256[] memory parents, uint16[] memory shares);

    /// @notice Owner of a work (ERC-721). Reverts where there is none (ERC-6093).
    /// @param id The work.
    /// @return The owner.
    function ownerOf(uint256 id) external view returns (address);

    /// @notice Who registered a work, while the transaction runs that did; and only of the last one in it. So a contract can tell that it registers the work itself.
    /// @param id The work.
    /// @return The caller of `register`; zero for every other work.
    function registrarOf(uint256 id) external view returns (address);

    /// @notice What an author signs (EIP-712).
    /// @param work The work.
    /// @param owner Who will own it.
    /// @param licences For each parent, in their order, the licence under which it derives: of that parent, held by `owner`, allowing derivatives now, for a share
    /// that is not above the edge's. 0 where `owner` owns the parent.
    /// @param assetCid CID of the ciphertext.
    /// @param nonce The author's nonce.
    /// @param deadline Until when it may be used, seconds.
    /// @return The digest.
    function digestOf(
        Work calldata work,
        address owner,
        uint256[] calldata licences,
        string calldata assetCid,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice Registers a work. By anyone who has the signature of every author.
    /// @param work The work.
    /// @param owner Who will own it.
    /// @param licences For each parent, in their order, the licence under which it derives: of that parent, held by `owner`, allowing derivatives now, for a share
    /// that is not above the edge's. 0 where `owner` owns the parent.
    /// @param assetCid CID of the ciphertext, 1 to 128 bytes.
    /// @param deadline Until when the signatures serve, seconds.
    /// @param signatures One per author, in their order; of an account with code by ERC-1271.
    /// @return id The work, counted from 1.
    function register(
        Work calldata work,
        address owner,
        uint256[] calldata licences,
        string calldata assetCid,
        uint256 deadline,
        bytes[] calldata signatures
    ) external returns (uint256 id);

    /// @notice Replaces what a work derives from. By the dispute desk, after a verdict and the release of what it held back in the royalty vaults.
    /// @param id The work.
    /// @param parents As in `Work`; below `id`.
    /// @param shares As in `Work`.
    function reparent(uint256 id, uint256[] calldata parents, uint16[] calldata shares) external;
}
