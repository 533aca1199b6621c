// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IFeeSplitter
/// @notice Takes what the fee vaults of L2 pay out on L1, and passes it on: a fifth to verifiers, the rest to the chain's own recipient. On L1.
/// docs/spec/network.md, section 9.
interface IFeeSplitter {
    /// @notice What came in was divided.
    /// @param verifiers For verifiers, wei.
    /// @param rest For the recipient, wei.
    event Split(uint256 verifiers, uint256 rest);

    /// @notice An account was paid.
    /// @param to The account.
    /// @param amount Wei.
    event Paid(address indexed to, uint256 amount);

    /// @notice Both must be accounts, and not the same.
    /// @param diligence Where the verifiers' part goes.
    /// @param recipient Where the rest goes.
    error FeeSplitter_BadAccounts(address diligence, address recipient);

    /// @notice There is nothing to divide or to pay, or nobody took it.
    error FeeSplitter_Nothing();

    /// @notice Divides what came in since the last time, and pays both. Anybody. Who does not take its part has it later; the other one is paid all the same.
    function split() external;

    /// @notice What was divided and not paid.
    /// @param account One of the two.
    /// @return Wei.
    function owed(address account) external view returns (uint256);

    /// @notice Where the verifiers' part goes.
    /// @return The contract that rewards them.
    function diligence() external view returns (address);

    /// @notice Where the rest goes.
    /// @return The account.
    function recipient() external view returns (address);
}
