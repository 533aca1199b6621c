// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {ICrossDomainMessenger} from "./interfaces/ICrossDomainMessenger.sol";

/// @title CrossDomainMessenger
/// @notice Delivers messages between the layers, exactly once if they can be delivered at all. A message that fails is kept with its
/// ETH and can be delivered again by anyone, with more gas, any number of times, until it succeeds.
///
/// A message is identified by the hash of the call that delivers it: `keccak256(abi.encodeCall(relayMessage, (...)))`.
abstract contract CrossDomainMessenger is ICrossDomainMessenger, ISemver {
    /// @notice A message was sent.
    /// @param target Whom it calls on the other layer.
    /// @param sender Who sent it.
    /// @param message Input of the call.
    /// @param messageNonce Nonce of the message, with the version in its top two bytes.
    /// @param gasLimit Least gas of the target.
    event SentMessage(address indexed target, address sender, bytes message, uint256 messageNonce, uint256 gasLimit);

    /// @notice Follows SentMessage: the ETH that goes along.
    /// @param sender Who sent the message.
    /// @param value Amount, in wei.
    event SentMessageExtension1(address indexed sender, uint256 value);

    /// @notice A message was delivered. It never will be again.
    /// @param msgHash Hash of the call that delivers the message.
    event RelayedMessage(bytes32 indexed msgHash);

    /// @notice A delivery failed. It may be repeated.
    /// @param msgHash Hash of the call that delivers the message.
    event FailedRelayedMessage(bytes32 indexed msgHash);

    /// @notice Only version 1 of the message format exists.
    /// @param version Version in the nonce.
    error CrossDomainMessenger_UnknownVersion(uint256 version);

    /// @notice A first delivery brings the message's ETH along, a repeated one brings none.
    /// @param got What was sent along, in wei.
    /// @param expected What was to be sent along, in wei.
    error CrossDomainMessenger_WrongValue(uint256 got, uint256 expected);

    /// @notice The message did not arrive from the other messenger, nor has it failed before.
    /// @param msgHash Hash of the call that delivers the message.
    error CrossDomainMessenger_NotReplayable(bytes32 msgHash);

    /// @notice The message was delivered before.
    /// @param msgHash Hash of the call that delivers the message.
    error CrossDomainMessenger_AlreadyRelayed(bytes32 msgHash);

    /// @notice The target trusts the messenger of its layer, or takes no calls from it, so no message may call it.
    /// @param target Whom the message calls.
    error CrossDomainMessenger_UnsafeTarget(address target);

    /// @notice No message is being delivered.
    error CrossDomainMessenger_NoMessage();

    /// @notice The guardian paused deliveries.
    error CrossDomainMessenger_Paused();

    /// @notice Tells an estimation of gas that the delivery would fail.
    error CrossDomainMessenger_EstimationFailed();

    /// @notice The call failed again, or there was too little gas for it; nothing has changed.
    /// @param msgHash Hash of the call that delivers the message.
    error CrossDomainMessenger_ReplayFailed(bytes32 msgHash);

    /// @notice Version of the message format, in the top two bytes of every nonce.
    uint16 public constant MESSAGE_VERSION = 1;

    /// @notice Gas for all that happens in this contract up to the check of the gas left, with much to spare.
    uint64 public constant RELAY_CONSTANT_OVERHEAD = 200_000;

    /// @notice Price of the call of the target at most: 2,600 for a cold account, 9,000 for value, 25,000 for a new account.
    uint64 public constant RELAY_CALL_OVERHEAD = 40_000;

    /// @notice Gas kept for recording the result: a new storage slot (20,000) and an event.
    uint64 public constant RELAY_RESERVED_GAS = 40_000;

    /// @notice Gas between the check and the call.
    uint64 public constant RELAY_GAS_CHECK_BUFFER = 5_000;

    /// @notice Gas that must be left for each 63 that the target gets: a call gets at most 63/64 of the gas left
    /// (EIP-150).
    uint64 public constant MIN_GAS_DYNAMIC_OVERHEAD_NUMERATOR = 64;

    /// @notice Gas that the target gets of each 64 that are left (EIP-150).
    uint64 public constant MIN_GAS_DYNAMIC_OVERHEAD_DENOMINATOR = 63;

    /// @notice Gas of a byte of calldata at most (EIP-2028).
    uint64 public constant MIN_GAS_CALLDATA_OVERHEAD = 16;

    /// @notice Least gas of a transaction for each byte of calldata (EIP-7623).
    uint64 public constant FLOOR_CALLDATA_OVERHEAD = 40;

    /// @notice Gas of an empty transaction.
    uint64 public constant TX_BASE_GAS = 21_000;

    /// @notice Bytes that the encoding of `relayMessage` adds to a message: selector, seven words, padding.
    uint64 public constant ENCODING_OVERHEAD = 260;

    /// @dev An origin that no transaction has. Who estimates gas with it sees a failing delivery fail.
    address private constant ESTIMATION_ADDRESS = address(1);

    /// @inheritdoc ISemver
    string public constant version = "2.0.0";

    /// @notice Slot 0. The messenger on the other layer.
    address public override otherMessenger;

    /// @notice Slot 1. Messages that were delivered, by the hash of the call that delivers them.
    mapping(bytes32 => bool) public successfulMessages;

    /// @notice Slot 2. Messages of which a delivery failed, by the same hash; stays true when a later one succeeds.
    mapping(bytes32 => bool) public failedMessages;

    /// @dev Slot 3. Number of messages sent.
    uint240 private _messageCount;

    /// @dev Sender of the message that is being delivered, zero while none is.
    address private transient _deliveringFrom;

    /// @inheritdoc ICrossDomainMessenger
    function sendMessage(address _target, bytes calldata _message, uint32 _minGasLimit) external payable {
        // It could never be delivered, and its ETH would be gone.
        if (_isUndeliverable(_target)) revert CrossDomainMessenger_UnsafeTarget(_target);
        uint256 nonce = messageNonce();
        unchecked {
            ++_messageCount;
        }
        emit SentMessage(_target, msg.sender, _message, nonce, _minGasLimit);
        emit SentMessageExtension1(msg.sender, msg.value);
        _transmit(
            baseGas(_message, _minGasLimit),
            abi.encodeCall(this.relayMessage, (nonce, msg.sender, _target, msg.value, _minGasLimit, _message))
        );
    }

    /// @notice Delivers a message: by the other messenger, or by anyone if a delivery failed before. A first delivery
    /// does not fail when its call does; that is recorded, and anyone can repeat it. A repetition does.
    /// @param _nonce Nonce of the message, with the version in its top two bytes.
    /// @param _sender Who sent it.
    /// @param _target Whom to call.
    /// @param _value Wei to pass on.
    /// @param _minGasLimit Least gas of the call.
    /// @param _message Input of the call.
    function relayMessage(
        uint256 _nonce,
        address _sender,
        address _target,
        uint256 _value,
        uint256 _minGasLimit,
        bytes calldata _message
    ) external payable {
        if (_nonce >> 240 != MESSAGE_VERSION) revert CrossDomainMessenger_UnknownVersion(_nonce >> 240);
        bytes32 msgHash = keccak256(
            abi.encodeCall(this.relayMessage, (_nonce, _sender, _target, _value, _minGasLimit, _message))
        );
        bool first = _isOtherMessenger();
        uint256 expected = first ? _value : 0;
        if (msg.value != expected) revert CrossDomainMessenger_WrongValue(msg.value, expected);
        // The other messenger gives every message its own nonce, so a first delivery cannot find the message known.
        if (first == failedMessages[msgHash]) revert CrossDomainMessenger_NotReplayable(msgHash);
        if (successfulMessages[msgHash]) revert CrossDomainMessenger_AlreadyRelayed(msgHash);
        if (_isUnsafeTarget(_target)) revert CrossDomainMessenger_UnsafeTarget(_target);

        bool isPaused = paused();
        if (isPaused && !first) revert CrossDomainMessenger_Paused();
        // A first delivery must not be lost to a pause, to one message inside another, or to somebody who sends too little gas: the
        // other side will not deliver it twice. It is recorded as failed instead.
        if (isPaused || _deliveringFrom != address(0) || !_deliver(_sender, _target, _value, _minGasLimit, _message)) {
            // A replay that fails changes nothing. It reverts, so that wallets who look for the least gas with which a call succeeds
            // find enough for the delivery.
            if (!first) revert CrossDomainMessenger_ReplayFailed(msgHash);
            return _recordFailure(msgHash);
        }
        successfulMessages[msgHash] = true;
        emit RelayedMessage(msgHash);
    }

    /// @inheritdoc ICrossDomainMessenger
    function xDomainMessageSender() external view returns (address) {
        address sender = _deliveringFrom;
        if (sender == address(0)) revert CrossDomainMessenger_NoMessage();
        return sender;
    }

    /// @notice Nonce of the next message.
    /// @return MESSAGE_VERSION in the top two bytes, then the count of messages so far.
    function messageNonce() public view returns (uint256) {
        return (uint256(MESSAGE_VERSION) << 240) | _messageCount;
    }

    /// @notice Older name of `otherMessenger`.
    /// @return The messenger on the other layer.
    function OTHER_MESSENGER() external view returns (address) {
        return otherMessenger;
    }

    /// @notice Gas that the delivery of a message needs on the other layer, so that its target surely gets
    /// `_minGasLimit`.
    /// @param _message Input of the call.
    /// @param _minGasLimit Least gas of the target.
    /// @return Amount of gas.
    function baseGas(bytes calldata _message, uint32 _minGasLimit) public pure returns (uint64) {
        uint64 execution =
            RELAY_CONSTANT_OVERHEAD +
                RELAY_CALL_OVERHEAD +
                RELAY_RESERVED_GAS +
                RELAY_GAS_CHECK_BUFFER +
                (uint64(_minGasLimit) * MIN_GAS_DYNAMIC_OVERHEAD_NUMERATOR) / MIN_GAS_DYNAMIC_OVERHEAD_DENOMINATOR;
        uint64 size = uint64(_message.length) + ENCODING_OVERHEAD;
        uint64 priced = execution + size * MIN_GAS_CALLDATA_OVERHEAD;
        uint64 floor = size * FLOOR_CALLDATA_OVERHEAD;
        return TX_BASE_GAS + (priced > floor ? priced : floor);
    }

    /// @notice Whether deliveries are paused.
    /// @return True while the guardian has paused them; sending goes on.
    function paused() public view virtual returns (bool);

    /// @notice Hands a call of the other messenger, with the ETH of this one, to the transport between the layers.
    /// @param gasLimit Gas of the call, as `baseGas` computes it.
    /// @param data Input of the call.
    function _transmit(uint64 gasLimit, bytes memory data) internal virtual;

    /// @dev Whether the caller speaks for the other messenger.
    function _isOtherMessenger() internal view virtual returns (bool);

    /// @dev Whether the target would take a call by this contract for one by the protocol.
    function _isUnsafeTarget(address target) internal view virtual returns (bool);

    /// @dev Whether the other messenger would refuse to call the target.
    function _isUndeliverable(address target) internal view virtual returns (bool);

    function _recordFailure(bytes32 msgHash) private {
        failedMessages[msgHash] = true;
        emit FailedRelayedMessage(msgHash);
        // solhint-disable-next-line avoid-tx-origin
        if (tx.origin == ESTIMATION_ADDRESS) revert CrossDomainMessenger_EstimationFailed();
    }

    /// @dev Whether the target surely gets `minGas` when it is called now, with enough left here to record how it went.
    function _hasMinGas(uint256 minGas) private view returns (bool) {
        uint256 kept = RELAY_CALL_OVERHEAD + RELAY_RESERVED_GAS + RELAY_GAS_CHECK_BUFFER;
        uint256 left = gasleft();
        // The first comparison keeps the product from overflowing.
        return
            minGas <= left &&
            left >= kept &&
            (left - kept) * MIN_GAS_DYNAMIC_OVERHEAD_DENOMINATOR >= minGas * MIN_GAS_DYNAMIC_OVERHEAD_NUMERATOR;
    }

    /// @dev Calls the target if it surely gets `minGas`.
    function _deliver(
        address sender,
        address target,
        uint256 value,
        uint256 minGas,
        bytes calldata message
    ) private returns (bool success) {
        // Copied before the gas is looked at: a long message costs more than the buffer.
        bytes memory data = message;
        if (!_hasMinGas(minGas)) return false;
        _deliveringFrom = sender;
        uint256 forwarded = gasleft() - RELAY_CALL_OVERHEAD - RELAY_RESERVED_GAS;
        // Return data is not copied: the target could return megabytes at our cost.
        assembly ("memory-safe") {
            success := call(forwarded, target, value, add(data, 32), mload(data), 0, 0)
        }
        _deliveringFrom = address(0);
    }
}
