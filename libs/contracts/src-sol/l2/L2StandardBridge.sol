// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StandardBridge} from "../bridge/StandardBridge.sol";
import {ILegacyMintableERC20} from "../bridge/interfaces/IOptimismMintableERC20.sol";
import {L2Bridge} from "./L2Bridge.sol";

/// @title L2StandardBridge
/// @notice The L2 end for ETH and ERC-20. Also speaks the older dialect of deposits and withdrawals.
/// Genesis sets slot 0 (`otherBridge`): the L1StandardBridge.
contract L2StandardBridge is StandardBridge, L2Bridge {
    /// @notice Tokens or ETH set out to L1. Older form of ERC20BridgeInitiated and ETHBridgeInitiated.
    /// @param l1Token Token on L1; zero for ETH.
    /// @param l2Token Its twin on L2; the marker address for ETH.
    /// @param from Who sends them, on L2.
    /// @param to Who receives them, on L1.
    /// @param amount In the smallest unit.
    /// @param extraData What the sender passes along.
    event WithdrawalInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    /// @notice Tokens or ETH arrived from L1. Older form of ERC20BridgeFinalized and ETHBridgeFinalized.
    /// @param l1Token Token on L1; zero for ETH.
    /// @param l2Token Its twin on L2; the marker address for ETH.
    /// @param from Who sent them, on L1.
    /// @param to Who received them, on L2.
    /// @param amount In the smallest unit.
    /// @param extraData What the sender passed along.
    event DepositFinalized(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    /// @notice Stands for ETH in the older dialect.
    address internal constant LEGACY_ETH = 0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000;

    /// @notice Withdraws tokens or ETH to the same address on L1. Not for contracts, see `withdrawTo`.
    /// @param _l2Token Token on L2 that stands for one of L1, or the marker address 0xDead…0000 for ETH, which is sent
    /// along.
    /// @param _amount In the smallest unit.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function withdraw(
        address _l2Token,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external payable onlyEOA {
        _withdraw(_l2Token, msg.sender, _amount, _minGasLimit, _extraData);
    }

    /// @notice Withdraws tokens or ETH to another address on L1.
    /// @param _l2Token Token on L2 that stands for one of L1, or the marker address 0xDead…0000 for ETH, which is sent
    /// along.
    /// @param _to Who receives them on L1.
    /// @param _amount In the smallest unit.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function withdrawTo(
        address _l2Token,
        address _to,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external payable {
        _withdraw(_l2Token, _to, _amount, _minGasLimit, _extraData);
    }

    /// @notice Older name of `otherBridge`.
    /// @return The L1 end.
    function l1TokenBridge() external view returns (address) {
        return otherBridge;
    }

    function _withdraw(
        address l2Token,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) private {
        bool isETH = l2Token == LEGACY_ETH;
        uint256 expected = isETH ? amount : 0;
        if (msg.value != expected) revert StandardBridge_WrongValue(msg.value, expected);
        if (isETH) _initiateETH(msg.sender, to, minGasLimit, extraData);
        else {
            address l1Token = ILegacyMintableERC20(l2Token).l1Token();
            _initiateERC20(l2Token, l1Token, msg.sender, to, amount, minGasLimit, extraData);
        }
    }

    function _onETHInitiated(address from, address to, uint256 amount, bytes memory extraData) internal override {
        emit WithdrawalInitiated(address(0), LEGACY_ETH, from, to, amount, extraData);
    }

    function _onETHFinalized(address from, address to, uint256 amount, bytes memory extraData) internal override {
        emit DepositFinalized(address(0), LEGACY_ETH, from, to, amount, extraData);
    }

    function _onERC20Initiated(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal override {
        emit WithdrawalInitiated(remoteToken, localToken, from, to, amount, extraData);
    }

    function _onERC20Finalized(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal override {
        emit DepositFinalized(remoteToken, localToken, from, to, amount, extraData);
    }
}
