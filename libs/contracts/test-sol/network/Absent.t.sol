// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDiligence} from "../../src-sol/network/interfaces/IDiligence.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";

/// @notice Draws meet whoever had weight, also who did not check in, or checked in no batch.
contract AbsentTest is DiligenceSetup {
    bytes32 private constant RANDAO = keccak256("randao");
    uint64 private epoch;

    /// @dev Three batches were asserted in an epoch, and it is the next one.
    function setUp() public override {
        super.setUp();
        epoch = stakes.currentEpoch();
        for (uint256 i = 0; i < 3; i++) _derive();
        _nextEpoch();
    }

    /// @dev So many of the seven check in; all are drawn, and it is too late to answer.
    function _over(uint256 present) private {
        for (uint256 i = 0; i < present; i++) _checkIn(i, epoch, 0, 3);
        _nextEpoch();
        _draw(epoch, RANDAO);
        _pass(REVEAL_TIME + 1);
    }

    function _stakeOf(uint256 i) private view returns (uint256) {
        return stakes.memberOf(VERIFIER, _member(i)).stake;
    }

    function _wrongStatus(uint256 i, IDiligence.Status status) private {
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongStatus.selector, epoch, _member(i), status));
    }

    function _noBatches() private {
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NoBatches.selector, epoch));
    }

    function test_who_does_not_check_in_pays_the_penalty_once() external {
        _over(4);
        vm.expectEmit(address(diligence));
        emit IDiligence.Missed(epoch, _member(4));
        vm.prank(bob);
        diligence.absent(epoch, _key(4));
        assertEq(_stakeOf(4), STAKE - PENALTY, "stake");
        assertEq(diligence.credit(bob), 0.01 ether, "a tenth to the finder");
        assertEq(fast.insurance(address(0)), 0.07 ether, "insurance");
        _wrongStatus(4, IDiligence.Status.Missed);
        diligence.absent(epoch, _key(4));
        _wrongStatus(4, IDiligence.Status.Missed);
        diligence.missed(epoch, _member(4));
        // That is no answer to `missed`, and who checked in is none of `absent`'s.
        _wrongStatus(5, IDiligence.Status.None);
        diligence.missed(epoch, _member(5));
        _wrongStatus(0, IDiligence.Status.CheckedIn);
        diligence.absent(epoch, _key(0));
        diligence.missed(epoch, _member(0));
        _wrongStatus(0, IDiligence.Status.Missed);
        diligence.absent(epoch, _key(0));
        assertEq(_stakeOf(0), STAKE - PENALTY, "as much as who does not answer");
    }

    function test_who_checks_in_no_batch_pays_the_penalty_once() external {
        _checkIn(6, epoch, 0, 0);
        _over(4);
        assertFalse(diligence.pickOf(epoch, _member(6)).drawn, "there is nothing to ask it for");
        assertTrue(diligence.isDrawn(epoch, _member(6)), "but it is drawn");
        diligence.missed(epoch, _member(6));
        assertEq(_stakeOf(6), STAKE - PENALTY, "stake");
        _wrongStatus(6, IDiligence.Status.Missed);
        diligence.missed(epoch, _member(6));
        _wrongStatus(6, IDiligence.Status.Missed);
        diligence.absent(epoch, _key(6));
    }

    function test_of_an_epoch_without_batches_nobody_missed_any() external {
        for (uint256 i = 0; i < 6; i++) _checkIn(i, epoch, 0, 0);
        _over(0);
        _noBatches();
        diligence.missed(epoch, _member(0));
        _noBatches();
        diligence.absent(epoch, _key(6));
    }

    /// Three of seven may say what they like: that costs nobody but themselves.
    function test_less_than_half_of_the_weight_is_no_batch() external {
        _checkIn(6, epoch, 0, 0);
        _over(3);
        assertFalse(diligence.hadBatches(epoch), "no batches");
        _noBatches();
        diligence.missed(epoch, _member(6));
        _noBatches();
        diligence.absent(epoch, _key(5));
        diligence.missed(epoch, _member(0));
        assertEq(_stakeOf(0), STAKE - PENALTY, "itself");
    }

    /// It is the weight that counts, not the number, and that of all who were active, not of who checked in.
    function testFuzz_half_of_the_weight_says_that_there_were_batches(bool enough) external {
        _enter(0, 5 * STAKE - (enough ? 0 : 1));
        _nextEpoch();
        epoch = stakes.currentEpoch();
        _derive();
        _nextEpoch();
        _checkIn(0, epoch, 3, 1);
        _nextEpoch();
        _draw(epoch, RANDAO);
        _pass(REVEAL_TIME + 1);
        assertEq(diligence.hadBatches(epoch), enough, "half");
        if (!enough) _noBatches();
        diligence.absent(epoch, _key(1));
    }

    function test_an_absence_costs_something_only_when_the_time_to_answer_is_over() external {
        for (uint256 i = 0; i < 4; i++) _checkIn(i, epoch, 0, 3);
        _nextEpoch();
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotDrawn.selector, epoch, _member(4)));
        diligence.absent(epoch, _key(4));
        _draw(epoch, RANDAO);
        uint64 until = diligence.epochOf(epoch).revealUntil;
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_OutOfTime.selector, until));
        diligence.absent(epoch, _key(4));
        vm.warp(until + 1);
        // Sharing the pot ends nothing of it, nor does the penalty of those who said that there were batches.
        _give(1 ether);
        diligence.close(epoch);
        for (uint256 i = 0; i < 4; i++) diligence.missed(epoch, _member(i));
        diligence.absent(epoch, _key(4));
        assertEq(_stakeOf(4), STAKE - PENALTY, "stake");
    }

    /// Another key, or leaving, is no way out; a key without weight then is nobody's.
    function test_the_key_of_the_epoch_is_named() external {
        address member = _member(4);
        bytes memory proof = _sign(_secret(50), stakes.keyDigest(member));
        vm.prank(member);
        stakes.join(VERIFIER, _key(50), "https://verifier.example", proof);
        _leave(5);
        _enter(8, STAKE);
        _over(4);
        address[3] memory others = [_key(50), _key(8), alice];
        for (uint256 i = 0; i < 3; i++) {
            vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotActive.selector, others[i], epoch));
            diligence.absent(epoch, others[i]);
        }
        diligence.absent(epoch, _key(4));
        diligence.absent(epoch, _key(5));
        assertEq(_stakeOf(4), STAKE - PENALTY, "another key");
        assertEq(_stakeOf(5), STAKE - PENALTY, "leaving");
    }

    function test_who_was_paid_and_came_again_was_not_absent_before() external {
        _leave(4);
        _over(4);
        _pass(UNBONDING);
        vm.prank(_member(4));
        stakes.withdraw(VERIFIER, _member(4));
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.absent(epoch, _key(4));
        _enter(4, STAKE);
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.absent(epoch, _key(4));
        assertEq(_stakeOf(4), STAKE, "untouched");
    }

    function test_who_was_absent_has_nothing_of_the_pot() external {
        vm.warp(block.timestamp - EPOCH);
        _give(6 ether);
        vm.warp(block.timestamp + EPOCH);
        for (uint256 i = 0; i < 4; i++) _checkIn(i, epoch, 0, 3);
        _checkIn(5, epoch, 0, 0);
        _nextEpoch();
        _draw(epoch, RANDAO);
        for (uint256 i = 0; i < 4; i++) {
            (IDiligence.Opening memory o, ) = _opening(i, epoch, 0, 3);
            diligence.reveal(epoch, _member(i), o);
        }
        _pass(REVEAL_TIME + 1);
        diligence.absent(epoch, _key(4));
        diligence.missed(epoch, _member(5));
        diligence.close(epoch);
        for (uint256 i = 0; i < 4; i++) assertEq(diligence.credit(_member(i)), 1.5 ether, "a quarter");
        assertEq(diligence.credit(_member(4)) + diligence.credit(_member(5)), 0, "nothing");
    }
}

/// @notice Seven of them, of whom a draw meets one in two.
contract AbsentSeldomTest is DiligenceSetup {
    function _oneIn() internal pure override returns (uint32) {
        return 2;
    }

    function testFuzz_who_is_not_drawn_pays_nothing(bytes32 randao) external {
        uint64 epoch = stakes.currentEpoch();
        _derive();
        _nextEpoch();
        for (uint256 i = 0; i < 4; i++) _checkIn(i, epoch, 0, 1);
        _checkIn(6, epoch, 0, 0);
        _nextEpoch();
        _draw(epoch, randao);
        _pass(REVEAL_TIME + 1);
        bytes32 seed = diligence.epochOf(epoch).seed;
        for (uint256 i = 4; i < 7; i++) {
            bool drawn = uint256(keccak256(abi.encode(seed, _member(i)))) % 2 == 0;
            assertEq(diligence.isDrawn(epoch, _member(i)), drawn, "as members are that checked in");
            if (!drawn)
                vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotDrawn.selector, epoch, _member(i)));
            if (i == 6) diligence.missed(epoch, _member(i));
            else diligence.absent(epoch, _key(i));
            assertEq(stakes.memberOf(VERIFIER, _member(i)).stake, drawn ? STAKE - PENALTY : STAKE, "stake");
        }
    }
}
