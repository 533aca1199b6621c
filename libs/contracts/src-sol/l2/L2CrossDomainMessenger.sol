// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CrossDomainMessenger} from "../bridge/CrossDomainMessenger.sol";
import {AddressAliasHelper} from "../shared/AddressAliasHelper.sol";
import {L2ToL1MessagePasser} from "./L2ToL1MessagePasser.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title L2CrossDomainMessenger
/// @notice Sends messages as withdrawals, and delivers those that arrive as deposits.
/// Genesis sets slot 0 (`otherMessenger`): the L1CrossDomainMessenger.
contract L2CrossDomainMessenger is CrossDomainMessenger {
    /// @notice Older name of `otherMessenger`.
    /// @return The L1CrossDomainMessenger.
    function l1CrossDomainMessenger() external view returns (address) {
        return otherMessenger;
    }

    /// @notice Nothing is paused on L2.
    /// @return Always false.
    function paused() public pure override returns (bool) {
        return false;
    }

    function _transmit(uint64 gasLimit, bytes memory data) internal override {
        _passer().initiateWithdrawal{value: msg.value}(otherMessenger, gasLimit, data);
    }

    function _isOtherMessenger() internal view override returns (bool) {
        return AddressAliasHelper.undoL1ToL2Alias(msg.sender) == otherMessenger;
    }

    function _isUndeliverable(address target) internal view override returns (bool) {
        return target == otherMessenger || target == _passer().optimismPortal() || target == _passer().inbox();
    }

    function _passer() private pure returns (L2ToL1MessagePasser) {
        return L2ToL1MessagePasser(payable(Predeploys.L2_TO_L1_MESSAGE_PASSER));
    }

    function _isUnsafeTarget(address target) internal view override returns (bool) {
        // A message to the message passer could withdraw in this contract's name.
        return target == address(this) || target == Predeploys.L2_TO_L1_MESSAGE_PASSER;
    }
}
