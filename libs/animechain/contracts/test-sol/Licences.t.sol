// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Errors, IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ILicences, Offer, Terms, USE_DERIVE} from "../src-sol/interfaces/ILicences.sol";
import {StandinToken} from "./standins/StandinToken.sol";
import {RegistrySetup} from "./RegistrySetup.sol";

contract LicencesTest is RegistrySetup {
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);

    uint256 private work;

    function setUp() public override {
        super.setUp();
        work = _root();
    }

    function _offer(Terms memory terms) private returns (uint256) {
        vm.prank(OWNER);
        return licences.offer(work, terms);
    }

    function _take(uint256 offer, address buyer) private returns (uint256) {
        vm.prank(buyer);
        return licences.take(offer, 0);
    }

    function _sub(uint256 id, Terms memory terms, address to) private returns (uint256) {
        vm.prank(licences.ownerOf(id));
        return licences.sublicense(id, terms, to);
    }

    function _now() private view returns (uint64) {
        return uint64(block.timestamp);
    }

    function _derives(uint256 id, address holder) private view returns (bool) {
        return licences.allows(id, holder, USE_DERIVE, 1, 1, _now());
    }

    function _badTerms(
        string memory field,
        uint256 got,
        uint256 least,
        uint256 most
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicences.Licences_BadTerms.selector, field, got, least, most);
    }

    function _widens(string memory field, uint256 got, uint256 held) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicences.Licences_Widens.selector, field, got, held);
    }

    function _overlaps(uint256 id) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicences.Licences_Overlaps.selector, id);
    }

    // -- offers

    function test_aBuyerPaysIntoTheWorksBook() public {
        Terms memory terms = _terms();
        terms.price = 500;
        uint256 offer = _offer(terms);
        token.mint(ALICE, 1_000);
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_PriceAbove.selector, 500, 499));
        licences.take(offer, 499);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(licences), 0, 500)
        );
        licences.take(offer, 500);
        token.approve(address(licences), 1_000);
        uint256 before = gasleft();
        uint256 id = licences.take(offer, 500);
        _say("gas of a licence that is bought", before - gasleft());
        vm.stopPrank();
        assertEq(id, 1, "counted from 1");
        assertEq(licences.ownerOf(id), ALICE, "holder");
        assertEq(_pending(work, token), 500, "the work's book");
        assertEq(token.balanceOf(address(licences)), 0, "nothing stays here");
        (uint256 licensed, Terms memory got) = licences.termsOf(id);
        assertEq(licensed, work, "work");
        assertEq(keccak256(abi.encode(got)), keccak256(abi.encode(terms)), "the terms of the offer");
        assertTrue(_derives(id, ALICE), "allowed");
        assertFalse(_derives(id, BOB), "not to others");
        assertFalse(_derives(2, address(0)), "not where there is none");
        assertFalse(licences.allows(id, ALICE, uint32(1 << 20), 1, 1, _now()), "not another use");
        assertFalse(licences.allows(id, ALICE, 1, uint32(1 << 20), 1, _now()), "not another medium");
        assertFalse(licences.allows(id, ALICE, 1, 1, uint64(1 << 50), _now()), "not another territory");
        assertFalse(licences.allows(id, ALICE, 1, 1, 1, terms.from - 1), "not before");
        assertTrue(licences.allows(id, ALICE, 1, 1, 1, terms.until), "to the last second");
        assertFalse(licences.allows(id, ALICE, 1, 1, 1, terms.until + 1), "not after");
    }

    function test_aTokenThatTakesFeesBuysNothing() public {
        Terms memory terms = _terms();
        terms.price = 500;
        uint256 offer = _offer(terms);
        token.mint(address(this), 500);
        token.approve(address(licences), 500);
        token.turn(StandinToken.Mode.TakesFee);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_InexactToken.selector, address(token), 495, 500));
        licences.take(offer, 500);
    }

    function test_anOfferIsTheOwnersAndEndsWithTheOwnership() public {
        Terms memory terms = _terms();
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Unauthorized.selector, address(this), OWNER));
        licences.offer(work, terms);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 99));
        licences.offer(99, terms);
        uint256 first = _offer(terms);
        uint256 second = _offer(terms);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Unauthorized.selector, address(this), OWNER));
        licences.withdraw(first);
        uint256 taken = _take(first, ALICE);
        vm.prank(OWNER);
        licences.withdraw(first);
        bytes memory gone = abi.encodeWithSelector(ILicences.Licences_NotOffered.selector, first);
        vm.expectRevert(gone);
        licences.take(first, 0);
        vm.prank(OWNER);
        vm.expectRevert(gone);
        licences.withdraw(first);
        assertTrue(_derives(taken, ALICE), "what was taken stays");
        vm.prank(OWNER);
        registry.transferFrom(OWNER, BOB, work);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_NotOffered.selector, second));
        licences.take(second, 0);
        vm.prank(BOB);
        licences.withdraw(second);
        Offer memory offer = licences.offerOf(second);
        assertTrue(offer.isWithdrawn, "withdrawn by the new owner");
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_NoOffer.selector, 9));
        licences.take(9, 0);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_NoOffer.selector, 9));
        licences.withdraw(9);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_NoOffer.selector, 9));
        licences.offerOf(9);
    }

    function _refusedOffer(Terms memory terms, bytes memory reason) private {
        vm.prank(OWNER);
        vm.expectRevert(reason);
        licences.offer(work, terms);
    }

    function test_termsHaveBounds() public {
        Terms memory terms = _terms();
        terms.uses = 0;
        _refusedOffer(terms, _badTerms("uses", 0, 1, (1 << 14) - 1));
        terms.uses = 1 << 14;
        _refusedOffer(terms, _badTerms("uses", 1 << 14, 1, (1 << 14) - 1));
        terms = _terms();
        terms.media = 1 << 16;
        _refusedOffer(terms, _badTerms("media", 1 << 16, 1, (1 << 16) - 1));
        terms = _terms();
        terms.territory = 1 << 43;
        _refusedOffer(terms, _badTerms("territory", 1 << 43, 1, (1 << 43) - 1));
        terms = _terms();
        terms.from = terms.until + 1;
        _refusedOffer(terms, _badTerms("from", terms.from, 0, terms.until));
        (terms.from, terms.until) = (0, _now() - 1);
        _refusedOffer(terms, _badTerms("until", _now() - 1, _now(), type(uint64).max));
        terms = _terms();
        terms.depth = 9;
        _refusedOffer(terms, _badTerms("depth", 9, 0, 8));
        terms = _terms();
        terms.shareBps = 10_001;
        _refusedOffer(terms, _badTerms("shareBps", 10_001, 0, 10_000));
        terms = _terms();
        terms.currency = address(1);
        _refusedOffer(terms, abi.encodeWithSelector(ILicences.Licences_NotListed.selector, address(1)));
    }

    function test_aLicenceNeverBeginsBeforeItWasTaken() public {
        Terms memory terms = _terms();
        terms.from = 0;
        uint256 offer = _offer(terms);
        vm.warp(block.timestamp + 1 days);
        uint256 id = _take(offer, ALICE);
        assertTrue(_derives(id, ALICE), "from now");
        assertFalse(licences.allows(id, ALICE, 1, 1, 1, _now() - 1), "not from before");
        vm.warp(terms.until);
        _take(offer, ALICE);
        vm.warp(terms.until + 1);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Ended.selector, offer, terms.until));
        licences.take(offer, 0);
    }

    function test_theCouncilPausesNewLicences() public {
        Terms memory terms = _terms();
        uint256 offer = _offer(terms);
        uint256 id = _take(offer, ALICE);
        council.pause(licences.LICENCES(), true);
        bytes memory paused = abi.encodeWithSelector(ILicences.Licences_Paused.selector);
        _refusedOffer(terms, paused);
        vm.expectRevert(paused);
        licences.take(offer, 0);
        terms.depth = 0;
        vm.prank(ALICE);
        vm.expectRevert(paused);
        licences.sublicense(id, terms, BOB);
        licences.terminate(id, 1);
        vm.prank(OWNER);
        licences.withdraw(offer);
    }

    // -- sublicences

    function test_aSublicencePromisesNoMoreThanIsHeld() public {
        Terms memory held = _terms();
        (held.uses, held.media, held.territory, held.depth) = (USE_DERIVE | 1, 3, 3, 1);
        held.from += 10;
        uint256 id = _licence(work, held, ALICE);
        Terms memory terms = _terms();
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Unauthorized.selector, BOB, ALICE));
        licences.sublicense(id, terms, BOB);
        vm.startPrank(ALICE);
        vm.expectRevert(_widens("uses", terms.uses, 3));
        licences.sublicense(id, terms, BOB);
        terms.uses = 1;
        vm.expectRevert(_widens("media", terms.media, 3));
        licences.sublicense(id, terms, BOB);
        terms.media = 1;
        vm.expectRevert(_widens("territory", terms.territory, 3));
        licences.sublicense(id, terms, BOB);
        terms.territory = 2;
        vm.expectRevert(_widens("from", terms.from, held.from));
        licences.sublicense(id, terms, BOB);
        (terms.from, terms.until) = (held.from, held.until + 1);
        vm.expectRevert(_widens("until", terms.until, held.until));
        licences.sublicense(id, terms, BOB);
        (terms.until, terms.exclusive) = (held.until, true);
        vm.expectRevert(_widens("exclusive", 1, 0));
        licences.sublicense(id, terms, BOB);
        (terms.exclusive, terms.depth) = (false, 1);
        vm.expectRevert(_widens("depth", 1, 1));
        licences.sublicense(id, terms, BOB);
        (terms.depth, terms.shareBps) = (0, 999);
        vm.expectRevert(_widens("shareBps", 999, 1_000));
        licences.sublicense(id, terms, BOB);
        (terms.shareBps, terms.price) = (1_001, 1);
        vm.expectRevert(_badTerms("price", 1, 0, 0));
        licences.sublicense(id, terms, BOB);
        (terms.price, terms.currency) = (0, address(1));
        vm.expectRevert(_widens("currency", 1, uint160(address(token))));
        licences.sublicense(id, terms, BOB);
        (terms.currency, terms.uses) = (address(token), 0);
        vm.expectRevert(_badTerms("uses", 0, 1, (1 << 14) - 1));
        licences.sublicense(id, terms, BOB);
        terms.uses = 1;
        uint256 sub = licences.sublicense(id, terms, BOB);
        vm.stopPrank();
        assertTrue(licences.allows(sub, BOB, 1, 1, 2, held.from), "granted");
        assertEq(licences.licenceOf(sub).parent, id, "under it");
        terms.depth = 0;
        vm.prank(BOB);
        vm.expectRevert(_widens("depth", 0, 0));
        licences.sublicense(sub, terms, ALICE);
    }

    function test_aTerminationEndsAllBelow() public {
        Terms memory terms = _terms();
        uint256[9] memory ids;
        ids[0] = _licence(work, terms, ALICE);
        for (uint256 i = 1; i <= 8; i++) {
            terms.depth--;
            ids[i] = _sub(ids[i - 1], terms, ALICE);
        }
        uint256 before = gasleft();
        assertTrue(_derives(ids[8], ALICE), "eight levels down");
        _say("gas of allows, eight levels down", before - gasleft());
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Unauthorized.selector, ALICE, address(this)));
        licences.terminate(ids[3], 1);
        vm.warp(block.timestamp + 5);
        licences.terminate(ids[3], 1);
        uint64 since = _now();
        vm.warp(block.timestamp + 5);
        assertTrue(_derives(ids[2], ALICE), "above it stands");
        assertFalse(_derives(ids[3], ALICE), "it does not");
        assertFalse(_derives(ids[8], ALICE), "nor what is below");
        assertTrue(licences.allows(ids[8], ALICE, 1, 1, 1, since - 1), "it did before");
        assertFalse(licences.allows(ids[8], ALICE, 1, 1, 1, since), "until then");
        licences.terminate(ids[1], 2);
        assertEq(licences.terminatedAt(ids[8]), since, "the earliest counts");
        terms.depth = 0;
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Terminated.selector, ids[5], since));
        licences.sublicense(ids[5], terms, BOB);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Terminated.selector, ids[3], since));
        licences.terminate(ids[3], 3);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 99));
        licences.terminate(99, 3);
    }

    function test_nothingIsSublicensedAfterItsTime() public {
        Terms memory terms = _terms();
        uint256 id = _licence(work, terms, ALICE);
        vm.warp(terms.until + 1);
        terms.depth = 0;
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Ended.selector, id, terms.until));
        licences.sublicense(id, terms, BOB);
    }

    // -- exclusives

    function test_exclusivesNeverOverlap() public {
        Terms memory terms = _terms();
        (terms.uses, terms.media, terms.territory) = (3, 3, 3);
        uint256 open = _offer(terms);
        terms.exclusive = true;
        uint256 alone = _offer(terms);
        uint256 id = _take(alone, ALICE);
        vm.expectRevert(_overlaps(alone));
        licences.take(alone, 0);
        vm.expectRevert(_overlaps(alone));
        licences.take(open, 0);
        // One field apart is apart.
        (terms.exclusive, terms.uses) = (false, 4);
        _take(_offer(terms), BOB);
        (terms.uses, terms.media) = (3, 4);
        _take(_offer(terms), BOB);
        (terms.media, terms.territory) = (3, 4);
        _take(_offer(terms), BOB);
        (terms.territory, terms.from, terms.until) = (3, terms.until + 1, terms.until + 9);
        uint256 later = _offer(terms);
        _take(later, BOB);
        terms.exclusive = true;
        uint256 late = _offer(terms);
        vm.expectRevert(_overlaps(later));
        licences.take(late, 0);

        // Beside each other under an exclusive one.
        terms = licences.licenceOf(id).terms;
        (terms.depth, terms.uses) = (2, 1);
        uint256 sub = _sub(id, terms, BOB);
        terms.exclusive = false;
        vm.prank(ALICE);
        vm.expectRevert(_overlaps(sub));
        licences.sublicense(id, terms, OWNER);
        // Below an exclusive one, its holder may.
        terms.depth = 1;
        uint256 below = _sub(sub, terms, OWNER);
        assertTrue(licences.allows(below, OWNER, 1, 1, 1, _now()), "below");
        // What was terminated makes room.
        licences.terminate(sub, 1);
        terms.exclusive = true;
        assertTrue(licences.allows(_sub(id, terms, OWNER), OWNER, 1, 1, 1, _now()), "in its place");
        licences.terminate(id, 2);
        _take(alone, BOB);
        assertEq(licences.takenOf(work).length, 5, "the offer once");
    }

    function test_onlyTheOwnerFillsTheListAndWhatEndedMakesRoom() public {
        Terms memory terms = _terms();
        uint256 open = _offer(terms);
        for (uint256 i = 0; i < 300; i++) _take(open, ALICE);
        assertEq(licences.takenOf(work).length, 1, "three hundred licences are one entry");
        assertEq(licences.offerOf(open).live, 300, "all live");
        uint256 short = 0;
        terms.until = _now() + 1;
        for (uint256 i = 0; i < 255; i++) {
            short = _offer(terms);
            _take(short, ALICE);
        }
        terms.until = _now() + 2;
        uint256 more = _offer(terms);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Full.selector, 256));
        licences.take(more, 0);
        _take(short, ALICE);
        vm.warp(block.timestamp + 2);
        uint256 before = gasleft();
        _take(more, ALICE);
        _say("gas of a licence whose buyer finds 255 that ended", before - gasleft());
        assertEq(licences.takenOf(work).length, 2, "what ended is forgotten");
        vm.warp(block.timestamp + 1);
        assertEq(licences.prune(work), 1, "by anyone");
        assertEq(licences.prune(work), 0, "once");
        assertEq(licences.takenOf(work)[0], open, "what is live stays");
    }

    function test_theSearchIsBounded() public {
        Terms memory terms = _terms();
        terms.territory = 1;
        for (uint256 i = 0; i < 255; i++) _take(_offer(terms), ALICE);
        (terms.territory, terms.exclusive) = (2, true);
        uint256 last = _offer(terms);
        uint256 before = gasleft();
        uint256 id = _take(last, ALICE);
        uint256 used = before - gasleft();
        _say("gas of an exclusive licence beside 255 others", used);
        assertLe(used, 3_000_000, "an exclusive licence");
        (terms.exclusive, terms.depth) = (false, 0);
        for (uint256 i = 0; i < 256; i++) _sub(id, terms, BOB);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Full.selector, 256));
        licences.sublicense(id, terms, BOB);
        assertEq(licences.childrenOf(id).length, 256, "sublicences");
        vm.warp(terms.until + 1);
        assertEq(licences.pruneUnder(id), 256, "by anyone");
    }

    // -- rental

    function test_aUserUsesALicenceInItsHoldersPlace() public {
        uint256 id = _licence(work, _terms(), ALICE);
        assertTrue(licences.supportsInterface(0xad092b5c), "ERC-4907");
        assertTrue(licences.supportsInterface(0x80ac58cd), "ERC-721");
        vm.expectRevert(abi.encodeWithSelector(ILicences.Licences_Unauthorized.selector, address(this), ALICE));
        licences.setUser(id, BOB, 1);
        uint64 expires = _now() + 7 days;
        vm.prank(ALICE);
        licences.approve(address(this), id);
        licences.setUser(id, BOB, expires);
        assertEq(licences.userOf(id), BOB, "user");
        assertEq(licences.userExpires(id), expires, "until");
        assertTrue(_derives(id, BOB), "the user may");
        assertFalse(_derives(id, ALICE), "the holder may not");
        bytes memory rented = abi.encodeWithSelector(ILicences.Licences_Rented.selector, id, BOB, expires);
        vm.startPrank(ALICE);
        vm.expectRevert(rented);
        licences.setUser(id, address(0), 0);
        licences.transferFrom(ALICE, OWNER, id);
        vm.stopPrank();
        assertTrue(_derives(id, BOB), "through a transfer");
        vm.prank(BOB);
        vm.expectRevert(rented);
        licences.setUser(id, ALICE, expires);
        vm.warp(expires);
        assertTrue(_derives(id, BOB), "to the last second");
        vm.warp(expires + 1);
        assertFalse(_derives(id, BOB), "not after");
        assertTrue(_derives(id, OWNER), "the holder again");
        vm.prank(OWNER);
        licences.setUser(id, BOB, type(uint64).max);
        vm.prank(BOB);
        licences.setUser(id, address(0), 0);
        assertTrue(_derives(id, OWNER), "given back");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        licences.setUser(9, BOB, 1);
    }

    function test_aUserOutlivesNoLicence() public {
        Terms memory terms = _terms();
        uint256 id = _licence(work, terms, ALICE);
        vm.prank(ALICE);
        licences.setUser(id, BOB, type(uint64).max);
        licences.terminate(id, 1);
        assertFalse(_derives(id, BOB), "terminated");
        id = _licence(work, terms, ALICE);
        vm.prank(ALICE);
        licences.setUser(id, BOB, type(uint64).max);
        vm.warp(terms.until + 1);
        assertFalse(_derives(id, BOB), "over");
    }
}
