// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {OptimismMintableERC721} from "./OptimismMintableERC721.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title OptimismMintableERC721Factory
/// @notice Anyone makes the L2 twin of an L1 collection here. Its address follows from the collection, name and symbol.
/// Genesis sets slot 0 (`remoteChainId`): the chain id of L1.
contract OptimismMintableERC721Factory is ISemver {
    /// @notice A collection was made.
    /// @param localToken What was made.
    /// @param remoteToken What it stands for on the other layer.
    /// @param deployer Who called.
    event OptimismMintableERC721Created(address indexed localToken, address indexed remoteToken, address deployer);

    /// @notice The zero address was named as the collection of L1.
    error OptimismMintableERC721Factory_NoRemoteToken();

    /// @notice The bridge that mints and burns.
    address public constant bridge = Predeploys.L2_ERC721_BRIDGE;

    /// @notice Older name of `bridge`.
    address public constant BRIDGE = Predeploys.L2_ERC721_BRIDGE;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Slot 0. Chain id of L1.
    uint256 public remoteChainId;

    /// @notice Slot 1. Whether a collection, by its address, was made here.
    mapping(address => bool) public isOptimismMintableERC721;

    /// @notice Makes a collection. Fails if there is one like it already.
    /// @param _remoteToken Collection on L1.
    /// @param _name Name of the twin.
    /// @param _symbol Short name of the twin.
    /// @return localToken The twin.
    function createOptimismMintableERC721(
        address _remoteToken,
        string calldata _name,
        string calldata _symbol
    ) external returns (address localToken) {
        if (_remoteToken == address(0)) revert OptimismMintableERC721Factory_NoRemoteToken();
        bytes32 salt = keccak256(abi.encode(_remoteToken, _name, _symbol));
        localToken = address(
            new OptimismMintableERC721{salt: salt}(bridge, remoteChainId, _remoteToken, _name, _symbol)
        );
        isOptimismMintableERC721[localToken] = true;
        emit OptimismMintableERC721Created(localToken, _remoteToken, msg.sender);
    }

    /// @notice Older name of `remoteChainId`.
    /// @return Chain id of L1.
    function remoteChainID() external view returns (uint256) {
        return remoteChainId;
    }

    /// @notice Older name of `remoteChainId`.
    /// @return Chain id of L1.
    function REMOTE_CHAIN_ID() external view returns (uint256) {
        return remoteChainId;
    }
}
