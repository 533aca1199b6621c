// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ISemver
/// @notice A contract that tells the version of its interface.
interface ISemver {
    /// @notice Semantic version of the interface, which changes when callers have to.
    /// @return Version as text, e.g. "1.0.0".
    function version() external view returns (string memory);
}
