// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInbox} from "../../src-sol/l1/interfaces/IInbox.sol";
import {IDataAvailability} from "../../src-sol/l1/interfaces/IDataAvailability.sol";
import {MemoryDA} from "../../src-sol/l1/MemoryDA.sol";
import {BatchHeader} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";

/// @notice A chain for tests, whose inbox was installed with kind 0.
contract MemoryDATest is L1Setup {
    MemoryDA private memoryDA;

    function _furtherAdapters() internal override returns (IDataAvailability[] memory further) {
        memoryDA = new MemoryDA();
        further = new IDataAvailability[](1);
        further[0] = memoryDA;
    }

    function _appendMemory(bytes memory evidence) private {
        BatchHeader memory header = _nextHeader(1, 0);
        vm.prank(batcher, batcher);
        _appendAs(header, 0, evidence);
    }

    function testFuzz_theCommitmentIsThePrefixAndTheHashHandedOver(bytes32 hash) external {
        assertEq(memoryDA.commit(abi.encode(hash)), abi.encodePacked(uint8(0), hash), "commitment");
    }

    function test_anInboxInstalledWithItTakesBatchesInMemory() external {
        bytes32 hash = keccak256("a batch");
        BatchHeader memory header = _nextHeader(1, 0);
        bytes32 expected = keccak256(
            abi.encode(
                bytes32(0),
                uint256(0),
                header,
                bytes32(0),
                uint8(0),
                keccak256(abi.encodePacked(uint8(0), hash)),
                _context()
            )
        );
        _appendMemory(abi.encode(hash));
        assertEq(inbox.batchAcc(1), expected, "accumulator");
    }

    function testFuzz_evidenceOfAnotherLengthIsRefused(bytes memory evidence) external {
        vm.assume(evidence.length != 32);
        vm.expectRevert(MemoryDA.MemoryDA_BadEvidence.selector);
        memoryDA.commit(evidence);
    }

    function testFuzz_noBatchInMemoryIsTakenOnAChainThatMayHoldValue(uint64 chainId) external {
        vm.assume(chainId != 0 && chainId != 31_337 && chainId != 1_337);
        vm.chainId(chainId);
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(abi.encodeWithSelector(MemoryDA.MemoryDA_NotADevelopmentChain.selector, uint256(chainId)));
        vm.prank(batcher, batcher);
        _appendAs(header, 0, abi.encode(bytes32("hash")));
    }

    function test_theOwnerCanTakeItAwayAndNeverBringItBack() external {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadAdapter.selector, 0, memoryDA));
        inbox.setAdapter(0, memoryDA);
        inbox.setAdapter(0, IDataAvailability(address(0)));
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadAdapter.selector, 0, memoryDA));
        inbox.setAdapter(0, memoryDA);
        vm.stopPrank();
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_UnknownKind.selector, 0));
        vm.prank(batcher, batcher);
        _appendAs(header, 0, abi.encode(bytes32("hash")));
    }

    function test_forcedBatchesAreInCalldataAllTheSame() external {
        vm.prank(alice, alice);
        portal.depositTransaction(bob, 0, 100_000, false, "");
        _pass(FORCE_DELAY + 1);
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_MustReadDeposit.selector, 0));
        vm.prank(batcher, batcher);
        _appendAs(header, 0, abi.encode(bytes32("hash")));
        vm.prank(bob, bob);
        _force("");
        (, , , uint64 depositsRead) = inbox.batchAt(1);
        assertEq(depositsRead, 1, "deposits read");
    }
}

/// @notice A chain as productions have it: nobody asked for kind 0 when it was installed.
contract WithoutMemoryDATest is L1Setup {
    function test_nobodyNotEvenTheOwnerCanMakeAnInboxTakeBatchesInMemory() external {
        MemoryDA memoryDA = new MemoryDA();
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_BadAdapter.selector, 0, memoryDA));
        vm.prank(owner);
        inbox.setAdapter(0, memoryDA);
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IInbox.Inbox_UnknownKind.selector, 0));
        vm.prank(batcher, batcher);
        _appendAs(header, 0, abi.encode(bytes32("hash")));
    }
}
