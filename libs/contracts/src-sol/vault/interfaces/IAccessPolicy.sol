// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IAccessPolicy
/// @notice Who may have a share of a key. Key nodes ask the policy of a project on their own replica of L2, with at most 5,000,000 gas.
/// docs/spec/vault.md, section 5.
interface IAccessPolicy {
    /// @notice Whether a subject may open a rendition of an object for a purpose. A revert is a denial.
    /// @dev A policy for more than one project must see from the evidence that the object is in the project that it answers for.
    /// @param object Id of the object.
    /// @param rendition Number of the rendition.
    /// @param subject Account that asks, ERC-7930 bytes; the node has checked its signature.
    /// @param purpose One purpose, a bit.
    /// @param evidence What this policy wants to see.
    /// @return until When the answer ends, seconds; zero for a denial.
    /// @return reason Why not: the first four bytes of keccak256 of a name. Zero where it may.
    function mayRelease(
        bytes32 object,
        uint8 rendition,
        bytes calldata subject,
        uint32 purpose,
        bytes calldata evidence
    ) external view returns (uint64 until, bytes4 reason);
}
