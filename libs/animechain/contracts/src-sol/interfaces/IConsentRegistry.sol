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

/// @notice What a provider allows with each of some items.
/// @param purposes Bit set of purposes, not 0.
/// @param basis 1 opt-in, 2 licensed, 3 public domain, 4 opt-out.
/// @param from From when, seconds; not before the block that takes it.
/// @param until Until when, seconds, inclusive; not before `from`.
/// @param weight What each item weighs in rewards and in the composition of a model, 1 at least.
/// @param dataSets Whether the commitments are roots of data sets; then `weight` is that of each item in them.
struct ConsentTerms {
    uint32 purposes;
    uint8 basis;
    uint64 from;
    uint64 until;
    uint32 weight;
    bool dataSets;
}

/// @title IConsentRegistry
/// @notice Who allowed what with which data. The default is no; nothing is retroactive. An item is the hash of its provider and of a salted commitment, so
/// nobody can give or spoil the consent of another's item. Who own an item together provide it by an account that they hold together (ERC-1271).
interface IConsentRegistry {
    /// @notice A consent was given.
    /// @param id The consent, counted from 1.
    /// @param provider Who gives it.
    /// @param item The item, or the data set.
    /// @param purposes Bit set of purposes.
    /// @param basis 1 opt-in, 2 licensed, 3 public domain, 4 opt-out.
    /// @param from From when, seconds.
    /// @param until Until when, seconds, inclusive.
    /// @param weight What it weighs.
    /// @param dataSet Whether it is of a data set.
    event ConsentGiven(
        uint256 indexed id,
        address indexed provider,
        bytes32 indexed item,
        uint32 purposes,
        uint8 basis,
        uint64 from,
        uint64 until,
        uint32 weight,
        bool dataSet
    );

    /// @notice A consent ended before its time.
    /// @param id The consent.
    /// @param provider Who gave it.
    /// @param revokedAt Since when it is revoked, seconds.
    event ConsentRevoked(uint256 indexed id, address indexed provider, uint64 revokedAt);

    /// @notice The least opt-in share rose.
    /// @param before What it was, bps.
    /// @param bps What it is, bps.
    event MinOptInRaised(uint16 before, uint16 bps);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error ConsentRegistry_Unauthorized(address caller, address expected);

    /// @notice The council stopped new consents.
    error ConsentRegistry_Paused();

    /// @notice A list is shorter or longer than it may be.
    /// @param what Which list.
    /// @param got Its length.
    /// @param least Least length.
    /// @param most Greatest length.
    error ConsentRegistry_Length(string what, uint256 got, uint256 least, uint256 most);

    /// @notice A field must not be zero.
    /// @param what Which one.
    error ConsentRegistry_Zero(string what);

    /// @notice There is no such basis.
    /// @param got The number that was named.
    /// @param most The greatest there is.
    error ConsentRegistry_BadBasis(uint8 got, uint8 most);

    /// @notice A consent cannot begin before it is given.
    /// @param from When it would begin, seconds.
    /// @param timestamp What time it is, seconds.
    error ConsentRegistry_Retroactive(uint64 from, uint256 timestamp);

    /// @notice A consent must not end before it begins.
    /// @param from When it would begin, seconds.
    /// @param until When it would end, seconds.
    error ConsentRegistry_EndsBefore(uint64 from, uint64 until);

    /// @notice The provider did not sign this with this nonce.
    /// @param provider Who.
    /// @param nonce The nonce that is next.
    error ConsentRegistry_BadSignature(address provider, uint256 nonce);

    /// @notice The signature is too old.
    /// @param deadline Until when it served, seconds.
    /// @param timestamp What time it is, seconds.
    error ConsentRegistry_Expired(uint256 deadline, uint256 timestamp);

    /// @notice There is no such consent.
    /// @param id The number that was named.
    /// @param count How many there are.
    error ConsentRegistry_Missing(uint256 id, uint256 count);

    /// @notice The consent is revoked already.
    /// @param id The consent.
    /// @param revokedAt Since when, seconds.
    error ConsentRegistry_Revoked(uint256 id, uint64 revokedAt);

    /// @notice The least opt-in share only rises, to the whole at most.
    /// @param got What was asked for, bps.
    /// @param above It must be above this, bps.
    error ConsentRegistry_MustRise(uint16 got, uint16 above);

    /// @notice Number of consents.
    /// @return The number, also the newest id.
    function count() external view returns (uint256);

    /// @notice The nonce that a provider signs next.
    /// @param provider Who.
    /// @return The nonce.
    function nonces(address provider) external view returns (uint256);

    /// @notice A consent. Reverts where there is none.
    /// @param id The consent, counted from 1.
    /// @return The consent.
    function consentOf(uint256 id) external view returns (Consent memory);

    /// @notice Whether a consent is of the items of a data set. False where there is none.
    /// @param id The consent.
    /// @return Whether it is.
    function isDataSet(uint256 id) external view returns (bool);

    /// @notice Whether a consent covers an item for a purpose at a time. False where there is none.
    /// @param id The consent.
    /// @param item The item; of a data set, the item that the data set is.
    /// @param purpose One bit or several, all needed.
    /// @param at When, seconds.
    /// @return Whether it does.
    function validAt(uint256 id, bytes32 item, uint32 purpose, uint64 at) external view returns (bool);

    /// @notice What share of a version's training must rest on opt-in at least; it only rises.
    /// @return bps of the weight.
    function minOptInBps() external view returns (uint16);

    /// @notice The item that a provider's commitment is.
    /// @param provider Who.
    /// @param commitment Salted commitment to an item, as the id of a vault asset is, or root of a data set.
    /// @return `keccak256(abi.encode(provider, commitment))`.
    function itemOf(address provider, bytes32 commitment) external pure returns (bytes32);

    /// @notice What a provider signs to give consents (EIP-712).
    /// @param provider Who.
    /// @param commitments The items' commitments.
    /// @param terms What is allowed with each.
    /// @param nonce The provider's nonce.
    /// @param deadline Until when it may be used, seconds.
    /// @return The digest.
    function digestOfGive(
        address provider,
        bytes32[] calldata commitments,
        ConsentTerms calldata terms,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice What a provider signs to revoke consents (EIP-712).
    /// @param ids The consents.
    /// @param nonce The provider's nonce.
    /// @param deadline Until when it may be used, seconds.
    /// @return The digest.
    function digestOfRevoke(uint256[] calldata ids, uint256 nonce, uint256 deadline) external view returns (bytes32);

    /// @notice Gives one consent for each commitment. By the provider, or anyone with its signature.
    /// @param provider Who gives it.
    /// @param commitments 1 to 100 commitments to items, or roots of data sets.
    /// @param terms What is allowed with each.
    /// @param deadline Until when the signature serves, seconds; not read where the provider calls.
    /// @param signature The provider's, of an account with code by ERC-1271; not read where the provider calls.
    /// @return first Id of the first consent; the others follow.
    function give(
        address provider,
        bytes32[] calldata commitments,
        ConsentTerms calldata terms,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 first);

    /// @notice Revokes consents from this second on. By their provider, or anyone with its signature.
    /// @param ids 1 to 100 consents of one provider.
    /// @param deadline As in `give`.
    /// @param signature As in `give`.
    function revoke(uint256[] calldata ids, uint256 deadline, bytes calldata signature) external;

    /// @notice Raises the least opt-in share. By governance.
    /// @param bps The new one, above the present one, 10,000 at most.
    function setMinOptInBps(uint16 bps) external;
}
