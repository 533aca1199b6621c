// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {Attestation, Body, NetworkMessages, Signer, Vote} from "../../src-sol/network/NetworkMessages.sol";
import {StakeRegistry} from "../../src-sol/network/StakeRegistry.sol";
import {IDiligence} from "../../src-sol/network/interfaces/IDiligence.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";

/// @title DomainsTest
/// @notice What a key signed for the registry of another chain, or for another registry of this one, counts for nothing wherever a signature is looked at,
/// though all else in it is right. Check-ins and the alarms of drills are not here: they are transactions of who makes them, not signatures.
contract DomainsTest is DiligenceSetup {
    uint256 private constant DOMAINS = 2;

    address private target = makeAddress("target");
    StakeRegistry private _another;

    function setUp() public override {
        super.setUp();
        _another = _newRegistry(_role(), _tokens(), new address[](0));
    }

    /// @notice Domains of elsewhere: another registry on this chain, and this registry on another chain.
    function _elsewhere(uint256 which) private returns (bytes32 domain) {
        if (which == 0) domain = _another.domainSeparator();
        else {
            uint256 here = block.chainid;
            vm.chainId(here + 1);
            domain = stakes.domainSeparator();
            vm.chainId(here);
        }
        assertTrue(domain != stakes.domainSeparator(), "elsewhere");
    }

    function _signFor(
        bytes32 domain,
        uint256 verifier,
        Body memory body,
        bytes32 blocksRoot
    ) private pure returns (bytes memory) {
        return _sign(_secret(verifier), NetworkMessages.digest(domain, body, blocksRoot));
    }

    function _attestFor(bytes32 domain, uint256 verifier, Body memory body) private pure returns (bytes memory) {
        return _signFor(domain, verifier, body, _attestation(verifier, body).blocksRoot);
    }

    function _claimed() private returns (Body memory) {
        _add(_plain(target, 1 ether));
        _claim();
        return _body(game);
    }

    function signerOf(Body memory body, Vote calldata vote) external view returns (address) {
        return NetworkMessages.signerOf(stakes.domainSeparator(), body, vote);
    }

    /// @notice Votes for elsewhere in the order of those whose they would be here, so that the order is not what refuses them.
    function _votesFor(
        bytes32 domain,
        Body memory body,
        uint256 count
    ) private view returns (Vote[] memory votes, address first) {
        votes = new Vote[](count);
        address[] memory signers = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            bytes32 blocksRoot = _attestation(i, body).blocksRoot;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_secret(i), NetworkMessages.digest(domain, body, blocksRoot));
            Vote memory vote = Vote(blocksRoot, r, v == 28 ? bytes32(uint256(s) | (uint256(1) << 255)) : s);
            address signer = this.signerOf(body, vote);
            uint256 at = i;
            for (; at > 0 && signers[at - 1] > signer; at--)
                (signers[at], votes[at]) = (signers[at - 1], votes[at - 1]);
            (signers[at], votes[at]) = (signer, vote);
        }
        first = signers[0];
    }

    function test_a_certificate() external {
        Body memory body = _claimed();
        for (uint256 i = 0; i < DOMAINS; i++) {
            (Vote[] memory votes, address first) = _votesFor(_elsewhere(i), body, 7);
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotActive.selector, first, body.epoch));
            fast.certify(body, votes);
        }
        (Vote[] memory good, ) = _votesFor(stakes.domainSeparator(), body, 7);
        fast.certify(body, good);
    }

    /// @notice One that is no member's here spoils what the others signed.
    function test_a_vote_among_others() external {
        Body memory body = _claimed();
        for (uint256 i = 0; i < DOMAINS; i++) {
            (Vote[] memory others, ) = _votesFor(_elsewhere(i), body, 1);
            Vote[] memory votes = _votes(body, 7);
            address stranger = this.signerOf(body, others[0]);
            // In the place of the last if it comes after the others, of the first otherwise.
            bool last = stranger > _key(order[5]);
            votes[last ? 6 : 0] = others[0];
            bool inOrder = last || stranger < _key(order[1]);
            vm.expectRevert(
                inOrder
                    ? abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotActive.selector, stranger, body.epoch)
                    : abi.encodeWithSelector(IFastExits.FastExits_BadSignature.selector, 1, _key(order[1]))
            );
            fast.certify(body, votes);
        }
    }

    function test_an_early_exit() external {
        Body memory body = _claimed();
        uint256 fee = _etherFee(ws[0]);
        Signer[] memory none = new Signer[](0);
        for (uint256 i = 0; i < DOMAINS; i++) {
            (Vote[] memory votes, address first) = _votesFor(_elsewhere(i), body, 7);
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotActive.selector, first, body.epoch));
            portal.finalizeFast{value: fee}(ws[0], alice, body, votes, none);
        }
        assertEq(target.balance, 0, "nothing is paid");
        (Vote[] memory good, ) = _votesFor(stakes.domainSeparator(), body, 7);
        portal.finalizeFast{value: fee}(ws[0], alice, body, good, none);
        assertEq(target.balance, 1 ether, "with what was signed here it is");
    }

    function test_a_wrong_attestation() external {
        Body memory body = _claimed();
        IAssertionGame rival = _acceptRival("right");
        for (uint256 i = 0; i < DOMAINS; i++) {
            bytes memory signature = _attestFor(_elsewhere(i), 0, body);
            // Whoever it names has no key, so that the owner is nobody.
            vm.expectRevert(
                abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotAMember.selector, VERIFIER, address(0))
            );
            fast.slashWrong(_attestation(0, body), signature, rival);
        }
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, STAKE, "untouched");
        fast.slashWrong(_attestation(0, body), _attestFor(stakes.domainSeparator(), 0, body), rival);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "for what was signed here it answers");
    }

    function test_two_roots() external {
        Body memory a = _claimed();
        Body memory b = _body(game);
        b.outputRoot = LIE;
        bytes32 here = stakes.domainSeparator();
        for (uint256 i = 0; i < DOMAINS; i++) {
            bytes32 there = _elsewhere(i);
            // The first, the second, and both.
            for (uint256 which = 1; which < 4; which++) {
                bytes memory first = _attestFor(which & 1 == 0 ? here : there, 0, a);
                bytes memory second = _attestFor(which & 2 == 0 ? here : there, 0, b);
                vm.expectRevert(IFastExits.FastExits_NoEquivocation.selector);
                fast.slashEquivocation(_attestation(0, a), first, _attestation(0, b), second);
            }
        }
        fast.slashEquivocation(_attestation(0, a), _attestFor(here, 0, a), _attestation(0, b), _attestFor(here, 0, b));
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "what was signed here counts");
    }

    function test_two_trees() external {
        _derive();
        (Attestation memory a, Attestation memory b) = (_attestationOf(0, "one"), _attestationOf(0, "another"));
        bytes32 here = stakes.domainSeparator();
        for (uint256 i = 0; i < DOMAINS; i++) {
            bytes32 there = _elsewhere(i);
            for (uint256 which = 1; which < 4; which++) {
                bytes memory first = _signFor(which & 1 == 0 ? here : there, 0, _bodyOf(0), "one");
                bytes memory second = _signFor(which & 2 == 0 ? here : there, 0, _bodyOf(0), "another");
                vm.expectRevert(IDiligence.Diligence_NotWrong.selector);
                diligence.contradict(a, first, b, second);
            }
        }
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, STAKE, "untouched");
        diligence.contradict(a, _signFor(here, 0, _bodyOf(0), "one"), b, _signFor(here, 0, _bodyOf(0), "another"));
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, (STAKE * 9) / 10, "a tenth");
    }

    function test_an_answer_to_a_draw() external {
        _derive();
        uint64 epoch = stakes.currentEpoch();
        _nextEpoch();
        _checkIn(0, epoch, 0, 1);
        _nextEpoch();
        _draw(epoch, "randao");
        (IDiligence.Opening memory o, ) = _opening(0, epoch, 0, 1);
        for (uint256 i = 0; i < DOMAINS; i++) {
            o.signature = _signFor(_elsewhere(i), 0, o.body, o.blocksRoot);
            vm.expectRevert(abi.encodeWithSelector(IDiligence.Diligence_WrongAttestation.selector, o.body.game));
            diligence.reveal(epoch, _member(0), o);
        }
        o.signature = _signFor(stakes.domainSeparator(), 0, o.body, o.blocksRoot);
        diligence.reveal(epoch, _member(0), o);
    }

    function test_the_proof_of_a_key() external {
        address member = _member(20);
        address key = _key(20);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes32 there = stakes.keyDigest(member);
        vm.chainId(here);
        bytes32[2] memory digests = [_another.keyDigest(member), there];
        for (uint256 i = 0; i < DOMAINS; i++) {
            bytes memory proof = _sign(_secret(20), digests[i]);
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadKey.selector, key));
            vm.prank(member);
            stakes.join(VERIFIER, key, "e", proof);
        }
        bytes memory good = _sign(_secret(20), stakes.keyDigest(member));
        vm.prank(member);
        stakes.join(VERIFIER, key, "e", good);
        assertEq(stakes.ownerOfKey(key), member, "what was signed here counts");
    }
}
