// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ICouncil
/// @notice May stop what makes new obligations, for a bounded time.
interface ICouncil {
    /// @notice Whether a module may make no new obligations now.
    /// @param key The module: `keccak256` of its name.
    /// @return Whether it is paused.
    function isPaused(bytes32 key) external view returns (bool);
}
