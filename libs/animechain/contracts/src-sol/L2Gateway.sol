// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {IL2Gateway} from "./interfaces/IL2Gateway.sol";

/// @title IPortal
/// @notice What finalises withdrawals on L1.
interface IPortal {
    /// @notice Who sent the withdrawal that is executed now.
    /// @return The sender on L2.
    function l2Sender() external view returns (address);
}

/// @title L2Gateway
/// @notice See IL2Gateway. The portal tells a sender on L2 only while it finalises the ordinary way: of what is paid early no class has a target but the bridge.
contract L2Gateway is IL2Gateway {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Bytes of a reason that are kept.
    uint256 private constant MAX_REASON = 256;
    /// @notice The portal.
    IPortal public immutable portal;
    /// @notice End of the way on L2.
    address public immutable twin;
    /// @notice What waits for another try: hash of sender, recipient and payload.
    mapping(bytes32 id => bytes32) public waiting;

    /// @notice Names the other end.
    /// @param portal_ The portal.
    /// @param twin_ End of the way on L2.
    constructor(IPortal portal_, address twin_) {
        (portal, twin) = (portal_, twin_);
    }

    /// @inheritdoc IL2Gateway
    function deliver(bytes32 id, bytes calldata sender, address recipient, bytes calldata payload) external {
        address l2Sender = msg.sender == address(portal) ? portal.l2Sender() : address(0);
        if (l2Sender != twin || l2Sender == address(0)) revert L2Gateway_Unauthorized(msg.sender, l2Sender);
        _deliver(id, sender, recipient, payload);
    }

    /// @inheritdoc IL2Gateway
    function retry(bytes32 id, bytes calldata sender, address recipient, bytes calldata payload) external {
        if (waiting[id] != keccak256(abi.encode(sender, recipient, payload))) revert L2Gateway_NotWaiting(id);
        delete waiting[id];
        _deliver(id, sender, recipient, payload);
    }

    /// @inheritdoc IERC7786GatewaySource
    function sendMessage(bytes calldata, bytes calldata, bytes[] calldata) external payable returns (bytes32) {
        revert L2Gateway_Unauthorized(msg.sender, address(0));
    }

    /// @inheritdoc IERC7786GatewaySource
    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }

    function _deliver(bytes32 id, bytes calldata sender, address recipient, bytes calldata payload) private {
        bytes memory data = abi.encodeCall(IERC7786Recipient.receiveMessage, (id, sender, payload));
        (bool success, bytes memory answer) = recipient.call(data);
        if (success && answer.length == 32 && bytes4(answer) == IERC7786Recipient.receiveMessage.selector) {
            emit Delivered(id, recipient);
            return;
        }
        waiting[id] = keccak256(abi.encode(sender, recipient, payload));
        if (answer.length > MAX_REASON) {
            assembly ("memory-safe") {
                mstore(answer, MAX_REASON)
            }
        }
        emit Failed(id, recipient, answer);
    }
}
