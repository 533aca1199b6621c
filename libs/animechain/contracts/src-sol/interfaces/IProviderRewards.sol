// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice A node of a reward tree, which has sums: whoever proves a node proves which interval of the whole it has, so that no two can overlap.
/// @param hash Of a leaf `keccak256(keccak256(abi.encode(account, sum)))`; of another `keccak256(abi.encode(left, right))`.
/// @param sum The weight under it.
/// @param account Whose all of it is; zero where it is not all one account's.
struct RewardNode {
    bytes32 hash;
    uint256 sum;
    address account;
}

/// @notice Where a node is: above the leaves from `position << height` on, `1 << height` of them.
/// @param height 0 for a leaf.
/// @param position Its place among the nodes of its height, from 0.
struct RewardPlace {
    uint8 height;
    uint32 position;
}

/// @notice A leaf of a training commitment.
/// @param index Its index.
/// @param itemId The item.
/// @param consentId The consent on which it rests.
/// @param weight What it weighs.
struct TrainingLeaf {
    uint256 index;
    bytes32 itemId;
    uint256 consentId;
    uint32 weight;
}

/// @notice What became of an epoch: open for funds, waiting for a proposal after one was rejected, proposed, or final.
enum EpochStatus {
    None,
    Open,
    Waiting,
    Proposed,
    Final
}

/// @title IProviderRewards
/// @notice Pays who provided data to a version, by epochs; and GPU providers, bug reporters and stakers in pools of their own. A division is proposed, can be
/// recomputed and challenged, and is claimed.
interface IProviderRewards {
    /// @notice A pool has more in its open epoch.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param token The token.
    /// @param amount How much, smallest units.
    event Funded(uint256 indexed pool, uint256 indexed epoch, IERC20 indexed token, uint256 amount);

    /// @notice A division was proposed.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param proposer Who proposed.
    /// @param root Hash of the root of the tree.
    /// @param total Sum of all weights.
    /// @param leaves Number of leaves.
    /// @param finalAt After when it is final, seconds.
    event Proposed(
        uint256 indexed pool,
        uint256 indexed epoch,
        address indexed proposer,
        bytes32 root,
        uint128 total,
        uint64 leaves,
        uint64 finalAt
    );

    /// @notice A division was rejected; another can be proposed.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param challenger Who gets half of the bond.
    /// @param index The leaf that was wrong, or that was not shown.
    event Rejected(uint256 indexed pool, uint256 indexed epoch, address indexed challenger, uint256 index);

    /// @notice Somebody wants to see a leaf.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param index The leaf.
    /// @param demander Who.
    /// @param until Until when it must be shown, seconds.
    event Demanded(uint256 indexed pool, uint256 indexed epoch, uint256 indexed index, address demander, uint64 until);

    /// @notice A leaf was shown; the nodes beside its path are in the call.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param index The leaf.
    /// @param account Its account.
    /// @param weight Its weight.
    event Answered(uint256 indexed pool, uint256 indexed epoch, uint256 indexed index, address account, uint256 weight);

    /// @notice A reward was paid.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param token The token.
    /// @param account To whom.
    /// @param first First leaf of the node.
    /// @param amount How much, smallest units.
    event Claimed(
        uint256 indexed pool,
        uint256 indexed epoch,
        IERC20 indexed token,
        address account,
        uint256 first,
        uint256 amount
    );

    /// @notice What nobody claimed went on to the open epoch.
    /// @param pool The pool.
    /// @param epoch From which epoch.
    /// @param token The token.
    /// @param amount How much, smallest units.
    event Rolled(uint256 indexed pool, uint256 indexed epoch, IERC20 indexed token, uint256 amount);

    /// @notice A pool has another operator.
    /// @param pool The pool.
    /// @param operator Who.
    event OperatorSet(uint256 indexed pool, address indexed operator);

    /// @notice Other bonds hold from now on.
    /// @param token In what.
    /// @param proposal For a proposal, smallest units.
    /// @param demand For a demand, smallest units.
    event BondsSet(IERC20 indexed token, uint256 proposal, uint256 demand);

    /// @notice A bond was paid out.
    /// @param token The token.
    /// @param account To whom.
    /// @param amount How much, smallest units.
    event Withdrawn(IERC20 indexed token, address indexed account, uint256 amount);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error ProviderRewards_Unauthorized(address caller, address expected);

    /// @notice There is no such pool: no version has this id, or governance named no operator.
    /// @param pool The pool.
    error ProviderRewards_NoPool(uint256 pool);

    /// @notice The royalty vaults do not list the token.
    /// @param token The token.
    error ProviderRewards_NotListed(IERC20 token);

    /// @notice A pull brought another amount than was asked for.
    /// @param token The token.
    /// @param got What came, smallest units.
    /// @param expected What was asked for.
    error ProviderRewards_InexactToken(IERC20 token, uint256 got, uint256 expected);

    /// @notice A number or an address must not be zero.
    /// @param what Which one.
    error ProviderRewards_Zero(string what);

    /// @notice A number is above its bound.
    /// @param what Which one.
    /// @param got The number.
    /// @param most The bound.
    error ProviderRewards_Above(string what, uint256 got, uint256 most);

    /// @notice The epoch is not where the call needs it.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param got Where it is.
    /// @param expected Where it must be.
    error ProviderRewards_Status(uint256 pool, uint256 epoch, EpochStatus got, EpochStatus expected);

    /// @notice It is too early.
    /// @param from From when it is time, seconds.
    /// @param timestamp What time it is, seconds.
    error ProviderRewards_Early(uint256 from, uint256 timestamp);

    /// @notice It is too late.
    /// @param until Until when it was time, seconds.
    /// @param timestamp What time it is, seconds.
    error ProviderRewards_Late(uint256 until, uint256 timestamp);

    /// @notice The tree has another number of leaves than what the version was trained on.
    /// @param got The number.
    /// @param expected What the commitment has.
    error ProviderRewards_Leaves(uint256 got, uint256 expected);

    /// @notice The node is not in the tree.
    /// @param height Its height.
    /// @param position Its position.
    error ProviderRewards_BadProof(uint256 height, uint256 position);

    /// @notice The training leaf is not in the commitment, or not under the node.
    /// @param index Its index.
    error ProviderRewards_BadLeaf(uint256 index);

    /// @notice The node is what the consents say.
    /// @param index The leaf.
    error ProviderRewards_Right(uint256 index);

    /// @notice Only pools of versions rest on consents.
    /// @param pool The pool.
    error ProviderRewards_NotAVersion(uint256 pool);

    /// @notice The node above is the same account's: claim that one.
    /// @param height The node's height.
    /// @param position The node's position.
    error ProviderRewards_NotWhole(uint256 height, uint256 position);

    /// @notice The node was claimed.
    /// @param first Its first leaf.
    error ProviderRewards_ClaimedBefore(uint256 first);

    /// @notice The leaf is demanded already, or not at all.
    /// @param index The leaf.
    /// @param demander Who demands it; zero for nobody.
    error ProviderRewards_Demand(uint256 index, address demander);

    /// @notice The attempt was not rejected.
    /// @param attempt The attempt.
    error ProviderRewards_Stands(uint256 attempt);

    /// @notice Who proposes for a pool: the version's operator, or whom governance named.
    /// @param pool The pool.
    /// @return The operator; zero where there is no pool.
    function operatorOf(uint256 pool) external view returns (address);

    /// @notice The epoch that takes funds.
    /// @param pool The pool.
    /// @return The epoch, counted from 1.
    function openEpochOf(uint256 pool) external view returns (uint256);

    /// @notice Where an epoch is.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @return status Where.
    /// @return finalAt After when it is final, seconds; 0 where nothing is proposed. A demand that is open puts it off.
    function statusOf(uint256 pool, uint256 epoch) external view returns (EpochStatus status, uint256 finalAt);

    /// @notice How often a division of an epoch was proposed.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @return The number, also the newest attempt.
    function attempts(uint256 pool, uint256 epoch) external view returns (uint256);

    /// @notice The money of an epoch.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param token The token.
    /// @return funded What is divided, smallest units.
    /// @return paid What was claimed, smallest units.
    function fundsOf(uint256 pool, uint256 epoch, IERC20 token) external view returns (uint256 funded, uint256 paid);

    /// @notice Whether a node was claimed.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param token The token.
    /// @param first Its first leaf.
    /// @return Whether it was.
    function isClaimed(uint256 pool, uint256 epoch, IERC20 token, uint256 first) external view returns (bool);

    /// @notice What this contract must have of a token: funds that were not claimed, and bonds.
    /// @param token The token.
    /// @return Smallest units.
    function held(IERC20 token) external view returns (uint256);

    /// @notice Bonds that an account can withdraw.
    /// @param token The token.
    /// @param account Who.
    /// @return Smallest units.
    function owed(IERC20 token, address account) external view returns (uint256);

    /// @notice Pulls what is for the providers of a version, or for another pool, into the epoch that is open. By anyone.
    /// @param pool The version, or an id of 2^128 or more.
    /// @param token A listed token.
    /// @param amount How much, smallest units.
    function fund(uint256 pool, IERC20 token, uint256 amount) external;

    /// @notice Closes the open epoch and proposes how to divide it; or proposes again where a division was rejected. By the operator, with a bond.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param root Hash of the root of the tree.
    /// @param total Sum of all weights.
    /// @param leaves Number of leaves: as many as the version's training commitment has; 2^32 at most.
    function propose(uint256 pool, uint256 epoch, bytes32 root, uint128 total, uint64 leaves) external;

    /// @notice Rejects a division of a version for a node that is not what the consents say, and takes half of the bond; the other half is the
    /// treasury's. By anyone until it is final.
    /// @param pool The version.
    /// @param epoch The epoch.
    /// @param place Where the node is.
    /// @param node The node.
    /// @param proof The nodes beside its path, from the bottom.
    /// @param leaf The training leaf under it that is somebody else's, or has another weight. Of no matter where the node is past the last leaf.
    /// @param leafProof Its proof in the training commitment.
    function challenge(
        uint256 pool,
        uint256 epoch,
        RewardPlace calldata place,
        RewardNode calldata node,
        RewardNode[] calldata proof,
        TrainingLeaf calldata leaf,
        bytes32[] calldata leafProof
    ) external;

    /// @notice Demands to see a leaf, with a bond that is the proposer's once it was shown. Any number at once, for 30 days from the proposal at most: nobody
    /// uses up the demands of others, and nobody puts a division off for ever.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param index The leaf.
    function demand(uint256 pool, uint256 epoch, uint256 index) external;

    /// @notice Shows a leaf that is demanded. By anyone. From then on there is a day for challenges at least.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param index The leaf.
    /// @param account Its account.
    /// @param weight Its weight.
    /// @param proof The nodes beside its path, from the bottom.
    function answer(
        uint256 pool,
        uint256 epoch,
        uint256 index,
        address account,
        uint256 weight,
        RewardNode[] calldata proof
    ) external;

    /// @notice Rejects a division of which a demanded leaf was not shown in a day; the demander gets its bond back and half of the proposal's. By anyone.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param index The leaf.
    function expire(uint256 pool, uint256 epoch, uint256 index) external;

    /// @notice Gives the bond of a demand back that was open when its division was rejected for something else. By anyone.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param attempt Which proposal for the epoch, counted from 1.
    /// @param index The leaf.
    function returnDemand(uint256 pool, uint256 epoch, uint256 attempt, uint256 index) external;

    /// @notice Rejects a division of a pool that is not a version's, which nothing on chain can check; the bond is the treasury's. By governance until it is
    /// final.
    /// @param pool The pool.
    /// @param epoch The epoch.
    function veto(uint256 pool, uint256 epoch) external;

    /// @notice Gives the proposer of a final division the bond back. By anyone.
    /// @param pool The pool.
    /// @param epoch The epoch.
    function releaseBond(uint256 pool, uint256 epoch) external;

    /// @notice Pays an account what a node of its own is worth, to itself, once for each token, for 2 years from when the division is final. By anyone.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param token The token.
    /// @param place Where the node is: the highest that is all the account's.
    /// @param node The node.
    /// @param proof The nodes beside its path, from the bottom.
    /// @return amount How much, smallest units.
    function claim(
        uint256 pool,
        uint256 epoch,
        IERC20 token,
        RewardPlace calldata place,
        RewardNode calldata node,
        RewardNode[] calldata proof
    ) external returns (uint256 amount);

    /// @notice Moves what nobody claimed in 2 years to the open epoch. By anyone.
    /// @param pool The pool.
    /// @param epoch The epoch.
    /// @param token The token.
    /// @return amount How much, smallest units.
    function roll(uint256 pool, uint256 epoch, IERC20 token) external returns (uint256 amount);

    /// @notice Pays an account its bonds, to itself. By anyone.
    /// @param token The token.
    /// @param account Who.
    /// @return amount How much, smallest units.
    function withdraw(IERC20 token, address account) external returns (uint256 amount);

    /// @notice Names who proposes for a pool that is not a version's. By governance.
    /// @param pool An id of 2^128 or more.
    /// @param operator Who.
    function setOperator(uint256 pool, address operator) external;

    /// @notice Sets the bonds of what is proposed and demanded from now on. By governance.
    /// @param token In what.
    /// @param proposal For a proposal, smallest units.
    /// @param demand For a demand, smallest units.
    function setBonds(IERC20 token, uint256 proposal, uint256 demand) external;
}
