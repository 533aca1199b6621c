// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token of two decimals that anyone mints, and that can take a fee.
contract DeskToken is ERC20("Test", "TST") {
    uint256 public fee;

    function decimals() public pure override returns (uint8) {
        return 2;
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (fee > 0 && from != address(0) && to != address(0)) super._update(to, address(0), fee);
    }
}
