// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Predeploys} from "../l2/Predeploys.sol";
import {L1Bridge} from "./L1Bridge.sol";
import {StandardBridge} from "./StandardBridge.sol";

/// @title L1StandardBridge
/// @notice The L1 end for ETH and ERC-20. Also speaks the older dialect of deposits and withdrawals.
contract L1StandardBridge is StandardBridge, L1Bridge {
    /// @notice ETH sets out to L2. Older form of ETHBridgeInitiated.
    /// @param from Who sends it, on L1.
    /// @param to Who receives it, on L2.
    /// @param amount Amount, in wei.
    /// @param extraData What the sender passes along.
    event ETHDepositInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData);

    /// @notice ETH arrived from L2. Older form of ETHBridgeFinalized.
    /// @param from Who sent it, on L2.
    /// @param to Who received it, on L1.
    /// @param amount Amount, in wei.
    /// @param extraData What the sender passed along.
    event ETHWithdrawalFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData);

    /// @notice Tokens set out to L2. Older form of ERC20BridgeInitiated.
    /// @param l1Token Token on L1.
    /// @param l2Token Its twin on L2.
    /// @param from Who sends them, on L1.
    /// @param to Who receives them, on L2.
    /// @param amount In the smallest unit.
    /// @param extraData What the sender passes along.
    event ERC20DepositInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    /// @notice Tokens arrived from L2. Older form of ERC20BridgeFinalized.
    /// @param l1Token Token on L1.
    /// @param l2Token Its twin on L2.
    /// @param from Who sent them, on L2.
    /// @param to Who received them, on L1.
    /// @param amount In the smallest unit.
    /// @param extraData What the sender passed along.
    event ERC20WithdrawalFinalized(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    /// @notice Tokens came in for a pair without a deposit.
    /// @param token Token on L1.
    /// @param remoteToken Its twin on L2.
    /// @param from Who gave them.
    /// @param amount What came in, in the smallest unit.
    event ERC20Donated(address indexed token, address indexed remoteToken, address indexed from, uint256 amount);

    /// @notice Takes tokens that are locked for a pair without a deposit: what was paid out and should not have been. Anybody. Not for tokens that the
    /// bridge mints, of which none is locked.
    /// @param _token Token on L1; must be approved.
    /// @param _remoteToken Its twin on L2.
    /// @param _amount In the smallest unit; credited is what arrives.
    function donateERC20(address _token, address _remoteToken, uint256 _amount) external nonReentrant {
        if (_isMintable(_token)) revert Bridge_WrongPair(_token, _remoteToken);
        uint256 amount = _lock(_token, msg.sender, _amount);
        deposits[_token][_remoteToken] += amount;
        emit ERC20Donated(_token, _remoteToken, msg.sender, amount);
    }

    /// @notice Deposits the ETH sent along for the same address.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function depositETH(uint32 _minGasLimit, bytes calldata _extraData) external payable onlyEOA {
        _initiateETH(msg.sender, msg.sender, _minGasLimit, _extraData);
    }

    /// @notice Deposits the ETH sent along for `_to`.
    /// @param _to Who receives it on L2.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function depositETHTo(address _to, uint32 _minGasLimit, bytes calldata _extraData) external payable {
        _initiateETH(msg.sender, _to, _minGasLimit, _extraData);
    }

    /// @notice Deposits tokens for the same address; see `bridgeERC20`.
    /// @param _l1Token Token on L1. Unless the bridge burns it, it must be approved.
    /// @param _l2Token Its twin on L2. If they are no pair, the tokens are stuck.
    /// @param _amount In the smallest unit.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function depositERC20(
        address _l1Token,
        address _l2Token,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external onlyEOA {
        _initiateERC20(_l1Token, _l2Token, msg.sender, msg.sender, _amount, _minGasLimit, _extraData);
    }

    /// @notice Deposits tokens for `_to`; see `bridgeERC20`.
    /// @param _l1Token Token on L1. Unless the bridge burns it, it must be approved.
    /// @param _l2Token Its twin on L2. If they are no pair, the tokens are stuck.
    /// @param _to Who receives them on L2.
    /// @param _amount In the smallest unit.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function depositERC20To(
        address _l1Token,
        address _l2Token,
        address _to,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        _initiateERC20(_l1Token, _l2Token, msg.sender, _to, _amount, _minGasLimit, _extraData);
    }

    /// @notice Older name of `otherBridge`.
    /// @return The L2 end.
    function l2TokenBridge() external view returns (address) {
        return otherBridge;
    }

    function _onETHInitiated(address from, address to, uint256 amount, bytes memory extraData) internal override {
        emit ETHDepositInitiated(from, to, amount, extraData);
    }

    function _onETHFinalized(address from, address to, uint256 amount, bytes memory extraData) internal override {
        emit ETHWithdrawalFinalized(from, to, amount, extraData);
    }

    function _onERC20Initiated(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal override {
        emit ERC20DepositInitiated(localToken, remoteToken, from, to, amount, extraData);
    }

    function _onERC20Finalized(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal override {
        emit ERC20WithdrawalFinalized(localToken, remoteToken, from, to, amount, extraData);
    }

    function _l2Bridge() internal pure override returns (address) {
        return Predeploys.L2_STANDARD_BRIDGE;
    }
}
