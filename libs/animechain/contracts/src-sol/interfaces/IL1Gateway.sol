// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title IL1Gateway
/// @notice End on L2 of the way to L1 (ERC-7786): a message becomes an ordinary withdrawal to the end on L1. Its data is of no insured class, so that it is never
/// paid early: it waits for the proof and the time of disputes, as the ETH of the bridge does.
interface IL1Gateway is IERC7786GatewaySource {
    /// @notice A message carries no ETH.
    /// @param value What came, wei.
    error L1Gateway_Value(uint256 value);

    /// @notice The recipient is not on L1.
    /// @param chainId Where it is.
    /// @param expected Id of L1.
    error L1Gateway_WrongChain(uint256 chainId, uint256 expected);

    /// @notice End of the way on L1.
    /// @return Its address on L1.
    function twin() external view returns (address);
}
