// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {FeeSplitter} from "../../src-sol/network/FeeSplitter.sol";
import {Attestation} from "../../src-sol/network/NetworkMessages.sol";
import {IDiligence} from "../../src-sol/network/interfaces/IDiligence.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";

/// @notice What draws, drills and rewards cost.
contract DiligenceGasTest is DiligenceSetup {
    function _cool() internal {
        vm.cool(address(diligence));
        vm.cool(address(book));
        vm.cool(address(stakes));
        vm.cool(address(fast));
        if (derived.length != 0) vm.cool(address(derived[0].game));
    }

    function _measure(string memory what) internal {
        vm.snapshotGasLastCall("gas", what);
    }

    /// A batch of three blocks; a level of a tree more costs about 900 gas more.
    function test_gas_of_duties() external {
        uint64 epoch = stakes.currentEpoch();
        _derive();
        lazy[0] = true;
        _give(1 ether);
        _nextEpoch();
        bytes32 root = _sortedRoot(_checkInLeaves(0, 0, 1));
        address key = _key(0);
        _checkIn(1, epoch, 0, 1);
        _cool();
        vm.prank(key);
        diligence.checkIn(epoch, key, root, 0, 1);
        _measure("diligence, check in");
        _nextEpoch();
        _cool();
        diligence.openDraw(epoch);
        _measure("diligence, fix a block");
        uint64 at = diligence.epochOf(epoch).drawBlock;
        vm.roll(at + 1);
        bytes memory header = _header("randao");
        vm.setBlockhash(at, keccak256(header));
        _cool();
        diligence.draw(epoch, header);
        _measure("diligence, draw");
        (IDiligence.Opening memory o, IDiligence.Answer memory answer) = _opening(0, epoch, 0, 1);
        address member = _member(0);
        _cool();
        diligence.reveal(epoch, member, o);
        _measure("diligence, reveal");
        _pass(REVEAL_TIME + 1);
        member = _member(1);
        _cool();
        diligence.missed(epoch, member);
        _measure("diligence, miss");
        _pass(CHALLENGE_PERIOD);
        IAssertionGame game_ = derived[0].game;
        game_.resolve();
        _pass(FINALITY_DELAY);
        uint256 position = answer.blockNumber - derived[0].firstBlock;
        bytes32[] memory path = _historyPath(_historyOf(0), position);
        bytes32 right_ = derived[0].outputs[position];
        member = _member(0);
        _cool();
        diligence.disprove(epoch, member, answer, game_, right_, path);
        _measure("diligence, disprove");
        _cool();
        diligence.claimCredit(address(0xc1a1));
        _measure("diligence, claim");
    }

    function test_gas_of_a_contradiction() external {
        _derive();
        Attestation memory a = _attestationOf(0, _blocksRoot(0, 0));
        bytes memory signatureA = _blocksSignature(0, 0);
        Attestation memory b = _attestationOf(0, "another");
        bytes memory signatureB = _sign(_secret(0), _digest(_bodyOf(0), "another"));
        _cool();
        diligence.contradict(a, signatureA, b, signatureB);
        _measure("diligence, contradict");
    }

    function test_gas_of_drills() external {
        address maker = alice;
        _add(_plain(bob, 1 ether));
        bytes32 hash = keccak256(abi.encode(maker, bytes32("salt"), uint256(0), inbox.batchAcc(1), _outputRoot()));
        _cool();
        vm.prank(maker);
        book.commitDrill{value: 1 ether}(hash);
        _measure("drill, commit");
        _pass(1);
        _claim();
        bytes32 alarm = keccak256(abi.encode(bob, game, bytes32("right"), bytes32("salt")));
        book.commitAlarm("other");
        _cool();
        book.commitAlarm(alarm);
        _measure("alarm, commit");
        _pass(1);
        IAssertionGame rival = _assert(bob, NO_PARENT, _flat("right"));
        _cool();
        vm.prank(maker);
        book.revealDrill("salt", game, rival);
        _measure("drill, reveal");
        _bisect(bob, rival.tournament(), _flat("right"), 0, 2);
        _pass(CHALLENGE_PERIOD + 1);
        _updateTop(rival.tournament(), _flat("right"));
        rival.resolve();
        _pass(FINALITY_DELAY);
        _cool();
        book.decideDrill(game, rival);
        _measure("drill, decide");
        _cool();
        vm.prank(bob);
        book.revealAlarm(game, "right", "salt");
        _measure("alarm, reveal");
        _pass(REVEAL_TIME + 1);
        _cool();
        book.closeDrill(game);
        _measure("drill, close");
    }

    function test_gas_of_fees() external {
        FeeSplitter splitter = new FeeSplitter(address(diligence), alice);
        vm.deal(address(splitter), 10 ether);
        _cool();
        vm.cool(address(splitter));
        splitter.split();
        _measure("fees, split");
    }
}

/// @notice Sharing a pot among as many as there can be, who say different things of the batches: the dearest there is.
contract ShareGasTest is DiligenceSetup {
    function _count() internal pure override returns (uint256) {
        return 64;
    }

    function _oneIn() internal pure override returns (uint32) {
        return 1_000_000;
    }

    function test_gas_of_shares() external {
        uint64 epoch = stakes.currentEpoch();
        _give(1 ether);
        _nextEpoch();
        for (uint32 i = 0; i < 64; i++) {
            address key = _key(i);
            vm.prank(key);
            diligence.checkIn(epoch, key, "root", 0, i + 1);
        }
        _nextEpoch();
        _draw(epoch, "randao");
        _pass(REVEAL_TIME + 1);
        vm.cool(address(diligence));
        vm.cool(address(stakes));
        diligence.close(epoch);
        vm.snapshotGasLastCall("gas", "diligence, share, 64 verifiers");
        assertGe(diligence.credit(_member(63)), 1, "shared");
    }
}

/// @notice One of as many as there can be did not check in: all others are looked at.
contract AbsentGasTest is DiligenceSetup {
    function _count() internal pure override returns (uint256) {
        return 64;
    }

    function test_gas_of_an_absence() external {
        uint64 epoch = stakes.currentEpoch();
        _nextEpoch();
        for (uint32 i = 0; i < 63; i++) {
            address key = _key(i);
            vm.prank(key);
            diligence.checkIn(epoch, key, "root", 0, 1);
        }
        _nextEpoch();
        _draw(epoch, "randao");
        _pass(REVEAL_TIME + 1);
        address absentKey = _key(63);
        vm.cool(address(diligence));
        vm.cool(address(stakes));
        vm.cool(address(fast));
        diligence.absent(epoch, absentKey);
        vm.snapshotGasLastCall("gas", "diligence, absence, 64 verifiers");
    }
}
