// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {ITransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";

/// @title Bootstrap
/// @notice Gives a set of proxies their code, initialises them and hands them to the timelock, all in one transaction: a deployment is
/// either not there or complete, and nobody can get in between. Until then the proxies point here, where there is nothing to call.
contract Bootstrap {
    /// @notice A proxy and what becomes of it.
    /// @param admin Admin of the proxy; this contract must own it until then.
    /// @param proxy The proxy.
    /// @param implementation Its code from now on.
    /// @param data Input of the call that initialises it.
    struct Installation {
        ProxyAdmin admin;
        ITransparentUpgradeableProxy proxy;
        address implementation;
        bytes data;
    }

    /// @notice The only account that may install.
    address public immutable deployer;

    /// @notice Only the deployer installs.
    /// @param caller The account that called.
    error Bootstrap_NotDeployer(address caller);

    /// @notice Names the deployer.
    /// @param deployer_ The account that may install.
    constructor(address deployer_) {
        deployer = deployer_;
    }

    /// @notice Does nothing. A proxy must call something when it is created.
    function idle() external pure {}

    /// @notice Installs the proxies in this order. The deployer only.
    /// @param installations The proxies; what one is initialised with may call those before it.
    /// @param owner Whom the admins of the proxies belong to afterwards: the timelock.
    function install(Installation[] calldata installations, address owner) external {
        if (msg.sender != deployer) revert Bootstrap_NotDeployer(msg.sender);
        for (uint256 i = 0; i < installations.length; i++) {
            Installation calldata it = installations[i];
            it.admin.upgradeAndCall(it.proxy, it.implementation, it.data);
            it.admin.transferOwnership(owner);
        }
    }
}
