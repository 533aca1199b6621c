// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FeeVault} from "./FeeVault.sol";

/// @title SequencerFeeVault
/// @notice Collects the priority fees: it is the beneficiary of every block.
contract SequencerFeeVault is FeeVault {
    /// @notice Oldest name of `recipient`.
    /// @return Who receives the fees on L1.
    function l1FeeWallet() external view returns (address) {
        return recipient;
    }
}
