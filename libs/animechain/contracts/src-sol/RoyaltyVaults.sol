// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Edges} from "./Edges.sol";
import {IIPRegistry} from "./interfaces/IIPRegistry.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";

/// @title RoyaltyVaults
/// @notice See IRoyaltyVaults. No owner, no proxy. Only `pay` and `claim` call a token, so one that went bad stops nothing but itself: pushes, freezes and
/// verdicts move numbers.
contract RoyaltyVaults is IRoyaltyVaults, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Sums of a token. None is above 2^128, so no multiplication by bps overflows, whatever a token says of balances.
    /// @param total What the contract must hold, smallest units.
    /// @param open What of it is pending or escrowed, smallest units.
    /// @param paidOut What was ever claimed, smallest units.
    /// @param place Where it is in the list of tokens, if it is.
    /// @param isListed Whether it is taken.
    struct Sums {
        uint128 total;
        uint128 open;
        uint256 paidOut;
        uint8 place;
        bool isListed;
    }

    /// @notice Money of a work in a token.
    /// @param pending What the next push splits, smallest units.
    /// @param escrowed What waits for a verdict, smallest units.
    /// @param paidIn What ever came, smallest units.
    struct Book {
        uint128 pending;
        uint128 escrowed;
        uint256 paidIn;
    }

    /// @notice What there is once for a work.
    /// @param inUse Bit n where something is pending or escrowed in the token of place n.
    /// @param disputedBps What a dispute holds back of each payment.
    /// @param edgesVersion Changes when fractions that parents are owed become void.
    /// @param listVersion Changes when fractions that beneficiaries are owed become void.
    /// @param fixedBps Share of the fixed beneficiary.
    /// @param fixedAccount The fixed beneficiary.
    struct State {
        uint8 inUse;
        uint16 disputedBps;
        uint32 edgesVersion;
        uint32 listVersion;
        uint16 fixedBps;
        address fixedAccount;
    }

    /// @notice Edges that a dispute claims.
    /// @param dispute The dispute; 0 for none.
    /// @param parents The parents.
    /// @param shares Their shares, bps.
    struct Claim {
        uint256 dispute;
        uint256[] parents;
        uint16[] shares;
    }

    /// @notice Whom the rest of a work's revenue is for.
    /// @param accounts Who.
    /// @param bps Their shares.
    struct Beneficiaries {
        address[] accounts;
        uint16[] bps;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Tokens with a place at most: what bounds the cost of a freeze and a verdict.
    uint256 public constant MAX_TOKENS = 8;
    /// @notice Beneficiaries at most that an owner sets.
    uint256 public constant MAX_BENEFICIARIES = 15;
    /// @notice The whole, bps.
    uint256 public constant ALL = Edges.ALL;
    /// @notice Key of the registry of works in the directory.
    bytes32 public constant IP_REGISTRY = keccak256("IPRegistry");
    /// @notice Key of the dispute desk in the directory.
    bytes32 public constant DISPUTE_DESK = keccak256("DisputeDesk");
    /// @notice Key of the output registry in the directory.
    bytes32 public constant OUTPUT_REGISTRY = keccak256("OutputRegistry");

    /// @dev Bits of a fraction that is owed: 15 of them are in a word.
    uint256 private constant LANE_BITS = 17;
    uint256 private constant LANE = (1 << LANE_BITS) - 1;

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc IRoyaltyVaults
    mapping(IERC20 token => mapping(address account => uint256)) public claimable;

    IERC20[MAX_TOKENS] private _places;
    mapping(IERC20 token => Sums) private _sums;
    mapping(uint256 work => mapping(IERC20 token => Book)) private _books;
    mapping(uint256 work => State) private _states;
    mapping(uint256 work => Claim) private _claims;
    mapping(uint256 work => Beneficiaries) private _beneficiaries;
    /// @dev Fractions of a smallest unit that are owed, see `_divide`.
    mapping(bytes32 key => uint256 lanes) private _fractions;

    /// @notice Names the directory.
    /// @param modules_ Where the other contracts are.
    constructor(IModules modules_) {
        modules = modules_;
    }

    /// @inheritdoc IRoyaltyVaults
    function pay(uint256 work, IERC20 token, uint256 amount) external nonReentrant {
        Sums storage sums = _sums[token];
        if (!sums.isListed) revert RoyaltyVaults_NotListed(token);
        if (amount == 0) revert RoyaltyVaults_Zero("amount");
        uint256 most = type(uint128).max - sums.total;
        if (amount > most) revert RoyaltyVaults_TooMuch(token, amount, most);
        _registry().ownerOf(work);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 got = token.balanceOf(address(this));
        got = got > before ? got - before : 0;
        if (got != amount) revert RoyaltyVaults_InexactToken(token, got, amount);
        sums.total += uint128(amount);
        sums.open += uint128(amount);
        _credit(work, token, amount);
        emit Paid(work, token, msg.sender, amount);
    }

    /// @inheritdoc IRoyaltyVaults
    function push(uint256 work, IERC20 token) external nonReentrant {
        _push(work, token);
    }

    /// @inheritdoc IRoyaltyVaults
    function claim(IERC20 token, address account) external nonReentrant returns (uint256 amount) {
        amount = claimable[token][account];
        if (amount == 0) return 0;
        claimable[token][account] = 0;
        _sums[token].total -= uint128(amount);
        _sums[token].paidOut += amount;
        uint256 before = token.balanceOf(address(this));
        token.safeTransfer(account, amount);
        uint256 got = token.balanceOf(address(this));
        got = before > got ? before - got : 0;
        // One that takes a fee from who sends would take it from others here.
        if (got != amount) revert RoyaltyVaults_InexactToken(token, got, amount);
        emit Claimed(account, token, amount);
    }

    /// @inheritdoc IRoyaltyVaults
    function setBeneficiaries(uint256 work, address[] calldata accounts, uint16[] calldata bps) external nonReentrant {
        _requireCaller(_registry().ownerOf(work));
        _requireLength("accounts", accounts.length, 0, MAX_BENEFICIARIES);
        _requireLength("bps", bps.length, accounts.length, accounts.length);
        State storage state = _states[work];
        uint256 sum = 0;
        for (uint256 i = 0; i < accounts.length; i++) {
            _requireAccount(accounts[i]);
            if (bps[i] == 0) revert RoyaltyVaults_Zero("bps");
            sum += bps[i];
        }
        uint256 whole = ALL - state.fixedBps;
        if (accounts.length > 0 && sum != whole) revert RoyaltyVaults_BadShares(sum, whole);
        _pushAll(work);
        (_beneficiaries[work].accounts, _beneficiaries[work].bps) = (accounts, bps);
        state.listVersion++;
        emit BeneficiariesSet(work, accounts, bps);
    }

    /// @inheritdoc IRoyaltyVaults
    function fixBeneficiary(uint256 work, address account, uint16 bps) external nonReentrant {
        _requireCaller(modules.moduleOf(OUTPUT_REGISTRY));
        // The module can be replaced: whatever comes there must not reach works that others registered, or its own of before.
        address registrar = _registry().registrarOf(work);
        if (registrar != msg.sender) revert RoyaltyVaults_Unauthorized(msg.sender, registrar);
        _requireAccount(account);
        if (bps == 0) revert RoyaltyVaults_Zero("bps");
        if (bps > ALL) revert RoyaltyVaults_BadShares(bps, ALL);
        State storage state = _states[work];
        if (state.fixedBps != 0 || _beneficiaries[work].accounts.length > 0)
            revert RoyaltyVaults_HasBeneficiaries(work);
        (state.fixedAccount, state.fixedBps) = (account, bps);
        emit BeneficiaryFixed(work, account, bps);
    }

    /// @inheritdoc IRoyaltyVaults
    function checkpoint(uint256 work) external nonReentrant {
        _requireCaller(address(_registry()));
        if (_claims[work].dispute != 0) revert RoyaltyVaults_Frozen(work, _claims[work].dispute);
        State storage state = _states[work];
        for (uint256 i = 0; i < MAX_TOKENS; i++)
            if (state.inUse & (1 << i) != 0) revert RoyaltyVaults_Pending(work, _places[i]);
        state.edgesVersion++;
    }

    /// @inheritdoc IRoyaltyVaults
    function freeze(
        uint256 work,
        uint256 dispute,
        uint256[] calldata parents,
        uint16[] calldata shares
    ) external nonReentrant returns (uint16 disputedBps) {
        _requireCaller(modules.moduleOf(DISPUTE_DESK));
        if (dispute == 0) revert RoyaltyVaults_Zero("dispute");
        Claim storage claim_ = _claims[work];
        if (claim_.dispute != 0) revert RoyaltyVaults_Frozen(work, claim_.dispute);
        Edges.check(work, parents, shares);
        disputedBps = _disputed(work, parents, shares);
        if (disputedBps == 0) revert RoyaltyVaults_NothingDisputed(work);
        _pushAll(work);
        (claim_.dispute, claim_.parents, claim_.shares) = (dispute, parents, shares);
        State storage state = _states[work];
        state.disputedBps = disputedBps;
        state.edgesVersion++;
        emit Frozen(work, dispute, disputedBps);
    }

    /// @inheritdoc IRoyaltyVaults
    function release(uint256 work, uint256 dispute, bool upheld) external nonReentrant {
        _requireCaller(modules.moduleOf(DISPUTE_DESK));
        Claim memory claim_ = _claims[work];
        if (dispute == 0 || claim_.dispute != dispute) revert RoyaltyVaults_NotFrozen(work, dispute, claim_.dispute);
        _pushAll(work);
        (uint256[] memory parents, uint16[] memory shares) = _registry().edgesOf(work);
        if (upheld) _releaseAlong(work, claim_.parents, _above(claim_.parents, claim_.shares, parents, shares));
        else _releaseAlong(work, parents, _above(parents, shares, claim_.parents, claim_.shares));
        State storage state = _states[work];
        state.disputedBps = 0;
        state.edgesVersion++;
        delete _claims[work];
        emit Released(work, dispute, upheld);
    }

    /// @inheritdoc IRoyaltyVaults
    function listToken(IERC20 token, bool listed) external {
        _requireCaller(modules.governance());
        Sums storage sums = _sums[token];
        if (listed && _places[sums.place] != token) sums.place = _place(token);
        sums.isListed = listed;
        emit TokenListed(token, listed);
    }

    /// @inheritdoc IRoyaltyVaults
    function isListed(IERC20 token) external view returns (bool) {
        return _sums[token].isListed;
    }

    /// @inheritdoc IRoyaltyVaults
    function paidIn(uint256 work, IERC20 token) external view returns (uint256) {
        return _books[work][token].paidIn;
    }

    /// @inheritdoc IRoyaltyVaults
    function bookOf(uint256 work, IERC20 token) external view returns (uint256 pending, uint256 escrowed) {
        Book storage book = _books[work][token];
        return (book.pending, book.escrowed);
    }

    /// @inheritdoc IRoyaltyVaults
    function sumsOf(IERC20 token) external view returns (uint256 total, uint256 open, uint256 paidOut) {
        Sums storage sums = _sums[token];
        return (sums.total, sums.open, sums.paidOut);
    }

    /// @inheritdoc IRoyaltyVaults
    function tokens() external view returns (IERC20[] memory places) {
        places = new IERC20[](MAX_TOKENS);
        for (uint256 i = 0; i < MAX_TOKENS; i++) places[i] = _places[i];
    }

    /// @inheritdoc IRoyaltyVaults
    function tokensOf(uint256 work) external view returns (IERC20[] memory used) {
        uint256 inUse = _states[work].inUse;
        uint256 number = 0;
        for (uint256 i = 0; i < MAX_TOKENS; i++) number += (inUse >> i) & 1;
        used = new IERC20[](number);
        for (uint256 i = MAX_TOKENS; i > 0; i--) if ((inUse >> (i - 1)) & 1 == 1) used[--number] = _places[i - 1];
    }

    /// @inheritdoc IRoyaltyVaults
    function beneficiariesOf(
        uint256 work
    ) external view returns (address[] memory accounts, uint16[] memory bps, address fixedAccount, uint16 fixedBps) {
        State storage state = _states[work];
        Beneficiaries storage list = _beneficiaries[work];
        return (list.accounts, list.bps, state.fixedAccount, state.fixedBps);
    }

    /// @inheritdoc IRoyaltyVaults
    function freezeOf(
        uint256 work
    ) external view returns (uint256 dispute, uint16 disputedBps, uint256[] memory parents, uint16[] memory shares) {
        Claim storage claim_ = _claims[work];
        return (claim_.dispute, _states[work].disputedBps, claim_.parents, claim_.shares);
    }

    function _pushAll(uint256 work) private {
        uint256 inUse = _states[work].inUse;
        for (uint256 i = 0; i < MAX_TOKENS; i++) if ((inUse >> i) & 1 == 1) _push(work, _places[i]);
    }

    function _push(uint256 work, IERC20 token) private {
        Book storage book = _books[work][token];
        uint256 amount = book.pending;
        if (amount == 0) return;
        book.pending = 0;
        State storage state = _states[work];
        (uint256[] memory parents, uint16[] memory shares) = _registry().edgesOf(work);
        uint256 number = parents.length;
        if (state.disputedBps != 0) shares = _undisputed(work, parents, shares, state.disputedBps);
        (uint256[] memory parts, uint256 rest) = _divideOn(
            keccak256(abi.encode(work, token, "edges", state.edgesVersion)),
            amount,
            shares,
            ALL
        );
        for (uint256 i = 0; i < number; i++) _pass(work, parents[i], token, parts[i]);
        uint256 escrowed = parts.length > number ? parts[number] : 0;
        book.escrowed += uint128(escrowed);
        if (book.escrowed == 0) state.inUse &= ~uint8(1 << _sums[token].place);
        _give(work, token, rest);
        emit Pushed(work, token, amount, escrowed);
    }

    /// @dev Pays escrow out: to each of `parents` in proportion to what it has above the smaller of its shares, and the rest to the beneficiaries.
    function _releaseAlong(uint256 work, uint256[] memory parents, uint16[] memory above) private {
        uint256 inUse = _states[work].inUse;
        uint256 disputedBps = _states[work].disputedBps;
        for (uint256 i = 0; i < MAX_TOKENS; i++) {
            if ((inUse >> i) & 1 == 0) continue;
            IERC20 token = _places[i];
            // No fractions: a release ends what they were of.
            (uint256[] memory parts, uint256 rest, ) = _divide(_books[work][token].escrowed, above, disputedBps, 0);
            _books[work][token].escrowed = 0;
            for (uint256 j = 0; j < parents.length; j++) _pass(work, parents[j], token, parts[j]);
            _give(work, token, rest);
        }
        _states[work].inUse = 0;
    }

    /// @dev A child owes a parent.
    function _pass(uint256 work, uint256 parent, IERC20 token, uint256 amount) private {
        if (amount == 0) return;
        _credit(parent, token, amount);
        emit Owed(parent, token, work, amount);
    }

    function _credit(uint256 work, IERC20 token, uint256 amount) private {
        Book storage book = _books[work][token];
        book.pending += uint128(amount);
        book.paidIn += amount;
        _states[work].inUse |= uint8(1 << _sums[token].place);
    }

    /// @dev The rest of a work's revenue: to the fixed beneficiary, then to those that the owner set, or the owner.
    function _give(uint256 work, IERC20 token, uint256 amount) private {
        if (amount == 0) return;
        _sums[token].open -= uint128(amount);
        State storage state = _states[work];
        uint256 whole = ALL;
        uint256[] memory parts;
        if (state.fixedBps != 0) {
            uint16[] memory bps = new uint16[](1);
            bps[0] = state.fixedBps;
            (parts, amount) = _divideOn(keccak256(abi.encode(work, token, "fixed")), amount, bps, ALL);
            _earn(work, token, state.fixedAccount, parts[0]);
            whole -= bps[0];
        }
        Beneficiaries storage list = _beneficiaries[work];
        uint256 others = list.accounts.length;
        if (others == 0) {
            _earn(work, token, _registry().ownerOf(work), amount);
            return;
        }
        others--;
        uint16[] memory shares = new uint16[](others);
        for (uint256 i = 0; i < others; i++) shares[i] = list.bps[i + 1];
        bytes32 key = keccak256(abi.encode(work, token, "list", state.listVersion));
        (parts, amount) = _divideOn(key, amount, shares, whole);
        _earn(work, token, list.accounts[0], amount);
        for (uint256 i = 0; i < others; i++) _earn(work, token, list.accounts[i + 1], parts[i]);
    }

    function _earn(uint256 work, IERC20 token, address account, uint256 amount) private {
        if (amount == 0) return;
        claimable[token][account] += amount;
        emit Earned(account, token, work, amount);
    }

    function _divideOn(
        bytes32 key,
        uint256 amount,
        uint16[] memory shares,
        uint256 whole
    ) private returns (uint256[] memory parts, uint256 rest) {
        uint256 lanes = _fractions[key];
        uint256 next;
        (parts, rest, next) = _divide(amount, shares, whole, lanes);
        if (next != lanes) _fractions[key] = next;
    }

    /// @dev A free place, or one of a token that is not listed and has no money in any book; then no work has its bit.
    function _place(IERC20 token) private returns (uint8) {
        if (address(token).code.length == 0) revert RoyaltyVaults_NoCode(token);
        for (uint256 i = 0; i < MAX_TOKENS; i++) {
            Sums storage sums = _sums[_places[i]];
            if (address(_places[i]) != address(0) && (sums.isListed || sums.open != 0)) continue;
            _places[i] = token;
            return uint8(i);
        }
        revert RoyaltyVaults_TooManyTokens(token, MAX_TOKENS);
    }

    /// @dev What of each payment the two sets of edges give to different receivers.
    function _disputed(
        uint256 work,
        uint256[] calldata claimed,
        uint16[] calldata claimedShares
    ) private view returns (uint16) {
        (uint256[] memory parents, uint16[] memory shares) = _registry().edgesOf(work);
        uint256 same = 0;
        uint256 sum = 0;
        uint256 claimedSum = 0;
        for (uint256 i = 0; i < claimed.length; i++) {
            same += _min(claimedShares[i], _shareOf(claimed[i], parents, shares));
            claimedSum += claimedShares[i];
        }
        for (uint256 i = 0; i < parents.length; i++) sum += shares[i];
        // The rest is a receiver as well.
        return uint16(ALL - same - (ALL - (sum > claimedSum ? sum : claimedSum)));
    }

    /// @dev While a dispute is open: of each parent the smaller of its shares, and last the disputed part.
    function _undisputed(
        uint256 work,
        uint256[] memory parents,
        uint16[] memory shares,
        uint16 disputedBps
    ) private view returns (uint16[] memory smaller) {
        Claim memory claim_ = _claims[work];
        smaller = new uint16[](parents.length + 1);
        for (uint256 i = 0; i < parents.length; i++)
            smaller[i] = _min(shares[i], _shareOf(parents[i], claim_.parents, claim_.shares));
        smaller[parents.length] = disputedBps;
    }

    function _registry() private view returns (IIPRegistry) {
        return IIPRegistry(modules.moduleOf(IP_REGISTRY));
    }

    function _requireCaller(address expected) private view {
        if (msg.sender != expected) revert RoyaltyVaults_Unauthorized(msg.sender, expected);
    }

    function _requireAccount(address account) private view {
        if (account == address(0) || account == address(this)) revert RoyaltyVaults_BadAccount(account);
    }

    /// @dev Divides `amount` by shares of `whole`; what is left is the rest's. Whoever pushes after each small payment must not round the others down for
    /// good: the fraction that each is still owed, in units of 1/whole, is kept in a lane and counts the next time, at the cost of the rest. What all lanes
    /// hold together never exceeds a unit for each; one lane holds 13, and what is above that is forgotten.
    function _divide(
        uint256 amount,
        uint16[] memory shares,
        uint256 whole,
        uint256 lanes
    ) private pure returns (uint256[] memory parts, uint256 rest, uint256 next) {
        parts = new uint256[](shares.length);
        rest = amount;
        for (uint256 i = 0; i < shares.length; i++) {
            uint256 owed = ((lanes >> (i * LANE_BITS)) & LANE) + amount * shares[i];
            uint256 part = owed / whole;
            if (part > rest) part = rest;
            rest -= part;
            owed -= part * whole;
            next |= (owed > LANE ? LANE : owed) << (i * LANE_BITS);
            parts[i] = part;
        }
    }

    /// @dev By how much each share of some edges is above the same parent's under others; 0 where it is not.
    function _above(
        uint256[] memory parents,
        uint16[] memory shares,
        uint256[] memory otherParents,
        uint16[] memory otherShares
    ) private pure returns (uint16[] memory above) {
        above = new uint16[](parents.length);
        for (uint256 i = 0; i < parents.length; i++)
            above[i] = shares[i] - _min(shares[i], _shareOf(parents[i], otherParents, otherShares));
    }

    function _shareOf(uint256 parent, uint256[] memory parents, uint16[] memory shares) private pure returns (uint16) {
        for (uint256 i = 0; i < parents.length; i++) if (parents[i] == parent) return shares[i];
        return 0;
    }

    function _min(uint16 a, uint16 b) private pure returns (uint16) {
        return a < b ? a : b;
    }

    function _requireLength(string memory what, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert RoyaltyVaults_Length(what, got, least, most);
    }
}
