// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A commitment of any depth that has one leaf before a position, one at it, and one after it.
struct Spine {
    uint256 depth;
    uint256 position;
    bytes32 before;
    bytes32 at;
    bytes32 next;
}

/// @title Spines
/// @notice Nodes of such a commitment, which has too many leaves to be written out.
library Spines {
    /// @notice Root of a tree all leaves of which are this one.
    function flat(bytes32 leaf, uint256 height) internal pure returns (bytes32) {
        for (uint256 i = 0; i < height; i++) leaf = keccak256(abi.encode(leaf, leaf));
        return leaf;
    }

    /// @notice The node of a height above the position.
    function node(Spine memory s, uint256 height) internal pure returns (bytes32 value) {
        value = s.at;
        for (uint256 i = 0; i < height; i++) {
            if ((s.position >> i) & 1 == 1) value = keccak256(abi.encode(flat(s.before, i), value));
            else value = keccak256(abi.encode(value, flat(s.next, i)));
        }
    }

    function root(Spine memory s) internal pure returns (bytes32) {
        return node(s, s.depth);
    }

    /// @notice The halves of the node of a height above the position.
    function halves(Spine memory s, uint256 height) internal pure returns (bytes32 left, bytes32 right) {
        bytes32 child = node(s, height - 1);
        if ((s.position >> (height - 1)) & 1 == 1) return (flat(s.before, height - 1), child);
        return (child, flat(s.next, height - 1));
    }

    /// @notice Mutual of the edge of a height above the position.
    function mutualAt(Spine memory s, bytes32 top, uint256 height) internal pure returns (bytes32 mutual) {
        mutual = top;
        for (uint256 i = s.depth; i > height; i--) {
            if ((s.position >> (i - 1)) & 1 == 0) mutual = keccak256(abi.encode(mutual, uint256(1)));
            else mutual = keccak256(abi.encode(mutual, uint256(2), flat(s.before, i - 1)));
        }
    }

    /// @notice Roots of the halves on the left of the way to the position, from the top down.
    function lefts(Spine memory s) internal pure returns (bytes32[] memory list) {
        uint256 ones = 0;
        for (uint256 i = 0; i < s.depth; i++) ones += (s.position >> i) & 1;
        list = new bytes32[](ones);
        ones = 0;
        for (uint256 i = s.depth; i > 0; i--)
            if ((s.position >> (i - 1)) & 1 == 1) list[ones++] = flat(s.before, i - 1);
    }

    /// @notice Siblings of the last leaf of the nearest half on the left.
    function beforeProof(Spine memory s) internal pure returns (bytes32[] memory proof) {
        uint256 height = 0;
        while ((s.position >> height) & 1 == 0) height++;
        proof = new bytes32[](height);
        for (uint256 i = 0; i < height; i++) proof[i] = flat(s.before, i);
    }

    /// @notice Siblings of the last leaf, which must not be the one at the position.
    function lastProof(Spine memory s) internal pure returns (bytes32[] memory proof) {
        proof = new bytes32[](s.depth);
        for (uint256 i = 0; i < s.depth; i++) {
            uint256 last = (1 << (s.depth - i)) - 1;
            if (s.position >> i == last) proof[i] = flat(s.before, i);
            else proof[i] = s.position >> i == last - 1 ? node(s, i) : flat(s.next, i);
        }
    }
}
