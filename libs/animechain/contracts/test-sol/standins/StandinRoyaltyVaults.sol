// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice The list of tokens, and what output registries fix, of the royalty vaults.
contract StandinRoyaltyVaults {
    mapping(IERC20 token => bool) public isListed;
    mapping(uint256 work => address) public fixedAccount;
    mapping(uint256 work => uint16) public fixedBps;

    function listToken(IERC20 token, bool listed) external {
        isListed[token] = listed;
    }

    function fixBeneficiary(uint256 work, address account, uint16 bps) external {
        (fixedAccount[work], fixedBps[work]) = (account, bps);
    }
}
