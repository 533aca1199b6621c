// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleTrie} from "../../src-sol/l1/MerkleTrie.sol";
import {Test} from "../base/Test.sol";

contract TrieReader {
    function get(bytes32 key, bytes[] calldata proof, bytes32 root) external pure returns (bytes memory) {
        return MerkleTrie.get(key, proof, root);
    }
}

contract MerkleTrieTest is Test {
    TrieReader private reader = new TrieReader();
    string private json = vm.readFile("test-sol/fixtures/withdrawals.json");

    function _one(bytes memory node) private pure returns (bytes[] memory proof) {
        proof = new bytes[](1);
        proof[0] = node;
    }

    function _accepts(bytes32 key, bytes[] memory proof, bytes32 root) private view returns (bool) {
        try reader.get(key, proof, root) returns (bytes memory) {
            return true;
        } catch {
            return false;
        }
    }

    function _refuses(bytes32 key, bytes memory node, string memory what) private view {
        assertFalse(_accepts(key, _one(node), keccak256(node)), what);
    }

    function test_aRootThatIsALeafIsRead() external view {
        bytes32 root = vm.parseJsonBytes32(json, ".single.root");
        bytes32 key = vm.parseJsonBytes32(json, ".single.key");
        bytes[] memory proof = vm.parseJsonBytesArray(json, ".single.proof");
        assertEq(reader.get(key, proof, root), hex"01", "value");
        assertFalse(_accepts(bytes32(uint256(key) ^ 1), proof, root), "another key");
        assertFalse(_accepts(key, proof, bytes32(uint256(root) ^ 1)), "another root");
    }

    function test_nodesInsideTheirParentsAreRead() external view {
        bytes32 root = vm.parseJsonBytes32(json, ".embedded.root");
        for (uint256 i = 0; i < 3; i++) {
            string memory n = vm.toString(i);
            bytes32 key = vm.parseJsonBytes32(json, string.concat(".embedded.keys[", n, "]"));
            bytes[] memory proof = vm.parseJsonBytesArray(json, string.concat(".embedded.proof", n));
            assertEq(reader.get(key, proof, root), abi.encodePacked(uint8(i + 1)), "value");
            _refusesAllMutations(key, proof, root);
        }
    }

    function test_aNodeInsideItsParentMustBeGivenAgain() external {
        bytes32 root = vm.parseJsonBytes32(json, ".embedded.root");
        bytes32 key = vm.parseJsonBytes32(json, ".embedded.keys[0]");
        bytes[] memory proof = vm.parseJsonBytesArray(json, ".embedded.proof0");
        assembly ("memory-safe") {
            mstore(proof, sub(mload(proof), 1))
        }
        vm.expectRevert(MerkleTrie.MerkleTrie_BadLength.selector);
        reader.get(key, proof, root);
    }

    function test_absenceIsNoProof() external view {
        bytes32 root = vm.parseJsonBytes32(json, ".output.messagePasserStorageRoot");
        bytes32 key = vm.parseJsonBytes32(json, ".absent.path");
        assertFalse(_accepts(key, vm.parseJsonBytesArray(json, ".absent.proof"), root), "absent");
    }

    function test_anEmptyProofIsRefused() external {
        bytes[] memory none = new bytes[](0);
        vm.expectRevert(MerkleTrie.MerkleTrie_BadLength.selector);
        reader.get(bytes32(0), none, keccak256(hex"80"));
        assertFalse(_accepts(bytes32(0), _one(hex"80"), keccak256(hex"80")), "the empty trie");
        assertFalse(_accepts(bytes32(0), _one(""), keccak256("")), "an empty element");
    }

    function test_aProofIsUsedUpAtTheLeaf() external {
        bytes32 root = vm.parseJsonBytes32(json, ".single.root");
        bytes32 key = vm.parseJsonBytes32(json, ".single.key");
        bytes[] memory short = vm.parseJsonBytesArray(json, ".single.proof");
        bytes[] memory long = new bytes[](2);
        long[0] = short[0];
        long[1] = short[0];
        vm.expectRevert(MerkleTrie.MerkleTrie_BadLength.selector);
        reader.get(key, long, root);
        long[1] = "";
        vm.expectRevert(MerkleTrie.MerkleTrie_BadLength.selector);
        reader.get(key, long, root);
    }

    /// Each case is a root node that an attacker might craft, with its own hash as the root.
    function test_craftedNodesAreRefused() external view {
        bytes32 key = vm.parseJsonBytes32(json, ".single.key");
        bytes memory path = abi.encodePacked(key);
        // The right one, to see that the others fail for what is said.
        bytes memory right = abi.encodePacked(hex"e3a120", path, hex"01");
        assertEq(reader.get(key, _one(right), keccak256(right)), hex"01", "right");

        _refuses(key, abi.encodePacked(right, hex"00"), "a byte after the list");
        _refuses(key, abi.encodePacked(hex"e4a120", path, hex"0100"), "three items");
        _refuses(key, abi.encodePacked(hex"e2a120", path), "one item");
        _refuses(key, abi.encodePacked(hex"e4a120", path, hex"8101"), "a byte in the long form");
        _refuses(key, abi.encodePacked(hex"f823a120", path, hex"01"), "a short list in the long form");
        _refuses(key, abi.encodePacked(hex"e4b82120", path, hex"01"), "a short path in the long form");
        _refuses(key, abi.encodePacked(hex"e3a120", path, hex"80"), "an empty value");
        _refuses(key, abi.encodePacked(hex"e4a120", path, hex"c101"), "a list as value");
        _refuses(key, abi.encodePacked(hex"e3a121", path, hex"01"), "a padding nibble that is not zero");
        _refuses(key, abi.encodePacked(hex"e3a140", path, hex"01"), "an unknown kind of node");
        _refuses(key, abi.encodePacked(hex"e3a1f0", path, hex"01"), "a kind of node beyond all");
        _refuses(key, abi.encodePacked(hex"e3a100", path, hex"01"), "an extension that ends the path with a value");
        _refuses(key, abi.encodePacked(hex"e4a220", path, hex"0001"), "a path longer than the key");
        _refuses(key, abi.encodePacked(hex"e2a020", bytes31(key), hex"01"), "a leaf that ends before the key");
        _refuses(key, hex"c22001", "a leaf without a path");
        _refuses(key, hex"c20001", "an extension without a path");
        _refuses(key, hex"c1c0", "a list in a list");
        _refuses(key, hex"c0", "an empty list");
        _refuses(key, hex"f8", "a header that is cut off");
        _refuses(key, hex"ffffffffffffffffff", "a length beyond all bounds");
        _refuses(key, hex"bfffffffffffffffff", "a string length beyond all bounds");
        _refuses(key, hex"f90000", "a length with a leading zero");
    }

    function test_anExtensionMatchesAsAWholeOrNotAtAll() external view {
        bytes32 key = bytes32(hex"abcdef");
        bytes memory leaf = abi.encodePacked(hex"e2a0", hex"3d", bytes31(bytes32(uint256(key) << 8)), hex"01");
        // An extension over two nibbles, one of which is wrong, to that leaf.
        bytes32 hash = keccak256(leaf);
        bytes memory extension = abi.encodePacked(hex"e48200ac", hex"a0", hash);
        bytes[] memory proof = new bytes[](2);
        proof[0] = extension;
        proof[1] = leaf;
        assertFalse(_accepts(key, proof, keccak256(extension)), "partial match");
    }

    function test_branchesHoldNoValueAndSeventeenItems() external view {
        bytes32 key = bytes32(0);
        bytes memory leaf = abi.encodePacked(hex"e2a0", hex"30", bytes31(0), hex"01");
        bytes32 hash = keccak256(leaf);
        bytes memory nils = hex"808080808080808080808080808080";
        bytes[] memory proof = new bytes[](2);
        proof[1] = leaf;
        proof[0] = abi.encodePacked(hex"f1a0", hash, nils, hex"80");
        assertEq(reader.get(key, proof, keccak256(proof[0])), hex"01", "right");
        proof[0] = abi.encodePacked(hex"f1a0", hash, nils, hex"01");
        assertFalse(_accepts(key, proof, keccak256(proof[0])), "a value in the branch");
        proof[0] = abi.encodePacked(hex"f1a0", hash, nils, hex"c0");
        assertFalse(_accepts(key, proof, keccak256(proof[0])), "a list as value in the branch");
        proof[0] = abi.encodePacked(hex"f0a0", hash, nils);
        assertFalse(_accepts(key, proof, keccak256(proof[0])), "sixteen items");
        proof[0] = abi.encodePacked(hex"f2a0", hash, nils, hex"8080");
        assertFalse(_accepts(key, proof, keccak256(proof[0])), "eighteen items");
        proof[0] = abi.encodePacked(hex"f09f", bytes31(hash), nils, hex"80");
        assertFalse(_accepts(key, proof, keccak256(proof[0])), "a child named by 31 bytes");
    }

    function test_aShortNodeCannotStandForAHash() external view {
        // A branch names a child by hash; the child is shorter than a hash, so it would have to stand inside the branch.
        bytes memory child = hex"c22001";
        bytes memory branch = abi.encodePacked(
            hex"f1a0",
            keccak256(child),
            hex"808080808080808080808080808080",
            hex"80"
        );
        bytes memory top = abi.encodePacked(hex"f842a010", bytes31(0), hex"a0", keccak256(branch));
        bytes[] memory proof = new bytes[](3);
        proof[0] = top;
        proof[1] = branch;
        proof[2] = child;
        assertFalse(_accepts(bytes32(0), proof, keccak256(top)), "short node by hash");
    }

    function test_everyMutationOfARealProofIsRefused() external view {
        bytes32 root = vm.parseJsonBytes32(json, ".output.messagePasserStorageRoot");
        bytes32 path = keccak256(
            abi.encode(keccak256(abi.encode(vm.parseJsonBytes32(json, ".withdrawals[0].id"), uint256(0))))
        );
        bytes[] memory proof = vm.parseJsonBytesArray(json, ".withdrawals[0].proof");
        assertEq(reader.get(path, proof, root), hex"01", "value");
        _refusesAllMutations(path, proof, root);
    }

    function _refusesAllMutations(bytes32 key, bytes[] memory proof, bytes32 root) private view {
        for (uint256 i = 0; i < proof.length; i++) {
            for (uint256 j = 0; j < proof[i].length; j++) {
                bytes1 before = proof[i][j];
                bytes1[3] memory masks = [bytes1(0x01), 0x80, 0xff];
                for (uint256 k = 0; k < 3; k++) {
                    proof[i][j] = before ^ masks[k];
                    assertFalse(_accepts(key, proof, root), "mutated byte");
                }
                proof[i][j] = before;
            }
            bytes memory whole = proof[i];
            proof[i] = bytes.concat(whole, hex"00");
            assertFalse(_accepts(key, proof, root), "byte added");
            proof[i] = "";
            assertFalse(_accepts(key, proof, root), "element emptied");
            proof[i] = whole;
        }
        bytes[] memory shorter = new bytes[](proof.length - 1);
        for (uint256 skip = 0; skip < proof.length; skip++) {
            for (uint256 i = 0; i < shorter.length; i++) shorter[i] = proof[i < skip ? i : i + 1];
            assertFalse(_accepts(key, shorter, root), "element left out");
        }
        bytes[] memory longer = new bytes[](proof.length + 1);
        for (uint256 twice = 0; twice < proof.length; twice++) {
            for (uint256 i = 0; i < longer.length; i++) longer[i] = proof[i <= twice ? i : i - 1];
            assertFalse(_accepts(key, longer, root), "element doubled");
        }
        assertTrue(_accepts(key, proof, root), "unchanged");
    }
}
