// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IRightsHouse} from "../src-sol/interfaces/IRightsHouse.sol";
import {ITimelock} from "../src-sol/interfaces/ITimelock.sol";
import {Modules} from "../src-sol/Modules.sol";
import {Timelock} from "../src-sol/Timelock.sol";
import {House} from "./House.sol";

/// @notice A module of which governance sets a number.
contract Dial {
    address private immutable governance;
    uint256 public value;

    error NotGovernance();

    constructor(address governance_) {
        governance = governance_;
    }

    function set(uint256 value_) external {
        if (msg.sender != governance) revert NotGovernance();
        value = value_;
    }
}

contract TimelockTest is House {
    Dial private licences;
    Dial private paymaster;
    bytes private change = abi.encodeCall(Dial.set, (7));
    bytes32 private id;
    uint256 private start;

    function _place() internal override {
        licences = new Dial(address(timelock));
        paymaster = new Dial(address(timelock));
        modules.place(LICENCES, address(licences));
        modules.place(PAYMASTER, address(paymaster));
    }

    function setUp() public override {
        super.setUp();
        _join(100, 12);
    }

    function _schedule(address target, bytes memory data, bytes32 salt) private {
        start = block.timestamp;
        id = timelock.hashOperation(target, 0, data, 0, salt);
        timelock.schedule(target, 0, data, 0, salt, 5 days);
    }

    function _object(uint256 from, uint256 to) private {
        for (uint256 i = from; i < to; i++) {
            vm.prank(_member(i));
            house.object(id);
        }
    }

    function _notReady() private {
        vm.expectRevert(
            abi.encodeWithSelector(
                TimelockController.TimelockUnexpectedOperationState.selector,
                id,
                bytes32(1 << uint8(TimelockController.OperationState.Ready))
            )
        );
    }

    function test_twoOfAHundredExtendTheDelayTo45Days() public {
        _schedule(address(licences), change, 0);
        _object(0, 1);
        assertEq(timelock.getTimestamp(id), start + 5 days, "one is too few");
        vm.expectEmit(address(house));
        emit IRightsHouse.Objected(id, _member(1), 2, 100);
        vm.expectEmit(address(house));
        emit IRightsHouse.Extended(id);
        _object(1, 2);
        assertEq(timelock.getTimestamp(id), start + 45 days, "two extend");
        vm.warp(start + 45 days - 1);
        _notReady();
        timelock.execute(address(licences), 0, change, 0, 0);
        vm.warp(start + 45 days);
        timelock.execute(address(licences), 0, change, 0, 0);
        assertEq(licences.value(), 7, "carried out then");
    }

    function test_tenOfAHundredBlockUntilExitsAreDone() public {
        _schedule(address(licences), change, 0);
        _object(0, 9);
        vm.warp(start + 44 days);
        assertFalse(timelock.isBlocked(id), "nine only delay");
        vm.expectRevert(abi.encodeWithSelector(ITimelock.Timelock_NotBlocked.selector, id));
        timelock.dismiss(id);
        _object(9, 10);
        uint256 blockedAt = block.timestamp;
        assertTrue(timelock.isBlocked(id), "ten block");
        vm.warp(blockedAt + 1_000 days);
        _notReady();
        timelock.execute(address(licences), 0, change, 0, 0);
        vm.warp(blockedAt + 90 days - 1);
        bytes32 calls = keccak256(abi.encode(address(licences), 0, change));
        vm.expectRevert(abi.encodeWithSelector(ITimelock.Timelock_ExitsRun.selector, calls, blockedAt + 90 days));
        timelock.schedule(address(licences), 0, change, 0, "again", 5 days);
        timelock.dismiss(id);
        assertFalse(timelock.isOperation(id), "anyone clears it away");
        vm.warp(blockedAt + 90 days);
        _schedule(address(licences), change, "again");
        _object(0, 50);
        assertFalse(timelock.isBlocked(id), "not blocked twice");
        assertEq(timelock.getTimestamp(id), start + 45 days, "but delayed");
        vm.warp(start + 45 days);
        timelock.execute(address(licences), 0, change, 0, "again");
        _schedule(address(licences), change, "third");
        _object(0, 10);
        assertTrue(timelock.isBlocked(id), "the next one can be blocked again");
        vm.warp(block.timestamp + 90 days + 180 days);
        _join(40, 12);
        _schedule(address(licences), change, "fourth");
        _object(0, 40);
        assertTrue(timelock.isBlocked(id), "also one that comes too long after the exits");
    }

    function test_onlyMembersOfBeforeTheScheduleObjectOnce() public {
        _anchorConsent(_member(200));
        vm.warp(block.timestamp + 30 days);
        _schedule(address(licences), change, 0);
        _issue(_member(200), 1, _lastEpoch());
        vm.prank(_member(200));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_NotMember.selector, _member(200), start - 1));
        house.object(id);
        vm.prank(ISSUER);
        house.revoke(_member(0));
        _object(0, 2);
        assertEq(timelock.getTimestamp(id), start + 45 days, "who was revoked after it was scheduled counts");
        vm.prank(_member(1));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_Twice.selector, _member(1)));
        house.object(id);
        vm.warp(start + 45 days);
        vm.prank(_member(2));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_NotObjectable.selector, id));
        house.object(id);
        (uint256 objectors, uint256 members) = house.objectionsTo(id, uint64(start));
        assertTrue(objectors == 2 && members == 100, "two of a hundred");
    }

    function test_whatIsScheduledAnewStartsWithoutObjections() public {
        _schedule(address(licences), change, 0);
        _object(0, 5);
        timelock.cancel(id);
        vm.warp(block.timestamp + 1);
        _schedule(address(licences), change, 0);
        assertEq(timelock.getTimestamp(id), start + 5 days, "as new");
        vm.warp(start + 5 days);
        timelock.execute(address(licences), 0, change, 0, 0);
        assertTrue(timelock.isOperationDone(id), "done");
    }

    function test_otherTargetsCannotBeDelayed() public {
        bytes memory data = change;
        _schedule(address(paymaster), data, 0);
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_NotObjectable.selector, id));
        house.object(id);
        vm.warp(start + 5 days);
        timelock.execute(address(paymaster), 0, data, 0, 0);
        assertEq(paymaster.value(), 7, "on time");
        assertFalse(timelock.isGuardedCall(address(council), ""), "the council");
        assertFalse(timelock.isGuardedCall(address(timelock), ""), "the timelock");
        assertFalse(
            timelock.isGuardedCall(address(modules), abi.encodeCall(Modules.place, (PAYMASTER, address(paymaster)))),
            "the place of the paymaster"
        );
        assertTrue(timelock.isGuardedCall(address(house), ""), "the house itself");
    }

    function test_aVetoStopsARoyaltyChangeAndNoPauseOfTheCouncil() public {
        _schedule(address(licences), change, 0);
        _object(0, 10);
        for (uint256 i = 0; i < 6; i++) {
            vm.prank(address(uint160(0x1000 + i)));
            council.pause(LICENCES);
        }
        assertTrue(council.isPaused(LICENCES), "at once");
        assertTrue(timelock.isBlocked(id), "while the change is blocked");
    }

    function test_oneGuardedCallGuardsTheBatch() public {
        (address[] memory targets, uint256[] memory values) = (new address[](2), new uint256[](2));
        bytes[] memory payloads = new bytes[](2);
        (targets[0], targets[1]) = (address(paymaster), address(licences));
        (payloads[0], payloads[1]) = (change, change);
        timelock.scheduleBatch(targets, values, payloads, 0, 0, 5 days);
        (id, start) = (timelock.hashOperationBatch(targets, values, payloads, 0, 0), block.timestamp);
        _object(0, 2);
        vm.warp(start + 5 days);
        _notReady();
        timelock.executeBatch(targets, values, payloads, 0, 0);
        vm.warp(start + 45 days);
        timelock.executeBatch(targets, values, payloads, 0, 0);
        assertEq(paymaster.value() + licences.value(), 14, "both");
    }

    function test_aModuleThatIsReplacedStaysGuarded() public {
        Dial next = new Dial(address(timelock));
        // Scheduled while its target is no module yet: nobody could object.
        timelock.schedule(address(next), 0, change, 0, 0, 5 days);
        bytes32 early = timelock.hashOperation(address(next), 0, change, 0, 0);
        bytes memory place = abi.encodeCall(Modules.place, (LICENCES, address(next)));
        _schedule(address(modules), place, 0);
        (uint64 scheduledAt, bool isRepeated, ) = timelock.guardOf(id);
        assertTrue(scheduledAt == start && !isRepeated, "placing a guarded module is guarded");
        vm.warp(start + 5 days);
        timelock.execute(address(modules), 0, place, 0, 0);
        assertTrue(timelock.isGuardedCall(address(licences), ""), "the old one");
        assertTrue(timelock.isGuardedCall(address(next), ""), "the new one");
        vm.expectRevert(abi.encodeWithSelector(ITimelock.Timelock_GuardedSince.selector, early));
        timelock.execute(address(next), 0, change, 0, 0);
        timelock.cancel(early);
        timelock.schedule(address(next), 0, change, 0, 0, 5 days);
        vm.warp(block.timestamp + 5 days);
        timelock.execute(address(next), 0, change, 0, 0);
        assertEq(next.value(), 7, "scheduled anew");
    }

    function test_keysAreAddedAndNeverTakenOff() public {
        vm.expectRevert(
            abi.encodeWithSelector(ITimelock.Timelock_Unauthorized.selector, address(this), address(timelock))
        );
        timelock.guardKey(PAYMASTER);
        _governed(address(timelock), abi.encodeCall(timelock.guardKey, (PAYMASTER)));
        assertTrue(timelock.isGuardedCall(address(paymaster), ""), "guarded");
        vm.prank(address(timelock));
        timelock.guardKey(PAYMASTER);
        for (uint256 i = 14; i < 32; i++) {
            vm.prank(address(timelock));
            timelock.guardKey(bytes32(i));
        }
        vm.prank(address(timelock));
        vm.expectRevert(abi.encodeWithSelector(ITimelock.Timelock_TooManyKeys.selector, 32));
        timelock.guardKey("one more");
        uint256 before = gasleft();
        timelock.isGuardedCall(address(this), "");
        assertLe(before - gasleft(), 400_000, "32 keys are looked up");
    }

    function test_theDelayHasBounds() public {
        bytes memory data = abi.encodeCall(timelock.updateDelay, (5 days - 1));
        timelock.schedule(address(timelock), 0, data, 0, 0, 5 days);
        vm.warp(block.timestamp + 5 days);
        bytes memory reason = abi.encodeWithSelector(
            ITimelock.Timelock_DelayOutOfBounds.selector,
            5 days - 1,
            5 days,
            30 days
        );
        vm.expectRevert(reason);
        timelock.execute(address(timelock), 0, data, 0, 0);
        _governed(address(timelock), abi.encodeCall(timelock.updateDelay, (6 days)));
        assertEq(timelock.getMinDelay(), 6 days, "within them");
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, address(this)));
        timelock.updateDelay(7 days);
    }

    function test_theDirectoryIsNamedOnceAndByTheDeployer() public {
        vm.expectRevert(abi.encodeWithSelector(ITimelock.Timelock_BadModules.selector, modules));
        timelock.setModules(modules);
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(ITimelock.Timelock_Unauthorized.selector, ISSUER, address(this)));
        timelock.setModules(modules);
        Timelock other = new Timelock(address(this));
        vm.expectRevert(abi.encodeWithSelector(ITimelock.Timelock_BadModules.selector, modules));
        other.setModules(modules);
        other.grantRole(other.PROPOSER_ROLE(), address(this));
        vm.expectRevert(ITimelock.Timelock_NoModules.selector);
        other.schedule(address(this), 0, "", 0, 0, 5 days);
    }
}
