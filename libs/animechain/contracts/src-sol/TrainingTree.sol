// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {TrainingLeaf, TreeStep} from "./interfaces/ITrainingCommit.sol";

/// @title TrainingTree
/// @notice The tree of a training commitment. A leaf is hashed twice, so 32 bytes go into its hash and 128 into a node's: neither passes for the other.
library TrainingTree {
    /// @notice How deep the tree of so many leaves is.
    /// @param leaves The number, 1 at least.
    /// @return Levels above the leaves.
    function depthOf(uint64 leaves) internal pure returns (uint256) {
        return leaves == 1 ? 0 : Math.log2(leaves - 1) + 1;
    }

    /// @notice Hash of a leaf.
    /// @param leaf The leaf.
    /// @return The hash.
    function hashOf(TrainingLeaf memory leaf) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf.index, leaf.item, leaf.consent, leaf.weight))));
    }

    /// @notice Hash of a node.
    /// @param left Hash of the left child.
    /// @param leftWeights Its weights.
    /// @param right Hash of the right child.
    /// @param rightWeights Its weights.
    /// @return The hash.
    function hashOf(
        bytes32 left,
        uint256 leftWeights,
        bytes32 right,
        uint256 rightWeights
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(left, leftWeights, right, rightWeights));
    }

    /// @notice Hash of a node with nothing but padding below it. Its weights are 0.
    /// @param level Its level; leaves are at 0.
    /// @return hash The hash; 0 at level 0.
    function emptyAt(uint256 level) internal pure returns (bytes32 hash) {
        for (uint256 i = 0; i < level; i++) hash = hashOf(hash, 0, hash, 0);
    }

    /// @notice Weights of an item.
    /// @param weight What it weighs.
    /// @param basis 1 to 4.
    /// @return The weights by basis, packed.
    function weightsOf(uint32 weight, uint8 basis) internal pure returns (uint256) {
        return uint256(weight) << (64 * (uint256(basis) - 1));
    }

    /// @notice Climbs from a node to the root.
    /// @param hash Hash of the node.
    /// @param weights Its weights.
    /// @param position Which node of its level, from 0.
    /// @param steps The way, from the node up.
    /// @return root Hash of the root that it leads to.
    /// @return rootWeights Weights of that root.
    /// @return fits Whether each node above has the sum of its children's weights.
    /// @return outside Whether the position is beyond the tree.
    function climb(
        bytes32 hash,
        uint256 weights,
        uint256 position,
        TreeStep[] calldata steps
    ) internal pure returns (bytes32 root, uint256 rootWeights, bool fits, bool outside) {
        fits = true;
        for (uint256 i = 0; i < steps.length; i++) {
            TreeStep calldata step = steps[i];
            hash =
                position & 1 == 0
                    ? hashOf(hash, weights, step.hash, step.weights)
                    : hashOf(step.hash, step.weights, hash, weights);
            // Sums of four lanes at once. Where every leaf has its own weight and every node fits, no lane overflows: 2^32 leaves of less than 2^32.
            unchecked {
                if (weights + step.weights != step.above) fits = false;
            }
            weights = step.above;
            position >>= 1;
        }
        return (hash, weights, fits, position != 0);
    }
}
