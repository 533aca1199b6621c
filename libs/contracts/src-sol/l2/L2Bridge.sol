// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bridge} from "../bridge/Bridge.sol";
import {ICrossDomainMessenger} from "../bridge/interfaces/ICrossDomainMessenger.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title L2Bridge
/// @notice The L2 end of a bridge. Genesis sets slot 0 (`otherBridge`): the L1 end.
abstract contract L2Bridge is Bridge {
    /// @inheritdoc Bridge
    function messenger() public pure override returns (ICrossDomainMessenger) {
        return ICrossDomainMessenger(Predeploys.L2_CROSS_DOMAIN_MESSENGER);
    }

    /// @inheritdoc Bridge
    function paused() public pure override returns (bool) {
        return false;
    }
}
