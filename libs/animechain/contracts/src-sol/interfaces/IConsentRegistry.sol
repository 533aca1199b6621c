// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Leave to use an item, or the items of a data set, for purposes.
/// @param item Commitment to one item, or root of a data set.
/// @param provider Who gives it.
/// @param purposes Bit set of purposes, by the table of docs/spec/animechain.md.
/// @param basis 1 opt-in, 2 licensed, 3 public domain, 4 opt-out.
/// @param from From when, seconds.
/// @param until Until when, seconds, inclusive.
/// @param revokedAt Since when it is revoked, seconds; 0 while it stands.
/// @param weight What it weighs in rewards.
struct Consent {
    bytes32 item;
    address provider;
    uint32 purposes;
    uint8 basis;
    uint64 from;
    uint64 until;
    uint64 revokedAt;
    uint32 weight;
}

/// @title IConsentRegistry
/// @notice Who allowed what with which data. The default is no; nothing is retroactive.
interface IConsentRegistry {
    /// @notice A consent. Reverts where there is none.
    /// @param id The consent, counted from 1.
    /// @return The consent.
    function consentOf(uint256 id) external view returns (Consent memory);

    /// @notice Whether a consent covers an item for a purpose at a time. False where there is none.
    /// @param id The consent.
    /// @param item The item.
    /// @param purpose One bit or several, all needed.
    /// @param at When, seconds.
    /// @return Whether it does.
    function validAt(uint256 id, bytes32 item, uint32 purpose, uint64 at) external view returns (bool);

    /// @notice What share of a version's training must rest on opt-in at least; it only rises.
    /// @return bps of the weight.
    function minOptInBps() external view returns (uint16);
}
