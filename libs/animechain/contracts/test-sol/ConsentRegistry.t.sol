// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {Consent, ConsentTerms, IConsentRegistry} from "../src-sol/interfaces/IConsentRegistry.sol";
import {ConsentRegistry} from "../src-sol/ConsentRegistry.sol";
import {ConsentSetup, SharedAccount} from "./ConsentSetup.sol";

contract ConsentRegistryTest is ConsentSetup {
    // solhint-disable-next-line event-name-capwords
    event log_named_uint(string key, uint256 val);

    bytes32 private constant SALTED = keccak256("salted commitment");

    function _refused(ConsentTerms memory terms, bytes memory reason) private {
        vm.prank(PROVIDER);
        vm.expectRevert(reason);
        consents.give(PROVIDER, _list(SALTED), terms, 0, "");
    }

    function test_aProviderGivesForItsOwnItem() public {
        ConsentTerms memory terms = _terms();
        (terms.purposes, terms.weight) = (TRAINING | FINE_TUNING, 7);
        bytes32 item = consents.itemOf(PROVIDER, SALTED);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.ConsentGiven(1, PROVIDER, item, 3, 1, terms.from, terms.until, 7, false);
        uint256 id = _give(SALTED, terms);
        assertEq(id, 1, "counted from 1");
        assertEq(consents.count(), 1, "count");
        Consent memory consent = consents.consentOf(1);
        assertEq(consent.item, item, "item");
        assertEq(consent.provider, PROVIDER, "provider");
        assertEq(consent.weight, 7, "weight");
        assertFalse(consents.isDataSet(1), "one item");
        assertFalse(item == consents.itemOf(address(this), SALTED), "the same commitment of another is another item");
        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Missing.selector, 2, 1));
        consents.consentOf(2);
    }

    /// @dev The second before the revocation stands, the second of it and all after it do not.
    function test_validAtIsExactAtEveryBoundary() public {
        ConsentTerms memory terms = _terms();
        (terms.from, terms.until) = (uint64(block.timestamp + 10), uint64(block.timestamp + 100));
        uint256 id = _give(SALTED, terms);
        bytes32 item = consents.itemOf(PROVIDER, SALTED);
        assertFalse(consents.validAt(id, item, TRAINING, terms.from - 1), "before it begins");
        assertTrue(consents.validAt(id, item, TRAINING, terms.from), "as it begins");
        assertTrue(consents.validAt(id, item, TRAINING, terms.until), "its last second");
        assertFalse(consents.validAt(id, item, TRAINING, terms.until + 1), "after it ended");
        assertFalse(consents.validAt(id, SALTED, TRAINING, terms.from), "another item");
        assertFalse(consents.validAt(id, item, FINE_TUNING, terms.from), "another purpose");
        assertFalse(consents.validAt(id, item, TRAINING | FINE_TUNING, terms.from), "one purpose of two");
        assertFalse(consents.validAt(id, item, 0, terms.from), "no purpose");
        assertFalse(consents.validAt(0, 0, TRAINING, terms.from), "no consent");
        assertFalse(consents.validAt(id + 1, 0, TRAINING, 0), "none yet");
        vm.warp(terms.from + 40);
        uint64 at = uint64(block.timestamp);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.ConsentRevoked(id, PROVIDER, at);
        _revoke(id);
        assertTrue(consents.validAt(id, item, TRAINING, at - 1), "what was before stands");
        assertFalse(consents.validAt(id, item, TRAINING, at), "not as it is revoked");
        assertFalse(consents.validAt(id, item, TRAINING, at + 1), "nor after");
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Revoked.selector, id, at));
        consents.revoke(_ids(id), 0, "");
    }

    function test_anyoneBringsASignatureOnce() public {
        ConsentTerms memory terms = _terms();
        uint256 deadline = block.timestamp;
        bytes memory signature = _signed(KEY, consents.digestOfGive(PROVIDER, _list(SALTED), terms, 0, deadline));
        bytes memory bad = abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadSignature.selector, PROVIDER, 0);
        vm.expectRevert(bad);
        consents.give(PROVIDER, _list(keccak256("another")), terms, deadline, signature);
        terms.weight++;
        vm.expectRevert(bad);
        consents.give(PROVIDER, _list(SALTED), terms, deadline, signature);
        terms.weight--;
        assertEq(consents.give(PROVIDER, _list(SALTED), terms, deadline, signature), 1, "given");
        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadSignature.selector, PROVIDER, 1));
        consents.give(PROVIDER, _list(SALTED), terms, deadline, signature);
        signature = _signed(KEY, consents.digestOfRevoke(_ids(1), 1, deadline));
        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Expired.selector, deadline, deadline + 1)
        );
        consents.revoke(_ids(1), deadline, signature);
        signature = _signed(KEY, consents.digestOfRevoke(_ids(1), 1, deadline + 1));
        consents.revoke(_ids(1), deadline + 1, signature);
        assertEq(consents.consentOf(1).revokedAt, deadline + 1, "revoked");
        assertEq(consents.nonces(PROVIDER), 2, "each signature once");
    }

    function test_coOwnersGiveByAnAccountOfBoth() public {
        address both = address(new SharedAccount(PROVIDER, vm.addr(0xb0b)));
        ConsentTerms memory terms = _terms();
        bytes32 digest = consents.digestOfGive(both, _list(SALTED), terms, 0, block.timestamp);
        bytes memory one = _signed(KEY, digest);
        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadSignature.selector, both, 0));
        consents.give(both, _list(SALTED), terms, block.timestamp, one);
        bytes memory two = abi.encodePacked(one, _signed(0xb0b, digest));
        uint256 id = consents.give(both, _list(SALTED), terms, block.timestamp, two);
        assertTrue(consents.validAt(id, consents.itemOf(both, SALTED), TRAINING, terms.from), "of both");
        assertFalse(consents.validAt(id, consents.itemOf(PROVIDER, SALTED), TRAINING, terms.from), "not of one");
    }

    function test_batchesAreBounded() public {
        ConsentTerms memory terms = _terms();
        terms.dataSets = true;
        bytes32[] memory commitments = new bytes32[](100);
        uint256[] memory ids = new uint256[](100);
        for (uint256 i = 0; i < 100; i++) (commitments[i], ids[i]) = (keccak256(abi.encode(i)), i + 1);
        vm.prank(PROVIDER);
        uint256 gas = gasleft();
        consents.give(PROVIDER, commitments, terms, 0, "");
        gas -= gasleft();
        emit log_named_uint("give, each of 100 data sets, gas", gas / 100);
        assertLe(gas, 12_000_000, "gas of 100 consents");
        assertEq(consents.count(), 100, "given");
        assertTrue(consents.isDataSet(100), "data sets");
        assertEq(consents.consentOf(100).item, consents.itemOf(PROVIDER, commitments[99]), "in order");
        vm.prank(PROVIDER);
        consents.revoke(ids, 0, "");
        assertEq(consents.consentOf(100).revokedAt, block.timestamp, "revoked");
        bytes32[] memory more = new bytes32[](101);
        vm.prank(PROVIDER);
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Length.selector, "commitments", 101, 1, 100)
        );
        consents.give(PROVIDER, more, terms, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Length.selector, "ids", 0, 1, 100));
        consents.revoke(new uint256[](0), 0, "");
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Zero.selector, "commitment"));
        consents.give(PROVIDER, new bytes32[](1), terms, 0, "");
    }

    function test_badTermsAreRefused() public {
        ConsentTerms memory terms = _terms();
        terms.purposes = 0;
        _refused(terms, abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Zero.selector, "purposes"));
        terms = _terms();
        terms.basis = 0;
        _refused(terms, abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadBasis.selector, 0, 4));
        terms.basis = 5;
        _refused(terms, abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadBasis.selector, 5, 4));
        terms = _terms();
        terms.from--;
        _refused(
            terms,
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_Retroactive.selector,
                block.timestamp - 1,
                block.timestamp
            )
        );
        terms = _terms();
        terms.until = terms.from - 1;
        _refused(
            terms,
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_EndsBefore.selector, terms.from, terms.until)
        );
        terms = _terms();
        terms.weight = 0;
        _refused(terms, abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Zero.selector, "weight"));
    }

    function test_aPauseStopsGivingAndNeverRevoking() public {
        uint256 id = _give(SALTED, _terms());
        council.pause(consents.CONSENT_REGISTRY(), true);
        _refused(_terms(), abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Paused.selector));
        _revoke(id);
        assertEq(consents.consentOf(id).revokedAt, block.timestamp, "revoked");
    }

    function test_nobodyRevokesForAnother() public {
        uint256 id = _give(SALTED, _terms());
        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadSignature.selector, PROVIDER, 0));
        consents.revoke(_ids(id), block.timestamp, "");
        uint256 own = consents.give(address(this), _list(SALTED), _terms(), 0, "");
        uint256[] memory mixed = new uint256[](2);
        (mixed[0], mixed[1]) = (own, id);
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Unauthorized.selector, address(this), PROVIDER)
        );
        consents.revoke(mixed, 0, "");
        assertEq(consents.consentOf(own).revokedAt, 0, "all or none");
    }

    function testFuzz_theLeastOptInShareOnlyRises(address caller, uint16 first, uint16 second) public {
        first = uint16(bound(first, 1, 10_000));
        vm.assume(caller != GOVERNANCE);
        vm.prank(caller);
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Unauthorized.selector, caller, GOVERNANCE)
        );
        consents.setMinOptInBps(first);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.MinOptInRaised(0, first);
        vm.prank(GOVERNANCE);
        consents.setMinOptInBps(first);
        bool rises = second > first && second <= 10_000;
        vm.prank(GOVERNANCE);
        if (!rises)
            vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_MustRise.selector, second, first));
        consents.setMinOptInBps(second);
        assertEq(consents.minOptInBps(), rises ? second : first, "share");
    }

    function testFuzz_validAtIsTheDefinition(
        uint32 ahead,
        uint32 length,
        uint32 revokedAfter,
        uint32 at,
        uint32 purposes,
        uint32 purpose
    ) public {
        ConsentTerms memory terms = _terms();
        uint64 start = uint64(block.timestamp);
        terms.from = start + ahead;
        terms.until = terms.from + length;
        terms.purposes = purposes == 0 ? 1 : purposes;
        uint256 id = _give(SALTED, terms);
        bytes32 item = consents.itemOf(PROVIDER, SALTED);
        vm.warp(start + revokedAfter);
        _revoke(id);
        uint64 when = start + at;
        bool expected =
            purpose != 0 &&
                terms.purposes & purpose == purpose &&
                when >= terms.from &&
                when <= terms.until &&
                when < start + revokedAfter;
        assertEq(consents.validAt(id, item, purpose, when), expected, "valid");
    }
}

/// @notice Gives and revokes at random, of four providers.
contract ConsentWorld is ConsentSetup {
    /// @notice What was true of a consent at a second that had passed when it was looked at.
    struct Look {
        uint256 id;
        uint64 at;
        bool valid;
    }

    uint256 private constant LOOKS = 12;

    /// @dev A ring, so that what is checked after each move is bounded.
    Look[] private _looks;
    uint256 private _next;

    function give(uint256 who, uint64 ahead, uint64 length) external {
        ConsentTerms memory terms = _terms();
        terms.from += uint64(bound(ahead, 0, 2 hours));
        terms.until = terms.from + uint64(bound(length, 0, 1 days));
        address provider = address(uint160(bound(who, 1, 4)));
        bytes32[] memory commitments = _list(keccak256(abi.encode(consents.count())));
        vm.prank(provider);
        consents.give(provider, commitments, terms, 0, "");
    }

    /// @dev Of the newest, which are looked at.
    function revoke(uint256 draw) external {
        vm.assume(consents.count() != 0);
        uint256 id = _pick(draw);
        Consent memory consent = consents.consentOf(id);
        vm.assume(consent.revokedAt == 0);
        vm.prank(consent.provider);
        consents.revoke(_ids(id), 0, "");
    }

    function look(uint256 draw, uint64 time) external {
        if (consents.count() != 0) {
            (uint256 id, uint64 at) = (_pick(draw), uint64(block.timestamp) - 1);
            Look memory seen = Look(id, at, consents.validAt(id, consents.consentOf(id).item, TRAINING, at));
            if (_looks.length < LOOKS) _looks.push(seen);
            else _looks[_next++ % LOOKS] = seen;
        }
        vm.warp(block.timestamp + bound(time, 1, 6 hours));
    }

    function _pick(uint256 draw) private view returns (uint256) {
        uint256 count = consents.count();
        return count - (draw % (count < LOOKS ? count : LOOKS));
    }

    function looks() external view returns (Look[] memory) {
        return _looks;
    }

    function registry() external view returns (ConsentRegistry) {
        return consents;
    }
}

contract ConsentRegistryInvariantsTest is Test {
    ConsentWorld private world;

    function setUp() public {
        world = new ConsentWorld();
        world.setUp();
        targetContract(address(world));
        excludeSelector(address(world), world.setUp.selector);
        excludeSelector(address(world), world.registry.selector);
        excludeSelector(address(world), world.looks.selector);
    }

    /// forge-config: default.invariant.runs = 8
    /// @dev Whatever is given or revoked later, what was valid at a second that has passed stays so, and what was not stays that.
    function invariant_nothingIsRetroactive() public view {
        ConsentRegistry registry = world.registry();
        ConsentWorld.Look[] memory looks = world.looks();
        for (uint256 i = 0; i < looks.length; i++) {
            bytes32 item = registry.consentOf(looks[i].id).item;
            assertEq(registry.validAt(looks[i].id, item, 1, looks[i].at), looks[i].valid, "what has passed");
        }
    }
}
