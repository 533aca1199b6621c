// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ISemver} from "../shared/ISemver.sol";
import {ICrossDomainMessenger} from "./interfaces/ICrossDomainMessenger.sol";

/// @title Bridge
/// @notice What all bridges share: a twin on the other layer, to which they talk through the messenger.
abstract contract Bridge is ReentrancyGuardTransient, ISemver {
    /// @notice Only the twin may call, through the messenger.
    /// @param caller The account that called.
    error Bridge_NotOtherBridge(address caller);

    /// @notice A contract must name the receiver, by the function of the same name with `To` (`bridgeETHTo`): its own
    /// address may belong to nobody on the other layer.
    /// @param caller The contract.
    error Bridge_NotExternallyOwned(address caller);

    /// @notice The guardian paused what comes from the other layer.
    error Bridge_Paused();

    /// @notice Nobody could receive that: the zero address, or a contract of the other layer's that takes none.
    /// @param to The receiver that was named.
    error Bridge_BadReceiver(address to);

    /// @notice The token on this layer stands for another token of the other layer.
    /// @param localToken Token on this layer.
    /// @param remoteToken Token of the other layer that was named.
    error Bridge_WrongPair(address localToken, address remoteToken);

    /// @inheritdoc ISemver
    string public constant version = "2.0.0";

    /// @notice Slot 0. The twin on the other layer.
    address public otherBridge;

    /// @dev Refuses everybody but the twin, speaking through the messenger.
    modifier onlyOtherBridge() {
        ICrossDomainMessenger m = messenger();
        if (msg.sender != address(m) || m.xDomainMessageSender() != otherBridge)
            revert Bridge_NotOtherBridge(msg.sender);
        _;
    }

    /// @dev Refuses what comes from the other layer while the guardian has paused it.
    modifier whenNotPaused() {
        if (paused()) revert Bridge_Paused();
        _;
    }

    /// @dev Refuses contracts, whose address may belong to nobody on the other layer.
    modifier onlyEOA() {
        if (!_isExternallyOwned(msg.sender)) revert Bridge_NotExternallyOwned(msg.sender);
        _;
    }

    /// @notice The messenger of this layer.
    /// @return Its address.
    function messenger() public view virtual returns (ICrossDomainMessenger);

    /// @notice Whether nothing is let in from the other layer at the moment.
    /// @return True while the guardian has paused it; what goes out goes on.
    function paused() public view virtual returns (bool);

    /// @notice Older name of `messenger`.
    /// @return The messenger of this layer.
    function MESSENGER() external view returns (ICrossDomainMessenger) {
        return messenger();
    }

    /// @notice Older name of `otherBridge`.
    /// @return The twin on the other layer.
    function OTHER_BRIDGE() external view returns (address) {
        return otherBridge;
    }

    /// @notice Calls the twin.
    /// @param value Wei to send along.
    /// @param message Input of the call.
    /// @param minGasLimit Gas that the twin gets at least.
    function _send(uint256 value, bytes memory message, uint32 minGasLimit) internal {
        messenger().sendMessage{value: value}(otherBridge, message, minGasLimit);
    }

    /// @dev Refuses receivers to whom the twin could never hand anything.
    function _requireReceiver(address to) internal view {
        if (to == address(0) || to == otherBridge || to == messenger().otherMessenger() || _takesNothing(to))
            revert Bridge_BadReceiver(to);
    }

    /// @dev Whether this contract of the protocol, on the other layer, could not receive or would lose what is sent to it.
    function _takesNothing(address to) internal view virtual returns (bool);

    /// @dev A key owns the same address on both layers, also if it has delegated its code (EIP-7702).
    function _isExternallyOwned(address account) private view returns (bool) {
        // solhint-disable-next-line avoid-tx-origin
        if (account == tx.origin) return true;
        if (account.code.length != 23) return false;
        bytes memory code = account.code;
        return code[0] == 0xef && code[1] == 0x01 && code[2] == 0x00;
    }
}
