// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Opening, TrainingLeaf, TreeStep} from "../src-sol/interfaces/ITrainingCommit.sol";
import {TrainingTree} from "../src-sol/TrainingTree.sol";

/// @notice All levels of a tree, from the leaves up.
struct Tree {
    uint64 leaves;
    bytes32[][] hashes;
    uint256[][] weights;
}

/// @notice One node that does not have the sum of its children.
struct Fault {
    uint256 level;
    uint256 index;
    uint256 more;
}

/// @notice Builds small trees of training commitments, and wrong ones.
library Trees {
    function build(TrainingLeaf[] memory leaves, uint256[] memory weights) internal pure returns (Tree memory) {
        return build(hashesOf(leaves), weights, uint64(leaves.length), Fault(0, 0, 0));
    }

    function hashesOf(TrainingLeaf[] memory leaves) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](leaves.length);
        for (uint256 i = 0; i < leaves.length; i++) hashes[i] = TrainingTree.hashOf(leaves[i]);
    }

    /// @dev `hashes` and `weights` may be longer than `leaves`: then there is something where padding belongs.
    function build(
        bytes32[] memory hashes,
        uint256[] memory weights,
        uint64 leaves,
        Fault memory fault
    ) internal pure returns (Tree memory tree) {
        uint256 depth = TrainingTree.depthOf(leaves);
        tree = Tree(leaves, new bytes32[][](depth + 1), new uint256[][](depth + 1));
        tree.hashes[0] = new bytes32[](1 << depth);
        tree.weights[0] = new uint256[](1 << depth);
        for (uint256 i = 0; i < hashes.length; i++) (tree.hashes[0][i], tree.weights[0][i]) = (hashes[i], weights[i]);
        for (uint256 level = 0; level <= depth; level++) {
            if (level > 0) _above(tree, level, depth);
            if (level == fault.level) tree.weights[level][fault.index] += fault.more;
        }
    }

    function _above(Tree memory tree, uint256 level, uint256 depth) private pure {
        (bytes32[] memory hashes, uint256[] memory weights) = (tree.hashes[level - 1], tree.weights[level - 1]);
        tree.hashes[level] = new bytes32[](1 << (depth - level));
        tree.weights[level] = new uint256[](1 << (depth - level));
        for (uint256 i = 0; i < tree.hashes[level].length; i++) {
            tree.hashes[level][i] = TrainingTree.hashOf(
                hashes[2 * i],
                weights[2 * i],
                hashes[2 * i + 1],
                weights[2 * i + 1]
            );
            tree.weights[level][i] = weights[2 * i] + weights[2 * i + 1];
        }
    }

    function root(Tree memory tree) internal pure returns (bytes32, uint256) {
        uint256 top = tree.hashes.length - 1;
        return (tree.hashes[top][0], tree.weights[top][0]);
    }

    function stepsOf(Tree memory tree, uint256 level, uint256 index) internal pure returns (TreeStep[] memory steps) {
        steps = new TreeStep[](tree.hashes.length - 1 - level);
        for (uint256 i = 0; i < steps.length; i++) {
            steps[i] = TreeStep(
                tree.hashes[level + i][index ^ 1],
                tree.weights[level + i][index ^ 1],
                tree.weights[level + i + 1][index >> 1]
            );
            index >>= 1;
        }
    }

    function open(Tree memory tree, TrainingLeaf memory leaf, uint64 position) internal pure returns (Opening memory) {
        return Opening(position, leaf, tree.weights[0][position], stepsOf(tree, 0, position));
    }
}
