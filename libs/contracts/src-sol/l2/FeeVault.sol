// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {L2ToL1MessagePasser} from "./L2ToL1MessagePasser.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title FeeVault
/// @notice Collects fees and lets anyone send them to a fixed recipient on L1.
/// Genesis sets slot 0 (recipient) and slot 1 (least amount, wei); nothing can change them later.
abstract contract FeeVault is ISemver {
    /// @notice Where a vault pays out. Ours know L1 only.
    enum WithdrawalNetwork {
        L1,
        L2
    }

    /// @notice Fees set out to L1.
    /// @param value Amount, in wei.
    /// @param to Who receives them on L1.
    /// @param from Who called `withdraw`.
    event Withdrawal(uint256 value, address to, address from);

    /// @notice Fees set out to L1; the newer form, with the network.
    /// @param value Amount, in wei.
    /// @param to Who receives them on L1.
    /// @param from Who called `withdraw`.
    /// @param withdrawalNetwork Always L1.
    event Withdrawal(uint256 value, address to, address from, WithdrawalNetwork withdrawalNetwork);

    /// @notice Too little has been collected.
    /// @param balance What has been collected, in wei.
    /// @param minimum What must have been collected, in wei.
    error FeeVault_BelowMinimum(uint256 balance, uint256 minimum);

    /// @notice Genesis named no recipient: the fees would be lost.
    error FeeVault_NoRecipient();

    /// @notice Gas of the payment on L1. Enough for a multi-signature wallet.
    uint256 internal constant WITHDRAWAL_MIN_GAS = 400_000;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Slot 0. Receives the fees on L1.
    address public recipient;

    /// @notice Slot 1. Least balance that can be withdrawn, wei.
    uint256 public minWithdrawalAmount;

    /// @notice Slot 2. Sum of all withdrawals, wei.
    uint256 public totalProcessed;

    /// @notice Takes fees, also from anybody who sends ether.
    receive() external payable {}

    /// @notice Sends the whole balance to the recipient on L1, by way of an ordinary withdrawal.
    /// @return value Wei that were sent.
    function withdraw() external returns (uint256 value) {
        value = address(this).balance;
        address to = recipient;
        if (to == address(0)) revert FeeVault_NoRecipient();
        if (value < minWithdrawalAmount) revert FeeVault_BelowMinimum(value, minWithdrawalAmount);
        totalProcessed += value;
        emit Withdrawal(value, to, msg.sender);
        emit Withdrawal(value, to, msg.sender, WithdrawalNetwork.L1);
        L2ToL1MessagePasser(payable(Predeploys.L2_TO_L1_MESSAGE_PASSER)).initiateWithdrawal{value: value}(
            to,
            WITHDRAWAL_MIN_GAS,
            ""
        );
    }

    /// @notice Network of the recipient.
    /// @return Always L1.
    function withdrawalNetwork() public pure returns (WithdrawalNetwork) {
        return WithdrawalNetwork.L1;
    }

    /// @notice Older name of `withdrawalNetwork`.
    /// @return Always L1.
    function WITHDRAWAL_NETWORK() external pure returns (WithdrawalNetwork) {
        return WithdrawalNetwork.L1;
    }

    /// @notice Older name of `recipient`.
    /// @return Who receives the fees on L1.
    function RECIPIENT() external view returns (address) {
        return recipient;
    }

    /// @notice Older name of `minWithdrawalAmount`.
    /// @return Amount, in wei.
    function MIN_WITHDRAWAL_AMOUNT() external view returns (uint256) {
        return minWithdrawalAmount;
    }
}
