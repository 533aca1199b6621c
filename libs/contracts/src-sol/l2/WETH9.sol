// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title WETH9
/// @notice ETH as an ERC-20, one to one. Behaves as the well-known contract does: no return value is false, an allowance of the
/// greatest number is never used up, and sending ETH wraps it.
contract WETH9 {
    event Approval(address indexed src, address indexed guy, uint256 wad);
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);

    /// @notice The account owns less than is asked for.
    error WETH9_InsufficientBalance(address account, uint256 balance, uint256 needed);
    /// @notice The spender was allowed less than is asked for.
    error WETH9_InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    /// @notice The receiver did not take the ETH.
    error WETH9_TransferFailed(address receiver);

    string public constant name = "Wrapped Ether";
    string public constant symbol = "WETH";
    uint8 public constant decimals = 18;

    /// @notice Slot 0. Balances, wei.
    mapping(address => uint256) public balanceOf;

    /// @notice Slot 1. Owner, spender, wei.
    mapping(address => mapping(address => uint256)) public allowance;

    receive() external payable {
        deposit();
    }

    fallback() external payable {
        deposit();
    }

    /// @notice Wraps the ETH sent along.
    function deposit() public payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    /// @notice Unwraps `wad` wei.
    function withdraw(uint256 wad) external {
        _debit(msg.sender, wad);
        (bool success, ) = msg.sender.call{value: wad}("");
        if (!success) revert WETH9_TransferFailed(msg.sender);
        emit Withdrawal(msg.sender, wad);
    }

    /// @notice All ETH in here is wrapped.
    function totalSupply() external view returns (uint256) {
        return address(this).balance;
    }

    /// @notice Lets `guy` spend up to `wad` wei of the caller.
    function approve(address guy, uint256 wad) external returns (bool) {
        allowance[msg.sender][guy] = wad;
        emit Approval(msg.sender, guy, wad);
        return true;
    }

    /// @notice Sends `wad` wei of the caller to `dst`.
    function transfer(address dst, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, dst, wad);
    }

    /// @notice Sends `wad` wei of `src` to `dst`. Unless it is `src`, the caller must have been allowed to.
    function transferFrom(address src, address dst, uint256 wad) public returns (bool) {
        if (src != msg.sender) {
            uint256 allowed = allowance[src][msg.sender];
            if (allowed != type(uint256).max) {
                if (allowed < wad) revert WETH9_InsufficientAllowance(msg.sender, allowed, wad);
                unchecked {
                    allowance[src][msg.sender] = allowed - wad;
                }
            }
        }
        _debit(src, wad);
        balanceOf[dst] += wad;
        emit Transfer(src, dst, wad);
        return true;
    }

    function _debit(address account, uint256 wad) private {
        uint256 balance = balanceOf[account];
        if (balance < wad) revert WETH9_InsufficientBalance(account, balance, wad);
        unchecked {
            balanceOf[account] = balance - wad;
        }
    }
}
