// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a licence allows. A child's are within its parent's in every field.
/// @param uses Bit set of uses, by the table of docs/spec/animechain.md.
/// @param media Bit set of media.
/// @param territory Bit set of territories.
/// @param from From when, seconds.
/// @param until Until when, seconds, inclusive.
/// @param exclusive Whether nobody else may get what overlaps.
/// @param depth How many levels of sublicences.
/// @param shareBps What a derivative owes the work at least, bps.
/// @param price Price in `currency`, smallest units.
/// @param currency A listed token.
struct Terms {
    uint32 uses;
    uint32 media;
    uint64 territory;
    uint64 from;
    uint64 until;
    bool exclusive;
    uint8 depth;
    uint16 shareBps;
    uint256 price;
    address currency;
}

/// @title ILicences
/// @notice Licences of works as ERC-721 tokens that cannot promise more than they hold.
interface ILicences {
    /// @notice Whether a holder may do something under a licence.
    /// @param id The licence.
    /// @param holder Who wants to.
    /// @param uses Bit set of uses, all needed.
    /// @param media Bit set of media, all needed.
    /// @param territory Bit set of territories, all needed.
    /// @param at When, seconds.
    /// @return Whether it is allowed.
    function allows(
        uint256 id,
        address holder,
        uint32 uses,
        uint32 media,
        uint64 territory,
        uint64 at
    ) external view returns (bool);

    /// @notice The work and the terms of a licence.
    /// @param id The licence.
    /// @return work The work.
    /// @return terms The terms.
    function termsOf(uint256 id) external view returns (uint256 work, Terms memory terms);

    /// @notice Ends a licence and all below it for a breach. By the dispute desk.
    /// @param id The licence.
    /// @param breach The dispute.
    function terminate(uint256 id, uint256 breach) external;
}
