// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ConsentTerms} from "../src-sol/interfaces/IConsentRegistry.sol";
import {
    Breach,
    ITrainingCommit,
    Opening,
    TrainingLeaf,
    TrainingStatus,
    TreeStep
} from "../src-sol/interfaces/ITrainingCommit.sol";
import {TrainingTree} from "../src-sol/TrainingTree.sol";
import {TrainingSetup} from "./TrainingSetup.sol";
import {Fault, Tree, Trees} from "./Trees.sol";

contract TrainingCommitTest is TrainingSetup {
    using Trees for Tree;

    function _status(uint256 id, TrainingStatus expected) private view {
        assertEq(uint256(training.statusOf(id)), uint256(expected), "status");
    }

    function _owed(address account) private view returns (uint256) {
        return training.claimable(token, account);
    }

    /// @dev Commits to leaves of which one is bad, has it challenged, and checks who got what.
    function _caught(
        TrainingLeaf[] memory leaves,
        uint256[] memory weights,
        uint64 position,
        Breach breach,
        address provider
    ) private {
        Tree memory tree = Trees.build(leaves, weights);
        _caught(_commit(tree), tree.open(leaves[position], position), breach, provider);
    }

    function _caught(uint256 id, Opening memory opening, Breach breach, address provider) private {
        (Breach found, address whose) = training.breachOf(id, opening);
        assertEq(uint256(found), uint256(breach), "breach");
        assertEq(whose, provider, "whose consent");
        address second = provider == address(0) ? GOVERNANCE : provider;
        (uint256 reward, uint256 redress) = (_owed(CHALLENGER), _owed(second));
        vm.expectEmit(address(training));
        emit ITrainingCommit.TrainingTainted(id, breach, opening.position, CHALLENGER, provider, 5_001, 5_000);
        vm.prank(CHALLENGER);
        training.challenge(id, opening);
        assertEq(_owed(CHALLENGER) - reward, 5_001, "half, and the odd unit");
        assertEq(_owed(second) - redress, 5_000, "the other half");
        _status(id, TrainingStatus.Tainted);
        assertEq(training.commitmentOf(id).bond, 0, "paid out");
        vm.expectRevert(
            abi.encodeWithSelector(
                ITrainingCommit.TrainingCommit_BadStatus.selector,
                id,
                TrainingStatus.Tainted,
                TrainingStatus.Open
            )
        );
        training.challenge(id, opening);
    }

    function test_anHonestCommitmentBecomesFinal() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(5);
        Tree memory tree = Trees.build(leaves, weights);
        (bytes32 root, uint256 sums) = tree.root();
        uint64 endsAt = uint64(block.timestamp + 3 days);
        vm.expectEmit(address(training));
        emit ITrainingCommit.TrainingCommitted(1, TRAINER, root, 5, TRAINING, sums, LEAVES, endsAt);
        uint256 id = _commit(tree);
        assertEq(token.balanceOf(address(training)), BOND, "the bond");
        for (uint64 i = 0; i < 5; i++) {
            Opening memory opening = tree.open(leaves[i], i);
            assertTrue(training.hasLeaf(id, opening), "has the leaf");
            vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Holds.selector, id, i));
            training.challenge(id, opening);
        }
        // 1 + 5 of 15, 2, 3 and 4: 4,000, 1,333, 2,000, 2,666 and what that leaves.
        uint16[5] memory bps = training.bpsByBasisOf(id);
        assertEq(bps[1], 4_000, "opt-in");
        assertEq(bps[2], 1_333, "licensed");
        assertEq(bps[3], 2_000, "public domain");
        assertEq(bps[4], 2_667, "opt-out, and what rounding left");
        vm.warp(endsAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_TooEarly.selector, endsAt, block.timestamp)
        );
        training.finalize(id);
        vm.warp(endsAt);
        Opening memory first = tree.open(leaves[0], 0);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_TooLate.selector, endsAt, endsAt));
        training.challenge(id, first);
        training.finalize(id);
        _status(id, TrainingStatus.Final);
        assertEq(training.trainerOf(id), TRAINER, "trainer");
        uint256 before = token.balanceOf(TRAINER);
        assertEq(training.claim(token, TRAINER), BOND, "claimed by a stranger, for the trainer");
        assertEq(token.balanceOf(TRAINER) - before, BOND, "back to the unit");
        assertEq(training.total(token), 0, "nothing left");
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Zero.selector, "amount"));
        training.claim(token, TRAINER);
    }

    function test_everyWrongLeafTaints() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(5);
        TrainingLeaf memory honest = leaves[2];
        leaves[2] = TrainingLeaf(2, honest.item, 999, honest.weight);
        _caught(leaves, weights, 2, Breach.Missing, address(0));
        leaves[2].consent = 0;
        _caught(leaves, weights, 2, Breach.Missing, address(0));
        leaves[2] = TrainingLeaf(2, keccak256("other"), honest.consent, honest.weight);
        _caught(leaves, weights, 2, Breach.OtherItem, PROVIDER);
        leaves[2] = TrainingLeaf(3, honest.item, honest.consent, honest.weight);
        _caught(leaves, weights, 2, Breach.Index, address(0));
        leaves[2] = TrainingLeaf(2, honest.item, honest.consent, honest.weight + 1);
        _caught(leaves, weights, 2, Breach.Weight, PROVIDER);
        leaves[2] = honest;
        // The weight under another basis: opt-in instead of public domain.
        weights[2] = TrainingTree.weightsOf(honest.weight, 1);
        _caught(leaves, weights, 2, Breach.Sums, address(0));
    }

    function test_aConsentMustCoverPurposeAndTime() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(3);
        Tree memory tree = Trees.build(leaves, weights);
        (bytes32 root, uint256 sums) = tree.root();
        vm.prank(TRAINER);
        uint256 id = training.commit(root, sums, 3, TRAINING | FINE_TUNING, LEAVES);
        _caught(id, tree.open(leaves[1], 1), Breach.OtherPurpose, PROVIDER);

        ConsentTerms memory terms = _terms();
        (terms.from, terms.until) = (uint64(block.timestamp + 10), uint64(block.timestamp + 20));
        leaves[2] = TrainingLeaf(2, consents.itemOf(PROVIDER, "late"), _give("late", terms), terms.weight);
        weights[2] = TrainingTree.weightsOf(1, 1);
        tree = Trees.build(leaves, weights);
        uint64 start = uint64(block.timestamp);
        vm.warp(start + 9);
        _caught(_commit(tree), tree.open(leaves[2], 2), Breach.NotValid, PROVIDER);
        for (uint64 at = 10; at <= 20; at += 10) {
            vm.warp(start + at);
            id = _commit(tree);
            vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Holds.selector, id, 2));
            training.challenge(id, tree.open(leaves[2], 2));
        }
        vm.warp(start + 21);
        _caught(_commit(tree), tree.open(leaves[2], 2), Breach.NotValid, PROVIDER);
    }

    /// @dev Revoked at t: a commitment at t − 1 stands, those at t and t + 1 do not. Within the hour of notice the trainer keeps its bond.
    function test_aRevocationCountsFromItsSecondOn() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(3);
        Tree memory tree = Trees.build(leaves, weights);
        Opening memory opening = tree.open(leaves[1], 1);
        uint64 t = uint64(block.timestamp + 1);
        uint256 before = _commit(tree);
        vm.warp(t);
        _revoke(leaves[1].consent);
        uint256 same = _commit(tree);
        vm.warp(t + 1);
        uint256 later = _commit(tree);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Holds.selector, before, 1));
        training.challenge(before, opening);
        vm.startPrank(CHALLENGER);
        training.challenge(same, opening);
        vm.expectEmit(address(training));
        emit ITrainingCommit.TrainingTainted(later, Breach.NotValid, 1, CHALLENGER, PROVIDER, 0, 0);
        training.challenge(later, opening);
        vm.stopPrank();
        _status(same, TrainingStatus.Tainted);
        _status(later, TrainingStatus.Tainted);
        assertEq(_owed(TRAINER), 2 * BOND, "could not be seen");
        assertEq(_owed(CHALLENGER) + _owed(PROVIDER), 0, "nobody gains by revoking in front of a commitment");
        vm.warp(t + 1 hours);
        _caught(_commit(tree), opening, Breach.NotValid, PROVIDER);
        vm.warp(training.commitmentOf(before).endsAt);
        training.finalize(before);
        _status(before, TrainingStatus.Final);
    }

    function test_sumsThatDoNotFitTaint() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(5);
        // A node in the middle claims more opt-in than is below it, and the root with it.
        Tree memory tree = Trees.build(Trees.hashesOf(leaves), weights, 5, Fault(1, 0, 1_000));
        uint256 id = _commit(tree);
        assertFalse(training.hasLeaf(id, tree.open(leaves[0], 0)), "no leaf below it counts");
        _caught(id, tree.open(leaves[0], 0), Breach.Sums, address(0));
        // The same without knowledge of a leaf: from the node below up.
        id = _commit(tree);
        TreeStep[] memory steps = tree.stepsOf(0, 1);
        (bytes32 hash, uint256 sums) = (tree.hashes[0][1], tree.weights[0][1]);
        vm.prank(CHALLENGER);
        training.challengeNode(id, 1, hash, sums, steps);
        _status(id, TrainingStatus.Tainted);
        // Every node of an honest tree holds.
        tree = Trees.build(leaves, weights);
        id = _commit(tree);
        for (uint256 level = 0; level <= 3; level++) {
            for (uint64 i = 0; i < tree.hashes[level].length; i++) {
                steps = tree.stepsOf(level, i);
                (hash, sums) = (tree.hashes[level][i], tree.weights[level][i]);
                vm.expectRevert(
                    abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Holds.selector, id, uint64(i << level))
                );
                training.challengeNode(id, i, hash, sums, steps);
            }
        }
    }

    function test_whatIsBehindTheLastLeafIsEmpty() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(5);
        bytes32[] memory hashes = new bytes32[](7);
        uint256[] memory padded = new uint256[](7);
        for (uint256 i = 0; i < 5; i++) (hashes[i], padded[i]) = (TrainingTree.hashOf(leaves[i]), weights[i]);
        // A leaf too many, whose consent is good.
        TrainingLeaf memory more = TrainingLeaf(6, leaves[0].item, leaves[0].consent, leaves[0].weight);
        (hashes[6], padded[6]) = (TrainingTree.hashOf(more), weights[0]);
        Tree memory tree = Trees.build(hashes, padded, 5, Fault(0, 0, 0));
        _caught(_commit(tree), tree.open(more, 6), Breach.Padding, address(0));
        // Weights from nowhere: behind a hash that nobody can open, at a leaf's level and above it.
        hashes[6] = keccak256("nobody knows what of");
        tree = Trees.build(hashes, padded, 5, Fault(0, 0, 0));
        for (uint256 level = 0; level <= 1; level++) {
            uint256 id = _commit(tree);
            uint64 index = uint64(6 >> level);
            TreeStep[] memory steps = tree.stepsOf(level, index);
            (bytes32 hash, uint256 sums) = (tree.hashes[level][index], tree.weights[level][index]);
            vm.expectEmit(address(training));
            emit ITrainingCommit.TrainingTainted(id, Breach.Padding, 6, CHALLENGER, address(0), 5_001, 5_000);
            vm.prank(CHALLENGER);
            training.challengeNode(id, index, hash, sums, steps);
        }
    }

    function test_anItemCountsOnce() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(5);
        leaves[3] = TrainingLeaf(3, leaves[2].item, leaves[2].consent, leaves[2].weight);
        weights[3] = weights[2];
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        vm.startPrank(CHALLENGER);
        Opening[3] memory o = [tree.open(leaves[1], 1), tree.open(leaves[2], 2), tree.open(leaves[3], 3)];
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Holds.selector, id, 1));
        training.challengeOrder(id, o[0], o[1]);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_OutOfBounds.selector, "right", 3, 2, 2));
        training.challengeOrder(id, o[0], o[2]);
        vm.expectEmit(address(training));
        emit ITrainingCommit.TrainingTainted(id, Breach.Order, 2, CHALLENGER, address(0), 5_001, 5_000);
        training.challengeOrder(id, o[1], o[2]);
        vm.stopPrank();
        _status(id, TrainingStatus.Tainted);
    }

    /// @dev They revert, and nothing of them is kept.
    function test_aThousandJunkChallengesChangeNothing() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(5);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        bytes32 before = keccak256(abi.encode(training.commitmentOf(id)));
        for (uint256 i = 0; i < 1_000; i++) {
            uint64 position = uint64(i % 5);
            Opening memory opening = tree.open(leaves[position], position);
            bytes32 noise = keccak256(abi.encode(i));
            if (i % 7 == 1) opening.leaf.item = noise;
            if (i % 7 == 2) opening.weights ^= uint256(noise);
            if (i % 7 == 3) opening.steps[i % 3].above ^= uint256(noise);
            if (i % 7 == 4) opening.position ^= uint64(1 + (i % 7));
            if (i % 7 == 5) opening.position += 8;
            bytes memory junk = abi.encodeCall(training.challenge, (id, opening));
            if (i % 7 == 6)
                junk = abi.encodeCall(training.challengeNode, (id, position, noise, opening.weights, opening.steps));
            vm.prank(CHALLENGER);
            (bool held, ) = address(training).call(junk);
            assertFalse(held, "junk");
        }
        assertEq(keccak256(abi.encode(training.commitmentOf(id))), before, "as it was");
        vm.warp(training.commitmentOf(id).endsAt);
        training.finalize(id);
        assertEq(_owed(TRAINER), BOND, "the whole bond");
        assertEq(token.balanceOf(address(training)), BOND, "and nothing else");
    }

    function test_aPositionBeyondTheTreeIsNoPosition() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(3);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        Opening memory opening = tree.open(leaves[1], 1);
        opening.position += 4;
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_OutOfBounds.selector, "position", 5, 0, 3)
        );
        training.challenge(id, opening);
        opening = tree.open(leaves[1], 1);
        opening.steps = tree.stepsOf(1, 0);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_OutOfBounds.selector, "steps", 1, 2, 2));
        training.challenge(id, opening);
    }

    function test_aLeafThatIsNotShownTaints() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(3);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        uint64 start = uint64(block.timestamp);
        vm.startPrank(CHALLENGER);
        vm.expectEmit(address(training));
        emit ITrainingCommit.LeafDemanded(id, 1, CHALLENGER, start + 1 days);
        training.demand(id, 1);
        assertEq(training.demandOf(id, 1).stake, 40, "10,001 / 256, rounded up");
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_BadDemand.selector, id, 1));
        training.demand(id, 1);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_OutOfBounds.selector, "position", 3, 0, 2)
        );
        training.demand(id, 3);
        training.demand(id, 2);
        vm.stopPrank();
        Opening memory opening = tree.open(leaves[0], 0);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_BadDemand.selector, id, 0));
        training.answer(id, opening, 0, new bytes32[](0));
        vm.warp(start + 1 days);
        opening = tree.open(leaves[1], 1);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_TooEarly.selector, start + 1 days + 1, start + 1 days)
        );
        training.expire(id, 1);
        vm.expectEmit(address(training));
        emit ITrainingCommit.LeafShown(id, leaves[1]);
        training.answer(id, opening, 0, new bytes32[](0));
        assertEq(_owed(TRAINER), 40, "the stake");
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_BadDemand.selector, id, 1));
        training.answer(id, opening, 0, new bytes32[](0));
        vm.prank(CHALLENGER);
        training.demand(id, 0);
        vm.warp(start + 1 days + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_TooLate.selector, block.timestamp, block.timestamp)
        );
        training.demand(id, 0);
        opening = tree.open(leaves[2], 2);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_TooLate.selector, block.timestamp, block.timestamp)
        );
        training.answer(id, opening, 0, new bytes32[](0));
        vm.warp(start + 3 days);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Demanded.selector, id, 2));
        training.finalize(id);
        training.expire(id, 2);
        assertEq(_owed(CHALLENGER), 5_001, "whoever calls, it is the demander's");
        assertEq(_owed(GOVERNANCE), 5_000, "and the other half the treasury's");
        training.reclaim(id, 2);
        training.reclaim(id, 0);
        assertEq(_owed(CHALLENGER), 5_081, "both stakes back");
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_BadDemand.selector, id, 0));
        training.reclaim(id, 0);
        assertEq(training.total(token), 5_001 + 80 + 5_000 + 40, "to the unit");
    }

    /// @dev A data set of the items a and b, and leaves of these and of c.
    function _dataSet() private returns (bytes32 dataSet, TrainingLeaf[] memory leaves, Tree memory tree) {
        (bytes32 a, bytes32 b) = (_hashOfItem("a"), _hashOfItem("b"));
        dataSet = a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
        ConsentTerms memory terms = _terms();
        terms.dataSets = true;
        uint256 consent = _give(dataSet, terms);
        leaves = new TrainingLeaf[](3);
        uint256[] memory weights = new uint256[](3);
        for (uint64 i = 0; i < 3; i++) {
            leaves[i] = TrainingLeaf(i, [bytes32("a"), "b", "c"][i], consent, 1);
            weights[i] = 1;
        }
        tree = Trees.build(leaves, weights);
    }

    /// @dev The third is not in it: the trainer has to show that an item is.
    function test_itemsOfADataSetAreShownToBeInIt() public {
        (bytes32 dataSet, TrainingLeaf[] memory leaves, Tree memory tree) = _dataSet();
        uint256 id = _commit(tree);
        Opening memory opening = tree.open(leaves[2], 2);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Holds.selector, id, 2));
        training.challenge(id, opening);
        vm.startPrank(CHALLENGER);
        training.demand(id, 1);
        training.demand(id, 2);
        vm.stopPrank();
        bytes32[] memory proof = _list(_hashOfItem("b"));
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_NotInDataSet.selector, bytes32("c"), dataSet)
        );
        training.answer(id, opening, dataSet, proof);
        // A root of one item that the trainer makes up is not that of the consent.
        bytes32 forged = _hashOfItem("c");
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_NotInDataSet.selector, bytes32("c"), forged)
        );
        training.answer(id, opening, forged, new bytes32[](0));
        proof = new bytes32[](65);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_OutOfBounds.selector, "proof", 65, 0, 64)
        );
        training.answer(id, opening, dataSet, proof);
        opening = tree.open(leaves[1], 1);
        training.answer(id, opening, dataSet, _list(_hashOfItem("a")));
        vm.warp(block.timestamp + 1 days + 1);
        training.expire(id, 2);
        _status(id, TrainingStatus.Tainted);
    }

    function _hashOfItem(bytes32 item) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(item))));
    }

    function test_aLeafInBreachIsNoAnswer() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(2);
        leaves[1].consent = 99;
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        vm.prank(CHALLENGER);
        training.demand(id, 1);
        Opening memory opening = tree.open(leaves[1], 1);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_InBreach.selector, id, 1, Breach.Missing)
        );
        training.answer(id, opening, 0, new bytes32[](0));
    }

    function test_laterRevocationsAreFlagged() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(3);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _final(tree);
        Opening[2] memory o = [tree.open(leaves[1], 1), tree.open(leaves[2], 2)];
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_NotRevoked.selector, leaves[1].consent));
        training.flagRevoked(id, o[0]);
        uint64 first = uint64(block.timestamp);
        _revoke(leaves[1].consent);
        vm.warp(first + 5);
        _revoke(leaves[2].consent);
        assertFalse(training.containsRevoked(id), "not shown yet");
        vm.expectEmit(address(training));
        emit ITrainingCommit.RevocationFlagged(id, leaves[2].consent, first + 5);
        training.flagRevoked(id, o[1]);
        training.flagRevoked(id, o[0]);
        assertTrue(training.containsRevoked(id), "shown");
        assertEq(training.lastRevokedAt(id), first + 5, "the last one");
        _status(id, TrainingStatus.Final);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITrainingCommit.TrainingCommit_BadStatus.selector,
                2,
                TrainingStatus.None,
                TrainingStatus.Final
            )
        );
        training.flagRevoked(2, o[0]);
        o[0].leaf.weight++;
        vm.expectPartialRevert(ITrainingCommit.TrainingCommit_NotInTree.selector);
        training.flagRevoked(id, o[0]);
    }

    function test_bondAndPeriodAreFrozenAtTheCommit() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(2);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        vm.startPrank(GOVERNANCE);
        training.setBond(token, 777_00);
        training.setPeriod(14 days);
        vm.stopPrank();
        uint256 next = _commit(tree);
        assertEq(training.commitmentOf(id).bond, BOND, "bond of the first");
        assertEq(training.commitmentOf(id).endsAt, block.timestamp + 3 days, "end of the first");
        assertEq(training.commitmentOf(next).bond, 777_00, "bond of the second");
        assertEq(training.commitmentOf(next).endsAt, block.timestamp + 14 days, "end of the second");
        (IERC20 in_, uint256 amount) = training.bond();
        assertEq(address(in_), address(token), "token");
        assertEq(amount, 777_00, "amount");
    }

    function testFuzz_onlyGovernanceSetsWithinBounds(address caller, uint256 amount, uint64 time) public {
        vm.assume(caller != GOVERNANCE);
        bytes memory refused = abi.encodeWithSelector(
            ITrainingCommit.TrainingCommit_Unauthorized.selector,
            caller,
            GOVERNANCE
        );
        vm.startPrank(caller);
        vm.expectRevert(refused);
        training.setBond(token, 100);
        vm.expectRevert(refused);
        training.setPeriod(4 days);
        vm.stopPrank();
        vm.startPrank(GOVERNANCE);
        if (amount < 100 || amount > 1e8)
            vm.expectRevert(
                abi.encodeWithSelector(ITrainingCommit.TrainingCommit_OutOfBounds.selector, "bond", amount, 100, 1e8)
            );
        training.setBond(token, amount);
        if (time < 3 days || time > 14 days)
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITrainingCommit.TrainingCommit_OutOfBounds.selector,
                    "period",
                    time,
                    3 days,
                    14 days
                )
            );
        training.setPeriod(time);
        vaults.listToken(token, false);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_NotListed.selector, token));
        training.setBond(token, 100);
        vm.stopPrank();
    }

    function test_badCommitmentsAreRefused() public {
        vm.startPrank(TRAINER);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Zero.selector, "root"));
        training.commit(0, 1, 1, TRAINING, LEAVES);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Zero.selector, "weights"));
        training.commit("r", 0, 1, TRAINING, LEAVES);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Zero.selector, "purpose"));
        training.commit("r", 1, 1, 0, LEAVES);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Zero.selector, "leavesAsset"));
        training.commit("r", 1, 1, TRAINING, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_OutOfBounds.selector, "leaves", 0, 1, 1 << 32)
        );
        training.commit("r", 1, 0, TRAINING, LEAVES);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITrainingCommit.TrainingCommit_OutOfBounds.selector,
                "leaves",
                (1 << 32) + 1,
                1,
                1 << 32
            )
        );
        training.commit("r", 1, (1 << 32) + 1, TRAINING, LEAVES);
        token.setFee(1);
        vm.expectRevert(
            abi.encodeWithSelector(ITrainingCommit.TrainingCommit_InexactToken.selector, token, BOND - 1, BOND)
        );
        training.commit("r", 1, 1, TRAINING, LEAVES);
        token.setFee(0);
        vaults.listToken(token, false);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_NotListed.selector, token));
        training.commit("r", 1, 1, TRAINING, LEAVES);
        vm.stopPrank();
        council.pause(training.TRAINING_COMMIT(), true);
        vm.expectRevert(ITrainingCommit.TrainingCommit_Paused.selector);
        training.commit("r", 1, 1, TRAINING, LEAVES);
    }

    function testFuzz_everyLeafOfAnHonestTreeHolds(uint256 number, uint64 position) public {
        number = bound(number, 1, 17);
        position = uint64(bound(position, 0, number - 1));
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(number);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        Opening memory opening = tree.open(leaves[position], position);
        vm.expectRevert(abi.encodeWithSelector(ITrainingCommit.TrainingCommit_Holds.selector, id, position));
        training.challenge(id, opening);
        uint256 sum = 0;
        uint16[5] memory bps = training.bpsByBasisOf(id);
        for (uint256 i = 1; i <= 4; i++) sum += bps[i];
        assertEq(sum, 10_000, "the whole");
    }

    function testFuzz_oneWrongWordIsNotInTheTree(uint256 number, uint64 position, uint256 where, uint256 noise) public {
        number = bound(number, 2, 17);
        position = uint64(bound(position, 0, number - 1));
        noise = noise == 0 ? 1 : noise;
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(number);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        Opening memory opening = tree.open(leaves[position], position);
        where = bound(where, 0, 3 + 3 * opening.steps.length);
        if (where == 0) opening.leaf.item ^= bytes32(noise);
        else if (where == 1) opening.leaf.consent ^= noise;
        else if (where == 2) opening.weights ^= noise;
        else if (where == 3) opening.leaf.weight ^= uint32(bound(noise, 1, type(uint32).max));
        else {
            TreeStep memory step = opening.steps[(where - 4) / 3];
            if (where % 3 == 0) step.hash ^= bytes32(noise);
            else if (where % 3 == 1) step.weights ^= noise;
            else step.above ^= noise;
        }
        vm.expectPartialRevert(ITrainingCommit.TrainingCommit_NotInTree.selector);
        training.challenge(id, opening);
        assertFalse(training.hasLeaf(id, opening), "no leaf");
    }
}
