// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token of any number of decimals that can take a fee of each transfer, bar a receiver, or call somebody while it moves.
contract Money is ERC20 {
    uint8 private immutable _places;
    uint256 public fee;
    address public barred;
    address public hook;
    bytes public call;

    error Barred();

    constructor(uint8 places) ERC20("Money", "MNY") {
        _places = places;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function setBarred(address barred_) external {
        barred = barred_;
    }

    function setHook(address hook_, bytes calldata call_) external {
        (hook, call) = (hook_, call_);
    }

    function decimals() public view override returns (uint8) {
        return _places;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (to == barred && to != address(0)) revert Barred();
        if (hook != address(0)) {
            (bool done, bytes memory reason) = hook.call(call);
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        uint256 taken = from == address(0) || value < fee ? 0 : fee;
        super._update(from, to, value - taken);
        if (taken != 0) super._update(from, address(0xfee), taken);
    }
}
