// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {WithdrawalTransaction} from "../../src-sol/shared/Types.sol";

/// @title Tries
/// @notice The storage trie of an L2ToL1MessagePasser that has up to 16 withdrawals: one branch, and a leaf for each.
library Tries {
    function hashOf(WithdrawalTransaction memory w) internal pure returns (bytes32) {
        return keccak256(abi.encode(w.nonce, w.sender, w.target, w.value, w.gasLimit, w.data));
    }

    /// @notice Gives a withdrawal a nonce with which its path begins with this nibble.
    function place(WithdrawalTransaction memory w, uint256 nibble) internal pure {
        for (w.nonce = uint256(1) << 240; uint8(pathOf(w)[0]) >> 4 != nibble; w.nonce++) {}
    }

    function pathOf(WithdrawalTransaction memory w) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(hashOf(w), uint256(0)))));
    }

    /// @notice Root of the trie; the withdrawal at index i has nibble i.
    function branchOf(WithdrawalTransaction[] memory ws) internal pure returns (bytes memory) {
        bytes memory items;
        for (uint256 i = 0; i < 17; i++)
            items =
                i < ws.length
                    ? abi.encodePacked(items, hex"a0", keccak256(leafOf(ws[i])))
                    : abi.encodePacked(items, hex"80");
        if (items.length <= 55) return abi.encodePacked(uint8(0xc0 + items.length), items);
        if (items.length <= 255) return abi.encodePacked(hex"f8", uint8(items.length), items);
        return abi.encodePacked(hex"f9", uint16(items.length), items);
    }

    function leafOf(WithdrawalTransaction memory w) internal pure returns (bytes memory) {
        uint256 path = uint256(pathOf(w));
        // An odd number of nibbles is left: the first of them stands in the flag's byte.
        path = (path & (type(uint256).max >> 4)) | (uint256(3) << 252);
        return abi.encodePacked(hex"e2a0", path, hex"01");
    }

    function proofOf(WithdrawalTransaction[] memory ws, uint256 i) internal pure returns (bytes[] memory proof) {
        proof = new bytes[](2);
        (proof[0], proof[1]) = (branchOf(ws), leafOf(ws[i]));
    }
}
