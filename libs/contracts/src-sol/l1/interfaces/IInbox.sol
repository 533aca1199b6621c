// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BatchHeader, L1Context} from "../../shared/Types.sol";
import {IDataAvailability} from "./IDataAvailability.sol";
import {ISystemConfig} from "./ISystemConfig.sol";

/// @title IInbox
/// @notice Two hash chains, deposits and batches, from which everybody derives the same L2 chain. docs/spec/protocol.md, section 1.
/// Deposits and batches are counted; `...At(n)` tells the state after the first n of them, so n = 0 is the start.
interface IInbox {
    /// @notice An entry was appended to the deposit queue.
    /// @param index Position in the queue, counted from 0.
    /// @param kind 0 for a user deposit, 1 for an L1 context only.
    /// @param from Sender on L2, under its alias if it is a contract; zero for a context.
    /// @param to Target on L2; zero for a contract creation or a context.
    /// @param opaqueData `mint(32) ‖ value(32) ‖ gasLimit(8) ‖ isCreation(1) ‖ data`; empty for a context.
    /// @param context L1 as it was when the entry was appended.
    /// @param acc Accumulator after this entry.
    event DepositAppended(
        uint256 indexed index,
        uint8 kind,
        address from,
        address to,
        bytes opaqueData,
        L1Context context,
        bytes32 acc
    );

    /// @notice A batch was appended.
    /// @param index Position in the chain of batches, counted from 0.
    /// @param acc Accumulator after this batch.
    /// @param header What the batch announces.
    /// @param daKind Kind of data availability that holds its bytes.
    /// @param commitment What binds its bytes; the first byte is the kind.
    /// @param context L1 as it was when the batch was appended.
    event BatchAppended(
        uint256 indexed index,
        bytes32 acc,
        BatchHeader header,
        uint8 daKind,
        bytes commitment,
        L1Context context
    );

    /// @notice Evidence of a kind is turned into commitments by another adapter from now on.
    /// @param daKind The kind.
    /// @param adapter The adapter; zero switches the kind off.
    event AdapterChanged(uint8 indexed daKind, address indexed adapter);

    /// @notice Only the batcher appends batches; anybody forces one.
    /// @param caller The account that called.
    error Inbox_NotBatcher(address caller);

    /// @notice Only the portal appends deposits.
    /// @param caller The account that called.
    error Inbox_NotPortal(address caller);

    /// @notice Only the owner names adapters.
    /// @param caller The account that called.
    error Inbox_NotOwner(address caller);

    /// @notice Must be called by an externally owned account directly: verifiers look for the data in the transaction's input.
    error Inbox_NotTopLevel();

    /// @notice A batch must begin with the block after the last one.
    /// @param firstBlock Where it begins.
    /// @param expected Where it must.
    error Inbox_NotContiguous(uint64 firstBlock, uint64 expected);

    /// @notice A batch has one block at least.
    /// @param blockCount Number of its blocks.
    /// @param max Greatest number of blocks.
    error Inbox_BadBlockCount(uint32 blockCount, uint32 max);

    /// @notice Each block advances the clock by a second at least.
    /// @param lastTimestamp Timestamp of the batch's last block, seconds.
    /// @param min Earliest that this number of blocks allows, seconds.
    error Inbox_TimestampTooEarly(uint64 lastTimestamp, uint64 min);

    /// @notice The clock of L2 must not run further ahead of L1.
    /// @param lastTimestamp Timestamp of the batch's last block, seconds.
    /// @param max Latest that is allowed in this L1 block, seconds.
    error Inbox_TimestampTooLate(uint64 lastTimestamp, uint64 max);

    /// @notice The clock of L2 must not fall further behind: the batch must reach a block as young as this, or `forceBatch` sets the clock.
    /// @param lastTimestamp Timestamp of the batch's last block, seconds.
    /// @param min Earliest that is allowed in this L1 block, seconds.
    error Inbox_TimestampTooOld(uint64 lastTimestamp, uint64 min);

    /// @notice The batch builds on another one than the last of this chain, see `batchAcc`.
    /// @param parentAcc Accumulator that the batch builds on.
    /// @param expected Accumulator after the last batch here.
    error Inbox_WrongParent(bytes32 parentAcc, bytes32 expected);

    /// @notice The first entries of the queue are others than the batch was made for.
    /// @param count Number of entries that it was made for.
    /// @param depositAcc Accumulator after them that it was made for.
    /// @param expected Accumulator after them here.
    error Inbox_WrongDeposits(uint64 count, bytes32 depositAcc, bytes32 expected);

    /// @notice The deposits read must not go backwards nor beyond the queue.
    /// @param depositsReadAfter Entries read after the batch.
    /// @param min Entries read before it.
    /// @param max Entries in the queue.
    error Inbox_BadDepositsRead(uint64 depositsReadAfter, uint64 min, uint64 max);

    /// @notice The deposits that the batch reads ask for more gas than a block has.
    /// @param gas Gas limits of the deposits together.
    /// @param max Gas limit of an L2 block.
    error Inbox_TooMuchDepositGas(uint64 gas, uint64 max);

    /// @notice The deposit with this index has waited longer than `forceDelay` and fits the batch.
    /// @param index Position in the queue, counted from 0.
    error Inbox_MustReadDeposit(uint256 index);

    /// @notice No deposit has waited longer than `forceDelay`, and the last block is no more than `MAX_LAG` behind L1.
    error Inbox_NothingToForce();

    /// @notice This L1 block has given its context already.
    error Inbox_ContextAlreadyAppended();

    /// @notice No adapter is named for this kind of data availability.
    /// @param daKind The kind.
    error Inbox_UnknownKind(uint8 daKind);

    /// @notice The adapter is of another kind, or this kind cannot be given or taken away: see `setAdapter`.
    /// @param daKind The kind.
    /// @param adapter What was to become its adapter.
    error Inbox_BadAdapter(uint8 daKind, address adapter);

    /// @notice The adapter returned no commitment of its kind.
    /// @param daKind The kind.
    error Inbox_BadCommitment(uint8 daKind);

    /// @notice The data of a deposit is shorter than its fixed fields, 73 bytes.
    error Inbox_BadDeposit();

    /// @notice There are not so many deposits or batches.
    /// @param index Number that was asked for.
    error Inbox_OutOfRange(uint256 index);

    /// @notice L2 block 0 would lie in the future.
    /// @param genesisTimestamp Its timestamp, seconds.
    /// @param max Timestamp of this L1 block, seconds.
    error Inbox_BadGenesis(uint64 genesisTimestamp, uint256 max);

    /// @notice The time that a deposit may wait is out of bounds.
    /// @param forceDelay What was named, in seconds.
    /// @param min Lower bound, in seconds.
    /// @param max Upper bound, in seconds.
    error Inbox_BadForceDelay(uint64 forceDelay, uint64 min, uint64 max);

    /// @notice L2 would learn of L1's fees too seldom.
    /// @param contextInterval What was named, in seconds.
    /// @param max Upper bound, in seconds.
    error Inbox_BadContextInterval(uint64 contextInterval, uint64 max);

    /// @notice Appends a user deposit. Portal only.
    /// @param from Sender on L2, under its alias if it is a contract.
    /// @param to Target on L2; zero for a contract creation.
    /// @param opaqueData `mint(32) ‖ value(32) ‖ gasLimit(8) ‖ isCreation(1) ‖ data`
    function appendDeposit(address from, address to, bytes calldata opaqueData) external;

    /// @notice Appends an entry with the L1 context only. Anyone, at most once in each L1 block.
    function appendContext() external;

    /// @notice Appends a batch. The batcher's externally owned account only.
    /// @param header What the batch announces.
    /// @param parentAcc Accumulator of the batch before: what the batch builds on.
    /// @param depositAcc Accumulator of the deposit queue after `header.depositsReadAfter` entries: what it reads.
    /// @param daKind Kind of data availability that holds its bytes.
    /// @param evidence What the adapter of `daKind` asks for.
    function appendBatch(
        BatchHeader calldata header,
        bytes32 parentAcc,
        bytes32 depositAcc,
        uint8 daKind,
        bytes calldata evidence
    ) external;

    /// @notice Appends a batch of one block that reads all waiting entries that fit, once a deposit has waited longer
    /// than `forceDelay` or the last block is more than `MAX_LAG` behind L1. Anyone, from an externally owned account.
    /// @param parentAcc Accumulator of the batch before.
    /// @param depositsKnown Number of entries of the queue that the caller knows: what the labels were made for.
    /// @param depositAcc Accumulator after them.
    /// @param evidence A batch body with the labels of the deposits, in calldata.
    function forceBatch(bytes32 parentAcc, uint64 depositsKnown, bytes32 depositAcc, bytes calldata evidence) external;

    /// @notice Names the adapter of a kind of data availability, or none (zero). Owner only. Kind 0, memory, can be taken away only: an
    /// inbox has it from its installation, on a chain for tests. Kind 1, that of forced batches, can be replaced only.
    /// @param daKind The kind.
    /// @param adapter Its adapter; zero for none.
    function setAdapter(uint8 daKind, IDataAvailability adapter) external;

    /// @notice Parameters and roles of the chain.
    /// @return The contract that keeps them.
    function systemConfig() external view returns (ISystemConfig);

    /// @notice Whose deposits are taken.
    /// @return The portal.
    function portal() external view returns (address);

    /// @notice The adapter of a kind of data availability.
    /// @param daKind The kind.
    /// @return The adapter; zero if batches of this kind are refused.
    function adapters(uint8 daKind) external view returns (IDataAvailability);

    /// @notice Timestamp of L2 block 0.
    /// @return Seconds since the epoch.
    function genesisTimestamp() external view returns (uint64);

    /// @notice How long a deposit may wait for the batcher, before anybody can force it.
    /// @return Duration, in seconds.
    function forceDelay() external view returns (uint64);

    /// @notice Greatest age of the newest entry when a batch is appended, before the inbox adds a context itself.
    /// @return Duration, in seconds.
    function contextInterval() external view returns (uint64);

    /// @notice Number of entries in the deposit queue.
    /// @return The number, contexts included.
    function depositCount() external view returns (uint256);

    /// @notice Accumulator after the first entries of the queue.
    /// @param count Number of entries.
    /// @return The accumulator; 0 for none.
    function depositAcc(uint256 count) external view returns (bytes32);

    /// @notice State of the queue after its first entries.
    /// @param count Number of entries.
    /// @return acc Accumulator.
    /// @return timestamp L1 timestamp at which the last of them was appended, seconds.
    /// @return cumulativeGas Gas limits of their user deposits together.
    /// @return userDeposits Number of user deposits among them.
    /// @return gasLimit L2 block gas limit in force when the last of them was appended.
    function depositAt(
        uint256 count
    ) external view returns (bytes32 acc, uint64 timestamp, uint64 cumulativeGas, uint64 userDeposits, uint64 gasLimit);

    /// @notice Number of batches.
    /// @return The number.
    function batchCount() external view returns (uint256);

    /// @notice Accumulator after the first batches.
    /// @param count Number of batches.
    /// @return The accumulator; 0 for none.
    function batchAcc(uint256 count) external view returns (bytes32);

    /// @notice State after the first batches.
    /// @param count Number of batches.
    /// @return acc Accumulator.
    /// @return lastBlock Number of the last L2 block; 0 for none.
    /// @return lastTimestamp Timestamp of that block, seconds.
    /// @return depositsRead Entries of the deposit queue read.
    function batchAt(
        uint256 count
    ) external view returns (bytes32 acc, uint64 lastBlock, uint64 lastTimestamp, uint64 depositsRead);

    /// @notice The oldest user deposit that no batch has read. Fails with Inbox_NothingToForce when there is none.
    /// @return index Position in the queue, counted from 0.
    /// @return forceableAfter `forceBatch` may be called for it once L1's clock is past this, seconds since the epoch.
    function oldestUnread() external view returns (uint256 index, uint64 forceableAfter);
}
