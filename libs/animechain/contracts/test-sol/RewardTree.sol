// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RewardNode, RewardPlace} from "../src-sol/interfaces/IProviderRewards.sol";

/// @notice Builds reward trees as the specification has them, independent of the contract that checks them.
library RewardTree {
    /// @notice All levels of a tree, leaves first; each level is padded to a power of two with empty leaves.
    function build(
        address[] memory accounts,
        uint256[] memory weights
    ) internal pure returns (RewardNode[][] memory levels) {
        uint256 depth = 0;
        while ((1 << depth) < accounts.length) depth++;
        levels = new RewardNode[][](depth + 1);
        levels[0] = new RewardNode[](1 << depth);
        for (uint256 i = 0; i < 1 << depth; i++) {
            (address account, uint256 weight) = i < accounts.length ? (accounts[i], weights[i]) : (address(0), 0);
            levels[0][i] = RewardNode(leaf(account, weight), weight, account);
        }
        for (uint256 h = 1; h <= depth; h++) {
            levels[h] = new RewardNode[](1 << (depth - h));
            for (uint256 i = 0; i < levels[h].length; i++) {
                RewardNode memory l = levels[h - 1][2 * i];
                RewardNode memory r = levels[h - 1][2 * i + 1];
                levels[h][i] = RewardNode(
                    keccak256(abi.encode(l.hash, l.sum, l.account, r.hash, r.sum, r.account)),
                    l.sum + r.sum,
                    l.account == r.account ? l.account : address(0)
                );
            }
        }
    }

    function leaf(address account, uint256 weight) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(keccak256(abi.encode(account, weight))));
    }

    function root(RewardNode[][] memory levels) internal pure returns (RewardNode memory) {
        return levels[levels.length - 1][0];
    }

    /// @notice The nodes beside the path of a node.
    function proof(
        RewardNode[][] memory levels,
        uint256 height,
        uint256 position
    ) internal pure returns (RewardNode[] memory beside) {
        beside = new RewardNode[](levels.length - 1 - height);
        for (uint256 i = 0; i < beside.length; i++) beside[i] = levels[height + i][(position >> i) ^ 1];
    }

    /// @notice The highest node above a leaf that is all one account's.
    function whole(RewardNode[][] memory levels, uint256 index) internal pure returns (RewardPlace memory place) {
        uint256 height = 0;
        while (height + 1 < levels.length && levels[height][(index >> height) ^ 1].account == levels[0][index].account)
            height++;
        return RewardPlace(uint8(height), uint32(index >> height));
    }
}

/// @notice Builds trees with sorted pairs, as OpenZeppelin's `MerkleProof` checks them.
library SortedTree {
    function build(bytes32[] memory leaves) internal pure returns (bytes32[][] memory levels) {
        uint256 depth = 0;
        while ((1 << depth) < leaves.length) depth++;
        levels = new bytes32[][](depth + 1);
        levels[0] = new bytes32[](1 << depth);
        for (uint256 i = 0; i < leaves.length; i++) levels[0][i] = leaves[i];
        for (uint256 h = 1; h <= depth; h++) {
            levels[h] = new bytes32[](1 << (depth - h));
            for (uint256 i = 0; i < levels[h].length; i++) {
                (bytes32 a, bytes32 b) = (levels[h - 1][2 * i], levels[h - 1][2 * i + 1]);
                levels[h][i] = a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
            }
        }
    }

    function root(bytes32[][] memory levels) internal pure returns (bytes32) {
        return levels[levels.length - 1][0];
    }

    function proof(bytes32[][] memory levels, uint256 index) internal pure returns (bytes32[] memory beside) {
        beside = new bytes32[](levels.length - 1);
        for (uint256 i = 0; i < beside.length; i++) beside[i] = levels[i][(index >> i) ^ 1];
    }
}
