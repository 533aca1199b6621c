// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token that can take a fee, refuse transfers or a receiver, or call somebody while it moves.
contract NetworkToken is ERC20 {
    uint256 public fee;
    bool public blocked;
    address public barred;
    address public hook;
    bytes public call;

    error Blocked();

    constructor() ERC20("Token", "TOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function setBlocked(bool blocked_) external {
        blocked = blocked_;
    }

    function setBarred(address barred_) external {
        barred = barred_;
    }

    function setHook(address hook_, bytes calldata call_) external {
        (hook, call) = (hook_, call_);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (blocked || (to == barred && to != address(0))) revert Blocked();
        if (hook != address(0)) {
            (bool ok, bytes memory reason) = hook.call(call);
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        uint256 taken = from == address(0) ? 0 : (value * fee) / 100;
        super._update(from, to, value - taken);
        if (taken != 0) super._update(from, address(0xfee), taken);
    }
}

/// @notice Takes no ether.
contract NoEther {}
