// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {Bridge} from "./Bridge.sol";
import {ILegacyMintableERC20, IOptimismMintableERC20} from "./interfaces/IOptimismMintableERC20.sol";

/// @title StandardBridge
/// @notice Moves ETH and ERC-20 tokens. A token that is at home here is locked, and minted on the other layer; a token that stands
/// for one of the other layer is burnt, and released there.
///
/// What is locked is counted for each pair of tokens, so that a worthless twin on the other layer cannot draw on it. A token that
/// takes a fee on transfers is credited with what arrived. A token whose balances shrink by themselves is not safe to bridge.
abstract contract StandardBridge is Bridge {
    using SafeERC20 for IERC20;

    /// @notice ETH sets out to the other layer.
    /// @param from Who sends it, on this layer.
    /// @param to Who receives it, on the other layer.
    /// @param amount Amount, in wei.
    /// @param extraData What the sender passes along.
    event ETHBridgeInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData);

    /// @notice ETH arrived from the other layer.
    /// @param from Who sent it, on the other layer.
    /// @param to Who received it, on this layer.
    /// @param amount Amount, in wei.
    /// @param extraData What the sender passed along.
    event ETHBridgeFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData);

    /// @notice Tokens set out to the other layer.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sends them, on this layer.
    /// @param to Who receives them, on the other layer.
    /// @param amount What was burnt or came in, in the smallest unit.
    /// @param extraData What the sender passes along.
    event ERC20BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    /// @notice Tokens arrived from the other layer.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sent them, on the other layer.
    /// @param to Who received them, on this layer.
    /// @param amount In the smallest unit.
    /// @param extraData What the sender passed along.
    event ERC20BridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    /// @notice The ETH sent along is not the amount.
    /// @param got What was sent along, in wei.
    /// @param expected What was to be sent along, in wei.
    error StandardBridge_WrongValue(uint256 got, uint256 expected);

    /// @notice The receiver did not take the ETH.
    /// @param to The receiver.
    error StandardBridge_TransferFailed(address to);

    /// @notice Less is locked for this pair than is asked for.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param locked In the smallest unit.
    /// @param needed In the smallest unit.
    error StandardBridge_NotLocked(address localToken, address remoteToken, uint256 locked, uint256 needed);

    /// @notice Gas on the other layer of ETH that was simply sent here.
    uint32 internal constant RECEIVE_DEFAULT_GAS_LIMIT = 200_000;

    /// @notice Slot 1. Amount locked here, in the smallest unit, by local and remote token.
    mapping(address => mapping(address => uint256)) public deposits;

    /// @notice Sending ETH moves it to the same address on the other layer.
    receive() external payable onlyEOA {
        _initiateETH(msg.sender, msg.sender, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    /// @notice Moves the ETH sent along to the same address on the other layer. Not for contracts, see `bridgeETHTo`.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeETH(uint32 _minGasLimit, bytes calldata _extraData) external payable onlyEOA {
        _initiateETH(msg.sender, msg.sender, _minGasLimit, _extraData);
    }

    /// @notice Moves the ETH sent along to another address on the other layer.
    /// @param _to Who receives it there.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeETHTo(address _to, uint32 _minGasLimit, bytes calldata _extraData) external payable {
        _initiateETH(msg.sender, _to, _minGasLimit, _extraData);
    }

    /// @notice Moves tokens to the same address on the other layer. Not for contracts, see `bridgeERC20To`.
    /// @param _localToken Token on this layer. Unless the bridge burns it, it must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the tokens are stuck.
    /// @param _amount In the smallest unit.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeERC20(
        address _localToken,
        address _remoteToken,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external onlyEOA {
        _initiateERC20(_localToken, _remoteToken, msg.sender, msg.sender, _amount, _minGasLimit, _extraData);
    }

    /// @notice Moves tokens to another address on the other layer.
    /// @param _localToken Token on this layer. Unless the bridge burns it, it must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the tokens are stuck.
    /// @param _to Who receives them there.
    /// @param _amount In the smallest unit.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeERC20To(
        address _localToken,
        address _remoteToken,
        address _to,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        _initiateERC20(_localToken, _remoteToken, msg.sender, _to, _amount, _minGasLimit, _extraData);
    }

    /// @notice Hands out ETH that was moved here. The twin only.
    /// @param _from Who sent it, on the other layer.
    /// @param _to Who receives it, on this layer.
    /// @param _amount Wei; what is sent along.
    /// @param _extraData What the sender passed along.
    function finalizeBridgeETH(
        address _from,
        address _to,
        uint256 _amount,
        bytes calldata _extraData
    ) external payable onlyOtherBridge whenNotPaused {
        if (msg.value != _amount) revert StandardBridge_WrongValue(msg.value, _amount);
        if (_to == address(this) || _to == address(messenger())) revert Bridge_BadReceiver(_to);
        _onETHFinalized(_from, _to, _amount, _extraData);
        emit ETHBridgeFinalized(_from, _to, _amount, _extraData);
        bool success;
        // Return data is not copied.
        assembly ("memory-safe") {
            success := call(gas(), _to, _amount, 0, 0, 0, 0)
        }
        if (!success) revert StandardBridge_TransferFailed(_to);
    }

    /// @notice Mints or releases tokens that were moved here. The twin only.
    /// @param _localToken Token on this layer.
    /// @param _remoteToken Its twin on the other layer.
    /// @param _from Who sent them, on the other layer.
    /// @param _to Who receives them, on this layer.
    /// @param _amount In the smallest unit.
    /// @param _extraData What the sender passed along.
    function finalizeBridgeERC20(
        address _localToken,
        address _remoteToken,
        address _from,
        address _to,
        uint256 _amount,
        bytes calldata _extraData
    ) external onlyOtherBridge whenNotPaused {
        if (_isMintable(_localToken)) {
            if (!_isPair(_localToken, _remoteToken)) revert Bridge_WrongPair(_localToken, _remoteToken);
            IOptimismMintableERC20(_localToken).mint(_to, _amount);
        } else {
            uint256 locked = deposits[_localToken][_remoteToken];
            if (locked < _amount) revert StandardBridge_NotLocked(_localToken, _remoteToken, locked, _amount);
            unchecked {
                deposits[_localToken][_remoteToken] = locked - _amount;
            }
            IERC20(_localToken).safeTransfer(_to, _amount);
        }
        _onERC20Finalized(_localToken, _remoteToken, _from, _to, _amount, _extraData);
        emit ERC20BridgeFinalized(_localToken, _remoteToken, _from, _to, _amount, _extraData);
    }

    function _initiateETH(address from, address to, uint32 minGasLimit, bytes memory extraData) internal {
        _requireReceiver(to);
        _onETHInitiated(from, to, msg.value, extraData);
        emit ETHBridgeInitiated(from, to, msg.value, extraData);
        _send(msg.value, abi.encodeCall(this.finalizeBridgeETH, (from, to, msg.value, extraData)), minGasLimit);
    }

    /// @dev Guarded against reentrancy: a token that calls its sender could otherwise let one transfer be counted twice.
    function _initiateERC20(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        uint32 minGasLimit,
        bytes memory extraData
    ) internal nonReentrant {
        _requireReceiver(to);
        if (_isMintable(localToken)) {
            if (!_isPair(localToken, remoteToken)) revert Bridge_WrongPair(localToken, remoteToken);
            IOptimismMintableERC20(localToken).burn(from, amount);
        } else {
            amount = _lock(localToken, from, amount);
            deposits[localToken][remoteToken] += amount;
        }
        _onERC20Initiated(localToken, remoteToken, from, to, amount, extraData);
        emit ERC20BridgeInitiated(localToken, remoteToken, from, to, amount, extraData);
        // The twin sees the pair the other way round.
        _send(
            0,
            abi.encodeCall(this.finalizeBridgeERC20, (remoteToken, localToken, from, to, amount, extraData)),
            minGasLimit
        );
    }

    /// @dev Called before ETHBridgeInitiated is emitted: an end may emit the event of the older dialect.
    function _onETHInitiated(address from, address to, uint256 amount, bytes memory extraData) internal virtual;

    /// @dev Called before ETHBridgeFinalized is emitted.
    function _onETHFinalized(address from, address to, uint256 amount, bytes memory extraData) internal virtual;

    /// @dev Called before ERC20BridgeInitiated is emitted.
    function _onERC20Initiated(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal virtual;

    /// @dev Called before ERC20BridgeFinalized is emitted.
    function _onERC20Finalized(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal virtual;

    /// @dev Takes tokens in; returns how many came.
    function _lock(address token, address from, uint256 amount) internal returns (uint256) {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(from, address(this), amount);
        return IERC20(token).balanceOf(address(this)) - before;
    }

    /// @dev Whether a token stands for one of the other layer.
    function _isMintable(address token) internal view returns (bool) {
        return
            ERC165Checker.supportsInterface(token, type(IOptimismMintableERC20).interfaceId) ||
            ERC165Checker.supportsInterface(token, type(ILegacyMintableERC20).interfaceId);
    }

    /// @dev Whether a mintable token stands for that token of the other layer.
    function _isPair(address mintable, address remoteToken) private view returns (bool) {
        if (ERC165Checker.supportsInterface(mintable, type(IOptimismMintableERC20).interfaceId))
            return IOptimismMintableERC20(mintable).remoteToken() == remoteToken;
        return ILegacyMintableERC20(mintable).l1Token() == remoteToken;
    }
}
