// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CrossDomainMessenger} from "../../src-sol/bridge/CrossDomainMessenger.sol";
import {AddressAliasHelper} from "../../src-sol/shared/AddressAliasHelper.sol";
import {ICrossDomainMessenger} from "../../src-sol/bridge/interfaces/ICrossDomainMessenger.sol";
import {IOptimismPortal} from "../../src-sol/l1/interfaces/IOptimismPortal.sol";
import {ISystemConfig} from "../../src-sol/l1/interfaces/ISystemConfig.sol";
import {Moody} from "./Tokens.sol";
import {TestPortal, TwoLayers} from "./TwoLayers.sol";

/// @notice Notes how much gas it gets, who calls it through the messenger, and how often.
contract Probe {
    uint256 public gasSeen;
    uint256 public calls;
    address public sender;

    fallback() external payable {
        uint256 left = gasleft();
        gasSeen = left;
        ++calls;
        sender = ICrossDomainMessenger(msg.sender).xDomainMessageSender();
    }
}

/// @notice Burns all gas until it is told not to.
contract Furnace {
    bool public off;
    uint256 public calls;

    function turnOff() external {
        off = true;
    }

    fallback() external payable {
        if (!off) while (true) {}
        ++calls;
    }
}

/// @notice Answers with a megabyte of zeros.
contract Bomb {
    fallback() external payable {
        assembly {
            revert(0, 1000000)
        }
    }
}

/// @notice Delivers another message while one is being delivered.
contract Nester {
    bytes private _inner;
    bool public succeeded;

    function set(bytes calldata inner) external {
        _inner = inner;
    }

    fallback() external payable {
        (succeeded, ) = msg.sender.call(_inner);
    }
}

contract CrossDomainMessengerTest is TwoLayers {
    event RelayedMessage(bytes32 indexed msgHash);

    function _relay(
        uint256 nonce,
        address sender,
        address target,
        uint256 value,
        uint256 minGas,
        bytes memory message
    ) private pure returns (bytes memory) {
        return abi.encodeCall(CrossDomainMessenger.relayMessage, (nonce, sender, target, value, minGas, message));
    }

    function _nonce(uint256 n) private pure returns (uint256) {
        return (uint256(1) << 240) | n;
    }

    function test_a_message_carries_sender_value_and_data_to_L2() public {
        Probe probe = new Probe();
        vm.prank(alice, alice);
        l1Messenger.sendMessage{value: 3 ether}(address(probe), hex"c0ffee", 100_000);
        bytes memory data = _lastDeposit();
        assertEq(
            data,
            _relay(_nonce(0), alice, address(probe), 3 ether, 100_000, hex"c0ffee"),
            "the deposit is the call of the other messenger"
        );
        assertTrue(_deliverDeposit(), "delivery");
        assertEq(probe.sender(), alice, "sender");
        assertEq(address(probe).balance, 3 ether, "value");
        assertTrue(l2Messenger.successfulMessages(keccak256(data)), "recorded by version 1 hash");
        assertFalse(l2Messenger.failedMessages(keccak256(data)), "not failed");
    }

    function test_a_message_carries_sender_value_and_data_to_L1() public {
        Probe probe = new Probe();
        vm.deal(address(portal), 3 ether);
        vm.prank(alice, alice);
        l2Messenger.sendMessage{value: 3 ether}(address(probe), hex"c0ffee", 100_000);
        assertTrue(_deliverWithdrawal(), "delivery");
        assertEq(probe.sender(), alice, "sender");
        assertEq(address(probe).balance, 3 ether, "value");
        assertTrue(l1Messenger.successfulMessages(keccak256(withdrawals[0].data)), "recorded");
    }

    function test_the_real_senders_address_is_hidden_outside_a_delivery() public {
        vm.expectRevert(CrossDomainMessenger.CrossDomainMessenger_NoMessage.selector);
        l1Messenger.xDomainMessageSender();
    }

    function test_two_equal_messages_are_two_messages() public {
        Probe probe = new Probe();
        vm.startPrank(alice, alice);
        l1Messenger.sendMessage(address(probe), hex"01", 50_000);
        l1Messenger.sendMessage(address(probe), hex"01", 50_000);
        vm.stopPrank();
        assertTrue(keccak256(portal.deposit(0).data) != keccak256(portal.deposit(1).data), "hashes differ");
        assertTrue(_deliverDeposit(0) && _deliverDeposit(1), "both arrive");
        assertEq(probe.calls(), 2, "calls");
        assertEq(l1Messenger.messageNonce(), _nonce(2), "next nonce");
    }

    function testFuzz_nonces_are_unique_and_versioned(uint8 count) public {
        count = uint8(bound(count, 1, 20));
        for (uint256 i; i < count; ++i) {
            assertEq(l2Messenger.messageNonce(), _nonce(i), "nonce");
            l2Messenger.sendMessage(bob, "", 0);
        }
    }

    function test_nobody_but_the_other_messenger_delivers_first() public {
        bytes memory data = _relay(_nonce(0), alice, bob, 0, 0, "");
        vm.expectRevert(
            abi.encodeWithSelector(CrossDomainMessenger.CrossDomainMessenger_NotReplayable.selector, keccak256(data))
        );
        vm.prank(bob);
        l2Messenger.relayMessage(_nonce(0), alice, bob, 0, 0, "");
        // Neither does the unaliased address of the L1 messenger, nor a withdrawal of somebody else.
        vm.expectPartialRevert(CrossDomainMessenger.CrossDomainMessenger_NotReplayable.selector);
        vm.prank(address(l1Messenger));
        l2Messenger.relayMessage(_nonce(0), alice, bob, 0, 0, "");
        assertFalse(portal.finalize(alice, address(l1Messenger), 0, 300_000, data), "a withdrawal by alice");
    }

    function test_a_delivered_message_is_never_delivered_again() public {
        Probe probe = new Probe();
        vm.prank(alice, alice);
        l1Messenger.sendMessage(address(probe), "", 100_000);
        assertTrue(_deliverDeposit(), "delivery");
        assertFalse(_replay(address(l2Messenger), _lastDeposit()), "replay");
        assertEq(probe.calls(), 1, "calls");
    }

    function test_a_failed_message_keeps_its_ether_and_is_replayed_once() public {
        Moody moody = new Moody();
        moody.setRefuses(true);
        vm.prank(alice, alice);
        l1Messenger.sendMessage{value: 1 ether}(address(moody), "", 50_000);
        bytes memory data = _lastDeposit();
        assertTrue(_deliverDeposit(), "the deposit itself does not fail");
        assertTrue(l2Messenger.failedMessages(keccak256(data)), "recorded");
        assertEq(address(l2Messenger).balance, 1 ether, "kept");

        assertFalse(_replay(address(l2Messenger), data), "a replay that fails again reverts");
        assertTrue(l2Messenger.failedMessages(keccak256(data)), "still recorded");
        assertEq(address(l2Messenger).balance, 1 ether, "still kept");
        moody.setRefuses(false);
        vm.expectEmit(address(l2Messenger));
        emit RelayedMessage(keccak256(data));
        assertTrue(_replay(address(l2Messenger), data), "replay");
        assertEq(address(moody).balance, 1 ether, "arrived");
        assertFalse(_replay(address(l2Messenger), data), "second replay");
        assertEq(address(l2Messenger).balance, 0, "nothing left");
    }

    function test_a_replay_brings_no_ether() public {
        Moody moody = new Moody();
        moody.setRefuses(true);
        vm.prank(alice, alice);
        l1Messenger.sendMessage{value: 1 ether}(address(moody), "", 50_000);
        _deliverDeposit();
        vm.deal(bob, 1 ether);
        vm.expectRevert(
            abi.encodeWithSelector(CrossDomainMessenger.CrossDomainMessenger_WrongValue.selector, 1 ether, 0)
        );
        vm.prank(bob);
        l2Messenger.relayMessage{value: 1 ether}(_nonce(0), alice, address(moody), 1 ether, 50_000, "");
    }

    function test_a_target_that_burns_all_gas_leaves_the_message_replayable() public {
        Furnace furnace = new Furnace();
        vm.prank(alice, alice);
        l1Messenger.sendMessage(address(furnace), hex"01", 100_000);
        bytes memory data = _lastDeposit();
        assertTrue(_deliverDeposit(), "the deposit has gas left to record it");
        assertTrue(l2Messenger.failedMessages(keccak256(data)), "failed");
        furnace.turnOff();
        assertTrue(_replay(address(l2Messenger), data), "replay");
        assertEq(furnace.calls(), 1, "calls");
    }

    function test_a_target_cannot_make_the_messenger_pay_for_return_data() public {
        Bomb bomb = new Bomb();
        vm.prank(alice, alice);
        l1Messenger.sendMessage(address(bomb), "", 3_000_000);
        assertTrue(_deliverDeposit(), "the deposit has gas left to record it");
        assertTrue(l2Messenger.failedMessages(keccak256(_lastDeposit())), "failed");
    }

    function testFuzz_the_gas_that_is_bought_reaches_the_target(uint32 minGas, uint16 size, bool toL1) public {
        minGas = uint32(bound(minGas, 100_000, 5_000_000));
        Probe probe = new Probe();
        bytes memory message = new bytes(bound(size, 0, 20_000));
        for (uint256 i; i < message.length; i += 3) message[i] = 0x11;
        vm.prank(alice, alice);
        if (toL1) {
            l2Messenger.sendMessage(address(probe), message, minGas);
            _collect();
            // The portal checks that the gas limit of the withdrawal is there; we give no more than it.
            uint256 outer = (withdrawals[0].gasLimit * 64) / 63 + 150_000;
            vm.prank(bob, bob);
            this.finalizeWithGas(0, outer);
        } else {
            l1Messenger.sendMessage(address(probe), message, minGas);
            assertTrue(_deliverDeposit(), "delivery");
        }
        assertEq(probe.calls(), 1, "called");
        // 100 gas from the start of the call to the reading.
        assertGe(probe.gasSeen() + 100, minGas, "gas");
    }

    function finalizeWithGas(uint256 index, uint256 gas) external {
        Withdrawal memory it = withdrawals[index];
        portal.finalize{gas: gas}(it.sender, it.target, it.value, it.gasLimit, it.data);
    }

    function test_a_replay_with_any_gas_calls_the_target_with_the_promised_gas_or_not_at_all() public {
        uint32 minGas = 300_000;
        uint256 called;
        for (uint256 gas = 40_000; gas < 600_000; gas += 7_001) {
            Probe probe = new Probe();
            vm.prank(alice, alice);
            l1Messenger.sendMessage(address(probe), hex"aabb", minGas);
            bytes memory data = _lastDeposit();
            _deliverDepositWithGas(portal.count() - 1, 110_000);
            assertTrue(l2Messenger.failedMessages(keccak256(data)), "failed for want of gas");
            (bool success, ) = address(l2Messenger).call{gas: gas}(data);
            // Whoever looks for the least gas with which a replay succeeds finds what delivers it.
            assertEq(probe.calls(), success ? 1 : 0, "succeeds when it delivers");
            if (!success) continue;
            ++called;
            // 100 gas from the start of the call to the reading.
            assertGe(probe.gasSeen() + 100, minGas, "gas");
        }
        assertTrue(called > 10 && called < 40, "both happen");
    }

    /// @dev A call of its own, so that the memory of one does not add to that of the next.
    function replayLongMessage(uint32 minGas, uint256 gas) external returns (bool called) {
        Probe probe = new Probe();
        vm.prank(alice, alice);
        l1Messenger.sendMessage(address(probe), new bytes(100_000), minGas);
        bytes memory data = _lastDeposit();
        _deliverDepositWithGas(portal.count() - 1, 280_000);
        assertTrue(l2Messenger.failedMessages(keccak256(data)), "failed for want of gas");
        assertEq(probe.calls(), 0, "the target was not touched");
        (bool success, ) = address(l2Messenger).call{gas: gas}(data);
        assertEq(probe.calls(), success ? 1 : 0, "succeeds when it delivers");
        if (!success) return false;
        // 100 gas from the start of the call to the reading.
        assertGe(probe.gasSeen() + 100, minGas, "gas");
        return true;
    }

    function test_a_replay_of_a_long_message_calls_the_target_with_the_promised_gas_or_not_at_all() public {
        uint256 called;
        for (uint256 gas = 250_000; gas < 550_000; gas += 7_001) if (this.replayLongMessage(100_000, gas)) ++called;
        assertTrue(called > 10 && called < 40, "both happen");
    }

    /// forge-config: default.fuzz.runs = 512
    function testFuzz_who_gives_too_little_gas_cannot_make_the_target_fail(uint32 gas, uint32 minGas) public {
        minGas = uint32(bound(minGas, 50_000, 1_000_000));
        gas = uint32(bound(gas, 30_000, 2_000_000));
        Probe probe = new Probe();
        vm.prank(alice, alice);
        l1Messenger.sendMessage(address(probe), hex"aabb", minGas);
        bytes memory data = _lastDeposit();
        // The first delivery fails for want of gas: it gets next to nothing beyond the bookkeeping.
        _deliverDepositWithGas(0, 110_000);
        assertTrue(l2Messenger.failedMessages(keccak256(data)), "failed");
        assertEq(probe.calls(), 0, "the target was not touched");
        // Anyone replays with any gas: either the target gets what it was promised, or it is not called at all.
        (bool success, ) = address(l2Messenger).call{gas: gas}(data);
        if (probe.calls() == 1) {
            assertGe(probe.gasSeen() + 100, minGas, "gas");
            assertTrue(success && l2Messenger.successfulMessages(keccak256(data)), "delivered");
        } else {
            assertFalse(l2Messenger.successfulMessages(keccak256(data)), "not delivered");
            assertTrue(_replay(address(l2Messenger), data), "replay with plenty of gas");
            assertEq(probe.calls(), 1, "called once");
        }
    }

    function test_one_message_cannot_deliver_another_from_within() public {
        Probe probe = new Probe();
        Nester nester = new Nester();
        vm.startPrank(alice, alice);
        l1Messenger.sendMessage(address(probe), "", 100_000);
        l1Messenger.sendMessage(address(nester), "", 1_000_000);
        vm.stopPrank();
        bytes memory inner = portal.deposit(0).data;
        _deliverDepositWithGas(0, 110_000);
        nester.set(inner);
        assertTrue(_deliverDeposit(1), "outer");
        assertFalse(nester.succeeded(), "the inner delivery reverts, and stays recorded as failed");
        assertEq(probe.calls(), 0, "not called");
        assertFalse(l2Messenger.successfulMessages(keccak256(inner)), "inner");
        assertTrue(l2Messenger.successfulMessages(keccak256(portal.deposit(1).data)), "outer");
        assertTrue(_replay(address(l2Messenger), inner), "afterwards it can be delivered");
        assertEq(probe.calls(), 1, "once");
    }

    function test_a_message_that_delivers_itself_runs_once() public {
        Nester nester = new Nester();
        vm.prank(alice, alice);
        l1Messenger.sendMessage{value: 1 ether}(address(nester), "", 1_000_000);
        _deliverDepositWithGas(0, 110_000);
        vm.deal(address(l2Messenger), 5 ether);
        nester.set(_lastDeposit());
        assertTrue(_replay(address(l2Messenger), _lastDeposit()), "replay");
        assertEq(address(nester).balance, 1 ether, "paid once");
        assertTrue(l2Messenger.successfulMessages(keccak256(_lastDeposit())), "delivered");
    }

    function _refuse(address target) private {
        vm.expectRevert(
            abi.encodeWithSelector(CrossDomainMessenger.CrossDomainMessenger_UnsafeTarget.selector, target)
        );
        vm.prank(alice, alice);
    }

    function test_messages_cannot_call_what_trusts_the_messenger() public {
        address[2] memory l1Targets = [address(portal), address(l1Messenger)];
        address[2] memory l2Targets = [address(passer), address(l2Messenger)];
        for (uint256 i; i < 2; ++i) {
            _refuse(l2Targets[i]);
            l1Messenger.sendMessage(l2Targets[i], "", 100_000);
            _refuse(l1Targets[i]);
            l2Messenger.sendMessage(l1Targets[i], "", 100_000);
            // Nor would the other side call them.
            bytes memory toL1 = _relay(uint256(1) << 240, alice, l1Targets[i], 0, 0, "");
            assertFalse(portal.finalize(address(l2Messenger), address(l1Messenger), 0, 300_000, toL1), "to L1");
            bytes memory toL2 = _relay(uint256(1) << 240, alice, l2Targets[i], 0, 0, "");
            address otherMessenger = AddressAliasHelper.applyL1ToL2Alias(address(l1Messenger));
            vm.prank(otherMessenger, otherMessenger);
            (bool success, ) = address(l2Messenger).call(toL2);
            assertFalse(success, "to L2");
            assertFalse(l2Messenger.failedMessages(keccak256(toL2)), "never replayable");
        }
    }

    function test_only_version_1_of_the_format_is_accepted() public {
        for (uint256 version; version < 3; version += 2) {
            bytes memory data = _relay(version << 240, alice, bob, 0, 0, "");
            assertFalse(portal.finalize(address(l2Messenger), address(l1Messenger), 0, 300_000, data), "other version");
        }
    }

    function test_a_pause_delays_a_message_and_never_loses_it() public {
        vm.deal(address(portal), 1 ether);
        vm.prank(alice, alice);
        l2Messenger.sendMessage{value: 1 ether}(bob, "", 100_000);
        pause.set(true);
        assertTrue(_deliverWithdrawal(), "even if a portal were not paused");
        assertEq(address(l1Messenger).balance, 1 ether, "kept");
        assertFalse(_replay(address(l1Messenger), withdrawals[0].data), "paused");
        pause.set(false);
        assertTrue(_replay(address(l1Messenger), withdrawals[0].data), "afterwards");
        assertEq(bob.balance, 1 ether, "arrived");
    }

    function test_sending_is_never_paused() public {
        pause.set(true);
        vm.prank(alice, alice);
        l1Messenger.sendMessage{value: 1 ether}(bob, "", 100_000);
        assertTrue(_deliverDeposit(), "delivery");
        assertEq(bob.balance, 1 ether, "arrived");
    }

    function test_an_estimation_of_gas_sees_the_failure() public {
        Moody moody = new Moody();
        moody.setRefuses(true);
        vm.prank(alice, alice);
        l1Messenger.sendMessage(address(moody), "", 50_000);
        TestPortal.Deposit memory d = portal.deposit(0);
        vm.prank(d.from, address(1));
        (bool success, bytes memory reason) = d.to.call(d.data);
        assertFalse(success, "estimation");
        assertEq(
            reason,
            abi.encodeWithSelector(CrossDomainMessenger.CrossDomainMessenger_EstimationFailed.selector),
            "reason"
        );
    }

    function test_the_L1_messenger_is_initialised_once() public {
        vm.expectRevert();
        l1Messenger.initialize(ISystemConfig(alice), IOptimismPortal(alice));
    }
}
