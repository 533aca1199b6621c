// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../l1/interfaces/IAssertionGame.sol";

/// @title IDrills
/// @notice Wrong assertions that somebody makes on purpose, to see who attests to them, and the bounties of those who raise an alarm first. On L1.
/// docs/spec/network.md, section 8.
///
/// A drill is committed to before its assertion is made, and revealed from when somebody asserted another root. As no assertion is accepted before it stood for a
/// challenge period, a maker has that time to reveal it before its signers can be punished for a lie.
interface IDrills {
    /// @notice A wrong assertion that somebody makes on purpose.
    /// @param maker Who committed to it; zero where there is none.
    /// @param committedAt When, seconds.
    /// @param expiresAt Last time to reveal it, seconds.
    /// @param bounty What the first right alarm earns, wei; zero once it is paid, given back or burned.
    /// @param game The assertion; zero before it is revealed.
    /// @param revealedAt When, seconds.
    /// @param closesAt Last time to reveal alarms, seconds; zero before another root is accepted.
    /// @param rightRoot The accepted root; zero before.
    /// @param best Number of the earliest right alarm that was revealed; zero for none.
    /// @param winner Who raised it.
    struct Drill {
        address maker;
        uint64 committedAt;
        uint64 expiresAt;
        uint128 bounty;
        address game;
        uint64 revealedAt;
        uint64 closesAt;
        bytes32 rightRoot;
        uint64 best;
        address winner;
    }

    /// @notice A commitment to an alarm.
    /// @param number Counted from 1, in the order of commitments; zero where there is none.
    /// @param committedAt When it was made, seconds.
    struct Alarm {
        uint64 number;
        uint64 committedAt;
    }

    /// @notice Somebody committed to a drill.
    /// @param commitment Its hash.
    /// @param maker Who did.
    /// @param bounty Wei.
    /// @param expiresAt Last time to reveal it, seconds.
    event DrillCommitted(bytes32 indexed commitment, address indexed maker, uint256 bounty, uint64 expiresAt);

    /// @notice An assertion was a drill.
    /// @param commitment Hash of the drill.
    /// @param game The assertion.
    event DrillRevealed(bytes32 indexed commitment, address indexed game);

    /// @notice Another root was accepted than that of a drill; alarms can be revealed.
    /// @param game The assertion.
    /// @param rightRoot The accepted root.
    /// @param closesAt Last time to reveal one, seconds.
    event DrillDecided(address indexed game, bytes32 rightRoot, uint64 closesAt);

    /// @notice A drill ended.
    /// @param commitment Its hash.
    /// @param to Who was credited with the bounty; zero if it was burned.
    /// @param bounty Wei.
    event DrillClosed(bytes32 indexed commitment, address indexed to, uint256 bounty);

    /// @notice Somebody committed to an alarm.
    /// @param commitment Its hash.
    /// @param number Its number.
    event AlarmCommitted(bytes32 indexed commitment, uint64 number);

    /// @notice An alarm about a drill was right, and the earliest of those that were revealed.
    /// @param game The assertion.
    /// @param who Who raised it.
    /// @param number Its number.
    event AlarmRevealed(address indexed game, address indexed who, uint64 number);

    /// @notice An account was credited.
    /// @param account The account.
    /// @param amount Wei.
    event Credited(address indexed account, uint256 amount);

    /// @notice Credit was paid.
    /// @param account Whose it was.
    /// @param amount Wei.
    event CreditClaimed(address indexed account, uint256 amount);

    /// @notice A bounty is too small.
    /// @param bounty What came, wei.
    /// @param least What it must be, wei.
    error Drills_SmallBounty(uint256 bounty, uint256 least);

    /// @notice There is one with this hash.
    /// @param commitment The hash.
    error Drills_Known(bytes32 commitment);

    /// @notice There is no such drill, or it is not in the state that this asks for.
    /// @param commitment Its hash; zero where the assertion is no drill.
    error Drills_WrongDrill(bytes32 commitment);

    /// @notice The assertion was not made after the commitment, or is accepted, or nobody asserted another root.
    /// @param game The assertion.
    error Drills_NoDrill(address game);

    /// @notice The alarm was not committed to between the assertion and its reveal, or says another root than the accepted one.
    /// @param commitment Hash of the alarm.
    error Drills_WrongAlarm(bytes32 commitment);

    /// @notice The game is not accepted for good, or is about another batch.
    /// @param game The game.
    error Drills_NotDecided(address game);

    /// @notice The time to do this is over, or has not come.
    /// @param time Last or first time, seconds.
    error Drills_OutOfTime(uint64 time);

    /// @notice There is nothing to do or to pay.
    error Drills_Nothing();

    /// @notice The account did not take the ETH.
    /// @param to The account.
    error Drills_TransferFailed(address to);

    /// @notice Commits to a drill, with its bounty. Before the assertion is made.
    /// @param commitment `keccak256(abi.encode(maker, salt, batchIndex, batchAcc, outputRoot))`, with the sender as maker.
    function commitDrill(bytes32 commitment) external payable;

    /// @notice Reveals a drill. Its maker, from when somebody asserted another root.
    /// @param salt Salt of the commitment.
    /// @param game The wrong assertion, made after the commitment.
    /// @param other An assertion of another root for the same batch.
    function revealDrill(bytes32 salt, IAssertionGame game, IAssertionGame other) external;

    /// @notice Says which root was accepted: another one, then alarms can be revealed for `revealTime`; that of the drill, then the bounty is burned. Anybody.
    /// @param game The drill's assertion.
    /// @param accepted An accepted and final game for the same batch.
    function decideDrill(IAssertionGame game, IAssertionGame accepted) external;

    /// @notice Credits a drill's bounty to the earliest right alarm that was revealed; without one, to its maker. Anybody, after `closesAt`.
    /// @param game The drill's assertion.
    function closeDrill(IAssertionGame game) external;

    /// @notice Burns the bounty of a drill that was not revealed in time, or not decided in twice that time. Anybody.
    /// @param commitment Its hash.
    function expireDrill(bytes32 commitment) external;

    /// @notice Commits to an alarm. Anybody.
    /// @param commitment `keccak256(abi.encode(who, game, derived, salt))`.
    function commitAlarm(bytes32 commitment) external;

    /// @notice Reveals the sender's alarm about a drill.
    /// @param game The drill's assertion.
    /// @param derived The right output root.
    /// @param salt Salt of the commitment.
    function revealAlarm(IAssertionGame game, bytes32 derived, bytes32 salt) external;

    /// @notice Pays the sender's credit.
    /// @param to Whom to pay.
    function claimCredit(address to) external;

    /// @notice Whether an assertion was committed to as a drill before it was made, and the drill is revealed. Says nothing about other assertions
    /// of the same root: else a liar could commit to a drill once its lie is out, and assert it again.
    /// @param game The assertion.
    /// @param batchIndex Its batch.
    /// @param batchAcc Accumulator of the inbox after that batch.
    /// @param outputRoot The wrong output root.
    /// @return Whether it was; false also where these are not the game's.
    function isDrill(
        address game,
        uint256 batchIndex,
        bytes32 batchAcc,
        bytes32 outputRoot
    ) external view returns (bool);

    /// @notice What was credited to an account and not paid.
    /// @param account The account.
    /// @return Wei.
    function credit(address account) external view returns (uint256);

    /// @notice A drill.
    /// @param commitment Its hash.
    /// @return The drill; nothing but zeros if there is none.
    function drillOf(bytes32 commitment) external view returns (Drill memory);

    /// @notice The drill that an assertion was.
    /// @param game The assertion.
    /// @return Its hash; zero for none that is revealed.
    function drillOfGame(address game) external view returns (bytes32);

    /// @notice A commitment to an alarm.
    /// @param commitment Its hash.
    /// @return The alarm; nothing but zeros if there is none.
    function alarmOf(bytes32 commitment) external view returns (Alarm memory);

    /// @notice Least bounty of a drill.
    /// @return Wei.
    function leastBounty() external view returns (uint128);

    /// @notice Time to reveal alarms.
    /// @return Seconds.
    function revealTime() external view returns (uint64);
}
