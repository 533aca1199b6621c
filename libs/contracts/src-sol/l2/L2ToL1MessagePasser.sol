// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title L2ToL1MessagePasser
/// @notice The way out: what is recorded here can be proven to the portal on L1. The storage root of this contract is part of
/// every output root, and withdrawals are proven against slot 0.
contract L2ToL1MessagePasser is ISemver {
    /// @notice A withdrawal was recorded.
    /// @param nonce Version in the top two bytes, then a counter.
    /// @param sender Who withdraws.
    /// @param target Whom the portal calls on L1.
    /// @param value Wei that the portal passes on.
    /// @param gasLimit Least gas of the call on L1.
    /// @param data Input of the call on L1.
    /// @param withdrawalHash keccak256 over the ABI encoding of the six values before.
    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );

    /// @notice ETH that left L2 with withdrawals was taken out of the supply.
    /// @param amount Amount, in wei.
    event WithdrawerBalanceBurnt(uint256 indexed amount);

    /// @notice A contract must name the receiver, with `initiateWithdrawal`: its address may belong to nobody on L1.
    /// @param caller The contract.
    error L2ToL1MessagePasser_NotExternallyOwned(address caller);

    /// @notice The portal refuses to call this contract, or the contract takes no such call: the ETH would be gone.
    /// @param target Whom the withdrawal was to call on L1.
    error L2ToL1MessagePasser_BadTarget(address target);

    /// @notice No transaction on L1 could prove a withdrawal with so much data.
    /// @param length Length of the data, in bytes.
    /// @param max Upper bound, in bytes.
    error L2ToL1MessagePasser_DataTooLong(uint256 length, uint256 max);

    /// @notice No transaction on L1 could give the call so much gas, see `maxGasLimit`.
    /// @param gasLimit What was asked for, in gas.
    /// @param max Upper bound, in gas.
    error L2ToL1MessagePasser_GasLimitTooHigh(uint256 gasLimit, uint256 max);

    /// @notice The ETH could not be destroyed.
    error L2ToL1MessagePasser_BurnFailed();

    /// @notice Version of the withdrawal format, in the top two bytes of every nonce.
    uint16 public constant MESSAGE_VERSION = 1;

    /// @notice Data of a withdrawal at most, bytes. With the proof beside it a transaction stays below the 128 KiB that nodes relay.
    uint256 public constant MAX_DATA = 100_000;

    /// @notice Gas limit of a withdrawal without data at most. A transaction on L1 has 2^24 (EIP-7825), of which the portal behind its proxy
    /// passes on 63/64 twice; a million is left for a contract that finalises for others.
    uint256 public constant MAX_GAS_LIMIT = 15_000_000;

    /// @notice What a byte of data takes from MAX_GAS_LIMIT: 16 for calldata, the rest for copying and hashing.
    uint256 public constant GAS_PER_BYTE = 20;

    /// @notice Gas on L1 of a withdrawal that was made by sending ETH here.
    uint256 internal constant RECEIVE_DEFAULT_GAS_LIMIT = 100_000;

    /// @inheritdoc ISemver
    string public constant version = "2.0.0";

    /// @notice Slot 0. Whether a withdrawal was recorded, by its hash.
    mapping(bytes32 => bool) public sentMessages;

    /// @dev Slot 1. Number of withdrawals so far.
    uint240 internal _messageCount;

    /// @notice Slot 2. The portal on L1. Genesis sets it.
    address public optimismPortal;

    /// @notice Slot 3. The inbox on L1. Genesis sets it.
    address public inbox;

    /// @notice Slot 4. The messenger on L1, which takes withdrawals from that of L2 only. Genesis sets it.
    address public l1CrossDomainMessenger;

    /// @notice Sending ETH withdraws it to the same address on L1.
    receive() external payable {
        if (!_isExternallyOwned(msg.sender)) revert L2ToL1MessagePasser_NotExternallyOwned(msg.sender);
        initiateWithdrawal(msg.sender, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    /// @notice Records a call to be made by the portal on L1. The ETH sent along leaves L2.
    /// @param _target Whom to call on L1.
    /// @param _gasLimit Least gas of the call, `maxGasLimit(_data.length)` at most.
    /// @param _data Input of the call, MAX_DATA bytes at most.
    function initiateWithdrawal(address _target, uint256 _gasLimit, bytes memory _data) public payable {
        _requireDeliverable(_target, _gasLimit, _data.length);
        uint256 nonce = messageNonce();
        bytes32 withdrawalHash = keccak256(abi.encode(nonce, msg.sender, _target, msg.value, _gasLimit, _data));
        sentMessages[withdrawalHash] = true;
        unchecked {
            ++_messageCount;
        }
        emit MessagePassed(nonce, msg.sender, _target, msg.value, _gasLimit, _data, withdrawalHash);
    }

    /// @notice Greatest gas limit of a withdrawal.
    /// @param _dataLength Bytes of its data, MAX_DATA at most.
    /// @return Amount of gas.
    function maxGasLimit(uint256 _dataLength) public pure returns (uint256) {
        if (_dataLength > MAX_DATA) revert L2ToL1MessagePasser_DataTooLong(_dataLength, MAX_DATA);
        return MAX_GAS_LIMIT - GAS_PER_BYTE * _dataLength;
    }

    /// @notice Nonce of the next withdrawal.
    /// @return MESSAGE_VERSION in the top two bytes, then the count of withdrawals so far.
    function messageNonce() public view returns (uint256) {
        return (uint256(MESSAGE_VERSION) << 240) | _messageCount;
    }

    /// @notice Destroys the ETH of past withdrawals, which L1 pays out. Anyone may call it.
    function burn() external {
        uint256 amount = address(this).balance;
        address burner;
        assembly ("memory-safe") {
            // ADDRESS SELFDESTRUCT as creation code: a contract that destroys itself in the transaction of its creation and names
            // itself as heir takes its balance with it (EIP-6780).
            mstore(0, 0x30ff)
            burner := create(amount, 30, 2)
        }
        if (burner == address(0)) revert L2ToL1MessagePasser_BurnFailed();
        emit WithdrawerBalanceBurnt(amount);
    }

    function _requireDeliverable(address target, uint256 gasLimit, uint256 length) private view {
        uint256 max = maxGasLimit(length);
        if (gasLimit > max) revert L2ToL1MessagePasser_GasLimitTooHigh(gasLimit, max);
        if (
            target == optimismPortal ||
            target == inbox ||
            (target == l1CrossDomainMessenger && msg.sender != Predeploys.L2_CROSS_DOMAIN_MESSENGER)
        ) revert L2ToL1MessagePasser_BadTarget(target);
    }

    /// @dev A key owns the same address on both layers, also if it has delegated its code (EIP-7702).
    function _isExternallyOwned(address account) private view returns (bool) {
        // solhint-disable-next-line avoid-tx-origin
        if (account == tx.origin) return true;
        if (account.code.length != 23) return false;
        bytes memory code = account.code;
        return code[0] == 0xef && code[1] == 0x01 && code[2] == 0x00;
    }
}
