// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDrills
/// @notice Says which wrong assertions were announced as drills. docs/spec/network.md, section 8.
interface IDrills {
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
}
