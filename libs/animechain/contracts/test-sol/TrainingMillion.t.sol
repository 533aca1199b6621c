// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ConsentTerms} from "../src-sol/interfaces/IConsentRegistry.sol";
import {Opening, TrainingLeaf, TrainingStatus, TreeStep} from "../src-sol/interfaces/ITrainingCommit.sol";
import {TrainingTree} from "../src-sol/TrainingTree.sol";
import {TrainingSetup} from "./TrainingSetup.sol";

/// @notice Cheatcodes that only this test needs.
interface Metering {
    function pauseGasMetering() external;
    function resumeGasMetering() external;
}

contract TrainingMillionTest is TrainingSetup {
    uint256 private constant NUMBER = 1_000_000;
    uint256 private constant DEPTH = 20;
    /// @dev The one leaf that rests on the third consent.
    uint256 private constant BAD = 654_321;
    /// @dev Levels of a stretch: 4,096 leaves. To hash all stretches takes a minute, so but for the long profile only that of the bad leaf and the last one are
    /// made of leaves, and the others are the hash of nothing that is known; what a challenge costs and proves is the same.
    uint256 private constant STRETCH = 12;

    /// @notice What a builder keeps: for each level the last node that waits for its right neighbour, and the way of one leaf.
    struct Stream {
        TreeStep[] steps;
        bytes32[] hashes;
        uint256[] weights;
        bytes scratch;
    }

    // solhint-disable-next-line event-name-capwords
    event log_named_uint(string key, uint256 val);

    /// @dev A million items of five data sets; the consent of one item among them is revoked. Who checks finds it, opens it, and that costs what 20 levels cost.
    function test_oneBadLeafAmongAMillion() public {
        Metering(address(vm)).pauseGasMetering();
        uint8[5] memory bases = [1, 1, 1, 2, 4];
        for (uint256 i = 0; i < 5; i++) {
            ConsentTerms memory terms = _terms();
            (terms.basis, terms.dataSets) = (bases[i], true);
            _give(bytes32(i + 1), terms);
        }
        _revoke(3);
        vm.warp(block.timestamp + 2 hours);
        uint64 bad = _find();
        assertEq(bad, BAD, "found");
        (bytes32 root, uint256 weights, TreeStep[] memory steps) = _stream(bad, bases);
        vm.prank(TRAINER);
        uint256 id = training.commit(root, weights, uint64(NUMBER), TRAINING, LEAVES);
        Opening memory opening = Opening(bad, _leaf(bad), 1, steps);
        assertTrue(training.hasLeaf(id, opening), "in the tree");
        assertGe(
            training.bpsByBasisOf(id)[1],
            6_500,
            "opt-in, of which stretches that are not made are counted as their first leaf"
        );
        Metering(address(vm)).resumeGasMetering();
        vm.prank(CHALLENGER);
        uint256 gas = gasleft();
        training.challenge(id, opening);
        gas -= gasleft();
        emit log_named_uint("challenge of a leaf among 1,000,000, gas", gas);
        assertLe(gas, 200_000, "gas of the challenge");
        assertEq(uint256(training.statusOf(id)), uint256(TrainingStatus.Tainted), "tainted");
        assertEq(training.claimable(token, CHALLENGER), 5_001, "challenger");
        assertEq(training.claimable(token, PROVIDER), 5_000, "provider");
    }

    function _consentOf(uint256 i) private pure returns (uint256) {
        if (i < 300_000) return 1;
        if (i < BAD) return 2;
        if (i == BAD) return 3;
        return i < 800_000 ? 4 : 5;
    }

    function _leaf(uint256 i) private pure returns (TrainingLeaf memory) {
        return TrainingLeaf(uint64(i), bytes32(i + 1), _consentOf(i), 1);
    }

    function _isMade(uint256 stretch) private view returns (bool) {
        if (stretch == BAD >> STRETCH || stretch == NUMBER >> STRETCH) return true;
        return keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", ""))) == keccak256("long");
    }

    /// @dev Looks at the consent of each leaf that is made; asks for each consent once.
    function _find() private view returns (uint64 bad) {
        bool[6] memory valid;
        for (uint256 id = 1; id <= 5; id++)
            valid[id] = consents.validAt(id, consents.consentOf(id).item, TRAINING, uint64(block.timestamp));
        uint256 number = 0;
        for (uint256 i = 0; i < NUMBER; i++) {
            if (i % (1 << STRETCH) == 0 && !_isMade(i >> STRETCH)) i += (1 << STRETCH) - 1;
            else if (!valid[_consentOf(i)]) (bad, number) = (uint64(i), number + 1);
        }
        assertEq(number, 1, "bad leaves");
    }

    /// @dev The tree from a stream of its leaves, in the memory of its depth, with the way of one leaf.
    function _stream(
        uint256 path,
        uint8[5] memory bases
    ) private view returns (bytes32 hash, uint256 sums, TreeStep[] memory) {
        Stream memory s = Stream(new TreeStep[](DEPTH), new bytes32[](DEPTH), new uint256[](DEPTH), new bytes(128));
        assertEq(_hash(s.scratch, 7, 1), TrainingTree.hashOf(_leaf(7)), "definition of a leaf");
        for (uint256 stretch = 0; stretch < 1 << (DEPTH - STRETCH); stretch++) {
            if (stretch > NUMBER >> STRETCH)
                (hash, sums) = _join(s, path, stretch, STRETCH, TrainingTree.emptyAt(STRETCH), 0);
            else if (!_isMade(stretch)) {
                sums = TrainingTree.weightsOf(1, bases[_consentOf(stretch << STRETCH) - 1]) << STRETCH;
                (hash, sums) = _join(s, path, stretch, STRETCH, keccak256(abi.encode(stretch)), sums);
            } else (hash, sums) = _make(s, path, stretch << STRETCH, bases);
        }
        return (hash, sums, s.steps);
    }

    function _make(
        Stream memory s,
        uint256 path,
        uint256 first,
        uint8[5] memory bases
    ) private pure returns (bytes32 hash, uint256 sums) {
        for (uint256 i = first; i < first + (1 << STRETCH); i++) {
            (hash, sums) = (0, 0);
            if (i < NUMBER) {
                uint256 consent = _consentOf(i);
                (hash, sums) = (_hash(s.scratch, i, consent), TrainingTree.weightsOf(1, bases[consent - 1]));
            }
            (hash, sums) = _join(s, path, i, 0, hash, sums);
        }
    }

    /// @dev Joins a node with what is to its left, as far up as that is complete.
    function _join(
        Stream memory s,
        uint256 path,
        uint256 index,
        uint256 level,
        bytes32 hash,
        uint256 sums
    ) private pure returns (bytes32, uint256) {
        path >>= level;
        for (; ; level++) {
            if (level > 0 && index == path) s.steps[level - 1].above = sums;
            if (level == DEPTH) break;
            if (index == path ^ 1) (s.steps[level].hash, s.steps[level].weights) = (hash, sums);
            if (index & 1 == 0) {
                (s.hashes[level], s.weights[level]) = (hash, sums);
                break;
            }
            hash = _node(s.scratch, s.hashes[level], s.weights[level], hash, sums);
            sums += s.weights[level];
            (index, path) = (index >> 1, path >> 1);
        }
        return (hash, sums);
    }

    /// @dev As `TrainingTree.hashOf`, without taking memory.
    function _node(
        bytes memory scratch,
        bytes32 left,
        uint256 leftWeights,
        bytes32 right,
        uint256 rightWeights
    ) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(add(scratch, 32), left)
            mstore(add(scratch, 64), leftWeights)
            mstore(add(scratch, 96), right)
            mstore(add(scratch, 128), rightWeights)
            hash := keccak256(add(scratch, 32), 128)
        }
    }

    /// @dev As `TrainingTree.hashOf(_leaf(i))`, without taking memory.
    function _hash(bytes memory scratch, uint256 i, uint256 consent) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(add(scratch, 32), i)
            mstore(add(scratch, 64), add(i, 1))
            mstore(add(scratch, 96), consent)
            mstore(add(scratch, 128), 1)
            mstore(0, keccak256(add(scratch, 32), 128))
            hash := keccak256(0, 32)
        }
    }
}
