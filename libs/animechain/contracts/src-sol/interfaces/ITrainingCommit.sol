// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What became of a commitment: none, open to challenges, final, or tainted by one that held.
enum TrainingStatus {
    None,
    Open,
    Final,
    Tainted
}

/// @title ITrainingCommit
/// @notice Bonded commitments to what a model was trained on.
interface ITrainingCommit {
    /// @notice Where a commitment stands.
    /// @param id The commitment, counted from 1.
    /// @return The status; `None` where there is none.
    function statusOf(uint256 id) external view returns (TrainingStatus);

    /// @notice Who made a commitment.
    /// @param id The commitment.
    /// @return The trainer; zero where there is none.
    function trainerOf(uint256 id) external view returns (address);

    /// @notice Share of the weight by basis: index 0 unused, 1 opt-in, 2 licensed, 3 public domain, 4 opt-out.
    /// @param id The commitment.
    /// @return bps, 10,000 together.
    function bpsByBasisOf(uint256 id) external view returns (uint16[5] memory);

    /// @notice Whether a consent that a commitment rests on was revoked later.
    /// @param id The commitment.
    /// @return Whether one was.
    function containsRevoked(uint256 id) external view returns (bool);

    /// @notice The commitment: root over its leaves, and their number.
    /// @param id The commitment.
    /// @return root The root.
    /// @return leaves The number.
    function rootOf(uint256 id) external view returns (bytes32 root, uint64 leaves);
}
