// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {ICouncil} from "../src-sol/interfaces/ICouncil.sol";
import {IModules} from "../src-sol/interfaces/IModules.sol";
import {Council} from "../src-sol/Council.sol";
import {Modules} from "../src-sol/Modules.sol";

contract CouncilTest is Test {
    bytes32 private constant LICENCES = keccak256("Licences");
    address private constant GOVERNANCE = address(0x90);

    Modules private modules;
    Council private council;

    function setUp() public {
        modules = new Modules(GOVERNANCE, new bytes32[](0));
        modules.place(LICENCES, address(this));
        (address[] memory members, bool[] memory isExternal) = _members(8, 4);
        council = new Council(modules, members, isExternal);
    }

    function _member(uint256 i) private pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    function _members(uint256 length, uint256 external_) private pure returns (address[] memory m, bool[] memory e) {
        (m, e) = (new address[](length), new bool[](length));
        for (uint256 i = 0; i < length; i++) (m[i], e[i]) = (_member(i), i < external_);
    }

    function _pause(uint256 from, uint256 to) private {
        for (uint256 i = from; i < to; i++) {
            vm.prank(_member(i));
            council.pause(LICENCES);
        }
    }

    function _refusedMembers(address[] memory m, bool[] memory e, bytes memory reason) private {
        vm.prank(GOVERNANCE);
        vm.expectRevert(reason);
        council.setMembers(m, e);
    }

    function test_sixOfEightPauseForFourteenDays() public {
        _pause(0, 5);
        assertFalse(council.isPaused(LICENCES), "five are too few");
        vm.expectEmit(address(council));
        emit ICouncil.Confirmed(LICENCES, true, _member(5), 6, 6);
        vm.expectEmit(address(council));
        emit ICouncil.Paused(LICENCES, block.timestamp + 14 days);
        _pause(5, 6);
        assertTrue(council.isPaused(LICENCES), "paused");
        assertFalse(council.isPaused(keccak256("IPRegistry")), "nothing else is");
        vm.warp(block.timestamp + 14 days - 1);
        assertTrue(council.isPaused(LICENCES), "to the last second");
        vm.warp(block.timestamp + 1);
        assertFalse(council.isPaused(LICENCES), "over by itself");
    }

    function test_aModuleIsPausedOnceInNinetyDays() public {
        uint256 start = block.timestamp;
        _pause(0, 6);
        vm.warp(start + 90 days - 1);
        vm.prank(_member(7));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_TooSoon.selector, LICENCES, start + 90 days));
        council.pause(LICENCES);
        vm.warp(start + 90 days);
        _pause(0, 6);
        assertTrue(council.isPaused(LICENCES), "and then anew, by as many again");
    }

    function test_confirmationsCountTogetherForSevenDays() public {
        _pause(0, 5);
        vm.warp(block.timestamp + 7 days);
        _pause(5, 8);
        assertFalse(council.isPaused(LICENCES), "the first five are too old");
        vm.prank(_member(7));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_Confirmed.selector, _member(7), LICENCES));
        council.pause(LICENCES);
        _pause(0, 3);
        assertTrue(council.isPaused(LICENCES), "six within a week");
    }

    function test_sixOfEightResume() public {
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_NotPaused.selector, LICENCES));
        council.resume(LICENCES);
        _pause(0, 6);
        for (uint256 i = 0; i < 6; i++) {
            assertTrue(council.isPaused(LICENCES), "not before the sixth");
            vm.prank(_member(i));
            council.resume(LICENCES);
        }
        assertFalse(council.isPaused(LICENCES), "resumed");
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_TooSoon.selector, LICENCES, block.timestamp + 90 days));
        council.pause(LICENCES);
    }

    function test_newMembersVoidWhatWasConfirmed() public {
        _pause(0, 5);
        (address[] memory m, bool[] memory e) = _members(9, 5);
        vm.prank(GOVERNANCE);
        council.setMembers(m, e);
        assertEq(council.needed(), 7, "75% of nine, rounded up");
        _pause(5, 9);
        assertFalse(council.isPaused(LICENCES), "four of the new ones");
        _pause(0, 3);
        assertTrue(council.isPaused(LICENCES), "seven of the new ones");
        (address[] memory got, bool[] memory external_) = council.council();
        assertEq(got.length, 9, "members");
        assertTrue(external_[4] && !external_[5], "who is external");
    }

    function test_theMembersAreBounded() public {
        (address[] memory m, bool[] memory e) = _members(7, 7);
        _refusedMembers(m, e, abi.encodeWithSelector(ICouncil.Council_Length.selector, 7, 8, 32));
        (m, e) = _members(33, 33);
        _refusedMembers(m, e, abi.encodeWithSelector(ICouncil.Council_Length.selector, 33, 8, 32));
        (m, e) = _members(9, 4);
        _refusedMembers(m, e, abi.encodeWithSelector(ICouncil.Council_TooFewExternal.selector, 4, 5));
        _refusedMembers(m, new bool[](8), abi.encodeWithSelector(ICouncil.Council_Length.selector, 8, 9, 9));
        (m, e) = _members(9, 9);
        m[8] = m[0];
        _refusedMembers(m, e, abi.encodeWithSelector(ICouncil.Council_BadMember.selector, m[0]));
        m[8] = address(0);
        _refusedMembers(m, e, abi.encodeWithSelector(ICouncil.Council_BadMember.selector, address(0)));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_Unauthorized.selector, address(this), GOVERNANCE));
        council.setMembers(m, e);
    }

    function testFuzz_nobodyElseConfirms(address caller, bytes32 key) public {
        vm.assume(uint160(caller) < 0x1000 || uint160(caller) >= 0x1008);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_Unauthorized.selector, caller, address(0)));
        council.pause(LICENCES);
        if (key == LICENCES) return;
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IModules.Modules_Missing.selector, key));
        council.pause(key);
    }
}
