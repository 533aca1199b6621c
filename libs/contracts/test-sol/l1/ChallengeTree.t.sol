// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ChallengeTree} from "../../src-sol/l1/ChallengeTree.sol";
import {IAnchorStateRegistry} from "../../src-sol/l1/interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IChallengeTree} from "../../src-sol/l1/interfaces/IChallengeTree.sol";
import {IDisputeGameFactory} from "../../src-sol/l1/interfaces/IDisputeGameFactory.sol";
import {IInbox} from "../../src-sol/l1/interfaces/IInbox.sol";
import {IOneStepProver} from "../../src-sol/proving/interfaces/IOneStepProver.sol";
import {MachineState, MachineStates} from "../../src-sol/proving/MachineState.sol";
import {GameStatus} from "../../src-sol/shared/Types.sol";
import {Dispute} from "../base/Dispute.sol";
import {ToyProver} from "../base/ToyProver.sol";

contract ChallengeTreeTest is Dispute {
    using MachineStates for MachineState;

    /// @dev Where the lie parts from what is right: block, span, step.
    uint256 private constant BLOCK = 1;
    uint256 private constant SPAN = 2;
    uint256 private constant STEP = 1;

    IAssertionGame private honest;
    IAssertionGame private liar;
    bytes32 private top0;
    bytes32 private top1;
    bytes32 private top2;
    bytes32[] private lie;
    bytes32[] private spans;
    bytes32[] private falseSpans;
    bytes32[] private steps;
    bytes32[] private falseSteps;

    function setUp() public override {
        super.setUp();
        lie = _wrong(BLOCK, "lie");
        spans = _rightSpans(BLOCK);
        falseSpans = _wrongSpans(BLOCK, SPAN, lie[BLOCK]);
        steps = _rightSteps(BLOCK, SPAN);
        falseSteps = _wrongSteps(BLOCK, SPAN, STEP, falseSpans[SPAN]);
        liar = _assert(bob, NO_PARENT, lie);
        _pass(10);
        honest = _assert(alice, NO_PARENT, right);
        top0 = honest.tournament();
        top1 = _next(_mutualAt(top0, right, BLOCK, 0));
        top2 = _next(_mutualAt(top1, spans, SPAN, 0));
    }

    // --- the whole of a dispute

    function _fightBlocks() private {
        _fight(top0, alice, right, bob, lie, BLOCK);
    }

    function _refineBlocks() private {
        _refine(alice, _leaf(0, top0, right, BLOCK), spans, _stateAt(BLOCK, 16), 0);
        _refine(bob, _leaf(0, top0, lie, BLOCK), falseSpans, _falseEnd(BLOCK, lie[BLOCK]), 0);
    }

    function _fightSpans() private {
        _fight(top1, alice, spans, bob, falseSpans, SPAN);
    }

    function _refineSpans() private {
        MachineState memory none;
        _refine(alice, _leaf(1, top1, spans, SPAN), steps, none, 0);
        _refine(bob, _leaf(1, top1, falseSpans, SPAN), falseSteps, none, 0);
    }

    function _fightSteps() private {
        _fight(top2, alice, steps, bob, falseSteps, STEP);
    }

    function _proveStep() private {
        _prove(alice, _leaf(2, top2, steps, STEP), _stateAt(BLOCK, 4 * SPAN + STEP));
    }

    function _fightToTheEnd() private {
        _fightBlocks();
        _refineBlocks();
        _fightSpans();
        _refineSpans();
        _fightSteps();
        _proveStep();
    }

    function _updateAll() private {
        _updateUp(top2, steps, STEP, true);
        _updateUp(top1, spans, SPAN, false);
        _updateUp(top0, right, BLOCK, false);
    }

    function _path() private view returns (IChallengeTree.Step[] memory path) {
        path = _join(_pathTo(right, BLOCK), _turn(_rootOf(spans)));
        path = _join(path, _join(_pathTo(spans, SPAN), _turn(_rootOf(steps))));
        return _join(path, _pathTo(steps, STEP));
    }

    function test_aDisputeFromTwoRivalsToOneStepAndBack() external {
        _fightToTheEnd();
        vm.expectRevert(
            abi.encodeWithSelector(IAssertionGame.AssertionGame_NotConfirmed.selector, 0, CHALLENGE_PERIOD)
        );
        honest.resolve();
        _pass(CHALLENGE_PERIOD);
        _updateAll();
        assertEq(tree.winner(top2), _id(top2, _rootOf(steps)), "winner of the steps");
        assertEq(tree.winner(top1), _id(top1, _rootOf(spans)), "winner of the spans");
        assertEq(tree.winner(top0), _id(top0, _rootOf(right)), "winner of the blocks");
        uint256 burnedBefore = BURN.balance;
        honest.resolve();
        assertEq(uint8(honest.status()), uint8(GameStatus.DEFENDER_WINS), "accepted");
        assertEq(tree.credit(alice), ASSERTION_BOND, "all that the bond backed has won");
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_RivalNotFinal.selector, honest));
        liar.resolve();
        _pass(FINALITY_DELAY);
        liar.resolve();
        assertEq(uint8(liar.status()), uint8(GameStatus.CHALLENGER_WINS), "rejected");
        assertEq(BURN.balance - burnedBefore, ASSERTION_BOND / 5, "a fifth is burned");
        assertEq(tree.tournament(top0).pot, (ASSERTION_BOND / 5) * 4, "the rest is in the pot");

        tree.reward(top0, _path());
        // The assertion, six bisections, two refinements and the proof.
        uint256 earned = 0.02 ether + 6 * 0.01 ether + 2 * 0.015 ether + 0.1 ether;
        assertEq(tree.credit(alice), ASSERTION_BOND + earned, "rewards");
        tree.reward(top0, _path());
        assertEq(tree.credit(alice), ASSERTION_BOND + earned, "once each");
        assertEq(tree.credit(bob), 0, "nothing for the liar");
        uint256 before = alice.balance;
        tree.claimCredit(alice);
        assertEq(alice.balance, before + ASSERTION_BOND + earned, "paid");

        // The free refinements of the liar cost nothing more: their backer is lost already.
        tree.slash(top1, _rootOf(falseSpans));
        tree.slash(top2, _rootOf(falseSteps));
        uint256 rest = tree.tournament(top0).pot;
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_TooEarly.selector);
        tree.close(top0);
        _pass(4 * CHALLENGE_PERIOD);
        tree.close(top0);
        assertEq(BURN.balance - burnedBefore, ASSERTION_BOND / 5 + rest, "the rest is burned");
        assertEq(address(tree).balance, 0, "nothing is left");
    }

    // --- bisections

    function test_aBisectionNeedsAnEdgeWithARival() external {
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_UnknownEdge.selector);
        tree.bisect(top0, "no", "edge");
        bytes32 mutual = _mutualAt(top0, right, BLOCK, 1);
        _bisect(challenger, top0, right, BLOCK, 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IChallengeTree.ChallengeTree_NoRival.selector,
                _id(mutual, _node(right, 1, BLOCK >> 1))
            )
        );
        _bisect(challenger, top0, right, BLOCK, 1);
        _bisect(challenger, top0, lie, BLOCK, 2);
        _bisect(challenger, top0, right, BLOCK, 1);
        // A leaf that is the hash of two words is a leaf all the same.
        bytes32[] memory strange = _wrong(BLOCK, "strange");
        strange[BLOCK] = keccak256(abi.encode(bytes32("a"), bytes32("b")));
        _assert(bob, NO_PARENT, strange);
        _bisect(bob, top0, strange, BLOCK, 2);
        _bisect(bob, top0, strange, BLOCK, 1);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_NotDivisible.selector);
        tree.bisect(_mutualAt(top0, strange, BLOCK, 0), "a", "b");
    }

    function test_aBisectionThatWasMadeChangesNothing() external {
        _bisect(bob, top0, right, BLOCK, 2);
        _pass(5);
        _bisect(alice, top0, right, BLOCK, 2);
        bytes32 id = _id(top0, _rootOf(right));
        assertEq(tree.edge(id).mover, bob, "the first one made it, for whoever it was");
        assertEq(tree.edge(id).height, 2, "height");
        bytes32 lower = _lower(top0);
        assertEq(tree.rivalry(lower).firstAt, block.timestamp - 5, "halves");
        assertEq(tree.rivalry(lower).rivalledAt, 0, "none has a rival");
    }

    function test_rivalsShareWhatTheyAgreeOn() external {
        bytes32[] memory other = _wrong(3, "late lie");
        _assert(bob, NO_PARENT, other);
        _bisect(alice, top0, right, 3, 2);
        _pass(7);
        _bisect(bob, top0, other, 3, 2);
        bytes32 half = _node(right, 1, 0);
        assertEq(tree.rivalry(_lower(top0)).rivalledAt, 0, "one lower half");
        assertEq(tree.timer(_lower(top0), half), 7, "whose time goes on");
        assertTrue(tree.rivalry(_upper(top0, half)).rivalledAt != 0, "two upper halves");
        _pass(3);
        assertEq(tree.timer(_upper(top0, half), _node(right, 1, 1)), 7, "the first has its time until then");
        assertEq(tree.timer(_upper(top0, half), _node(other, 1, 1)), 0, "the second none");
    }

    // --- refinements

    function _openLeaf() private returns (IChallengeTree.Leaf memory) {
        _fightBlocks();
        return _leaf(0, top0, right, BLOCK);
    }

    function test_aRefinementNamesItsEdgeByTheWayDown() external {
        MachineState memory last = _stateAt(BLOCK, 16);
        IChallengeTree.Leaf memory leaf = _leaf(0, top0, right, BLOCK);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_UnknownEdge.selector);
        _refine(alice, leaf, spans, last, 0);
        leaf = _openLeaf();
        leaf.level = 2;
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_WrongLevel.selector, 2));
        _refine(alice, leaf, spans, last, 0);
        leaf.level = 1;
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_UnknownEdge.selector);
        _refine(alice, leaf, spans, last, 0);
        leaf.level = 0;
        leaf.position = 5;
        vm.expectRevert(IChallengeTree.ChallengeTree_BadPath.selector);
        _refine(alice, leaf, spans, last, 0);
        leaf.position = 3;
        vm.expectRevert(IChallengeTree.ChallengeTree_BadPath.selector);
        _refine(alice, leaf, spans, last, 0);
        leaf.position = 0;
        vm.expectRevert(IChallengeTree.ChallengeTree_BadPath.selector);
        _refine(alice, leaf, spans, last, 0);
        leaf.position = 2;
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_UnknownEdge.selector);
        _refine(alice, leaf, spans, last, 0);
        // Leaf 0 is agreed on.
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_NoRival.selector);
        _refine(alice, _leaf(0, top0, right, 0), spans, last, 0);
    }

    function test_aRefinementShowsTheStateBefore() external {
        MachineState memory last = _stateAt(BLOCK, 16);
        IChallengeTree.Leaf memory leaf = _openLeaf();
        leaf.before = keccak256("another");
        vm.expectRevert(
            abi.encodeWithSelector(
                IChallengeTree.ChallengeTree_WrongStateBefore.selector,
                right[BLOCK - 1],
                leaf.before
            )
        );
        _refine(alice, leaf, spans, last, 0);
        leaf.before = right[BLOCK - 1];
        leaf.beforeProof = new bytes32[](1);
        vm.expectRevert(IChallengeTree.ChallengeTree_BadPath.selector);
        _refine(alice, leaf, spans, last, 0);
        leaf.beforeProof = new bytes32[](0);
        _refine(alice, leaf, spans, last, 0);
        assertEq(tree.origin(top1).start, _firstState(BLOCK).hash(), "first state");
        assertEq(tree.origin(top1).tournament, top0, "tournament");
    }

    function test_theLastStateOfARefinementIsBound() external {
        IChallengeTree.Leaf memory leaf = _openLeaf();
        bytes4 wrong = IChallengeTree.ChallengeTree_WrongLastState.selector;
        for (uint256 i = 0; i < 6; i++) {
            MachineState memory last = _stateAt(BLOCK, 16);
            if (i == 0) last.status = 0;
            if (i == 1) last.status = 2;
            if (i == 2) last.output = lie[BLOCK];
            if (i == 3) last.codeRoot = "another program";
            if (i == 4) last.inputs = _inputs(right[BLOCK], 0, 0, BLOCK + 1);
            if (i == 5) last.inputs = _inputs(right[BLOCK - 1], 0, 0, BLOCK + 1);
            bytes32[] memory below = _rightSpans(BLOCK);
            below[3] = last.hash();
            vm.expectRevert(wrong);
            _refine(alice, leaf, below, last, 0);
        }
        MachineState memory good = _stateAt(BLOCK, 16);
        bytes32 root = _rootOf(spans);
        bytes32[] memory proof = _lastProof(falseSpans);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_WrongLastLeaf.selector);
        vm.prank(alice);
        tree.refine(leaf, root, proof, good);
        vm.expectRevert(IChallengeTree.ChallengeTree_BadPath.selector);
        vm.prank(alice);
        tree.refine(leaf, root, new bytes32[](3), good);
        _refine(alice, leaf, spans, good, 0);
        _refine(bob, _leaf(0, top0, lie, BLOCK), falseSpans, _falseEnd(BLOCK, lie[BLOCK]), 0);
        _fightSpans();
        MachineState memory none;
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_WrongLastLeaf.selector);
        _refine(alice, _leaf(1, top1, spans, SPAN), falseSteps, none, 0);
    }

    function test_theMakerOfATreeRefinesFreeOnceAndStrangersStake() external {
        IChallengeTree.Leaf memory leaf = _openLeaf();
        MachineState memory last = _stateAt(BLOCK, 16);
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_InsufficientCredit.selector, 1, STAKE1));
        _refine(challenger, leaf, spans, last, 1);
        _refine(challenger, leaf, spans, last, STAKE1 + 5);
        assertEq(tree.credit(challenger), 5, "the rest is credit");
        // The maker finds it made: nothing changes, and what it sent along is credited.
        _refine(alice, leaf, spans, last, 7);
        assertEq(tree.credit(alice), 7, "credited");
        bytes32 own = _id(top0, _rootOf(right));
        assertEq(tree.rootEdge(tree.edge(own).top).unconfirmed, 0, "backs nothing yet");
        bytes32[] memory junk = _wrongSpans(BLOCK, 1, right[BLOCK]);
        _refine(alice, leaf, junk, last, 0);
        assertEq(tree.rootEdge(tree.edge(own).top).unconfirmed, 1, "backs one");
        bytes32[] memory more = _wrongSpans(BLOCK, 2, right[BLOCK]);
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_InsufficientCredit.selector, 7, STAKE1));
        _refine(alice, leaf, more, last, 0);
        _refine(alice, leaf, more, last, STAKE1);
        assertEq(tree.credit(alice), 7, "the second one cost a stake");
        assertEq(tree.rootEdge(5).maker, alice, "maker");
        assertEq(uint8(tree.rootEdge(5).stake), uint8(IChallengeTree.StakeStatus.Held), "its own stake");
        assertEq(tree.rootEdge(4).backer, 2, "backed by the assertion");
    }

    function test_aBackerThatLostItsStakeBacksNothingMore() external {
        _fightBlocks();
        _refineBlocks();
        // The liar's refinement is refuted while its assertion still runs.
        _fightSpans();
        _pass(CHALLENGE_PERIOD);
        _updateAlone(_mutualAt(top1, spans, SPAN, 0), spans[SPAN]);
        MachineState memory none;
        _refine(alice, _leaf(1, top1, spans, SPAN), steps, none, 0);
        _pass(CHALLENGE_PERIOD);
        _updateAlone(top2, _rootOf(steps));
        _updateUp(top1, spans, SPAN, false);
        tree.slash(top1, _rootOf(falseSpans));
        assertEq(uint8(tree.rootEdge(1).stake), uint8(IChallengeTree.StakeStatus.Lost), "its bond is lost");
        assertEq(tree.tournament(top0).pot, (ASSERTION_BOND * 4) / 5, "and in the pot");
        assertEq(BURN.balance, ASSERTION_BOND / 5, "a fifth burned");
        tree.slash(top1, _rootOf(falseSpans));
        assertEq(BURN.balance, ASSERTION_BOND / 5, "once");
        _updateUp(top0, right, BLOCK, false);
        honest.resolve();
        _pass(FINALITY_DELAY);
        liar.resolve();
        assertEq(BURN.balance, ASSERTION_BOND / 5, "and not with the assertion again");
        assertEq(tree.credit(alice), ASSERTION_BOND, "the honest bond is back, as all that it backs has won");
    }

    // --- proofs

    function test_aProofIsOfTheOneStepFromTheStateBefore() external {
        _fightBlocks();
        _refineBlocks();
        _fightSpans();
        _refineSpans();
        _fightSteps();
        IChallengeTree.Leaf memory leaf = _leaf(2, top2, steps, STEP);
        MachineState memory state = _stateAt(BLOCK, 4 * SPAN + STEP);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_WrongStep.selector);
        _prove(bob, _leaf(2, top2, falseSteps, STEP), state);
        MachineState memory other = _stateAt(BLOCK, 4 * SPAN + STEP + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IChallengeTree.ChallengeTree_WrongStateBefore.selector, state.hash(), other.hash())
        );
        _prove(bob, leaf, other);
        leaf.before = other.hash();
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_WrongStateBefore.selector);
        _prove(bob, leaf, other);
        leaf.before = state.hash();
        vm.expectRevert(ToyProver.BadWitness.selector);
        tree.prove(leaf, state, new bytes32[](1), "");
        leaf.level = 1;
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_WrongLevel.selector, 1));
        _prove(alice, leaf, state);
        leaf.level = 2;
        _prove(challenger, leaf, state);
        _prove(alice, leaf, state);
        bytes32 id = _id(_mutualAt(top2, steps, STEP, 0), steps[STEP]);
        assertEq(tree.edge(id).mover, challenger, "the first one");
        assertEq(tree.edge(id).time, tree.UNBOUNDED(), "for good");
    }

    function test_theFirstStepOfABlockIsProvenFromTheFirstState() external {
        // The lie begins with the first step of the first block.
        bytes32[] memory early = _wrong(0, "early");
        _assert(bob, NO_PARENT, early);
        _fight(top0, alice, right, bob, early, 0);
        bytes32 below = _next(_mutualAt(top0, right, 0, 0));
        bytes32[] memory good = _rightSpans(0);
        bytes32[] memory bad = _wrongSpans(0, 0, early[0]);
        _refine(alice, _leaf(0, top0, right, 0), good, _stateAt(0, 16), STAKE1);
        _refine(bob, _leaf(0, top0, early, 0), bad, _falseEnd(0, early[0]), 0);
        _fight(below, alice, good, bob, bad, 0);
        bytes32 last = _next(_mutualAt(below, good, 0, 0));
        bytes32[] memory goodSteps = _rightSteps(0, 0);
        MachineState memory none;
        _refine(alice, _leaf(1, below, good, 0), goodSteps, none, STAKE2);
        _refine(bob, _leaf(1, below, bad, 0), _wrongSteps(0, 0, 0, bad[0]), none, 0);
        _fight(last, alice, goodSteps, bob, _wrongSteps(0, 0, 0, bad[0]), 0);
        IChallengeTree.Leaf memory leaf = _leaf(2, last, goodSteps, 0);
        leaf.beforeProof = new bytes32[](1);
        MachineState memory first = _firstState(0);
        vm.expectRevert(IChallengeTree.ChallengeTree_BadPath.selector);
        _prove(alice, leaf, first);
        leaf.beforeProof = new bytes32[](0);
        _prove(alice, leaf, first);
    }

    /// Padding is bound: a halted machine stays as it is, and every step past the end can be proven.
    function test_aLieAfterTheEndOfTheRunLosesToo() external {
        bytes32[] memory late = _rightSpans(BLOCK);
        for (uint256 i = 3; i < 4; i++) late[i] = _falseEnd(BLOCK, lie[BLOCK]).hash();
        _fightBlocks();
        _refine(alice, _leaf(0, top0, right, BLOCK), spans, _stateAt(BLOCK, 16), 0);
        _refine(bob, _leaf(0, top0, lie, BLOCK), late, _falseEnd(BLOCK, lie[BLOCK]), 0);
        _fight(top1, alice, spans, bob, late, 3);
        bytes32 last = _next(_mutualAt(top1, spans, 3, 0));
        bytes32[] memory good = _rightSteps(BLOCK, 3);
        bytes32[] memory bad = _wrongSteps(BLOCK, 3, 2, late[3]);
        MachineState memory none;
        _refine(alice, _leaf(1, top1, spans, 3), good, none, 0);
        _refine(bob, _leaf(1, top1, late, 3), bad, none, 0);
        _fight(last, alice, good, bob, bad, 2);
        _prove(alice, _leaf(2, last, good, 2), _stateAt(BLOCK, 14));
        assertEq(tree.timer(_mutualAt(last, good, 2, 0), good[2]), tree.UNBOUNDED(), "proven");
    }

    // --- timers

    function test_anEdgeHasTimeWhileItHasNoRival() external view {
        assertEq(tree.timer(top0, _rootOf(lie)), 10, "until the second came");
        assertEq(tree.timer(top0, _rootOf(right)), 0, "which has none");
        assertEq(liar.timer(), 10, "as the assertion has it");
        assertEq(tree.timer(top0, "none"), 0, "no edge");
    }

    function test_furtherRivalsGiveNoTimeToTheFirst() external {
        for (uint256 i = 0; i < 3; i++) {
            _pass(20);
            _assert(bob, NO_PARENT, _wrong(1, bytes32(i)));
        }
        _updateAlone(top0, _rootOf(lie));
        assertEq(liar.timer(), 10, "what it had when the second came");
        assertEq(honest.timer(), 0, "nor to the second");
    }

    function test_aTimerIsTheLesserOfBothHalves() external {
        _bisect(alice, top0, right, BLOCK, 2);
        _pass(20);
        _bisect(bob, top0, lie, BLOCK, 2);
        _pass(30);
        _updateTop(top0, right);
        assertEq(tree.timer(top0, _rootOf(right)), 20, "the lower half has a rival since then");
        _updateTop(top0, lie);
        // Its lower half came second.
        assertEq(tree.timer(top0, _rootOf(lie)), 10, "its own");
        IChallengeTree.Update[] memory bad = new IChallengeTree.Update[](1);
        bad[0] = IChallengeTree.Update(top0, _rootOf(right), "no", "halves");
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_UnknownEdge.selector);
        tree.update(bad);
        bad[0] = IChallengeTree.Update(top0, "no edge", 0, 0);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_UnknownEdge.selector);
        tree.update(bad);
        bytes32 mutual = _mutualAt(top0, right, BLOCK, 1);
        bad[0] = IChallengeTree.Update(mutual, _node(right, 1, 0), right[0], right[1]);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_UnknownEdge.selector);
        tree.update(bad);
    }

    /// The time of a refinement goes to the edge that it refines, and not to that edge's rival, which has the same mutual (BoLD contest, H-02).
    function test_aRefinementGivesTimeToItsOwnEdgeOnly() external {
        _fightBlocks();
        _refine(bob, _leaf(0, top0, lie, BLOCK), falseSpans, _falseEnd(BLOCK, lie[BLOCK]), 0);
        bytes32 mutual = _mutualAt(top0, right, BLOCK, 0);
        _pass(40);
        _updateAlone(top1, _rootOf(falseSpans));
        assertEq(tree.timer(mutual, lie[BLOCK]), 40, "the refined edge");
        assertEq(tree.timer(mutual, right[BLOCK]), 0, "its rival");
        _refine(alice, _leaf(0, top0, right, BLOCK), spans, _stateAt(BLOCK, 16), 0);
        _pass(40);
        _updateAlone(top1, _rootOf(falseSpans));
        assertEq(tree.timer(mutual, lie[BLOCK]), 40, "no more since it has a rival");
        // An edge that can be refined needs no update of its own.
        _updateAlone(mutual, lie[BLOCK]);
        assertEq(tree.timer(mutual, lie[BLOCK]), 40, "as before");
    }

    function test_theFirstConfirmedEdgeWinsAndClosesItsLevel() external {
        _fightBlocks();
        _refineBlocks();
        _bisect(alice, top1, spans, SPAN, 2);
        _pass(CHALLENGE_PERIOD);
        _updateTop(top1, spans);
        bytes32 won = _id(top1, _rootOf(spans));
        assertEq(tree.winner(top1), won, "confirmed");
        _bisect(bob, top1, falseSpans, SPAN, 2);
        assertEq(tree.edge(_id(top1, _rootOf(falseSpans))).mover, address(0), "closed: nothing is bisected");
        bytes32[] memory more = _wrongSpans(BLOCK, 1, right[BLOCK]);
        _refine(challenger, _leaf(0, top0, right, BLOCK), more, _stateAt(BLOCK, 16), STAKE1);
        assertEq(tree.credit(challenger), STAKE1, "closed: nothing is refined, and no stake taken");
        (bool second, ) = tree.confirm(top1, _rootOf(falseSpans));
        assertFalse(second, "the other is refuted");
        assertEq(tree.winner(top1), won, "for good");
    }

    // --- stakes

    function _strangersPlay() private {
        _fightBlocks();
        _refine(challenger, _leaf(0, top0, right, BLOCK), spans, _stateAt(BLOCK, 16), STAKE1);
        address liarsFriend = makeAddress("friend");
        vm.deal(liarsFriend, 100 ether);
        _refine(liarsFriend, _leaf(0, top0, lie, BLOCK), falseSpans, _falseEnd(BLOCK, lie[BLOCK]), STAKE1);
        _bisect(challenger, top1, spans, SPAN, 2);
    }

    function test_aStakeIsGivenBackWhenItsEdgeWonAndLostWhenAnotherDid() external {
        _strangersPlay();
        bytes32 rightRoot = _rootOf(spans);
        bytes32 falseRoot = _rootOf(falseSpans);
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_StakeBound.selector, type(uint256).max));
        tree.claimStake(top1, rightRoot);
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotRefuted.selector, _id(top1, falseRoot)));
        tree.slash(top1, falseRoot);
        _pass(CHALLENGE_PERIOD);
        _updateTop(top1, spans);
        tree.claimStake(top1, rightRoot);
        assertEq(tree.credit(challenger), STAKE1, "back, before the decision too");
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NoStake.selector, _id(top1, rightRoot)));
        tree.claimStake(top1, rightRoot);
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotRefuted.selector, _id(top1, rightRoot)));
        tree.slash(top1, rightRoot);
        vm.expectRevert(
            abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotRefuted.selector, _id(top0, _rootOf(lie)))
        );
        tree.slash(top0, _rootOf(lie));
        tree.slash(top1, falseRoot);
        assertEq(BURN.balance, (STAKE1 + 4) / 5, "a fifth, rounded up");
        assertEq(tree.tournament(top0).pot, STAKE1 - (STAKE1 + 4) / 5, "the rest");
        assertEq(address(tree).balance, 2 * ASSERTION_BOND + 2 * STAKE1 - (STAKE1 + 4) / 5, "conserved");
    }

    function test_aStakeThatNobodySlashedIsGivenBackLongAfterTheEnd() external {
        _strangersPlay();
        _pass(CHALLENGE_PERIOD);
        _updateTop(top1, spans);
        _updateUp(top0, right, BLOCK, false);
        honest.resolve();
        uint256 end = block.timestamp + 3 * CHALLENGE_PERIOD;
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_StakeBound.selector, end));
        tree.claimStake(top1, _rootOf(falseSpans));
        _pass(3 * CHALLENGE_PERIOD);
        tree.claimStake(top1, _rootOf(falseSpans));
        assertEq(tree.credit(makeAddress("friend")), STAKE1, "every stake has a way out");
        // But a liar's bond cannot slip away because nobody has resolved its assertion.
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_StakeBound.selector, type(uint256).max));
        tree.claimStake(top0, _rootOf(lie));
        liar.resolve();
        assertEq(tree.credit(bob), 0, "lost");
        _pass(CHALLENGE_PERIOD);
        tree.close(top0);
        assertTrue(tree.tournament(top0).closed, "closed");
    }

    function test_aTournamentUnderARejectedParentEndsToo() external {
        _appendNext(4);
        bytes32[] memory one = _flat("one");
        IAssertionGame child = _assert(bob, liar, one);
        _assert(alice, liar, _flat("two"));
        bytes32 top = child.tournament();
        _bisect(alice, top0, right, BLOCK, 2);
        _pass(CHALLENGE_PERIOD);
        _updateTop(top0, right);
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_TooEarly.selector, type(uint256).max));
        tree.close(top);
        honest.resolve();
        _pass(FINALITY_DELAY);
        liar.resolve();
        vm.expectRevert(
            abi.encodeWithSelector(
                IChallengeTree.ChallengeTree_TooEarly.selector,
                block.timestamp + 4 * CHALLENGE_PERIOD
            )
        );
        tree.close(top);
        uint256 burned = BURN.balance;
        child.resolve();
        assertEq(BURN.balance - burned, ASSERTION_BOND, "burned");
        _pass(4 * CHALLENGE_PERIOD);
        tree.close(top);
    }

    // --- rewards

    function test_rewardsGoToWhoMovedOnTheWinningSideOnly() external {
        _fightToTheEnd();
        IChallengeTree.Step[] memory path = _path();
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotDecided.selector, top0));
        tree.reward(top0, path);
        _pass(CHALLENGE_PERIOD);
        _updateAll();
        honest.resolve();
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotDecided.selector, top0));
        tree.reward(top0, path);
        _pass(FINALITY_DELAY);
        liar.resolve();
        IChallengeTree.Step[] memory bad = _pathTo(lie, BLOCK);
        vm.expectRevert(IChallengeTree.ChallengeTree_BadPath.selector);
        tree.reward(top0, bad);
        bad = _join(_pathTo(right, BLOCK), _turn(_rootOf(falseSpans)));
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_NotWinning.selector);
        tree.reward(top0, bad);
        bad = _pathTo(right, 3);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_NotWinning.selector);
        tree.reward(top0, bad);
        vm.prank(bob);
        tree.reward(top0, path);
        assertEq(tree.credit(bob), 0, "asking earns nothing");
        assertEq(tree.credit(alice), ASSERTION_BOND + 0.21 ether, "who moved is paid");
    }

    function test_rewardsStopWhereThePotIsEmpty() external {
        _fightToTheEnd();
        _pass(CHALLENGE_PERIOD);
        _updateAll();
        honest.resolve();
        _pass(FINALITY_DELAY);
        tree.reward(top0, _path());
        assertEq(tree.credit(alice), ASSERTION_BOND, "the liar's bond is not there yet");
        assertFalse(tree.edge(_id(top0, _rootOf(right))).rewarded, "so nothing is marked as paid");
        liar.resolve();
        tree.reward(top0, _path());
        assertEq(tree.credit(alice), ASSERTION_BOND + 0.21 ether, "now it is");
    }

    function test_aProofThatNobodyNeededEarnsNothing() external {
        _fightBlocks();
        _refineBlocks();
        _fightSpans();
        _refineSpans();
        _fightSteps();
        // The leaf before is agreed on.
        _prove(challenger, _leaf(2, top2, steps, 0), _stateAt(BLOCK, 4 * SPAN));
        _proveStep();
        _pass(CHALLENGE_PERIOD);
        _updateAll();
        honest.resolve();
        _pass(FINALITY_DELAY);
        liar.resolve();
        IChallengeTree.Step[] memory path = _join(_pathTo(right, BLOCK), _turn(_rootOf(spans)));
        path = _join(path, _join(_pathTo(spans, SPAN), _turn(_rootOf(steps))));
        tree.reward(top0, _join(path, _pathTo(steps, 0)));
        assertEq(tree.credit(challenger), 0, "nothing");
    }

    function test_withoutARivalNoReward() external {
        _appendNext(1);
        IAssertionGame child = _assert(alice, honest, _flat("next"));
        _bisect(alice, top0, right, BLOCK, 2);
        _pass(CHALLENGE_PERIOD);
        _updateTop(top0, right);
        honest.resolve();
        child.resolve();
        _pass(FINALITY_DELAY);
        tree.reward(child.tournament(), new IChallengeTree.Step[](0));
        assertEq(tree.credit(alice), 2 * ASSERTION_BOND, "nothing but the bonds");
    }

    // --- several moves at once, and money

    function test_aBatchCreditsItsEtherOnceAndFailsAsAWhole() external {
        IChallengeTree.Leaf memory leaf = _openLeaf();
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(tree.refine, (leaf, _rootOf(spans), _lastProof(spans), _stateAt(BLOCK, 16)));
        bytes32[] memory more = _wrongSpans(BLOCK, 1, right[BLOCK]);
        calls[1] = abi.encodeCall(tree.refine, (leaf, _rootOf(more), _lastProof(more), _stateAt(BLOCK, 16)));
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_InsufficientCredit.selector, 9, STAKE1));
        vm.prank(challenger);
        tree.multicall{value: STAKE1 + 9}(calls);
        bytes[] memory nested = new bytes[](1);
        nested[0] = abi.encodeCall(tree.multicall, (calls));
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_InsufficientCredit.selector, 9, STAKE1));
        vm.prank(challenger);
        tree.multicall{value: STAKE1 + 9}(nested);
        vm.prank(challenger);
        tree.multicall{value: 2 * STAKE1 + 9}(nested);
        assertEq(tree.credit(challenger), 9, "the rest");
        assertEq(tree.rootEdge(3).maker, challenger, "of whom it came");
        bytes[] memory claims = new bytes[](1);
        claims[0] = abi.encodeCall(tree.claimCredit, (challenger));
        vm.expectRevert(IChallengeTree.ChallengeTree_NotInBatch.selector);
        vm.prank(challenger);
        tree.multicall(claims);
    }

    function test_creditIsPaidOnceAndToItsOwnerOnly() external {
        Reenterer reenterer = new Reenterer();
        vm.deal(address(reenterer), 1 ether);
        reenterer.pay{value: 1 ether}(tree);
        assertEq(tree.credit(address(reenterer)), 1 ether, "credit");
        vm.expectRevert(
            abi.encodeWithSelector(IChallengeTree.ChallengeTree_TransferFailed.selector, address(reenterer))
        );
        tree.claimCredit(address(reenterer));
        assertEq(tree.credit(address(reenterer)), 1 ether, "unchanged");
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NoCredit.selector, alice));
        tree.claimCredit(alice);
    }

    // --- rules

    function _refused(IChallengeTree.Parameters memory p, string memory what) private {
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_BadParameter.selector, what));
        new ChallengeTree(p);
    }

    function test_rulesThatNobodyCouldPlayByAreRefused() external {
        IChallengeTree.Parameters memory p = _parameters();
        p.prover = IOneStepProver(alice);
        _refused(p, "prover");
        p = _parameters();
        p.factory = IDisputeGameFactory(address(0));
        _refused(p, "factory");
        p = _parameters();
        p.anchorStateRegistry = IAnchorStateRegistry(address(0));
        _refused(p, "anchorStateRegistry");
        p = _parameters();
        p.inbox = IInbox(address(0));
        _refused(p, "inbox");
        p = _parameters();
        p.challengePeriod = 0;
        _refused(p, "challengePeriod");
        p.challengePeriod = 60 days + 1;
        _refused(p, "challengePeriod");
        p = _parameters();
        p.interval = 0;
        _refused(p, "interval");
        p = _parameters();
        p.codeRoot = 0;
        _refused(p, "codeRoot");
        p = _parameters();
        p.ramRoot = 0;
        _refused(p, "ramRoot");
        p = _parameters();
        p.rulesHash = 0;
        _refused(p, "rulesHash");
        for (uint256 i = 0; i < 3; i++) {
            p = _parameters();
            p.heights[i] = 0;
            _refused(p, "heights");
            p.heights[i] = 33;
            _refused(p, "heights");
        }
    }

    function test_bondsPayForTheMovesThatTheyForce() external {
        IChallengeTree.Parameters memory p = _parameters();
        p.rewards = [uint256(2), 3, 5, 7];
        // Too small a bond is refused even where moves are free.
        for (uint256 i = 0; i < 3; i++) {
            p.stakes = [uint256(1 ether), 1 ether, 1 ether];
            p.stakes[i] = 0.001 ether - 1;
            _refused(p, "stakes");
            p.stakes[i] = 0;
            _refused(p, "stakes");
            p.stakes[i] = 1_000 ether + 1;
            _refused(p, "stakes");
        }
        p = _parameters();
        uint256 steps_ = 0.1 ether + 2 * 0.01 ether;
        uint256 spans_ = 2 * steps_ + 0.015 ether + 2 * 0.01 ether;
        uint256 blocks_ = 2 * spans_ + 0.015 ether + 2 * 0.01 ether + 0.02 ether;
        uint256[3] memory least = [(blocks_ * 5) / 4, (spans_ * 5) / 4, (steps_ * 5) / 4];
        for (uint256 i = 0; i < 3; i++) {
            p.stakes = [least[0], least[1], least[2]];
            p.stakes[i] -= 1;
            _refused(p, "stakes");
        }
        p.stakes = least;
        new ChallengeTree(p);
        p.rewards[3] = 1_000 ether + 1;
        _refused(p, "rewards");
    }

    function test_theRulesCanBeRead() external view {
        assertEq(abi.encode(tree.parameters()), abi.encode(_parameters()), "as they were given");
        assertEq(tree.challengePeriod(), CHALLENGE_PERIOD, "challenge period");
        assertEq(tree.assertionBond(), ASSERTION_BOND, "bond");
        assertEq(address(tree.game().tree()), address(tree), "the assertions' tree");
    }
}

/// @notice Claims again while it is paid.
contract Reenterer {
    IChallengeTree private _tree;

    function pay(IChallengeTree tree) external payable {
        _tree = tree;
        tree.update{value: msg.value}(new IChallengeTree.Update[](0));
    }

    receive() external payable {
        _tree.claimCredit(address(this));
    }
}
