// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev The use that allows works that derive from a work, by the table of docs/spec/animechain.md.
uint32 constant USE_DERIVE = 1 << 1;

/// @notice What a licence allows. A child's are within its parent's in every field.
/// @param uses Bit set of uses, by the table of docs/spec/animechain.md.
/// @param media Bit set of media.
/// @param territory Bit set of territories.
/// @param from From when, seconds. Never before the licence was granted.
/// @param until Until when, seconds, inclusive.
/// @param exclusive Whether nobody else may get what overlaps.
/// @param depth How many levels of sublicences.
/// @param shareBps What a derivative owes the work at least, bps.
/// @param price Price in `currency`, smallest units; of a sublicence 0, for its parties settle it themselves.
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

/// @notice Terms that the owner of a work sells. They never change.
/// @param work The work.
/// @param terms The terms.
/// @param maker The work's owner who made it; it serves while the work is that account's.
/// @param isWithdrawn Whether nobody can take it any more.
/// @param live Number of licences taken from it and not terminated.
struct Offer {
    uint256 work;
    Terms terms;
    address maker;
    bool isWithdrawn;
    uint64 live;
}

/// @notice A licence.
/// @param work The work.
/// @param parent The licence that it is under; 0 for one from an offer.
/// @param offer The offer that it is from; 0 for one under another.
/// @param terminatedAt Since when it is terminated, seconds; 0 while it is not. What is above it may have been terminated earlier.
/// @param terms What it allows.
struct Licence {
    uint256 work;
    uint256 parent;
    uint256 offer;
    uint64 terminatedAt;
    Terms terms;
}

/// @title ILicences
/// @notice Licences of works as ERC-721 tokens that cannot promise more than they hold, with a user for a time (ERC-4907). No licence allows what the one above
/// it does not; two that overlap are never exclusive, unless one is above the other.
interface ILicences {
    /// @notice The owner of a work offers licences.
    /// @param offer The offer, counted from 1.
    /// @param work The work.
    /// @param maker The owner.
    /// @param terms The terms.
    event Offered(uint256 indexed offer, uint256 indexed work, address indexed maker, Terms terms);

    /// @notice Nobody can take an offer any more.
    /// @param offer The offer.
    event Withdrawn(uint256 indexed offer);

    /// @notice A licence was granted.
    /// @param id The licence, counted from 1.
    /// @param work The work.
    /// @param holder Who has it.
    /// @param offer The offer that it is from; 0 for none.
    /// @param parent The licence that it is under; 0 for none.
    /// @param terms What it allows.
    event Granted(
        uint256 indexed id,
        uint256 indexed work,
        address indexed holder,
        uint256 offer,
        uint256 parent,
        Terms terms
    );

    /// @notice A licence, and with it all under it, ended for a breach.
    /// @param id The licence.
    /// @param breach The dispute.
    event Terminated(uint256 indexed id, uint256 indexed breach);

    /// @notice ERC-4907: a licence has another user.
    /// @param tokenId The licence.
    /// @param user Who; zero for nobody.
    /// @param expires Until when, seconds, inclusive.
    event UpdateUser(uint256 indexed tokenId, address indexed user, uint64 expires);

    /// @notice The council paused new offers and licences.
    error Licences_Paused();

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error Licences_Unauthorized(address caller, address expected);

    /// @notice A field of terms is outside of what it may be; a bit that the tables do not have counts so.
    /// @param field Which one.
    /// @param got What came.
    /// @param least The least, or 1 for a set that must not be empty.
    /// @param most The greatest, or all bits that there are.
    error Licences_BadTerms(string field, uint256 got, uint256 least, uint256 most);

    /// @notice A sublicence promises more than the licence above it holds.
    /// @param field In which field.
    /// @param got What it promises.
    /// @param held What the one above holds.
    error Licences_Widens(string field, uint256 got, uint256 held);

    /// @notice The currency is not taken by the royalty vaults.
    /// @param currency The token.
    error Licences_NotListed(address currency);

    /// @notice There is no such offer.
    /// @param offer What was named.
    error Licences_NoOffer(uint256 offer);

    /// @notice The offer was withdrawn, or the work is no longer its maker's.
    /// @param offer The offer.
    error Licences_NotOffered(uint256 offer);

    /// @notice The price is above what the buyer agreed to.
    /// @param price The price, smallest units.
    /// @param most The buyer's most.
    error Licences_PriceAbove(uint256 price, uint256 most);

    /// @notice The time of an offer or a licence is over.
    /// @param id The offer or licence.
    /// @param until Until when it was, seconds.
    error Licences_Ended(uint256 id, uint64 until);

    /// @notice The licence, or one above it, was terminated.
    /// @param id The licence.
    /// @param since Since when, seconds.
    error Licences_Terminated(uint256 id, uint64 since);

    /// @notice One of two that overlap would be exclusive.
    /// @param id The offer that was taken before, or the licence beside a sublicence.
    error Licences_Overlaps(uint256 id);

    /// @notice As many as can be are live: of offers of a work that were taken, or of sublicences of an exclusive licence.
    /// @param most How many.
    error Licences_Full(uint256 most);

    /// @notice A transfer moved another amount than it should.
    /// @param token The token.
    /// @param got What came, smallest units.
    /// @param expected What should have.
    error Licences_InexactToken(address token, uint256 got, uint256 expected);

    /// @notice The licence is somebody's for a time.
    /// @param id The licence.
    /// @param user Whose.
    /// @param expires Until when, seconds.
    error Licences_Rented(uint256 id, address user, uint64 expires);

    /// @notice Offers licences of a work. By its owner.
    /// @param work The work.
    /// @param terms What each allows and costs. Sets not empty and of known bits; `from` ≤ `until`, which is not over; `depth` 8 at most.
    /// @return id The offer, counted from 1.
    function offer(uint256 work, Terms calldata terms) external returns (uint256 id);

    /// @notice Withdraws an offer: what was taken stays. By the owner of the work, whoever made the offer.
    /// @param id The offer.
    function withdraw(uint256 id) external;

    /// @notice Buys a licence: pulls the price from the caller into the work's book of the royalty vaults. By anyone. It begins now, or later as the offer says.
    /// @param id The offer; of an exclusive one there is one live licence.
    /// @param maxPrice What the caller pays at most, smallest units.
    /// @return licence The licence, of the caller.
    function take(uint256 id, uint256 maxPrice) external returns (uint256 licence);

    /// @notice Grants a part of what a licence holds. By its holder.
    /// @param id The licence.
    /// @param terms Within the licence's: sets and time inside, `depth` smaller, `shareBps` not smaller, the same currency, price 0, exclusive only under exclusive.
    /// @param to Who gets it.
    /// @return licence The sublicence.
    function sublicense(uint256 id, Terms calldata terms, address to) external returns (uint256 licence);

    /// @notice Ends a licence and all below it for a breach. By the dispute desk.
    /// @param id The licence.
    /// @param breach The dispute.
    function terminate(uint256 id, uint256 breach) external;

    /// @notice Forgets taken offers of a work that ended, so that the next buyer does not pay for it. By anyone.
    /// @param work The work.
    /// @return removed How many.
    function prune(uint256 work) external returns (uint256 removed);

    /// @notice Forgets sublicences of an exclusive licence that ended. By anyone.
    /// @param id The licence.
    /// @return removed How many.
    function pruneUnder(uint256 id) external returns (uint256 removed);

    /// @notice ERC-4907: gives a licence to a user for a time, in which the user may use it and the holder may not. By the holder or whom it approved, while
    /// nobody else uses it; or by the user, who gives it back. A transfer does not end it.
    /// @param tokenId The licence.
    /// @param user Who; zero for nobody.
    /// @param expires Until when, seconds, inclusive.
    function setUser(uint256 tokenId, address user, uint64 expires) external;

    /// @notice ERC-4907: who uses a licence now, if not its holder.
    /// @param tokenId The licence.
    /// @return The user; zero for none.
    function userOf(uint256 tokenId) external view returns (address);

    /// @notice ERC-4907: until when the last user that was set may use it.
    /// @param tokenId The licence.
    /// @return Seconds, inclusive.
    function userExpires(uint256 tokenId) external view returns (uint256);

    /// @notice Whether a holder may do something under a licence. False where there is none.
    /// @param id The licence.
    /// @param holder Who wants to: whoever has the licence now, or its user in its place.
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

    /// @notice The work and the terms of a licence. Reverts where there is none (ERC-6093).
    /// @param id The licence.
    /// @return work The work.
    /// @return terms The terms.
    function termsOf(uint256 id) external view returns (uint256 work, Terms memory terms);

    /// @notice A licence. Reverts where there is none (ERC-6093).
    /// @param id The licence.
    /// @return The licence.
    function licenceOf(uint256 id) external view returns (Licence memory);

    /// @notice An offer. Reverts where there is none.
    /// @param id The offer.
    /// @return The offer.
    function offerOf(uint256 id) external view returns (Offer memory);

    /// @notice Since when a licence, or one above it, is terminated.
    /// @param id The licence.
    /// @return The earliest, seconds; 0 for none.
    function terminatedAt(uint256 id) external view returns (uint64);

    /// @notice Offers of a work that were taken and have not been seen to end.
    /// @param work The work.
    /// @return Their ids, 256 at most.
    function takenOf(uint256 work) external view returns (uint256[] memory);

    /// @notice Sublicences of an exclusive licence that have not been seen to end.
    /// @param id The licence.
    /// @return Their ids, 256 at most.
    function childrenOf(uint256 id) external view returns (uint256[] memory);

    /// @notice Number of licences.
    /// @return The number, also the newest id.
    function count() external view returns (uint256);

    /// @notice Number of offers.
    /// @return The number, also the newest id.
    function offers() external view returns (uint256);
}
