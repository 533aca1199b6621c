// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISystemConfig} from "../../src-sol/l1/interfaces/ISystemConfig.sol";
import {IInbox} from "../../src-sol/l1/interfaces/IInbox.sol";
import {IDataAvailability} from "../../src-sol/l1/interfaces/IDataAvailability.sol";
import {BlobDA} from "../../src-sol/l1/BlobDA.sol";
import {Bootstrap} from "../../src-sol/l1/Bootstrap.sol";
import {CalldataDA} from "../../src-sol/l1/CalldataDA.sol";
import {Inbox} from "../../src-sol/l1/Inbox.sol";
import {BatchHeader} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";

contract Forwarder {
    function forward(address target, bytes calldata data) external {
        (bool ok, bytes memory result) = target.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
    }
}

contract LyingAdapter is IDataAvailability {
    uint8 public constant kind = 5;

    function commit(bytes calldata) external pure returns (bytes memory) {
        return hex"01aa";
    }
}

contract InboxTest is L1Setup {
    function _deposit(uint64 gas) private {
        vm.prank(alice, alice);
        portal.depositTransaction(bob, 0, gas, false, "");
    }

    function _refuse(BatchHeader memory header, bytes memory error) private {
        vm.expectRevert(error);
        _append(header, "");
    }

    function test_depositAccumulatorIsThatOfTheSpecification() external {
        vm.fee(7 gwei);
        vm.blobBaseFee(3);
        bytes memory opaque = abi.encodePacked(uint256(5 ether), uint256(1 ether), uint64(100_000), false, hex"c0ffee");
        bytes32 expected = keccak256(abi.encode(bytes32(0), uint8(0), alice, bob, keccak256(opaque), _context()));
        vm.expectEmit(address(inbox));
        emit IInbox.DepositAppended(0, 0, alice, bob, opaque, _context(), expected);
        vm.prank(alice, alice);
        portal.depositTransaction{value: 5 ether}(bob, 1 ether, 100_000, false, hex"c0ffee");
        assertEq(inbox.depositAcc(1), expected, "accumulator");

        _pass(12);
        bytes32 second = keccak256(abi.encode(expected, uint8(1), address(0), address(0), keccak256(""), _context()));
        inbox.appendContext();
        assertEq(inbox.depositAcc(2), second, "accumulator of the context");
        (, uint64 timestamp, uint64 gas, uint64 users, uint64 gasLimit) = inbox.depositAt(2);
        assertEq(timestamp, block.timestamp, "timestamp");
        assertEq(gas, 100_000, "gas");
        assertEq(users, 1, "user deposits");
        assertEq(gasLimit, 30_000_000, "gas limit");
    }

    function test_batchAccumulatorIsThatOfTheSpecification() external {
        _deposit(100_000);
        BatchHeader memory header = _nextHeader(3, 1);
        bytes memory data = hex"00112233";
        bytes memory commitment = abi.encodePacked(uint8(1), keccak256(data));
        bytes32 expected = keccak256(
            abi.encode(bytes32(0), uint256(0), header, inbox.depositAcc(1), uint8(1), keccak256(commitment), _context())
        );
        vm.expectEmit(address(inbox));
        emit IInbox.BatchAppended(0, expected, header, 1, commitment, _context());
        _append(header, data);
        assertEq(inbox.batchAcc(1), expected, "accumulator");
        (, uint64 lastBlock, uint64 lastTimestamp, uint64 read) = inbox.batchAt(1);
        assertEq(lastBlock, 3, "last block");
        assertEq(lastTimestamp, header.lastTimestamp, "last timestamp");
        assertEq(read, 1, "deposits read");
    }

    function test_onlyThePortalAppendsDeposits() external {
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_NotPortal.selector, alice));
        vm.prank(alice);
        inbox.appendDeposit(alice, alice, new bytes(73));
    }

    function test_aDepositTooShortForItsFieldsIsRefused() external {
        vm.expectRevert(IInbox.Inbox_BadDeposit.selector);
        vm.prank(address(portal));
        inbox.appendDeposit(alice, alice, new bytes(72));
    }

    function test_onlyTheBatcherAppendsBatches() external {
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_NotBatcher.selector, alice));
        vm.prank(alice, alice);
        _appendAs(header, 1, "");
    }

    function test_theBatcherMustNotCallThroughAContract() external {
        BatchHeader memory header = _nextHeader(1, 0);
        Forwarder forwarder = new Forwarder();
        vm.mockCall(address(config), abi.encodeCall(ISystemConfig.batcher, ()), abi.encode(address(forwarder)));
        vm.expectRevert(IInbox.Inbox_NotTopLevel.selector);
        vm.prank(alice, alice);
        forwarder.forward(address(inbox), abi.encodeCall(Inbox.appendBatch, (header, 0, 0, 1, "")));
    }

    function test_aBatcherWithDelegatedCodeIsRefused() external {
        BatchHeader memory header = _nextHeader(1, 0);
        vm.etch(batcher, abi.encodePacked(hex"ef0100", alice));
        vm.expectRevert(IInbox.Inbox_NotTopLevel.selector);
        vm.prank(batcher, batcher);
        _appendAs(header, 1, "");
    }

    function test_blocksMustBeContiguous() external {
        BatchHeader memory header = _nextHeader(1, 0);
        header.firstBlock = 2;
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_NotContiguous.selector, 2, 1));
        _append(header, "");
        header.firstBlock = 1;
        _append(header, "");
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_NotContiguous.selector, 1, 2));
        _append(header, "");
    }

    function test_blockCountIsBounded() external {
        BatchHeader memory header = _nextHeader(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadBlockCount.selector, 0, 8192));
        _append(header, "");
        vm.warp(block.timestamp + 10_000);
        header = _nextHeader(8193, 0);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadBlockCount.selector, 8193, 8192));
        _append(header, "");
        _append(_nextHeader(8192, 0), "");
    }

    function test_timestampsAdvanceByASecondABlockAtLeast() external {
        BatchHeader memory header = _nextHeader(5, 0);
        header.lastTimestamp = genesisTimestamp + 4;
        vm.expectRevert(
            abi.encodeWithSelector(IInbox.Inbox_TimestampTooEarly.selector, genesisTimestamp + 4, genesisTimestamp + 5)
        );
        _append(header, "");
        header.lastTimestamp = genesisTimestamp + 5;
        _append(header, "");
    }

    function test_timestampsRunAheadOfL1ByTheDriftAtMost() external {
        BatchHeader memory header = _nextHeader(1, 0);
        header.lastTimestamp = uint64(block.timestamp) + 601;
        vm.expectRevert(
            abi.encodeWithSelector(
                IInbox.Inbox_TimestampTooLate.selector,
                header.lastTimestamp,
                uint64(block.timestamp) + 600
            )
        );
        _append(header, "");
        header.lastTimestamp -= 1;
        _append(header, "");
    }

    function test_depositsAreReadForwardsAndWithinTheQueue() external {
        _deposit(50_000);
        _deposit(50_000);
        _refuse(_nextHeader(1, 3), abi.encodeWithSelector(IInbox.Inbox_BadDepositsRead.selector, 3, 0, 2));
        _append(_nextHeader(1, 2), "");
        _refuse(_nextHeader(1, 1), abi.encodeWithSelector(IInbox.Inbox_BadDepositsRead.selector, 1, 2, 2));
    }

    function test_depositsOfABatchFitABlock() external {
        for (uint256 i = 0; i < 4; i++) {
            _deposit(8_000_000);
            _pass(12);
        }
        _refuse(
            _nextHeader(1, 4),
            abi.encodeWithSelector(IInbox.Inbox_TooMuchDepositGas.selector, 32_000_000, 30_000_000)
        );
        _append(_nextHeader(1, 3), "");
        _append(_nextHeader(1, 4), "");
    }

    function test_anOldDepositMustBeRead() external {
        inbox.appendContext();
        _deposit(50_000);
        _pass(FORCE_DELAY);
        _append(_nextHeader(1, 1), "");
        _pass(1);
        _refuse(_nextHeader(1, 1), abi.encodeWithSelector(IInbox.Inbox_MustReadDeposit.selector, 1));
        _append(_nextHeader(1, 2), "");
    }

    function test_anOldContextNeedNotBeRead() external {
        inbox.appendContext();
        _pass(FORCE_DELAY + 1);
        _append(_nextHeader(1, 0), "");
        assertEq(inbox.batchCount(), 1, "batches");
    }

    function test_anOldDepositThatDoesNotFitMayWait() external {
        for (uint256 i = 0; i < 4; i++) {
            _deposit(8_000_000);
            _pass(12);
        }
        _pass(FORCE_DELAY + 1);
        // Three fit, so three must be read; the fourth is stopped by the gas bound.
        _refuse(_nextHeader(1, 2), abi.encodeWithSelector(IInbox.Inbox_MustReadDeposit.selector, 2));
        _append(_nextHeader(1, 3), "");
        _refuse(_nextHeader(1, 3), abi.encodeWithSelector(IInbox.Inbox_MustReadDeposit.selector, 3));
    }

    function test_anUnknownKindOfDataAvailabilityIsRefused() external {
        BatchHeader memory header = _nextHeader(1, 0);
        for (uint8 kind = 0; kind < 6; kind++) {
            if (kind == 1 || kind == 2) continue;
            vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_UnknownKind.selector, kind));
            vm.prank(batcher, batcher);
            _appendAs(header, kind, "");
        }
    }

    function test_onlyTheOwnerSetsAdaptersAndTheyMustBeOfTheirKind() external {
        LyingAdapter adapter = new LyingAdapter();
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_NotOwner.selector, operator));
        vm.prank(operator);
        inbox.setAdapter(5, adapter);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadAdapter.selector, 4, adapter));
        inbox.setAdapter(4, adapter);
        inbox.setAdapter(5, adapter);
        vm.stopPrank();
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadCommitment.selector, 5));
        vm.prank(batcher, batcher);
        _appendAs(header, 5, "");
    }

    function test_calldataIsBounded() external {
        _append(_nextHeader(1, 0), new bytes(120_000));
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(abi.encodeWithSelector(CalldataDA.CalldataDA_TooLong.selector, 120_001, 120_000));
        _append(header, new bytes(120_001));
    }

    function test_blobsAreCommittedInOrder() external {
        bytes32[] memory hashes = new bytes32[](3);
        for (uint256 i = 0; i < 3; i++) hashes[i] = keccak256(abi.encode("blob", i));
        vm.blobhashes(hashes);
        BatchHeader memory header = _nextHeader(1, 0);
        bytes memory commitment = abi.encodePacked(uint8(2), hashes[0], hashes[1]);
        bytes32 expected = keccak256(
            abi.encode(bytes32(0), uint256(0), header, bytes32(0), uint8(2), keccak256(commitment), _context())
        );
        vm.prank(batcher, batcher);
        _appendAs(header, 2, hex"02");
        assertEq(inbox.batchAcc(1), expected, "accumulator");
    }

    function test_blobEvidenceMustMatchTheTransaction() external {
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = bytes32(uint256(1));
        vm.blobhashes(hashes);
        BatchHeader memory header = _nextHeader(1, 0);
        bytes[4] memory bad = [bytes(hex""), hex"00", hex"07", hex"0101"];
        for (uint256 i = 0; i < 4; i++) {
            vm.expectRevert(BlobDA.BlobDA_BadEvidence.selector);
            vm.prank(batcher, batcher);
            _appendAs(header, 2, bad[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(BlobDA.BlobDA_MissingBlob.selector, 1));
        vm.prank(batcher, batcher);
        _appendAs(header, 2, hex"02");
    }

    function test_theGasBoundIsThatOfTheTimeOfTheDeposits() external {
        for (uint256 i = 0; i < 3; i++) {
            _deposit(8_000_000);
            _pass(12);
        }
        uint64 least = config.MIN_GAS_LIMIT();
        vm.prank(operator);
        config.setGasLimit(least);
        // A block that was built before the limit fell can still be posted, also with a context of the new limit behind it.
        inbox.appendContext();
        _deposit(8_000_000);
        _append(_nextHeader(1, 3), "");
        // From here on the limit before the batch is the old one, of the entries read, and that after it the new one.
        _append(_nextHeader(1, 5), "");
        _pass(12);
        _deposit(8_000_000);
        _pass(12);
        _deposit(8_000_000);
        _refuse(
            _nextHeader(1, 7),
            abi.encodeWithSelector(IInbox.Inbox_TooMuchDepositGas.selector, 16_000_000, 8_000_000)
        );
        _append(_nextHeader(1, 6), "");
    }

    function test_aForcedBatchIsBoundByTheLimitBeforeIt() external {
        uint64 least = config.MIN_GAS_LIMIT();
        vm.prank(operator);
        config.setGasLimit(least);
        for (uint256 i = 0; i < 3; i++) {
            _deposit(8_000_000);
            _pass(12);
        }
        _pass(FORCE_DELAY + 1);
        vm.prank(bob, bob);
        _force("");
        (, , , uint64 read) = inbox.batchAt(1);
        assertEq(read, 3, "the installation had room for three");
        for (uint256 i = 0; i < 2; i++) {
            _deposit(8_000_000);
            _pass(12);
        }
        _pass(FORCE_DELAY + 1);
        vm.prank(bob, bob);
        _force("");
        (, , , read) = inbox.batchAt(2);
        assertEq(inbox.depositCount(), 7, "a context came with the first");
        assertEq(read, 5, "one deposit fits the new limit");
    }

    function test_timestampsLagBehindL1ByTheBoundAtMost() external {
        uint64 lag = inbox.MAX_LAG();
        _pass(lag);
        BatchHeader memory header = _nextHeader(1, 0);
        header.lastTimestamp = uint64(block.timestamp) - lag - 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IInbox.Inbox_TimestampTooOld.selector,
                header.lastTimestamp,
                uint64(block.timestamp) - lag
            )
        );
        _append(header, "");
        header.lastTimestamp += 1;
        _append(header, "");
    }

    function test_anyoneSetsTheClockOfAChainThatStandsStill() external {
        uint64 lag = inbox.MAX_LAG();
        _append(_nextHeader(1, 0), "");
        (, , uint64 last, ) = inbox.batchAt(1);
        vm.roll(block.number + 1);
        vm.warp(last + lag);
        vm.expectRevert(IInbox.Inbox_NothingToForce.selector);
        vm.prank(bob, bob);
        _force("");
        _pass(1);
        vm.prank(bob, bob);
        _force("");
        (, uint64 lastBlock, uint64 lastTimestamp, ) = inbox.batchAt(2);
        assertEq(lastBlock, 2, "one block");
        assertEq(lastTimestamp, block.timestamp, "the time of L1");
        _append(_nextHeader(1, 1), "");
    }

    function test_aBatchIsBoundToWhatItBuildsOn() external {
        _deposit(50_000);
        _append(_nextHeader(1, 1), "");
        _deposit(50_000);
        BatchHeader memory header = _nextHeader(1, 2);
        (bytes32 parentAcc, bytes32 depositAcc) = _base(2);
        (, bytes32 other) = _base(1);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_WrongParent.selector, other, parentAcc));
        vm.prank(batcher, batcher);
        inbox.appendBatch(header, other, depositAcc, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_WrongDeposits.selector, 2, other, depositAcc));
        vm.prank(batcher, batcher);
        inbox.appendBatch(header, parentAcc, other, 1, "");
        vm.prank(batcher, batcher);
        inbox.appendBatch(header, parentAcc, depositAcc, 1, "");
    }

    function test_aForcedBatchIsBoundToWhatItsMakerKnew() external {
        _deposit(50_000);
        (bytes32 parentAcc, bytes32 depositAcc) = _base(1);
        _pass(FORCE_DELAY + 1);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_WrongParent.selector, bytes32("x"), parentAcc));
        vm.prank(bob, bob);
        inbox.forceBatch("x", 1, depositAcc, "");
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_WrongDeposits.selector, 1, bytes32("x"), depositAcc));
        vm.prank(bob, bob);
        inbox.forceBatch(parentAcc, 1, "x", "");
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_OutOfRange.selector, 2));
        vm.prank(bob, bob);
        inbox.forceBatch(parentAcc, 2, depositAcc, "");
        // What others deposit meanwhile does not stand in the way.
        _deposit(50_000);
        vm.prank(bob, bob);
        inbox.forceBatch(parentAcc, 1, depositAcc, "");
        (, , , uint64 read) = inbox.batchAt(1);
        assertEq(read, 2, "read");
    }

    function test_theAdapterOfForcedBatchesCannotBeTakenAway() external {
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadAdapter.selector, 1, IDataAvailability(address(0))));
        vm.prank(owner);
        inbox.setAdapter(1, IDataAvailability(address(0)));
        CalldataDA another = new CalldataDA();
        vm.prank(owner);
        inbox.setAdapter(1, another);
    }

    function test_periodsThatCannotWorkAreRefusedAtTheInstallation() external {
        IDataAvailability[] memory none = new IDataAvailability[](0);
        uint64 time = uint64(block.timestamp);
        uint64[3][5] memory bad = [
            [time + 1, uint64(300), uint64(60)],
            [time, 0, 60],
            [time, 7 days + 1, 60],
            [time, 300, 1 days + 1],
            [type(uint64).max, 300, 60]
        ];
        bytes4[5] memory errors = [
            IInbox.Inbox_BadGenesis.selector,
            IInbox.Inbox_BadForceDelay.selector,
            IInbox.Inbox_BadForceDelay.selector,
            IInbox.Inbox_BadContextInterval.selector,
            IInbox.Inbox_BadGenesis.selector
        ];
        for (uint256 i = 0; i < bad.length; i++) {
            Inbox fresh = Inbox(_proxy());
            address impl = address(new Inbox());
            Bootstrap.Installation[] memory one = new Bootstrap.Installation[](1);
            one[0] = _installation(
                address(fresh),
                impl,
                abi.encodeCall(Inbox.initialize, (config, address(portal), bad[i][0], bad[i][1], bad[i][2], none))
            );
            vm.expectPartialRevert(errors[i]);
            bootstrap.install(one, owner);
        }
    }

    function test_anyoneForcesOldDepositsAndOnlyThose() external {
        inbox.appendContext();
        vm.expectRevert(IInbox.Inbox_NothingToForce.selector);
        inbox.oldestUnread();
        _deposit(50_000);
        uint64 at = uint64(block.timestamp);
        _pass(FORCE_DELAY);
        (uint256 index, uint64 after_) = inbox.oldestUnread();
        assertEq(index, 1, "oldest unread");
        assertEq(after_, at + FORCE_DELAY, "forceable after");
        vm.expectRevert(IInbox.Inbox_NothingToForce.selector);
        vm.prank(bob, bob);
        _force("labels");
        _pass(1);
        _deposit(60_000);
        vm.prank(bob, bob);
        _force("labels");
        (, uint64 lastBlock, uint64 lastTimestamp, uint64 read) = inbox.batchAt(1);
        assertEq(lastBlock, 1, "one block");
        assertEq(lastTimestamp, block.timestamp, "timestamp");
        assertEq(read, 3, "all waiting entries");
        vm.expectRevert(IInbox.Inbox_NothingToForce.selector);
        vm.prank(bob, bob);
        _force("labels");
    }

    function test_aForcedBatchGoesOnFromAChainThatRanAhead() external {
        _deposit(50_000);
        BatchHeader memory header = _nextHeader(1, 0);
        _pass(FORCE_DELAY);
        header.lastTimestamp = uint64(block.timestamp) + 600;
        _append(header, "");
        _pass(1);
        vm.prank(bob, bob);
        _force("");
        (, uint64 lastBlock, uint64 lastTimestamp, ) = inbox.batchAt(2);
        assertEq(lastBlock, 2, "last block");
        assertEq(lastTimestamp, header.lastTimestamp + 1, "one second after the previous block");
    }

    function test_aForcedBatchReadsWhatFits() external {
        for (uint256 i = 0; i < 5; i++) {
            _deposit(8_000_000);
            _pass(12);
        }
        inbox.appendContext();
        _pass(FORCE_DELAY + 1);
        vm.prank(bob, bob);
        _force("");
        (, , , uint64 read) = inbox.batchAt(1);
        assertEq(read, 3, "as many as fit the gas bound");
        vm.prank(bob, bob);
        _force("");
        (, , , read) = inbox.batchAt(2);
        assertEq(read, 7, "the rest, with the contexts behind it");
    }

    function test_aForcedBatchReadsUpToTheBoundExactly() external {
        uint64[6] memory gas = [uint64(8_000_000), 8_000_000, 8_000_000, 6_000_000, 21_000, 21_000];
        for (uint256 i = 0; i < 6; i++) {
            _deposit(gas[i]);
            _pass(12);
        }
        _pass(FORCE_DELAY + 1);
        vm.prank(bob, bob);
        _force("");
        (, , , uint64 read) = inbox.batchAt(1);
        assertEq(read, 4, "the deposits that add up to the gas limit");
    }

    function test_forcingThroughAContractIsRefused() external {
        _deposit(50_000);
        _pass(FORCE_DELAY + 1);
        Forwarder forwarder = new Forwarder();
        vm.expectRevert(IInbox.Inbox_NotTopLevel.selector);
        vm.prank(bob, bob);
        forwarder.forward(address(inbox), abi.encodeCall(Inbox.forceBatch, (0, 0, 0, "")));
    }

    function test_aDepositIsNeverStuckWhateverTheGasLimit() external {
        _deposit(8_000_000);
        uint64 least = config.MIN_GAS_LIMIT();
        vm.prank(operator);
        config.setGasLimit(least);
        _pass(FORCE_DELAY + 1);
        vm.prank(bob, bob);
        _force("");
        (, , , uint64 read) = inbox.batchAt(1);
        assertGe(read, 1, "read");
    }

    function test_contextsAreAppendedWithABatchWhenTheNewestEntryIsOld() external {
        _appendNext(1);
        assertEq(inbox.depositCount(), 1, "the empty queue got a context");
        _pass(CONTEXT_INTERVAL);
        _appendNext(1);
        assertEq(inbox.depositCount(), 1, "the newest is young enough");
        _pass(1);
        _appendNext(1);
        assertEq(inbox.depositCount(), 2, "the newest was too old");
        (, , , uint64 read) = inbox.batchAt(3);
        assertEq(read, 1, "the batch does not read the context that came with it");
    }

    function test_oneContextInEachL1Block() external {
        inbox.appendContext();
        vm.expectRevert(IInbox.Inbox_ContextAlreadyAppended.selector);
        inbox.appendContext();
        _pass(1);
        inbox.appendContext();
        assertEq(inbox.depositCount(), 2, "entries");
    }

    function test_initialisersAreClosed() external {
        IDataAvailability[] memory none = new IDataAvailability[](0);
        vm.expectRevert();
        inbox.initialize(config, alice, 0, 0, 0, none);
        Inbox impl = new Inbox();
        vm.expectRevert();
        impl.initialize(config, alice, 0, 0, 0, none);
    }

    function test_stateBeyondTheEndIsAnError() external {
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_OutOfRange.selector, 1));
        inbox.depositAt(1);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_OutOfRange.selector, 1));
        inbox.batchAcc(1);
    }

    /// Bisection finds what a walk through the queue finds, whatever the order of deposits and contexts.
    function testFuzz_forcedBatchesReadTheLongestFittingPrefix(uint256 seed, uint8 count) external {
        uint256 n = bound(count, 1, 20);
        uint64[] memory gas = new uint64[](n);
        bool anyUser = false;
        for (uint256 i = 0; i < n; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 3 == 0) {
                inbox.appendContext();
            } else {
                gas[i] = uint64(bound(seed >> 8, 21_000, 8_000_000));
                _deposit(gas[i]);
                anyUser = true;
            }
            _pass(1);
        }
        _pass(FORCE_DELAY + 1);
        if (!anyUser) {
            vm.expectRevert(IInbox.Inbox_NothingToForce.selector);
            vm.prank(bob, bob);
            _force("");
            return;
        }
        uint256 sum = 0;
        uint256 expected = 0;
        while (expected < n && sum + gas[expected] <= 30_000_000) sum += gas[expected++];
        vm.prank(bob, bob);
        _force("");
        (, , , uint64 read) = inbox.batchAt(1);
        assertEq(read, expected, "deposits read");
    }
}
