// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a member shows: nothing, a work that it owns, or a consent that it gave.
enum AnchorKind {
    None,
    Work,
    Consent
}

/// @notice What a member shows of its part in the chain. One member holds it at a time.
/// @param kind What it is.
/// @param registry Where it is registered.
/// @param id The work or the consent.
/// @param since Since when the account shows it, seconds.
struct Anchor {
    AnchorKind kind;
    address registry;
    uint256 id;
    uint64 since;
}

/// @notice Membership of an account.
/// @param issuer Who issued it.
/// @param kind 1 provider of data, 2 studio, 3 owner of works.
/// @param since Since when, seconds; 0 for none ever.
/// @param revokedAt When it was revoked, seconds; 0 if it was not.
/// @param lastEpoch The last epoch in which it holds.
struct Credential {
    address issuer;
    uint8 kind;
    uint64 since;
    uint64 revokedAt;
    uint32 lastEpoch;
}

/// @notice An election of jurors.
/// @param openedAt When it was opened, seconds.
/// @param isClosed Whether it is over.
/// @param candidates How many stand.
struct Election {
    uint64 openedAt;
    bool isClosed;
    uint32 candidates;
}

/// @title IRightsHouse
/// @notice Rights holders: one vote per credentialed provider, studio or work owner. They object to what governance would change of rights, royalties and
/// consent, and elect the jurors of the dispute desk.
interface IRightsHouse {
    /// @notice An issuer was named, or its bound changed.
    /// @param issuer Who.
    /// @param perEpoch Credentials that it may issue in an epoch; 0 for no issuer.
    event IssuerSet(address indexed issuer, uint32 perEpoch);

    /// @notice An account shows a work or a consent.
    /// @param account Who.
    /// @param kind What.
    /// @param registry Where it is registered.
    /// @param id Which one.
    event Anchored(address indexed account, AnchorKind kind, address indexed registry, uint256 indexed id);

    /// @notice An account shows nothing any more.
    /// @param account Who.
    event Released(address indexed account);

    /// @notice A credential was issued or renewed.
    /// @param account Whose.
    /// @param issuer By whom.
    /// @param kind As in `Credential`.
    /// @param lastEpoch The last epoch in which it holds.
    event Issued(address indexed account, address indexed issuer, uint8 kind, uint32 lastEpoch);

    /// @notice A credential was revoked.
    /// @param account Whose.
    event Revoked(address indexed account);

    /// @notice A member objected to an operation of the timelock.
    /// @param operation The operation.
    /// @param member Who.
    /// @param objectors How many have.
    /// @param members How many could.
    event Objected(bytes32 indexed operation, address indexed member, uint256 objectors, uint256 members);

    /// @notice Objections extend the delay of an operation to 45 days.
    /// @param operation The operation.
    event Extended(bytes32 indexed operation);

    /// @notice Objections block an operation.
    /// @param operation The operation.
    event Blocked(bytes32 indexed operation);

    /// @notice An election was opened.
    /// @param election Which one, counted from 1.
    event ElectionOpened(uint256 indexed election);

    /// @notice A member stands for election.
    /// @param election Which one.
    /// @param index Place of the candidate.
    /// @param candidate Who.
    event Stood(uint256 indexed election, uint256 indexed index, address indexed candidate);

    /// @notice A member voted.
    /// @param election Which one.
    /// @param member Who.
    /// @param candidates Places of those whom it named.
    event Voted(uint256 indexed election, address indexed member, uint8[] candidates);

    /// @notice An election is over.
    /// @param election Which one.
    /// @param jurors Who was elected, ascending; nobody if too few were, and then the jurors before stay.
    event ElectionClosed(uint256 indexed election, address[] jurors);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may; zero where there are several.
    error RightsHouse_Unauthorized(address caller, address expected);

    /// @notice The account was no member at the time that counts.
    /// @param account Who.
    /// @param at That time, seconds.
    error RightsHouse_NotMember(address account, uint256 at);

    /// @notice A credential holds already: it is renewed, not issued.
    /// @param account Whose.
    error RightsHouse_IsMember(address account);

    /// @notice The account does not own the work, or did not give the consent, or that does not hold now.
    /// @param account Who.
    /// @param kind What.
    /// @param id Which one.
    error RightsHouse_NotHolder(address account, AnchorKind kind, uint256 id);

    /// @notice The account still holds what it shows.
    /// @param account Who.
    error RightsHouse_StillHolds(address account);

    /// @notice The account has not shown its work or consent for long enough.
    /// @param since Since when it has, seconds; 0 for never.
    /// @param needed Since when it must have.
    error RightsHouse_TooYoung(uint256 since, uint256 needed);

    /// @notice A number is out of its bounds.
    /// @param what Which one.
    /// @param got The number.
    /// @param least The least.
    /// @param most The most.
    error RightsHouse_OutOfBounds(string what, uint256 got, uint256 least, uint256 most);

    /// @notice The issuer issued as many credentials in this epoch as it may.
    /// @param issuer Who.
    /// @param most How many.
    error RightsHouse_TooManyIssued(address issuer, uint256 most);

    /// @notice Nobody may object to this operation: it has no guarded call, or does not wait.
    /// @param operation The operation.
    error RightsHouse_NotObjectable(bytes32 operation);

    /// @notice The account did this already.
    /// @param account Who.
    error RightsHouse_Twice(address account);

    /// @notice The election is not in the phase for this; 0 and 0 if there has been none.
    /// @param from When that phase begins, seconds.
    /// @param until When it ends, exclusive.
    error RightsHouse_NotNow(uint256 from, uint256 until);

    /// @notice The places of a ballot are not strictly ascending.
    /// @param index The first that is not.
    error RightsHouse_NotAscending(uint256 index);

    /// @notice Names an issuer, or bounds or removes it. By governance.
    /// @param issuer Who.
    /// @param perEpoch Credentials that it may issue in an epoch, 10,000 at most; 0 removes it, but not what it issued.
    function setIssuer(address issuer, uint32 perEpoch) external;

    /// @notice Shows a work that the caller owns, or a consent that it gave. What it showed before is released, and a credential ends with that.
    /// @param kind What.
    /// @param id Which one.
    function anchor(AnchorKind kind, uint256 id) external;

    /// @notice Releases what an account shows, which ends its credential. By the account at any time; by anyone once it does not hold it any more.
    /// @param account Who.
    function release(address account) external;

    /// @notice Issues a credential to an account that has shown a work or consent for 30 days. By an issuer, who vouches that nobody else stands behind it who
    /// has one.
    /// @param account Who.
    /// @param kind As in `Credential`; 1 needs a consent, 3 a work.
    /// @param lastEpoch The last epoch in which it holds, 12 after the present one at most.
    function issue(address account, uint8 kind, uint32 lastEpoch) external;

    /// @notice Renews a credential that holds. By an issuer.
    /// @param account Whose.
    /// @param lastEpoch The last epoch in which it holds; not before what it was.
    function renew(address account, uint32 lastEpoch) external;

    /// @notice Revokes a credential. By who issued it, while it is an issuer, or by governance. What was scheduled before can still be objected to.
    /// @param account Whose.
    function revoke(address account) external;

    /// @notice Objects to an operation of the timelock. By who was a member in the second before it was scheduled, once, while it waits.
    /// @param operation The operation.
    function object(bytes32 operation) external;

    /// @notice Opens an election. By anyone, 21 days before the term of the jurors ends or later.
    function openElection() external;

    /// @notice Stands for election. By a member, in the first 7 days.
    function stand() external;

    /// @notice Votes, once. By who was a member in the second before the election was opened, in the second 7 days.
    /// @param candidates Places of 1 to 8 candidates, ascending.
    function vote(uint8[] calldata candidates) external;

    /// @notice Counts. By anyone, after 14 days.
    function closeElection() external;

    /// @notice Whether an account has a credential now.
    /// @param account Who.
    /// @return Whether it has.
    function isMember(address account) external view returns (bool);

    /// @notice Number of members.
    /// @return The number.
    function memberCount() external view returns (uint256);

    /// @notice Whether an account had a credential at the end of a second.
    /// @param account Who.
    /// @param at The second.
    /// @return Whether it had. False for a time before its present credential was issued.
    function wasMember(address account, uint256 at) external view returns (bool);

    /// @notice Number of members at the end of a second.
    /// @param at The second, not in the future.
    /// @return The number.
    function memberCountAt(uint256 at) external view returns (uint256);

    /// @notice The credential of an account.
    /// @param account Whose.
    /// @return The credential.
    function credentialOf(address account) external view returns (Credential memory);

    /// @notice What an account shows.
    /// @param account Who.
    /// @return What.
    function anchorOf(address account) external view returns (Anchor memory);

    /// @notice Epoch of a time, in which credentials are counted.
    /// @param at Seconds.
    /// @return The epoch: 30 days each.
    function epochOf(uint256 at) external view returns (uint256);

    /// @notice What objections to an operation come to.
    /// @param operation The operation.
    /// @param scheduledAt When it was scheduled, seconds.
    /// @return isExtended Whether its delay is extended.
    /// @return blockedAt When it was blocked, seconds; 0 if it was not.
    function standingOf(
        bytes32 operation,
        uint64 scheduledAt
    ) external view returns (bool isExtended, uint64 blockedAt);

    /// @notice How many objected to an operation.
    /// @param operation The operation.
    /// @param scheduledAt When it was scheduled, seconds.
    /// @return objectors How many did.
    /// @return members How many could; 0 before the first.
    function objectionsTo(
        bytes32 operation,
        uint64 scheduledAt
    ) external view returns (uint256 objectors, uint256 members);

    /// @notice The pool from which panels of the dispute desk are drawn, as elected.
    /// @return The jurors, ascending, without those who are no members now.
    function jurors() external view returns (address[] memory);

    /// @notice Which election the jurors are of.
    /// @return The election; 0 while there are none.
    function term() external view returns (uint256);

    /// @notice The newest election.
    /// @return number Which one, counted from 1; 0 for none.
    /// @return election The election.
    function newestElection() external view returns (uint256 number, Election memory election);
}
