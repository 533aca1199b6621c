// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDataAvailability} from "./interfaces/IDataAvailability.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title CalldataDA
/// @notice The batch is the evidence: it stands in the calldata of the transaction.
contract CalldataDA is IDataAvailability, ISemver {
    /// @notice Greatest length of the evidence, bytes: the whole preimage must fit in one L1 transaction again when a
    /// step of a proof reads it.
    uint256 public constant MAX_LENGTH = 120_000;

    /// @inheritdoc IDataAvailability
    uint8 public constant kind = 1;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice The evidence is longer than MAX_LENGTH.
    /// @param length Length of the data, in bytes.
    /// @param max Upper bound, in bytes.
    error CalldataDA_TooLong(uint256 length, uint256 max);

    /// @inheritdoc IDataAvailability
    function commit(bytes calldata evidence) external pure returns (bytes memory) {
        if (evidence.length > MAX_LENGTH) revert CalldataDA_TooLong(evidence.length, MAX_LENGTH);
        return abi.encodePacked(kind, keccak256(evidence));
    }
}
