// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @notice Takes what is for providers.
contract StandinProviderRewards {
    using SafeERC20 for IERC20;

    mapping(uint256 version => mapping(IERC20 token => uint256)) public funded;

    function fund(uint256 version, IERC20 token, uint256 amount) external {
        funded[version][token] += amount;
        token.safeTransferFrom(msg.sender, address(this), amount);
    }
}
