// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Roles
/// @notice Ids of the roles that stake is held for.
library Roles {
    /// @notice Stores shards.
    bytes32 internal constant STORAGE = keccak256("animechain.role.storage");
    /// @notice Holds shares of keys.
    bytes32 internal constant KEYS = keccak256("animechain.role.keys");
}
