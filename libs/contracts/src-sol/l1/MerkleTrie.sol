// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title MerkleTrie
/// @notice Proves that a Merkle Patricia trie with 32-byte keys holds a value at a key (yellow paper, appendix D).
///
/// Strict: there is at most one proof of a given value at a given key that is accepted. Nothing may follow the leaf, every element
/// must be the one its parent names, RLP must be canonical and used up, paths must match as a whole and padding must be zero.
/// A node shorter than 32 bytes stands inside its parent; it must be given again as an element of its own, as clients do.
library MerkleTrie {
    /// @notice An RLP item of a node. All positions are bytes from the start of the node.
    /// @param start Where the item begins.
    /// @param payload Where its payload begins.
    /// @param length Length of the payload, bytes.
    /// @param end Where the item ends.
    /// @param isList Whether it is a list.
    struct Item {
        uint256 start;
        uint256 payload;
        uint256 length;
        uint256 end;
        bool isList;
    }

    /// @notice Where the proof stands.
    /// @param key The path, 64 nibbles.
    /// @param expected Hash of the next element.
    /// @param embedded Whether the next element stands in its parent too, being shorter than 32 bytes.
    /// @param depth Nibbles of the key that are used up; DONE at the value.
    /// @param index Position of the element that is read, counted from 0.
    struct Walk {
        bytes32 key;
        bytes32 expected;
        bool embedded;
        uint256 depth;
        uint256 index;
    }

    uint256 private constant BRANCH_ITEMS = 17;
    uint256 private constant NIBBLES = 64;
    uint256 private constant DONE = type(uint256).max;

    /// @notice The element at this index is not what its parent names.
    /// @param index Position in the proof, counted from 0.
    error MerkleTrie_WrongNode(uint256 index);

    /// @notice The element at this index is no canonical node, or leads elsewhere.
    /// @param index Position in the proof, counted from 0.
    error MerkleTrie_BadNode(uint256 index);

    /// @notice The proof ends before the leaf, or goes on after it.
    error MerkleTrie_BadLength();

    /// @notice Returns the value at `key`, or fails.
    /// @param key The path itself: for a secure trie, the hash of the key.
    /// @param proof Nodes from the root to the leaf.
    /// @param root Hash of the root node.
    /// @return value The value; never empty.
    function get(bytes32 key, bytes[] calldata proof, bytes32 root) internal pure returns (bytes calldata value) {
        Walk memory walk = Walk({key: key, expected: root, embedded: false, depth: 0, index: 0});
        for (; walk.index < proof.length; walk.index++) {
            bytes calldata node = proof[walk.index];
            // A short node is named by its bytes and a long one by its hash; the root by its hash in any case.
            if (keccak256(node) != walk.expected || (walk.index > 0 && walk.embedded != (node.length < 32)))
                revert MerkleTrie_WrongNode(walk.index);

            Item memory next = _follow(node, walk);
            if (walk.depth == DONE) {
                if (walk.index + 1 != proof.length) revert MerkleTrie_BadLength();
                return node[next.payload:next.end];
            }
            walk.embedded = next.isList;
            if (next.isList) {
                if (next.end - next.start >= 32) revert MerkleTrie_BadNode(walk.index);
                walk.expected = keccak256(node[next.start:next.end]);
            } else {
                if (next.length != 32) revert MerkleTrie_BadNode(walk.index);
                walk.expected = bytes32(node[next.payload:next.end]);
            }
        }
        revert MerkleTrie_BadLength();
    }

    /// @dev The item of a node to which the key leads: what names the next node or, with `walk.depth` set to DONE, the value.
    function _follow(bytes calldata node, Walk memory walk) private pure returns (Item memory) {
        (Item[BRANCH_ITEMS] memory items, uint256 count) = _items(node, walk.index);
        if (count == BRANCH_ITEMS) {
            // All keys are equally long: a branch holds no value, and the path goes on.
            if (walk.depth >= NIBBLES || items[16].length != 0 || items[16].isList)
                revert MerkleTrie_BadNode(walk.index);
            return items[_nibble(walk.key, walk.depth++)];
        }
        (uint256 matched, bool isLeaf) = _match(node, items[0], walk.key, walk.depth, walk.index);
        walk.depth += matched;
        if (isLeaf) {
            if (walk.depth != NIBBLES || items[1].isList || items[1].length == 0) revert MerkleTrie_BadNode(walk.index);
            walk.depth = DONE;
        }
        return items[1];
    }

    /// @dev Compares the path of a leaf or extension with the key from `depth` on. All of it must match.
    function _match(
        bytes calldata node,
        Item memory path,
        bytes32 key,
        uint256 depth,
        uint256 index
    ) private pure returns (uint256 length, bool isLeaf) {
        if (path.isList || path.length == 0 || path.length > 33) revert MerkleTrie_BadNode(index);
        uint8 first = uint8(node[path.payload]);
        uint8 flag = first >> 4;
        // Hex-prefix encoding: 0 and 1 are extensions, 2 and 3 leaves; the odd ones carry a nibble, the others a zero.
        if (flag > 3 || (flag & 1 == 0 && first & 0x0f != 0)) revert MerkleTrie_BadNode(index);
        isLeaf = flag >= 2;
        uint256 odd = flag & 1;
        length = (path.length - 1) * 2 + odd;
        if ((!isLeaf && length == 0) || depth + length > NIBBLES) revert MerkleTrie_BadNode(index);
        for (uint256 j = 0; j < length; j++) {
            uint256 at = j + 2 - odd;
            uint8 b = uint8(node[path.payload + at / 2]);
            if (_nibble(key, depth + j) != (at % 2 == 0 ? b >> 4 : b & 0x0f)) revert MerkleTrie_BadNode(index);
        }
    }

    /// @dev Splits a node in its items: 2 or 17, nothing before, between or after.
    function _items(
        bytes calldata node,
        uint256 index
    ) private pure returns (Item[BRANCH_ITEMS] memory items, uint256 count) {
        Item memory list = _item(node, 0, node.length, index);
        if (!list.isList || list.end != node.length) revert MerkleTrie_BadNode(index);
        uint256 at = list.payload;
        while (at < list.end) {
            if (count == BRANCH_ITEMS) revert MerkleTrie_BadNode(index);
            items[count] = _item(node, at, list.end, index);
            at = items[count].end;
            count += 1;
        }
        if (count != 2 && count != BRANCH_ITEMS) revert MerkleTrie_BadNode(index);
    }

    /// @dev Reads the header of the RLP item at `at` (yellow paper, appendix B), which must be the shortest for its payload.
    function _item(
        bytes calldata node,
        uint256 at,
        uint256 limit,
        uint256 index
    ) private pure returns (Item memory item) {
        if (at >= limit) revert MerkleTrie_BadNode(index);
        uint256 prefix = uint8(node[at]);
        item.start = at;
        item.isList = prefix >= 0xc0;
        if (prefix < 0x80) {
            item.payload = at;
            item.length = 1;
        } else {
            uint256 short = prefix - (item.isList ? 0xc0 : 0x80);
            if (short <= 55) {
                item.payload = at + 1;
                item.length = short;
            } else {
                uint256 size = short - 55;
                if (at + 1 + size > limit || node[at + 1] == 0) revert MerkleTrie_BadNode(index);
                uint256 length = 0;
                for (uint256 j = 0; j < size; j++) length = (length << 8) | uint8(node[at + 1 + j]);
                // Eight bytes of length at most, so nothing overflows; the shorter form must be used where it serves.
                if (length <= 55) revert MerkleTrie_BadNode(index);
                item.payload = at + 1 + size;
                item.length = length;
            }
        }
        item.end = item.payload + item.length;
        if (item.end > limit) revert MerkleTrie_BadNode(index);
        if (prefix == 0x81 && uint8(node[item.payload]) < 0x80) revert MerkleTrie_BadNode(index);
    }

    function _nibble(bytes32 key, uint256 position) private pure returns (uint8) {
        uint8 b = uint8(key[position / 2]);
        return position % 2 == 0 ? b >> 4 : b & 0x0f;
    }
}
