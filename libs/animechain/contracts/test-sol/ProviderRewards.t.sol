// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    EpochStatus,
    IProviderRewards,
    RewardNode,
    RewardPlace,
    TrainingLeaf
} from "../src-sol/interfaces/IProviderRewards.sol";
import {ProviderRewards} from "../src-sol/ProviderRewards.sol";
import {AIRASetup} from "./AIRASetup.sol";
import {Money} from "./Money.sol";
import {RewardTree, SortedTree} from "./RewardTree.sol";
import {StandinConsentRegistry} from "./standins/aira/StandinConsentRegistry.sol";
import {StandinTrainingCommit} from "./standins/aira/StandinTrainingCommit.sol";

/// @notice A version trained on eleven items: four of Alice (leaves 0 to 3), one of Bob, one of nobody, three of Bob, one of Carol, one of a consent that
/// does not exist.
abstract contract RewardsSetup is AIRASetup {
    uint256 internal constant BOND = 1_000;
    uint256 internal constant DEMAND = 10;
    uint256 internal constant LEAVES = 11;

    address internal immutable OPERATOR = makeAddress("operator");
    address internal immutable CAROL = makeAddress("carol");
    address internal immutable CHALLENGER = makeAddress("challenger");

    ProviderRewards internal rewards;
    Money internal bonds;
    StandinTrainingCommit internal training;
    StandinConsentRegistry internal consents;
    address[] internal providers;
    uint256[] internal weights;
    bytes32[][] internal trainingTree;

    function _placeRewards() internal override {
        (training, consents) = (new StandinTrainingCommit(), new StandinConsentRegistry());
        modules.place(keccak256("TrainingCommit"), address(training));
        modules.place(keccak256("ConsentRegistry"), address(consents));
        bonds = new Money(18);
        rewards = new ProviderRewards(modules, bonds, BOND, DEMAND);
        modules.place(keccak256("ProviderRewards"), address(rewards));
    }

    function setUp() public virtual override {
        super.setUp();
        models.setOperator(model, OPERATOR);
        _fund(bonds, OPERATOR, 1_000_000, address(rewards));
        _fund(bonds, CHALLENGER, 1_000_000, address(rewards));
        providers = [ALICE, ALICE, ALICE, ALICE, BOB, address(0), BOB, BOB, BOB, CAROL, address(0)];
        weights = [uint256(10), 20, 30, 40, 5, 7, 8, 9, 10, 3, 4];
        bytes32[] memory leaves = new bytes32[](LEAVES);
        for (uint256 i = 0; i < LEAVES; i++) {
            if (i != 10) consents.set(100 + i, providers[i]);
            TrainingLeaf memory leaf = _leaf(i);
            leaves[i] = keccak256(
                abi.encodePacked(keccak256(abi.encode(leaf.index, leaf.itemId, leaf.consentId, leaf.weight)))
            );
        }
        trainingTree = SortedTree.build(leaves);
        training.set(1, SortedTree.root(trainingTree), uint64(LEAVES));
    }

    function _leaf(uint256 i) internal view returns (TrainingLeaf memory) {
        return TrainingLeaf(i, keccak256(abi.encode("item", i)), 100 + i, uint32(weights[i]));
    }

    /// What the consents say: what is nobody's weighs nothing.
    function _honest() internal view returns (address[] memory accounts, uint256[] memory sums) {
        (accounts, sums) = (providers, new uint256[](LEAVES));
        for (uint256 i = 0; i < LEAVES; i++) sums[i] = accounts[i] == address(0) ? 0 : weights[i];
    }

    function _honestTree() internal view returns (RewardNode[][] memory) {
        (address[] memory accounts, uint256[] memory sums) = _honest();
        return RewardTree.build(accounts, sums);
    }

    function _give(Money token, uint256 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(rewards), amount);
        rewards.fund(model, token, amount);
    }

    function _propose(uint256 epoch, RewardNode[][] memory tree) internal {
        RewardNode memory root = RewardTree.root(tree);
        vm.prank(OPERATOR);
        rewards.propose(model, epoch, root.hash, uint128(root.sum), uint64(LEAVES));
    }

    function _status(uint256 epoch) internal view returns (EpochStatus status) {
        (status, ) = rewards.statusOf(model, epoch);
    }
}

contract ProviderRewardsTest is RewardsSetup {
    using RewardTree for RewardNode[][];
    using SortedTree for bytes32[][];

    function _claim(
        uint256 epoch,
        Money token,
        RewardNode[][] memory tree,
        RewardPlace memory place
    ) private returns (uint256) {
        return
            rewards.claim(
                model,
                epoch,
                token,
                place,
                tree[place.height][place.position],
                tree.proof(place.height, place.position)
            );
    }

    function _challenge(RewardNode[][] memory tree, uint256 height, uint256 position, uint256 leaf) private {
        RewardNode[] memory proof = tree.proof(height, position);
        bytes32[] memory leafProof = trainingTree.proof(leaf);
        vm.prank(CHALLENGER);
        rewards.challenge(
            model,
            1,
            RewardPlace(uint8(height), uint32(position)),
            tree[height][position],
            proof,
            _leaf(leaf),
            leafProof
        );
    }

    // --- dividing

    function test_providersArePaidByWeightToTheUnit() public {
        _give(yen, 1_000);
        RewardNode[][] memory tree = _honestTree();
        assertEq(tree.root().sum, 135, "what weighs");
        _propose(1, tree);
        _pass(2 days + 1);
        // All of Alice's four leaves at once: they are one node.
        RewardPlace memory place = tree.whole(2);
        assertEq(place.height, 2, "height");
        uint256 alice = _claim(1, yen, tree, place);
        assertEq(alice, 740, "floor of 1,000 times 100 of 135");
        uint256 others = _claim(1, yen, tree, tree.whole(4));
        others += _claim(1, yen, tree, tree.whole(6));
        others += _claim(1, yen, tree, tree.whole(8));
        others += _claim(1, yen, tree, tree.whole(9));
        assertEq(alice + others, 1_000, "to the unit");
        assertEq(yen.balanceOf(ALICE), 740, "paid to herself");
        assertEq(rewards.held(yen), 0, "nothing is left");
        assertTrue(rewards.isClaimed(model, 1, yen, 0), "claimed");
        rewards.releaseBond(model, 1);
        assertEq(rewards.withdraw(bonds, OPERATOR), BOND, "the bond came back");
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "bond"));
        rewards.releaseBond(model, 1);
    }

    function test_eachNodeIsClaimedOnceAndWhole() public {
        _give(yen, 1_000);
        _give(gold, 500);
        RewardNode[][] memory tree = _honestTree();
        _propose(1, tree);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProviderRewards.ProviderRewards_Status.selector,
                model,
                1,
                EpochStatus.Proposed,
                EpochStatus.Final
            )
        );
        this.claimFor(1, yen, 0);
        _pass(2 days + 1);
        // A part of what is Alice's as a whole.
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_NotWhole.selector, 0, 1));
        this.claimAt(1, yen, 0, 1);
        this.claimFor(1, yen, 0);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_ClaimedBefore.selector, 0));
        this.claimFor(1, yen, 3);
        this.claimFor(1, gold, 3);
        // What is nobody's.
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "account"));
        this.claimAt(1, yen, 0, 5);
        // Another account, another weight, another place.
        RewardNode memory node = tree[0][9];
        bytes memory bad = abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadProof.selector, 0, 9);
        RewardNode[] memory proof = tree.proof(0, 9);
        vm.expectRevert(bad);
        rewards.claim(model, 1, yen, RewardPlace(0, 9), RewardNode(node.hash, node.sum, BOB), proof);
        vm.expectRevert(bad);
        rewards.claim(model, 1, yen, RewardPlace(0, 9), RewardNode(node.hash, node.sum + 1, CAROL), proof);
        vm.expectRevert(bad);
        rewards.claim(model, 1, yen, RewardPlace(0, 9), RewardNode(RewardTree.leaf(CAROL, 4), 4, CAROL), proof);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadProof.selector, 0, 8));
        rewards.claim(model, 1, yen, RewardPlace(0, 8), node, proof);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadProof.selector, 0, 25));
        rewards.claim(model, 1, yen, RewardPlace(0, 25), node, proof);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadProof.selector, 1, 9));
        rewards.claim(model, 1, yen, RewardPlace(1, 9), node, proof);
    }

    function claimFor(uint256 epoch, Money token, uint256 index) external returns (uint256) {
        RewardNode[][] memory tree = _honestTree();
        return _claim(epoch, token, tree, tree.whole(index));
    }

    function claimAt(uint256 epoch, Money token, uint8 height, uint32 position) external returns (uint256) {
        return _claim(epoch, token, _honestTree(), RewardPlace(height, position));
    }

    function testFuzz_partsMakeTheWhole(uint128 amount, uint32[7] memory drawn, uint8 owners) public {
        uint256 number = 1 + (amount % 7);
        (address[] memory accounts, uint256[] memory sums) = (new address[](number), new uint256[](number));
        for (uint256 i = 0; i < number; i++) {
            accounts[i] = (owners >> i) & 1 == 0 ? ALICE : BOB;
            sums[i] = uint256(drawn[i]) + (i == 0 ? 1 : 0);
        }
        RewardNode[][] memory tree = RewardTree.build(accounts, sums);
        vm.prank(TREASURY);
        rewards.setOperator(1 << 200, OPERATOR);
        uint256 given = bound(amount, 1, type(uint128).max);
        gold.mint(address(this), given);
        gold.approve(address(rewards), given);
        rewards.fund(1 << 200, gold, given);
        RewardNode memory root = tree.root();
        vm.prank(OPERATOR);
        rewards.propose(1 << 200, 1, root.hash, uint128(root.sum), uint64(number));
        _pass(2 days + 1);
        uint256 paid = 0;
        for (uint256 i = 0; i < number; i++) {
            RewardPlace memory place = tree.whole(i);
            if (uint256(place.position) << place.height != i) continue;
            paid += rewards.claim(
                1 << 200,
                1,
                gold,
                place,
                tree[place.height][place.position],
                tree.proof(place.height, place.position)
            );
        }
        assertEq(paid, given, "all of it");
        assertEq(rewards.held(gold), 0, "nothing is left");
    }

    // --- epochs

    function test_fundsGoIntoTheOpenEpochAndWhatNobodyClaimedGoesOn() public {
        _give(yen, 1_000);
        assertEq(rewards.openEpochOf(model), 1, "first");
        _propose(1, _honestTree());
        _give(yen, 50);
        (uint256 funded, ) = rewards.fundsOf(model, 2, yen);
        assertEq(funded, 50, "the next one's");
        _pass(2 days + 1);
        this.claimFor(1, yen, 0);
        uint256 until = block.timestamp - 1 + 2 * 365 days;
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Early.selector, until + 1, block.timestamp)
        );
        rewards.roll(model, 1, yen);
        vm.warp(until);
        this.claimFor(1, yen, 9);
        _pass(1);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Late.selector, until, until + 1));
        this.claimFor(1, yen, 4);
        assertEq(rewards.roll(model, 1, yen), 1_000 - 740 - 23, "the rest");
        (funded, ) = rewards.fundsOf(model, 2, yen);
        assertEq(funded, 50 + 237, "goes on");
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "rest"));
        rewards.roll(model, 1, yen);
    }

    function test_onlyTheOperatorProposesOnceADay() public {
        RewardNode[][] memory tree = _honestTree();
        RewardNode memory root = tree.root();
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Unauthorized.selector, address(this), OPERATOR)
        );
        rewards.propose(model, 1, root.hash, uint128(root.sum), uint64(LEAVES));
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Leaves.selector, 10, 11));
        rewards.propose(model, 1, root.hash, uint128(root.sum), 10);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "total"));
        rewards.propose(model, 1, root.hash, 0, uint64(LEAVES));
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "leaves"));
        rewards.propose(model, 1, root.hash, 1, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Above.selector, "leaves", 2 ** 32 + 1, 2 ** 32)
        );
        rewards.propose(model, 1, root.hash, 1, 2 ** 32 + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProviderRewards.ProviderRewards_Status.selector,
                model,
                2,
                EpochStatus.None,
                EpochStatus.Open
            )
        );
        rewards.propose(model, 2, root.hash, 1, uint64(LEAVES));
        vm.stopPrank();
        _propose(1, tree);
        vm.startPrank(OPERATOR);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProviderRewards.ProviderRewards_Early.selector,
                block.timestamp + 1 days,
                block.timestamp
            )
        );
        rewards.propose(model, 2, root.hash, uint128(root.sum), uint64(LEAVES));
        vm.expectRevert(
            abi.encodeWithSelector(
                IProviderRewards.ProviderRewards_Status.selector,
                model,
                1,
                EpochStatus.Proposed,
                EpochStatus.Open
            )
        );
        rewards.propose(model, 1, root.hash, uint128(root.sum), uint64(LEAVES));
        vm.stopPrank();
        _pass(1 days);
        _propose(2, tree);
        assertTrue(_status(2) == EpochStatus.Proposed, "the next one");
    }

    function test_whatIsNoPoolNoTokenOrNothingIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_NoPool.selector, 9));
        rewards.fund(9, gold, 1);
        uint256 gpus = rewards.GPU_PROVIDERS();
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_NoPool.selector, gpus));
        rewards.fund(gpus, gold, 1);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "amount"));
        rewards.fund(model, gold, 0);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_NotListed.selector, bonds));
        rewards.fund(model, bonds, 1);
        _give(gold, type(uint128).max);
        gold.mint(address(this), 1);
        gold.approve(address(rewards), 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProviderRewards.ProviderRewards_Above.selector,
                "funded",
                2 ** 128,
                type(uint128).max
            )
        );
        rewards.fund(model, gold, 1);
    }

    function testFuzz_feesOnTransfersAreRefused(uint256 amount, uint256 fee) public {
        amount = bound(amount, 1, type(uint128).max);
        fee = bound(fee, 1, amount);
        gold.mint(address(this), amount);
        gold.approve(address(rewards), amount);
        gold.setFee(fee);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_InexactToken.selector, gold, amount - fee, amount)
        );
        rewards.fund(model, gold, amount);
    }

    // --- challenges

    function test_aLeafOfAnotherWeightOrAccountIsRejected() public {
        for (uint256 kind = 0; kind < 3; kind++) {
            (address[] memory accounts, uint256[] memory sums) = _honest();
            if (kind == 0) sums[4] += 1;
            if (kind == 1) accounts[4] = OPERATOR;
            // What is nobody's must weigh nothing.
            if (kind == 2) (accounts[5], sums[5]) = (OPERATOR, 7);
            RewardNode[][] memory tree = RewardTree.build(accounts, sums);
            _propose(1, tree);
            uint256 index = kind == 2 ? 5 : 4;
            _challenge(tree, 0, index, index);
            assertTrue(_status(1) == EpochStatus.Waiting, "rejected");
            assertEq(rewards.withdraw(bonds, CHALLENGER), BOND / 2, "half of the bond");
            assertEq(rewards.withdraw(bonds, TREASURY), BOND / 2, "and the treasury half");
        }
        _give(yen, 1_000);
        _propose(1, _honestTree());
        assertEq(rewards.attempts(model, 1), 4, "the fourth");
        _pass(2 days + 1);
        assertTrue(_status(1) == EpochStatus.Final, "and that one stands");
    }

    function test_anHonestDivisionSurvives() public {
        RewardNode[][] memory tree = _honestTree();
        _propose(1, tree);
        for (uint256 i = 0; i < LEAVES; i++) {
            vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Right.selector, i));
            this.challengeAt(0, i, i);
        }
        // Alice's node of four, and one of several accounts.
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Right.selector, 2));
        this.challengeAt(2, 0, 2);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Right.selector, 4));
        this.challengeAt(2, 1, 4);
        // A leaf that is not under the node, or not in the commitment; what is past the last leaf and weighs nothing.
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadLeaf.selector, 4));
        this.challengeAt(2, 0, 4);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadLeaf.selector, 3));
        this.challengeAt(2, 1, 3);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadLeaf.selector, 0));
        this.challengeAt(0, 12, 0);
        RewardNode[] memory proof = tree.proof(0, 1);
        bytes32[] memory leafProof = trainingTree.proof(1);
        TrainingLeaf memory leaf = _leaf(1);
        leaf.weight++;
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadLeaf.selector, 1));
        rewards.challenge(model, 1, RewardPlace(0, 1), tree[0][1], proof, leaf, leafProof);
        _pass(2 days + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProviderRewards.ProviderRewards_Status.selector,
                model,
                1,
                EpochStatus.Final,
                EpochStatus.Proposed
            )
        );
        rewards.challenge(model, 1, RewardPlace(0, 1), tree[0][1], proof, leaf, leafProof);
    }

    function challengeAt(uint256 height, uint256 position, uint256 leaf) external {
        _challenge(_honestTree(), height, position, leaf);
    }

    function test_weightPastTheLastLeafIsRejected() public {
        (address[] memory honest, uint256[] memory sums) = _honest();
        (address[] memory accounts, uint256[] memory more) = (new address[](12), new uint256[](12));
        for (uint256 i = 0; i < LEAVES; i++) (accounts[i], more[i]) = (honest[i], sums[i]);
        (accounts[11], more[11]) = (OPERATOR, 1_000);
        RewardNode[][] memory tree = RewardTree.build(accounts, more);
        _propose(1, tree);
        RewardNode[] memory proof = tree.proof(0, 11);
        vm.prank(CHALLENGER);
        rewards.challenge(model, 1, RewardPlace(0, 11), tree[0][11], proof, TrainingLeaf(0, 0, 0, 0), new bytes32[](0));
        assertTrue(_status(1) == EpochStatus.Waiting, "rejected");
        // And had nobody seen it, nobody could claim it.
        _propose(1, tree);
        _pass(2 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadProof.selector, 0, 11));
        rewards.claim(model, 1, yen, RewardPlace(0, 11), tree[0][11], proof);
    }

    /// A node that says all below is the operator's, over leaves that nobody can show.
    function test_aNodeThatClaimsTheItemsOfOthersIsRejected() public {
        RewardNode[][] memory tree = _honestTree();
        tree[2][0].account = OPERATOR;
        _rehash(tree, 3);
        _propose(1, tree);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadProof.selector, 0, 1));
        this.challengeTree(tree, 0, 1, 1);
        this.challengeTree(tree, 2, 0, 1);
        assertTrue(_status(1) == EpochStatus.Waiting, "rejected");
    }

    function challengeTree(RewardNode[][] memory tree, uint256 height, uint256 position, uint256 leaf) external {
        _challenge(tree, height, position, leaf);
    }

    function _rehash(RewardNode[][] memory tree, uint256 from) private pure {
        for (uint256 h = from; h < tree.length; h++) {
            for (uint256 i = 0; i < tree[h].length; i++) {
                RewardNode memory l = tree[h - 1][2 * i];
                RewardNode memory r = tree[h - 1][2 * i + 1];
                tree[h][i] = RewardNode(
                    keccak256(abi.encode(l.hash, l.sum, l.account, r.hash, r.sum, r.account)),
                    l.sum + r.sum,
                    l.account == r.account ? l.account : address(0)
                );
            }
        }
    }

    // --- demands

    function test_aLeafThatIsNotShownRejects() public {
        // A tree of which the operator knows one leaf only.
        RewardNode[][] memory tree = _honestTree();
        tree[3][1] = RewardNode(keccak256("nothing"), 1_000, OPERATOR);
        _rehash(tree, 4);
        _propose(1, tree);
        vm.startPrank(CHALLENGER);
        rewards.demand(model, 1, 9);
        rewards.demand(model, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Demand.selector, 9, CHALLENGER));
        rewards.demand(model, 1, 9);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Above.selector, "index", 11, 10));
        rewards.demand(model, 1, 11);
        vm.stopPrank();
        RewardNode[] memory proof = tree.proof(0, 0);
        rewards.answer(model, 1, 0, ALICE, 10, proof);
        proof = tree.proof(0, 9);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_BadProof.selector, 0, 9));
        rewards.answer(model, 1, 9, CAROL, 3, proof);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProviderRewards.ProviderRewards_Early.selector,
                block.timestamp + 1 days + 1,
                block.timestamp
            )
        );
        rewards.expire(model, 1, 9);
        _pass(1 days + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Late.selector, block.timestamp - 1, block.timestamp)
        );
        rewards.answer(model, 1, 9, CAROL, 3, proof);
        _pass(30 days);
        assertTrue(_status(1) == EpochStatus.Proposed, "not final while a demand is open");
        rewards.expire(model, 1, 9);
        assertEq(rewards.owed(bonds, CHALLENGER), BOND / 2 + DEMAND, "its own, and half of the other");
        assertEq(rewards.owed(bonds, OPERATOR), DEMAND, "that of the demand that was answered");
        assertTrue(_status(1) == EpochStatus.Waiting, "rejected");
    }

    function test_answersGiveADayToChallenge() public {
        RewardNode[][] memory tree = _honestTree();
        _propose(1, tree);
        _pass(2 days);
        vm.prank(CHALLENGER);
        rewards.demand(model, 1, 9);
        _pass(1 days);
        rewards.answer(model, 1, 9, CAROL, 3, tree.proof(0, 9));
        (, uint256 finalAt) = rewards.statusOf(model, 1);
        assertEq(finalAt, block.timestamp + 1 days, "a day more");
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Demand.selector, 9, address(0)));
        rewards.answer(model, 1, 9, CAROL, 3, tree.proof(0, 9));
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Demand.selector, 9, address(0)));
        rewards.expire(model, 1, 9);
    }

    function test_nobodyPutsADivisionOffForEver() public {
        RewardNode[][] memory tree = _honestTree();
        _propose(1, tree);
        uint256 start = block.timestamp;
        while (block.timestamp <= start + 30 days) {
            vm.prank(CHALLENGER);
            rewards.demand(model, 1, 9);
            rewards.answer(model, 1, 9, CAROL, 3, tree.proof(0, 9));
            _pass(1 days);
        }
        vm.startPrank(CHALLENGER);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Late.selector, start + 30 days, block.timestamp)
        );
        rewards.demand(model, 1, 9);
        vm.stopPrank();
        _pass(1);
        assertTrue(_status(1) == EpochStatus.Final, "final");
        assertEq(rewards.owed(bonds, OPERATOR), 31 * DEMAND, "and paid for");
    }

    function test_demandsOfARejectedDivisionComeBack() public {
        (address[] memory accounts, uint256[] memory sums) = _honest();
        sums[4] += 1;
        RewardNode[][] memory tree = RewardTree.build(accounts, sums);
        _propose(1, tree);
        vm.prank(CHALLENGER);
        rewards.demand(model, 1, 9);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Stands.selector, 1));
        rewards.returnDemand(model, 1, 1, 9);
        _challenge(tree, 0, 4, 4);
        rewards.returnDemand(model, 1, 1, 9);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Demand.selector, 9, address(0)));
        rewards.returnDemand(model, 1, 1, 9);
        assertEq(rewards.owed(bonds, CHALLENGER), BOND / 2 + DEMAND, "both");
        // Those of before mean nothing to the next attempt.
        _propose(1, _honestTree());
        vm.prank(CHALLENGER);
        rewards.demand(model, 1, 9);
        assertEq(rewards.held(bonds), bonds.balanceOf(address(rewards)), "all of it is accounted for");
    }

    // --- other pools

    function test_governanceNamesOperatorsOfOtherPoolsAndMayRejectTheirDivisions() public {
        uint256 gpus = rewards.GPU_PROVIDERS();
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Unauthorized.selector, address(this), TREASURY)
        );
        rewards.setOperator(gpus, OPERATOR);
        vm.startPrank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_NoPool.selector, model));
        rewards.setOperator(model, OPERATOR);
        rewards.setOperator(gpus, OPERATOR);
        vm.stopPrank();
        gold.mint(address(this), 90);
        gold.approve(address(rewards), 90);
        rewards.fund(gpus, gold, 90);
        (address[] memory accounts, uint256[] memory sums) = (new address[](1), new uint256[](1));
        (accounts[0], sums[0]) = (ALICE, 5);
        RewardNode[][] memory tree = RewardTree.build(accounts, sums);
        vm.prank(OPERATOR);
        rewards.propose(gpus, 1, tree.root().hash, 5, 1);
        RewardNode[] memory none = new RewardNode[](0);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_NotAVersion.selector, gpus));
        rewards.challenge(gpus, 1, RewardPlace(0, 0), tree[0][0], none, _leaf(0), new bytes32[](0));
        vm.prank(TREASURY);
        rewards.veto(gpus, 1);
        assertEq(rewards.owed(bonds, TREASURY), BOND, "the bond");
        vm.prank(OPERATOR);
        rewards.propose(gpus, 1, tree.root().hash, 5, 1);
        _pass(2 days + 1);
        assertEq(rewards.claim(gpus, 1, gold, RewardPlace(0, 0), tree[0][0], none), 90, "one leaf, all of it");
        _propose(1, _honestTree());
        vm.startPrank(TREASURY);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Unauthorized.selector, TREASURY, address(0))
        );
        rewards.veto(model, 1);
        vm.stopPrank();
    }

    function test_bondsAreGovernancesAndThoseOfBeforeStay() public {
        _propose(1, _honestTree());
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRewards.ProviderRewards_Unauthorized.selector, address(this), TREASURY)
        );
        rewards.setBonds(gold, 1, 1);
        vm.startPrank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "proposal"));
        rewards.setBonds(gold, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IProviderRewards.ProviderRewards_Zero.selector, "demand"));
        rewards.setBonds(gold, 1, 0);
        rewards.setBonds(gold, 5, 6);
        vm.stopPrank();
        vm.prank(CHALLENGER);
        rewards.demand(model, 1, 9);
        assertEq(rewards.held(bonds), BOND + DEMAND, "as it was proposed");
        assertEq(rewards.withdraw(gold, ALICE), 0, "nothing");
    }

    function test_gasOfAClaimAndAChallenge() public {
        _give(yen, 1_000);
        (address[] memory accounts, uint256[] memory sums) = _honest();
        sums[4] += 1;
        RewardNode[][] memory tree = RewardTree.build(accounts, sums);
        _propose(1, tree);
        RewardNode[] memory proof = tree.proof(0, 4);
        bytes32[] memory leafProof = trainingTree.proof(4);
        TrainingLeaf memory leaf = _leaf(4);
        vm.cool(address(rewards));
        uint256 before = gasleft();
        rewards.challenge(model, 1, RewardPlace(0, 4), tree[0][4], proof, leaf, leafProof);
        emit log_named_uint("gas of a challenge among 11 leaves", before - gasleft());
        assertLe(before - gasleft(), 150_000, "gas of a challenge");
        tree = _honestTree();
        _propose(1, tree);
        _pass(2 days + 1);
        RewardPlace memory place = tree.whole(9);
        proof = tree.proof(0, 9);
        vm.cool(address(rewards));
        before = gasleft();
        rewards.claim(model, 1, yen, place, tree[0][9], proof);
        emit log_named_uint("gas of a claim", before - gasleft());
        assertLe(before - gasleft(), 150_000, "gas of a claim");
    }
}
