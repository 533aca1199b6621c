// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Arming, IRightsTrigger, Predicate, TriggerStatus} from "../src-sol/interfaces/IRightsTrigger.sol";
import {RightsBox} from "../src-sol/RightsBox.sol";
import {RightsTrigger} from "../src-sol/RightsTrigger.sol";
import {AIRASetup} from "./AIRASetup.sol";
import {StandinGovernor} from "./standins/aira/StandinGovernor.sol";
import {StandinLicences} from "./standins/aira/StandinLicences.sol";

/// @notice Takes no ERC-721 by `safeTransferFrom`, and has no function at all.
contract Mute {}

contract RightsTriggerTest is AIRASetup {
    RightsTrigger private triggers;
    StandinLicences private licences;
    StandinGovernor private governor;
    uint64 private until;

    function setUp() public override {
        super.setUp();
        (licences, governor) = (new StandinLicences(), new StandinGovernor());
        modules.place(keccak256("Licences"), address(licences));
        modules.place(keccak256("Governor"), address(governor));
        triggers = new RightsTrigger(modules);
        until = uint64(block.timestamp + 365 days);
        vm.startPrank(OWNER);
        works.setApprovalForAll(address(triggers), true);
        licences.setApprovalForAll(address(triggers), true);
        vm.stopPrank();
    }

    function _revenue(uint256 threshold) private view returns (Arming memory) {
        return Arming(IERC721(address(works)), work, BOB, Predicate.Revenue, work, gold, threshold, until);
    }

    function _time(uint256 threshold) private view returns (Arming memory) {
        return Arming(IERC721(address(works)), work, BOB, Predicate.Time, 0, IERC20(address(0)), threshold, until);
    }

    function _vote(uint256 proposal) private view returns (Arming memory) {
        return Arming(IERC721(address(works)), work, BOB, Predicate.Vote, proposal, IERC20(address(0)), 0, until);
    }

    function _arm(Arming memory arming) private returns (uint256) {
        vm.prank(OWNER);
        return triggers.arm(arming);
    }

    function _refused(Arming memory arming, bytes memory reason) private {
        vm.prank(OWNER);
        vm.expectRevert(reason);
        triggers.arm(arming);
    }

    function _earn(uint256 amount) private {
        gold.mint(address(this), amount);
        gold.approve(address(vaults), amount);
        vaults.pay(work, gold, amount);
    }

    function test_revenueHandsAWorkOverOnce() public {
        uint256 id = _arm(_revenue(100));
        assertEq(works.ownerOf(work), triggers.triggerOf(id).box, "escrowed");
        assertEq(triggers.triggerOf(id).owner, OWNER, "by");
        _earn(99);
        vm.expectRevert(abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotYet.selector, id, 99, 100));
        triggers.fire(id);
        _earn(1);
        (bool holds, uint256 got, uint256 expected) = triggers.holds(id);
        assertTrue(holds && got == 100 && expected == 100, "holds");
        vm.prank(address(0x5151));
        triggers.fire(id);
        assertEq(works.ownerOf(work), BOB, "handed over");
        vm.expectRevert(
            abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotArmed.selector, id, TriggerStatus.Fired)
        );
        triggers.fire(id);
        vm.warp(until + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotArmed.selector, id, TriggerStatus.Fired)
        );
        triggers.giveBack(id);
    }

    function test_timeHandsALicenceOverToWhoCannotRefuse() public {
        licences.give(OWNER, 7);
        Arming memory arming = _time(block.timestamp + 10 days);
        (arming.collection, arming.right, arming.to) = (licences, 7, address(new Mute()));
        uint256 id = _arm(arming);
        _pass(10 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRightsTrigger.RightsTrigger_NotYet.selector,
                id,
                block.timestamp,
                block.timestamp + 1
            )
        );
        triggers.fire(id);
        _pass(1);
        triggers.fire(id);
        assertEq(licences.ownerOf(7), arming.to, "handed over");
    }

    function test_aVoteHandsOverAndTheGovernorOfThenIsAsked() public {
        governor.set(5, IGovernor.ProposalState.Active);
        uint256 id = _arm(_vote(5));
        vm.expectRevert(abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotYet.selector, id, 1, 7));
        triggers.fire(id);
        assertEq(triggers.triggerOf(id).governor, address(governor), "asked");
        governor.set(5, IGovernor.ProposalState.Executed);
        triggers.fire(id);
        assertEq(works.ownerOf(work), BOB, "handed over");
    }

    function test_whatNeverHappensGoesBack() public {
        uint256 id = _arm(_revenue(100));
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IRightsTrigger.RightsTrigger_Early.selector, "giveBack", until, until));
        triggers.giveBack(id);
        vm.warp(until + 1);
        // Too late, though it holds now.
        _earn(100);
        vm.expectRevert(abi.encodeWithSelector(IRightsTrigger.RightsTrigger_Late.selector, "fire", until + 1, until));
        triggers.fire(id);
        triggers.giveBack(id);
        assertEq(works.ownerOf(work), OWNER, "back");
        assertTrue(triggers.triggerOf(id).status == TriggerStatus.Returned, "over");
    }

    function test_whatItEarnsInEscrowIsTheArmersEachWorksApart() public {
        uint256 other = _register(ALICE);
        vm.prank(ALICE);
        works.setApprovalForAll(address(triggers), true);
        uint256 one = _arm(_revenue(100));
        Arming memory arming = _revenue(100);
        arming.right = other;
        vm.prank(ALICE);
        uint256 two = triggers.arm(arming);
        (address first, address second) = (triggers.triggerOf(one).box, triggers.triggerOf(two).box);
        gold.mint(address(this), 30);
        gold.approve(address(vaults), 30);
        vaults.owe(gold, first, 10);
        vaults.owe(gold, second, 20);
        assertEq(triggers.sweep(one, gold), 10, "the first");
        // Anyone may have made the vaults pay before.
        vaults.claim(gold, second);
        assertEq(triggers.sweep(two, gold), 20, "the second");
        assertEq(gold.balanceOf(OWNER), 10, "to who armed it");
        assertEq(gold.balanceOf(ALICE), 20, "to who armed it");
        assertEq(triggers.sweep(two, gold), 0, "once");
        vm.expectRevert(abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotArmed.selector, 3, TriggerStatus.None));
        triggers.sweep(3, gold);
        RightsBox box = RightsBox(first);
        bytes memory refused = abi.encodeWithSelector(
            RightsBox.RightsBox_Unauthorized.selector,
            address(this),
            address(triggers)
        );
        vm.expectRevert(refused);
        box.give(IERC721(address(works)), work, address(this));
        vm.expectRevert(refused);
        box.empty(gold, address(this));
    }

    function test_whatCouldNeverFireOrIsNoRightIsRefused() public {
        Arming memory arming = _revenue(100);
        arming.collection = IERC721(address(models));
        _refused(arming, abi.encodeWithSelector(IRightsTrigger.RightsTrigger_BadCollection.selector, models));
        arming = _revenue(100);
        arming.to = address(0);
        _refused(arming, abi.encodeWithSelector(IRightsTrigger.RightsTrigger_Zero.selector, "to"));
        arming = _revenue(100);
        arming.until = uint64(block.timestamp);
        _refused(
            arming,
            abi.encodeWithSelector(
                IRightsTrigger.RightsTrigger_Early.selector,
                "until",
                block.timestamp,
                block.timestamp
            )
        );
        _refused(_revenue(0), abi.encodeWithSelector(IRightsTrigger.RightsTrigger_Zero.selector, "threshold"));
        arming = _revenue(100);
        arming.token = IERC20(address(0));
        _refused(arming, abi.encodeWithSelector(IRightsTrigger.RightsTrigger_Zero.selector, "token"));
        arming = _revenue(100);
        arming.subject = 9;
        _refused(arming, abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        _refused(
            _time(uint256(until) + 1),
            abi.encodeWithSelector(IRightsTrigger.RightsTrigger_Late.selector, "threshold", uint256(until) + 1, until)
        );
        arming = _time(until);
        arming.subject = 1;
        _refused(arming, abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotZero.selector, "subject"));
        arming = _time(until);
        arming.token = gold;
        _refused(arming, abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotZero.selector, "token"));
        _refused(_vote(6), abi.encodeWithSelector(IGovernor.GovernorNonexistentProposal.selector, 6));
        arming = _vote(5);
        arming.threshold = 1;
        _refused(arming, abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotZero.selector, "threshold"));
        council.pause(keccak256("RightsTrigger"), true);
        _refused(_revenue(100), abi.encodeWithSelector(IRightsTrigger.RightsTrigger_Paused.selector));
    }

    function test_onlyTheOwnerArmsAndAPauseStopsNothingElse() public {
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721IncorrectOwner.selector, BOB, work, OWNER));
        triggers.arm(_revenue(100));
        uint256 id = _arm(_revenue(100));
        council.pause(keccak256("RightsTrigger"), true);
        _earn(100);
        triggers.fire(id);
        assertEq(works.ownerOf(work), BOB, "handed over");
        vm.expectRevert(abi.encodeWithSelector(IRightsTrigger.RightsTrigger_NotArmed.selector, 9, TriggerStatus.None));
        triggers.holds(9);
    }

    function testFuzz_eachTriggerEndsOnce(uint64 length, uint64 after_, uint256 earned) public {
        until = uint64(block.timestamp + bound(length, 1, 1_000 days));
        uint256 id = _arm(_revenue(100));
        _pass(bound(after_, 0, 2_000 days));
        _earn(bound(earned, 1, 200));
        bool late = block.timestamp > until;
        bool holds = vaults.paidIn(work, gold) >= 100;
        try triggers.fire(id) {
            assertTrue(holds && !late, "fired in time");
            assertEq(works.ownerOf(work), BOB, "to whom it was for");
        } catch {
            assertTrue(!holds || late, "not fired");
        }
        try triggers.giveBack(id) {
            assertTrue(late, "back when it is late");
            assertEq(works.ownerOf(work), OWNER, "to who armed it");
        } catch {
            assertTrue(!late, "not back");
        }
    }
}
