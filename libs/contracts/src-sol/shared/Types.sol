// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What L1 looked like when an entry was appended to the inbox. docs/spec/protocol.md, section 1.
/// @param number L1 block number.
/// @param timestamp L1 block timestamp, seconds.
/// @param baseFee L1 base fee, wei per gas.
/// @param blobBaseFee L1 blob base fee, wei per blob gas.
/// @param parentHash Hash of the L1 block before.
/// @param gasLimit L2 block gas limit in force.
/// @param baseFeeScalar Scalar of the L1 base fee in force, parts per million.
/// @param blobBaseFeeScalar Scalar of the L1 blob base fee in force, parts per million.
struct L1Context {
    uint64 number;
    uint64 timestamp;
    uint256 baseFee;
    uint256 blobBaseFee;
    bytes32 parentHash;
    uint64 gasLimit;
    uint32 baseFeeScalar;
    uint32 blobBaseFeeScalar;
}

/// @notice What a batch announces. docs/spec/protocol.md, section 1.2.
/// @param firstBlock Number of its first L2 block.
/// @param blockCount Number of its L2 blocks.
/// @param depositsReadAfter Length of the deposit prefix that is read once the batch is applied.
/// @param lastTimestamp Timestamp of its last L2 block, seconds.
struct BatchHeader {
    uint64 firstBlock;
    uint32 blockCount;
    uint64 depositsReadAfter;
    uint64 lastTimestamp;
}

/// @notice A withdrawal as the L2ToL1MessagePasser recorded it. Its hash is keccak256 over the ABI encoding of these
/// six values.
/// @param nonce Version of the format in the top two bytes, then the count of withdrawals before it.
/// @param sender Account on L2 that withdrew.
/// @param target Whom the portal calls on L1.
/// @param value Wei that the call carries.
/// @param gasLimit Least gas of the call.
/// @param data Input of the call.
struct WithdrawalTransaction {
    uint256 nonce;
    address sender;
    address target;
    uint256 value;
    uint256 gasLimit;
    bytes data;
}

/// @notice The preimage of an output root: keccak256 over the ABI encoding of these four words. docs/spec/protocol.md,
/// section 5.
/// @param version Version of the output root; zero.
/// @param stateRoot State root of the L2 block.
/// @param messagePasserStorageRoot Storage root of the L2ToL1MessagePasser after that block.
/// @param latestBlockhash Hash of that block.
struct OutputRootProof {
    bytes32 version;
    bytes32 stateRoot;
    bytes32 messagePasserStorageRoot;
    bytes32 latestBlockhash;
}

/// @notice State of a dispute game, numbered as in the OP Stack.
/// @dev IN_PROGRESS: not resolved. CHALLENGER_WINS: the claim is not accepted. DEFENDER_WINS: the claim is accepted.
enum GameStatus {
    IN_PROGRESS,
    CHALLENGER_WINS,
    DEFENDER_WINS
}
