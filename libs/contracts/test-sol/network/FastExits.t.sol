// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {IOptimismPortal} from "../../src-sol/l1/interfaces/IOptimismPortal.sol";
import {Attestation, Body, Signer, Vote} from "../../src-sol/network/NetworkMessages.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {Moody} from "../bridge/Tokens.sol";
import {NetworkSetup} from "./NetworkSetup.sol";
import {NetworkToken} from "./NetworkTokens.sol";
import {Tries} from "./Tries.sol";

/// @notice Notes whom the portal says that it was called for.
contract Listener {
    IOptimismPortal private immutable _portal;
    address public heard;

    constructor(IOptimismPortal portal_) {
        _portal = portal_;
    }

    receive() external payable {
        heard = _portal.l2Sender();
    }
}

/// @notice Calls somebody when it is paid, and fails if that fails.
contract Caller {
    address private _whom;
    bytes private _what;

    error Refused(bytes reason);

    function set(address whom, bytes calldata what) external {
        (_whom, _what) = (whom, what);
    }

    receive() external payable {
        (bool ok, bytes memory reason) = _whom.call(_what);
        if (!ok) revert Refused(reason);
    }
}

contract FastExitsTest is NetworkSetup {
    using Tries for WithdrawalTransaction;

    address private target = makeAddress("target");

    /// @dev Cover of all seven: half of 210 ether.
    uint256 private constant COVER = 105 ether;

    function _one(uint256 amount) private returns (Body memory body) {
        _add(_plain(target, amount));
        _claim();
        return _body(game);
    }

    function _try(bytes memory expected, Body memory body, Vote[] memory votes) private {
        vm.expectRevert(expected);
        fast.certify(body, votes);
    }

    // --- certificates

    function test_a_certificate_is_posted_once() external {
        Body memory body = _one(1 ether);
        Vote[] memory votes = _votes(body, 7);
        bytes32 id = fast.certify(body, votes);
        IFastExits.Certificate memory it = fast.certificateOf(id);
        assertEq(id, _idOf(body), "id");
        assertEq(it.stake, 210 ether, "stake");
        assertEq(uint8(it.status), uint8(IFastExits.Status.Open), "open");
        assertEq(stakes.memberOf(VERIFIER, _member(0)).locks, 1, "locked");
        _try(
            abi.encodeWithSelector(IFastExits.FastExits_WrongStatus.selector, id, IFastExits.Status.Open),
            body,
            votes
        );
    }

    function test_two_thirds_less_a_wei_are_refused() external {
        // Six of nine shares sign: 180 of 270 is two thirds.
        _enter(20, 60 ether);
        _nextEpoch();
        Body memory body = _one(1 ether);
        Vote[] memory votes = _votes(body, 6);
        bytes32 id = fast.certify(body, votes);
        assertTrue(fast.certificateOf(id).signersHash != 0, "exactly two thirds");
        _enter(20, 3);
        _nextEpoch();
        body.epoch++;
        _try(
            abi.encodeWithSelector(IFastExits.FastExits_NoQuorum.selector, 180 ether, 270 ether + 3),
            body,
            _votes(body, 6)
        );
        // Weight of those who sign counts three times, and twice against them.
        _enter(order[0], 6);
        _nextEpoch();
        body.epoch++;
        fast.certify(body, _votes(body, 6));
    }

    function test_no_fewer_than_five() external {
        for (uint256 i = 0; i < 5; i++) _enter(order[i], 1_000 ether);
        _nextEpoch();
        Body memory body = _one(1 ether);
        _try(abi.encodeWithSelector(IFastExits.FastExits_WrongCount.selector, 4), body, _votes(body, 4));
        fast.certify(body, _votes(body, 5));
    }

    function test_no_more_than_64() external {
        Body memory body = _one(1 ether);
        _try(abi.encodeWithSelector(IFastExits.FastExits_WrongCount.selector, 65), body, new Vote[](65));
    }

    function test_signatures_must_be_in_order_and_none_twice() external {
        Body memory body = _one(1 ether);
        Vote[] memory votes = _votes(body, 7);
        (votes[3], votes[4]) = (votes[4], votes[3]);
        bytes memory bad = abi.encodeWithSelector(IFastExits.FastExits_BadSignature.selector, 4, _key(order[3]));
        _try(bad, body, votes);
        votes = _votes(body, 7);
        votes[4] = votes[3];
        _try(bad, body, votes);
    }

    function test_the_upper_half_of_s_is_refused() external {
        Body memory body = _one(1 ether);
        Vote[] memory votes = _votes(body, 7);
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        uint256 vs = uint256(votes[0].vs);
        uint256 s = vs & (type(uint256).max >> 1);
        assertTrue(s <= n / 2, "lower half");
        // The other solution of the same signature, where it fits the 255 bits that EIP-2098 has for it.
        if ((n - s) >> 255 == 0) {
            votes[0].vs = bytes32((n - s) | (((vs >> 255) ^ 1) << 255));
            _try(abi.encodeWithSelector(IFastExits.FastExits_BadSignature.selector, 0, address(0)), body, votes);
        }
        // The least that is in the upper half.
        votes[0].vs = bytes32(n / 2 + 1);
        _try(abi.encodeWithSelector(IFastExits.FastExits_BadSignature.selector, 0, address(0)), body, votes);
    }

    function test_the_epoch_must_serve() external {
        Body memory body = _one(1 ether);
        uint64 current = body.epoch;
        body.epoch = current + 1;
        _try(
            abi.encodeWithSelector(IFastExits.FastExits_WrongEpoch.selector, current + 1, current),
            body,
            _votes(body, 7)
        );
        body.epoch = 0;
        _try(abi.encodeWithSelector(IFastExits.FastExits_WrongEpoch.selector, 0, current), body, _votes(body, 7));
        body.epoch = current;
        vm.warp(block.timestamp + EPOCH * CERTIFICATE_EPOCHS);
        Vote[] memory votes = _votes(body, 7);
        bytes memory refused = abi.encodeWithSelector(
            IFastExits.FastExits_WrongEpoch.selector,
            current,
            current + CERTIFICATE_EPOCHS + 1
        );
        fast.certify(body, votes);
        body.outputRoot = bytes32(uint256(body.outputRoot) ^ 1);
        vm.warp(block.timestamp + EPOCH);
        _try(refused, body, votes);
    }

    function test_signers_must_have_been_active() external {
        _enter(30, STAKE);
        Body memory body = _one(1 ether);
        Vote[] memory votes = new Vote[](8);
        _sortIn(30);
        for (uint256 i = 0; i < 8; i++) votes[i] = _vote(order[i], body);
        _try(
            abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotActive.selector, _key(30), body.epoch),
            body,
            votes
        );
    }

    function test_who_was_paid_can_sign_no_more() external {
        Body memory body = _one(1 ether);
        _leave(order[2]);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(_member(order[2]));
        stakes.withdraw(VERIFIER, alice);
        _try(
            abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotActive.selector, _key(order[2]), body.epoch),
            body,
            _votes(body, 7)
        );
    }

    function test_the_game_must_say_what_was_attested() external {
        Body memory right = _one(1 ether);
        bytes memory refused = abi.encodeWithSelector(IFastExits.FastExits_WrongGame.selector, right.game);
        for (uint256 i = 0; i < 4; i++) {
            Body memory body = _body(game);
            if (i == 0) body.batchIndex++;
            if (i == 1) body.batchAcc = bytes32(uint256(1));
            if (i == 2) body.l2BlockNumber++;
            if (i == 3) body.outputRoot = LIE;
            _try(refused, body, _votes(body, 7));
        }
        Body memory stranger = _body(game);
        stranger.game = address(gameImpl);
        _try(
            abi.encodeWithSelector(IFastExits.FastExits_WrongGame.selector, stranger.game),
            stranger,
            _votes(stranger, 7)
        );
        vm.prank(owner);
        registry.blacklistDisputeGame(game);
        _try(refused, right, _votes(right, 7));
    }

    function test_a_game_that_lost_is_refused() external {
        Body memory body = _one(1 ether);
        _acceptRival("right");
        game.resolve();
        _try(abi.encodeWithSelector(IFastExits.FastExits_WrongGame.selector, body.game), body, _votes(body, 7));
    }

    // --- fast exits

    function test_ether_is_paid_early_and_released() external {
        Body memory body = _one(2 ether);
        uint256 before = address(portal).balance;
        _exit(0, body, 7);
        assertEq(target.balance, 2 ether, "paid");
        assertEq(before - address(portal).balance, 2 ether, "by the portal");
        assertTrue(portal.finalizedWithdrawals(ws[0].hashOf()), "final");
        assertEq(fast.reserved(address(0)), 2 ether, "reserved");
        assertEq(fast.reservedOf(_idOf(body), address(0)), 2 ether, "under the certificate");
        assertEq(address(fast).balance, 0.002 ether, "fee");
        _exitAgain(body);
        Signer[] memory signers = _signers(7);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_NotDecided.selector, address(game)));
        fast.settle(body, game, signers);
        _accept();
        vm.prank(alice);
        vm.expectRevert(IOptimismPortal.OptimismPortal_AlreadyFinalized.selector);
        portal.finalizeWithdrawalTransaction(ws[0]);
        fast.settle(body, game, signers);
        assertEq(fast.reserved(address(0)), 0, "released");
        assertEq(stakes.memberOf(VERIFIER, _member(0)).locks, 0, "unlocked");
        uint256 share = uint256(0.002 ether) / 7;
        assertEq(fast.credit(address(0), _member(0)), share, "fee by stake");
        assertEq(fast.insurance(address(0)), 0.002 ether - 7 * share, "what rounding leaves");
        vm.prank(_member(0));
        fast.claimCredit(address(0), bob);
        vm.expectRevert(
            abi.encodeWithSelector(IFastExits.FastExits_WrongStatus.selector, _idOf(body), IFastExits.Status.Released)
        );
        fast.settle(body, game, signers);
    }

    function _exitAgain(Body memory body) private {
        Vote[] memory votes = _votes(body, 7);
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(IOptimismPortal.OptimismPortal_AlreadyFinalized.selector);
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, new Signer[](0));
    }

    function test_a_posted_certificate_serves_many() external {
        for (uint256 i = 0; i < 2; i++) _add(_plain(target, 1 ether + i));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(6);
        fast.certify(body, _votes(body, 6));
        for (uint256 i = 0; i < 2; i++) {
            Signer[] memory wrong = i == 0 ? new Signer[](0) : _signers(7);
            uint256 fee = _etherFee(ws[i]);
            vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_WrongSigners.selector, _idOf(body)));
            portal.finalizeFast{value: fee}(ws[i], alice, body, new Vote[](0), wrong);
            _exitWith(i, body, new Vote[](0), signers);
        }
        assertEq(fast.reserved(address(0)), 2 ether + 1, "both");
    }

    function test_only_the_portal_reserves() external {
        Body memory body = _one(1 ether);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_Unauthorized.selector, address(this)));
        fast.reserve(0, ws[0], alice, body, new Vote[](0), new Signer[](0));
        (bool ok, ) = address(fast).call{value: 1}("");
        assertFalse(ok, "nor sends it anybody ether");
    }

    function test_what_the_portal_refuses() external {
        Body memory body = _one(1 ether);
        Vote[] memory votes = _votes(body, 7);
        Signer[] memory none = new Signer[](0);
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(IOptimismPortal.OptimismPortal_Unproven.selector);
        portal.finalizeFast{value: fee}(ws[0], bob, body, votes, none);

        Body memory other = _body(game);
        other.game = address(1);
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidDisputeGame.selector);
        portal.finalizeFast{value: fee}(ws[0], alice, other, votes, none);

        vm.prank(guardian);
        config.pause();
        vm.expectRevert(IOptimismPortal.OptimismPortal_CallPaused.selector);
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, none);
        vm.warp(block.timestamp + PAUSE_DURATION);

        vm.expectRevert(abi.encodeWithSelector(IOptimismPortal.OptimismPortal_Unauthorized.selector, address(this)));
        portal.setFastExits(IFastExits(address(0)));
        vm.prank(owner);
        portal.setFastExits(IFastExits(address(0)));
        vm.expectRevert(IOptimismPortal.OptimismPortal_NoFastExits.selector);
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, none);
        vm.startPrank(owner);
        portal.setFastExits(fast);
        registry.blacklistDisputeGame(game);
        vm.stopPrank();
        vm.expectRevert(IOptimismPortal.OptimismPortal_ImproperDisputeGame.selector);
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, none);
    }

    function test_a_game_must_be_old_enough() external {
        _add(_plain(target, 1 ether));
        gameIndex = factory.gameCount();
        game = _assert(proposer, NO_PARENT, _outputRoot());
        _prove(0);
        _pass(MIN_AGE - 1);
        Body memory body = _body(game);
        Vote[] memory votes = _votes(body, 7);
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(
            abi.encodeWithSelector(IFastExits.FastExits_TooYoung.selector, uint256(game.createdAt()) + MIN_AGE)
        );
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, new Signer[](0));
        _pass(1);
        _exit(0, body, 7);
    }

    function test_a_rival_stops_it() external {
        Body memory body = _one(1 ether);
        Vote[] memory votes = _votes(body, 7);
        _assert(bob, NO_PARENT, "rival");
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_HasRival.selector, address(game)));
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, new Signer[](0));
    }

    function _chain(uint256 length) private returns (IAssertionGame first) {
        IDisputeGame parent = NO_PARENT;
        for (uint256 i = 0; i < length; i++) {
            if (i != 0) _appendNext(1);
            game = _assert(proposer, parent, keccak256(abi.encode("output", i)));
            if (i == 0) first = game;
            parent = game;
        }
        _appendNext(1);
        _add(_plain(target, 1 ether));
        gameIndex = factory.gameCount();
        game = _assert(proposer, parent, _outputRoot());
        _prove(0);
        _pass(MIN_AGE);
    }

    function test_a_rival_of_an_open_ancestor_stops_it() external {
        IAssertionGame first = _chain(3);
        Body memory body = _body(game);
        _assert(bob, NO_PARENT, "rival");
        Vote[] memory votes = _votes(body, 7);
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_HasRival.selector, address(first)));
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, new Signer[](0));
    }

    function test_an_accepted_ancestor_ends_the_search() external {
        IAssertionGame first = _chain(3);
        _pass(CHALLENGE_PERIOD);
        first.resolve();
        Body memory body = _body(game);
        _exit(0, body, 7);
    }

    function test_32_open_ancestors_and_no_more() external {
        _chain(32);
        Body memory body = _body(game);
        _exit(0, body, 7);
        IAssertionGame last = game;
        delete ws;
        _add(_plain(target, 2 ether));
        _appendNext(1);
        gameIndex = factory.gameCount();
        game = _assert(proposer, last, _outputRoot());
        _prove(0);
        _pass(MIN_AGE);
        body = _body(game);
        Vote[] memory votes = _votes(body, 7);
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_TooManyAncestors.selector, 32));
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, new Signer[](0));
    }

    function test_the_fee_is_exact() external {
        Body memory body = _one(1 ether + 1);
        Vote[] memory votes = _votes(body, 7);
        uint256 fee = 0.001 ether + 1;
        assertEq(fast.feeOf(1 ether + 1), fee, "rounded up");
        for (uint256 i = 0; i < 2; i++) {
            uint256 sent = i == 0 ? fee - 1 : fee + 1;
            vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_WrongFee.selector, sent, fee));
            portal.finalizeFast{value: sent}(ws[0], alice, body, votes, new Signer[](0));
        }
    }

    function test_a_call_that_fails_changes_nothing() external {
        Moody moody = new Moody();
        moody.setRefuses(true);
        _add(_plain(address(moody), 1 ether));
        _claim();
        Body memory body = _body(game);
        Vote[] memory votes = _votes(body, 7);
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(IOptimismPortal.OptimismPortal_CallFailed.selector);
        portal.finalizeFast{value: fee}(ws[0], alice, body, votes, new Signer[](0));
        assertEq(fast.reserved(address(0)), 0, "nothing is reserved");
        assertFalse(portal.finalizedWithdrawals(ws[0].hashOf()), "not final");
        // The ordinary way.
        _accept();
        _pass(MATURITY_DELAY);
        moody.setRefuses(false);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(ws[0]);
        assertEq(address(moody).balance, 1 ether, "paid later");
    }

    function test_a_target_is_not_told_of_a_sender_that_may_be_a_lie() external {
        Listener listener = new Listener(portal);
        _add(_plain(address(listener), 1 ether));
        _claim();
        _exit(0, _body(game), 7);
        assertEq(listener.heard(), 0x000000000000000000000000000000000000fa57, "nobody");
        assertEq(portal.l2Sender(), 0x000000000000000000000000000000000000dEaD, "as before");
    }

    function test_a_target_cannot_exit_from_within() external {
        Caller caller = new Caller();
        _add(_plain(address(caller), 1 ether));
        _add(_tokenMessage(1, target, 5));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        Vote[] memory none = new Vote[](0);
        caller.set(address(portal), abi.encodeCall(portal.finalizeFast, (ws[1], alice, body, none, signers)));
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(IOptimismPortal.OptimismPortal_CallFailed.selector);
        portal.finalizeFast{value: fee}(ws[0], alice, body, none, signers);
    }

    function test_a_token_cannot_call_back_while_it_pays_the_fee() external {
        _add(_tokenMessage(1, target, 5));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        token.mint(alice, 1);
        _accept();
        token.setHook(address(fast), abi.encodeCall(fast.settle, (body, game, signers)));
        vm.startPrank(alice);
        token.approve(address(fast), 1);
        vm.expectRevert(abi.encodeWithSignature("ReentrancyGuardReentrantCall()"));
        portal.finalizeFast(ws[0], alice, body, new Vote[](0), signers);
        vm.stopPrank();
    }

    function test_ether_through_the_bridge() external {
        _add(_etherMessage(1, target, 3 ether));
        _claim();
        _exit(0, _body(game), 7);
        assertEq(target.balance, 3 ether, "arrived");
        assertTrue(messenger.successfulMessages(keccak256(ws[0].data)), "delivered");
    }

    function _tokenExit(uint256 i, Body memory body) private {
        token.mint(alice, 10);
        vm.startPrank(alice);
        token.approve(address(fast), 10);
        portal.finalizeFast(ws[i], alice, body, _votes(body, 7), _signers(7));
        vm.stopPrank();
    }

    function test_tokens_through_the_bridge_and_their_fees() external {
        _add(_tokenMessage(1, target, 1_001));
        _claim();
        Body memory body = _body(game);
        bytes32 id = _idOf(body);
        token.mint(alice, 2);
        Vote[] memory votes = _votes(body, 7);
        vm.deal(alice, 1 ether);
        vm.startPrank(alice);
        token.approve(address(fast), 2);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_WrongFee.selector, 1, 0));
        portal.finalizeFast{value: 1}(ws[0], alice, body, votes, new Signer[](0));
        portal.finalizeFast(ws[0], alice, body, votes, new Signer[](0));
        vm.stopPrank();
        assertEq(token.balanceOf(target), 1_001, "arrived");
        assertEq(bridge.deposits(address(token), REMOTE), 8_999, "unlocked");
        assertEq(fast.pairReservedOf(id, address(token), REMOTE), 1_001, "of the pair");
        assertEq(fast.feesOf(id, address(token)), 2, "fee, rounded up");
        Signer[] memory signers = _signers(7);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_WrongStatus.selector, id, IFastExits.Status.Open));
        fast.shareFees(body, address(token), signers);
        _accept();
        fast.settle(body, game, signers);
        assertEq(fast.reserved(address(token)), 0, "released");
        fast.shareFees(body, address(token), signers);
        assertEq(fast.insurance(address(token)), 2, "less than one each");
        vm.expectRevert(IFastExits.FastExits_Nothing.selector);
        fast.shareFees(body, address(token), signers);
        vm.expectRevert(
            abi.encodeWithSelector(IFastExits.FastExits_WrongStatus.selector, id, IFastExits.Status.Released)
        );
        fast.refillToken(id, address(token), REMOTE);
    }

    function test_tokens_that_are_not_covered() external {
        NetworkToken other = new NetworkToken();
        _add(_tokenMessage(1, target, 10_001));
        _add(
            _message(
                2,
                0,
                abi.encodeWithSignature(
                    "finalizeBridgeERC20(address,address,address,address,uint256,bytes)",
                    address(other),
                    REMOTE,
                    alice,
                    target,
                    1,
                    ""
                )
            )
        );
        _claim();
        Body memory body = _body(game);
        Vote[] memory votes = _votes(body, 7);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_NotCovered.selector, address(token), 10_000));
        portal.finalizeFast(ws[0], alice, body, votes, new Signer[](0));
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_NotCovered.selector, address(other), 0));
        portal.finalizeFast(ws[1], alice, body, votes, new Signer[](0));
    }

    // --- cover

    function test_one_exit_takes_a_tenth_of_the_cover_at_most() external {
        _add(_plain(target, COVER / 10));
        _add(_plain(target, COVER / 10 + 1));
        _claim();
        Body memory body = _body(game);
        Vote[] memory votes = _votes(body, 7);
        uint256 fee = _etherFee(ws[1]);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_TooMuch.selector, COVER / 10 + 1, COVER / 10));
        portal.finalizeFast{value: fee}(ws[1], alice, body, votes, new Signer[](0));
        _exit(0, body, 7);
    }

    function test_an_hour_takes_a_quarter_and_refills() external {
        for (uint256 i = 0; i < 4; i++) _add(_plain(target, COVER / 10 - i));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        Vote[] memory none = new Vote[](0);
        _exitWith(0, body, none, signers);
        _exitWith(1, body, none, signers);
        uint256 left = COVER / 4 - (COVER / 5 - 1);
        IFastExits.Limits memory limits = fast.limitsOf(_membersOf(signers), address(0));
        assertEq(limits.hour, left, "what is left");
        assertEq(limits.cover, COVER, "cover");
        assertEq(limits.open, COVER / 5 - 1, "open");
        assertEq(limits.single, COVER / 10, "one");
        uint256 fee = _etherFee(ws[2]);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_TooMuch.selector, COVER / 10 - 2, left));
        portal.finalizeFast{value: fee}(ws[2], alice, body, none, signers);
        vm.warp(block.timestamp + 1 hours / 4);
        // Meanwhile the game is old: it is still open, as nobody resolved it.
        _exitWith(2, body, none, signers);
        assertEq(fast.reserved(address(0)), 3 * (COVER / 10) - 3, "three");
    }

    function _membersOf(Signer[] memory signers) private pure returns (address[] memory members) {
        members = new address[](signers.length);
        for (uint256 i = 0; i < signers.length; i++) members[i] = signers[i].member;
    }

    function test_open_reservations_stay_below_the_cover() external {
        for (uint256 i = 0; i < 11; i++) _add(_plain(target, COVER / 10 - i));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        for (uint256 i = 0; i < 10; i++) {
            vm.warp(block.timestamp + 1 hours);
            _exitWith(i, body, new Vote[](0), signers);
        }
        vm.warp(block.timestamp + 1 hours);
        uint256 fee = _etherFee(ws[10]);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_TooMuch.selector, COVER / 10 - 10, 45));
        portal.finalizeFast{value: fee}(ws[10], alice, body, new Vote[](0), signers);
    }

    /// Cover is the stake of now, not that of the certificate.
    function test_stake_that_was_taken_covers_nothing() external {
        Body memory body = _one(1 ether);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        for (uint256 i = 0; i < 7; i++) _equivocate(order[i]);
        uint256 fee = _etherFee(ws[0]);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_TooMuch.selector, 1 ether, 0));
        portal.finalizeFast{value: fee}(ws[0], alice, body, new Vote[](0), signers);
    }

    // --- equivocation and wrong attestations

    function _equivocate(uint256 verifier) private {
        Body memory body = _body(game);
        Body memory other = _body(game);
        other.outputRoot = LIE;
        fast.slashEquivocation(
            _attestation(verifier, body),
            _attest(verifier, body),
            _attestation(verifier, other),
            _attest(verifier, other)
        );
    }

    function test_two_roots_cost_all_at_once() external {
        _one(1 ether);
        uint256 burned = BURN.balance;
        _equivocate(0);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "ether");
        assertEq(stakes.tokenStakeOf(VERIFIER, _member(0), address(token)), 0, "tokens");
        assertEq(fast.credit(address(0), address(this)), 3 ether, "a tenth to the finder");
        assertEq(BURN.balance - burned, 6 ether, "a fifth burned");
        assertEq(fast.insurance(address(0)), 21 ether, "the rest insures");
        assertEq(fast.insurance(address(token)), TOKEN_STAKE, "tokens insure");
        _enter(0, 5 ether);
        Body memory body = _body(game);
        Body memory other = _body(game);
        other.outputRoot = LIE;
        bytes memory first = _attest(0, body);
        bytes memory second = _attest(0, other);
        vm.expectRevert(IFastExits.FastExits_Nothing.selector);
        fast.slashEquivocation(_attestation(0, body), first, _attestation(0, other), second);
    }

    function test_a_finder_gets_five_ether_at_most() external {
        _one(1 ether);
        _enter(0, 970 ether);
        _equivocate(0);
        assertEq(fast.credit(address(0), address(this)), 5 ether, "of a thousand");
        fast.claimCredit(address(0), bob);
        vm.expectRevert(IFastExits.FastExits_Nothing.selector);
        fast.claimCredit(address(0), bob);
    }

    function test_what_is_no_equivocation() external {
        _one(1 ether);
        Body memory a = _body(game);
        for (uint256 i = 0; i < 4; i++) {
            Body memory b = _body(game);
            if (i != 0) b.outputRoot = LIE;
            if (i == 1) b.batchIndex++;
            if (i == 2) b.batchAcc = LIE;
            uint256 signer = i == 3 ? 1 : 0;
            bytes memory first = _attest(0, a);
            bytes memory second = _attest(signer, b);
            vm.expectRevert(IFastExits.FastExits_NoEquivocation.selector);
            fast.slashEquivocation(_attestation(0, a), first, _attestation(signer, b), second);
        }
    }

    function test_a_wrong_attestation_costs_all_without_a_certificate() external {
        Body memory body = _one(1 ether);
        bytes memory signature = _attest(0, body);
        Attestation memory attestation = _attestation(0, body);
        IAssertionGame rival = _acceptRival("right");
        vm.prank(bob);
        fast.slashWrong(attestation, signature, rival);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "all");
        assertEq(fast.credit(address(0), bob), 3 ether, "finder");
        _enter(0, 2 ether);
        vm.expectRevert(IFastExits.FastExits_Nothing.selector);
        fast.slashWrong(attestation, signature, rival);
        // Who was right is not touched.
        Body memory fine = _body(rival);
        bytes memory good = _attest(1, fine);
        vm.expectRevert(IFastExits.FastExits_NotWrong.selector);
        fast.slashWrong(_attestation(1, fine), good, rival);
        // Nor is anybody for a batch that the game is not about.
        Body memory later = _body(game);
        later.batchIndex++;
        good = _attest(1, later);
        vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_NotDecided.selector, address(rival)));
        fast.slashWrong(_attestation(1, later), good, rival);
    }

    /// @dev A verifier is paid, and joins again at once.
    function _comeAgain(uint256 i) private {
        _leave(i);
        _pass(UNBONDING);
        vm.prank(_member(i));
        stakes.withdraw(VERIFIER, _member(i));
        _enter(i, STAKE);
    }

    function test_who_was_paid_and_came_again_was_not_wrong_before() external {
        Body memory body = _one(1 ether);
        IAssertionGame rival = _acceptRival("right");
        _comeAgain(0);
        uint64 since = stakes.memberOf(VERIFIER, _member(0)).since;
        assertEq(since, stakes.currentEpoch() + 1, "from the next epoch on");
        assertEq(stakes.sinceOf(VERIFIER, _member(0)), since, "and the view says so");
        uint64[3] memory before = [body.epoch, 0, since - 1];
        for (uint256 i = 0; i < 3; i++) {
            body.epoch = before[i];
            bytes memory old = _attest(0, body);
            vm.expectRevert(IFastExits.FastExits_Nothing.selector);
            fast.slashWrong(_attestation(0, body), old, rival);
        }
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, STAKE, "untouched");
        body.epoch = since;
        bytes memory signature = _attest(0, body);
        fast.slashWrong(_attestation(0, body), signature, rival);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "for what it says now, it answers");
    }

    function test_who_was_paid_and_came_again_equivocates_with_what_it_says_now_only() external {
        Body memory a = _one(1 ether);
        Body memory b = _body(game);
        b.outputRoot = LIE;
        _comeAgain(0);
        uint64 since = stakes.memberOf(VERIFIER, _member(0)).since;
        for (uint256 i = 0; i < 3; i++) {
            a.epoch = i == 0 ? since : since - 1;
            b.epoch = i == 1 ? since : since - 1;
            bytes memory first = _attest(0, a);
            bytes memory second = _attest(0, b);
            vm.expectRevert(IFastExits.FastExits_Nothing.selector);
            fast.slashEquivocation(_attestation(0, a), first, _attestation(0, b), second);
        }
        (a.epoch, b.epoch) = (since, since + 1);
        fast.slashEquivocation(_attestation(0, a), _attest(0, a), _attestation(0, b), _attest(0, b));
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "all");
    }

    // --- wrong certificates

    function _solvent(uint256 before) private view {
        assertGe(address(portal).balance + fast.reserved(address(0)), before, "I1");
        assertEq(fast.owed(), 0, "nothing is owed");
    }

    function test_all_seven_lie_and_the_portal_is_whole() external {
        for (uint256 i = 0; i < 2; i++) _add(_plain(target, 10 ether + i));
        _claim();
        uint256 before = address(portal).balance;
        Body memory body = _body(game);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        for (uint256 i = 0; i < 2; i++) _exitWith(i, body, new Vote[](0), signers);
        for (uint256 i = 0; i < 7; i++) _leave(i);
        IAssertionGame rival = _acceptRival("right");
        vm.warp(block.timestamp + 365 days);
        vm.prank(_member(0));
        vm.expectPartialRevert(IStakeRegistry.StakeRegistry_NotYet.selector);
        stakes.withdraw(VERIFIER, alice);
        uint256 burned = BURN.balance;
        vm.prank(bob);
        fast.settle(body, rival, signers);
        assertEq(address(portal).balance, before, "to the wei");
        assertEq(stakes.stakeOf(VERIFIER, _membersOf(signers), address(0)), 0, "nobody has stake");
        assertEq(fast.credit(address(0), bob), 5 ether, "finder");
        assertEq(BURN.balance - burned, 42 ether, "a fifth");
        uint256 fees = 0.02 ether + 1;
        assertEq(
            fast.insurance(address(0)),
            210 ether - (20 ether + 1) - 5 ether - 42 ether + fees,
            "the rest, and the fees"
        );
        assertEq(address(fast).balance, fast.insurance(address(0)) + 5 ether, "I5");
        assertEq(address(stakes).balance, 0, "I5 of the registry");
        _solvent(before);
        vm.expectRevert(
            abi.encodeWithSelector(IFastExits.FastExits_WrongStatus.selector, _idOf(body), IFastExits.Status.Refilled)
        );
        fast.settle(body, rival, signers);
        vm.prank(_member(0));
        stakes.withdraw(VERIFIER, alice);
    }

    /// The withdrawal is in the right output as well: paid once, refilled once, signers slashed.
    function test_a_withdrawal_that_the_right_output_has_too() external {
        Body memory body = _one(1 ether);
        Signer[] memory signers = _signers(7);
        uint256 before = address(portal).balance;
        _exit(0, body, 7);
        // Another output with the same trie.
        output.stateRoot = "right state";
        bytes32 right = keccak256(abi.encode(output));
        gameIndex = factory.gameCount();
        IAssertionGame rival = _acceptRival(right);
        _prove(0);
        fast.settle(body, rival, signers);
        _pass(MATURITY_DELAY + 1);
        vm.prank(alice);
        vm.expectRevert(IOptimismPortal.OptimismPortal_AlreadyFinalized.selector);
        portal.finalizeWithdrawalTransaction(ws[0]);
        assertEq(target.balance, 1 ether, "once");
        assertEq(address(portal).balance, before, "a surplus of what L2 is owed no more");
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "slashed");
    }

    /// A message that fails at the messenger is kept there with its ether, and is paid later with that.
    function test_a_message_that_is_replayed_after_the_refill() external {
        Moody moody = new Moody();
        moody.setRefuses(true);
        _add(_etherMessage(1, address(moody), 2 ether));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(7);
        uint256 before = address(portal).balance;
        _exit(0, body, 7);
        assertTrue(messenger.failedMessages(keccak256(ws[0].data)), "kept");
        fast.settle(body, _acceptRival("right"), signers);
        assertEq(address(portal).balance, before, "whole");
        moody.setRefuses(false);
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(bob, bob);
            (bool ok, ) = address(messenger).call(ws[0].data);
            assertEq(ok, i == 0, "once");
        }
        assertEq(address(moody).balance, 2 ether, "paid");
        assertEq(address(portal).balance, before, "not by the portal");
    }

    function test_tokens_go_back_to_their_pair() external {
        _add(_tokenMessage(1, target, 1_000));
        _add(_plain(target, 1 ether));
        _claim();
        Body memory body = _body(game);
        bytes32 id = _idOf(body);
        Signer[] memory signers = _signers(7);
        uint256 before = address(portal).balance;
        _exit(1, body, 7);
        _tokenExit(0, body);
        IAssertionGame rival = _acceptRival("right");
        // A token that refuses to move holds up nothing else.
        token.setBlocked(true);
        fast.settle(body, rival, signers);
        assertEq(address(portal).balance, before, "ether");
        assertEq(fast.reserved(address(token)), 1_000, "still open in the token");
        vm.expectRevert(NetworkToken.Blocked.selector);
        fast.refillToken(id, address(token), REMOTE);
        token.setBlocked(false);
        fast.refillToken(id, address(token), REMOTE);
        assertEq(bridge.deposits(address(token), REMOTE), 10_000, "whole");
        assertEq(token.balanceOf(address(bridge)), 10_000, "and there");
        assertEq(fast.reserved(address(token)), 0, "closed");
        assertEq(fast.insurance(address(token)), 7 * TOKEN_STAKE - 1_000 + 1, "the rest insures, with the fee");
        assertEq(token.balanceOf(address(fast)), fast.insurance(address(token)), "I5");
        vm.expectRevert(IFastExits.FastExits_Nothing.selector);
        fast.refillToken(id, address(token), REMOTE);
        vm.expectRevert(IFastExits.FastExits_Nothing.selector);
        fast.refillToken(id, address(token), address(1));
    }

    /// A message in tokens that failed is relayed after the refill: out of what it left at the bridge, once.
    function test_a_token_message_that_is_replayed_after_the_refill() external {
        _add(_tokenMessage(1, target, 1_000));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(7);
        token.setBarred(target);
        token.mint(alice, 1);
        Vote[] memory votes = _votes(body, 7);
        vm.startPrank(alice);
        token.approve(address(fast), 1);
        portal.finalizeFast(ws[0], alice, body, votes, new Signer[](0));
        vm.stopPrank();
        assertTrue(messenger.failedMessages(keccak256(ws[0].data)), "kept");
        fast.settle(body, _acceptRival("right"), signers);
        fast.refillToken(_idOf(body), address(token), REMOTE);
        assertEq(bridge.deposits(address(token), REMOTE), 11_000, "refilled, and not paid yet");
        token.setBarred(address(0));
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(bob, bob);
            (bool ok, ) = address(messenger).call(ws[0].data);
            assertEq(ok, i == 0, "once");
        }
        assertEq(token.balanceOf(target), 1_000, "paid");
        assertEq(bridge.deposits(address(token), REMOTE), 10_000, "whole");
    }

    function test_insurance_pays_what_slashed_stake_cannot() external {
        Body memory body = _one(10 ether);
        Signer[] memory signers = _signers(7);
        uint256 before = address(portal).balance;
        _exit(0, body, 7);
        // All signers lose everything to another case first.
        for (uint256 i = 0; i < 7; i++) _equivocate(i);
        assertEq(fast.insurance(address(0)), 147 ether, "seven tenths");
        vm.prank(bob);
        fast.settle(body, _acceptRival("right"), signers);
        assertEq(address(portal).balance, before, "whole");
        assertEq(fast.insurance(address(0)), 137.01 ether, "out of insurance");
        assertEq(fast.credit(address(0), bob), 0, "nothing was slashed");
        _solvent(before);
    }

    /// Signers that had lost everything when the certificate was posted, and staked anew before it was used.
    function test_fees_of_signers_without_stake_insure() external {
        Body memory body = _one(1 ether);
        for (uint256 i = 0; i < 7; i++) _equivocate(i);
        uint256 before = fast.insurance(address(0));
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        for (uint256 i = 0; i < 7; i++) _enter(i, STAKE);
        _exitWith(0, body, new Vote[](0), signers);
        _accept();
        fast.settle(body, game, signers);
        assertEq(fast.insurance(address(0)) - before, 0.001 ether, "fee");
        assertEq(stakes.memberOf(VERIFIER, _member(0)).locks, 0, "unlocked");
    }

    // --- drills

    function test_a_drill_costs_a_tenth() external {
        Body memory body = _one(1 ether);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        drills.set(body.outputRoot);
        IAssertionGame rival = _acceptRival("right");
        vm.prank(bob);
        fast.settle(body, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 27 ether, "nine tenths are left");
        assertEq(stakes.tokenStakeOf(VERIFIER, _member(0), address(token)), 2_700, "of tokens too");
        assertEq(fast.credit(address(0), bob), 2.1 ether, "finder");
        // The same attestation again costs nothing more.
        bytes memory signature = _attest(order[0], body);
        vm.expectRevert(IFastExits.FastExits_Nothing.selector);
        fast.slashWrong(_attestation(order[0], body), signature, rival);
    }

    function test_a_theft_is_no_drill() external {
        Body memory body = _one(1 ether);
        Signer[] memory signers = _signers(7);
        _exit(0, body, 7);
        drills.set(body.outputRoot);
        IAssertionGame rival = _acceptRival("right");
        // Nor in another epoch's certificate of the same root.
        bytes memory signature = _attest(0, body);
        fast.slashWrong(_attestation(0, body), signature, rival);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "all of it");
        fast.settle(body, rival, signers);
        assertEq(stakes.stakeOf(VERIFIER, _membersOf(signers), address(0)), 0, "all of all");
    }

    /// A certificate of the same root that nothing was reserved under is settled first: the other one still takes all.
    function test_a_drill_beside_a_theft_hides_nothing() external {
        Body memory body = _one(1 ether);
        uint256 before = address(portal).balance;
        Signer[] memory signers = _signers(7);
        _exit(0, body, 7);
        _nextEpoch();
        Body memory other = _body(game);
        fast.certify(other, _votes(other, 7));
        drills.set(body.outputRoot);
        IAssertionGame rival = _acceptRival("right");
        fast.settle(other, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 27 ether, "a tenth");
        assertEq(stakes.memberOf(VERIFIER, _member(0)).locks, 1, "still bound");
        fast.settle(body, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "and all");
        _solvent(before);
    }

    /// Who was punished before and staked anew pledged that stake for what was paid.
    function test_a_punishment_before_does_not_save_what_covers_an_exit() external {
        Body memory body = _one(1 ether);
        uint256 before = address(portal).balance;
        Signer[] memory signers = _signers(7);
        _exit(0, body, 7);
        IAssertionGame rival = _acceptRival("right");
        for (uint256 i = 0; i < 7; i++) fast.slashWrong(_attestation(i, body), _attest(i, body), rival);
        _enter(0, 4 ether);
        fast.settle(body, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "new stake too");
        _solvent(before);
    }

    function test_an_unused_certificate_punishes_nobody_twice() external {
        Body memory body = _one(1 ether);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        IAssertionGame rival = _acceptRival("right");
        fast.slashWrong(_attestation(0, body), _attest(0, body), rival);
        _enter(0, 4 ether);
        fast.settle(body, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 4 ether, "punished before");
        assertEq(stakes.memberOf(VERIFIER, _member(1)).stake, 0, "not yet");
    }

    // --- the rest

    function test_a_donation_to_the_bridge() external {
        assertEq(bridge.deposits(address(token), REMOTE), 10_000, "of setUp");
        token.setFee(10);
        bridge.donateERC20(address(token), REMOTE, 100);
        assertEq(bridge.deposits(address(token), REMOTE), 10_090, "what arrives");
    }

    function test_insurance_is_open_to_gifts() external {
        fast.insure{value: 3 ether}();
        assertEq(fast.insurance(address(0)), 3 ether, "kept");
    }
}
