// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Dispute, DisputeKind, IDisputeDesk, Panel, Stage} from "../src-sol/interfaces/IDisputeDesk.sol";
import {DisputeDesk} from "../src-sol/DisputeDesk.sol";
import {Desk} from "./Desk.sol";
import {DeskToken} from "./standins/DeskToken.sol";

contract DisputeDeskTest is Desk {
    function _refusedNotice(uint256[] memory parents, uint16[] memory shares, bytes memory reason) private {
        vm.prank(CLAIMANT);
        vm.expectRevert(reason);
        desk.notice(work, parents, shares, "grounds");
    }

    function _outOfBounds(
        string memory what,
        uint256 got,
        uint256 least,
        uint256 most
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDisputeDesk.DisputeDesk_OutOfBounds.selector, what, got, least, most);
    }

    function _wrongStage(Stage got, Stage expected) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_WrongStage.selector, got, expected));
    }

    function _notNow(uint256 from, uint256 until) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_NotNow.selector, from, until));
    }

    function _unauthorized(address caller, address expected) private {
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_Unauthorized.selector, caller, expected));
    }

    function _closed(uint256 id, bool isUpheld) private {
        desk.execute(id);
        (, uint256 released, bool upheld) = vaults.freezes(work);
        assertTrue(released == id && upheld == isUpheld, "escrow goes by the verdict");
        assertEq(registry.workOf(work).parents[0], isUpheld ? other : 1, "the edge that holds");
        assertEq(desk.openDisputeOf(DisputeKind.Edges, work), 0, "closed");
        assertEq(desk.total(), bonds.balanceOf(address(desk)), "nothing is lost");
    }

    function test_aNoticeWithoutAnAnswerIsCarriedOut() public {
        uint256 id = _notice();
        (uint256 dispute, , ) = vaults.freezes(work);
        assertEq(dispute, id, "frozen at once");
        (uint256[] memory parents, uint16[] memory shares) = desk.claimOf(id);
        assertTrue(parents[0] == other && shares[0] == 3_000, "the claim");
        uint256 until = block.timestamp + 14 days;
        _notNow(until, type(uint256).max);
        desk.execute(id);
        vm.warp(until);
        vm.prank(OWNER);
        _notNow(until - 14 days, until);
        desk.answer(id, "late");
        _closed(id, true);
        assertEq(registry.workOf(work).shares[0], 3_000, "share");
        assertEq(desk.claimable(CLAIMANT), BOND, "the bond comes back");
        _wrongStage(Stage.Closed, Stage.Verdict);
        desk.execute(id);
    }

    function test_aPanelOfSevenUpholds() public {
        uint256 id = _notice();
        _answer(id);
        address[] memory jurors = _draw(id);
        assertEq(jurors.length, 7, "seven");
        _decide(id, jurors, 4, 3);
        _notNow(block.timestamp + 7 days, type(uint256).max);
        desk.execute(id);
        vm.warp(block.timestamp + 7 days);
        vm.prank(OWNER);
        _notNow(block.timestamp - 7 days, block.timestamp);
        desk.appeal(id);
        _closed(id, true);
        for (uint256 i = 0; i < 7; i++) assertEq(desk.claimable(jurors[i]), 7, "half of 101 by seven");
        assertEq(desk.claimable(CLAIMANT), BOND + 52, "its own bond, and the rest");
        assertEq(desk.claimable(OWNER), 0, "who lost");
        assertEq(desk.claim(CLAIMANT), BOND + 52, "claimed");
        assertEq(bonds.balanceOf(CLAIMANT), 1_000_000 + 52, "paid");
        assertEq(desk.claim(CLAIMANT), 0, "once");
        for (uint256 i = 0; i < 7; i++) desk.claim(jurors[i]);
        assertEq(bonds.balanceOf(address(desk)), 0, "to the last unit");
    }

    function test_aDismissalKeepsTheEdgesAndRaisesTheBond() public {
        uint256 id = _notice();
        _answer(id);
        _decide(id, _draw(id), 3, 4);
        vm.warp(block.timestamp + 7 days);
        _closed(id, false);
        assertEq(desk.claimable(OWNER), BOND + 52, "who defended");
        uint256 until = block.timestamp + 180 days;
        (uint256[] memory parents, uint16[] memory shares) = _edge(other, 3_000);
        _refusedNotice(parents, shares, abi.encodeWithSelector(IDisputeDesk.DisputeDesk_CoolingOff.selector, until));
        assertEq(desk.bondFor(DisputeKind.Edges, work), 2 * BOND, "twice as much for anyone");
        assertEq(desk.bondFor(DisputeKind.Edges, other), BOND, "not for another work");
        vm.prank(PARENT);
        id = desk.notice(work, parents, shares, "grounds");
        assertEq(desk.disputeOf(id).bond, 2 * BOND, "paid");
        _answer(id);
        _decide(id, _draw(id), 0, 7);
        vm.warp(block.timestamp + 7 days);
        desk.execute(id);
        assertEq(desk.bondFor(DisputeKind.Edges, work), 4 * BOND, "and again");
        vm.warp(block.timestamp + 180 days);
        assertEq(desk.bondFor(DisputeKind.Edges, work), BOND, "it decays");
    }

    function test_anAppealTurnsTheVerdict() public {
        uint256 id = _notice();
        _answer(id);
        address[] memory first = _draw(id);
        _decide(id, first, 7, 0);
        _unauthorized(CLAIMANT, OWNER);
        desk.appeal(id);
        vm.prank(OWNER);
        desk.appeal(id);
        assertEq(desk.disputeOf(id).appealBond, 2 * BOND, "twice the bond");
        address[] memory second = _draw(id);
        assertEq(second.length, 21, "21");
        for (uint256 i = 0; i < 7; i++)
            for (uint256 j = 0; j < 21; j++) assertTrue(first[i] != second[j], "nobody judges twice");
        _decide(id, second, 10, 11);
        _closed(id, false);
        // 50 of 101 among 28: 1 each.
        assertEq(desk.claimable(first[0]), 1, "the first panel is paid too");
        assertEq(desk.claimable(second[20]), 1, "as the second");
        assertEq(desk.claimable(OWNER), BOND + 2 * BOND + 101 - 28, "both bonds and the rest");
        assertEq(desk.claimable(CLAIMANT), 0, "who lost in the end");
    }

    function test_anAppealThatFailsCostsBothBonds() public {
        uint256 id = _notice();
        _answer(id);
        _decide(id, _draw(id), 2, 5);
        _unauthorized(OWNER, CLAIMANT);
        desk.appeal(id);
        vm.prank(CLAIMANT);
        desk.appeal(id);
        address[] memory second = _draw(id);
        // A tie of those who voted: the first verdict stands.
        _decide(id, second, 10, 10);
        _closed(id, false);
        assertEq(desk.absences(1, second[20]), 1, "who did not vote");
        // 303 lost; 151 among 27: 5 each.
        assertEq(desk.claimable(second[0]), 5, "a juror");
        assertEq(desk.claimable(second[20]), 0, "not an absent one");
        assertEq(desk.claimable(OWNER), BOND + 303 - 27 * 5, "the respondent");
    }

    function test_theOwnerAppealsForARespondentWhoDoesNot() public {
        uint256 id = _notice();
        vm.prank(PARENT);
        desk.answer(id, "grounds");
        address[] memory first = _draw(id);
        _decide(id, first, 7, 0);
        _unauthorized(CLAIMANT, OWNER);
        desk.appeal(id);
        vm.prank(OWNER);
        desk.appeal(id);
        _decide(id, _draw(id), 0, 21);
        _closed(id, false);
        assertEq(desk.claimable(PARENT), BOND, "the respondent has its bond back");
        assertEq(desk.claimable(OWNER), 2 * BOND + 101 - 28, "and who appealed what the claimant lost");
    }

    function test_onlyWhoHasSomethingToLoseAnswers() public {
        uint256 id = _notice();
        _fund(ISSUER);
        _unauthorized(ISSUER, OWNER);
        desk.answer(id, "grounds");
        _unauthorized(CLAIMANT, OWNER);
        desk.answer(id, "grounds");
        _answer(id);
        _wrongStage(Stage.Draw, Stage.Notice);
        desk.answer(id, "grounds");
    }

    function test_aTieOfTheFirstPanelDismisses() public {
        uint256 id = _notice();
        _answer(id);
        _decide(id, _draw(id), 3, 3);
        vm.warp(block.timestamp + 7 days);
        _closed(id, false);
    }

    function test_tooFewVotesDrawASecondPanelOfOthers() public {
        uint256 id = _notice();
        _answer(id);
        address[] memory first = _draw(id);
        _decide(id, first, 3, 0);
        Dispute memory dispute = desk.disputeOf(id);
        assertTrue(dispute.stage == Stage.Draw && dispute.attempt == 2 && dispute.rounds == 2, "drawn again");
        address[] memory second = _draw(id);
        for (uint256 i = 0; i < 7; i++) for (uint256 j = 0; j < 7; j++) assertTrue(first[i] != second[j], "others");
        _decide(id, second, 0, 7);
        vm.warp(block.timestamp + 7 days);
        _closed(id, false);
        assertEq(desk.claimable(first[0]), 5, "the three who voted are paid with the seven");
        assertEq(desk.claimable(first[6]), 0, "the absent are not");
    }

    function test_withoutAVerdictNobodyLoses() public {
        uint256 id = _notice();
        _answer(id);
        _decide(id, _draw(id), 1, 1);
        _decide(id, _draw(id), 0, 3);
        assertEq(_stage(id), uint256(Stage.NoVerdict), "no verdict");
        _closed(id, false);
        assertTrue(desk.claimable(OWNER) == BOND && desk.claimable(CLAIMANT) == BOND, "bonds come back");
        assertEq(desk.bondFor(DisputeKind.Edges, work), 2 * BOND, "the next notice costs more all the same");
        vm.prank(CLAIMANT);
        (uint256[] memory parents, uint16[] memory shares) = _edge(other, 3_000);
        desk.notice(work, parents, shares, "grounds");
    }

    function test_anAppealWithoutAVerdictLetsTheFirstOneStand() public {
        uint256 id = _notice();
        _answer(id);
        _decide(id, _draw(id), 7, 0);
        vm.prank(OWNER);
        desk.appeal(id);
        uint256 deadline = desk.disputeOf(id).deadline;
        _notNow(deadline, type(uint256).max);
        desk.lapse(id);
        vm.warp(deadline);
        _notNow(0, deadline);
        desk.draw(id, "");
        desk.lapse(id);
        assertEq(desk.claimable(OWNER), 2 * BOND, "the appeal's bond comes back");
        _closed(id, true);
        assertEq(desk.claimable(CLAIMANT), BOND + 52, "the first verdict pays");
    }

    function test_whoWasAbsentThriceIsNotDrawn() public {
        uint256[41] memory seen;
        // 40 jurors: each dispute that nobody votes in takes 14.
        for (uint256 n = 0; n < 6; n++) {
            uint256 id = _notice();
            _answer(id);
            for (uint256 k = 0; k < 2; k++) {
                address[] memory jurors = _draw(id);
                for (uint256 i = 0; i < jurors.length; i++)
                    assertLe(++seen[uint160(jurors[i]) - uint160(_member(0))], 3, "three times");
                _decide(id, jurors, 0, 0);
            }
            desk.execute(id);
        }
        for (uint256 i = 0; i < JURORS; i++) assertEq(desk.absences(1, _member(i)), seen[i], "absences");
    }

    function test_theDrawIsByTheBlockThatWasFixed() public {
        uint256 id = _notice();
        _answer(id);
        uint256 drawBlock = desk.panelOf(id, 1).drawBlock;
        assertEq(drawBlock, block.number + 10, "ten blocks later");
        bytes memory header = _header(drawBlock, "randomness");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeDesk.DisputeDesk_WrongHeader.selector,
                drawBlock,
                keccak256(header),
                bytes32(0)
            )
        );
        desk.draw(id, header);
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_NotMissed.selector, drawBlock));
        desk.fixAgain(id);
        header = _pass(id, "randomness");
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_NotMissed.selector, drawBlock));
        desk.fixAgain(id);
        bytes memory wrong = _header(drawBlock, "another");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeDesk.DisputeDesk_WrongHeader.selector,
                drawBlock,
                keccak256(wrong),
                keccak256(header)
            )
        );
        desk.draw(id, wrong);
        vm.expectRevert(_outOfBounds("header", 2_049, 1, 2_048));
        desk.draw(id, new bytes(2_049));
        uint256 before = gasleft();
        desk.draw(id, header);
        assertLe(before - gasleft(), 1_500_000, "a draw fits a transaction");
        _wrongStage(Stage.Panel, Stage.Draw);
        desk.draw(id, header);
    }

    function test_randomnessThatWasKnownFixesAnotherBlock() public {
        uint256 id = _notice();
        _answer(id);
        bytes memory header = _pass(id, bytes32(block.prevrandao));
        assertFalse(desk.draw(id, header), "not drawn");
        assertEq(desk.panelOf(id, 1).drawBlock, block.number + 10, "another block");
        vm.roll(block.number + 300);
        desk.fixAgain(id);
        assertEq(desk.panelOf(id, 1).drawBlock, block.number + 10, "and when its hash is not known any more");
        _draw(id);
    }

    function test_votesAreHiddenUntilTheyAreRevealed() public {
        uint256 id = _notice();
        _answer(id);
        address[] memory jurors = _draw(id);
        uint256 until = desk.panelOf(id, 1).commitUntil;
        bytes32 commitment = desk.commitmentOf(id, 1, jurors[0], true, SALT);
        _unauthorized(OWNER, address(0));
        desk.commit(id, commitment);
        vm.prank(jurors[0]);
        desk.commit(id, "first thought");
        vm.prank(jurors[0]);
        desk.commit(id, commitment);
        // A copy of another's commitment cannot be revealed.
        vm.prank(jurors[1]);
        desk.commit(id, commitment);
        vm.prank(jurors[0]);
        _notNow(until, until + 2 days);
        desk.reveal(id, true, SALT);
        vm.warp(until);
        vm.prank(jurors[0]);
        _notNow(until - 3 days, until);
        desk.commit(id, commitment);
        bytes32 own = desk.commitmentOf(id, 1, jurors[1], true, SALT);
        vm.prank(jurors[1]);
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_WrongReveal.selector, own, commitment));
        desk.reveal(id, true, SALT);
        vm.prank(jurors[0]);
        desk.reveal(id, true, SALT);
        vm.prank(jurors[0]);
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_WrongReveal.selector, commitment, bytes32(0)));
        desk.reveal(id, true, SALT);
        _notNow(until + 2 days, type(uint256).max);
        desk.tally(id);
    }

    function test_partiesDoNotJudge() public {
        // Jurors 0 to 4 own what the dispute is about.
        uint256[] memory parents = new uint256[](2);
        uint16[] memory shares = new uint16[](2);
        (parents[0], parents[1]) = (_work(_member(0)), _work(_member(1)));
        (shares[0], shares[1]) = (1_000, 1_000);
        uint256 child = _child(_member(2), parents, shares);
        (uint256[] memory claimed, uint16[] memory claimedShares) = _edge(_work(_member(3)), 500);
        for (uint256 i = 0; i < 5; i++) _fund(_member(i));
        // The work of the claim is younger than the child.
        vm.prank(_member(4));
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_BadParent.selector, 0));
        desk.notice(child, claimed, claimedShares, "grounds");
        uint256 grandchild = _child(_member(2), parents, shares);
        vm.prank(_member(4));
        uint256 id = desk.notice(grandchild, claimed, claimedShares, "grounds");
        vm.prank(_member(1));
        desk.answer(id, "grounds");
        for (uint256 n = 0; n < 2; n++) {
            address[] memory jurors = _draw(id);
            for (uint256 i = 0; i < jurors.length; i++) assertGe(uint160(jurors[i]), uint160(_member(5)), "no party");
            _decide(id, jurors, 7, 0);
            if (n == 0) {
                vm.prank(_member(2));
                desk.appeal(id);
            }
        }
    }

    function test_aBreachEndsALicence() public {
        licences.mint(OWNER, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 6));
        desk.noticeBreach(6, "grounds");
        vm.prank(PARENT);
        uint256 id = desk.noticeBreach(5, "grounds");
        vm.prank(CLAIMANT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeDesk.DisputeDesk_InDispute.selector, id));
        desk.noticeBreach(5, "grounds");
        _answer(id);
        _decide(id, _draw(id), 7, 0);
        vm.warp(block.timestamp + 7 days);
        desk.execute(id);
        assertEq(licences.terminatedBy(5), id, "terminated");
        vm.prank(PARENT);
        id = desk.noticeBreach(5, "more grounds");
        _answer(id);
        _decide(id, _draw(id), 0, 7);
        vm.warp(block.timestamp + 7 days);
        desk.execute(id);
        assertEq(licences.terminatedBy(5), id - 1, "a dismissal ends nothing");
        assertEq(desk.bondFor(DisputeKind.Breach, 5), 2 * BOND, "the bond rises");
    }

    function test_aNoticeIsChecked() public {
        (uint256[] memory parents, uint16[] memory shares) = _edge(other, 3_000);
        _refusedNotice(new uint256[](9), shares, _outOfBounds("parents", 9, 0, 8));
        _refusedNotice(parents, new uint16[](0), _outOfBounds("shares", 0, 1, 1));
        shares[0] = 0;
        _refusedNotice(parents, shares, _outOfBounds("share", 0, 1, 10_000));
        shares[0] = 10_001;
        _refusedNotice(parents, shares, _outOfBounds("share", 10_001, 1, 10_000));
        (parents, shares) = (new uint256[](2), new uint16[](2));
        (parents[0], parents[1], shares[0], shares[1]) = (1, 2, 5_001, 5_000);
        _refusedNotice(parents, shares, _outOfBounds("shares together", 10_001, 0, 10_000));
        parents[1] = 1;
        _refusedNotice(parents, shares, abi.encodeWithSelector(IDisputeDesk.DisputeDesk_BadParent.selector, 1));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        desk.notice(9, parents, shares, "grounds");
        (parents, shares) = _edge(other, 3_000);
        vaults.setDisputed(0);
        _refusedNotice(
            parents,
            shares,
            abi.encodeWithSelector(IDisputeDesk.DisputeDesk_NothingDisputed.selector, work)
        );
        vaults.setDisputed(1);
        bonds.setFee(1);
        _refusedNotice(
            parents,
            shares,
            abi.encodeWithSelector(IDisputeDesk.DisputeDesk_InexactToken.selector, BOND - 1, BOND)
        );
        bonds.setFee(0);
        for (uint256 i = 0; i < 13; i++) {
            vm.prank(ISSUER);
            house.revoke(_member(i));
        }
        _refusedNotice(parents, shares, abi.encodeWithSelector(IDisputeDesk.DisputeDesk_TooFewJurors.selector, 27, 28));
    }

    function test_theCouncilPausesNoticesAndNoVerdict() public {
        uint256 id = _notice();
        _answer(id);
        for (uint256 i = 0; i < 6; i++) {
            vm.prank(address(uint160(0x1000 + i)));
            council.pause(keccak256("DisputeDesk"));
        }
        licences.mint(OWNER, 1);
        vm.prank(CLAIMANT);
        vm.expectRevert(IDisputeDesk.DisputeDesk_Paused.selector);
        desk.noticeBreach(1, "grounds");
        _decide(id, _draw(id), 7, 0);
        vm.warp(block.timestamp + 7 days);
        _closed(id, true);
    }

    function test_governanceSetsTermsWithinBounds() public {
        _unauthorized(OWNER, address(timelock));
        desk.setTerms(200, 20 days);
        uint256 id = _notice();
        _governed(address(desk), abi.encodeCall(desk.setTerms, (200, 20 days)));
        assertEq(desk.disputeOf(id).deadline, desk.disputeOf(id).openedAt + 14 days, "what runs keeps its terms");
        assertEq(desk.bondFor(DisputeKind.Edges, other), 200, "the next one costs more");
        vm.prank(address(timelock));
        vm.expectRevert(_outOfBounds("bond", 99, 100, 10_000));
        desk.setTerms(99, 20 days);
        vm.prank(address(timelock));
        vm.expectRevert(_outOfBounds("answerTime", 31 days, 10 days, 30 days));
        desk.setTerms(100, 31 days);
        vm.expectRevert(_outOfBounds("minBond", 1, 2, 10));
        new DisputeDesk(modules, bonds, 2, 1, 10, 10);
        vm.expectRevert(_outOfBounds("drawDelay", 0, 1, 100_000));
        new DisputeDesk(modules, bonds, 2, 2, 10, 0);
    }

    function test_aVerdictWithTheWholeSecondPanelFitsATransaction() public {
        uint256 id = _notice();
        _answer(id);
        _decide(id, _draw(id), 7, 0);
        vm.prank(OWNER);
        desk.appeal(id);
        _decide(id, _draw(id), 21, 0);
        uint256 before = gasleft();
        desk.execute(id);
        assertLe(before - gasleft(), 1_500_000, "28 jurors are paid");
    }

    function testFuzz_everyDrawSeatsDifferentJurors(bytes32 randomness) public {
        vm.assume(randomness != bytes32(block.prevrandao));
        uint256 id = _notice();
        _answer(id);
        bytes memory header = _pass(id, randomness);
        desk.draw(id, header);
        address[] memory jurors = desk.panelOf(id, 1).jurors;
        for (uint256 i = 0; i < jurors.length; i++) {
            assertTrue(house.isMember(jurors[i]), "a juror");
            for (uint256 j = 0; j < i; j++) assertTrue(jurors[i] != jurors[j], "once");
        }
    }
}

/// @notice Disputes of six works at random, with votes, appeals and claims.
contract DeskWorld is Desk {
    uint256 private constant WORKS = 6;
    uint256 private constant CLAIMANTS = 12;
    uint256[] private _works;
    uint256[] private _open;

    function setUp() public override {
        super.setUp();
        (uint256[] memory parents, uint16[] memory shares) = _edge(1, 1_000);
        for (uint256 i = 0; i < WORKS; i++) _works.push(_child(OWNER, parents, shares));
        for (uint256 i = 0; i < CLAIMANTS; i++) _fund(_member(i));
    }

    function give(uint256 which) external {
        _keepMembers();
        (uint256 about, address account) = _free(which % WORKS);
        vm.assume(about != 0);
        (uint256[] memory parents, uint16[] memory shares) = _edge(other, uint16(bound(which, 1, 10_000)));
        vm.prank(account);
        _open.push(desk.notice(about, parents, shares, "grounds"));
    }

    /// @notice Takes a dispute one stage on.
    function proceed(uint256 which, uint256 first, uint256 second, bool isAppealed) external {
        if (_open.length == 0) this.give(which);
        uint256 at = which % _open.length;
        uint256 id = _open[at];
        Dispute memory dispute = desk.disputeOf(id);
        if (dispute.stage == Stage.Notice && first % 4 != 0) {
            vm.assume(block.timestamp < dispute.deadline);
            _answer(id);
        } else if (dispute.stage == Stage.Draw) {
            bytes memory header = _pass(id, keccak256(abi.encode(first, second)));
            if (block.timestamp < dispute.deadline && first % 8 != 0) try desk.draw(id, header) {} catch {}
            if (desk.disputeOf(id).stage == Stage.Draw) {
                if (block.timestamp < dispute.deadline) vm.warp(dispute.deadline);
                desk.lapse(id);
            }
        } else if (dispute.stage == Stage.Panel) _vote(id, first, second);
        else if (
            dispute.stage == Stage.Verdict && isAppealed && block.timestamp < dispute.deadline && !dispute.isAppealed
        ) {
            vm.prank(dispute.isUpheld ? OWNER : dispute.claimant);
            desk.appeal(id);
        } else {
            if (block.timestamp < dispute.deadline) vm.warp(dispute.deadline);
            desk.execute(id);
            (_open[at], _open[_open.length - 1]) = (_open[_open.length - 1], _open[at]);
            _open.pop();
        }
    }

    function collect(uint256 from) external {
        for (uint256 i = 0; i < JURORS + 3; i++) {
            address account = _account((bound(from, 0, JURORS) + i) % (JURORS + 3));
            if (desk.claimable(account) == 0) continue;
            desk.claim(account);
            return;
        }
        vm.assume(false);
    }

    function theDesk() external view returns (DisputeDesk, DeskToken) {
        return (desk, bonds);
    }

    /// @notice What the bonds of open disputes and all that is claimable come to.
    function owed() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _open.length; i++) {
            Dispute memory dispute = desk.disputeOf(_open[i]);
            sum += dispute.bond * (dispute.respondent == address(0) ? 1 : 2) + dispute.appealBond;
        }
        for (uint256 i = 0; i < JURORS + 3; i++) sum += desk.claimable(_account(i));
    }

    /// @dev A work without a dispute, and who may give notice about it.
    function _free(uint256 from) private view returns (uint256, address) {
        for (uint256 n = 0; n < WORKS; n++) {
            uint256 about = _works[(from + n) % WORKS];
            if (desk.openDisputeOf(DisputeKind.Edges, about) != 0) continue;
            for (uint256 i = 0; i < CLAIMANTS; i++)
                if (block.timestamp >= desk.coolingOff(DisputeKind.Edges, about, _member(i)))
                    return (about, _member(i));
        }
        return (0, address(0));
    }

    function _keepMembers() private {
        if (house.credentialOf(_member(0)).lastEpoch > house.epochOf(block.timestamp) + 4) return;
        bool isMember = house.isMember(_member(0));
        for (uint256 i = 0; i < JURORS; i++) {
            vm.prank(ISSUER);
            if (isMember) house.renew(_member(i), _lastEpoch());
            else house.issue(_member(i), 1, _lastEpoch());
        }
    }

    function _vote(uint256 id, uint256 first, uint256 second) private {
        uint256 round = desk.disputeOf(id).rounds;
        Panel memory panel = desk.panelOf(id, round);
        if (block.timestamp >= panel.commitUntil) {
            // Another dispute took the time.
            uint256 deadline = desk.disputeOf(id).deadline;
            if (block.timestamp < deadline) vm.warp(deadline);
            desk.tally(id);
            return;
        }
        uint256 upholding = first % (panel.jurors.length + 1);
        // Few of them stay away.
        uint256 rest = panel.jurors.length - upholding;
        _decide(id, panel.jurors, upholding, rest - (rest < second % 4 ? rest : second % 4));
    }

    function _account(uint256 i) private pure returns (address) {
        if (i < JURORS) return _member(i);
        return
            i == JURORS
                ? OWNER
                : i == JURORS + 1
                    ? PARENT
                    : CLAIMANT;
    }
}

/// forge-config: default.invariant.runs = 8
contract DisputeDeskInvariantsTest is Test {
    DeskWorld private world;
    DisputeDesk private desk;
    DeskToken private bonds;

    function setUp() public {
        world = new DeskWorld();
        world.setUp();
        (desk, bonds) = world.theDesk();
        targetContract(address(world));
        excludeSelector(address(world), world.setUp.selector);
        excludeSelector(address(world), world.theDesk.selector);
        excludeSelector(address(world), world.owed.selector);
    }

    function invariant_bondsAreConservedToTheUnit() public view {
        assertEq(bonds.balanceOf(address(desk)), desk.total(), "what it holds");
        assertEq(world.owed(), desk.total(), "is what it owes");
    }
}
