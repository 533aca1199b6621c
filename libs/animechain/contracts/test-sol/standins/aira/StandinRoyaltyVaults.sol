// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @notice The part of the royalty vaults that those who pay see: the list, what a work was paid, and what an account is owed. It does not split.
contract StandinRoyaltyVaults {
    using SafeERC20 for IERC20;

    mapping(IERC20 token => bool) public isListed;
    mapping(uint256 work => mapping(IERC20 token => uint256)) public paidIn;
    mapping(IERC20 token => mapping(address account => uint256)) public claimable;

    error NotListed(IERC20 token);

    function listToken(IERC20 token, bool listed) external {
        isListed[token] = listed;
    }

    function pay(uint256 work, IERC20 token, uint256 amount) external {
        if (!isListed[token]) revert NotListed(token);
        paidIn[work][token] += amount;
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// What a push would leave to a beneficiary.
    function owe(IERC20 token, address account, uint256 amount) external {
        claimable[token][account] += amount;
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function claim(IERC20 token, address account) external returns (uint256 amount) {
        amount = claimable[token][account];
        claimable[token][account] = 0;
        token.safeTransfer(account, amount);
    }
}
