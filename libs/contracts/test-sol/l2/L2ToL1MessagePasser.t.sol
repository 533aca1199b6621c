// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {L2ToL1MessagePasser} from "../../src-sol/l2/L2ToL1MessagePasser.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";

contract L2ToL1MessagePasserTest is Test {
    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );

    L2ToL1MessagePasser private passer;

    function setUp() public {
        passer = new L2ToL1MessagePasser();
        vm.deal(address(this), 1_000 ether);
    }

    function _nonce(uint256 n) private pure returns (uint256) {
        return (uint256(1) << 240) | n;
    }

    function testFuzz_a_withdrawal_is_recorded_at_slot_0_under_its_hash(
        address target,
        uint96 value,
        uint256 gasLimit,
        bytes memory data
    ) public {
        value = uint96(bound(value, 0, 100 ether));
        vm.assume(target != address(0));
        gasLimit = bound(gasLimit, 0, passer.maxGasLimit(data.length));
        bytes32 hash = keccak256(abi.encode(_nonce(0), address(this), target, uint256(value), gasLimit, data));
        vm.expectEmit(address(passer));
        emit MessagePassed(_nonce(0), address(this), target, value, gasLimit, data, hash);
        passer.initiateWithdrawal{value: value}(target, gasLimit, data);
        assertTrue(passer.sentMessages(hash), "recorded");
        bytes32 slot = keccak256(abi.encode(hash, uint256(0)));
        assertEq(uint256(vm.load(address(passer), slot)), 1, "where the proof looks for it");
    }

    function test_equal_withdrawals_have_their_own_nonces_and_hashes() public {
        vm.recordLogs();
        for (uint256 i; i < 5; ++i) {
            assertEq(passer.messageNonce(), _nonce(i), "nonce");
            passer.initiateWithdrawal(address(1), 0, "");
        }
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < 5; ++i)
            for (uint256 j; j < i; ++j) assertTrue(keccak256(logs[i].data) != keccak256(logs[j].data), "hashes differ");
    }

    function test_sending_ether_withdraws_it_to_the_sender() public {
        address alice = makeAddress("alice");
        vm.deal(alice, 2 ether);
        bytes32 hash = keccak256(abi.encode(_nonce(0), alice, alice, 2 ether, 100_000, ""));
        vm.prank(alice, alice);
        (bool success, ) = address(passer).call{value: 2 ether}("");
        assertTrue(success, "taken");
        assertTrue(passer.sentMessages(hash), "recorded");
    }

    function test_burning_empties_it_and_keeps_the_records() public {
        passer.initiateWithdrawal{value: 5 ether}(address(1), 0, "");
        passer.burn();
        assertEq(address(passer).balance, 0, "balance");
        assertEq(passer.messageNonce(), _nonce(1), "nonce");
        passer.burn();
        passer.initiateWithdrawal{value: 1 ether}(address(1), 0, "");
        assertEq(address(passer).balance, 1 ether, "works on");
    }
}
