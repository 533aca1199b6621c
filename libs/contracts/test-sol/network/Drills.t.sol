// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {Drills} from "../../src-sol/network/Drills.sol";
import {Body, Signer} from "../../src-sol/network/NetworkMessages.sol";
import {IDrills} from "../../src-sol/network/interfaces/IDrills.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";

/// @notice A maker that takes no ether.
contract Maker {
    function commit(Drills drills, bytes32 commitment) external payable {
        drills.commitDrill{value: msg.value}(commitment);
    }

    function claim(Drills drills) external {
        drills.claimCredit(address(this));
    }
}

contract DrillsTest is DiligenceSetup {
    bytes32 private constant SALT = "salt";
    uint256 private constant BOUNTY = 2 ether;
    address private maker = makeAddress("maker");
    address private watcher = makeAddress("watcher");
    bytes32 private commitment;
    IAssertionGame private rival;

    function setUp() public override {
        super.setUp();
        vm.deal(maker, 10_000 ether);
    }

    /// @dev Commitment of the maker to the output with what was added, for the first batch.
    function _hash() private returns (bytes32) {
        return keccak256(abi.encode(maker, SALT, uint256(0), inbox.batchAcc(1), _outputRoot()));
    }

    function _commit() private {
        commitment = _hash();
        vm.prank(maker);
        book.commitDrill{value: BOUNTY}(commitment);
        _pass(1);
    }

    /// @dev A drill that was committed to is asserted.
    function _lie() private returns (Body memory body) {
        _add(_plain(bob, 1 ether));
        _commit();
        _claim();
        return _body(game);
    }

    function _contest() private {
        rival = _assert(bob, NO_PARENT, _flat("right"));
        _bisect(bob, rival.tournament(), _flat("right"), 0, 2);
    }

    function _reveal() private {
        vm.prank(maker);
        book.revealDrill(SALT, game, rival);
    }

    function _end() private {
        _pass(CHALLENGE_PERIOD + 1);
        _updateTop(rival.tournament(), _flat("right"));
        rival.resolve();
        _pass(FINALITY_DELAY);
    }

    function _alarm(address who, bytes32 derived) private returns (bytes32 hash) {
        hash = keccak256(abi.encode(who, game, derived, SALT));
        book.commitAlarm(hash);
    }

    function _raise(address who) private {
        vm.prank(who);
        book.revealAlarm(game, "right", SALT);
    }

    function _wrong(bytes32 which) private {
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_WrongDrill.selector, which));
    }

    function _noDrill() private {
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_NoDrill.selector, address(game)));
    }

    // --- what signers lose

    /// There is a challenge period between the rival and its acceptance: time to reveal the drill before anybody can settle.
    function test_signers_of_a_drill_lose_a_tenth() external {
        Body memory body = _lie();
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        _contest();
        assertFalse(book.isDrill(address(game), 0, body.batchAcc, body.outputRoot), "not yet");
        _reveal();
        assertTrue(book.isDrill(address(game), 0, body.batchAcc, body.outputRoot), "a drill");
        assertFalse(book.isDrill(address(game), 1, body.batchAcc, body.outputRoot), "of this batch");
        assertFalse(book.isDrill(address(game), 0, "acc", body.outputRoot), "with this accumulator");
        assertFalse(book.isDrill(address(game), 0, body.batchAcc, LIE), "and this root");
        assertFalse(book.isDrill(address(rival), 0, body.batchAcc, "right"), "and no other");
        _end();
        fast.settle(body, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 27 ether, "nine tenths are left");
    }

    /// A drill hides no theft.
    function test_signers_of_a_drill_that_something_was_paid_under_lose_all() external {
        Body memory body = _lie();
        Signer[] memory signers = _signers(7);
        _exit(0, body, 7);
        _contest();
        _reveal();
        _end();
        fast.settle(body, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "all of it");
    }

    /// Who commits once its lie is out, and asserts the same root again, has made a drill of the second assertion only.
    function test_a_lie_does_not_become_a_drill_afterwards() external {
        _add(_plain(bob, 1 ether));
        _claim();
        IAssertionGame first = game;
        Body memory body = _body(first);
        Signer[] memory signers = _signers(7);
        fast.certify(body, _votes(body, 7));
        _commit();
        _contest();
        _noDrill();
        _reveal();
        bytes32[] memory again = _flat(_outputRoot());
        again[0] = "another history";
        game = _assert(maker, NO_PARENT, again);
        _reveal();
        assertTrue(book.isDrill(address(game), 0, body.batchAcc, body.outputRoot), "the second");
        assertFalse(book.isDrill(address(first), 0, body.batchAcc, body.outputRoot), "not the first");
        _end();
        fast.settle(body, rival, signers);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "all of it");
    }

    // --- drills

    function test_a_bounty_that_is_too_small_is_refused_and_a_hash_is_taken_once() external {
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_SmallBounty.selector, PENALTY - 1, PENALTY));
        vm.prank(maker);
        book.commitDrill{value: PENALTY - 1}("hash");
        vm.deal(maker, type(uint256).max);
        vm.expectPartialRevert(IDrills.Drills_SmallBounty.selector);
        vm.prank(maker);
        book.commitDrill{value: uint256(1) << 128}("hash");
        vm.prank(maker);
        book.commitDrill{value: PENALTY}("hash");
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_Known.selector, bytes32("hash")));
        vm.prank(maker);
        book.commitDrill{value: PENALTY}("hash");
    }

    function test_a_drill_is_revealed_once_by_its_maker_when_another_root_is_asserted() external {
        _lie();
        rival = game;
        // Nobody said otherwise.
        _noDrill();
        _reveal();
        _contest();
        vm.expectPartialRevert(IDrills.Drills_WrongDrill.selector);
        vm.prank(bob);
        book.revealDrill(SALT, game, rival);
        vm.expectPartialRevert(IDrills.Drills_WrongDrill.selector);
        vm.prank(maker);
        book.revealDrill("other salt", game, rival);
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_NoDrill.selector, address(this)));
        vm.prank(maker);
        book.revealDrill(SALT, IAssertionGame(address(this)), rival);
        _noDrill();
        vm.prank(maker);
        book.revealDrill(SALT, game, IAssertionGame(address(this)));
        // Another batch's.
        _appendNext(1);
        IAssertionGame next = _assert(bob, game, _flat("next"));
        _noDrill();
        vm.prank(maker);
        book.revealDrill(SALT, game, next);
        _reveal();
        assertEq(book.drillOf(commitment).game, address(game), "named");
        _wrong(commitment);
        _reveal();
    }

    function test_an_assertion_is_the_drill_of_one() external {
        _add(_plain(bob, 1 ether));
        bytes32 other = keccak256(abi.encode(watcher, SALT, uint256(0), inbox.batchAcc(1), _outputRoot()));
        vm.deal(watcher, 1 ether);
        vm.prank(watcher);
        book.commitDrill{value: 1 ether}(other);
        _commit();
        _claim();
        _contest();
        _reveal();
        _wrong(other);
        vm.prank(watcher);
        book.revealDrill(SALT, game, rival);
    }

    function test_a_drill_that_is_right_loses_its_bounty() external {
        _lie();
        rival = _assert(bob, NO_PARENT, _flat("wrong"));
        _reveal();
        IAssertionGame lie = game;
        bytes32[] memory leaves = _flat(game.rootClaim());
        _bisect(maker, lie.tournament(), leaves, 0, 2);
        _pass(CHALLENGE_PERIOD + 1);
        _updateTop(lie.tournament(), leaves);
        lie.resolve();
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_NotDecided.selector, address(lie)));
        book.decideDrill(lie, lie);
        _pass(FINALITY_DELAY);
        uint256 before = BURN.balance;
        book.decideDrill(lie, lie);
        assertEq(BURN.balance - before, BOUNTY, "burned");
        assertEq(address(book).balance, 0, "nothing is left");
        _wrong(commitment);
        book.decideDrill(lie, lie);
    }

    /// Its root stands already.
    function test_an_accepted_root_is_no_drill() external {
        _lie();
        rival = _assert(bob, NO_PARENT, _flat("wrong"));
        bytes32[] memory leaves = _flat(game.rootClaim());
        _bisect(maker, game.tournament(), leaves, 0, 2);
        _pass(CHALLENGE_PERIOD + 1);
        _updateTop(game.tournament(), leaves);
        game.resolve();
        _noDrill();
        _reveal();
        vm.warp(book.drillOf(commitment).expiresAt + 1);
        book.expireDrill(commitment);
        assertEq(address(book).balance, 0, "burned");
    }

    function test_a_drill_that_is_not_revealed_in_time_loses_its_bounty() external {
        _lie();
        _contest();
        uint64 until = book.drillOf(commitment).expiresAt;
        assertEq(until, book.drillOf(commitment).committedAt + UNBONDING, "as long as stake is bound");
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_OutOfTime.selector, until));
        book.expireDrill(commitment);
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_OutOfTime.selector, until));
        _reveal();
        uint256 before = BURN.balance;
        book.expireDrill(commitment);
        assertEq(BURN.balance - before, BOUNTY, "burned");
        _wrong(commitment);
        book.expireDrill(commitment);
        _wrong("none");
        book.expireDrill("none");
    }

    function test_a_drill_that_is_never_decided_is_not_stuck() external {
        _lie();
        _contest();
        _reveal();
        uint64 end = book.drillOf(commitment).expiresAt + UNBONDING;
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_OutOfTime.selector, end));
        book.expireDrill(commitment);
        vm.warp(end + 1);
        book.expireDrill(commitment);
        assertEq(address(book).balance, 0, "burned");
    }

    // --- alarms

    function test_the_first_right_alarm_earns_the_bounty() external {
        _lie();
        _alarm(bob, LIE);
        _alarm(watcher, "right");
        _alarm(alice, "right");
        _contest();
        _pass(1);
        _reveal();
        _end();
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_WrongDrill.selector, commitment));
        vm.prank(alice);
        book.revealAlarm(game, "right", SALT);
        book.decideDrill(game, rival);
        _wrong(commitment);
        book.decideDrill(game, rival);
        uint64 until = book.drillOf(commitment).closesAt;
        assertEq(until, block.timestamp + REVEAL_TIME, "time for alarms");
        _raise(alice);
        assertEq(book.drillOf(commitment).winner, alice, "so far");
        _raise(watcher);
        assertEq(book.drillOf(commitment).winner, watcher, "an earlier one");
        vm.expectRevert(IDrills.Drills_Nothing.selector);
        _raise(alice);
        bytes32 false_ = keccak256(abi.encode(bob, game, LIE, SALT));
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_WrongAlarm.selector, false_));
        vm.prank(bob);
        book.revealAlarm(game, LIE, SALT);
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_OutOfTime.selector, until));
        book.closeDrill(game);
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_OutOfTime.selector, until));
        _raise(watcher);
        vm.expectEmit(address(book));
        emit IDrills.DrillClosed(commitment, watcher, BOUNTY);
        book.closeDrill(game);
        vm.prank(watcher);
        book.claimCredit(watcher);
        assertEq(watcher.balance, BOUNTY, "paid");
        assertEq(address(book).balance, 0, "nothing is left");
        _wrong(commitment);
        book.closeDrill(game);
        vm.expectRevert(IDrills.Drills_Nothing.selector);
        vm.prank(watcher);
        book.claimCredit(watcher);
    }

    /// The maker knows before anybody can, and everybody after the reveal.
    function test_an_alarm_before_the_assertion_or_after_the_reveal_earns_nothing() external {
        _add(_plain(bob, 1 ether));
        _commit();
        game = _assert(proposer, NO_PARENT, _outputRoot());
        _alarm(maker, "right");
        _pass(1);
        _contest();
        _reveal();
        _alarm(watcher, "right");
        _pass(1);
        _alarm(alice, "right");
        _end();
        book.decideDrill(game, rival);
        address[3] memory who = [maker, watcher, alice];
        for (uint256 i = 0; i < 3; i++) {
            vm.expectPartialRevert(IDrills.Drills_WrongAlarm.selector);
            _raise(who[i]);
        }
        vm.warp(book.drillOf(commitment).closesAt + 1);
        book.closeDrill(game);
        assertEq(book.credit(maker), BOUNTY, "back to the maker");
    }

    function test_alarms_are_counted() external {
        book.commitAlarm("one");
        book.commitAlarm("two");
        assertEq(book.alarmOf("two").number, 2, "in order");
        assertEq(book.alarmOf("two").committedAt, block.timestamp, "when");
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_Known.selector, bytes32("one")));
        book.commitAlarm("one");
        _wrong(0);
        book.revealAlarm(IAssertionGame(address(1)), "right", SALT);
    }

    function test_a_maker_that_takes_nothing_loses_nothing() external {
        Maker refusing = new Maker();
        maker = address(refusing);
        _add(_plain(bob, 1 ether));
        commitment = _hash();
        vm.deal(address(this), 10 ether);
        refusing.commit{value: BOUNTY}(book, commitment);
        _pass(1);
        _claim();
        _contest();
        _reveal();
        _end();
        book.decideDrill(game, rival);
        _pass(REVEAL_TIME + 1);
        book.closeDrill(game);
        vm.expectRevert(abi.encodeWithSelector(IDrills.Drills_TransferFailed.selector, maker));
        refusing.claim(book);
        vm.prank(maker);
        book.claimCredit(alice);
        assertEq(address(book).balance, 0, "elsewhere");
    }

    function test_parameters_of_zero_are_refused() external {
        vm.expectRevert(IDrills.Drills_Nothing.selector);
        new Drills(stakes, registry, 0, 1);
        vm.expectRevert(IDrills.Drills_Nothing.selector);
        new Drills(stakes, registry, 1, 0);
    }
}
