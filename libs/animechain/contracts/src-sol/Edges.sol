// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IIPRegistry} from "./interfaces/IIPRegistry.sol";

/// @title Edges
/// @notice What the edges of a work must be, those it has and those a dispute claims: one set of bounds for both, so that every claim can be executed.
library Edges {
    /// @notice Parents of a work at most: what bounds the cost of a payment's hop.
    uint256 internal constant MAX_PARENTS = 8;
    /// @notice The whole, bps.
    uint256 internal constant ALL = 10_000;

    /// @dev Refuses edges that are none: at most 8 parents, ascending, below `id`; each share 1 at least, 10,000 together at most.
    function check(uint256 id, uint256[] calldata parents, uint16[] calldata shares) internal pure {
        if (parents.length > MAX_PARENTS)
            revert IIPRegistry.IPRegistry_Length("parents", parents.length, 0, MAX_PARENTS);
        if (shares.length != parents.length)
            revert IIPRegistry.IPRegistry_Length("shares", shares.length, parents.length, parents.length);
        uint256 before = 0;
        uint256 sum = 0;
        for (uint256 i = 0; i < parents.length; i++) {
            if (parents[i] <= before) revert IIPRegistry.IPRegistry_NotAscending("parents", i);
            if (parents[i] >= id) revert IIPRegistry.IPRegistry_BadParent(parents[i], id);
            if (shares[i] == 0) revert IIPRegistry.IPRegistry_Zero("share");
            before = parents[i];
            sum += shares[i];
        }
        if (sum > ALL) revert IIPRegistry.IPRegistry_SharesAbove(sum, ALL);
    }
}
