// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ICrossDomainMessenger
/// @notice What a contract needs in order to talk to the other layer.
interface ICrossDomainMessenger {
    /// @notice Calls `_target` on the other layer with `_message` and the ETH sent along.
    /// @param _target Whom to call.
    /// @param _message Input of the call.
    /// @param _minGasLimit Gas that the target gets at least, on the first delivery and on every replay.
    function sendMessage(address _target, bytes calldata _message, uint32 _minGasLimit) external payable;

    /// @notice The messenger on the other layer.
    /// @return Its address there.
    function otherMessenger() external view returns (address);

    /// @notice Who sent the message that is being delivered. Fails while none is.
    /// @return Its address on the other layer.
    function xDomainMessageSender() external view returns (address);
}
