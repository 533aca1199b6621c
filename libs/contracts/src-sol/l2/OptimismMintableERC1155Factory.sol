// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {OptimismMintableERC1155} from "./OptimismMintableERC1155.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title OptimismMintableERC1155Factory
/// @notice Anyone makes the L2 twin of an L1 multi-token here. Its address follows from the token, name and symbol.
/// Genesis sets slot 0 (`remoteChainId`): the chain id of L1.
contract OptimismMintableERC1155Factory is ISemver {
    /// @notice A multi-token was made.
    /// @param localToken What was made.
    /// @param remoteToken What it stands for on the other layer.
    /// @param deployer Who called.
    event OptimismMintableERC1155Created(address indexed localToken, address indexed remoteToken, address deployer);

    /// @notice The zero address was named as the multi-token of L1.
    error OptimismMintableERC1155Factory_NoRemoteToken();

    /// @notice The bridge that mints and burns.
    address public constant bridge = Predeploys.L2_ERC1155_BRIDGE;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Slot 0. Chain id of L1.
    uint256 public remoteChainId;

    /// @notice Slot 1. Whether a multi-token, by its address, was made here.
    mapping(address => bool) public isOptimismMintableERC1155;

    /// @notice Makes a multi-token. Fails if there is one like it already.
    /// @param _remoteToken Multi-token on L1.
    /// @param _name Name of the twin.
    /// @param _symbol Short name of the twin.
    /// @return localToken The twin.
    function createOptimismMintableERC1155(
        address _remoteToken,
        string calldata _name,
        string calldata _symbol
    ) external returns (address localToken) {
        if (_remoteToken == address(0)) revert OptimismMintableERC1155Factory_NoRemoteToken();
        bytes32 salt = keccak256(abi.encode(_remoteToken, _name, _symbol));
        localToken = address(
            new OptimismMintableERC1155{salt: salt}(bridge, remoteChainId, _remoteToken, _name, _symbol)
        );
        isOptimismMintableERC1155[localToken] = true;
        emit OptimismMintableERC1155Created(localToken, _remoteToken, msg.sender);
    }
}
