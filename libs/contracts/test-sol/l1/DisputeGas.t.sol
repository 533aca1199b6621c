// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IChallengeTree} from "../../src-sol/l1/interfaces/IChallengeTree.sol";
import {MachineState, MachineStates} from "../../src-sol/proving/MachineState.sol";
import {GameStatus} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";
import {Spine, Spines} from "../base/Spine.sol";

/// @notice A dispute with the levels of a real chain, to the end, and what its moves cost: kept in snapshots/gas.json, without calldata and the base
/// cost of a transaction. The steps of this machine cost next to nothing; those of the real one are in snapshots/steps.json.
contract DisputeGasTest is L1Setup {
    using MachineStates for MachineState;
    using Spines for Spine;

    bytes32 private top0;
    bytes32 private top1;
    bytes32 private top2;
    IAssertionGame private honest;
    IAssertionGame private liar;

    function _parameters() internal view override returns (IChallengeTree.Parameters memory p) {
        p = super._parameters();
        p.heights = [13, 20, 20];
        p.rewards = [uint256(0.002 ether), 0.001 ether, 0.0015 ether, 0.01 ether];
    }

    function setUp() public override {
        super.setUp();
        _appendNext(3);
        liar = _claim(bob, _blocks("false output"));
        honest = _claim(alice, _blocks("right output"));
        top0 = honest.tournament();
        top1 = _below(_blocks("right output").mutualAt(top0, 0));
        top2 = _below(_spans("right output").mutualAt(top1, 0));
    }

    // Every second step of the way down goes to the right.

    function _blocks(bytes32 output) private pure returns (Spine memory) {
        return Spine(13, 0xaaa, "output before", output, keccak256(abi.encode(output)));
    }

    function _spans(bytes32 output) private view returns (Spine memory) {
        return Spine(20, 0xaaaaa, "state before", keccak256(abi.encode("span", output)), _end(output).hash());
    }

    function _steps(bytes32 output) private view returns (Spine memory s) {
        s = Spine(20, 0xaaaaa, _before().hash(), output, keccak256(abi.encode("span", output)));
        if (output == "right output") s.at = prover.run(_before(), 1).hash();
    }

    function _inputs() private view returns (bytes32) {
        return keccak256(abi.encode(bytes32("output before"), inbox.batchAcc(1), uint256(1 + 0xaaa), RULES));
    }

    function _before() private view returns (MachineState memory) {
        return prover.run(MachineStates.first(CODE, RAM, PAGES, _inputs()), 5);
    }

    function _end(bytes32 output) private view returns (MachineState memory last) {
        last = prover.run(MachineStates.first(CODE, RAM, PAGES, _inputs()), 11);
        last.output = output;
    }

    function _below(bytes32 mutual) private pure returns (bytes32) {
        return keccak256(abi.encode(mutual, uint256(3)));
    }

    function _claim(address who, Spine memory s) private returns (IAssertionGame) {
        bytes memory data = abi.encodePacked(_extraData(NO_PARENT, s.root()), s.lastProof());
        vm.prank(who);
        return IAssertionGame(address(factory.create{value: ASSERTION_BOND}(0, s.next, data)));
    }

    function _fight(bytes32 top, Spine memory good, Spine memory bad) private {
        for (uint256 height = good.depth; height > 0; height--) {
            bytes32 mutual = good.mutualAt(top, height);
            (bytes32 left, bytes32 right) = good.halves(height);
            _cool();
            vm.prank(alice);
            tree.bisect(mutual, left, right);
            if (height == 2) vm.snapshotGasLastCall("gas", "bisection, first of two rivals");
            (left, right) = bad.halves(height);
            _cool();
            vm.prank(bob);
            tree.bisect(mutual, left, right);
            if (height == 2) vm.snapshotGasLastCall("gas", "bisection, second of two rivals");
        }
    }

    function _leaf(uint8 level, bytes32 top, Spine memory s) private pure returns (IChallengeTree.Leaf memory) {
        return IChallengeTree.Leaf(level, top, uint64(s.position), s.lefts(), s.at, s.before, s.beforeProof());
    }

    function _refine(
        address who,
        IChallengeTree.Leaf memory leaf,
        Spine memory below,
        MachineState memory last
    ) private {
        bytes32[] memory proof = below.lastProof();
        bytes32 root = below.root();
        _cool();
        vm.prank(who);
        tree.refine(leaf, root, proof, last);
    }

    function _updates(bytes32 top, Spine memory s, bool alone) private pure returns (IChallengeTree.Update[] memory u) {
        u = new IChallengeTree.Update[](alone ? 1 : s.depth);
        if (alone) u[0] = IChallengeTree.Update(s.mutualAt(top, 0), s.at, 0, 0);
        else
            for (uint256 height = 1; height <= s.depth; height++) {
                (bytes32 left, bytes32 right) = s.halves(height);
                u[height - 1] = IChallengeTree.Update(s.mutualAt(top, height), s.node(height), left, right);
            }
    }

    function _path(Spine memory s, uint256 from, IChallengeTree.Step[] memory path) private pure returns (uint256) {
        for (uint256 height = s.depth; height > 0; height--) {
            (bytes32 left, bytes32 right) = s.halves(height);
            path[from++] = IChallengeTree.Step(
                (s.position >> (height - 1)) & 1 == 0 ? IChallengeTree.Turn.Lower : IChallengeTree.Turn.Upper,
                left,
                right
            );
        }
        return from;
    }

    /// @notice The next call finds storage as a transaction of its own does.
    function _cool() private {
        address[8] memory all = [
            address(tree),
            address(factory),
            address(registry),
            address(config),
            address(inbox),
            address(prover),
            address(honest),
            address(liar)
        ];
        for (uint256 i = 0; i < all.length; i++) vm.cool(all[i]);
    }

    function _fightToTheEnd() private {
        Spine memory blocks = _blocks("right output");
        Spine memory spans = _spans("right output");
        Spine memory steps = _steps("right output");
        _fight(top0, blocks, _blocks("false output"));
        _refine(alice, _leaf(0, top0, blocks), spans, _end("right output"));
        vm.snapshotGasLastCall("gas", "refinement to spans, first");
        _refine(bob, _leaf(0, top0, _blocks("false output")), _spans("false output"), _end("false output"));
        vm.snapshotGasLastCall("gas", "refinement to spans, second");
        _fight(top1, spans, _spans("false output"));
        MachineState memory none;
        _refine(alice, _leaf(1, top1, spans), steps, none);
        vm.snapshotGasLastCall("gas", "refinement to steps, first");
        _refine(bob, _leaf(1, top1, _spans("false output")), _steps("false output"), none);
        _fight(top2, steps, _steps("false output"));
        IChallengeTree.Leaf memory leaf = _leaf(2, top2, steps);
        MachineState memory state = _before();
        _cool();
        vm.prank(alice);
        tree.prove(leaf, state, new bytes32[](0), "");
        vm.snapshotGasLastCall("gas", "proof, besides the step");
    }

    function test_gasOfADisputeWithTheLevelsOfAChain() external {
        _fightToTheEnd();
        _pass(CHALLENGE_PERIOD);
        Spine memory blocks = _blocks("right output");
        tree.update(_updates(top2, _steps("right output"), true));
        IChallengeTree.Update[] memory level = _updates(top2, _steps("right output"), false);
        _cool();
        tree.update(level);
        vm.snapshotGasLastCall("gas", "update of a level of 20");
        tree.update(_updates(top1, _spans("right output"), false));
        tree.update(_updates(top0, blocks, false));
        _cool();
        honest.resolve();
        vm.snapshotGasLastCall("gas", "assertion with rivals, resolve");
        _pass(FINALITY_DELAY);
        _cool();
        liar.resolve();
        vm.snapshotGasLastCall("gas", "rejected assertion, resolve");
        assertEq(uint8(honest.status()), uint8(GameStatus.DEFENDER_WINS), "accepted");
        assertEq(uint8(liar.status()), uint8(GameStatus.CHALLENGER_WINS), "rejected");

        IChallengeTree.Step[] memory path = new IChallengeTree.Step[](55);
        uint256 at = _path(blocks, 0, path);
        path[at++] = IChallengeTree.Step(IChallengeTree.Turn.Refined, _spans("right output").root(), 0);
        at = _path(_spans("right output"), at, path);
        path[at++] = IChallengeTree.Step(IChallengeTree.Turn.Refined, _steps("right output").root(), 0);
        _path(_steps("right output"), at, path);
        _cool();
        tree.reward(top0, path);
        vm.snapshotGasLastCall("gas", "rewards of a whole path");
        uint256 earned = 0.002 ether + 53 * 0.001 ether + 2 * 0.0015 ether + 0.01 ether;
        assertEq(tree.credit(alice), ASSERTION_BOND + earned, "bond and rewards");
        _cool();
        tree.claimCredit(alice);
        vm.snapshotGasLastCall("gas", "credit, claim");
    }

    function test_gasOfAnAssertion() external {
        _appendNext(3);
        _pass(1);
        Spine memory s = _blocks("next output");
        bytes memory data = abi.encodePacked(_extraData(honest, s.root()), s.lastProof());
        _cool();
        vm.prank(proposer);
        IAssertionGame game = IAssertionGame(address(factory.create{value: ASSERTION_BOND}(0, s.next, data)));
        vm.snapshotGasLastCall("gas", "assertion, create");
        (bytes32 left, bytes32 right) = _blocks("right output").halves(13);
        tree.bisect(top0, left, right);
        _pass(CHALLENGE_PERIOD);
        IChallengeTree.Update[] memory u = new IChallengeTree.Update[](1);
        u[0] = IChallengeTree.Update(top0, _blocks("right output").root(), left, right);
        tree.update(u);
        honest.resolve();
        _cool();
        game.resolve();
        vm.snapshotGasLastCall("gas", "assertion, resolve");
    }
}
