// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GameStatus} from "../../src-sol/shared/Types.sol";
import {Attestation, Body} from "../../src-sol/network/NetworkMessages.sol";
import {IDiligence} from "../../src-sol/network/interfaces/IDiligence.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {Dispute} from "../base/Dispute.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";
import {StakeSetup} from "./StakeSetup.sol";

/// @notice Seven verifiers, of whom two derive nothing, that check in, are drawn, answer or not, and are slashed in any order, with ether that comes and
/// goes. What comes to nothing is discarded: forge counts it as such, and draws another.
contract DiligenceWorld is DiligenceSetup {
    uint256 private constant MOST = 12;
    address private constant FINDER = address(0xf1d);

    /// @dev What a verifier checked in: first batch and number.
    mapping(uint64 epoch => mapping(uint256 verifier => uint256[2])) private _said;
    mapping(uint64 epoch => mapping(uint256 verifier => IDiligence.Answer)) private _answers;
    bytes32[] private _commitments;
    uint256 private _lies;
    uint256 private _portalStart;
    uint256 private _burnStart;
    uint256 public paidIn;
    uint256 public paidOut;

    constructor() {
        setUp();
        (lazy[0], lazy[3]) = (true, true);
        _portalStart = address(portal).balance;
        _burnStart = BURN.balance;
        paidIn = VERIFIERS * STAKE;
        vm.deal(FINDER, 0);
    }

    function _oneIn() internal pure override returns (uint32) {
        return 2;
    }

    // --- ether

    function give(uint256 amount) external {
        amount = bound(amount, 1, 3 ether);
        _give(amount);
        paidIn += amount;
    }

    function enter(uint256 i, uint256 amount) external {
        i %= VERIFIERS;
        vm.assume(stakes.memberOf(VERIFIER, _member(i)).leavingAt == 0);
        amount = bound(amount, 1 ether, 9 ether);
        _enter(i, amount);
        paidIn += amount;
    }

    function depart(uint256 i) external {
        i %= VERIFIERS;
        IStakeRegistry.Member memory member = stakes.memberOf(VERIFIER, _member(i));
        vm.assume(member.key != address(0) && member.locks == 0);
        if (member.leavingAt == 0) {
            vm.assume(i > 4);
            _leave(i);
            return;
        }
        if (block.timestamp < member.leavingAt) vm.warp(member.leavingAt);
        uint256 before = _member(i).balance;
        vm.prank(_member(i));
        stakes.withdraw(VERIFIER, _member(i));
        paidOut += _member(i).balance - before;
    }

    function claim(uint256 i) external {
        for (uint256 n = 0; n <= VERIFIERS; n++) {
            uint256 at = ((i % (VERIFIERS + 1)) + n) % (VERIFIERS + 1);
            address account = at == VERIFIERS ? FINDER : _member(at);
            uint256 amount = diligence.credit(account);
            if (amount == 0) continue;
            vm.prank(account);
            diligence.claimCredit(account);
            paidOut += amount;
            return;
        }
        vm.assume(false);
    }

    function pass(uint256 time) external {
        _pass(bound(time, 1, 700));
    }

    // --- batches

    function derive() external {
        vm.assume(derived.length < MOST);
        _derive();
    }

    function accept() external {
        vm.assume(derived.length != 0 && derived[derived.length - 1].game.status() == GameStatus.IN_PROGRESS);
        _acceptAll();
    }

    function _acceptAll() private {
        _pass(CHALLENGE_PERIOD + 1);
        for (uint256 i = 0; i < derived.length; i++)
            if (derived[i].game.status() == GameStatus.IN_PROGRESS) derived[i].game.resolve();
        _pass(FINALITY_DELAY);
    }

    // --- duties

    /// A whole round, in which each verifier does its part or not.
    function work(uint256 seed) external {
        vm.assume(derived.length < MOST);
        uint64 epoch = stakes.currentEpoch();
        _derive();
        _nextEpoch();
        bool any = false;
        for (uint256 i = 0; i < VERIFIERS; i++)
            if ((seed >> i) & 1 == 1 && _canCheckIn(i, epoch)) {
                _tell(i, epoch, (seed >> (8 + i)) & 7 == 0);
                any = true;
            }
        _nextEpoch();
        if (!any) return;
        _draw(epoch, bytes32(seed));
        for (uint256 i = 0; i < VERIFIERS; i++)
            if ((seed >> (20 + i)) & 1 == 1 && diligence.pickOf(epoch, _member(i)).drawn) _answer(i, epoch);
    }

    function checkIn(uint256 i, uint256 seed) external {
        uint64 epoch = stakes.currentEpoch() - 1;
        i %= VERIFIERS;
        vm.assume(epoch != 0 && _canCheckIn(i, epoch));
        _tell(i, epoch, seed % 8 == 0);
    }

    function draw(bytes32 randao) external {
        uint64 current = stakes.currentEpoch();
        for (uint64 epoch = current > 8 ? current - 8 : 1; epoch + 2 <= current; epoch++) {
            (address[] memory members, ) = diligence.checkedIn(epoch);
            if (members.length == 0 || diligence.epochOf(epoch).seed != 0) continue;
            _draw(epoch, randao);
            return;
        }
        vm.assume(false);
    }

    function miss(uint256 seed) external {
        (uint64 epoch, uint256 i, bool found) = _find(seed, IDiligence.Status.CheckedIn);
        vm.assume(found);
        vm.prank(FINDER);
        diligence.missed(epoch, _member(i));
    }

    function absent(uint256 seed) external {
        (uint64 epoch, uint256 i, bool found) = _find(seed, IDiligence.Status.None);
        vm.assume(found);
        vm.prank(FINDER);
        diligence.absent(epoch, _key(i));
    }

    function disprove(uint256 seed) external {
        (uint64 epoch, uint256 i, bool found) = _find(seed, IDiligence.Status.Revealed);
        vm.assume(found);
        IDiligence.Answer memory its = _answers[epoch][i];
        Derived storage batch = derived[its.batchIndex];
        if (batch.game.status() == GameStatus.IN_PROGRESS) _acceptAll();
        uint256 position = its.blockNumber - batch.firstBlock;
        bytes32[] memory path = _historyPath(_historyOf(its.batchIndex), position);
        vm.prank(FINDER);
        diligence.disprove(epoch, _member(i), its, batch.game, batch.outputs[position], path);
    }

    function contradict(uint256 i) external {
        i %= 3;
        vm.assume(derived.length != 0 && _isBound(i, derived[0].epoch));
        uint256 batch = derived.length - 1;
        bytes32 other = bytes32(i + 1);
        Attestation memory a = _attestationOf(batch, _blocksRoot(i, batch));
        Attestation memory b = _attestationOf(batch, other);
        bytes memory signatureA = _blocksSignature(i, batch);
        bytes memory signatureB = _sign(_secret(i), _digest(_bodyOf(batch), other));
        vm.prank(FINDER);
        try diligence.contradict(a, signatureA, b, signatureB) {} catch {
            vm.assume(false);
        }
    }

    /// Fast exits take stake too.
    function wrong(uint256 i) external {
        i %= VERIFIERS;
        vm.assume(derived.length != 0 && derived[0].game.status() == GameStatus.DEFENDER_WINS && _lies < 6);
        Body memory body = _bodyOf(0);
        // What it lies about now is in the name of an epoch that it answers for.
        body.epoch = stakes.memberOf(VERIFIER, _member(i)).since;
        vm.assume(body.epoch != 0);
        body.outputRoot = keccak256(abi.encode("lie", _lies++));
        Attestation memory attestation = _attestation(i, body);
        bytes memory signature = _attest(i, body);
        vm.prank(FINDER);
        fast.slashWrong(attestation, signature, derived[0].game);
    }

    function close(uint256 seed) external {
        uint64 current = stakes.currentEpoch();
        for (uint64 n = 0; n < current; n++) {
            uint64 epoch = 1 + (uint64((seed % current) + n) % current);
            if (diligence.epochOf(epoch).closed) continue;
            try diligence.close(epoch) {
                return;
            } catch {}
        }
        vm.assume(false);
    }

    // --- drills

    function drill(uint256 amount) external {
        amount = bound(amount, PENALTY, 1 ether);
        bytes32 commitment = keccak256(abi.encode(_commitments.length));
        _commitments.push(commitment);
        vm.deal(alice, amount);
        vm.prank(alice);
        book.commitDrill{value: amount}(commitment);
        paidIn += amount;
    }

    function expire(uint256 at) external {
        vm.assume(_commitments.length != 0);
        at %= _commitments.length;
        vm.assume(book.drillOf(_commitments[at]).bounty != 0);
        if (block.timestamp <= book.drillOf(_commitments[at]).expiresAt)
            vm.warp(book.drillOf(_commitments[at]).expiresAt + 1);
        book.expireDrill(_commitments[at]);
    }

    // --- what must hold

    function books() external view returns (uint256[4] memory held, uint256[4] memory balances) {
        address[] memory accounts = _verifiers();
        accounts[VERIFIERS] = FINDER;
        held[0] = _heldByDiligence(accounts);
        for (uint256 i = 0; i < _commitments.length; i++) held[1] += book.drillOf(_commitments[i]).bounty;
        held[2] = fast.insurance(address(0)) + fast.credit(address(0), FINDER);
        held[3] = stakes.seized(address(diligence), address(0)) + stakes.seized(address(fast), address(0));
        for (uint256 i = 0; i < VERIFIERS; i++) held[3] += stakes.memberOf(VERIFIER, _member(i)).stake;
        balances = [address(diligence).balance, address(book).balance, address(fast).balance, address(stakes).balance];
    }

    /// What left for good.
    function gone() external view returns (uint256) {
        return paidOut + BURN.balance - _burnStart + address(portal).balance - _portalStart;
    }

    function pots() external view returns (uint256 left) {
        for (uint64 epoch = 1; epoch < stakes.currentEpoch(); epoch++)
            if (diligence.epochOf(epoch).closed) left += diligence.potOf(epoch);
    }

    /// A member that was drawn, too late to answer, with this status of its check-in.
    function _find(uint256 seed, IDiligence.Status status) private view returns (uint64 epoch, uint256 i, bool found) {
        uint64 current = stakes.currentEpoch();
        for (epoch = 1; epoch < current; epoch++) {
            uint64 until = diligence.epochOf(epoch).revealUntil;
            if (until == 0 || block.timestamp <= until) continue;
            for (uint256 m = 0; m < VERIFIERS; m++) {
                i = ((seed % VERIFIERS) + m) % VERIFIERS;
                if (status == IDiligence.Status.Revealed && !lazy[i]) continue;
                if (diligence.checkInOf(epoch, _member(i)).status != status || !_isBound(i, epoch)) continue;
                if (!diligence.isDrawn(epoch, _member(i))) continue;
                if (diligence.checkInOf(epoch, _member(i)).count != 0) return (epoch, i, true);
                if (status == IDiligence.Status.None && stakes.weightAt(VERIFIER, _key(i), epoch) == 0) continue;
                if (diligence.hadBatches(epoch)) return (epoch, i, true);
            }
        }
    }

    function _canCheckIn(uint256 i, uint64 epoch) private view returns (bool) {
        return
            _isBound(i, epoch) &&
            stakes.weightAt(VERIFIER, _key(i), epoch) != 0 &&
            diligence.checkInOf(epoch, _member(i)).status == IDiligence.Status.None;
    }

    /// Checks in what there is of an epoch, or batches that there are not.
    function _tell(uint256 i, uint64 epoch, bool boast) private {
        (uint256 first, uint256 count) = (0, 0);
        for (uint256 n = 0; n < derived.length; n++)
            if (derived[n].epoch == epoch) {
                if (count == 0) first = n;
                count++;
            }
        if (boast) {
            vm.prank(_key(i));
            diligence.checkIn(epoch, _key(i), "boast", 0, 50);
            return;
        }
        _said[epoch][i] = [first, count];
        _checkIn(i, epoch, first, count);
    }

    function _answer(uint256 i, uint64 epoch) private {
        uint256[2] memory said = _said[epoch][i];
        if (said[1] == 0) return;
        (IDiligence.Opening memory o, IDiligence.Answer memory its) = _opening(i, epoch, said[0], said[1]);
        diligence.reveal(epoch, _member(i), o);
        _answers[epoch][i] = its;
    }

    function _isBound(uint256 i, uint64 epoch) private view returns (bool) {
        IStakeRegistry.Member memory member = stakes.memberOf(VERIFIER, _member(i));
        return member.key != address(0) && member.since <= epoch;
    }
}

contract DiligenceInvariantsTest is StakeSetup {
    DiligenceWorld private world;

    function setUp() public override {
        world = new DiligenceWorld();
        targetContract(address(world));
        excludeSelector(address(world), Dispute.setUp.selector);
    }

    /// I5: what comes in is held for somebody, burned or paid, in each of the four contracts and in all of them together.
    /// forge-config: default.invariant.runs = 8
    /// forge-config: long.invariant.runs = 100000
    function invariant_noWeiIsLost() external view {
        (uint256[4] memory held, uint256[4] memory balances) = world.books();
        assertEq(held[0], balances[0], "diligence");
        assertEq(held[1], balances[1], "drills");
        assertEq(held[2], balances[2], "fast exits");
        assertEq(held[3], balances[3], "registry");
        uint256 all = balances[0] + balances[1] + balances[2] + balances[3];
        assertEq(world.paidIn(), all + world.gone(), "in = held + burned + out");
        assertEq(world.pots(), 0, "what is closed is empty");
    }
}
