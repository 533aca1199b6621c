// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ITransferPolicy
/// @notice Says whom a token may move to: the one question of draft ERC-7943 that an AIRA token asks. It is asked about transfers and about nothing else:
/// it cannot hold back what accrued.
interface ITransferPolicy {
    /// @notice Whether a transfer is allowed. A revert, or more gas than is given, counts as no.
    /// @param from Who gives.
    /// @param to Who gets.
    /// @param amount How much, smallest units.
    /// @return Whether it is.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);
}
