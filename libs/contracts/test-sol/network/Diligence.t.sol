// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {Diligence} from "../../src-sol/network/Diligence.sol";
import {Attestation, Body} from "../../src-sol/network/NetworkMessages.sol";
import {IDiligence} from "../../src-sol/network/interfaces/IDiligence.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";

/// @notice Takes no ether, or asks for more while it is paid.
contract Receiver {
    Diligence private immutable _diligence;
    bool private _greedy;

    error Refused();

    constructor(Diligence diligence, bool greedy) {
        (_diligence, _greedy) = (diligence, greedy);
    }

    function claim() external {
        _diligence.claimCredit(address(this));
    }

    function miss(uint64 epoch, address member) external {
        _diligence.missed(epoch, member);
    }

    receive() external payable {
        if (!_greedy) revert Refused();
        _diligence.claimCredit(address(this));
    }
}

contract DiligenceTest is DiligenceSetup {
    bytes32 private constant RANDAO = keccak256("randao");
    uint64 private epoch;

    /// @dev Three batches were asserted in an epoch, and it is the next one.
    function setUp() public override {
        super.setUp();
        epoch = stakes.currentEpoch();
        for (uint256 i = 0; i < 3; i++) _derive();
        _nextEpoch();
    }

    function _wrongTime(uint64 asked) private {
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongTime.selector, asked, stakes.currentEpoch()));
    }

    /// @dev Verifier 0 checked in all three batches, and is drawn.
    function _drawn() private {
        _checkIn(0, epoch, 0, 3);
        _nextEpoch();
        _draw(epoch, RANDAO);
    }

    function _answered() private returns (IDiligence.Answer memory answer) {
        IDiligence.Opening memory o;
        (o, answer) = _opening(0, epoch, 0, 3);
        diligence.reveal(epoch, _member(0), o);
    }

    // --- check-ins

    function test_who_was_active_checks_in_once_in_the_next_epoch() external {
        bytes32 root = keccak256("root");
        vm.expectEmit(address(diligence));
        emit IDiligence.CheckedIn(epoch, _member(0), _key(0), root, 5, 9, STAKE);
        vm.prank(_member(0));
        diligence.checkIn(epoch, _key(0), root, 5, 9);
        IDiligence.CheckIn memory it = diligence.checkInOf(epoch, _member(0));
        assertEq(it.root, root, "root");
        assertEq(it.key, _key(0), "key");
        assertEq(it.firstBatch, 5, "first");
        assertEq(it.count, 9, "count");
        (address[] memory members, uint256[] memory weights) = diligence.checkedIn(epoch);
        assertEq(members[0], _member(0), "listed");
        assertEq(weights[0], STAKE, "with its weight");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDiligence.Diligence_WrongStatus.selector,
                epoch,
                _member(0),
                IDiligence.Status.CheckedIn
            )
        );
        vm.prank(_key(0));
        diligence.checkIn(epoch, _key(0), root, 5, 9);
    }

    function test_a_check_in_at_another_time_is_refused() external {
        uint64[4] memory others = [uint64(0), epoch - 1, epoch + 1, type(uint64).max];
        for (uint256 i = 0; i < 4; i++) {
            _wrongTime(others[i]);
            vm.prank(_key(0));
            diligence.checkIn(others[i], _key(0), "root", 0, 1);
        }
        _nextEpoch();
        _wrongTime(epoch);
        vm.prank(_key(0));
        diligence.checkIn(epoch, _key(0), "root", 0, 1);
    }

    function test_a_check_in_by_somebody_else_is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_Unauthorized.selector, alice));
        vm.prank(alice);
        diligence.checkIn(epoch, _key(0), "root", 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotActive.selector, alice, epoch));
        vm.prank(alice);
        diligence.checkIn(epoch, alice, "root", 0, 1);
        // Joined in this epoch only.
        _enter(8, STAKE);
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotActive.selector, _key(8), epoch));
        vm.prank(_key(8));
        diligence.checkIn(epoch, _key(8), "root", 0, 1);
    }

    function test_a_check_in_that_contradicts_itself_is_refused() external {
        bytes32[3] memory roots = [bytes32(0), "root", "root"];
        uint32[3] memory counts = [uint32(1), 0, 1_000_001];
        for (uint256 i = 0; i < 3; i++) {
            vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_BadCheckIn.selector, roots[i], counts[i]));
            vm.prank(_key(0));
            diligence.checkIn(epoch, _key(0), roots[i], 0, counts[i]);
        }
    }

    function test_a_key_that_was_changed_is_named_and_the_present_one_checks_in() external {
        address member = _member(0);
        bytes memory proof = _sign(_secret(50), stakes.keyDigest(member));
        vm.prank(member);
        stakes.join(VERIFIER, _key(50), "https://verifier.example", proof);
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_Unauthorized.selector, _key(0)));
        vm.prank(_key(0));
        diligence.checkIn(epoch, _key(0), "root", 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotActive.selector, _key(50), epoch));
        vm.prank(_key(50));
        diligence.checkIn(epoch, _key(50), "root", 0, 1);
        vm.prank(_key(50));
        diligence.checkIn(epoch, _key(0), "root", 0, 1);
        assertEq(diligence.checkInOf(epoch, member).key, _key(0), "by the key that attested");
    }

    function test_who_leaves_checks_in_for_its_last_epoch() external {
        _leave(0);
        _checkIn(0, epoch, 0, 3);
        _nextEpoch();
        _checkIn(0, epoch + 1, 0, 0);
        _nextEpoch();
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotActive.selector, _key(0), epoch + 2));
        vm.prank(_key(0));
        diligence.checkIn(epoch + 2, _key(0), 0, 0, 0);
    }

    // --- draws

    function test_a_draw_waits_for_the_check_ins() external {
        _wrongTime(epoch);
        diligence.openDraw(epoch);
        _wrongTime(0);
        diligence.openDraw(0);
        _nextEpoch();
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.openDraw(epoch);
    }

    function test_the_block_of_a_draw_is_fixed_and_to_come() external {
        _checkIn(0, epoch, 0, 3);
        _nextEpoch();
        bytes memory header = _header(RANDAO);
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongHeader.selector, 0));
        diligence.draw(epoch, header);
        diligence.openDraw(epoch);
        uint64 at = diligence.epochOf(epoch).drawBlock;
        assertEq(at, block.number + DRAW_DELAY, "some blocks on");
        for (uint256 i = 0; i < 4; i++) {
            // Before, then known: no other block is fixed.
            vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_BlockFixed.selector, at));
            diligence.openDraw(epoch);
            if (block.number <= at) {
                vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongHeader.selector, at));
                diligence.draw(epoch, header);
            }
            vm.roll(block.number + 1);
        }
        vm.setBlockhash(at, keccak256(header));
        bytes memory other = _header("other");
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongHeader.selector, at));
        diligence.draw(epoch, other);
        diligence.draw(epoch, header);
        IDiligence.Epoch memory it = diligence.epochOf(epoch);
        assertEq(it.seed, keccak256(abi.encode(RANDAO, address(diligence), epoch)), "seed");
        assertEq(it.revealUntil, block.timestamp + REVEAL_TIME, "time to answer");
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.draw(epoch, header);
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.openDraw(epoch);
    }

    /// @dev The code of EIP-2935.
    bytes private constant HISTORY =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
    address private constant HISTORY_STORAGE = 0x0000F90827F1C53a10cb7A02335B175320002935;

    function test_a_draw_finds_its_block_in_the_history_and_a_new_one_is_fixed_beyond_it() external {
        vm.etch(HISTORY_STORAGE, HISTORY);
        _checkIn(0, epoch, 0, 3);
        _nextEpoch();
        diligence.openDraw(epoch);
        uint64 first = diligence.epochOf(epoch).drawBlock;
        bytes memory header = _header(RANDAO);
        vm.roll(first + 8_192);
        vm.store(HISTORY_STORAGE, bytes32(uint256(first) % 8_191), keccak256("a newer block"));
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongHeader.selector, first));
        diligence.draw(epoch, header);
        diligence.openDraw(epoch);
        uint64 second = diligence.epochOf(epoch).drawBlock;
        assertEq(second, block.number + DRAW_DELAY, "a new one");
        vm.roll(second + 8_191);
        vm.store(HISTORY_STORAGE, bytes32(uint256(second) % 8_191), keccak256(header));
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_BlockFixed.selector, second));
        diligence.openDraw(epoch);
        diligence.draw(epoch, header);
        assertTrue(diligence.pickOf(epoch, _member(0)).drawn, "drawn");
    }

    function test_an_epoch_is_drawn_within_a_week_or_not_at_all() external {
        _checkIn(0, epoch, 0, 3);
        _give(7);
        for (uint256 i = 0; i < 7; i++) {
            _nextEpoch();
            _wrongTime(epoch);
            diligence.close(epoch);
        }
        diligence.openDraw(epoch);
        _nextEpoch();
        _wrongTime(epoch);
        diligence.openDraw(epoch);
        bytes memory header = _header(RANDAO);
        _wrongTime(epoch);
        diligence.draw(epoch, header);
        diligence.close(epoch);
        assertEq(uint8(diligence.checkInOf(epoch, _member(0)).status), 1, "nobody was asked");
    }

    // --- reveals

    function test_who_was_drawn_answers() external {
        _drawn();
        (IDiligence.Opening memory o, IDiligence.Answer memory answer) = _opening(0, epoch, 0, 3);
        vm.expectEmit(address(diligence));
        emit IDiligence.Revealed(epoch, _member(0), answer);
        diligence.reveal(epoch, _member(0), o);
        assertEq(diligence.answerHashOf(epoch, _member(0)), keccak256(abi.encode(answer)), "kept");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDiligence.Diligence_WrongStatus.selector,
                epoch,
                _member(0),
                IDiligence.Status.Revealed
            )
        );
        diligence.reveal(epoch, _member(0), o);
    }

    /// Whatever is drawn, of whichever batches, can be shown.
    function testFuzz_whatever_is_drawn_can_be_shown(bytes32 randao, uint256 first, uint256 count) external {
        first = bound(first, 0, 2);
        count = bound(count, 1, 3 - first);
        _checkIn(1, epoch, first, count);
        _nextEpoch();
        _draw(epoch, randao);
        (IDiligence.Opening memory o, IDiligence.Answer memory answer) = _opening(1, epoch, first, count);
        diligence.reveal(epoch, _member(1), o);
        assertGe(answer.blockNumber, derived[first].firstBlock, "a block of these");
        assertLe(answer.blockNumber, derived[first + count - 1].firstBlock + 2, "and no other");
    }

    function _refused(IDiligence.Opening memory o, bytes4 selector) private {
        vm.expectPartialRevert(selector);
        diligence.reveal(epoch, _member(0), o);
    }

    function test_what_is_not_the_attestation_is_refused() external {
        _drawn();
        (IDiligence.Opening memory o, ) = _opening(0, epoch, 0, 3);
        bytes4 wrong = IDiligence.Diligence_WrongAttestation.selector;
        Body memory body = o.body;
        uint256 leaf = body.batchIndex;
        o.body = _bodyOf((leaf + 1) % 3);
        o.signature = _blocksSignature(0, (leaf + 1) % 3);
        _refused(o, wrong);
        (o, ) = _opening(0, epoch, 0, 3);
        o.signature = _blocksSignature(1, leaf);
        _refused(o, wrong);
        o.signature = "";
        _refused(o, wrong);
        // What it did not attest to: another tree.
        (o, ) = _opening(0, epoch, 0, 3);
        o.blocksRoot = "another";
        _refused(o, wrong);
        // A game that it made up.
        (o, ) = _opening(0, epoch, 0, 3);
        o.body.game = address(this);
        _refused(o, wrong);
    }

    /// Each field of the body is the game's, whatever is signed and checked in.
    function test_a_body_that_is_not_the_games_is_refused() external {
        Body memory honest = _bodyOf(0);
        for (uint256 i = 0; i < 5; i++) {
            Body memory body = _bodyOf(0);
            if (i == 0) body.batchAcc = "acc";
            if (i == 1) body.l2BlockNumber++;
            if (i == 2) body.outputRoot = "root";
            if (i == 3) body.epoch++;
            if (i == 4) body.batchIndex++;
            uint256 verifier = 1 + i;
            bytes32 leaf = _twice(
                abi.encode(0, _idOf(body), _blocksRoot(verifier, 0), derived[0].firstBlock, uint256(3))
            );
            vm.prank(_key(verifier));
            diligence.checkIn(epoch, _key(verifier), leaf, 0, 1);
        }
        _nextEpoch();
        _draw(epoch, RANDAO);
        for (uint256 i = 0; i < 5; i++) {
            Body memory body = _bodyOf(0);
            if (i == 0) body.batchAcc = "acc";
            if (i == 1) body.l2BlockNumber++;
            if (i == 2) body.outputRoot = "root";
            if (i == 3) body.epoch++;
            if (i == 4) body.batchIndex++;
            (IDiligence.Opening memory o, ) = _opening(1 + i, epoch, 0, 1);
            o.body = body;
            o.checkInPath = new bytes32[](0);
            o.signature = _sign(_secret(1 + i), _digest(body, o.blocksRoot));
            vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongAttestation.selector, honest.game));
            diligence.reveal(epoch, _member(1 + i), o);
        }
    }

    /// One batch that was derived cannot stand for others: leaf i is the i-th batch.
    function test_a_batch_in_the_place_of_another_is_refused() external {
        bytes32 leaf = _twice(abi.encode(0, _idOf(_bodyOf(1)), _blocksRoot(0, 1), derived[1].firstBlock, uint256(3)));
        vm.prank(_key(0));
        diligence.checkIn(epoch, _key(0), leaf, 0, 1);
        _nextEpoch();
        _draw(epoch, RANDAO);
        (IDiligence.Opening memory o, ) = _opening(0, epoch, 1, 1);
        _refused(o, IDiligence.Diligence_WrongAttestation.selector);
    }

    /// An assertion of a later epoch belongs to that one's check-in.
    function test_an_assertion_of_another_epoch_is_refused() external {
        Body memory body = _body(_derive().game);
        body.epoch = epoch;
        derived[3].epoch = epoch;
        _checkIn(0, epoch, 3, 1);
        _nextEpoch();
        _draw(epoch, RANDAO);
        (IDiligence.Opening memory o, ) = _opening(0, epoch, 3, 1);
        _refused(o, IDiligence.Diligence_WrongAttestation.selector);
    }

    function test_what_is_not_in_the_trees_is_refused() external {
        _drawn();
        bytes4 missing = IDiligence.Diligence_NotInTree.selector;
        (IDiligence.Opening memory o, ) = _opening(0, epoch, 0, 3);
        o.salt = "salt";
        _refused(o, missing);
        (o, ) = _opening(0, epoch, 0, 3);
        o.outputRoot = "output";
        _refused(o, missing);
        (o, ) = _opening(0, epoch, 0, 3);
        o.blockPath = new bytes32[](1);
        _refused(o, missing);
        (o, ) = _opening(0, epoch, 0, 3);
        o.checkInPath = new bytes32[](0);
        _refused(o, missing);
    }

    /// A byte of an opening that is changed, and the member has not answered.
    function testFuzz_another_opening_is_refused(uint256 where, uint256 bit) external {
        _drawn();
        (IDiligence.Opening memory o, ) = _opening(0, epoch, 0, 3);
        bytes memory data = abi.encodeCall(IDiligence.reveal, (epoch, _member(0), o));
        // Past selector, epoch, member and the offset of the opening.
        where = bound(where, 100, data.length - 1);
        data[where] ^= bytes1(uint8(1 << (bit % 8)));
        (bool ok, ) = address(diligence).call(data);
        // Offsets may point to the same, and what fills up words is not read.
        if (ok) {
            (, IDiligence.Answer memory answer) = _opening(0, epoch, 0, 3);
            assertEq(diligence.answerHashOf(epoch, _member(0)), keccak256(abi.encode(answer)), "the same answer");
        } else assertEq(diligence.answerHashOf(epoch, _member(0)), 0, "no answer");
    }

    function test_who_is_not_drawn_or_late_cannot_answer() external {
        _checkIn(1, epoch, 0, 0);
        _drawn();
        (IDiligence.Opening memory o, ) = _opening(0, epoch, 0, 3);
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotDrawn.selector, epoch, _member(1)));
        diligence.reveal(epoch, _member(1), o);
        vm.expectRevert(
            abi.encodeWithSelector(IDiligence.Diligence_WrongStatus.selector, epoch, _member(2), IDiligence.Status.None)
        );
        diligence.reveal(epoch, _member(2), o);
        uint64 until = diligence.epochOf(epoch).revealUntil;
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_OutOfTime.selector, until));
        diligence.reveal(epoch, _member(0), o);
        vm.warp(until);
        diligence.reveal(epoch, _member(0), o);
    }

    // --- what a miss costs

    function test_a_miss_costs_the_penalty() external {
        _drawn();
        uint64 until = diligence.epochOf(epoch).revealUntil;
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_OutOfTime.selector, until));
        diligence.missed(epoch, _member(0));
        vm.warp(until + 1);
        uint256 insurance = fast.insurance(address(0));
        uint256 burned = BURN.balance;
        vm.prank(bob);
        diligence.missed(epoch, _member(0));
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, STAKE - PENALTY, "stake");
        assertEq(diligence.credit(bob), 0.01 ether, "a tenth to the finder");
        assertEq(BURN.balance - burned, 0.02 ether, "a fifth is burned");
        assertEq(fast.insurance(address(0)) - insurance, 0.07 ether, "the rest is insurance");
        assertEq(address(diligence).balance, 0.01 ether, "nothing else is there");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDiligence.Diligence_WrongStatus.selector,
                epoch,
                _member(0),
                IDiligence.Status.Missed
            )
        );
        diligence.missed(epoch, _member(0));
    }

    function test_who_answered_or_was_not_asked_missed_nothing() external {
        _checkIn(1, epoch, 0, 0);
        _drawn();
        _answered();
        _pass(REVEAL_TIME + 1);
        vm.expectPartialRevert(IDiligence.Diligence_WrongStatus.selector);
        diligence.missed(epoch, _member(0));
        // One of seven checked in batches, which is no reason to believe that there were any.
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NoBatches.selector, epoch));
        diligence.missed(epoch, _member(1));
        vm.expectPartialRevert(IDiligence.Diligence_WrongStatus.selector);
        diligence.missed(epoch, _member(2));
    }

    function test_who_was_paid_and_came_again_does_not_answer_for_before() external {
        _drawn();
        _leave(0);
        _pass(UNBONDING);
        vm.prank(_member(0));
        stakes.withdraw(VERIFIER, _member(0));
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.missed(epoch, _member(0));
        _enter(0, STAKE);
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.missed(epoch, _member(0));
    }

    function test_without_fast_exits_the_insurance_waits() external {
        _drawn();
        _pass(REVEAL_TIME + 1);
        vm.prank(owner);
        portal.setFastExits(IFastExits(address(0)));
        diligence.missed(epoch, _member(0));
        assertEq(diligence.uninsured(), 0.07 ether, "waits");
        vm.prank(owner);
        portal.setFastExits(IFastExits(address(token)));
        diligence.insure();
        assertEq(diligence.uninsured(), 0.07 ether, "whoever refuses holds up nothing");
        vm.prank(owner);
        portal.setFastExits(fast);
        diligence.insure();
        assertEq(fast.insurance(address(0)), 0.07 ether, "handed over");
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.insure();
    }

    // --- wrong answers

    function _acceptAll() private {
        _pass(CHALLENGE_PERIOD + 1);
        for (uint256 i = 0; i < 3; i++) derived[i].game.resolve();
        _pass(FINALITY_DELAY);
    }

    function test_a_wrong_answer_costs_a_tenth() external {
        lazy[0] = true;
        _drawn();
        IDiligence.Answer memory answer = _answered();
        uint256 batch = answer.batchIndex;
        IAssertionGame accepted = derived[batch].game;
        uint256 position = answer.blockNumber - derived[batch].firstBlock;
        bytes32[] memory path = _historyPath(_historyOf(batch), position);
        bytes32 root = derived[batch].outputs[position];
        vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_NotDecided.selector, address(accepted)));
        diligence.disprove(epoch, _member(0), answer, accepted, root, path);
        _acceptAll();
        vm.prank(bob);
        diligence.disprove(epoch, _member(0), answer, accepted, root, path);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 27 ether, "nine tenths are left");
        assertEq(diligence.credit(bob), 0.3 ether, "finder");
        assertEq(fast.insurance(address(0)), 2.1 ether, "insurance");
        vm.expectPartialRevert(IDiligence.Diligence_WrongStatus.selector);
        diligence.disprove(epoch, _member(0), answer, accepted, root, path);
    }

    /// No path, node or game makes a right answer wrong.
    function test_a_right_answer_cannot_be_disproved() external {
        _drawn();
        IDiligence.Answer memory answer = _answered();
        _acceptAll();
        uint256 batch = answer.batchIndex;
        IAssertionGame accepted = derived[batch].game;
        bytes32[] memory leaves = _historyOf(batch);
        uint256 position = answer.blockNumber - derived[batch].firstBlock;
        bytes32[] memory path = _historyPath(leaves, position);
        vm.expectRevert(IDiligence.Diligence_NotWrong.selector);
        diligence.disprove(epoch, _member(0), answer, accepted, answer.outputRoot, path);
        // A node for a leaf.
        bytes32[] memory shorter = new bytes32[](1);
        shorter[0] = path[1];
        bytes32 node = _node(leaves, 1, position >> 1);
        bytes4 missing = IDiligence.Diligence_NotInTree.selector;
        vm.expectPartialRevert(missing);
        diligence.disprove(epoch, _member(0), answer, accepted, node, shorter);
        // The leaf beside it.
        bytes32[] memory beside = _historyPath(leaves, position ^ 1);
        if (leaves[position ^ 1] != answer.outputRoot) {
            vm.expectPartialRevert(missing);
            diligence.disprove(epoch, _member(0), answer, accepted, leaves[position ^ 1], beside);
        }
        IAssertionGame another = derived[(batch + 1) % 3].game;
        vm.expectPartialRevert(IDiligence.Diligence_NotDecided.selector);
        diligence.disprove(epoch, _member(0), answer, another, leaves[position ^ 1], beside);
        answer.blockNumber ^= 1;
        vm.expectPartialRevert(IDiligence.Diligence_WrongAnswer.selector);
        diligence.disprove(epoch, _member(0), answer, accepted, leaves[position ^ 1], beside);
    }

    function test_two_trees_for_a_root_cost_a_tenth() external {
        Attestation memory a = _attestationOf(1, _blocksRoot(0, 1));
        bytes memory signatureA = _blocksSignature(0, 1);
        Attestation memory b = _attestationOf(1, "another");
        bytes memory signatureB = _sign(_secret(0), _digest(_bodyOf(1), "another"));
        bytes4 right = IDiligence.Diligence_NotWrong.selector;
        vm.expectRevert(right);
        diligence.contradict(a, signatureA, a, signatureA);
        bytes memory other = _sign(_secret(1), _digest(_bodyOf(1), "another"));
        vm.expectRevert(right);
        diligence.contradict(a, signatureA, b, other);
        vm.expectRevert(right);
        diligence.contradict(a, signatureA, b, "");
        // Two roots are another matter.
        Body memory body = _bodyOf(1);
        body.outputRoot = LIE;
        b.outputRoot = LIE;
        bytes memory lie = _sign(_secret(0), _digest(body, "another"));
        vm.expectRevert(right);
        diligence.contradict(a, signatureA, b, lie);
        b.outputRoot = a.outputRoot;
        vm.prank(bob);
        diligence.contradict(a, signatureA, b, signatureB);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 27 ether, "nine tenths are left");
        assertEq(diligence.credit(bob), 0.3 ether, "finder");
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.contradict(b, signatureB, a, signatureA);
    }

    function test_signatures_of_nobody_are_refused() external {
        Attestation memory a = _attestationOf(1, "one");
        Attestation memory b = _attestationOf(1, "another");
        bytes memory signatureA = _sign(_secret(90), _digest(_bodyOf(1), "one"));
        bytes memory signatureB = _sign(_secret(90), _digest(_bodyOf(1), "another"));
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.contradict(a, signatureA, b, signatureB);
        vm.expectRevert(IDiligence.Diligence_NotWrong.selector);
        diligence.contradict(a, "", b, "");
    }

    // --- rewards

    function test_a_pot_is_shared_by_weight_among_who_did_not_miss() external {
        _enter(1, STAKE);
        _nextEpoch();
        uint64 at = stakes.currentEpoch();
        _give(100 ether + 1);
        assertEq(diligence.potOf(at), 100 ether + 1, "of the present epoch");
        _nextEpoch();
        // 60, 30 and 30 of weight; the last one is drawn, and misses.
        _checkIn(1, at, 0, 0);
        _checkIn(2, at, 0, 0);
        vm.prank(_key(3));
        diligence.checkIn(at, _key(3), "root", 0, 1);
        _nextEpoch();
        _draw(at, RANDAO);
        _wrongTime(at);
        diligence.close(at);
        _pass(REVEAL_TIME + 1);
        diligence.close(at);
        assertEq(diligence.credit(_member(1)), 66_666666666666666667, "two thirds");
        assertEq(diligence.credit(_member(2)), 33_333333333333333333, "a third");
        assertEq(diligence.credit(_member(3)), 0, "missed");
        assertEq(diligence.credit(_member(0)), 0, "did not check in");
        assertEq(diligence.potOf(at) + diligence.potOf(stakes.currentEpoch()), 1, "what rounding leaves goes on");
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        diligence.close(at);
        vm.prank(_member(1));
        diligence.claimCredit(alice);
        assertEq(address(diligence).balance, _heldByDiligence(_verifiers()), "to the wei");
    }

    /// Who checks in less than half of the weight did earns that much less; who checks in more earns nothing more.
    function test_batches_that_were_left_out_earn_nothing() external {
        _give(7 ether);
        uint64 at = stakes.currentEpoch();
        for (uint256 i = 0; i < 3; i++) _derive();
        _nextEpoch();
        for (uint256 i = 0; i < 4; i++) _checkIn(i, at, 3, 3);
        _checkIn(4, at, 3, 1);
        _checkIn(5, at, 0, 0);
        vm.prank(_key(6));
        diligence.checkIn(at, _key(6), "boast", 3, 1_000_000);
        _nextEpoch();
        _draw(at, RANDAO);
        for (uint256 i = 0; i < 5; i++) {
            (IDiligence.Opening memory o, ) = _opening(i, at, 3, i == 4 ? 1 : 3);
            diligence.reveal(at, _member(i), o);
        }
        _pass(REVEAL_TIME + 1);
        vm.expectEmit(address(diligence));
        emit IDiligence.EpochClosed(at, 7 ether, 3, 13 * STAKE, 3);
        diligence.close(at);
        for (uint256 i = 0; i < 4; i++)
            assertEq(diligence.credit(_member(i)), (uint256(7 ether) * 3) / 13, "whole shares");
        assertEq(diligence.credit(_member(4)), uint256(7 ether) / 13, "a third of one");
        assertEq(diligence.credit(_member(5)), 0, "nothing for nothing");
        assertEq(diligence.credit(_member(6)), 0, "a boast is found out");
    }

    function test_what_nobody_may_have_goes_on() external {
        _give(5 ether);
        uint64 at = stakes.currentEpoch();
        _wrongTime(at);
        diligence.close(at);
        _wrongTime(0);
        diligence.close(0);
        _nextEpoch();
        _nextEpoch();
        diligence.close(at);
        assertEq(diligence.potOf(stakes.currentEpoch()), 5 ether, "to the present epoch");
        assertEq(diligence.potOf(at), 0, "from the old one");
    }

    function test_credit_is_paid_once_and_to_who_takes_it() external {
        _checkIn(1, epoch, 0, 3);
        _drawn();
        Receiver refusing = new Receiver(diligence, false);
        Receiver greedy = new Receiver(diligence, true);
        _pass(REVEAL_TIME + 1);
        refusing.miss(epoch, _member(0));
        greedy.miss(epoch, _member(1));
        Receiver[2] memory both = [refusing, greedy];
        for (uint256 i = 0; i < 2; i++) {
            vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_TransferFailed.selector, address(both[i])));
            both[i].claim();
            assertEq(diligence.credit(address(both[i])), 0.01 ether, "still there");
        }
        vm.prank(address(greedy));
        diligence.claimCredit(alice);
        vm.expectRevert(IDiligence.Diligence_Nothing.selector);
        vm.prank(address(greedy));
        diligence.claimCredit(alice);
    }

    function test_parameters_of_zero_are_refused() external {
        for (uint256 i = 0; i < 4; i++) {
            Diligence.Parameters memory p = Diligence.Parameters(stakes, registry, portal, 1, 1, 1, 1);
            if (i == 0) p.penalty = 0;
            if (i == 1) p.revealTime = 0;
            if (i == 2) p.drawDelay = 0;
            if (i == 3) p.oneIn = 0;
            vm.expectRevert(IDiligence.Diligence_Nothing.selector);
            new Diligence(p);
        }
    }
}

contract DrawnSeldomTest is DiligenceSetup {
    function _oneIn() internal pure override returns (uint32) {
        return 16;
    }

    /// One in sixteen, each by its own chance.
    function test_one_in_so_many_is_drawn() external {
        uint64 epoch = stakes.currentEpoch();
        _derive();
        _nextEpoch();
        for (uint256 i = 0; i < VERIFIERS; i++) _checkIn(i, epoch, 0, 1);
        _nextEpoch();
        _draw(epoch, "randao");
        bytes32 seed = diligence.epochOf(epoch).seed;
        uint256 drawn = 0;
        for (uint256 i = 0; i < VERIFIERS; i++) {
            bool expected = uint256(keccak256(abi.encode(seed, _member(i)))) % 16 == 0;
            assertEq(diligence.pickOf(epoch, _member(i)).drawn, expected, "by the seed");
            if (expected) drawn++;
        }
        assertLe(drawn, 3, "few");
    }
}
