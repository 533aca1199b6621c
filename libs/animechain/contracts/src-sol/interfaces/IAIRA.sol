// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IAIRA
/// @notice Right to use a model on a work and share in what it earns, in one ERC-20 of fixed supply. Both accrue to who holds; a transfer moves neither.
interface IAIRA {
    /// @notice The work.
    /// @return Its id.
    function work() external view returns (uint256);

    /// @notice The version of a model.
    /// @return Its id.
    function modelVersion() external view returns (uint256);

    /// @notice Pulls a payment and sends it down the waterfall. By anyone; the usage meter pays fees so.
    /// @param token A token that the royalty vaults list.
    /// @param amount How much, smallest units.
    function pay(IERC20 token, uint256 amount) external;

    /// @notice Claims what the royalty vaults owe this token as a beneficiary of published outputs, and sends it down the waterfall. By anyone.
    /// @param token The token.
    /// @return amount How much.
    function collect(IERC20 token) external returns (uint256 amount);

    /// @notice Spends usage credits of an account. By the usage meter.
    /// @param account Whose.
    /// @param units How many.
    function spendCredits(address account, uint256 units) external;
}
