// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CrosschainRemoteExecutor} from "@openzeppelin/contracts/crosschain/CrosschainRemoteExecutor.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {IL2Gateway} from "./interfaces/IL2Gateway.sol";

/// @title L1Executor
/// @notice The Governor's hand on L1: does what the Governor of L2 says through the gateway, and holds what governance owns there. Only it changes its gateway.
contract L1Executor is CrosschainRemoteExecutor {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";

    /// @notice Names whom it obeys.
    /// @param gateway_ End of the way on L1.
    /// @param l2ChainId Id of L2.
    /// @param governor The Governor there.
    constructor(
        IL2Gateway gateway_,
        uint256 l2ChainId,
        address governor
    ) CrosschainRemoteExecutor(address(gateway_), InteroperableAddress.formatEvmV1(l2ChainId, governor)) {}

    /// @notice Takes ETH, to pay what governance decides.
    receive() external payable {}
}
