// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";

/// @title L2ToL1MessagePasser
/// @notice The way out: what is recorded here can be proven to the portal on L1. The storage root of this contract is part of
/// every output root, and withdrawals are proven against slot 0.
contract L2ToL1MessagePasser is ISemver {
    /// @notice A withdrawal was recorded.
    /// @param nonce          Version in the top two bytes, then a counter.
    /// @param sender         Who withdraws.
    /// @param target         Whom the portal calls on L1.
    /// @param value          Wei that the portal passes on.
    /// @param gasLimit       Least gas of the call on L1.
    /// @param data           Calldata of the call on L1.
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
    event WithdrawerBalanceBurnt(uint256 indexed amount);

    /// @notice The ETH could not be destroyed.
    error L2ToL1MessagePasser_BurnFailed();

    /// @notice Version of the withdrawal format, in the top two bytes of every nonce.
    uint16 public constant MESSAGE_VERSION = 1;

    /// @notice Gas on L1 of a withdrawal that was made by sending ETH here.
    uint256 internal constant RECEIVE_DEFAULT_GAS_LIMIT = 100_000;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Slot 0. The withdrawal hashes that were recorded.
    mapping(bytes32 => bool) public sentMessages;

    /// @dev Slot 1. Number of withdrawals so far.
    uint240 internal _messageCount;

    /// @notice Sending ETH withdraws it to the same address on L1.
    receive() external payable {
        initiateWithdrawal(msg.sender, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    /// @notice Records a call to be made by the portal on L1. The ETH sent along leaves L2.
    /// @param _target   Whom to call on L1.
    /// @param _gasLimit Least gas of the call.
    /// @param _data     Calldata of the call.
    function initiateWithdrawal(address _target, uint256 _gasLimit, bytes memory _data) public payable {
        uint256 nonce = messageNonce();
        bytes32 withdrawalHash = keccak256(
            abi.encode(nonce, msg.sender, _target, msg.value, _gasLimit, _data)
        );
        sentMessages[withdrawalHash] = true;
        unchecked {
            ++_messageCount;
        }
        emit MessagePassed(nonce, msg.sender, _target, msg.value, _gasLimit, _data, withdrawalHash);
    }

    /// @notice Nonce of the next withdrawal: MESSAGE_VERSION in the top two bytes, then the count of withdrawals so far.
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
}
