// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice What became of a commitment: none, open to challenges, final, or tainted by one that held.
enum TrainingStatus {
    None,
    Open,
    Final,
    Tainted
}

/// @notice Why a commitment is tainted.
enum Breach {
    None,
    Sums,
    Padding,
    Index,
    Missing,
    OtherItem,
    OtherPurpose,
    NotValid,
    Weight,
    Order,
    Unanswered
}

/// @notice One item that was trained on.
/// @param index Its position among the leaves, from 0.
/// @param item The item of the consent, or one that its data set contains.
/// @param consent The consent it rests on.
/// @param weight What the consent says that an item weighs.
struct TrainingLeaf {
    uint64 index;
    bytes32 item;
    uint256 consent;
    uint32 weight;
}

/// @notice One level on the way from a node to the root.
/// @param hash Hash of the other child.
/// @param weights Weights of the other child, as its parent has them.
/// @param above Weights of the parent, as its own parent has them.
struct TreeStep {
    bytes32 hash;
    uint256 weights;
    uint256 above;
}

/// @notice A leaf and its way to the root.
/// @param position Where it is, from 0; not what the leaf says of itself.
/// @param leaf The leaf.
/// @param weights Its weights, as its parent has them; of a tree of one leaf, as the commitment has them.
/// @param steps As many as the tree is deep, from the leaf up.
struct Opening {
    uint64 position;
    TrainingLeaf leaf;
    uint256 weights;
    TreeStep[] steps;
}

/// @notice A commitment to what a model was trained on.
/// @param root Hash of the tree's root.
/// @param weights The weights by basis: basis b has the 64 bits from 64·(b − 1).
/// @param trainer Who made it.
/// @param committedAt When, seconds.
/// @param purpose What the consents must allow, a bit or several.
/// @param status Where it stands.
/// @param token What the bond is in.
/// @param leaves Number of leaves.
/// @param consents The registry of consents that it rests on.
/// @param endsAt From when on it can be final and is not challenged, seconds.
/// @param openDemands Leaves that were demanded and not shown.
/// @param bond The bond, smallest units; 0 once it was paid out.
struct Commitment {
    bytes32 root;
    uint256 weights;
    address trainer;
    uint64 committedAt;
    uint32 purpose;
    TrainingStatus status;
    IERC20 token;
    uint64 leaves;
    address consents;
    uint64 endsAt;
    uint32 openDemands;
    uint256 bond;
}

/// @notice A leaf that its trainer has to show.
/// @param demander Who wants to see it.
/// @param until Until when, seconds.
/// @param settled Whether it was shown, or the stake given back.
/// @param stake What the trainer gets for showing it, smallest units of the bond's token.
struct Demand {
    address demander;
    uint64 until;
    bool settled;
    uint256 stake;
}

/// @title ITrainingCommit
/// @notice Bonded commitments to what a model was trained on. Each is a tree whose nodes carry the sums of the weights by basis, so the composition of a
/// model follows from its root. Anyone opens a leaf or a node that is wrong, or demands one that is not shown.
interface ITrainingCommit {
    /// @notice A commitment was made.
    /// @param id The commitment, counted from 1.
    /// @param trainer Who made it.
    /// @param root Hash of the tree's root.
    /// @param leaves Number of leaves.
    /// @param purpose What the consents must allow.
    /// @param weights The weights by basis, packed.
    /// @param leavesAsset Vault asset that holds the leaves.
    /// @param endsAt Until when it may be challenged, seconds.
    event TrainingCommitted(
        uint256 indexed id,
        address indexed trainer,
        bytes32 root,
        uint64 leaves,
        uint32 purpose,
        uint256 weights,
        bytes32 leavesAsset,
        uint64 endsAt
    );

    /// @notice A commitment is final; its bond is the trainer's.
    /// @param id The commitment.
    event TrainingFinal(uint256 indexed id);

    /// @notice A challenge held.
    /// @param id The commitment.
    /// @param breach Why.
    /// @param position The leaf, or the first one below the node.
    /// @param challenger Who showed it.
    /// @param provider Whose consent was violated; zero where none's was.
    /// @param reward What the challenger gets, smallest units.
    /// @param redress What the provider gets, or governance where there is none, smallest units.
    event TrainingTainted(
        uint256 indexed id,
        Breach breach,
        uint64 position,
        address indexed challenger,
        address indexed provider,
        uint256 reward,
        uint256 redress
    );

    /// @notice A consent that a commitment rests on was revoked.
    /// @param id The commitment.
    /// @param consent The consent.
    /// @param revokedAt Since when, seconds.
    event RevocationFlagged(uint256 indexed id, uint256 indexed consent, uint64 revokedAt);

    /// @notice A leaf has to be shown.
    /// @param id The commitment.
    /// @param position Which leaf.
    /// @param demander Who wants to see it.
    /// @param until Until when, seconds.
    event LeafDemanded(uint256 indexed id, uint64 position, address indexed demander, uint64 until);

    /// @notice A leaf was shown.
    /// @param id The commitment.
    /// @param leaf The leaf.
    event LeafShown(uint256 indexed id, TrainingLeaf leaf);

    /// @notice Someone is owed.
    /// @param token In what.
    /// @param account Who.
    /// @param amount How much, smallest units.
    event Credited(IERC20 indexed token, address indexed account, uint256 amount);

    /// @notice Someone was paid.
    /// @param token In what.
    /// @param account Who.
    /// @param amount How much, smallest units.
    event Claimed(IERC20 indexed token, address indexed account, uint256 amount);

    /// @notice Governance set the bond of new commitments.
    /// @param token In what.
    /// @param amount How much, smallest units.
    event BondSet(IERC20 indexed token, uint256 amount);

    /// @notice Governance set for how long new commitments may be challenged.
    /// @param period Seconds.
    event PeriodSet(uint64 period);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error TrainingCommit_Unauthorized(address caller, address expected);

    /// @notice The council stopped new commitments.
    error TrainingCommit_Paused();

    /// @notice A field must not be zero.
    /// @param what Which one.
    error TrainingCommit_Zero(string what);

    /// @notice A number is out of its bounds.
    /// @param what Which one.
    /// @param got The number.
    /// @param least The least.
    /// @param most The greatest.
    error TrainingCommit_OutOfBounds(string what, uint256 got, uint256 least, uint256 most);

    /// @notice The royalty vaults do not list the bond's token any more.
    /// @param token The token.
    error TrainingCommit_NotListed(IERC20 token);

    /// @notice A transfer moved another amount than it should.
    /// @param token The token.
    /// @param got What came.
    /// @param expected What should.
    error TrainingCommit_InexactToken(IERC20 token, uint256 got, uint256 expected);

    /// @notice The commitment is not in the state that this needs.
    /// @param id The commitment.
    /// @param got Where it stands.
    /// @param expected Where it should.
    error TrainingCommit_BadStatus(uint256 id, TrainingStatus got, TrainingStatus expected);

    /// @notice It is too late for this.
    /// @param until Until when it was possible, seconds, exclusive.
    /// @param timestamp What time it is, seconds.
    error TrainingCommit_TooLate(uint256 until, uint256 timestamp);

    /// @notice It is too early for this.
    /// @param from From when on it is possible, seconds.
    /// @param timestamp What time it is, seconds.
    error TrainingCommit_TooEarly(uint256 from, uint256 timestamp);

    /// @notice What was opened is not in the tree.
    /// @param got The root that it leads to.
    /// @param expected The root of the commitment.
    /// @param gotWeights The weights that it leads to.
    /// @param expectedWeights The weights of the commitment.
    error TrainingCommit_NotInTree(bytes32 got, bytes32 expected, uint256 gotWeights, uint256 expectedWeights);

    /// @notice There is nothing wrong with what was opened.
    /// @param id The commitment.
    /// @param position The leaf, or the first one below the node.
    error TrainingCommit_Holds(uint256 id, uint64 position);

    /// @notice A leaf that is in breach is no answer to a demand.
    /// @param id The commitment.
    /// @param position The leaf.
    /// @param breach What is wrong with it.
    error TrainingCommit_InBreach(uint256 id, uint64 position, Breach breach);

    /// @notice The leaf was demanded before, or was not demanded, or is settled.
    /// @param id The commitment.
    /// @param position The leaf.
    error TrainingCommit_BadDemand(uint256 id, uint64 position);

    /// @notice The item was not shown to be in the data set of its consent.
    /// @param item The item.
    /// @param dataSet Root of the data set that was named.
    error TrainingCommit_NotInDataSet(bytes32 item, bytes32 dataSet);

    /// @notice The consent is not revoked.
    /// @param consent The consent.
    error TrainingCommit_NotRevoked(uint256 consent);

    /// @notice Leaves have to be shown, or the lack of them to be punished, before the commitment is final.
    /// @param id The commitment.
    /// @param openDemands How many.
    error TrainingCommit_Demanded(uint256 id, uint256 openDemands);

    /// @notice Number of commitments.
    /// @return The number, also the newest id.
    function count() external view returns (uint256);

    /// @notice The bond of new commitments.
    /// @return token In what.
    /// @return amount How much, smallest units.
    function bond() external view returns (IERC20 token, uint256 amount);

    /// @notice For how long new commitments may be challenged.
    /// @return Seconds.
    function period() external view returns (uint64);

    /// @notice What an account is owed.
    /// @param token In what.
    /// @param account Who.
    /// @return Smallest units.
    function claimable(IERC20 token, address account) external view returns (uint256);

    /// @notice Bonds, stakes of demands and what is owed, together.
    /// @param token In what.
    /// @return Smallest units.
    function total(IERC20 token) external view returns (uint256);

    /// @notice A commitment, zero where there is none.
    /// @param id The commitment.
    /// @return The commitment.
    function commitmentOf(uint256 id) external view returns (Commitment memory);

    /// @notice A demand, zero where there is none.
    /// @param id The commitment.
    /// @param position The leaf.
    /// @return The demand.
    function demandOf(uint256 id, uint64 position) external view returns (Demand memory);

    /// @notice Where a commitment stands.
    /// @param id The commitment, counted from 1.
    /// @return The status; `None` where there is none.
    function statusOf(uint256 id) external view returns (TrainingStatus);

    /// @notice Who made a commitment.
    /// @param id The commitment.
    /// @return The trainer; zero where there is none.
    function trainerOf(uint256 id) external view returns (address);

    /// @notice Share of the weight by basis: index 0 unused, 1 opt-in, 2 licensed, 3 public domain, 4 opt-out.
    /// @param id The commitment.
    /// @return bps, 10,000 together, each rounded down; what that leaves is the last basis' that has weight, so never the opt-in's, unless it is alone.
    function bpsByBasisOf(uint256 id) external view returns (uint16[5] memory);

    /// @notice Whether a consent that a commitment rests on was revoked later.
    /// @param id The commitment.
    /// @return Whether one was.
    function containsRevoked(uint256 id) external view returns (bool);

    /// @notice When the last of the flagged consents of a commitment was revoked.
    /// @param id The commitment.
    /// @return Seconds; 0 where none was flagged.
    function lastRevokedAt(uint256 id) external view returns (uint64);

    /// @notice The commitment: root over its leaves, and their number.
    /// @param id The commitment.
    /// @return root The root.
    /// @return leaves The number.
    function rootOf(uint256 id) external view returns (bytes32 root, uint64 leaves);

    /// @notice Whether a commitment has this leaf at this position, with sums that fit on its way. Reverts where the steps are not as many as the tree is deep.
    /// @param id The commitment.
    /// @param opening The leaf and its way to the root.
    /// @return Whether it has.
    function hasLeaf(uint256 id, Opening calldata opening) external view returns (bool);

    /// @notice What is wrong with a leaf of a commitment. Reverts where it is not in the tree.
    /// @param id The commitment.
    /// @param opening The leaf and its way to the root.
    /// @return breach What; `None` where nothing is.
    /// @return provider Whose consent is violated; zero where none's is.
    function breachOf(uint256 id, Opening calldata opening) external view returns (Breach breach, address provider);

    /// @notice Makes a commitment and pulls its bond. By the trainer.
    /// @param root Hash of the tree's root, by docs/spec/animechain.md.
    /// @param weights The root's weights by basis, packed.
    /// @param leaves Number of leaves, 1 to 2^32.
    /// @param purpose What the consents must allow, a bit or several.
    /// @param leavesAsset Vault asset that holds the leaves, for whoever checks them.
    /// @return id The commitment, counted from 1.
    function commit(
        bytes32 root,
        uint256 weights,
        uint64 leaves,
        uint32 purpose,
        bytes32 leavesAsset
    ) external returns (uint256 id);

    /// @notice Taints a commitment by a leaf that is wrong. By anyone, before the period ends. A challenge that does not hold reverts.
    /// @param id The commitment.
    /// @param opening The leaf and its way to the root.
    function challenge(uint256 id, Opening calldata opening) external;

    /// @notice Taints a commitment by a node: on its way up sums do not fit, or it is behind the last leaf and not empty. By anyone, before the period ends.
    /// @param id The commitment.
    /// @param position Which node of its level, from 0. The level is the depth of the tree less the number of steps.
    /// @param hash Hash of the node.
    /// @param weights Its weights, as its parent has them.
    /// @param steps Its way to the root.
    function challengeNode(
        uint256 id,
        uint64 position,
        bytes32 hash,
        uint256 weights,
        TreeStep[] calldata steps
    ) external;

    /// @notice Taints a commitment by two neighbours that do not ascend, by consent and then by item: an item that counts twice shows so. By anyone, before the
    /// period ends.
    /// @param id The commitment.
    /// @param left The leaf.
    /// @param right The next one.
    function challengeOrder(uint256 id, Opening calldata left, Opening calldata right) external;

    /// @notice Demands that a leaf be shown, and stakes what the trainer gets for it. By anyone, in the period less its last two days; each leaf once.
    /// @param id The commitment.
    /// @param position The leaf.
    function demand(uint256 id, uint64 position) external;

    /// @notice Shows a leaf that was demanded, within a day. By anyone; the stake is the trainer's.
    /// @param id The commitment.
    /// @param opening The leaf and its way to the root; nothing must be wrong with it.
    /// @param dataSet Root of the data set, where the consent is of one; else not read.
    /// @param proof Proof that the item is in the data set, where the consent is of one; else not read.
    function answer(uint256 id, Opening calldata opening, bytes32 dataSet, bytes32[] calldata proof) external;

    /// @notice Taints a commitment by a leaf that was demanded and not shown in time. By anyone; the reward is the demander's.
    /// @param id The commitment.
    /// @param position The leaf.
    function expire(uint256 id, uint64 position) external;

    /// @notice Gives the stake of a demand back that a taint left without an answer. By anyone; it is the demander's.
    /// @param id The commitment.
    /// @param position The leaf.
    function reclaim(uint256 id, uint64 position) external;

    /// @notice Makes a commitment final and gives its bond back. By anyone, once the period ended.
    /// @param id The commitment.
    function finalize(uint256 id) external;

    /// @notice Marks that a commitment rests on a consent that is revoked. By anyone, at any time.
    /// @param id The commitment; open or final.
    /// @param opening A leaf of the consent.
    function flagRevoked(uint256 id, Opening calldata opening) external;

    /// @notice Pays an account what it is owed, to itself. By anyone. Reverts where it is owed nothing.
    /// @param token In what.
    /// @param account Who.
    /// @return amount How much, smallest units.
    function claim(IERC20 token, address account) external returns (uint256 amount);

    /// @notice Sets the bond of new commitments. By governance.
    /// @param token A token that the royalty vaults list.
    /// @param amount 1 to 1,000,000 whole tokens, smallest units.
    function setBond(IERC20 token, uint256 amount) external;

    /// @notice Sets for how long new commitments may be challenged. By governance.
    /// @param period_ 3 to 14 days, seconds.
    function setPeriod(uint64 period_) external;
}
