// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OptimismPortal} from "../../src-sol/l1/OptimismPortal.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {Diligence} from "../../src-sol/network/Diligence.sol";
import {Drills} from "../../src-sol/network/Drills.sol";
import {FastExits} from "../../src-sol/network/FastExits.sol";
import {FeeSplitter} from "../../src-sol/network/FeeSplitter.sol";
import {Attestation, Body, Signer, Vote} from "../../src-sol/network/NetworkMessages.sol";
import {StakeRegistry} from "../../src-sol/network/StakeRegistry.sol";
import {IDiligence} from "../../src-sol/network/interfaces/IDiligence.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {BatchHeader, OutputRootProof, WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";
import {StakeSetup} from "./StakeSetup.sol";

/// @notice Ten accounts, some of which stake, and the actions of a trace that `tools/network` made: the same that its model and the contracts on anvil were
/// given. Numbers of kinds, durations and the order of sums are as in tools/network/src/books.
contract BooksWorld is DiligenceSetup {
    struct Certificate {
        uint256 claim;
        Body body;
    }

    /// @notice What a verifier checked in: from a claim on so many, of which there are so many.
    struct Told {
        uint256 first;
        uint256 count;
        uint256 there;
        bool answered;
    }

    /// @notice A drill that a member committed to: the claim of this number, if it has this root.
    struct Commitment {
        bytes32 hash;
        bytes32 salt;
        uint256 claim;
    }

    uint256 private constant ACTORS = 10;
    address private constant FINDER = address(0xf1d);
    address private constant OTHER = address(0x07e3);
    address private constant RECIPIENT = address(0xfee5);

    FeeSplitter private _splitter;
    Certificate[] private _certificates;
    mapping(uint256 => Signer[]) private _signersOf;
    IAssertionGame[] private _winners;
    IDisputeGame private _parent;
    bool private _open;
    uint256 private _origin;
    uint256 private _now = 2_000;
    uint256 private _burned;
    Commitment[] private _commitments;
    /// @dev The rival of a claim, and whether it wins.
    mapping(uint256 claim => IAssertionGame) private _rivals;
    bool private _rivalWins;
    mapping(uint64 epoch => mapping(uint256 verifier => Told)) private _told;
    mapping(uint64 epoch => mapping(uint256 verifier => IDiligence.Answer)) private _answers;
    bytes32 public digest;
    uint256 public allowed;

    constructor() {
        setUp();
        for (uint256 i = 0; i < ACTORS; i++) _sortIn(i);
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, OTHER, true);
        _splitter = new FeeSplitter(address(diligence), RECIPIENT);
        _origin = stakes.epochStart();
        vm.deal(address(portal), 1e24);
        token.mint(address(this), 1e9);
        token.approve(address(bridge), 1e9);
        bridge.donateERC20(address(token), REMOTE, 1e9 - bridge.deposits(address(token), REMOTE));
        for (uint256 i = 0; i < ACTORS; i++) {
            token.mint(_member(i), 1e21);
            vm.prank(_member(i));
            token.approve(address(stakes), 1e21);
            vm.deal(_member(i), 1e24);
        }
        token.mint(alice, 1e21);
        vm.prank(alice);
        token.approve(address(fast), 1e21);
        address[3] memory rich = [alice, proposer, bob];
        for (uint256 i = 0; i < rich.length; i++) vm.deal(rich[i], 1e24);
    }

    function _count() internal pure override returns (uint256) {
        return 0;
    }

    function _role() internal pure override returns (IStakeRegistry.RoleParameters memory) {
        return IStakeRegistry.RoleParameters(MIN_STAKE, 4_000, 8, 300_000);
    }

    function _revealTime() internal pure override returns (uint64) {
        return 800;
    }

    /// @notice Does an action, and puts what came of it into the digest. A call of its own, so that its memory is gone after it.
    function step(uint8 kind, uint8 a, uint16 b, uint128 amount) external {
        uint256 burned = BURN.balance;
        bool ok = _act(kind, a, b, amount);
        if (kind != 11) _burned += BURN.balance - burned;
        _now +=
            kind == 0
                ? amount
                : kind == 11
                    ? 150
                    : kind == 8
                        ? 30
                        : 8;
        digest = keccak256(abi.encode(digest, ok, sums()));
        if (ok) allowed++;
    }

    function _act(uint8 kind, uint256 a, uint256 b, uint256 amount) private returns (bool) {
        if (kind == 0) return true;
        _at(1);
        if (kind == 8) return _claim(amount);
        if (kind == 9) return _certify(b);
        if (kind == 10) return _exit(a, b);
        if (kind == 11) return _decide();
        if (kind == 33) return _rival(a == 0);
        if (kind > 33) return _drill(kind, a, b, amount);
        if (kind == 17) return _takeStake(a, amount);
        if (kind == 16) return _equivocate(a);
        if (kind == 31) return _try(alice, address(_splitter), amount, "");
        if (kind == 32) {
            // It takes its part, or refuses it: PUSH0 PUSH0 REVERT.
            vm.etch(RECIPIENT, a == 1 ? bytes(hex"5f5ffd") : bytes(""));
            return _try(alice, address(_splitter), 0, abi.encodeCall(FeeSplitter.split, ()));
        }
        if (kind > 18) return _diligence(kind, a, uint64(b), amount);
        if (kind >= 12 && kind < 16) return b < _certificates.length && _settlement(kind, a, b);
        if (kind == 18)
            return
                _try(
                    a == ACTORS ? FINDER : _member(a),
                    address(fast),
                    0,
                    abi.encodeCall(FastExits.claimCredit, (b == 0 ? address(0) : address(token), address(0xc4ed)))
                );
        return _try(_member(a), address(stakes), kind < 3 ? amount : 0, _stakeCall(kind, a, amount));
    }

    /// @dev Calls of the registry by a member.
    function _stakeCall(uint8 kind, uint256 a, uint256 amount) private view returns (bytes memory) {
        address member = _member(a);
        if (kind == 1) {
            bytes memory proof = _sign(_secret(a), stakes.keyDigest(member));
            return abi.encodeCall(StakeRegistry.join, (VERIFIER, _key(a), "https://verifier.example", proof));
        }
        if (kind == 2) return abi.encodeCall(StakeRegistry.stake, (VERIFIER));
        if (kind == 3) return abi.encodeCall(StakeRegistry.stakeToken, (VERIFIER, address(token), amount));
        if (kind == 4) return abi.encodeCall(StakeRegistry.leave, (VERIFIER));
        if (kind == 5) return abi.encodeCall(StakeRegistry.withdraw, (VERIFIER, address(0xc4ed)));
        if (kind == 6) return abi.encodeCall(StakeRegistry.withdrawToken, (VERIFIER, address(token), address(0xc4ed)));
        return abi.encodeCall(StakeRegistry.takePlace, (VERIFIER, member));
    }

    function _settlement(uint8 kind, uint256 a, uint256 b) private returns (bool) {
        Certificate storage it = _certificates[b];
        IAssertionGame winner = _winners.length > it.claim ? _winners[it.claim] : IAssertionGame(it.body.game);
        bytes memory data;
        if (kind == 12) data = abi.encodeCall(FastExits.settle, (it.body, winner, _signersOf[b]));
        else if (kind == 13) data = abi.encodeCall(FastExits.refillToken, (_idOf(it.body), address(token), REMOTE));
        else if (kind == 14) {
            address asset = a == 0 ? address(0) : address(token);
            data = abi.encodeCall(FastExits.shareFees, (it.body, asset, _signersOf[b]));
        } else {
            data = abi.encodeCall(FastExits.slashWrong, (_attestation(a, it.body), _attest(a, it.body), winner));
        }
        return _try(FINDER, address(fast), 0, data);
    }

    function _equivocate(uint256 a) private returns (bool) {
        if (address(game) == address(0)) return false;
        Body memory one = _body(game);
        Body memory two = _body(game);
        two.outputRoot = LIE;
        return
            _try(
                FINDER,
                address(fast),
                0,
                abi.encodeCall(
                    FastExits.slashEquivocation,
                    (_attestation(a, one), _attest(a, one), _attestation(a, two), _attest(a, two))
                )
            );
    }

    function _takeStake(uint256 a, uint256 amount) private returns (bool) {
        uint256 before = OTHER.balance;
        bytes memory data = abi.encodeCall(StakeRegistry.slash, (VERIFIER, _member(a), amount));
        if (!_try(OTHER, address(stakes), 0, data)) return false;
        vm.startPrank(OTHER);
        stakes.collect(address(0));
        fast.insure{value: ((OTHER.balance - before) * 7 + 9) / 10}();
        vm.stopPrank();
        return true;
    }

    // --- claims

    function _claim(uint256 amount) private returns (bool) {
        if (_open) return false;
        _open = true;
        bytes32 root = _outputWith(amount);
        gameIndex = factory.gameCount();
        _at(2);
        game = _assert(proposer, _parent, root);
        Derived storage it = derived.push();
        (it.game, it.epoch, it.firstBlock) = (game, stakes.currentEpoch(), game.parentBlock() + 1);
        for (uint256 i = 0; i < 3; i++) it.outputs.push(root);
        _at(3);
        for (uint256 i = 0; i < 4; i++) _prove(i);
        return true;
    }

    /// @dev What the next claim asserts if it has this amount; appends its batch.
    function _outputWith(uint256 amount) private returns (bytes32) {
        uint256 number = derived.length;
        if (inbox.batchCount() == number) {
            BatchHeader memory header = _nextHeader(3, uint64(inbox.depositCount()));
            header.lastTimestamp = uint64(block.timestamp);
            _append(header, abi.encode("batch", number));
        }
        delete ws;
        _add(_plain(bob, amount));
        _add(_plain(bob, amount / 2 + number));
        _add(_etherMessage(2 * number, bob, amount / 3));
        _add(_tokenMessage(2 * number + 1, bob, 1 + (amount % 600)));
        return _outputRoot();
    }

    function _rightRoot(uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode("right", number));
    }

    /// @dev Asserts another root than the claim that is open; one of the two makes a move that is not answered.
    function _rival(bool wins) private returns (bool) {
        uint256 number = _winners.length;
        if (!_open || address(_rivals[number]) != address(0)) return false;
        bytes32[] memory leaves = _flat(_rightRoot(number));
        IAssertionGame rival = _assert(bob, _parent, leaves);
        (_rivals[number], _rivalWins) = (rival, wins);
        _at(2);
        _bisect(bob, rival.tournament(), wins ? leaves : _flat(game.rootClaim()), 0, 2);
        return true;
    }

    function _decide() private returns (bool) {
        if (!_open) return false;
        _open = false;
        IAssertionGame rival = _rivals[_winners.length];
        IAssertionGame winner = game;
        if (address(rival) != address(0)) {
            if (_rivalWins) winner = rival;
            _at(111);
            _updateTop(rival.tournament(), _flat(winner.rootClaim()));
        }
        _at(112);
        winner.resolve();
        _winners.push(winner);
        _parent = winner;
        return true;
    }

    // --- drills

    function _drill(uint8 kind, uint256 a, uint256 b, uint256 amount) private returns (bool) {
        address member = _member(a);
        if (kind == 34) return _commitDrill(member, amount);
        if (kind == 41) return _try(member, address(book), 0, abi.encodeCall(Drills.claimCredit, (address(0xc4ed))));
        if (kind == 35 || kind == 40) {
            if (b >= _commitments.length) return false;
            Commitment memory it = _commitments[b];
            if (kind == 40) return _try(FINDER, address(book), 0, abi.encodeCall(Drills.expireDrill, (it.hash)));
            IAssertionGame made = it.claim < derived.length ? derived[it.claim].game : IAssertionGame(address(0));
            bytes memory reveal = abi.encodeCall(Drills.revealDrill, (it.salt, made, _rivals[it.claim]));
            return _try(member, address(book), 0, reveal);
        }
        return b < derived.length && _alarm(kind, member, b, amount == 0 ? _rightRoot(b) : bytes32("wrong"));
    }

    /// @dev Alarms about a claim, and the end of the drill that it was.
    function _alarm(uint8 kind, address who, uint256 number, bytes32 root) private returns (bool) {
        IAssertionGame made = derived[number].game;
        bytes32 salt = "salt";
        if (kind == 36) {
            bytes32 commitment = keccak256(abi.encode(who, made, root, salt));
            return _try(who, address(book), 0, abi.encodeCall(Drills.commitAlarm, (commitment)));
        }
        if (kind == 37) return _try(who, address(book), 0, abi.encodeCall(Drills.revealAlarm, (made, root, salt)));
        IAssertionGame winner = number < _winners.length ? _winners[number] : made;
        bytes memory data = abi.encodeCall(Drills.closeDrill, (made));
        if (kind == 38) data = abi.encodeCall(Drills.decideDrill, (made, winner));
        return _try(FINDER, address(book), 0, data);
    }

    /// @dev Commits to a wrong assertion of the next batch.
    function _commitDrill(address maker, uint256 bounty) private returns (bool ok) {
        uint256 number = derived.length;
        WithdrawalTransaction[] memory before = ws;
        OutputRootProof memory proof = output;
        bytes32 root = _outputWith(bounty);
        (bytes32 acc, , , ) = inbox.batchAt(number + 1);
        // What is open has its withdrawals still.
        delete ws;
        for (uint256 i = 0; i < before.length; i++) ws.push(before[i]);
        output = proof;
        bytes32 salt = bytes32(_commitments.length);
        bytes32 commitment = keccak256(abi.encode(maker, salt, number, acc, root));
        _at(2);
        ok = _try(maker, address(book), bounty, abi.encodeCall(Drills.commitDrill, (commitment)));
        if (ok) _commitments.push(Commitment(commitment, salt, number));
    }

    // --- certificates

    function _certify(uint256 mask) private returns (bool) {
        if (!_open) return false;
        Body memory body = _body(game);
        Vote[] memory votes = new Vote[](ACTORS);
        Signer[] memory signers = new Signer[](ACTORS);
        uint256 count = 0;
        for (uint256 i = 0; i < ACTORS; i++) {
            if ((mask >> order[i]) & 1 == 0) continue;
            votes[count] = _vote(order[i], body);
            signers[count++] = Signer(_member(order[i]), stakes.memberOf(VERIFIER, _member(order[i])).stake);
        }
        assembly ("memory-safe") {
            mstore(votes, count)
            mstore(signers, count)
        }
        if (!_try(alice, address(fast), 0, abi.encodeCall(FastExits.certify, (body, votes)))) return false;
        for (uint256 i = 0; i < count; i++) _signersOf[_certificates.length].push(signers[i]);
        _certificates.push(Certificate(_winners.length, body));
        return true;
    }

    function _exit(uint256 which, uint256 b) private returns (bool) {
        if (b >= _certificates.length || _certificates[b].body.game != address(game)) return false;
        bytes memory data = abi.encodeCall(
            OptimismPortal.finalizeFast,
            (ws[which], alice, _certificates[b].body, new Vote[](0), _signersOf[b])
        );
        return _try(alice, address(portal), _etherFee(ws[which]), data);
    }

    // --- diligence

    function _diligence(uint8 kind, uint256 a, uint64 b, uint256 amount) private returns (bool) {
        if (kind == 19) return _try(alice, address(diligence), amount, "");
        if (kind == 20) return _tell(a, b, amount);
        if (kind == 21) return _drawNow(b);
        if (kind == 22) return _show(a, b);
        if (kind == 25) return _disprove(a, b);
        if (kind == 26) return b < derived.length && _contradict(a, b);
        if (kind == 29) {
            IFastExits named = IFastExits(a == 1 ? address(fast) : address(0));
            return _try(owner, address(portal), 0, abi.encodeCall(OptimismPortal.setFastExits, (named)));
        }
        if (kind == 30) {
            address who = a == ACTORS ? FINDER : _member(a);
            return _try(who, address(diligence), 0, abi.encodeCall(Diligence.claimCredit, (address(0xc4ed))));
        }
        bytes memory data = abi.encodeCall(Diligence.insure, ());
        if (kind == 23) data = abi.encodeCall(Diligence.missed, (b, _member(a)));
        if (kind == 24) data = abi.encodeCall(Diligence.absent, (b, _key(a)));
        if (kind == 27) data = abi.encodeCall(Diligence.close, (b));
        return _try(FINDER, address(diligence), 0, data);
    }

    /// @dev Checks in claims of an epoch, from the first on.
    function _tell(uint256 i, uint64 epoch, uint256 count) private returns (bool ok) {
        (uint256 first, uint256 there) = (0, 0);
        for (uint256 n = derived.length; n > 0 && derived[n - 1].epoch >= epoch; n--)
            if (derived[n - 1].epoch == epoch) (first, there) = (n - 1, there + 1);
        bytes32 root = "nobody's";
        if (count == 0) root = 0;
        else if (count <= there) root = _sortedRoot(_checkInLeaves(i, first, count));
        ok = _try(
            _member(i),
            address(diligence),
            0,
            abi.encodeCall(Diligence.checkIn, (epoch, _key(i), root, uint48(first), uint32(count)))
        );
        if (ok) _told[epoch][i] = Told(first, count, there, false);
    }

    function _drawNow(uint64 epoch) private returns (bool) {
        if (!_try(alice, address(diligence), 0, abi.encodeCall(Diligence.openDraw, (epoch)))) return false;
        uint64 at = diligence.epochOf(epoch).drawBlock;
        bytes memory header = _header(keccak256(abi.encode("randomness", epoch)));
        _at(4);
        vm.roll(at + 1);
        vm.setBlockhash(at, keccak256(header));
        return _try(alice, address(diligence), 0, abi.encodeCall(Diligence.draw, (epoch, header)));
    }

    function _show(uint256 i, uint64 epoch) private returns (bool ok) {
        Told memory told = _told[epoch][i];
        IDiligence.Opening memory o;
        IDiligence.Answer memory answer;
        if (told.count <= told.there && told.count != 0)
            (o, answer) = _opening(i, epoch, told.first, told.count);
            // Who has nothing to show tries it with something.
        else if (derived.length != 0) o.body = _bodyOf(derived.length - 1);
        ok = _try(FINDER, address(diligence), 0, abi.encodeCall(Diligence.reveal, (epoch, _member(i), o)));
        if (!ok) return false;
        _answers[epoch][i] = answer;
        _told[epoch][i].answered = true;
    }

    /// @dev Shows another output root in the history that won.
    function _disprove(uint256 i, uint64 epoch) private returns (bool) {
        Told memory told = _told[epoch][i];
        // The model does not know which of several batches was asked about.
        if (!told.answered || told.count != 1) return false;
        IDiligence.Answer memory answer = _answers[epoch][i];
        Derived storage it = derived[told.first];
        IAssertionGame winner = told.first < _winners.length ? _winners[told.first] : it.game;
        bytes32 root = winner.rootClaim();
        bytes32[] memory path = _historyPath(_flat(root), answer.blockNumber - it.firstBlock);
        return
            _try(
                FINDER,
                address(diligence),
                0,
                abi.encodeCall(Diligence.disprove, (epoch, _member(i), answer, winner, root, path))
            );
    }

    /// @dev Shows two trees of one assertion.
    function _contradict(uint256 i, uint256 batch) private returns (bool) {
        bytes32 root = "another's";
        Attestation memory a = _attestationOf(batch, _blocksRoot(i, batch));
        Attestation memory b = _attestationOf(batch, root);
        bytes memory signature = _sign(_secret(i), _digest(_bodyOf(batch), root));
        return
            _try(
                FINDER,
                address(diligence),
                0,
                abi.encodeCall(Diligence.contradict, (a, _blocksSignature(i, batch), b, signature))
            );
    }

    // --- books

    /// @notice Sums over what the contracts keep, and what they hold.
    function sums() public view returns (uint256[] memory all) {
        all = new uint256[](31);
        for (uint256 i = 0; i < ACTORS; i++) {
            IStakeRegistry.Member memory member = stakes.memberOf(VERIFIER, _member(i));
            all[0] += member.stake;
            all[1] += stakes.tokenStakeOf(VERIFIER, _member(i), address(token));
            all[2] += member.locks;
            all[13] += fast.credit(address(0), _member(i));
            all[14] += fast.credit(address(token), _member(i));
            all[22] += diligence.credit(_member(i));
            all[29] += book.credit(_member(i));
        }
        (address[] memory active, ) = stakes.activeOf(VERIFIER);
        all[3] = active.length;
        all[4] = stakes.totalWeightAt(VERIFIER, uint64(_now / EPOCH + 2));
        (all[5], all[6]) = (address(stakes).balance, token.balanceOf(address(stakes)));
        all[7] = stakes.seized(address(fast), address(token));
        (all[8], all[9]) = (fast.reserved(address(0)), fast.reserved(address(token)));
        (all[10], all[11]) = (fast.insurance(address(0)), fast.insurance(address(token)));
        all[12] = fast.owed();
        all[13] += fast.credit(address(0), FINDER);
        all[14] += fast.credit(address(token), FINDER);
        (all[15], all[16]) = (address(fast).balance, token.balanceOf(address(fast)));
        (all[17], all[18]) = (address(portal).balance, bridge.deposits(address(token), REMOTE));
        (all[19], all[20]) = (_burned, OTHER.balance);
        for (uint64 epoch = 1; epoch <= stakes.currentEpoch(); epoch++) all[21] += diligence.potOf(epoch);
        all[22] += diligence.credit(FINDER);
        (all[23], all[24]) = (diligence.uninsured(), address(diligence).balance);
        (all[25], all[26], all[27]) = (_splitter.owed(RECIPIENT), address(_splitter).balance, RECIPIENT.balance);
        for (uint256 i = 0; i < _commitments.length; i++) all[28] += book.drillOf(_commitments[i].hash).bounty;
        all[30] = address(book).balance;
    }

    /// @dev Goes to a time after the beginning of the action, seconds.
    function _at(uint256 time) private {
        vm.roll(block.number + 1);
        vm.warp(_origin + _now + time);
    }

    function _try(address from, address to, uint256 value, bytes memory data) private returns (bool ok) {
        vm.prank(from);
        (ok, ) = to.call{value: value}(data);
    }
}

contract NetworkBooksTest is StakeSetup {
    // A name that forge knows.
    // solhint-disable-next-line event-name-capwords
    event log_named_uint(string key, uint256 value);

    function setUp() public override {}

    /// @notice The contracts do what the model did, action by action: the digest is over what was allowed and over all sums after each. The trace is that of
    /// the fixture, or of `npm run network -- books`.
    function test_aTraceOfTheModelGivesTheSameBooks() external {
        string memory json = vm.readFile(vm.envOr("BOOKS_TRACE", string("test-sol/fixtures/books.json")));
        bytes memory trace = vm.parseJsonBytes(json, ".trace");
        BooksWorld world = new BooksWorld();
        for (uint256 at = 0; at < trace.length; at += 20) {
            uint256 word;
            assembly ("memory-safe") {
                word := shr(96, mload(add(add(trace, 32), at)))
            }
            world.step(uint8(word >> 152), uint8(word >> 144), uint16(word >> 128), uint128(word));
        }
        uint256[] memory got = world.sums();
        for (uint256 i = 0; i < got.length; i++) emit log_named_uint("sum", got[i]);
        emit log_named_uint("actions", trace.length / 20);
        emit log_named_uint("allowed", world.allowed());
        uint256[] memory expected = abi.decode(vm.parseJsonBytes(json, ".sums"), (uint256[]));
        for (uint256 i = 0; i < got.length; i++) assertEq(got[i], expected[i], "sum");
        assertEq(world.digest(), vm.parseJsonBytes32(json, ".digest"), "after some action");
    }
}
