// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDataAvailability} from "./interfaces/IDataAvailability.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title BlobDA
/// @notice The batch stands in the first blobs of the transaction (EIP-4844); the evidence is their number, one byte.
contract BlobDA is IDataAvailability, ISemver {
    /// @notice Largest number of blobs of one batch.
    uint256 public constant MAX_BLOBS = 6;

    /// @inheritdoc IDataAvailability
    uint8 public constant kind = 2;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice The evidence is not one byte between 1 and MAX_BLOBS.
    error BlobDA_BadEvidence();

    /// @notice The transaction does not carry the blob at this index.
    /// @param index Position in the transaction, counted from 0.
    error BlobDA_MissingBlob(uint256 index);

    /// @inheritdoc IDataAvailability
    function commit(bytes calldata evidence) external view returns (bytes memory commitment) {
        if (evidence.length != 1) revert BlobDA_BadEvidence();
        uint256 count = uint8(evidence[0]);
        if (count == 0 || count > MAX_BLOBS) revert BlobDA_BadEvidence();
        commitment = abi.encodePacked(kind);
        for (uint256 i = 0; i < count; i++) {
            bytes32 hash = blobhash(i);
            if (hash == 0) revert BlobDA_MissingBlob(i);
            commitment = bytes.concat(commitment, hash);
        }
    }
}
