// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title IL2Gateway
/// @notice End on L1 of the way from L2 (ERC-7786): passes on what the portal says that its twin on L2 sent. Nothing can be sent by it.
interface IL2Gateway is IERC7786GatewaySource {
    /// @notice A message was delivered.
    /// @param id The message.
    /// @param recipient Who got it.
    event Delivered(bytes32 indexed id, address indexed recipient);

    /// @notice The recipient did not take a message; it can be tried again.
    /// @param id The message.
    /// @param recipient Who was to get it.
    /// @param reason What it failed with, the first 256 bytes.
    event Failed(bytes32 indexed id, address indexed recipient, bytes reason);

    /// @notice Only the portal delivers, and only what the twin sent.
    /// @param caller Who called.
    /// @param l2Sender Whom the portal names as sender; zero if it is not the portal that called.
    error L2Gateway_Unauthorized(address caller, address l2Sender);

    /// @notice No message with these contents waits.
    /// @param id The message.
    error L2Gateway_NotWaiting(bytes32 id);

    /// @notice Delivers a message. By the portal, when it finalises the withdrawal. A recipient that fails does not lose it.
    /// @param id The message.
    /// @param sender Who sent it on L2 (ERC-7930).
    /// @param recipient Who gets it.
    /// @param payload What it says.
    function deliver(bytes32 id, bytes calldata sender, address recipient, bytes calldata payload) external;

    /// @notice Tries again to deliver a message that failed. By anyone.
    /// @param id The message.
    /// @param sender As it was.
    /// @param recipient As it was.
    /// @param payload As it was.
    function retry(bytes32 id, bytes calldata sender, address recipient, bytes calldata payload) external;
}
