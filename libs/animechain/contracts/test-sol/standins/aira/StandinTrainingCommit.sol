// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Roots that a test sets.
contract StandinTrainingCommit {
    mapping(uint256 id => bytes32) private _roots;
    mapping(uint256 id => uint64) private _leaves;

    function set(uint256 id, bytes32 root, uint64 leaves) external {
        (_roots[id], _leaves[id]) = (root, leaves);
    }

    function rootOf(uint256 id) external view returns (bytes32 root, uint64 leaves) {
        return (_roots[id], _leaves[id]);
    }
}
