// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDisputeGame} from "./IDisputeGame.sol";
import {IDisputeGameFactory} from "./IDisputeGameFactory.sol";

/// @title IAnchorStateRegistry
/// @notice Says which games count, and keeps the newest output that is final. The functions are those of the OP Stack.
interface IAnchorStateRegistry {
    event AnchorUpdated(IDisputeGame indexed game);
    event DisputeGameBlacklisted(IDisputeGame indexed game);
    event RespectedGameTypeSet(uint32 gameType);

    error AnchorStateRegistry_Unauthorized(address caller);
    /// @notice Withdrawals could be proven against games of this type only, and none could be created.
    error AnchorStateRegistry_NoSuchGame(uint32 gameType);
    /// @notice The game's claim is not final or not valid.
    error AnchorStateRegistry_InvalidGame(IDisputeGame game);
    /// @notice The anchor is at this block or a newer one already.
    error AnchorStateRegistry_NotNewer(uint256 l2BlockNumber, uint256 anchorBlockNumber);
    /// @notice A game whose claim is valid can be blacklisted no more.
    error AnchorStateRegistry_AlreadyFinal(IDisputeGame game);

    /// @notice Moves the anchor to a newer game whose claim is valid. Anyone.
    function setAnchorState(IDisputeGame game) external;

    /// @notice Bars a game that is not final yet. Guardian only.
    function blacklistDisputeGame(IDisputeGame game) external;

    /// @notice Owner only.
    function setRespectedGameType(uint32 gameType) external;

    /// @notice Newest final output and its L2 block number; the genesis output at first.
    function getAnchorRoot() external view returns (bytes32 root, uint256 l2BlockNumber);
    /// @notice The same, under the older name.
    function anchors(uint32 gameType) external view returns (bytes32 root, uint256 l2BlockNumber);
    /// @notice Game of the anchor; zero at first.
    function anchorGame() external view returns (IDisputeGame);
    function disputeGameFactory() external view returns (IDisputeGameFactory);
    function respectedGameType() external view returns (uint32);
    /// @notice Time between the end of a game and its being final, in which the guardian can still bar it, seconds.
    function disputeGameFinalityDelaySeconds() external view returns (uint256);
    function disputeGameBlacklist(IDisputeGame game) external view returns (bool);

    /// @notice Created by the factory and not replaced since.
    function isGameRegistered(IDisputeGame game) external view returns (bool);
    function isGameBlacklisted(IDisputeGame game) external view returns (bool);
    function isGameRespected(IDisputeGame game) external view returns (bool);
    /// @notice Registered and not blacklisted.
    function isGameProper(IDisputeGame game) external view returns (bool);
    function isGameResolved(IDisputeGame game) external view returns (bool);
    /// @notice Resolved, and the finality delay is over.
    function isGameFinalized(IDisputeGame game) external view returns (bool);
    /// @notice Proper, respected, finalized and won by its defender.
    function isGameClaimValid(IDisputeGame game) external view returns (bool);
}
