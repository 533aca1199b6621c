// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bridge} from "../bridge/Bridge.sol";
import {ICrossDomainMessenger} from "../bridge/interfaces/ICrossDomainMessenger.sol";
import {L2ToL1MessagePasser} from "./L2ToL1MessagePasser.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title L2Bridge
/// @notice The L2 end of a bridge. Genesis sets slot 0 (`otherBridge`): the L1 end.
abstract contract L2Bridge is Bridge {
    /// @inheritdoc Bridge
    function messenger() public pure override returns (ICrossDomainMessenger) {
        return ICrossDomainMessenger(Predeploys.L2_CROSS_DOMAIN_MESSENGER);
    }

    function _takesNothing(address to) internal view override returns (bool) {
        L2ToL1MessagePasser passer = L2ToL1MessagePasser(payable(Predeploys.L2_TO_L1_MESSAGE_PASSER));
        return to == passer.optimismPortal() || to == passer.inbox();
    }

    /// @inheritdoc Bridge
    function paused() public pure override returns (bool) {
        return false;
    }
}
