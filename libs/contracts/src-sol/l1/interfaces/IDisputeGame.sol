// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GameStatus} from "../../shared/Types.sol";

/// @title IDisputeGame
/// @notice A claim about the chain's output that can be disputed. The view functions are those of the OP Stack.
interface IDisputeGame {
    /// @notice Checks the claim, takes the bond and starts the clock. Called by the factory in the transaction that creates the game.
    /// @param proof What shows that the claim is well-formed: what follows the extra data in the input of the factory.
    function initialize(bytes calldata proof) external payable;

    /// @notice Ends the game if its rules allow it now. Anyone.
    /// @return How it ended.
    function resolve() external returns (GameStatus);

    /// @notice Whether the game runs, or how it ended.
    /// @return The status.
    function status() external view returns (GameStatus);

    /// @notice When the game was created.
    /// @return Seconds since the epoch.
    function createdAt() external view returns (uint64);

    /// @notice When the game ended.
    /// @return Seconds since the epoch; 0 while it is in progress.
    function resolvedAt() external view returns (uint64);

    /// @notice Rules that the game is played by.
    /// @return Number of the type, as the factory has it.
    function gameType() external view returns (uint32);

    /// @notice The account that created the game and staked on it.
    /// @return The account.
    function gameCreator() external view returns (address);

    /// @notice What is claimed.
    /// @return An output root. docs/spec/protocol.md, section 5.
    function rootClaim() external view returns (bytes32);

    /// @notice What the claim is about, as it was given to the factory.
    /// @return `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc, address parent, bytes32 history)`
    function extraData() external view returns (bytes memory);

    /// @notice L2 block after which the claimed output holds.
    /// @return Its number.
    function l2BlockNumber() external view returns (uint256);

    /// @notice As `l2BlockNumber`, under the name that clients ask for now.
    /// @return Number of the L2 block.
    function l2SequenceNumber() external view returns (uint256);

    /// @notice Whether the game's type was the respected one when it was created.
    /// @return True if withdrawals may be proven against the game.
    function wasRespectedGameTypeWhenCreated() external view returns (bool);
}
