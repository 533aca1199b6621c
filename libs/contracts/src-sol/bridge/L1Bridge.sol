// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ISystemConfig} from "../l1/interfaces/ISystemConfig.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {Bridge} from "./Bridge.sol";
import {ICrossDomainMessenger} from "./interfaces/ICrossDomainMessenger.sol";

/// @title L1Bridge
/// @notice The L1 end of a bridge: behind a proxy, paused by the guardian.
abstract contract L1Bridge is Bridge, Initializable {
    ICrossDomainMessenger private _messenger;

    /// @notice Says whether the guardian paused withdrawals.
    ISystemConfig public systemConfig;

    /// @dev The implementation itself stays without an owner; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param messenger_ The messenger of L1.
    /// @param systemConfig_ Says whether the guardian paused withdrawals.
    function initialize(ICrossDomainMessenger messenger_, ISystemConfig systemConfig_) external initializer {
        _messenger = messenger_;
        systemConfig = systemConfig_;
        otherBridge = _l2Bridge();
    }

    /// @inheritdoc Bridge
    function messenger() public view override returns (ICrossDomainMessenger) {
        return _messenger;
    }

    /// @inheritdoc Bridge
    function paused() public view override returns (bool) {
        return systemConfig.paused();
    }

    function _takesNothing(address to) internal pure override returns (bool) {
        return to == Predeploys.L2_TO_L1_MESSAGE_PASSER;
    }

    /// @dev The twin on L2.
    function _l2Bridge() internal pure virtual returns (address);
}
