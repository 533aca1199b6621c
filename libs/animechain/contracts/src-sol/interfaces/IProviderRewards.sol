// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IProviderRewards
/// @notice Pays who provided data to a version, by epochs.
interface IProviderRewards {
    /// @notice Pulls what is for the providers of a version, into the epoch that is open. By anyone.
    /// @param version The version.
    /// @param token A listed token.
    /// @param amount How much, smallest units.
    function fund(uint256 version, IERC20 token, uint256 amount) external;
}
