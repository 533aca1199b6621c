// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {BatchHeader, L1Context} from "../shared/Types.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IDataAvailability} from "./interfaces/IDataAvailability.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {ISystemConfig} from "./interfaces/ISystemConfig.sol";

/// @title Inbox
/// @notice See IInbox. Behind a proxy; its state only grows.
contract Inbox is Initializable, IInbox, ISemver {
    /// @notice State of the deposit queue after one of its entries.
    /// @param acc Accumulator.
    /// @param timestamp L1 timestamp at which the entry was appended, seconds.
    /// @param cumulativeGas Gas limits of all user deposits so far.
    /// @param userDeposits Number of user deposits so far.
    /// @param gasLimit L2 block gas limit in force when the entry was appended.
    struct DepositCheckpoint {
        bytes32 acc;
        uint64 timestamp;
        uint64 cumulativeGas;
        uint64 userDeposits;
        uint64 gasLimit;
    }

    /// @notice State of the chain after one of its batches.
    /// @param acc Accumulator.
    /// @param lastBlock Number of the batch's last L2 block.
    /// @param lastTimestamp Timestamp of that block, seconds.
    /// @param depositsRead Entries of the deposit queue read.
    struct BatchCheckpoint {
        bytes32 acc;
        uint64 lastBlock;
        uint64 lastTimestamp;
        uint64 depositsRead;
    }

    /// @notice Greatest number of blocks of a batch: bounds what one batch makes a verifier do.
    uint32 public constant MAX_BLOCKS_PER_BATCH = 8_192;

    /// @notice How far the last block of a batch may be ahead of L1, seconds.
    uint64 public constant MAX_DRIFT = 600;

    /// @notice How far the last block of a batch may be behind L1, seconds: half a day. An outage of the batcher that is repaired
    /// within hours costs nobody a block, and what counts days on L2 cannot be held up for long.
    uint64 public constant MAX_LAG = 43_200;

    /// @notice Least `forceDelay`, seconds. With none, every deposit could be forced past the batch that is on its way.
    uint64 public constant MIN_FORCE_DELAY = 1;

    /// @notice Greatest `forceDelay`, seconds. Beyond a week the way out would be no way out.
    uint64 public constant MAX_FORCE_DELAY = 7 days;

    /// @notice Greatest `contextInterval`, seconds: L2 prices its transactions by what it knows of L1's fees.
    uint64 public constant MAX_CONTEXT_INTERVAL = 1 days;

    /// @notice The kind of data availability of forced batches: calldata, which anybody can afford and read.
    uint8 public constant FORCED_KIND = 1;

    uint8 private constant USER_DEPOSIT = 0;
    uint8 private constant CONTEXT_ONLY = 1;

    /// @inheritdoc ISemver
    string public constant version = "2.0.0";

    /// @inheritdoc IInbox
    ISystemConfig public systemConfig;

    /// @inheritdoc IInbox
    uint64 public genesisTimestamp;

    /// @inheritdoc IInbox
    address public portal;

    /// @inheritdoc IInbox
    uint64 public forceDelay;

    /// @inheritdoc IInbox
    uint64 public contextInterval;
    uint64 private _lastContextBlock;

    /// @dev L2 gas limit when the inbox was installed: that of L2 block 0.
    uint64 private _genesisGasLimit;

    /// @inheritdoc IInbox
    mapping(uint8 => IDataAvailability) public adapters;
    DepositCheckpoint[] private _deposits;
    BatchCheckpoint[] private _batches;

    /// @dev The implementation itself stays without an owner; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param systemConfig_ Parameters and roles of the chain.
    /// @param portal_ Whose deposits are taken.
    /// @param genesisTimestamp_ Timestamp of L2 block 0, seconds; not in the future.
    /// @param forceDelay_ How long a deposit may wait for the batcher, seconds; MIN_FORCE_DELAY to MAX_FORCE_DELAY.
    /// @param contextInterval_ Greatest age of the newest entry when a batch is appended, seconds; MAX_CONTEXT_INTERVAL
    /// at most.
    /// @param adapters_ The kinds of data availability that the chain begins with.
    function initialize(
        ISystemConfig systemConfig_,
        address portal_,
        uint64 genesisTimestamp_,
        uint64 forceDelay_,
        uint64 contextInterval_,
        IDataAvailability[] calldata adapters_
    ) external initializer {
        // Blocks could not follow a genesis in the future, and their clock could not be bounded.
        if (genesisTimestamp_ > block.timestamp) revert Inbox_BadGenesis(genesisTimestamp_, block.timestamp);
        if (forceDelay_ < MIN_FORCE_DELAY || forceDelay_ > MAX_FORCE_DELAY)
            revert Inbox_BadForceDelay(forceDelay_, MIN_FORCE_DELAY, MAX_FORCE_DELAY);
        if (contextInterval_ > MAX_CONTEXT_INTERVAL)
            revert Inbox_BadContextInterval(contextInterval_, MAX_CONTEXT_INTERVAL);
        systemConfig = systemConfig_;
        portal = portal_;
        genesisTimestamp = genesisTimestamp_;
        forceDelay = forceDelay_;
        contextInterval = contextInterval_;
        (_genesisGasLimit, , ) = systemConfig_.contextParameters();
        for (uint256 i = 0; i < adapters_.length; i++) _setAdapter(adapters_[i].kind(), adapters_[i]);
    }

    /// @inheritdoc IInbox
    function appendDeposit(address from, address to, bytes calldata opaqueData) external {
        if (msg.sender != portal) revert Inbox_NotPortal(msg.sender);
        if (opaqueData.length < 73) revert Inbox_BadDeposit();
        _append(USER_DEPOSIT, from, to, opaqueData, uint64(bytes8(opaqueData[64:72])), _context());
    }

    /// @inheritdoc IInbox
    function appendContext() external {
        if (_lastContextBlock == block.number) revert Inbox_ContextAlreadyAppended();
        _appendContext(_context());
    }

    /// @inheritdoc IInbox
    function appendBatch(
        BatchHeader calldata header,
        bytes32 parentAcc,
        bytes32 depositAcc_,
        uint8 daKind,
        bytes calldata evidence
    ) external {
        if (msg.sender != systemConfig.batcher()) revert Inbox_NotBatcher(msg.sender);
        _requireTopLevel();
        _check(header);
        _requireBase(parentAcc, header.depositsReadAfter, depositAcc_);
        _appendBatch(header, daKind, evidence);
    }

    /// @inheritdoc IInbox
    function forceBatch(
        bytes32 parentAcc,
        uint64 depositsKnown,
        bytes32 depositAcc_,
        bytes calldata evidence
    ) external {
        _requireTopLevel();
        BatchCheckpoint memory last = _batchAt(_batches.length);
        if (!_isOverdue(last)) revert Inbox_NothingToForce();
        _requireBase(parentAcc, depositsKnown, depositAcc_);
        uint64 next = last.lastTimestamp + 1;
        BatchHeader memory header = BatchHeader({
            firstBlock: last.lastBlock + 1,
            blockCount: 1,
            depositsReadAfter: _fitting(last.depositsRead),
            lastTimestamp: block.timestamp > next ? uint64(block.timestamp) : next
        });
        _appendBatch(header, FORCED_KIND, evidence);
    }

    /// @inheritdoc IInbox
    function setAdapter(uint8 daKind, IDataAvailability adapter) external {
        if (msg.sender != systemConfig.owner()) revert Inbox_NotOwner(msg.sender);
        // Kind 0, memory, comes with the installation of a chain for tests or never: nobody can ask L1 for such batches.
        if (daKind == 0 && address(adapter) != address(0)) revert Inbox_BadAdapter(daKind, address(adapter));
        // Without the adapter of forced batches nobody could force one.
        if (daKind == FORCED_KIND && address(adapter) == address(0)) revert Inbox_BadAdapter(daKind, address(adapter));
        _setAdapter(daKind, adapter);
    }

    /// @inheritdoc IInbox
    function depositCount() external view returns (uint256) {
        return _deposits.length;
    }

    /// @inheritdoc IInbox
    function depositAcc(uint256 count) external view returns (bytes32) {
        return _depositAt(count).acc;
    }

    /// @inheritdoc IInbox
    function depositAt(uint256 count) external view returns (bytes32, uint64, uint64, uint64, uint64) {
        DepositCheckpoint memory at = _depositAt(count);
        return (at.acc, at.timestamp, at.cumulativeGas, at.userDeposits, at.gasLimit);
    }

    /// @inheritdoc IInbox
    function batchCount() external view returns (uint256) {
        return _batches.length;
    }

    /// @inheritdoc IInbox
    function batchAcc(uint256 count) external view returns (bytes32) {
        return _batchAt(count).acc;
    }

    /// @inheritdoc IInbox
    function batchAt(uint256 count) external view returns (bytes32, uint64, uint64, uint64) {
        BatchCheckpoint memory at = _batchAt(count);
        return (at.acc, at.lastBlock, at.lastTimestamp, at.depositsRead);
    }

    /// @inheritdoc IInbox
    function oldestUnread() external view returns (uint256 index, uint64 forceableAfter) {
        bool found;
        (index, found) = _nextUserDeposit(_batchAt(_batches.length).depositsRead);
        if (!found) revert Inbox_NothingToForce();
        forceableAfter = _deposits[index].timestamp + forceDelay;
    }

    function _check(BatchHeader calldata header) private view {
        BatchCheckpoint memory last = _batchAt(_batches.length);
        if (header.firstBlock != last.lastBlock + 1) revert Inbox_NotContiguous(header.firstBlock, last.lastBlock + 1);
        if (header.blockCount == 0 || header.blockCount > MAX_BLOCKS_PER_BATCH)
            revert Inbox_BadBlockCount(header.blockCount, MAX_BLOCKS_PER_BATCH);

        uint64 earliest = last.lastTimestamp + header.blockCount;
        if (header.lastTimestamp < earliest) revert Inbox_TimestampTooEarly(header.lastTimestamp, earliest);
        uint64 latest = uint64(block.timestamp) + MAX_DRIFT;
        if (header.lastTimestamp > latest) revert Inbox_TimestampTooLate(header.lastTimestamp, latest);
        if (header.lastTimestamp + MAX_LAG < block.timestamp)
            revert Inbox_TimestampTooOld(header.lastTimestamp, uint64(block.timestamp) - MAX_LAG);

        uint64 read = header.depositsReadAfter;
        if (read < last.depositsRead || read > _deposits.length)
            revert Inbox_BadDepositsRead(read, last.depositsRead, uint64(_deposits.length));
        (uint64 gasBefore, uint64 limitBefore) = _gasAt(last.depositsRead);
        (uint64 gasAfter, uint64 limitAfter) = _gasAt(read);
        uint64 gasLimit = _max(limitBefore, limitAfter);
        if (gasAfter - gasBefore > gasLimit) revert Inbox_TooMuchDepositGas(gasAfter - gasBefore, gasLimit);

        // The queue is ordered by time: when its next entry is young, so are all.
        if (read == _deposits.length || _deposits[read].timestamp + forceDelay >= block.timestamp) return;
        (uint256 oldest, bool found) = _nextUserDeposit(read);
        if (!found || _deposits[oldest].timestamp + forceDelay >= block.timestamp) return;
        if (_deposits[oldest].cumulativeGas - gasBefore <= _max(limitBefore, _deposits[oldest].gasLimit))
            revert Inbox_MustReadDeposit(oldest);
    }

    /// @dev A signed transaction that L1 includes again after a reorg must not become another batch: not on top of another one, nor with
    /// other deposits.
    function _requireBase(bytes32 parentAcc, uint64 deposits, bytes32 depositAcc_) private view {
        bytes32 parent = _batchAt(_batches.length).acc;
        if (parentAcc != parent) revert Inbox_WrongParent(parentAcc, parent);
        bytes32 acc = _depositAt(deposits).acc;
        if (depositAcc_ != acc) revert Inbox_WrongDeposits(deposits, depositAcc_, acc);
    }

    /// @dev Whether the batcher failed: it left a deposit unread, or the clock of L2 behind.
    function _isOverdue(BatchCheckpoint memory last) private view returns (bool) {
        if (last.lastTimestamp + MAX_LAG < block.timestamp) return true;
        (uint256 oldest, bool found) = _nextUserDeposit(last.depositsRead);
        return found && block.timestamp > _deposits[oldest].timestamp + forceDelay;
    }

    function _appendBatch(BatchHeader memory header, uint8 daKind, bytes calldata evidence) private {
        L1Context memory context = _context();
        bytes memory commitment = _commit(daKind, evidence);
        uint256 index = _batches.length;
        bytes32 acc = keccak256(
            abi.encode(
                _batchAt(index).acc,
                index,
                header,
                _depositAt(header.depositsReadAfter).acc,
                daKind,
                keccak256(commitment),
                context
            )
        );
        _batches.push(
            BatchCheckpoint({
                acc: acc,
                lastBlock: header.firstBlock + header.blockCount - 1,
                lastTimestamp: header.lastTimestamp,
                depositsRead: header.depositsReadAfter
            })
        );
        emit BatchAppended(index, acc, header, daKind, commitment, context);

        uint256 count = _deposits.length;
        if (count == 0 || _deposits[count - 1].timestamp + contextInterval < block.timestamp) _appendContext(context);
    }

    function _commit(uint8 daKind, bytes calldata evidence) private view returns (bytes memory commitment) {
        IDataAvailability adapter = adapters[daKind];
        if (address(adapter) == address(0)) revert Inbox_UnknownKind(daKind);
        commitment = adapter.commit(evidence);
        if (commitment.length == 0 || uint8(commitment[0]) != daKind) revert Inbox_BadCommitment(daKind);
    }

    function _appendContext(L1Context memory context) private {
        _lastContextBlock = uint64(block.number);
        _append(CONTEXT_ONLY, address(0), address(0), "", 0, context);
    }

    function _append(
        uint8 kind,
        address from,
        address to,
        bytes memory opaqueData,
        uint64 gas,
        L1Context memory context
    ) private {
        uint256 index = _deposits.length;
        DepositCheckpoint memory last = _depositAt(index);
        bytes32 acc = keccak256(abi.encode(last.acc, kind, from, to, keccak256(opaqueData), context));
        _deposits.push(
            DepositCheckpoint({
                acc: acc,
                timestamp: uint64(block.timestamp),
                cumulativeGas: last.cumulativeGas + gas,
                userDeposits: kind == USER_DEPOSIT ? last.userDeposits + 1 : last.userDeposits,
                gasLimit: context.gasLimit
            })
        );
        emit DepositAppended(index, kind, from, to, opaqueData, context, acc);
    }

    function _setAdapter(uint8 daKind, IDataAvailability adapter) private {
        if (address(adapter) != address(0) && adapter.kind() != daKind)
            revert Inbox_BadAdapter(daKind, address(adapter));
        adapters[daKind] = adapter;
        emit AdapterChanged(daKind, address(adapter));
    }

    function _context() private view returns (L1Context memory context) {
        context.number = uint64(block.number);
        context.timestamp = uint64(block.timestamp);
        context.baseFee = block.basefee;
        context.blobBaseFee = block.blobbasefee;
        context.parentHash = blockhash(block.number - 1);
        (context.gasLimit, context.baseFeeScalar, context.blobBaseFeeScalar) = systemConfig.contextParameters();
    }

    /// @dev An account without code that calls as the transaction's sender is its outermost caller, so the evidence stands in the
    /// transaction's input. An account with delegated code (EIP-7702) could hide it in an inner call.
    function _requireTopLevel() private view {
        // solhint-disable-next-line avoid-tx-origin
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert Inbox_NotTopLevel();
    }

    /// @dev Queue index of the first user deposit at or after `read`, by bisection over the running count.
    function _nextUserDeposit(uint256 read) private view returns (uint256 index, bool found) {
        uint256 high = _deposits.length;
        uint64 before = _depositAt(read).userDeposits;
        if (_depositAt(high).userDeposits == before) return (0, false);
        uint256 low = read;
        while (low + 1 < high) {
            uint256 middle = (low + high) / 2;
            if (_deposits[middle - 1].userDeposits > before) high = middle;
            else low = middle;
        }
        return (high - 1, true);
    }

    /// @dev Gas of the first `read` entries, and the gas limit of the L2 block that reads the last of them: what was recorded with it. The
    /// deposits of a batch are held against the limits before and after it, so no setting of today makes a block of yesterday too large.
    function _gasAt(uint64 read) private view returns (uint64 cumulativeGas, uint64 gasLimit) {
        if (read == 0) return (0, _genesisGasLimit);
        DepositCheckpoint storage at = _deposits[read - 1];
        return (at.cumulativeGas, at.gasLimit);
    }

    function _max(uint64 a, uint64 b) private pure returns (uint64) {
        return a > b ? a : b;
    }

    /// @dev Length of the longest prefix whose deposits after `read` fit under the gas limit of the block before.
    function _fitting(uint64 read) private view returns (uint64) {
        (uint64 gasBefore, uint64 gasLimit) = _gasAt(read);
        uint64 max = gasBefore + gasLimit;
        uint256 low = read;
        uint256 high = _deposits.length;
        if (_depositAt(high).cumulativeGas <= max) return uint64(high);
        while (low + 1 < high) {
            uint256 middle = (low + high) / 2;
            if (_deposits[middle - 1].cumulativeGas <= max) low = middle;
            else high = middle;
        }
        return uint64(low);
    }

    function _depositAt(uint256 count) private view returns (DepositCheckpoint memory at) {
        if (count > _deposits.length) revert Inbox_OutOfRange(count);
        if (count > 0) at = _deposits[count - 1];
    }

    function _batchAt(uint256 count) private view returns (BatchCheckpoint memory at) {
        if (count > _batches.length) revert Inbox_OutOfRange(count);
        if (count == 0) at.lastTimestamp = genesisTimestamp;
        else at = _batches[count - 1];
    }
}
