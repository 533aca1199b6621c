// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

/// @title Vesting
/// @notice Releases tokens to a beneficiary, nothing before a cliff and then linearly from the start on. What is locked has no vote. Nobody can take it back.
contract Vesting is VestingWalletCliff {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";

    /// @notice Without a beneficiary the tokens would be lost.
    error Vesting_NeedsBeneficiary();

    /// @notice Fixes the schedule.
    /// @param beneficiary Who gets the tokens, and may name another one.
    /// @param start_ From when on it runs, seconds.
    /// @param duration_ How long, seconds.
    /// @param cliff_ How long after the start nothing is released, seconds; `duration_` at most.
    constructor(
        address beneficiary,
        uint64 start_,
        uint64 duration_,
        uint64 cliff_
    ) VestingWallet(beneficiary, start_, duration_) VestingWalletCliff(cliff_) {}

    /// @inheritdoc Ownable
    function renounceOwnership() public pure override {
        revert Vesting_NeedsBeneficiary();
    }
}
