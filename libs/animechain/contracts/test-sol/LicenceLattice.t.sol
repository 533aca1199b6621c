// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer, Terms} from "../src-sol/interfaces/ILicences.sol";
import {RegistrySetup} from "./RegistrySetup.sol";

/// @notice Grows random trees of licences and holds each answer of the contract to a model of another make: a right is a set of points (use, medium, territory,
/// second), written out one by one as bits of a word. The model compares every licence with every other one, wherever it hangs.
contract LicenceLatticeTest is RegistrySetup {
    struct Node {
        uint256 work;
        uint256 parent;
        /// @dev What was granted, and what of it is left after terminations.
        uint256 granted;
        uint256 left;
        bool exclusive;
        uint8 depth;
        uint16 shareBps;
        address holder;
    }

    uint256 private constant SECONDS = 12;
    uint256 private constant STEPS = 14;

    uint64 private start;
    uint256 private dice;
    uint256 private firstOffer;
    Node[] private nodes;
    uint256 private refusals;
    uint256 private sublicences;
    uint256 private exclusives;
    uint256 private terminations;

    function setUp() public override {
        super.setUp();
        _root();
        _root();
    }

    function testFuzz_noRightIsWidenedAndNoExclusiveOverlaps(uint256 seed) public {
        _grow(seed);
    }

    /// @dev So that nobody takes trees without branches for a test.
    function test_theTreesHaveBranches() public {
        for (uint256 seed = 0; seed < 40; seed++) {
            _grow(uint256(keccak256(abi.encode("tree", seed))));
            // The next one begins after all of these ended.
            vm.warp(start + SECONDS);
        }
        _say("refusals", refusals);
        _say("sublicences", sublicences);
        _say("exclusive licences", exclusives);
        _say("terminations", terminations);
        assertGe(refusals, 40, "refusals");
        assertGe(sublicences, 40, "sublicences");
        assertGe(exclusives, 40, "exclusive licences");
        assertGe(terminations, 20, "terminations");
    }

    function _grow(uint256 seed) private {
        delete nodes;
        dice = seed;
        start = uint64(block.timestamp);
        firstOffer = licences.offers();
        uint256 first = licences.count();
        for (uint256 i = 0; i < STEPS; i++) {
            uint256 kind = _roll(10);
            if (kind < 3 || nodes.length == 0) _takeOne(first);
            else if (kind < 8) _sublicenseOne(first);
            else if (kind == 8) _terminateOne(first);
            else if (block.timestamp < start + SECONDS - 1) vm.warp(block.timestamp + 1);
        }
        _check(first);
    }

    /// @dev Takes a new offer, most of them twice, or one of before.
    function _takeOne(uint256 first) private {
        uint256 made = licences.offers() - firstOffer;
        uint256 offer = firstOffer + _roll(made + 1);
        if (offer == firstOffer || _roll(3) > 0) {
            uint256 work = 1 + (_roll(4) == 0 ? 1 : 0);
            Terms memory terms = _draw();
            vm.prank(OWNER);
            offer = licences.offer(work, terms);
            _takeFrom(first, offer);
        }
        _takeFrom(first, offer);
    }

    function _takeFrom(uint256 first, uint256 id) private {
        Offer memory offer = licences.offerOf(id);
        Terms memory terms = offer.terms;
        uint256 points = _points(terms);
        bool expected = points != 0 && !_collides(offer.work, 0, terms.exclusive, points);
        try licences.take(id, 0) returns (uint256 licence) {
            assertTrue(expected, "the model refuses what was taken");
            assertEq(licence, first + nodes.length + 1, "the next one");
            nodes.push(
                Node(offer.work, 0, points, points, terms.exclusive, terms.depth, terms.shareBps, address(this))
            );
            if (terms.exclusive) exclusives++;
        } catch {
            assertFalse(expected, "the model allows what was not taken");
            refusals++;
        }
    }

    function _sublicenseOne(uint256 first) private {
        uint256 parent = 1 + _roll(nodes.length);
        Node memory above = nodes[parent - 1];
        Terms memory terms = _draw();
        if (_roll(4) != 0) {
            // Most are brought near to what is held, so that many are granted and many miss by one field.
            (, Terms memory held) = licences.termsOf(first + parent);
            terms.uses = terms.uses & held.uses == 0 ? held.uses : terms.uses & held.uses;
            terms.media = terms.media & held.media == 0 ? held.media : terms.media & held.media;
            terms.territory = terms.territory & held.territory == 0 ? held.territory : terms.territory & held.territory;
            if (terms.until > held.until || _roll(2) == 0) terms.until = held.until;
            if (terms.from < held.from || terms.from > terms.until) terms.from = held.from;
            if (held.depth > 0) terms.depth = uint8(held.depth - 1);
            if (terms.shareBps < held.shareBps) terms.shareBps = held.shareBps;
            if (!held.exclusive) terms.exclusive = false;
            if (terms.until < block.timestamp) terms.until = uint64(block.timestamp);
            if (terms.until < terms.from) terms.until = terms.from;
        }
        uint256 points = _points(terms);
        bool expected =
            above.left & ~_past() != 0 &&
                points & ~above.left == 0 &&
                (above.exclusive || !terms.exclusive) &&
                terms.depth < above.depth &&
                terms.shareBps >= above.shareBps &&
                !_collides(above.work, parent, terms.exclusive, points);
        address to = address(uint160(0x1000 + nodes.length));
        vm.prank(above.holder);
        try licences.sublicense(first + parent, terms, to) returns (uint256 id) {
            assertTrue(expected, "the model refuses what was granted");
            assertEq(id, first + nodes.length + 1, "the next one");
            nodes.push(Node(above.work, parent, points, points, terms.exclusive, terms.depth, terms.shareBps, to));
            sublicences++;
            if (terms.exclusive) exclusives++;
        } catch {
            assertFalse(expected, "the model allows what was not granted");
            refusals++;
        }
    }

    function _terminateOne(uint256 first) private {
        uint256 id = 1 + _roll(nodes.length);
        if (licences.licenceOf(first + id).terminatedAt != 0) return;
        licences.terminate(first + id, 1);
        terminations++;
        uint256 past = _past();
        for (uint256 i = 1; i <= nodes.length; i++) if (_isAbove(id, i) || i == id) nodes[i - 1].left &= past;
    }

    function _check(uint256 first) private {
        uint256 length = nodes.length;
        for (uint256 i = 1; i <= length; i++) {
            Node memory node = nodes[i - 1];
            if (node.parent != 0) {
                Node memory above = nodes[node.parent - 1];
                assertEq(node.granted & ~above.granted, 0, "a right was widened");
                assertEq(node.left & ~above.left, 0, "a right outlived the one above");
            }
            for (uint256 j = i + 1; j <= length; j++) {
                Node memory other = nodes[j - 1];
                if (node.work != other.work || !(node.exclusive || other.exclusive)) continue;
                if (_isAbove(i, j) || _isAbove(j, i)) continue;
                assertEq(node.left & other.left, 0, "two overlap, and one is exclusive");
            }
        }
        // What the contract answers is what the points say: at some of them, for the holder and for a stranger.
        for (uint256 k = 0; k < 8; k++) {
            uint256 i = _roll(length);
            uint256 point = _roll(18 * SECONDS);
            Node memory node = nodes[i];
            uint32 use = uint32(1 << (point % 3));
            uint32 medium = uint32(1 << ((point / 3) % 2));
            uint64 place = uint64(1 << ((point / 6) % 3));
            uint64 at = start + uint64(point / 18);
            bool may = licences.allows(first + i + 1, node.holder, use, medium, place, at);
            assertEq(may, (node.left >> point) & 1 == 1, "what is allowed at a point");
            assertFalse(licences.allows(first + i + 1, address(0xbad), use, medium, place, at), "a stranger");
        }
    }

    /// @dev Random terms over three uses, two media, three territories and twelve seconds, of which some are over.
    function _draw() private returns (Terms memory terms) {
        terms = Terms({
            uses: uint32(1 + _roll(7)),
            media: uint32(1 + _roll(3)),
            territory: uint64(1 + _roll(7)),
            from: start + uint64(_roll(SECONDS)),
            until: 0,
            exclusive: _roll(2) == 0,
            depth: uint8(_roll(4)),
            shareBps: uint16(_roll(3)),
            price: 0,
            currency: address(token)
        });
        uint64 least = terms.from > block.timestamp ? terms.from : uint64(block.timestamp);
        terms.until = least + uint64(_roll(start + SECONDS - least));
    }

    /// @dev Every point that terms allow from now on, one by one.
    function _points(Terms memory terms) private view returns (uint256 points) {
        for (uint256 t = block.timestamp - start; t < SECONDS; t++) {
            if (start + t < terms.from || start + t > terms.until) continue;
            for (uint256 i = 0; i < 18; i++) {
                bool inside =
                    (terms.uses >> (i % 3)) & 1 == 1 &&
                        (terms.media >> ((i / 3) % 2)) & 1 == 1 &&
                        (terms.territory >> (i / 6)) & 1 == 1;
                if (inside) points |= 1 << (t * 18 + i);
            }
        }
    }

    /// @dev Points of the seconds that are over.
    function _past() private view returns (uint256) {
        return (1 << (18 * (block.timestamp - start))) - 1;
    }

    /// @dev Whether a new licence would overlap any other one that is not above it, where one of both is exclusive.
    function _collides(uint256 work, uint256 parent, bool exclusive, uint256 points) private view returns (bool) {
        for (uint256 i = 1; i <= nodes.length; i++) {
            Node storage node = nodes[i - 1];
            if (node.work != work || !(exclusive || node.exclusive) || node.left & points == 0) continue;
            if (i != parent && !_isAbove(i, parent)) return true;
        }
        return false;
    }

    function _isAbove(uint256 a, uint256 b) private view returns (bool) {
        while (b != 0) {
            b = nodes[b - 1].parent;
            if (a == b) return b != 0;
        }
        return false;
    }

    function _roll(uint256 sides) private returns (uint256) {
        dice = uint256(keccak256(abi.encode(dice)));
        return dice % sides;
    }
}
