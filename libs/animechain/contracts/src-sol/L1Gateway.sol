// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {IL1Gateway} from "./interfaces/IL1Gateway.sol";
import {IL2Gateway} from "./interfaces/IL2Gateway.sol";

/// @title IMessagePasser
/// @notice What records withdrawals on L2.
interface IMessagePasser {
    /// @notice Records a call to be made by the portal on L1.
    /// @param target Whom to call.
    /// @param gasLimit Least gas of the call.
    /// @param data Its input.
    function initiateWithdrawal(address target, uint256 gasLimit, bytes calldata data) external payable;
}

/// @title L1Gateway
/// @notice See IL1Gateway. Anyone may send; whom the recipient obeys is its own matter.
contract L1Gateway is IL1Gateway {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice The predeploy that records withdrawals.
    IMessagePasser public constant PASSER = IMessagePasser(0x4200000000000000000000000000000000000016);

    /// @notice Id of L1.
    uint256 public immutable l1ChainId;
    /// @inheritdoc IL1Gateway
    address public immutable twin;
    /// @notice Gas of the call on L1 at least. What fails there can be tried again.
    uint256 public immutable gasLimit;
    /// @notice Number of messages.
    uint256 public count;

    /// @notice Names the other end.
    /// @param l1ChainId_ Id of L1.
    /// @param twin_ End of the way on L1.
    /// @param gasLimit_ Gas of the call there at least.
    constructor(uint256 l1ChainId_, address twin_, uint256 gasLimit_) {
        (l1ChainId, twin, gasLimit) = (l1ChainId_, twin_, gasLimit_);
    }

    /// @inheritdoc IERC7786GatewaySource
    function sendMessage(
        bytes calldata recipient,
        bytes calldata payload,
        bytes[] calldata attributes
    ) external payable returns (bytes32 sendId) {
        if (msg.value != 0) revert L1Gateway_Value(msg.value);
        if (attributes.length != 0) revert UnsupportedAttribute(bytes4(attributes[0]));
        (uint256 chainId, address to) = InteroperableAddress.parseEvmV1Calldata(recipient);
        if (chainId != l1ChainId) revert L1Gateway_WrongChain(chainId, l1ChainId);
        sendId = keccak256(abi.encode(block.chainid, address(this), ++count));
        bytes memory sender = InteroperableAddress.formatEvmV1(block.chainid, msg.sender);
        emit MessageSent(sendId, sender, recipient, payload, 0, attributes);
        PASSER.initiateWithdrawal(twin, gasLimit, abi.encodeCall(IL2Gateway.deliver, (sendId, sender, to, payload)));
    }

    /// @inheritdoc IERC7786GatewaySource
    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }
}
