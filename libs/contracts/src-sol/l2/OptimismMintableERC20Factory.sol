// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {OptimismMintableERC20} from "./OptimismMintableERC20.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title OptimismMintableERC20Factory
/// @notice Anyone makes the L2 twin of an L1 token here. Its address follows from the token, name, symbol and decimals, so tokens that
/// were sent to it before it existed can still be delivered by a replay. Genesis leaves the storage empty.
contract OptimismMintableERC20Factory is ISemver {
    /// @notice A token was made; the older form.
    /// @param remoteToken What it stands for on the other layer.
    /// @param localToken What was made.
    event StandardL2TokenCreated(address indexed remoteToken, address indexed localToken);

    /// @notice A token was made.
    /// @param localToken What was made.
    /// @param remoteToken What it stands for on the other layer.
    /// @param deployer Who called.
    event OptimismMintableERC20Created(address indexed localToken, address indexed remoteToken, address deployer);

    /// @notice The zero address was named as the token of L1.
    error OptimismMintableERC20Factory_NoRemoteToken();

    /// @notice The bridge that mints and burns.
    address public constant bridge = Predeploys.L2_STANDARD_BRIDGE;

    /// @notice Older name of `bridge`.
    address public constant BRIDGE = Predeploys.L2_STANDARD_BRIDGE;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Slot 0. The L1 token of each token made here, by the latter's address; zero for others.
    mapping(address => address) public deployments;

    /// @notice Makes a token with 18 decimals; the oldest name.
    /// @param _remoteToken Token on L1.
    /// @param _name Name of the twin.
    /// @param _symbol Short name of the twin.
    /// @return The twin.
    function createStandardL2Token(
        address _remoteToken,
        string calldata _name,
        string calldata _symbol
    ) external returns (address) {
        return createOptimismMintableERC20WithDecimals(_remoteToken, _name, _symbol, 18);
    }

    /// @notice Makes a token with 18 decimals.
    /// @param _remoteToken Token on L1.
    /// @param _name Name of the twin.
    /// @param _symbol Short name of the twin.
    /// @return The twin.
    function createOptimismMintableERC20(
        address _remoteToken,
        string calldata _name,
        string calldata _symbol
    ) external returns (address) {
        return createOptimismMintableERC20WithDecimals(_remoteToken, _name, _symbol, 18);
    }

    /// @notice Makes a token. Fails if there is one like it already.
    /// @param _remoteToken Token on L1.
    /// @param _name Name of the twin.
    /// @param _symbol Short name of the twin.
    /// @param _decimals Decimals of the twin. They should be those of the L1 token: amounts are bridged in the smallest
    /// unit.
    /// @return localToken The twin.
    function createOptimismMintableERC20WithDecimals(
        address _remoteToken,
        string calldata _name,
        string calldata _symbol,
        uint8 _decimals
    ) public returns (address localToken) {
        if (_remoteToken == address(0)) revert OptimismMintableERC20Factory_NoRemoteToken();
        bytes32 salt = keccak256(abi.encode(_remoteToken, _name, _symbol, _decimals));
        localToken = address(new OptimismMintableERC20{salt: salt}(bridge, _remoteToken, _name, _symbol, _decimals));
        deployments[localToken] = _remoteToken;
        emit StandardL2TokenCreated(_remoteToken, localToken);
        emit OptimismMintableERC20Created(localToken, _remoteToken, msg.sender);
    }
}
