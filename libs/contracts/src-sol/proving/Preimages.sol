// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerklePath} from "./MerklePath.sol";
import {Precompiles} from "./Precompiles.sol";
import {IOneStepProver} from "./interfaces/IOneStepProver.sol";

/// @title Preimages
/// @notice Reads 32 bytes of data that a kind and a word name, checked against that word. docs/spec/machine.md, section 6.
library Preimages {
    /// @notice Number of kinds, which are counted from 0.
    uint256 internal constant KINDS = 5;

    uint256 private constant KECCAK256 = 0;
    uint256 private constant BLOB = 1;
    uint256 private constant CHUNKED = 2;
    uint256 private constant PRECOMPILE = 3;

    /// @dev Bytes of a blob (EIP-4844).
    uint256 private constant BLOB_SIZE = 131_072;

    /// @dev Commitment, proof, value.
    uint256 private constant ELEMENT_DATA = 48 + 48 + 32;

    /// @dev Highest bit of the twelve of an element's position.
    uint256 private constant ELEMENT_TOP_BIT = 11;

    /// @dev Order of the group of BLS12-381.
    uint256 private constant BLS_MODULUS =
        52435875175126190479447740508185965837690552500527637822603658699938581184513;

    /// @dev The 4,096th root of unity that EIP-4844 counts from: 7^((BLS_MODULUS - 1) / 4096).
    uint256 private constant ROOT_OF_UNITY =
        39033254847818212395286706435128746857159659164139250548781411570340225835782;

    /// @dev Address and answer's length of the point evaluation precompile.
    address private constant POINT_EVALUATION = address(10);
    uint256 private constant POINT_EVALUATION_ANSWER = 64;

    bytes32 private constant CHUNKED_TAG = "animechain chunked 1";
    uint256 private constant CHUNK_SIZE = 4_096;

    /// @dev Length and root.
    uint256 private constant CHUNKED_HEAD = 64;

    /// @notice Reads 32 bytes, zeros beyond the end of the data. Fails unless `data` is the witness of just this read.
    /// @param kind What names the data, below KINDS.
    /// @param key The word that names it.
    /// @param offset Where to read, a multiple of 32, bytes.
    /// @param data The witness.
    /// @return word The bytes.
    /// @return count How many of them there are, 0 to 32.
    function read(
        uint256 kind,
        bytes32 key,
        uint256 offset,
        bytes calldata data
    ) internal view returns (bytes32 word, uint256 count) {
        if (kind == KECCAK256) return _keccak256(key, offset, data);
        if (kind == BLOB) return _blob(key, offset, data);
        if (kind == CHUNKED) return _chunked(key, offset, data);
        if (kind == PRECOMPILE) return _precompile(key, offset, data);
        return _sha256(key, offset, data);
    }

    /// @notice Fails unless data has a hash.
    /// @param expected Its keccak256.
    /// @param data The data.
    function expectHash(bytes32 expected, bytes calldata data) internal pure {
        bytes32 got = keccak256(data);
        if (got != expected) revert IOneStepProver.OneStepProver_WrongData(expected, got);
    }

    function _keccak256(bytes32 key, uint256 offset, bytes calldata data) private pure returns (bytes32, uint256) {
        expectHash(key, data);
        if (offset >= data.length) return (0, 0);
        return _cut(_load(data, offset), data.length - offset);
    }

    function _sha256(bytes32 key, uint256 offset, bytes calldata data) private pure returns (bytes32, uint256) {
        bytes32 got = sha256(data);
        if (got != key) revert IOneStepProver.OneStepProver_WrongData(key, got);
        if (offset >= data.length) return (0, 0);
        return _cut(_load(data, offset), data.length - offset);
    }

    /// @dev `data`: commitment, proof and value of the element; nothing beyond the end.
    function _blob(bytes32 key, uint256 offset, bytes calldata data) private view returns (bytes32 value, uint256) {
        if (offset >= BLOB_SIZE) {
            _expectLength(data, 0);
            return (0, 0);
        }
        _expectLength(data, ELEMENT_DATA);
        value = bytes32(data[96:]);
        // The precompile compares the versioned hash with that of the commitment. All gas that is there is given, and only a success counts.
        (bool success, bytes memory answer) = POINT_EVALUATION.staticcall(
            abi.encodePacked(key, pointOf(offset / 32), value, data[:96])
        );
        if (!success || answer.length != POINT_EVALUATION_ANSWER)
            revert IOneStepProver.OneStepProver_WrongElement(key, offset / 32);
        return (value, 32);
    }

    /// @notice Where the polynomial of a blob has the value of an element: the root of unity of the reverse of its position's twelve bits.
    /// @param element Position of the element in the blob, below 4,096.
    /// @return point The point.
    function pointOf(uint256 element) internal pure returns (uint256 point) {
        point = 1;
        uint256 power = ROOT_OF_UNITY;
        for (uint256 bit = ELEMENT_TOP_BIT + 1; bit > 0; bit--) {
            if ((element >> (bit - 1)) & 1 == 1) point = mulmod(point, power, BLS_MODULUS);
            power = mulmod(power, power, BLS_MODULUS);
        }
    }

    /// @dev `data`: length, root, then the chunk and its siblings unless the read is beyond the end.
    function _chunked(bytes32 key, uint256 offset, bytes calldata data) private pure returns (bytes32, uint256) {
        if (data.length < CHUNKED_HEAD) _expectLength(data, CHUNKED_HEAD);
        uint256 length = uint256(bytes32(data));
        bytes32 root = bytes32(data[32:]);
        bytes32 named = keccak256(abi.encode(CHUNKED_TAG, length, root));
        if (named != key) revert IOneStepProver.OneStepProver_WrongData(key, named);
        if (offset >= length) {
            _expectLength(data, CHUNKED_HEAD);
            return (0, 0);
        }
        bytes calldata chunk = _chunk(data, offset / CHUNK_SIZE, (length - 1) / CHUNK_SIZE, root);
        return _cut(_load(chunk, offset % CHUNK_SIZE), length - offset);
    }

    /// @dev The chunk in the witness of a read, which must be the one at `index` of those up to `last`.
    function _chunk(
        bytes calldata data,
        uint256 index,
        uint256 last,
        bytes32 root
    ) private pure returns (bytes calldata chunk) {
        uint256 depth = 0;
        while (last >> depth != 0) depth++;
        _expectLength(data, CHUNKED_HEAD + CHUNK_SIZE + 32 * depth);
        chunk = data[CHUNKED_HEAD:CHUNKED_HEAD + CHUNK_SIZE];
        uint256 siblings;
        assembly ("memory-safe") {
            siblings := add(chunk.offset, chunk.length)
        }
        (bytes32 got, ) = MerklePath.root(keccak256(chunk), (1 << depth) + index, siblings);
        if (got != root) revert IOneStepProver.OneStepProver_WrongData(root, got);
    }

    /// @dev `data`: number and input. What is read: 1 or 0 for a success or a failure, length of the output, output.
    function _precompile(bytes32 key, uint256 offset, bytes calldata data) private view returns (bytes32, uint256) {
        if (data.length < 32) _expectLength(data, 32);
        expectHash(key, data);
        (bool success, bytes memory output) = Precompiles.run(uint256(bytes32(data)), data[32:]);
        if (offset == 0) return (bytes32(uint256(success ? 1 : 0)), 32);
        if (offset == 32) return (bytes32(output.length), 32);
        offset -= 64;
        if (offset >= output.length) return (0, 0);
        bytes32 word;
        assembly ("memory-safe") {
            word := mload(add(add(output, 0x20), offset))
        }
        return _cut(word, output.length - offset);
    }

    /// @dev Up to 32 bytes at an offset inside the data; what follows them is anything.
    function _load(bytes calldata data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, offset))
        }
    }

    /// @dev Clears what is beyond the end, which `left` bytes are before.
    function _cut(bytes32 word, uint256 left) private pure returns (bytes32, uint256) {
        if (left >= 32) return (word, 32);
        return (word & ~bytes32(type(uint256).max >> (8 * left)), left);
    }

    function _expectLength(bytes calldata data, uint256 expected) private pure {
        if (data.length != expected) revert IOneStepProver.OneStepProver_WrongDataLength(data.length, expected);
    }
}
