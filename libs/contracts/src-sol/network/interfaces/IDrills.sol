// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDrills
/// @notice Says which wrong assertions were announced as drills. docs/spec/network.md, section 8.
interface IDrills {
    /// @notice Whether an output root was committed to as a drill before it was asserted, and the drill is revealed.
    /// @param batchIndex Batch of the assertion.
    /// @param batchAcc Accumulator of the inbox after that batch.
    /// @param outputRoot The wrong output root.
    /// @return Whether it was.
    function isDrill(uint256 batchIndex, bytes32 batchAcc, bytes32 outputRoot) external view returns (bool);
}
