// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDataAvailability} from "./interfaces/IDataAvailability.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title MemoryDA
/// @notice The batch is nowhere but in the memory of the batcher's process; the evidence is its hash, which L1 believes. So a batcher
/// could post a hash of nothing, and nobody could follow the chain, or leave it. For tests: it works on development chains alone,
/// and an inbox has it from its installation or never (IInbox.setAdapter).
contract MemoryDA is IDataAvailability, ISemver {
    /// @inheritdoc IDataAvailability
    uint8 public constant kind = 0;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice The chain id is not one that development chains have.
    /// @param chainId The chain id (EIP-155).
    error MemoryDA_NotADevelopmentChain(uint256 chainId);

    /// @notice The evidence is not 32 bytes long.
    error MemoryDA_BadEvidence();

    /// @inheritdoc IDataAvailability
    function commit(bytes calldata evidence) external view returns (bytes memory) {
        // What anvil and Hardhat, and geth's developer mode call their chains unless told otherwise. Nothing of value is on either.
        if (block.chainid != 31_337 && block.chainid != 1_337) revert MemoryDA_NotADevelopmentChain(block.chainid);
        if (evidence.length != 32) revert MemoryDA_BadEvidence();
        return abi.encodePacked(kind, evidence);
    }
}
