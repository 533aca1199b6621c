// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Consent, IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {IModules} from "./interfaces/IModules.sol";
import {Anchor, AnchorKind, Credential, Election, IRightsHouse} from "./interfaces/IRightsHouse.sol";
import {ITimelock} from "./interfaces/ITimelock.sol";

/// @title RightsHouse
/// @notice See IRightsHouse. No proxy.
contract RightsHouse is IRightsHouse {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Who may issue how much.
    /// @param perEpoch Credentials in an epoch at most.
    /// @param epoch The epoch of `issued`.
    /// @param issued Credentials in it.
    struct Issuer {
        uint32 perEpoch;
        uint32 epoch;
        uint32 issued;
    }

    /// @notice Objections to one schedule of an operation.
    /// @param objectors How many objected.
    /// @param members How many could.
    /// @param isExtended Whether its delay is extended.
    /// @param blockedAt When it was blocked, seconds.
    struct Objections {
        uint64 objectors;
        uint64 members;
        bool isExtended;
        uint64 blockedAt;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Credentials end with an epoch of this length, seconds, so that members can be counted without a sweep.
    uint256 public constant EPOCH = 30 days;
    /// @notice Epochs after the present one for which a credential may hold.
    uint256 public constant MAX_EPOCHS = 12;
    /// @notice How long an account shows a work or consent before it can become a member, seconds.
    uint256 public constant MIN_AGE = 30 days;
    /// @notice Credentials of one issuer in an epoch at most.
    uint32 public constant MAX_PER_EPOCH = 10_000;
    /// @notice Share of the members that extends a delay, bps of 10,000.
    uint256 public constant EXTEND_BPS = 200;
    /// @notice Share of the members that blocks, bps of 10,000.
    uint256 public constant BLOCK_BPS = 1_000;
    /// @notice Time for standing, and then for voting, seconds each.
    uint256 public constant PHASE = 7 days;
    /// @notice How long jurors serve; longer if the next election fails. Seconds.
    uint256 public constant TERM = 180 days;
    /// @notice How long before the end of a term the next election may be opened, seconds.
    uint256 public constant LEAD = 21 days;
    /// @notice Candidates at most.
    uint256 public constant MAX_CANDIDATES = 128;
    /// @notice Candidates whom a member may name. Few against the seats, so that no bare majority fills them all.
    uint256 public constant MAX_CHOICES = 8;
    /// @notice Jurors at least: a panel of 7 and another of 21.
    uint256 public constant MIN_JURORS = 28;
    /// @notice Jurors at most.
    uint256 public constant MAX_JURORS = 63;
    /// @notice Key of the registry of works in the directory.
    bytes32 public constant IP_REGISTRY = keccak256("IPRegistry");
    /// @notice Key of the registry of consents in the directory.
    bytes32 public constant CONSENT_REGISTRY = keccak256("ConsentRegistry");

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @notice Issuers of credentials.
    mapping(address issuer => Issuer) public issuers;
    /// @notice Who shows a work or a consent; zero for nobody.
    mapping(address registry => mapping(uint256 id => address account)) public holderOf;
    /// @notice Whether an account objected to a schedule of an operation.
    mapping(bytes32 operation => mapping(uint64 scheduledAt => mapping(address member => bool))) public hasObjected;
    /// @notice Whether an account voted in an election.
    mapping(uint256 election => mapping(address member => bool)) public hasVoted;
    /// @inheritdoc IRightsHouse
    uint256 public term;
    /// @notice When the term of the jurors ends, seconds; 0 while there are none.
    uint256 public termEndsAt;

    mapping(address account => Anchor) private _anchors;
    mapping(address account => Credential) private _credentials;
    /// @dev How many credentials hold until an epoch, over time.
    mapping(uint256 epoch => Checkpoints.Trace208) private _until;
    mapping(bytes32 operation => mapping(uint64 scheduledAt => Objections)) private _objections;
    uint256 private _election;
    mapping(uint256 election => Election) private _elections;
    mapping(uint256 election => address[]) private _candidates;
    mapping(uint256 election => mapping(address candidate => bool)) private _stands;
    mapping(uint256 election => mapping(uint256 index => uint256)) private _votes;
    address[] private _jurors;

    modifier onlyGovernance() {
        address governance = modules.governance();
        if (msg.sender != governance) revert RightsHouse_Unauthorized(msg.sender, governance);
        _;
    }

    /// @notice Names the directory.
    /// @param modules_ Where the other contracts are.
    constructor(IModules modules_) {
        modules = modules_;
    }

    /// @inheritdoc IRightsHouse
    function setIssuer(address issuer, uint32 perEpoch) external onlyGovernance {
        _requireBounds("perEpoch", perEpoch, 0, MAX_PER_EPOCH);
        issuers[issuer].perEpoch = perEpoch;
        emit IssuerSet(issuer, perEpoch);
    }

    /// @inheritdoc IRightsHouse
    function anchor(AnchorKind kind, uint256 id) external {
        if (kind == AnchorKind.None) revert RightsHouse_NotHolder(msg.sender, kind, id);
        address registry = modules.moduleOf(kind == AnchorKind.Work ? IP_REGISTRY : CONSENT_REGISTRY);
        if (!_holds(msg.sender, kind, registry, id)) revert RightsHouse_NotHolder(msg.sender, kind, id);
        _release(msg.sender);
        // Only one account owns a work: who showed it before does not.
        address before = holderOf[registry][id];
        if (before != address(0)) _release(before);
        _anchors[msg.sender] = Anchor(kind, registry, id, uint64(block.timestamp));
        holderOf[registry][id] = msg.sender;
        emit Anchored(msg.sender, kind, registry, id);
    }

    /// @inheritdoc IRightsHouse
    function release(address account) external {
        if (msg.sender != account && _holdsAnchor(account)) revert RightsHouse_StillHolds(account);
        _release(account);
    }

    /// @inheritdoc IRightsHouse
    function issue(address account, uint8 kind, uint32 lastEpoch) external {
        Issuer storage issuer = issuers[msg.sender];
        if (issuer.perEpoch == 0) revert RightsHouse_Unauthorized(msg.sender, address(0));
        if (isMember(account)) revert RightsHouse_IsMember(account);
        _requireBounds("kind", kind, 1, 3);
        uint32 epoch = uint32(epochOf(block.timestamp));
        _requireBounds("lastEpoch", lastEpoch, epoch, epoch + MAX_EPOCHS);
        Anchor storage shown = _anchors[account];
        if (shown.since == 0 || shown.since + MIN_AGE > block.timestamp)
            revert RightsHouse_TooYoung(shown.since, block.timestamp - MIN_AGE);
        AnchorKind needed =
            kind == 1
                ? AnchorKind.Consent
                : kind == 3
                    ? AnchorKind.Work
                    : shown.kind;
        if (shown.kind != needed || !_holdsAnchor(account)) revert RightsHouse_NotHolder(account, needed, shown.id);
        if (issuer.epoch != epoch) (issuer.epoch, issuer.issued) = (epoch, 0);
        if (issuer.issued >= issuer.perEpoch) revert RightsHouse_TooManyIssued(msg.sender, issuer.perEpoch);
        issuer.issued++;
        _credentials[account] = Credential(msg.sender, kind, uint64(block.timestamp), 0, lastEpoch);
        _count(lastEpoch, true);
        emit Issued(account, msg.sender, kind, lastEpoch);
    }

    /// @inheritdoc IRightsHouse
    function renew(address account, uint32 lastEpoch) external {
        if (issuers[msg.sender].perEpoch == 0) revert RightsHouse_Unauthorized(msg.sender, address(0));
        if (!isMember(account)) revert RightsHouse_NotMember(account, block.timestamp);
        Credential storage credential = _credentials[account];
        _requireBounds("lastEpoch", lastEpoch, credential.lastEpoch, epochOf(block.timestamp) + MAX_EPOCHS);
        _count(credential.lastEpoch, false);
        _count(lastEpoch, true);
        (credential.lastEpoch, credential.issuer) = (lastEpoch, msg.sender);
        emit Issued(account, msg.sender, credential.kind, lastEpoch);
    }

    /// @inheritdoc IRightsHouse
    function revoke(address account) external {
        address issuer = _credentials[account].issuer;
        bool isIssuer = msg.sender == issuer && issuers[issuer].perEpoch != 0;
        if (!isIssuer && msg.sender != modules.governance()) revert RightsHouse_Unauthorized(msg.sender, issuer);
        if (!isMember(account)) revert RightsHouse_NotMember(account, block.timestamp);
        _revoke(account);
    }

    /// @inheritdoc IRightsHouse
    function object(bytes32 operation) external {
        uint64 scheduledAt = ITimelock(modules.governance()).objectable(operation);
        if (scheduledAt == 0) revert RightsHouse_NotObjectable(operation);
        uint256 at = scheduledAt - 1;
        if (!wasMember(msg.sender, at)) revert RightsHouse_NotMember(msg.sender, at);
        if (hasObjected[operation][scheduledAt][msg.sender]) revert RightsHouse_Twice(msg.sender);
        hasObjected[operation][scheduledAt][msg.sender] = true;
        Objections storage objections = _objections[operation][scheduledAt];
        if (objections.members == 0) objections.members = uint64(memberCountAt(at));
        (uint256 objectors, uint256 members) = (++objections.objectors, objections.members);
        emit Objected(operation, msg.sender, objectors, members);
        if (!objections.isExtended && objectors * 10_000 >= members * EXTEND_BPS) {
            objections.isExtended = true;
            emit Extended(operation);
        }
        if (objections.blockedAt == 0 && objectors * 10_000 >= members * BLOCK_BPS) {
            objections.blockedAt = uint64(block.timestamp);
            emit Blocked(operation);
        }
    }

    /// @inheritdoc IRightsHouse
    function openElection() external {
        if (_election != 0 && !_elections[_election].isClosed)
            revert RightsHouse_NotNow(_elections[_election].openedAt + 2 * PHASE, type(uint256).max);
        uint256 from = termEndsAt < LEAD ? 0 : termEndsAt - LEAD;
        if (block.timestamp < from) revert RightsHouse_NotNow(from, type(uint256).max);
        _elections[++_election].openedAt = uint64(block.timestamp);
        emit ElectionOpened(_election);
    }

    /// @inheritdoc IRightsHouse
    function stand() external {
        uint256 number = _requirePhase(0, PHASE);
        if (!isMember(msg.sender)) revert RightsHouse_NotMember(msg.sender, block.timestamp);
        if (_stands[number][msg.sender]) revert RightsHouse_Twice(msg.sender);
        address[] storage candidates = _candidates[number];
        _requireBounds("candidates", candidates.length + 1, 1, MAX_CANDIDATES);
        _stands[number][msg.sender] = true;
        emit Stood(number, candidates.length, msg.sender);
        candidates.push(msg.sender);
        _elections[number].candidates++;
    }

    /// @inheritdoc IRightsHouse
    function vote(uint8[] calldata candidates) external {
        uint256 number = _requirePhase(PHASE, 2 * PHASE);
        uint256 at = _elections[number].openedAt - 1;
        if (!wasMember(msg.sender, at)) revert RightsHouse_NotMember(msg.sender, at);
        if (hasVoted[number][msg.sender]) revert RightsHouse_Twice(msg.sender);
        hasVoted[number][msg.sender] = true;
        _requireBounds("choices", candidates.length, 1, MAX_CHOICES);
        uint256 standing = _candidates[number].length;
        for (uint256 i = 0; i < candidates.length; i++) {
            if (i > 0 && candidates[i] <= candidates[i - 1]) revert RightsHouse_NotAscending(i);
            _requireBounds("candidate + 1", uint256(candidates[i]) + 1, 1, standing);
            _votes[number][candidates[i]]++;
        }
        emit Voted(number, msg.sender, candidates);
    }

    /// @inheritdoc IRightsHouse
    function closeElection() external {
        uint256 number = _requirePhase(2 * PHASE, type(uint256).max);
        _elections[number].isClosed = true;
        address[] memory elected = _elected(number);
        if (elected.length >= MIN_JURORS) {
            _jurors = elected;
            (term, termEndsAt) = (number, block.timestamp + TERM);
        } else elected = new address[](0);
        emit ElectionClosed(number, elected);
    }

    /// @inheritdoc IRightsHouse
    function memberCount() external view returns (uint256) {
        return memberCountAt(block.timestamp);
    }

    /// @inheritdoc IRightsHouse
    function credentialOf(address account) external view returns (Credential memory) {
        return _credentials[account];
    }

    /// @inheritdoc IRightsHouse
    function anchorOf(address account) external view returns (Anchor memory) {
        return _anchors[account];
    }

    /// @inheritdoc IRightsHouse
    function standingOf(bytes32 operation, uint64 scheduledAt) external view returns (bool, uint64) {
        Objections storage objections = _objections[operation][scheduledAt];
        return (objections.isExtended, objections.blockedAt);
    }

    /// @inheritdoc IRightsHouse
    function objectionsTo(bytes32 operation, uint64 scheduledAt) external view returns (uint256, uint256) {
        Objections storage objections = _objections[operation][scheduledAt];
        return (objections.objectors, objections.members);
    }

    /// @inheritdoc IRightsHouse
    function jurors() external view returns (address[] memory serving) {
        uint256 length = _jurors.length;
        uint256 count = 0;
        serving = new address[](length);
        for (uint256 i = 0; i < length; i++) if (isMember(_jurors[i])) serving[count++] = _jurors[i];
        _truncate(serving, count);
    }

    /// @inheritdoc IRightsHouse
    function newestElection() external view returns (uint256, Election memory) {
        return (_election, _elections[_election]);
    }

    /// @inheritdoc IRightsHouse
    function isMember(address account) public view returns (bool) {
        return wasMember(account, block.timestamp);
    }

    /// @inheritdoc IRightsHouse
    function wasMember(address account, uint256 at) public view returns (bool) {
        Credential storage credential = _credentials[account];
        (uint64 since, uint64 revokedAt) = (credential.since, credential.revokedAt);
        return since != 0 && since <= at && (revokedAt == 0 || revokedAt > at) && epochOf(at) <= credential.lastEpoch;
    }

    /// @inheritdoc IRightsHouse
    function memberCountAt(uint256 at) public view returns (uint256 members) {
        uint256 epoch = epochOf(at);
        for (uint256 i = 0; i <= MAX_EPOCHS; i++) members += _until[epoch + i].upperLookupRecent(uint48(at));
    }

    /// @inheritdoc IRightsHouse
    function epochOf(uint256 at) public pure returns (uint256) {
        return at / EPOCH;
    }

    function _release(address account) private {
        Anchor storage shown = _anchors[account];
        if (shown.kind == AnchorKind.None) return;
        delete holderOf[shown.registry][shown.id];
        delete _anchors[account];
        emit Released(account);
        if (isMember(account)) _revoke(account);
    }

    function _revoke(address account) private {
        Credential storage credential = _credentials[account];
        credential.revokedAt = uint64(block.timestamp);
        _count(credential.lastEpoch, false);
        emit Revoked(account);
    }

    function _count(uint256 epoch, bool isMore) private {
        uint208 before = _until[epoch].latest();
        _until[epoch].push(uint48(block.timestamp), isMore ? before + 1 : before - 1);
    }

    /// @dev The number of the election, if it is so long after its opening.
    function _requirePhase(uint256 from, uint256 until) private view returns (uint256 number) {
        number = _election;
        if (number == 0) revert RightsHouse_NotNow(0, 0);
        Election storage election = _elections[number];
        uint256 openedAt = election.openedAt;
        uint256 end = until == type(uint256).max ? until : openedAt + until;
        if (election.isClosed || block.timestamp < openedAt + from || block.timestamp >= end)
            revert RightsHouse_NotNow(openedAt + from, end);
    }

    /// @dev Who was named most, ascending by address. Of those with as many votes, who stood first.
    function _elected(uint256 number) private view returns (address[] memory elected) {
        address[] storage candidates = _candidates[number];
        uint256 length = candidates.length;
        uint256[] memory ranked = new uint256[](length);
        uint256 named = 0;
        for (uint256 i = 0; i < length; i++) {
            uint256 votes = _votes[number][i];
            if (votes != 0 && isMember(candidates[i])) ranked[named++] = (votes << 8) | (MAX_CANDIDATES - i);
        }
        _sort(ranked, named);
        uint256 count = named < MAX_JURORS ? named : MAX_JURORS;
        uint256[] memory accounts = new uint256[](count);
        for (uint256 i = 0; i < count; i++)
            accounts[i] = uint160(candidates[MAX_CANDIDATES - uint8(ranked[named - 1 - i])]);
        _sort(accounts, count);
        elected = new address[](count);
        for (uint256 i = 0; i < count; i++) elected[i] = address(uint160(accounts[i]));
    }

    function _holdsAnchor(address account) private view returns (bool) {
        Anchor storage shown = _anchors[account];
        return _holds(account, shown.kind, shown.registry, shown.id);
    }

    function _holds(address account, AnchorKind kind, address registry, uint256 id) private view returns (bool) {
        if (kind == AnchorKind.None) return false;
        if (kind == AnchorKind.Work) return IERC721(registry).ownerOf(id) == account;
        Consent memory consent = IConsentRegistry(registry).consentOf(id);
        return
            consent.provider == account &&
            consent.revokedAt == 0 &&
            consent.from <= block.timestamp &&
            block.timestamp <= consent.until;
    }

    function _requireBounds(string memory what, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert RightsHouse_OutOfBounds(what, got, least, most);
    }

    /// @dev Sorts the beginning of a list, ascending, by insertion: 128 elements at most, and no recursion, which equal votes could drive too deep.
    function _sort(uint256[] memory list, uint256 length) private pure {
        for (uint256 i = 1; i < length; i++) {
            uint256 value = list[i];
            uint256 j = i;
            for (; j > 0 && list[j - 1] > value; j--) list[j] = list[j - 1];
            list[j] = value;
        }
    }

    /// @dev Shortens a list in memory.
    function _truncate(address[] memory list, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(list, length)
        }
    }
}
