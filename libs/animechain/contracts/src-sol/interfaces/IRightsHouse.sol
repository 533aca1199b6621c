// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IRightsHouse
/// @notice Rights holders: one vote per credentialed provider, studio or work owner.
interface IRightsHouse {
    /// @notice Whether an account has a credential now.
    /// @param account Who.
    /// @return Whether it has.
    function isMember(address account) external view returns (bool);

    /// @notice Number of members.
    /// @return The number.
    function memberCount() external view returns (uint256);

    /// @notice The pool from which panels of the dispute desk are drawn, as elected.
    /// @return The jurors, ascending.
    function jurors() external view returns (address[] memory);
}
