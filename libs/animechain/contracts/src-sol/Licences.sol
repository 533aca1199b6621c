// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IIPRegistry} from "./interfaces/IIPRegistry.sol";
import {ILicences, Licence, Offer, Terms} from "./interfaces/ILicences.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";

/// @title Licences
/// @notice See ILicences. No owner, no proxy; holds no money. Overlaps are looked for among siblings only, which is enough: a licence is within the one above it,
/// so what overlaps a licence overlaps all above it, and there the overlap was refused. And licences from one offer have the same terms, so the offer stands
/// for all of them, and only the work's owner makes offers: nobody else can fill a list.
contract Licences is ILicences, ERC721, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Who uses a licence in its holder's place (ERC-4907).
    /// @param account Who.
    /// @param expires Until when, seconds, inclusive.
    struct User {
        address account;
        uint64 expires;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Entries of a list at most: what bounds the search for overlaps.
    uint256 public constant MAX_LIVE = 256;
    /// @notice Levels of sublicences at most: what bounds the way up.
    uint256 public constant MAX_DEPTH = 8;
    /// @notice Uses that the tables have.
    uint32 public constant USES = (1 << 14) - 1;
    /// @notice Media that the tables have.
    uint32 public constant MEDIA = (1 << 16) - 1;
    /// @notice Territories that the tables have.
    uint64 public constant TERRITORIES = (1 << 43) - 1;
    /// @notice Key of the registry of works in the directory.
    bytes32 public constant IP_REGISTRY = keccak256("IPRegistry");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant ROYALTY_VAULTS = keccak256("RoyaltyVaults");
    /// @notice Key of the dispute desk in the directory.
    bytes32 public constant DISPUTE_DESK = keccak256("DisputeDesk");
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of this contract in the directory, under which the council pauses it.
    bytes32 public constant LICENCES = keccak256("Licences");

    /// @dev What ERC-4907 has for its three functions.
    bytes4 private constant ERC4907 = 0xad092b5c;
    uint256 private constant ALL = 10_000;

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc ILicences
    uint256 public count;
    /// @inheritdoc ILicences
    uint256 public offers;

    mapping(uint256 id => Offer) private _offers;
    mapping(uint256 id => Licence) private _licences;
    mapping(uint256 id => User) private _users;
    mapping(uint256 work => uint256[] offers) private _taken;
    mapping(uint256 id => uint256[] licences) private _children;

    /// @notice Names the directory and the collection.
    /// @param modules_ Where the other contracts are.
    /// @param name_ Name of the collection.
    /// @param symbol_ Short name of the collection.
    constructor(IModules modules_, string memory name_, string memory symbol_) ERC721(name_, symbol_) {
        modules = modules_;
    }

    /// @inheritdoc ILicences
    function offer(uint256 work, Terms calldata terms) external returns (uint256 id) {
        _requireRunning();
        address owner = _registry().ownerOf(work);
        _requireCaller(owner);
        _requireTerms(terms);
        _requireRange("depth", terms.depth, 0, MAX_DEPTH);
        if (!_vaults().isListed(IERC20(terms.currency))) revert Licences_NotListed(terms.currency);
        id = ++offers;
        _offers[id] = Offer(work, terms, owner, false, 0);
        emit Offered(id, work, owner, terms);
    }

    /// @inheritdoc ILicences
    function withdraw(uint256 id) external {
        Offer storage made = _offers[id];
        if (made.work == 0) revert Licences_NoOffer(id);
        _requireCaller(_registry().ownerOf(made.work));
        if (made.isWithdrawn) revert Licences_NotOffered(id);
        made.isWithdrawn = true;
        emit Withdrawn(id);
    }

    /// @inheritdoc ILicences
    function take(uint256 id, uint256 maxPrice) external nonReentrant returns (uint256 licence) {
        _requireRunning();
        Offer storage made = _offers[id];
        uint256 work = made.work;
        if (work == 0) revert Licences_NoOffer(id);
        if (made.isWithdrawn || _registry().ownerOf(work) != made.maker) revert Licences_NotOffered(id);
        Terms memory terms = made.terms;
        if (terms.price > maxPrice) revert Licences_PriceAbove(terms.price, maxPrice);
        if (terms.until < block.timestamp) revert Licences_Ended(id, terms.until);
        // Never backwards: what was somebody else's alone yesterday is not sold today.
        if (terms.from < block.timestamp) terms.from = uint64(block.timestamp);
        // While another licence from it is live, nothing exclusive that overlaps can have been sold.
        if (terms.exclusive || made.live == 0) {
            uint256[] storage taken = _taken[work];
            _requireRoom(taken, true, terms);
            taken.push(id);
        }
        made.live++;
        licence = _grant(work, 0, id, terms, msg.sender);
        if (terms.price > 0) _pay(work, IERC20(terms.currency), terms.price);
    }

    /// @inheritdoc ILicences
    function sublicense(uint256 id, Terms calldata asked, address to) external returns (uint256 licence) {
        _requireRunning();
        _requireCaller(_requireOwned(id));
        uint64 since = terminatedAt(id);
        if (since != 0) revert Licences_Terminated(id, since);
        Terms memory held = _licences[id].terms;
        if (held.until < block.timestamp) revert Licences_Ended(id, held.until);
        _requireTerms(asked);
        Terms memory terms = asked;
        if (terms.from < block.timestamp) terms.from = uint64(block.timestamp);
        _requireWithin(terms, held);
        // Under one that is not exclusive nothing is, so nothing is refused.
        if (held.exclusive) {
            _requireRoom(_children[id], false, terms);
            _children[id].push(count + 1);
        }
        return _grant(_licences[id].work, id, 0, terms, to);
    }

    /// @inheritdoc ILicences
    function terminate(uint256 id, uint256 breach) external {
        _requireCaller(modules.moduleOf(DISPUTE_DESK));
        _requireOwned(id);
        Licence storage licence = _licences[id];
        if (licence.terminatedAt != 0) revert Licences_Terminated(id, licence.terminatedAt);
        licence.terminatedAt = uint64(block.timestamp);
        if (licence.offer != 0) _offers[licence.offer].live--;
        emit Terminated(id, breach);
    }

    /// @inheritdoc ILicences
    function prune(uint256 work) external returns (uint256 removed) {
        return _prune(_taken[work], true);
    }

    /// @inheritdoc ILicences
    function pruneUnder(uint256 id) external returns (uint256 removed) {
        return _prune(_children[id], false);
    }

    /// @inheritdoc ILicences
    function setUser(uint256 tokenId, address user, uint64 expires) external {
        address holder = _requireOwned(tokenId);
        address current = userOf(tokenId);
        if (current == address(0)) {
            if (!_isAuthorized(holder, msg.sender, tokenId)) revert Licences_Unauthorized(msg.sender, holder);
        } else if (msg.sender != current || user != address(0)) {
            revert Licences_Rented(tokenId, current, _users[tokenId].expires);
        }
        _users[tokenId] = User(user, expires);
        emit UpdateUser(tokenId, user, expires);
    }

    /// @inheritdoc ILicences
    function userExpires(uint256 tokenId) external view returns (uint256) {
        return _users[tokenId].expires;
    }

    /// @inheritdoc ILicences
    function allows(
        uint256 id,
        address holder,
        uint32 uses,
        uint32 media,
        uint64 territory,
        uint64 at
    ) external view returns (bool) {
        address allowed = userOf(id);
        if (allowed == address(0)) allowed = _ownerOf(id);
        if (allowed == address(0) || holder != allowed) return false;
        Terms storage terms = _licences[id].terms;
        if (uses & ~terms.uses != 0 || media & ~terms.media != 0 || territory & ~terms.territory != 0) return false;
        if (at < terms.from || at > terms.until) return false;
        uint64 since = terminatedAt(id);
        return since == 0 || at < since;
    }

    /// @inheritdoc ILicences
    function termsOf(uint256 id) external view returns (uint256 work, Terms memory terms) {
        _requireOwned(id);
        return (_licences[id].work, _licences[id].terms);
    }

    /// @inheritdoc ILicences
    function licenceOf(uint256 id) external view returns (Licence memory) {
        _requireOwned(id);
        return _licences[id];
    }

    /// @inheritdoc ILicences
    function offerOf(uint256 id) external view returns (Offer memory) {
        if (_offers[id].work == 0) revert Licences_NoOffer(id);
        return _offers[id];
    }

    /// @inheritdoc ILicences
    function takenOf(uint256 work) external view returns (uint256[] memory) {
        return _taken[work];
    }

    /// @inheritdoc ILicences
    function childrenOf(uint256 id) external view returns (uint256[] memory) {
        return _children[id];
    }

    /// @inheritdoc ILicences
    function userOf(uint256 tokenId) public view returns (address) {
        User storage user = _users[tokenId];
        return user.expires >= block.timestamp ? user.account : address(0);
    }

    /// @inheritdoc ILicences
    function terminatedAt(uint256 id) public view returns (uint64 earliest) {
        for (; id != 0; id = _licences[id].parent) {
            uint64 since = _licences[id].terminatedAt;
            if (since != 0 && (earliest == 0 || since < earliest)) earliest = since;
        }
    }

    /// @notice See ERC-165.
    /// @param interfaceId Which interface.
    /// @return Whether this contract has it.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == ERC4907 || super.supportsInterface(interfaceId);
    }

    function _grant(
        uint256 work,
        uint256 parent,
        uint256 from,
        Terms memory terms,
        address to
    ) private returns (uint256 id) {
        id = ++count;
        _licences[id] = Licence(work, parent, from, 0, terms);
        emit Granted(id, work, to, from, parent, terms);
        // Not _safeMint: the code of whoever gets it must not run in between.
        _mint(to, id);
    }

    function _pay(uint256 work, IERC20 token, uint256 price) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), price);
        uint256 got = token.balanceOf(address(this));
        got = got > before ? got - before : 0;
        if (got != price) revert Licences_InexactToken(address(token), got, price);
        IRoyaltyVaults vaults = _vaults();
        token.forceApprove(address(vaults), price);
        vaults.pay(work, token, price);
    }

    /// @dev Refuses what overlaps where one of both is exclusive, and a full list. What ended makes room.
    function _requireRoom(uint256[] storage list, bool ofOffers, Terms memory terms) private {
        _prune(list, ofOffers);
        uint256 length = list.length;
        for (uint256 i = 0; i < length; i++) {
            uint256 id = list[i];
            Terms storage other = ofOffers ? _offers[id].terms : _licences[id].terms;
            if (!_overlap(terms, other)) continue;
            if (terms.exclusive || other.exclusive) revert Licences_Overlaps(id);
        }
        if (length >= MAX_LIVE) revert Licences_Full(MAX_LIVE);
    }

    function _prune(uint256[] storage list, bool ofOffers) private returns (uint256 removed) {
        for (uint256 i = list.length; i > 0; i--) {
            uint256 id = list[i - 1];
            uint64 until = ofOffers ? _offers[id].terms.until : _licences[id].terms.until;
            bool isLive = ofOffers ? _offers[id].live != 0 : _licences[id].terminatedAt == 0;
            if (isLive && until >= block.timestamp) continue;
            list[i - 1] = list[list.length - 1];
            list.pop();
            removed++;
        }
    }

    function _requireRunning() private view {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(LICENCES)) revert Licences_Paused();
    }

    function _requireCaller(address expected) private view {
        if (msg.sender != expected) revert Licences_Unauthorized(msg.sender, expected);
    }

    function _requireTerms(Terms calldata terms) private view {
        _requireSet("uses", terms.uses, USES);
        _requireSet("media", terms.media, MEDIA);
        _requireSet("territory", terms.territory, TERRITORIES);
        _requireRange("from", terms.from, 0, terms.until);
        _requireRange("until", terms.until, block.timestamp, type(uint64).max);
        _requireRange("shareBps", terms.shareBps, 0, ALL);
    }

    function _registry() private view returns (IIPRegistry) {
        return IIPRegistry(modules.moduleOf(IP_REGISTRY));
    }

    function _vaults() private view returns (IRoyaltyVaults) {
        return IRoyaltyVaults(modules.moduleOf(ROYALTY_VAULTS));
    }

    function _overlap(Terms memory a, Terms storage b) private view returns (bool) {
        return
            a.uses & b.uses != 0 &&
            a.media & b.media != 0 &&
            a.territory & b.territory != 0 &&
            a.from <= b.until &&
            b.from <= a.until;
    }

    function _requireWithin(Terms memory terms, Terms memory held) private pure {
        if (terms.uses & ~held.uses != 0) revert Licences_Widens("uses", terms.uses, held.uses);
        if (terms.media & ~held.media != 0) revert Licences_Widens("media", terms.media, held.media);
        if (terms.territory & ~held.territory != 0)
            revert Licences_Widens("territory", terms.territory, held.territory);
        if (terms.from < held.from) revert Licences_Widens("from", terms.from, held.from);
        if (terms.until > held.until) revert Licences_Widens("until", terms.until, held.until);
        if (terms.exclusive && !held.exclusive) revert Licences_Widens("exclusive", 1, 0);
        if (terms.depth >= held.depth) revert Licences_Widens("depth", terms.depth, held.depth);
        if (terms.shareBps < held.shareBps) revert Licences_Widens("shareBps", terms.shareBps, held.shareBps);
        if (terms.price != 0) revert Licences_BadTerms("price", terms.price, 0, 0);
        if (terms.currency != held.currency)
            revert Licences_Widens("currency", uint160(terms.currency), uint160(held.currency));
    }

    function _requireSet(string memory field, uint256 got, uint256 known) private pure {
        if (got == 0 || got & ~known != 0) revert Licences_BadTerms(field, got, 1, known);
    }

    function _requireRange(string memory field, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert Licences_BadTerms(field, got, least, most);
    }
}
