// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {L1Block} from "../../src-sol/l2/L1Block.sol";
import {Test} from "../base/Test.sol";

contract L1BlockTest is Test {
    L1Block private block_;
    address private depositor;

    function setUp() public {
        block_ = new L1Block();
        depositor = block_.DEPOSITOR_ACCOUNT();
    }

    function _set(uint256 baseFee, uint256 blobBaseFee) private {
        vm.prank(depositor);
        block_.setL1BlockValues(100, 1_700_000_000, baseFee, blobBaseFee, bytes32("hash"), 7, 500_000, 400_000);
    }

    function _step(uint256 present) private pure returns (uint256 step) {
        step = present / 32;
        if (step == 0) step = 1;
    }

    function test_only_the_depositor_writes() public {
        vm.expectRevert(abi.encodeWithSelector(L1Block.L1Block_NotDepositor.selector, address(this)));
        block_.setL1BlockValues(1, 1, 1, 1, 0, 1, 1, 1);
    }

    function test_the_attributes_call_has_the_selector_of_the_protocol() public view {
        assertEq(
            bytes32(block_.setL1BlockValues.selector),
            bytes32(bytes4(keccak256("setL1BlockValues(uint64,uint64,uint256,uint256,bytes32,uint64,uint32,uint32)"))),
            "selector"
        );
        assertEq(block_.DEPOSITOR_ACCOUNT(), 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001, "depositor");
    }

    function testFuzz_the_storage_is_where_the_engines_read_it(
        uint64 number,
        uint64 timestamp,
        uint256 baseFee,
        uint256 blobBaseFee,
        bytes32 hash,
        uint64 index,
        uint32 scalar,
        uint32 blobScalar
    ) public {
        vm.prank(depositor);
        block_.setL1BlockValues(number, timestamp, baseFee, blobBaseFee, hash, index, scalar, blobScalar);
        address at = address(block_);
        assertEq(uint256(vm.load(at, 0)), baseFee, "slot 0");
        assertEq(uint256(vm.load(at, bytes32(uint256(1)))), blobBaseFee, "slot 1");
        uint256 packed = uint256(scalar) | (uint256(blobScalar) << 32) | (uint256(number) << 64);
        packed |= uint256(timestamp) << 128;
        assertEq(uint256(vm.load(at, bytes32(uint256(2)))), packed, "slot 2");
        assertEq(vm.load(at, bytes32(uint256(3))), hash, "slot 3");
        assertEq(uint256(vm.load(at, bytes32(uint256(4)))), index, "slot 4");

        assertEq(block_.number(), number, "number");
        assertEq(block_.timestamp(), timestamp, "timestamp");
        assertEq(block_.basefee(), baseFee, "basefee");
        assertEq(block_.blobBaseFee(), blobBaseFee, "blobBaseFee");
        assertEq(block_.hash(), hash, "hash");
        assertEq(block_.sequenceNumber(), index, "sequenceNumber");
        assertEq(block_.baseFeeScalar(), scalar, "baseFeeScalar");
        assertEq(block_.blobBaseFeeScalar(), blobScalar, "blobBaseFeeScalar");
    }

    function testFuzz_an_update_moves_a_fee_by_one_step_at_most(uint256[4] memory fees) public {
        _set(fees[0], fees[1]);
        assertEq(block_.basefee(), fees[0], "the first update is taken over");
        assertEq(block_.blobBaseFee(), fees[1], "the first update is taken over");
        _set(fees[2], fees[3]);
        _checkStep(fees[0], fees[2], block_.basefee());
        _checkStep(fees[1], fees[3], block_.blobBaseFee());
    }

    function _checkStep(uint256 present, uint256 target, uint256 result) private pure {
        uint256 step = _step(present);
        uint256 distance = present > target ? present - target : target - present;
        uint256 moved = present > result ? present - result : result - present;
        assertEq(moved, distance < step ? distance : step, "moves by the step, or arrives");
        assertTrue(moved == 0 || (result > present) == (target > present), "towards the target");
    }

    function testFuzz_a_fee_reaches_a_steady_target(uint64 start, uint64 target) public {
        start = uint64(bound(start, 1, 1_000 gwei));
        target = uint64(bound(target, start / 8, uint256(start) * 8));
        _set(start, 0);
        uint256 updates;
        while (block_.basefee() != target && ++updates < 200) _set(target, 0);
        // 8 = (1 + 1/32)^68; the last wei go one by one.
        assertEq(block_.basefee(), target, "target");
    }

    function test_a_fee_can_leave_zero() public {
        _set(0, 0);
        _set(100, 1);
        assertEq(block_.basefee(), 1, "one wei at least");
        assertEq(block_.blobBaseFee(), 1, "arrives");
    }

    function test_an_update_costs_less_than_the_gas_of_its_deposit() public {
        _set(1 gwei, 1);
        vm.prank(depositor);
        (bool success, ) = address(block_).call{gas: 150_000}(
            abi.encodeCall(L1Block.setL1BlockValues, (101, 2, 2 gwei, 2, bytes32("next"), 8, 1, 1))
        );
        assertTrue(success, "150,000 of 1,000,000");
    }
}
