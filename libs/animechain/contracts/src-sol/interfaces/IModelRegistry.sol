// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IModelRegistry
/// @notice Versions of models as ERC-721 tokens, immutable, with lineage and what they were trained on.
interface IModelRegistry {
    /// @notice Whether AIRA may be minted on a version: neither it nor an ancestor is tainted.
    /// @param version The version.
    /// @return Whether it may.
    function isMintable(uint256 version) external view returns (bool);

    /// @notice Owner of a version (ERC-721).
    /// @param version The version, counted from 1.
    /// @return The owner.
    function ownerOf(uint256 version) external view returns (address);

    /// @notice Who runs a version: posts outputs and proposes rewards. The owner unless set.
    /// @param version The version.
    /// @return The operator.
    function operatorOf(uint256 version) external view returns (address);

    /// @notice What a version was trained on.
    /// @param version The version.
    /// @return The training commitment.
    function trainingCommitOf(uint256 version) external view returns (uint256);
}
