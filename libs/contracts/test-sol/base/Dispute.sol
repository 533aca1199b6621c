// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IChallengeTree} from "../../src-sol/l1/interfaces/IChallengeTree.sol";
import {MachineState, MachineStates} from "../../src-sol/proving/MachineState.sol";
import {L1Setup} from "./L1Setup.sol";

/// @title Dispute
/// @notice One batch of three blocks, what is right about it, lies about it, and the moves of a dispute.
abstract contract Dispute is L1Setup {
    using MachineStates for MachineState;

    /// @dev Output roots after each block, the last one repeated.
    bytes32[] internal right;

    function setUp() public virtual override {
        super.setUp();
        _appendNext(3);
        _pass(12);
        right = _rightHistory(GENESIS, 0, 0, 3);
    }

    /// @notice Fixes what the machine gives for the blocks after a parent, and says it.
    function _rightHistory(
        bytes32 agreed,
        uint256 parentBlock,
        uint256 batchIndex,
        uint256 blocks
    ) internal returns (bytes32[] memory leaves) {
        leaves = new bytes32[](4);
        bytes32 root = agreed;
        for (uint256 i = 0; i < 4; i++) {
            bytes32 inputs = _inputs(root, parentBlock, batchIndex, i);
            if (i < blocks) root = keccak256(abi.encode("output", inputs));
            prover.setOutput(inputs, root);
            leaves[i] = root;
        }
    }

    function _inputs(
        bytes32 before,
        uint256 parentBlock,
        uint256 batchIndex,
        uint256 position
    ) internal view returns (bytes32) {
        return keccak256(abi.encode(before, inbox.batchAcc(batchIndex + 1), parentBlock + 1 + position, RULES));
    }

    /// @notice A history that is right up to a block, and then not.
    function _wrong(uint256 from, bytes32 lie) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; i++) leaves[i] = i < from ? right[i] : keccak256(abi.encode(lie, i));
    }

    function _rightLeaves() internal view returns (bytes32[] memory) {
        return right;
    }

    /// @notice First state of the machine for a block of the first batch.
    function _firstState(uint256 position) internal view returns (MachineState memory) {
        bytes32 before = position == 0 ? GENESIS : right[position - 1];
        return MachineStates.first(CODE, RAM, PAGES, _inputs(before, 0, 0, position));
    }

    /// @notice The state of that run after so many steps.
    function _stateAt(uint256 position, uint256 steps) internal view returns (MachineState memory) {
        return prover.run(_firstState(position), steps);
    }

    /// @notice States of a block's run after each span of four steps.
    function _rightSpans(uint256 position) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; i++) leaves[i] = _stateAt(position, 4 * (i + 1)).hash();
    }

    /// @notice States of a block's run after each step of a span.
    function _rightSteps(uint256 position, uint256 span) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; i++) leaves[i] = _stateAt(position, 4 * span + i + 1).hash();
    }

    /// @notice What a lie about a block ends with.
    function _falseEnd(uint256 position, bytes32 output) internal view returns (MachineState memory last) {
        last = _stateAt(position, 16);
        last.output = output;
    }

    /// @notice Spans that are right up to one, and end with a false output.
    function _wrongSpans(
        uint256 position,
        uint256 from,
        bytes32 output
    ) internal view returns (bytes32[] memory leaves) {
        leaves = _rightSpans(position);
        for (uint256 i = from; i < 4; i++) leaves[i] = keccak256(abi.encode("span", output, i));
        leaves[3] = _falseEnd(position, output).hash();
    }

    /// @notice Steps that are right up to one, and end with a false state.
    function _wrongSteps(
        uint256 position,
        uint256 span,
        uint256 from,
        bytes32 end
    ) internal view returns (bytes32[] memory leaves) {
        leaves = _rightSteps(position, span);
        for (uint256 i = from; i < 4; i++) leaves[i] = keccak256(abi.encode("step", end, i));
        leaves[3] = end;
    }

    // --- places

    function _lower(bytes32 mutual) internal pure returns (bytes32) {
        return keccak256(abi.encode(mutual, uint256(1)));
    }

    function _upper(bytes32 mutual, bytes32 left) internal pure returns (bytes32) {
        return keccak256(abi.encode(mutual, uint256(2), left));
    }

    function _next(bytes32 mutual) internal pure returns (bytes32) {
        return keccak256(abi.encode(mutual, uint256(3)));
    }

    function _id(bytes32 mutual, bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encode(mutual, root));
    }

    /// @notice Mutual of the edge of a height above a leaf.
    function _mutualAt(
        bytes32 top,
        bytes32[] memory leaves,
        uint256 position,
        uint256 height
    ) internal pure returns (bytes32 mutual) {
        mutual = top;
        for (uint256 at = _depth(leaves); at > height; at--) {
            uint256 index = position >> (at - 1);
            mutual = index % 2 == 0 ? _lower(mutual) : _upper(mutual, _node(leaves, at - 1, index - 1));
        }
    }

    function _leaf(
        uint8 level,
        bytes32 top,
        bytes32[] memory leaves,
        uint256 position
    ) internal pure returns (IChallengeTree.Leaf memory leaf) {
        uint256 depth = _depth(leaves);
        uint256 ones = 0;
        for (uint256 i = 0; i < depth; i++) ones += (position >> i) & 1;
        leaf.level = level;
        leaf.top = top;
        leaf.position = uint64(position);
        leaf.root = leaves[position];
        leaf.lefts = new bytes32[](ones);
        ones = 0;
        for (uint256 i = depth; i > 0; i--)
            if ((position >> (i - 1)) & 1 == 1) leaf.lefts[ones++] = _node(leaves, i - 1, (position >> (i - 1)) - 1);
        if (position == 0) return leaf;
        leaf.before = leaves[position - 1];
        uint256 height = 0;
        while ((position >> height) & 1 == 0) height++;
        leaf.beforeProof = new bytes32[](height);
        for (uint256 i = 0; i < height; i++) leaf.beforeProof[i] = _node(leaves, i, ((position - 1) >> i) - 1);
    }

    // --- moves

    /// @notice Bisects the edge of a height above a leaf.
    function _bisect(address who, bytes32 top, bytes32[] memory leaves, uint256 position, uint256 height) internal {
        uint256 index = position >> height;
        bytes32 mutual = _mutualAt(top, leaves, position, height);
        bytes32 left = _node(leaves, height - 1, 2 * index);
        bytes32 upper = _node(leaves, height - 1, 2 * index + 1);
        vm.prank(who);
        tree.bisect(mutual, left, upper);
    }

    /// @notice Bisects two rivals in turn, down to the first leaf at which they differ.
    function _fight(
        bytes32 top,
        address one,
        bytes32[] memory leaves,
        address two,
        bytes32[] memory others,
        uint256 position
    ) internal {
        for (uint256 height = _depth(leaves); height > 0; height--) {
            _bisect(one, top, leaves, position, height);
            _bisect(two, top, others, position, height);
        }
    }

    /// @notice Refines a leaf of level 0 or 1; gives the mutual of the refinement.
    function _refine(
        address who,
        IChallengeTree.Leaf memory leaf,
        bytes32[] memory below,
        MachineState memory last,
        uint256 value
    ) internal {
        bytes32[] memory proof = _lastProof(below);
        bytes32 root = _rootOf(below);
        vm.prank(who);
        tree.refine{value: value}(leaf, root, proof, last);
    }

    function _prove(address who, IChallengeTree.Leaf memory leaf, MachineState memory state) internal {
        vm.prank(who);
        tree.prove(leaf, state, new bytes32[](0), "");
    }

    /// @notice Updates the edges of a commitment from a leaf up.
    function _updateUp(bytes32 top, bytes32[] memory leaves, uint256 position, bool leafToo) internal {
        uint256 depth = _depth(leaves);
        IChallengeTree.Update[] memory updates = new IChallengeTree.Update[](leafToo ? depth + 1 : depth);
        uint256 n = 0;
        if (leafToo) updates[n++] = IChallengeTree.Update(_mutualAt(top, leaves, position, 0), leaves[position], 0, 0);
        for (uint256 height = 1; height <= depth; height++) {
            uint256 index = position >> height;
            updates[n++] = IChallengeTree.Update(
                _mutualAt(top, leaves, position, height),
                _node(leaves, height, index),
                _node(leaves, height - 1, 2 * index),
                _node(leaves, height - 1, 2 * index + 1)
            );
        }
        tree.update(updates);
    }

    /// @notice Updates a root edge that was bisected from its halves.
    function _updateTop(bytes32 top, bytes32[] memory leaves) internal {
        uint256 depth = _depth(leaves);
        IChallengeTree.Update[] memory updates = new IChallengeTree.Update[](1);
        updates[0] = IChallengeTree.Update(
            top,
            _node(leaves, depth, 0),
            _node(leaves, depth - 1, 0),
            _node(leaves, depth - 1, 1)
        );
        tree.update(updates);
    }

    /// @notice Updates an edge by itself.
    function _updateAlone(bytes32 mutual, bytes32 root) internal {
        IChallengeTree.Update[] memory updates = new IChallengeTree.Update[](1);
        updates[0] = IChallengeTree.Update(mutual, root, 0, 0);
        tree.update(updates);
    }

    function _pathTo(
        bytes32[] memory leaves,
        uint256 position
    ) internal pure returns (IChallengeTree.Step[] memory path) {
        uint256 depth = _depth(leaves);
        path = new IChallengeTree.Step[](depth);
        for (uint256 height = depth; height > 0; height--) {
            uint256 index = position >> height;
            path[depth - height] = IChallengeTree.Step(
                (position >> (height - 1)) & 1 == 0 ? IChallengeTree.Turn.Lower : IChallengeTree.Turn.Upper,
                _node(leaves, height - 1, 2 * index),
                _node(leaves, height - 1, 2 * index + 1)
            );
        }
    }

    function _join(
        IChallengeTree.Step[] memory a,
        IChallengeTree.Step[] memory b
    ) internal pure returns (IChallengeTree.Step[] memory all) {
        all = new IChallengeTree.Step[](a.length + b.length);
        for (uint256 i = 0; i < a.length; i++) all[i] = a[i];
        for (uint256 i = 0; i < b.length; i++) all[a.length + i] = b[i];
    }

    function _turn(bytes32 root) internal pure returns (IChallengeTree.Step[] memory path) {
        path = new IChallengeTree.Step[](1);
        path[0] = IChallengeTree.Step(IChallengeTree.Turn.Refined, root, 0);
    }
}
