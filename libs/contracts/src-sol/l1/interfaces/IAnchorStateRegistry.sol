// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDisputeGame} from "./IDisputeGame.sol";
import {IDisputeGameFactory} from "./IDisputeGameFactory.sol";

/// @title IAnchorStateRegistry
/// @notice Says which games count, and keeps the newest output that is final. The functions are those of the OP Stack.
interface IAnchorStateRegistry {
    /// @notice The anchor moved to the claim of a newer game.
    /// @param game Game that the anchor was taken from.
    event AnchorUpdated(IDisputeGame indexed game);

    /// @notice A game was barred: its claim will never be valid.
    /// @param game The game.
    event DisputeGameBlacklisted(IDisputeGame indexed game);

    /// @notice Withdrawals are proven against games of this type from now on.
    /// @param gameType The type.
    event RespectedGameTypeSet(uint32 gameType);

    /// @notice All games that were created until now and are not both accepted and final are retired.
    /// @param timestamp The time, seconds since the epoch.
    event RetirementTimestampSet(uint64 timestamp);

    /// @notice The caller is not the owner.
    /// @param caller The account that called.
    error AnchorStateRegistry_Unauthorized(address caller);

    /// @notice Without the output root of L2 block 0 anything could be asserted.
    error AnchorStateRegistry_NoGenesisOutputRoot();

    /// @notice Withdrawals could be proven against games of this type only, and none could be created.
    /// @param gameType Type that has no implementation or no bond at the factory.
    error AnchorStateRegistry_NoSuchGame(uint32 gameType);

    /// @notice The game is none of the factory, or its claim is not final or not valid.
    /// @param game The game.
    error AnchorStateRegistry_InvalidGame(IDisputeGame game);

    /// @notice The anchor is at this block or a newer one already.
    /// @param l2BlockNumber L2 block of the game's claim.
    /// @param anchorBlockNumber L2 block of the anchor.
    error AnchorStateRegistry_NotNewer(uint256 l2BlockNumber, uint256 anchorBlockNumber);

    /// @notice A game whose claim is valid can be blacklisted no more.
    /// @param game The game.
    error AnchorStateRegistry_AlreadyFinal(IDisputeGame game);

    /// @notice Moves the anchor to a newer game whose claim is valid. Anyone.
    /// @param game Game whose claim becomes the anchor.
    function setAnchorState(IDisputeGame game) external;

    /// @notice Bars a game that is not final yet. Owner only; anybody, when the game's parent is barred.
    /// @param game Game to bar.
    function blacklistDisputeGame(IDisputeGame game) external;

    /// @notice Retires all games that were created until now and are not both accepted and final: they pay no withdrawals and can be no
    /// parents, and their bonds go back. What follows starts from the newest final game, or from the genesis output. Owner only.
    function updateRetirementTimestamp() external;

    /// @notice Sets the type of games that withdrawals can be proven against. Owner only.
    /// @dev Games keep what they recorded when they were created, so those in progress are not affected.
    /// @param gameType Type with an implementation and a bond at the factory.
    function setRespectedGameType(uint32 gameType) external;

    /// @notice Newest final output and its L2 block number; the genesis output at first.
    /// @return root Output root.
    /// @return l2BlockNumber Number of the L2 block after which it holds.
    function getAnchorRoot() external view returns (bytes32 root, uint256 l2BlockNumber);

    /// @notice As `getAnchorRoot`, under the older name.
    /// @param gameType Ignored: there is one anchor for all types.
    /// @return root Output root.
    /// @return l2BlockNumber Number of the L2 block after which it holds.
    function anchors(uint32 gameType) external view returns (bytes32 root, uint256 l2BlockNumber);

    /// @notice Game that the anchor was taken from.
    /// @return The game; zero while the anchor is the genesis output.
    function anchorGame() external view returns (IDisputeGame);

    /// @notice Where games are created and registered.
    /// @return The factory.
    function disputeGameFactory() external view returns (IDisputeGameFactory);

    /// @notice Type of the games that withdrawals can be proven against.
    /// @return The type.
    function respectedGameType() external view returns (uint32);

    /// @notice Output root of L2 block 0.
    /// @return The output root, never zero.
    function genesisOutputRoot() external view returns (bytes32);

    /// @notice When games were last retired.
    /// @return Seconds since the epoch; 0 if they never were.
    function retirementTimestamp() external view returns (uint64);

    /// @notice Whether a game is retired. A game that is accepted and final when games are retired stays valid.
    /// @param game The game in question; a game of the factory.
    /// @return Whether it is retired, for good.
    function isGameRetired(IDisputeGame game) external view returns (bool);

    /// @notice Time between the end of a game and its being final, in which the owner can still bar it.
    /// @return The delay, seconds.
    function disputeGameFinalityDelaySeconds() external view returns (uint256);

    /// @notice Whether a game is barred.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return Whether it is barred, for good.
    function disputeGameBlacklist(IDisputeGame game) external view returns (bool);

    /// @notice Whether a game was created by the factory.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return Whether the factory created it.
    function isGameRegistered(IDisputeGame game) external view returns (bool);

    /// @notice As `disputeGameBlacklist`.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return Whether it is barred, for good.
    function isGameBlacklisted(IDisputeGame game) external view returns (bool);

    /// @notice Whether a game was of the respected type when it was created.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return What the game recorded.
    function isGameRespected(IDisputeGame game) external view returns (bool);

    /// @notice Whether a game is registered, not blacklisted and not retired.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return True for a game that a withdrawal may be proven against, if it is of the respected type as well.
    function isGameProper(IDisputeGame game) external view returns (bool);

    /// @notice Whether a game has ended.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return True whoever won.
    function isGameResolved(IDisputeGame game) external view returns (bool);

    /// @notice Whether a game has ended and the finality delay has passed since.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return True whoever won.
    function isGameFinalized(IDisputeGame game) external view returns (bool);

    /// @notice Whether the output that a game claims can be built on: it is proper, respected, finalized and won by its
    /// defender.
    /// @param game The game in question; any address, also one that no factory created.
    /// @return True if withdrawals proven against it can be executed.
    function isGameClaimValid(IDisputeGame game) external view returns (bool);
}
