// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Test} from "@animechain/testing/Test.sol";
import {IModelRegistry, Publication, Version} from "../src-sol/interfaces/IModelRegistry.sol";
import {TrainingLeaf, TrainingStatus} from "../src-sol/interfaces/ITrainingCommit.sol";
import {ConsentRegistry} from "../src-sol/ConsentRegistry.sol";
import {ModelRegistry} from "../src-sol/ModelRegistry.sol";
import {TrainingCommit} from "../src-sol/TrainingCommit.sol";
import {ModelSetup} from "./ModelSetup.sol";
import {Tree, Trees} from "./Trees.sol";

contract ModelRegistryTest is ModelSetup {
    using Trees for Tree;

    function _refused(Publication memory publication, bytes memory reason) private {
        bytes[] memory signatures = new bytes[](publication.parents.length);
        vm.prank(TRAINER);
        vm.expectRevert(reason);
        models.publish(publication, block.timestamp, signatures);
    }

    function test_aVersionShowsWhatItWasTrainedOn() public {
        uint256 commit = _trained(4);
        bytes32 composition = bytes32(uint256(1) | (2 << 64) | (3 << 128) | (4 << 192));
        vm.expectEmit(address(models));
        emit IModelRegistry.VersionPublished(1, TRAINER, commit, new uint256[](0), keccak256("weights"), composition);
        assertEq(_publish(commit, new uint256[](0)), 1, "counted from 1");
        assertEq(models.ownerOf(1), TRAINER, "owner");
        assertEq(models.trainingCommitOf(1), commit, "commitment");
        assertEq(models.bpsByBasisOf(1)[1], 1_000, "1 of 10 is opt-in");
        assertEq(models.versionOfCommit(address(training), commit), 1, "named by");
        assertTrue(models.isMintable(1), "mintable");
        assertFalse(models.containsRevoked(1), "nothing revoked");
        Version memory v = models.versionOf(1);
        assertEq(v.composition, composition, "of the tree, not of the publisher");
        assertEq(v.training, address(training), "where the commitment is");
        assertEq(v.publishedAt, block.timestamp, "when");
        assertFalse(models.isMintable(2), "no version");
        bytes memory none = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 2);
        vm.expectRevert(none);
        models.versionOf(2);
        vm.expectRevert(none);
        models.operatorOf(2);
        vm.expectRevert(none);
        models.trainingCommitOf(2);
        vm.expectRevert(none);
        models.containsRevoked(2);
        vm.expectRevert(none);
        models.bpsByBasisOf(2);
    }

    function test_onlyAFinalCommitmentOfTheCallerIsPublishedAndOnce() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(2);
        leaves[1].consent = 99;
        Tree memory tree = Trees.build(leaves, weights);
        uint256 id = _commit(tree);
        Publication memory p = _publication(id, new uint256[](0));
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_NotFinal.selector, id, TrainingStatus.Open));
        training.challenge(id, tree.open(leaves[1], 1));
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_NotFinal.selector, id, TrainingStatus.Tainted));
        p.trainingCommit = 77;
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_NotFinal.selector, 77, TrainingStatus.None));
        p.trainingCommit = _trained(1);
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_Unauthorized.selector, address(this), TRAINER)
        );
        models.publish(p, 0, new bytes[](0));
        assertEq(_publish(p.trainingCommit, new uint256[](0)), 1, "published");
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_Used.selector, p.trainingCommit, 1));
        p.weightsVaultAsset = 0;
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_Zero.selector, "weightsVaultAsset"));
        p = _publication(1, new uint256[](0));
        p.runtimeHash = 0;
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_Zero.selector, "runtimeHash"));
        p = _publication(1, new uint256[](0));
        p.evalHash = 0;
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_Zero.selector, "evalHash"));
        council.pause(models.MODEL_REGISTRY(), true);
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_Paused.selector));
    }

    /// @dev Exact to the basis point, and it holds though the registry of consents is replaced by one that asks for less.
    function test_theLeastOptInShareIsMet() public {
        // 1 of 3: 3,333.
        uint256 first = _trained(2);
        uint256 second = _trained(2);
        vm.prank(GOVERNANCE);
        consents.setMinOptInBps(3_333);
        assertEq(_publish(first, new uint256[](0)), 1, "met");
        assertEq(models.optInFloor(), 3_333, "remembered");
        vm.prank(GOVERNANCE);
        consents.setMinOptInBps(3_334);
        _refused(
            _publication(second, new uint256[](0)),
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_TooLittleOptIn.selector, 3_333, 3_334)
        );
        uint256 third = _trained(1);
        _publish(third, new uint256[](0));
        modules.seal();
        ConsentRegistry lenient = new ConsentRegistry(modules);
        vm.startPrank(GOVERNANCE);
        modules.place(consents.CONSENT_REGISTRY(), address(lenient));
        vm.stopPrank();
        _refused(
            _publication(second, new uint256[](0)),
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_TooLittleOptIn.selector, 3_333, 3_334)
        );
    }

    /// @dev The owner of a parent is asked: by its account, by what it allowed, or by its signature, once.
    function test_parentsGiveLeave() public {
        uint256 parent = _root();
        vm.prank(TRAINER);
        models.transferFrom(TRAINER, PROVIDER, parent);
        uint256 commit = _trained(1);
        Publication memory p = _publication(commit, _ids(parent));
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_NoLeave.selector, parent, PROVIDER, 0));
        bytes[] memory signatures = new bytes[](1);
        uint256 deadline = block.timestamp;
        bytes32 digest = models.digestOf(parent, TRAINER, address(training), commit, 0, deadline);
        signatures[0] = _signed(KEY, digest);
        vm.warp(deadline + 1);
        vm.startPrank(TRAINER);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistry_Expired.selector, deadline, deadline + 1));
        models.publish(p, deadline, signatures);
        vm.stopPrank();
        digest = models.digestOf(parent, TRAINER, address(training), commit, 0, deadline + 1);
        signatures[0] = _signed(KEY, digest);
        vm.prank(TRAINER);
        uint256 child = models.publish(p, deadline + 1, signatures);
        assertEq(models.versionOf(child).parents[0], parent, "parent");
        assertEq(models.nonces(PROVIDER), 1, "signature served");
        // It was for that commitment.
        p.trainingCommit = _trained(1);
        vm.prank(TRAINER);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistry_NoLeave.selector, parent, PROVIDER, 1));
        models.publish(p, block.timestamp, signatures);
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_Unauthorized.selector, address(this), PROVIDER)
        );
        models.allowTuning(parent, TRAINER, true);
        vm.prank(PROVIDER);
        models.allowTuning(parent, TRAINER, true);
        assertEq(_publish(p.trainingCommit, _ids(parent)), child + 1, "allowed");
        // What one owner allows does not bind the next.
        vm.prank(PROVIDER);
        models.transferFrom(PROVIDER, address(this), parent);
        p.trainingCommit = _trained(1);
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_NoLeave.selector, parent, address(this), 0));
    }

    function test_parentsAreBoundedAscendingAndOlder() public {
        uint256[] memory parents = new uint256[](9);
        for (uint256 i = 0; i < 9; i++) parents[i] = _root();
        uint256 commit = _trained(1);
        _refused(
            _publication(commit, parents),
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_Length.selector, "parents", 9, 0, 8)
        );
        uint256[] memory eight = new uint256[](8);
        for (uint256 i = 0; i < 8; i++) eight[i] = parents[i];
        Publication memory p = _publication(commit, eight);
        vm.prank(TRAINER);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistry_Length.selector, "signatures", 7, 8, 8));
        models.publish(p, 0, new bytes[](7));
        p.parents[1] = 1;
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_BadParent.selector, 1, 1, 10));
        p.parents[1] = 10;
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_BadParent.selector, 10, 1, 10));
        p.parents[1] = 2;
        vm.prank(TRAINER);
        uint256 gas = gasleft();
        models.publish(p, 0, new bytes[](8));
        gas -= gasleft();
        assertLe(gas, 700_000, "gas with 8 parents");
        p.parents[0] = 0;
        p.trainingCommit = _trained(1);
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_BadParent.selector, 0, 0, 11));
    }

    /// @dev Revoked at t: a child of what contains it needs a commitment of t or later, in which a leaf of that consent would be a breach.
    function test_theNextVersionExcludesWhatWasRevoked() public {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(2);
        Tree memory tree = Trees.build(leaves, weights);
        uint256 parent = _publish(_final(tree), new uint256[](0));
        uint256 early = _trained(1);
        uint64 earlyAt = training.commitmentOf(early).committedAt;
        _revoke(leaves[1].consent);
        uint64 t = uint64(block.timestamp);
        Publication memory p = _publication(early, _ids(parent));
        training.flagRevoked(models.trainingCommitOf(parent), tree.open(leaves[1], 1));
        assertTrue(models.containsRevoked(parent), "flagged");
        assertTrue(models.isMintable(parent), "what was trained before stands");
        _refused(p, abi.encodeWithSelector(IModelRegistry.ModelRegistry_MustExclude.selector, parent, t, earlyAt));
        // The same tree, committed later, is in breach.
        uint256 again = _commit(tree);
        training.challenge(again, tree.open(leaves[1], 1));
        assertEq(uint256(training.statusOf(again)), uint256(TrainingStatus.Tainted), "not excluded");
        assertEq(_publish(_trained(1), _ids(parent)), parent + 1, "excluded");
    }

    function test_anOperatorServesOneOwner() public {
        uint256 id = _root();
        assertEq(models.operatorOf(id), TRAINER, "the owner unless set");
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_Unauthorized.selector, address(this), TRAINER)
        );
        models.setOperator(id, address(this));
        vm.prank(TRAINER);
        models.setOperator(id, CHALLENGER);
        assertEq(models.operatorOf(id), CHALLENGER, "set");
        vm.prank(TRAINER);
        vm.expectEmit(address(models));
        emit IModelRegistry.OperatorSet(id, address(0));
        models.transferFrom(TRAINER, PROVIDER, id);
        assertEq(models.operatorOf(id), PROVIDER, "the next owner");
    }

    /// @dev 8 parents each, 12 generations: 8^11 ways up. Each costs the same, and so does asking whether it is mintable.
    function test_lineageCostsTheSameHoweverDeep() public {
        uint256[] memory parents = new uint256[](8);
        for (uint256 i = 0; i < 8; i++) parents[i] = _root();
        uint256 first;
        uint256 last;
        for (uint256 generation = 0; generation < 12; generation++) {
            Publication memory p = _publication(_trained(1), parents);
            vm.prank(TRAINER);
            uint256 gas = gasleft();
            uint256 id = models.publish(p, 0, new bytes[](8));
            gas -= gasleft();
            if (generation == 0) first = gas;
            last = gas;
            for (uint256 i = 0; i < 7; i++) parents[i] = parents[i + 1];
            parents[7] = id;
        }
        // Slots of parents are warm or cold, which is all that differs.
        assertLe(last, (first * 11) / 10, "gas of the last generation");
        uint256 before = gasleft();
        assertTrue(models.isMintable(parents[7]), "mintable");
        assertLe(before - gasleft(), 10_000, "gas of isMintable");
    }
}

/// @notice Commits, good and bad, challenges, finalizes, publishes with parents at random.
contract ModelWorld is ModelSetup {
    using Trees for Tree;

    function commit(bool wrong) external {
        _commit(_tree(wrong));
    }

    function _tree(bool wrong) private returns (Tree memory) {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(2);
        if (wrong) leaves[1].consent = type(uint256).max;
        return Trees.build(leaves, weights);
    }

    /// @dev By demand: nobody can show a leaf that is in breach, and nobody shows the others either.
    function taint(uint256 draw) external {
        uint256 id = _newest(draw, TrainingStatus.Open);
        vm.assume(id != 0 && block.timestamp <= training.commitmentOf(id).endsAt - 2 days);
        vm.prank(CHALLENGER);
        training.demand(id, 1);
        vm.warp(block.timestamp + 1 days + 1);
        training.expire(id, 1);
    }

    function finalize(uint256 draw) external {
        uint256 id = _newest(draw, TrainingStatus.Open);
        vm.assume(id != 0);
        if (block.timestamp < training.commitmentOf(id).endsAt) vm.warp(training.commitmentOf(id).endsAt);
        training.finalize(id);
    }

    function publish(uint256 draw, uint256 parent) external {
        uint256 count = training.count();
        vm.assume(count != 0);
        uint256 id = count - (draw % (count < 6 ? count : 6));
        uint256[] memory parents = models.count() == 0 ? new uint256[](0) : _ids(bound(parent, 1, models.count()));
        bool may = training.statusOf(id) == TrainingStatus.Final && models.versionOfCommit(address(training), id) == 0;
        Publication memory p = _publication(id, parents);
        vm.prank(TRAINER);
        (bool published, ) = address(models).call(abi.encodeCall(models.publish, (p, 0, new bytes[](parents.length))));
        assertEq(published, may, "published if final and new");
    }

    function _newest(uint256 draw, TrainingStatus status) private view returns (uint256) {
        uint256 count = training.count();
        for (uint256 i = 0; i < 6 && i < count; i++) {
            uint256 id = count - (((draw % 6) + i) % (count < 6 ? count : 6));
            if (training.statusOf(id) == status) return id;
        }
        return 0;
    }

    function parts() external view returns (ModelRegistry, TrainingCommit) {
        return (models, training);
    }
}

contract ModelRegistryInvariantsTest is Test {
    ModelRegistry private models;
    TrainingCommit private training;

    function setUp() public {
        ModelWorld world = new ModelWorld();
        world.setUp();
        (models, training) = world.parts();
        targetContract(address(world));
        excludeSelector(address(world), world.setUp.selector);
        excludeSelector(address(world), world.parts.selector);
    }

    /// forge-config: default.invariant.runs = 4
    /// @dev So `isMintable` needs no way up: every version rests on its own final commitment, and every parent is such a version.
    function invariant_noVersionRestsOnATaintedCommitment() public view {
        uint256 count = models.count();
        // The first ones and the newest, so that what is checked after each move is bounded.
        for (uint256 i = 0; i < 12 && i < count; i++) {
            uint256 id = i < 6 ? i + 1 : count + 6 - i;
            uint256 commit = models.trainingCommitOf(id);
            assertEq(uint256(training.statusOf(commit)), uint256(TrainingStatus.Final), "final");
            assertEq(models.versionOfCommit(address(training), commit), id, "one version each");
            uint256[] memory parents = models.versionOf(id).parents;
            for (uint256 j = 0; j < parents.length; j++)
                assertTrue(parents[j] > 0 && parents[j] < id, "a parent is older");
            assertTrue(models.isMintable(id), "mintable");
        }
    }
}
