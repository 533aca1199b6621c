// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOneStepProver} from "../../proving/interfaces/IOneStepProver.sol";
import {MachineState} from "../../proving/MachineState.sol";
import {IAnchorStateRegistry} from "./IAnchorStateRegistry.sol";
import {IAssertionGame} from "./IAssertionGame.sol";
import {IDisputeGameFactory} from "./IDisputeGameFactory.sol";
import {IInbox} from "./IInbox.sol";

/// @title IChallengeTree
/// @notice The disputes about assertions of one type: edges, their timers, stakes and rewards. docs/spec/game.md.
///
/// An edge claims the states of a part of a level. It is the hash of its **mutual** (which binds tournament, level, place and what is
/// agreed to the left of it) and its **root**. Edges with one mutual are rivals. Anybody may move for any edge; a move that was made
/// already changes nothing. Ether that is sent along with a move becomes credit of the sender, and stakes are taken from credit.
interface IChallengeTree {
    /// @notice The rules of a tree, fixed for its life.
    /// @param factory Where the assertions are created.
    /// @param anchorStateRegistry Says which assertions are barred, retired and final.
    /// @param inbox Has the batches that assertions are about.
    /// @param prover Checks one step of the machine.
    /// @param gameType Type of the assertions.
    /// @param challengePeriod Time for which an edge must have stood without a rival, itself or below it, seconds.
    /// @param heights Depth of the levels: blocks, spans, steps.
    /// @param interval Batches between an assertion and its parent.
    /// @param stakes What a root edge of level 0, 1 and 2 stakes, wei. That of level 0 is the bond of an assertion.
    /// @param rewards What moves on the winning side earn: assertion, bisection, refinement, proof; wei.
    /// @param codeRoot Root of the program's code tree.
    /// @param ramRoot Root of the program's RAM tree before the first step.
    /// @param pages Size of the program's memory before the first step, in pages of 65,536 bytes.
    /// @param rulesHash Hash of the rules of the chain, the last input of the program.
    struct Parameters {
        IDisputeGameFactory factory;
        IAnchorStateRegistry anchorStateRegistry;
        IInbox inbox;
        IOneStepProver prover;
        uint32 gameType;
        uint64 challengePeriod;
        uint8[3] heights;
        uint64 interval;
        uint256[3] stakes;
        uint256[4] rewards;
        bytes32 codeRoot;
        bytes32 ramRoot;
        uint32 pages;
        bytes32 rulesHash;
    }

    /// @notice How an assertion ended, as far as its bond is concerned.
    /// @dev Accepted: it stays until all that it backs has won. Lost: to the pot, a fifth is burned. Orphaned: burned.
    /// Annulled: given back.
    enum Outcome {
        Accepted,
        Lost,
        Orphaned,
        Annulled
    }

    /// @notice What became of the stake of a root edge.
    /// @dev None: it has none, another root edge backs it. Held: it is here. Lost: the edge, or one that it backs, was refuted. Returned: given back.
    enum StakeStatus {
        None,
        Held,
        Lost,
        Returned
    }

    /// @notice What is kept of an edge.
    /// @param mover Who bisected it, or proved it if its height is 0; zero while nobody did.
    /// @param time Height 0 on levels 0 and 1: the greatest timer of its refinements. Else its own timer when it was last read, UNBOUNDED
    /// once it is proven. Seconds.
    /// @param top Number of the root edge of its level that it was first made under; of a root edge, its own.
    /// @param level 0 blocks, 1 spans, 2 steps.
    /// @param height log2 of the number of its leaves.
    /// @param exists Whether it was made.
    /// @param first Whether it was the first one with its mutual.
    /// @param rewarded Whether the mover has had the reward.
    /// @param refined Whether the maker of its `top` has refined it without a stake.
    struct Edge {
        address mover;
        uint40 time;
        uint40 top;
        uint8 level;
        uint8 height;
        bool exists;
        bool first;
        bool rewarded;
        bool refined;
    }

    /// @notice What the edges with one mutual share.
    /// @param firstAt When the first of them was made, seconds since the epoch; 0 if there is none.
    /// @param rivalledAt When the second was, seconds since the epoch; 0 if there is none.
    /// @param top Number of the first of the root edges that they may lie under: it stands for the mutual of these.
    struct Rivalry {
        uint40 firstAt;
        uint40 rivalledAt;
        uint40 top;
    }

    /// @notice What is kept of a root edge besides.
    /// @param maker Who made it.
    /// @param unconfirmed How many of the root edges that its stake backs besides itself have not won.
    /// @param backer Number of the root edge whose stake backs it; 0 if it has its own.
    /// @param level Its level.
    /// @param stake What became of its own stake.
    /// @param rewarded Whether its maker has had the reward.
    /// @param barred Whether its assertion was barred, so that it cannot win. Level 0 only.
    /// @param parent Id of the edge that it refines; of level 0, the assertion, as a number.
    struct Root {
        address maker;
        uint24 unconfirmed;
        uint40 backer;
        uint8 level;
        StakeStatus stake;
        bool rewarded;
        bool barred;
        bytes32 parent;
    }

    /// @notice What the root edges of level 1 or 2 with one mutual share.
    /// @param start Hash of the machine state before their first leaf.
    /// @param tournament What they are part of.
    struct Origin {
        bytes32 start;
        bytes32 tournament;
    }

    /// @notice The assertions for one batch on one parent.
    /// @param game The first of them; zero if there is none.
    /// @param decidedAt When one was accepted, seconds since the epoch; 0 while none is.
    /// @param closed Whether the rest of the pot was burned.
    /// @param accepted The accepted one; zero if there is none.
    /// @param pot What losers lost and rewards are paid from, wei.
    struct Tournament {
        address game;
        uint64 decidedAt;
        bool closed;
        address accepted;
        uint256 pot;
    }

    /// @notice Names an edge of height 0 by its way from a root edge of its level, and shows the state before it.
    /// @param level Its level.
    /// @param top Mutual of that root edge.
    /// @param position Its leaf, counted from 0.
    /// @param lefts For each step to the right on the way down, the root of the half on the left: one for each 1 in `position`.
    /// @param root The edge's root, which is its leaf.
    /// @param before Last leaf of the nearest half on the left; zero if the position is 0.
    /// @param beforeProof Siblings of that leaf there, from its own up, all of them on the left.
    struct Leaf {
        uint8 level;
        bytes32 top;
        uint64 position;
        bytes32[] lefts;
        bytes32 root;
        bytes32 before;
        bytes32[] beforeProof;
    }

    /// @notice An edge whose timer is to be read anew.
    /// @param mutual Its mutual.
    /// @param root Its root.
    /// @param left Root of its lower half; zero if it was not bisected.
    /// @param right Root of its upper half; zero if it was not bisected.
    struct Update {
        bytes32 mutual;
        bytes32 root;
        bytes32 left;
        bytes32 right;
    }

    /// @notice Where a path of rewards goes on from an edge.
    /// @dev Lower, Upper: to a half of it. Refined: to the refinement of it that won.
    enum Turn {
        Lower,
        Upper,
        Refined
    }

    /// @notice A step of a path of rewards.
    /// @param turn Where it goes.
    /// @param left Root of the lower half; of the refinement, if it goes there.
    /// @param right Root of the upper half; zero if it goes to a refinement.
    struct Step {
        Turn turn;
        bytes32 left;
        bytes32 right;
    }

    /// @notice An assertion entered its tournament.
    /// @param tournament The tournament.
    /// @param game The assertion.
    /// @param id Its root edge.
    /// @param number Number of that root edge.
    event Opened(bytes32 indexed tournament, address indexed game, bytes32 indexed id, uint256 number);

    /// @notice An edge was bisected. Both halves are edges from now on, unless they were before.
    /// @param id The edge.
    /// @param mutual Its mutual.
    /// @param left Root of its lower half.
    /// @param right Root of its upper half.
    /// @param mover Who did it.
    event Bisected(bytes32 indexed id, bytes32 indexed mutual, bytes32 left, bytes32 right, address indexed mover);

    /// @notice An edge of height 0 was refined: it has a root edge of the next level under it.
    /// @param tournament The tournament.
    /// @param parent The edge that was refined.
    /// @param id The root edge.
    /// @param mutual Mutual of the root edge.
    /// @param root Its root.
    /// @param maker Who made it.
    /// @param number Number of the root edge.
    /// @param backer Number of the root edge whose stake backs it; 0 if it has its own.
    event Refined(
        bytes32 indexed tournament,
        bytes32 indexed parent,
        bytes32 indexed id,
        bytes32 mutual,
        bytes32 root,
        address maker,
        uint256 number,
        uint256 backer
    );

    /// @notice An edge was proven.
    /// @param id The edge.
    /// @param mover Who did it.
    event Proven(bytes32 indexed id, address indexed mover);

    /// @notice An edge's timer was read anew and is longer than before.
    /// @param id The edge.
    /// @param time Its timer, seconds.
    event Updated(bytes32 indexed id, uint256 time);

    /// @notice A root edge is the first confirmed one of its mutual: the others are refuted.
    /// @param mutual The mutual.
    /// @param id The edge.
    event Confirmed(bytes32 indexed mutual, bytes32 indexed id);

    /// @notice An assertion of the tournament ended.
    /// @param tournament The tournament.
    /// @param game The assertion.
    /// @param outcome What became of its bond.
    event Concluded(bytes32 indexed tournament, address indexed game, Outcome outcome);

    /// @notice A stake was lost.
    /// @param tournament The tournament.
    /// @param number Number of the root edge that had it.
    /// @param account Whose it was.
    /// @param amount Amount, in wei, a fifth of which was burned, or all of it after the pot was closed.
    event Slashed(bytes32 indexed tournament, uint256 indexed number, address indexed account, uint256 amount);

    /// @notice A stake was given back.
    /// @param tournament The tournament.
    /// @param number Number of the root edge that had it.
    /// @param account Whose it was.
    /// @param amount Amount, in wei.
    event Unstaked(bytes32 indexed tournament, uint256 indexed number, address indexed account, uint256 amount);

    /// @notice The assertion of a root edge was barred, so that its rivals may win.
    /// @param tournament The tournament.
    /// @param id The root edge.
    event Discarded(bytes32 indexed tournament, bytes32 indexed id);

    /// @notice A move on the winning side was rewarded.
    /// @param tournament The tournament.
    /// @param account Who made the move.
    /// @param amount Amount, in wei.
    event Rewarded(bytes32 indexed tournament, address indexed account, uint256 amount);

    /// @notice The rest of a pot was burned.
    /// @param tournament The tournament.
    /// @param amount Amount, in wei.
    event Closed(bytes32 indexed tournament, uint256 amount);

    /// @notice Credit was paid out.
    /// @param account Whom it belonged to.
    /// @param amount Amount, in wei.
    event CreditClaimed(address indexed account, uint256 amount);

    /// @notice These rules could not be played by, or would let losers pay less than the moves against them cost.
    /// @param what The parameter.
    error ChallengeTree_BadParameter(string what);

    /// @notice Only assertions of this tree may do this.
    /// @param caller The account that called.
    error ChallengeTree_NotAGame(address caller);

    /// @notice The ether sent along is not the bond.
    /// @param sent What was sent along, in wei.
    /// @param expected What was to be sent along, in wei.
    error ChallengeTree_WrongBond(uint256 sent, uint256 expected);

    /// @notice Nobody made this edge, or it is not of this level and height.
    /// @param id What it would be called.
    error ChallengeTree_UnknownEdge(bytes32 id);

    /// @notice The edge is one leaf: it can be refined or proven, not bisected.
    /// @param id The edge.
    error ChallengeTree_NotDivisible(bytes32 id);

    /// @notice Nobody disputes the edge, so there is nothing to show.
    /// @param id The edge.
    error ChallengeTree_NoRival(bytes32 id);

    /// @notice Refined are edges of levels 0 and 1, proven those of level 2.
    /// @param level The level that was named.
    error ChallengeTree_WrongLevel(uint8 level);

    /// @notice The way to an edge has a position beyond its level, or more or fewer words than the position asks for.
    error ChallengeTree_BadPath();

    /// @notice The state before an edge is not what was shown.
    /// @param expected Root that it must be the last leaf of, or the state itself where nothing stands to the left.
    /// @param got What was shown.
    error ChallengeTree_WrongStateBefore(bytes32 expected, bytes32 got);

    /// @notice The last leaf of a refinement is not in it.
    /// @param expected The refinement.
    /// @param got Root that leaf and siblings have.
    error ChallengeTree_WrongLastLeaf(bytes32 expected, bytes32 got);

    /// @notice The last state of a refinement to level 1 must have halted with the edge's root as output, on the program and inputs of the edge.
    error ChallengeTree_WrongLastState();

    /// @notice The step leads to another state.
    /// @param expected The edge's root.
    /// @param got The next state.
    error ChallengeTree_WrongStep(bytes32 expected, bytes32 got);

    /// @notice A root edge of the tournament is confirmed: no further assertion can win.
    /// @param tournament The tournament.
    /// @param id That root edge.
    error ChallengeTree_Closed(bytes32 tournament, bytes32 id);

    /// @notice What was sent along and the account's credit do not suffice.
    /// @param available Wei that there were.
    /// @param needed Wei that are needed.
    error ChallengeTree_InsufficientCredit(uint256 available, uint256 needed);

    /// @notice The root edge is not refuted.
    /// @param id The edge.
    error ChallengeTree_NotRefuted(bytes32 id);

    /// @notice The root edge has no stake, or it is lost or given back.
    /// @param id The edge.
    error ChallengeTree_NoStake(bytes32 id);

    /// @notice The stake cannot be given back yet: the edge, or one that it backs, has not won, or its assertion is not accepted.
    /// @param notBefore When it can be without that, seconds since the epoch; the greatest number while the tournament has not ended.
    error ChallengeTree_StakeBound(uint256 notBefore);

    /// @notice The assertion is not barred, or not of this tournament.
    /// @param game The assertion.
    error ChallengeTree_NotBarred(address game);

    /// @notice The tournament is not decided for good.
    /// @param tournament The tournament.
    error ChallengeTree_NotDecided(bytes32 tournament);

    /// @notice The path does not go on to an edge that stands, or not to a refinement that won.
    /// @param id What would be next.
    error ChallengeTree_NotWinning(bytes32 id);

    /// @notice The pot cannot be closed yet.
    /// @param notBefore When it can be, seconds since the epoch; the greatest number while the tournament has not ended.
    error ChallengeTree_TooEarly(uint256 notBefore);

    /// @notice There is nothing to pay out to this account.
    /// @param account The account.
    error ChallengeTree_NoCredit(address account);

    /// @notice The account did not take the ether; its credit is unchanged.
    /// @param account The account.
    error ChallengeTree_TransferFailed(address account);

    /// @notice Credit is not paid out in the middle of other moves.
    error ChallengeTree_NotInBatch();

    /// @notice Puts an assertion into its tournament. Assertions of this tree only, once each, with the bond.
    /// @param tournament The tournament.
    /// @param root Commitment to the output roots of its blocks; the assertion has checked its last leaf.
    /// @param asserter Who asserts.
    function open(bytes32 tournament, bytes32 root, address asserter) external payable;

    /// @notice Says what becomes of an assertion's bond. Assertions of this tree only, once each.
    /// @param tournament The tournament.
    /// @param root What the assertion was opened with.
    /// @param outcome How the assertion ended.
    function conclude(bytes32 tournament, bytes32 root, Outcome outcome) external;

    /// @notice Makes several moves in one transaction. If one fails, none is made.
    /// @param calls ABI-encoded calls of functions of this contract.
    function multicall(bytes[] calldata calls) external payable;

    /// @notice Shows the two halves of an edge that has a rival. Anybody. Nothing happens once a root edge of its level that it may lie under won.
    /// @param mutual The edge's mutual.
    /// @param left Root of its lower half.
    /// @param right Root of its upper half.
    function bisect(bytes32 mutual, bytes32 left, bytes32 right) external payable;

    /// @notice Claims what is below an edge of height 0 that has a rival. Takes a stake from the sender's credit; but who made the root edge that the
    /// edge was first made under may refine it once without, and the stake of that root edge, or of what backs it, then backs this one as
    /// well. Nothing happens once a rival won, here or on the level above.
    /// @param leaf The edge. What is before it is looked at only in the first refinement with its mutual.
    /// @param root Commitment to the states of the next level.
    /// @param lastProof Siblings of its last leaf, from its own up, all of them on the left.
    /// @param last To level 1: the state that is its last leaf. To level 2 it is ignored: the last leaf is the edge's root.
    function refine(
        Leaf calldata leaf,
        bytes32 root,
        bytes32[] calldata lastProof,
        MachineState calldata last
    ) external payable;

    /// @notice Proves an edge of height 0 on level 2 by the one step of it. Anybody.
    /// @param leaf The edge; `before` is the hash of `state`.
    /// @param state The state before.
    /// @param proof Witness of the step, see `IOneStepProver`.
    /// @param data Witness of what the step reads from outside.
    function prove(
        Leaf calldata leaf,
        MachineState calldata state,
        bytes32[] calldata proof,
        bytes calldata data
    ) external payable;

    /// @notice Reads timers anew, tells the edge that it refines of a root edge's, and remembers which root edges are confirmed. Anybody.
    /// @param updates The edges, from below.
    function update(Update[] calldata updates) external payable;

    /// @notice Takes the stake of a refuted root edge of level 1 or 2, or of the one that backs it. Anybody. Nothing happens when it is lost or
    /// given back.
    /// @param mutual The edge's mutual.
    /// @param root Its root.
    function slash(bytes32 mutual, bytes32 root) external payable;

    /// @notice Gives the stake of a root edge back to its maker: once the edge and all that it backs have won, and if it is an assertion's, that
    /// is accepted; or three challenge periods after the end of the tournament, but not for an assertion that was not accepted, the bond of which
    /// goes where `conclude` says. Anybody.
    /// @param mutual The edge's mutual.
    /// @param root Its root.
    function claimStake(bytes32 mutual, bytes32 root) external payable;

    /// @notice Rewards the moves on a path from the accepted root edge down, out of the pot of a tournament that is decided for good. Anybody. What had
    /// its reward is passed over, and so is what the pot cannot pay in full; it may be asked for again.
    /// @param tournament The tournament.
    /// @param path Where the path goes from the accepted root edge on.
    function reward(bytes32 tournament, Step[] calldata path) external payable;

    /// @notice Lets rivals of a barred assertion win, also when it was accepted. Anybody.
    /// @param tournament The tournament.
    /// @param assertion The assertion.
    function discard(bytes32 tournament, address assertion) external payable;

    /// @notice Remembers a root edge as the winner of its mutual if its timer is long enough. Anybody.
    /// @param mutual The edge's mutual.
    /// @param root Its root.
    /// @return won Whether it is the winner.
    /// @return time Its timer, seconds.
    function confirm(bytes32 mutual, bytes32 root) external returns (bool won, uint256 time);

    /// @notice Burns what is left of a pot four challenge periods after the end of the tournament. What is lost later is burned whole. Anybody.
    /// @param tournament The tournament.
    function close(bytes32 tournament) external payable;

    /// @notice Pays out an account's credit. Anybody may call; the money goes to the account only.
    /// @param account Whom to pay.
    function claimCredit(address account) external;

    /// @notice What an account may claim.
    /// @param account The account.
    /// @return Amount, in wei.
    function credit(address account) external view returns (uint256);

    /// @notice The first confirmed root edge among those that the edges with a mutual may lie under; for the mutual of root edges, among them.
    /// @param mutual The mutual.
    /// @return Its id; zero if none is confirmed.
    function winner(bytes32 mutual) external view returns (bytes32);

    /// @notice What is kept of an edge.
    /// @param id The edge.
    /// @return The edge; nothing but zeros if it does not exist.
    function edge(bytes32 id) external view returns (Edge memory);

    /// @notice What is kept of the edges with one mutual.
    /// @param mutual The mutual.
    /// @return When the first two were made.
    function rivalry(bytes32 mutual) external view returns (Rivalry memory);

    /// @notice What is kept of a root edge besides.
    /// @param number Its number, counted from 1 in the order in which root edges were made.
    /// @return Its maker, stake and parent.
    function rootEdge(uint256 number) external view returns (Root memory);

    /// @notice What the root edges of level 1 or 2 with one mutual share.
    /// @param mutual The mutual.
    /// @return The state before and the tournament.
    function origin(bytes32 mutual) external view returns (Origin memory);

    /// @notice What is kept of a tournament.
    /// @param id The tournament.
    /// @return The tournament; nothing but zeros if it does not exist.
    function tournament(bytes32 id) external view returns (Tournament memory);

    /// @notice The timer of an edge as far as it is known without its halves: of one that can be refined, how long it stood without a rival and the
    /// greatest timer of its refinements together; of any other, the longer of what was last read and how long it stood without a rival.
    /// @param mutual The edge's mutual.
    /// @param root Its root.
    /// @return Time, in seconds; 0 if it does not exist.
    function timer(bytes32 mutual, bytes32 root) external view returns (uint256);

    /// @notice The code of the assertions of this tree; each is its clone.
    /// @return The implementation.
    function game() external view returns (IAssertionGame);

    /// @notice The rules.
    /// @return All parameters.
    function parameters() external view returns (Parameters memory);

    /// @notice Time for which an edge must have stood without a rival, itself or below it.
    /// @return Duration, in seconds.
    function challengePeriod() external view returns (uint64);

    /// @notice Bond of an assertion.
    /// @return Amount, in wei.
    function assertionBond() external view returns (uint256);
}
