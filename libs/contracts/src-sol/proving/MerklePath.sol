// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title MerklePath
/// @notice Roots of binary trees from a leaf and its siblings in calldata. A node is the keccak256 of its two children.
library MerklePath {
    /// @notice The root of a tree that holds a node, and where its siblings end.
    /// @dev Nothing is said about whether calldata reaches so far: beyond it there are zeros, and the caller compares `end`.
    /// @param node The node, hashed.
    /// @param index Its generalised index: the path from the root with a 1 in front, 0 for left.
    /// @param at Position in calldata of its first sibling, bytes. Siblings follow from the node's own up.
    /// @return top The root.
    /// @return end Position after its last sibling, bytes.
    function root(bytes32 node, uint256 index, uint256 at) internal pure returns (bytes32 top, uint256 end) {
        assembly ("memory-safe") {
            for {
                end := at
            } gt(index, 1) {
                index := shr(1, index)
                end := add(end, 0x20)
            } {
                // Both children stand in the scratch space; a node with an odd index is the right one.
                let place := shl(5, and(index, 1))
                mstore(place, node)
                mstore(xor(place, 0x20), calldataload(end))
                node := keccak256(0x00, 0x40)
            }
            top := node
        }
    }

    /// @notice How a leaf stands in the tree.
    /// @param leaf Its 32 bytes.
    /// @return node Their hash.
    function hashLeaf(bytes32 leaf) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0x00, leaf)
            node := keccak256(0x00, 0x20)
        }
    }
}
