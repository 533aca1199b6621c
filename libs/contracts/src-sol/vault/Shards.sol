// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a blob's id is the hash of.
/// @param header Header of the sealed file, 80 bytes.
/// @param length Bytes of all chunks.
/// @param dataRoot Root over the chunks.
/// @param shardRoots Roots of the five shards.
/// @param project Whose it is; zero for batches of a rollup.
struct BlobDescriptor {
    bytes header;
    uint64 length;
    bytes32 dataRoot;
    bytes32[5] shardRoots;
    bytes32 project;
}

/// @title Shards
/// @notice Where the pieces of sealed bytes are, and how they are proven. docs/spec/vault.md, sections 2.4 to 2.6.
library Shards {
    /// @notice Bytes of a whole chunk, its tag included.
    uint256 internal constant CHUNK = 262_160;
    /// @notice Bytes of a leaf at most.
    uint256 internal constant LEAF = 4_096;
    /// @notice Chunks of a stripe.
    uint256 internal constant DATA = 3;
    /// @notice Shards, and units of a stripe.
    uint256 internal constant COUNT = 5;
    /// @notice Bytes of a header.
    uint256 internal constant HEADER = 80;

    /// @notice Id of sealed bytes.
    /// @param blob What it is the hash of; its header has 80 bytes.
    /// @return id The id.
    function idOf(BlobDescriptor memory blob) internal pure returns (bytes32 id) {
        return
            sha256(
                abi.encodePacked(
                    "animechain/vault/blob/1",
                    blob.header,
                    blob.length,
                    blob.dataRoot,
                    blob.shardRoots,
                    blob.project
                )
            );
    }

    /// @notice Number of stripes.
    /// @param length Bytes of all chunks.
    /// @return stripes Their number.
    function stripesOf(uint256 length) internal pure returns (uint256 stripes) {
        return (_chunks(length) + DATA - 1) / DATA;
    }

    /// @notice Number of stripes of which a shard has a unit that is not empty: all, or all but the last.
    /// @param length Bytes of all chunks.
    /// @param shard The shard.
    /// @return stripes Their number.
    function heldBy(uint256 length, uint256 shard) internal pure returns (uint256 stripes) {
        stripes = stripesOf(length);
        if (stripes != 0 && unitLength(length, shard, stripes - 1) == 0) stripes--;
    }

    /// @notice Bytes of a shard's unit.
    /// @param length Bytes of all chunks.
    /// @param shard The shard.
    /// @param stripe The stripe.
    /// @return bytes_ Bytes; zero where the unit is empty.
    function unitLength(uint256 length, uint256 shard, uint256 stripe) internal pure returns (uint256 bytes_) {
        // Unit u of stripe s belongs to shard (u + s) mod 5.
        uint256 unit = (shard + COUNT - (stripe % COUNT)) % COUNT;
        // Parity is as long as the first chunk of its stripe.
        uint256 chunk = stripe * DATA + (unit < DATA ? unit : 0);
        uint256 begin = chunk * CHUNK;
        if (begin >= length) return 0;
        return length - begin < CHUNK ? length - begin : CHUNK;
    }

    /// @notice Number of leaves of a unit.
    /// @param bytes_ Its bytes.
    /// @return leaves Their number.
    function leavesOf(uint256 bytes_) internal pure returns (uint256 leaves) {
        return (bytes_ + LEAF - 1) / LEAF;
    }

    /// @notice The root of the tree of RFC 9162 that a leaf is in, by its path (2.1.3.2).
    /// @param data The leaf.
    /// @param index Its place.
    /// @param size Leaves of the tree.
    /// @param path Hashes from the leaf's sibling up.
    /// @return root The root; zero where the path has another length than the tree asks.
    function rootOf(
        bytes memory data,
        uint256 index,
        uint256 size,
        bytes32[] memory path
    ) internal pure returns (bytes32 root) {
        root = sha256(abi.encodePacked(hex"00", data));
        uint256 last = size - 1;
        for (uint256 i = 0; i < path.length; i++) {
            if (last == 0) return 0;
            if (index & 1 == 1 || index == last) {
                root = sha256(abi.encodePacked(hex"01", path[i], root));
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                root = sha256(abi.encodePacked(hex"01", root, path[i]));
            }
            (index, last) = (index >> 1, last >> 1);
        }
        if (last != 0) return 0;
    }

    function _chunks(uint256 length) private pure returns (uint256) {
        return (length + CHUNK - 1) / CHUNK;
    }
}
