// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDataAvailability
/// @notice Turns evidence that comes with a batch into the commitment that binds the batch's bytes. docs/spec/protocol.md, section 1.3.
/// Must fail unless whoever reads L1 can get the bytes. MemoryDA cannot promise it and therefore fails wherever there is value.
interface IDataAvailability {
    /// @notice The kind this adapter stands for; the first byte of each of its commitments.
    /// @return Number of the kind. docs/spec/protocol.md, section 1.3.
    function kind() external view returns (uint8);

    /// @notice Checks the evidence and returns the commitment. Called in the transaction that appends the batch.
    /// @param evidence What this kind asks for, see the adapter.
    /// @return commitment The kind in its first byte, then what binds the bytes of the batch.
    function commit(bytes calldata evidence) external view returns (bytes memory commitment);
}
