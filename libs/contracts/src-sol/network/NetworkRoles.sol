// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title NetworkRoles
/// @notice Ids of the roles that the stake registry knows.
library NetworkRoles {
    /// @notice Vouches for assertions.
    bytes32 internal constant VERIFIER = keccak256("verifier");
}
