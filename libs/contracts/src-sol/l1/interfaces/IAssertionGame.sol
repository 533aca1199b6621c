// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAnchorStateRegistry} from "./IAnchorStateRegistry.sol";
import {IChallengeTree} from "./IChallengeTree.sol";
import {IDisputeGame} from "./IDisputeGame.sol";
import {IDisputeGameFactory} from "./IDisputeGameFactory.sol";

/// @title IAssertionGame
/// @notice "From the output root of the parent on, the batches up to i give the output root X", with a bond. docs/spec/game.md.
///
/// Assertions for the same batch on the same parent are rivals; together they are a tournament. It ends in one of these ways:
/// - its root edge is confirmed in the challenge tree, its parent is accepted, and no rival was accepted before: accepted, the bond
///   goes back;
/// - a rival was accepted and is final: lost;
/// - its parent was not accepted, or it was barred itself: not accepted, the bond is burned;
/// - it was retired while it ran, or its parent was barred or annulled: annulled, the bond goes back.
interface IAssertionGame is IDisputeGame {
    /// @notice The game ended.
    /// @param status A `GameStatus` other than IN_PROGRESS.
    event Resolved(uint8 indexed status);

    /// @notice Only the factory starts a game, and only a game that it started ends.
    error AssertionGame_NotFactory();

    /// @notice The game was started before, or this is the implementation that the games delegate to, which is none.
    error AssertionGame_AlreadyInitialized();

    /// @notice The game has ended.
    error AssertionGame_AlreadyResolved();

    /// @notice A parent must be a game of the factory, neither barred nor retired nor lost; one of another type must have been accepted, and
    /// its type respected when it was created.
    /// @param parent The game that was named.
    error AssertionGame_BadParent(address parent);

    /// @notice Between an assertion and its parent there are as many batches as the rules say.
    /// @param batchIndex Batch that was named.
    /// @param expected Batch that follows the parent's.
    error AssertionGame_WrongBatch(uint256 batchIndex, uint256 expected);

    /// @notice The inbox has no such batch, or it ends at another block, or has another accumulator.
    /// @param batchIndex The batch that was named.
    /// @param lastBlock Number of its last L2 block; 0 if there is no such batch.
    /// @param batchAcc Accumulator after it; 0 if there is no such batch.
    error AssertionGame_BatchMismatch(uint256 batchIndex, uint256 lastBlock, bytes32 batchAcc);

    /// @notice More blocks follow the parent's than a history has leaves.
    /// @param blocks Number of the blocks.
    /// @param max Number of the leaves.
    error AssertionGame_TooManyBlocks(uint256 blocks, uint256 max);

    /// @notice The proof of the last leaf has another length.
    /// @param length Length that came, in bytes.
    /// @param expected Length of one word for each level of the history, in bytes.
    error AssertionGame_BadProofLength(uint256 length, uint256 expected);

    /// @notice The root claim is not the last leaf of the history.
    /// @param history The history that was named.
    /// @param got Root that claim and siblings have.
    error AssertionGame_WrongHistory(bytes32 history, bytes32 got);

    /// @notice An assertion for this batch on this parent was accepted before.
    /// @param accepted That assertion.
    error AssertionGame_AlreadyDecided(address accepted);

    /// @notice A rival was accepted and is not final yet.
    /// @param rival That assertion.
    error AssertionGame_RivalNotFinal(address rival);

    /// @notice The parent has to be accepted before.
    /// @param parent The parent.
    error AssertionGame_ParentNotAccepted(address parent);

    /// @notice The timer of the root edge has not reached the challenge period.
    /// @param time The timer as the challenge tree has it; `update` reads it anew. Seconds.
    /// @param challengePeriod What it must reach, seconds.
    error AssertionGame_NotConfirmed(uint256 time, uint64 challengePeriod);

    /// @notice Where the disputes about the games of this implementation are carried out, and their bonds held.
    /// @return The challenge tree.
    function tree() external view returns (IChallengeTree);

    /// @notice Where the games of this implementation are created.
    /// @return The factory.
    function factory() external view returns (IDisputeGameFactory);

    /// @notice Says which games are respected, barred, retired and final.
    /// @return The registry.
    function anchorStateRegistry() external view returns (IAnchorStateRegistry);

    /// @notice What this assertion and its rivals have in common: type, parent, batch and the newest retirement before.
    /// @return `keccak256(abi.encode(bytes32("animechain tournament 1"), gameType, parent, batchIndex, retirementTimestamp))`
    function tournament() external view returns (bytes32);

    /// @notice The batch after which the claimed output holds.
    /// @return Index in the inbox, counted from 0.
    function batchIndex() external view returns (uint256);

    /// @notice Accumulator of the inbox after that batch: which chain of batches the assertion is about.
    /// @return The accumulator.
    function batchAcc() external view returns (bytes32);

    /// @notice The game that this one continues.
    /// @return The game; zero for the genesis output.
    function parent() external view returns (IDisputeGame);

    /// @notice Commitment to the output roots of the blocks after the parent's; beyond the last block the last one is repeated.
    /// @return Root of the tree.
    function history() external view returns (bytes32);

    /// @notice What the rivals agree on: the output root that the assertion starts from.
    /// @return The parent's claim, or the genesis output root.
    function agreedRoot() external view returns (bytes32);

    /// @notice L2 block after which `agreedRoot` holds.
    /// @return Its number.
    function parentBlock() external view returns (uint256);

    /// @notice Timer of the root edge as the challenge tree has it.
    /// @return Time, in seconds.
    function timer() external view returns (uint256);

    /// @notice Whether the game ended undecided, because the owner retired it or barred what it continues; what continues it ends so too.
    /// @return True after such an end.
    function annulled() external view returns (bool);

    /// @notice What an asserter stakes. The same for all games of an implementation.
    /// @return Amount, in wei.
    function bond() external view returns (uint256);

    /// @notice What the timer of a root edge must reach.
    /// @return Duration, in seconds.
    function challengePeriod() external view returns (uint64);

    /// @notice Batches between an assertion and its parent.
    /// @return Number of batches.
    function interval() external view returns (uint64);

    /// @notice Depth of `history`.
    /// @return Levels between its root and its leaves.
    function historyHeight() external view returns (uint8);
}
