// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BatchHeader, L1Context} from "../../shared/Types.sol";
import {IDataAvailability} from "./IDataAvailability.sol";
import {ISystemConfig} from "./ISystemConfig.sol";

/// @title IInbox
/// @notice Two hash chains, deposits and batches, from which everybody derives the same L2 chain. docs/spec/protocol.md, section 1.
/// Deposits and batches are counted; `...At(n)` tells the state after the first n of them, so n = 0 is the start.
interface IInbox {
    /// @notice An entry was appended to the deposit queue. `index` counts from 0.
    /// @param kind  0 = user deposit, 1 = L1 context only.
    /// @param acc   Accumulator after this entry.
    event DepositAppended(
        uint256 indexed index,
        uint8 kind,
        address from,
        address to,
        bytes opaqueData,
        L1Context context,
        bytes32 acc
    );

    /// @notice A batch was appended. `index` counts from 0; `acc` is the accumulator after it.
    event BatchAppended(
        uint256 indexed index,
        bytes32 acc,
        BatchHeader header,
        uint8 daKind,
        bytes commitment,
        L1Context context
    );

    /// @notice `adapter` turns evidence of this kind into commitments from now on; zero switches the kind off.
    event AdapterChanged(uint8 indexed daKind, address indexed adapter);

    error Inbox_NotBatcher(address caller);
    error Inbox_NotPortal(address caller);
    error Inbox_NotOwner(address caller);
    /// @notice Must be called by an externally owned account directly: verifiers look for the data in the transaction's input.
    error Inbox_NotTopLevel();
    error Inbox_NotContiguous(uint64 firstBlock, uint64 expected);
    error Inbox_BadBlockCount(uint32 blockCount, uint32 max);
    /// @notice Each block advances the clock by a second at least.
    error Inbox_TimestampTooEarly(uint64 lastTimestamp, uint64 min);
    error Inbox_TimestampTooLate(uint64 lastTimestamp, uint64 max);
    /// @notice The clock of L2 must not fall further behind: the batch must reach a block as young as this, or `forceBatch` sets the clock.
    error Inbox_TimestampTooOld(uint64 lastTimestamp, uint64 min);
    /// @notice The batch builds on another one than the last of this chain, see `batchAcc`.
    error Inbox_WrongParent(bytes32 parentAcc, bytes32 expected);
    /// @notice The first `count` entries of the queue are others than the batch was made for, see `depositAcc`.
    error Inbox_WrongDeposits(uint64 count, bytes32 depositAcc, bytes32 expected);
    /// @notice The deposits read must not go backwards nor beyond the queue.
    error Inbox_BadDepositsRead(uint64 depositsReadAfter, uint64 min, uint64 max);
    error Inbox_TooMuchDepositGas(uint64 gas, uint64 max);
    /// @notice The deposit with this index has waited longer than `forceDelay` and fits the batch.
    error Inbox_MustReadDeposit(uint256 index);
    /// @notice No deposit has waited longer than `forceDelay`, and the last block is no more than `MAX_LAG` behind L1.
    error Inbox_NothingToForce();
    error Inbox_ContextAlreadyAppended();
    error Inbox_UnknownKind(uint8 daKind);
    error Inbox_BadAdapter(uint8 daKind, address adapter);
    error Inbox_BadCommitment(uint8 daKind);
    error Inbox_BadDeposit();
    error Inbox_OutOfRange(uint256 index);
    error Inbox_BadGenesis(uint64 genesisTimestamp, uint256 max);
    error Inbox_BadForceDelay(uint64 forceDelay, uint64 min, uint64 max);
    error Inbox_BadContextInterval(uint64 contextInterval, uint64 max);

    /// @notice Appends a user deposit, with `opaqueData = mint(32) ‖ value(32) ‖ gasLimit(8) ‖ isCreation(1) ‖ data`. Portal only.
    function appendDeposit(address from, address to, bytes calldata opaqueData) external;

    /// @notice Appends an entry with the L1 context only. Anyone, at most once in each L1 block.
    function appendContext() external;

    /// @notice Appends a batch. The batcher's externally owned account only.
    /// @param parentAcc   Accumulator of the batch before: what the batch builds on.
    /// @param depositAcc  Accumulator of the deposit queue after `header.depositsReadAfter` entries: what it reads.
    /// @param evidence    What the adapter of `daKind` asks for.
    function appendBatch(
        BatchHeader calldata header,
        bytes32 parentAcc,
        bytes32 depositAcc,
        uint8 daKind,
        bytes calldata evidence
    ) external;

    /// @notice Appends a batch of one block that reads all waiting entries that fit, once a deposit has waited longer than `forceDelay`
    /// or the last block is more than `MAX_LAG` behind L1. Anyone, from an externally owned account.
    /// @param parentAcc      Accumulator of the batch before.
    /// @param depositsKnown  Entries of the queue that the caller knows, and
    /// @param depositAcc     the accumulator after them: what the labels were made for.
    /// @param evidence       A batch body with the labels of the deposits, in calldata.
    function forceBatch(bytes32 parentAcc, uint64 depositsKnown, bytes32 depositAcc, bytes calldata evidence) external;

    /// @notice Names the adapter of a kind of data availability, or none (zero). Owner only. Kind 0, memory, can be taken away only: an
    /// inbox has it from its installation, on a chain for tests. Kind 1, that of forced batches, can be replaced only.
    function setAdapter(uint8 daKind, IDataAvailability adapter) external;

    function systemConfig() external view returns (ISystemConfig);
    function portal() external view returns (address);
    function adapters(uint8 daKind) external view returns (IDataAvailability);

    /// @notice Timestamp of L2 block 0, seconds.
    function genesisTimestamp() external view returns (uint64);

    /// @notice How long a deposit may wait for the batcher, seconds.
    function forceDelay() external view returns (uint64);

    /// @notice Greatest age of the newest entry when a batch is appended, before the inbox adds a context itself, seconds.
    function contextInterval() external view returns (uint64);

    /// @notice Number of entries in the deposit queue.
    function depositCount() external view returns (uint256);

    /// @notice Accumulator after the first `count` entries; 0 for none.
    function depositAcc(uint256 count) external view returns (bytes32);

    /// @notice State after the first `count` entries.
    /// @return acc            Accumulator.
    /// @return timestamp      L1 timestamp at which the last of them was appended, seconds.
    /// @return cumulativeGas  Gas limits of their user deposits together.
    /// @return userDeposits   Number of user deposits among them.
    /// @return gasLimit       L2 block gas limit in force when the last of them was appended.
    function depositAt(
        uint256 count
    ) external view returns (bytes32 acc, uint64 timestamp, uint64 cumulativeGas, uint64 userDeposits, uint64 gasLimit);

    /// @notice Number of batches.
    function batchCount() external view returns (uint256);

    /// @notice Accumulator after the first `count` batches; 0 for none.
    function batchAcc(uint256 count) external view returns (bytes32);

    /// @notice State after the first `count` batches.
    /// @return acc            Accumulator.
    /// @return lastBlock      Number of the last L2 block; 0 for none.
    /// @return lastTimestamp  Timestamp of that block, seconds.
    /// @return depositsRead   Entries of the deposit queue read.
    function batchAt(
        uint256 count
    ) external view returns (bytes32 acc, uint64 lastBlock, uint64 lastTimestamp, uint64 depositsRead);

    /// @notice Queue index of the oldest user deposit that no batch has read, and when `forceBatch` may be called for it, seconds.
    /// Fails with Inbox_NothingToForce when there is none.
    function oldestUnread() external view returns (uint256 index, uint64 forceableAfter);
}
