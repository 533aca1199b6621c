// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Who gets a payment to an AIRA token, bps, 10,000 together; frozen at the mint.
/// @param protocol The treasury, 500 at most.
/// @param work The work, whose vault owes its parents out of it and leaves the rest to its owner.
/// @param holders Holders of the token.
/// @param providers Who provided data to the version.
struct Waterfall {
    uint16 protocol;
    uint16 work;
    uint16 holders;
    uint16 providers;
}

/// @title IAIRAFactory
/// @notice Mints one AIRA token for a work and a version of a model.
interface IAIRAFactory {
    /// @notice The token of a work and a version; zero where there is none.
    /// @param work The work.
    /// @param version The version of a model.
    /// @return The token.
    function airaOf(uint256 work, uint256 version) external view returns (address);

    /// @notice What a published output owes a token, bps of the rest of its revenue; frozen at the mint. 0 for a stranger.
    /// @param aira The token.
    /// @return bps.
    function publishBpsOf(address aira) external view returns (uint16);
}
