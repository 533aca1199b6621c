// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title RightsBox
/// @notice Holds one right in escrow. Each has its own, because the royalty vaults keep what an account is owed and not for which of its works: in one
/// account the revenue of all escrowed works would be one heap.
contract RightsBox {
    using SafeERC20 for IERC20;

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";

    /// @notice Who alone may use a box.
    address public immutable trigger;

    /// @notice Only the contract that made the box may.
    /// @param caller Who called.
    /// @param expected Who may.
    error RightsBox_Unauthorized(address caller, address expected);

    /// @notice The implementation, of which `msg.sender` makes clones.
    constructor() {
        trigger = msg.sender;
    }

    /// @notice Hands the right on.
    /// @param collection Of which registry.
    /// @param right Which one.
    /// @param to To whom.
    function give(IERC721 collection, uint256 right, address to) external {
        _requireTrigger();
        // Not safeTransferFrom: a receiver must not be able to refuse what was agreed.
        collection.transferFrom(address(this), to, right);
    }

    /// @notice Hands all of a token on.
    /// @param token The token.
    /// @param to To whom.
    /// @return amount How much, smallest units.
    function empty(IERC20 token, address to) external returns (uint256 amount) {
        _requireTrigger();
        amount = token.balanceOf(address(this));
        if (amount != 0) token.safeTransfer(to, amount);
    }

    function _requireTrigger() private view {
        if (msg.sender != trigger) revert RightsBox_Unauthorized(msg.sender, trigger);
    }
}
