// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice An ERC-20 that anybody mints, and that can go bad.
contract StandinToken is ERC20 {
    enum Mode {
        Honest,
        TakesFee,
        TakesFeeFromSender,
        AnswersFalse,
        Reverts,
        Reenters
    }

    error Bad();

    uint8 private immutable _decimals;
    Mode public mode;
    /// @notice What a token that reenters calls, and how.
    address public target;
    bytes public data;

    constructor(uint8 decimals_) ERC20("Stand-in", "STAND") {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @notice Takes balance away: what a rebasing token does.
    function shrink(address account, uint256 amount) external {
        _burn(account, amount);
    }

    function turn(Mode mode_) external {
        mode = mode_;
    }

    function reenter(address target_, bytes calldata data_) external {
        (mode, target, data) = (Mode.Reenters, target_, data_);
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (mode == Mode.Reverts) revert Bad();
        return super.balanceOf(account);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (mode == Mode.AnswersFalse) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (mode == Mode.AnswersFalse) return false;
        return super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (mode == Mode.Reverts) revert Bad();
        super._update(from, to, amount);
        if (mode == Mode.TakesFee && to != address(0)) super._update(to, address(0), amount / 100);
        if (mode == Mode.TakesFeeFromSender && from != address(0)) super._update(from, address(0), 1);
        if (mode == Mode.Reenters) {
            (bool success, bytes memory answer) = target.call(data);
            if (success) return;
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
