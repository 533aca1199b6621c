// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IOptimismPortal} from "../l1/interfaces/IOptimismPortal.sol";
import {ISystemConfig} from "../l1/interfaces/ISystemConfig.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {CrossDomainMessenger} from "./CrossDomainMessenger.sol";

/// @title L1CrossDomainMessenger
/// @notice Sends messages as deposits, and delivers those that arrive as withdrawals.
contract L1CrossDomainMessenger is CrossDomainMessenger, Initializable {
    /// @notice Slot 4. The portal.
    IOptimismPortal public portal;

    /// @notice Slot 5. Says whether the guardian paused withdrawals. The portal must obey the same one.
    ISystemConfig public systemConfig;

    /// @dev The implementation itself stays without an owner; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param _systemConfig Says whether the guardian paused withdrawals; the same that the portal obeys.
    /// @param _portal The portal.
    function initialize(ISystemConfig _systemConfig, IOptimismPortal _portal) external initializer {
        otherMessenger = Predeploys.L2_CROSS_DOMAIN_MESSENGER;
        systemConfig = _systemConfig;
        portal = _portal;
    }

    /// @notice Older name of `portal`.
    /// @return The portal.
    function PORTAL() external view returns (IOptimismPortal) {
        return portal;
    }

    /// @inheritdoc CrossDomainMessenger
    function paused() public view override returns (bool) {
        return systemConfig.paused();
    }

    function _transmit(uint64 gasLimit, bytes memory data) internal override {
        portal.depositTransaction{value: msg.value}(otherMessenger, msg.value, gasLimit, false, data);
    }

    function _isOtherMessenger() internal view override returns (bool) {
        return msg.sender == address(portal) && portal.l2Sender() == otherMessenger;
    }

    function _isUndeliverable(address target) internal view override returns (bool) {
        return target == otherMessenger || target == Predeploys.L2_TO_L1_MESSAGE_PASSER;
    }

    function _isUnsafeTarget(address target) internal view override returns (bool) {
        // A message to the portal could deposit in this contract's name.
        return target == address(this) || target == address(portal);
    }
}
