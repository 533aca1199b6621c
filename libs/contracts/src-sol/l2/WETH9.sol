// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title WETH9
/// @notice ETH as an ERC-20, one to one. Behaves as the well-known contract does: no return value is false, an allowance of the
/// greatest number is never used up, and sending ETH wraps it.
contract WETH9 {
    /// @notice An account may spend ether of another from now on.
    /// @param src Owner of the ether.
    /// @param guy Who may spend it.
    /// @param wad Up to how much, wei.
    event Approval(address indexed src, address indexed guy, uint256 wad);

    /// @notice Wrapped ether changed hands.
    /// @param src Who sent it.
    /// @param dst Who received it.
    /// @param wad Amount, in wei.
    event Transfer(address indexed src, address indexed dst, uint256 wad);

    /// @notice Ether was wrapped.
    /// @param dst Who owns it.
    /// @param wad Amount, in wei.
    event Deposit(address indexed dst, uint256 wad);

    /// @notice Ether was unwrapped.
    /// @param src Who owned it.
    /// @param wad Amount, in wei.
    event Withdrawal(address indexed src, uint256 wad);

    /// @notice The account owns less than is asked for.
    /// @param account The account.
    /// @param balance What it owns, wei.
    /// @param needed What is asked for, in wei.
    error WETH9_InsufficientBalance(address account, uint256 balance, uint256 needed);

    /// @notice The spender was allowed less than is asked for.
    /// @param spender The account.
    /// @param allowance What it may still spend, wei.
    /// @param needed What is asked for, in wei.
    error WETH9_InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    /// @notice The receiver did not take the ETH.
    /// @param receiver Who unwrapped.
    error WETH9_TransferFailed(address receiver);

    /// @notice Name of the token (ERC-20).
    string public constant name = "Wrapped Ether";

    /// @notice Short name of the token (ERC-20).
    string public constant symbol = "WETH";

    /// @notice A token is 10^18 units, as ether is 10^18 wei (ERC-20).
    uint8 public constant decimals = 18;

    /// @notice Slot 0. What an account owns, wei.
    mapping(address => uint256) public balanceOf;

    /// @notice Slot 1. How much of an owner's, first key, a spender, second key, may spend, wei. The greatest number is
    /// never used up.
    mapping(address => mapping(address => uint256)) public allowance;

    /// @notice Wraps the ETH sent along.
    receive() external payable {
        deposit();
    }

    /// @notice Wraps the ETH sent along, whatever is called.
    fallback() external payable {
        deposit();
    }

    /// @notice Wraps the ETH sent along.
    function deposit() public payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    /// @notice Unwraps ether, which the caller receives.
    /// @param wad Amount, in wei.
    function withdraw(uint256 wad) external {
        _debit(msg.sender, wad);
        (bool success, ) = msg.sender.call{value: wad}("");
        if (!success) revert WETH9_TransferFailed(msg.sender);
        emit Withdrawal(msg.sender, wad);
    }

    /// @notice All wrapped ether: all that this contract has.
    /// @return Amount, in wei.
    function totalSupply() external view returns (uint256) {
        return address(this).balance;
    }

    /// @notice Lets an account spend ether of the caller.
    /// @param guy Who may spend it.
    /// @param wad Up to how much, wei; it replaces what was allowed before.
    /// @return Always true.
    function approve(address guy, uint256 wad) external returns (bool) {
        allowance[msg.sender][guy] = wad;
        emit Approval(msg.sender, guy, wad);
        return true;
    }

    /// @notice Sends wrapped ether of the caller.
    /// @param dst Who receives it.
    /// @param wad Amount, in wei.
    /// @return Always true.
    function transfer(address dst, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, dst, wad);
    }

    /// @notice Sends wrapped ether of an account. Unless it is its own, the caller must have been allowed to.
    /// @param src Who owns it.
    /// @param dst Who receives it.
    /// @param wad Amount, in wei.
    /// @return Always true.
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
