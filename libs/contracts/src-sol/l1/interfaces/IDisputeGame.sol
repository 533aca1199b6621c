// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GameStatus} from "../../shared/Types.sol";

/// @title IDisputeGame
/// @notice A claim about the chain's output that can be disputed. The view functions are those of the OP Stack.
interface IDisputeGame {
    /// @notice Takes the bond and starts the clock. Called by the factory in the transaction that creates the game.
    function initialize() external payable;

    /// @notice Ends the game if its rules allow it now. Anyone.
    function resolve() external returns (GameStatus);

    function status() external view returns (GameStatus);

    /// @notice seconds
    function createdAt() external view returns (uint64);

    /// @notice seconds; 0 while in progress
    function resolvedAt() external view returns (uint64);
    function gameType() external view returns (uint32);

    /// @notice The account that created the game and staked on it.
    function gameCreator() external view returns (address);

    /// @notice The output root that is claimed.
    function rootClaim() external view returns (bytes32);
    function extraData() external view returns (bytes memory);

    /// @notice L2 block number of the claim.
    function l2BlockNumber() external view returns (uint256);

    /// @notice The same, under the name that clients ask for now.
    function l2SequenceNumber() external view returns (uint256);

    /// @notice Whether the game's type was the respected one when it was created.
    function wasRespectedGameTypeWhenCreated() external view returns (bool);
}
