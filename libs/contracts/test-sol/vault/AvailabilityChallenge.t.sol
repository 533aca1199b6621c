// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {Availability} from "../../src-sol/vault/Certificates.sol";
import {Roles} from "../../src-sol/vault/Roles.sol";
import {BlobDescriptor, Shards} from "../../src-sol/vault/Shards.sol";
import {Acknowledgement, Erase, Manifest, VaultMessages} from "../../src-sol/vault/VaultMessages.sol";
import {IAvailabilityChallenge} from "../../src-sol/vault/interfaces/IAvailabilityChallenge.sol";
import {ICommitteeRegistry} from "../../src-sol/vault/interfaces/ICommitteeRegistry.sol";
import {CommitteeSetup} from "./CommitteeSetup.sol";

/// @notice Shards of made-up bytes, with trees as the specification draws them: recursively, from the leaves.
abstract contract ShardTrees is CommitteeSetup {
    bytes32 internal constant EMPTY = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    /// Any leaf of any unit.
    function leafBytes(
        uint256 shard,
        uint256 stripe,
        uint256 leaf,
        uint256 length
    ) internal pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length && i < 64; i++) data[i] = bytes1(uint8(shard * 7 + stripe * 5 + leaf * 3 + i));
    }

    function unitLeaves(uint256 length, uint256 shard, uint256 stripe) internal pure returns (bytes32[] memory hashes) {
        uint256 unit = Shards.unitLength(length, shard, stripe);
        hashes = new bytes32[](Shards.leavesOf(unit));
        for (uint256 i = 0; i < hashes.length; i++) {
            uint256 rest = unit - i * 4_096;
            bytes memory data = leafBytes(shard, stripe, i, rest < 4_096 ? rest : 4_096);
            hashes[i] = sha256(abi.encodePacked(hex"00", data));
        }
    }

    function shardLeaves(uint256 length, uint256 shard) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](Shards.stripesOf(length));
        for (uint256 i = 0; i < hashes.length; i++) {
            bytes32[] memory leaves = unitLeaves(length, shard, i);
            bytes32 unit = leaves.length == 0 ? EMPTY : treeOf(leaves, 0, leaves.length);
            hashes[i] = sha256(abi.encodePacked(hex"00", unit));
        }
    }

    /// RFC 9162, 2.1.1, of leaves that are hashed.
    function treeOf(bytes32[] memory leaves, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (to - from == 1) return leaves[from];
        uint256 split = 1;
        while (split * 2 < to - from) split *= 2;
        return sha256(abi.encodePacked(hex"01", treeOf(leaves, from, from + split), treeOf(leaves, from + split, to)));
    }

    /// RFC 9162, 2.1.3.1, from the leaf up.
    function pathOf(
        bytes32[] memory leaves,
        uint256 index,
        uint256 from,
        uint256 to
    ) internal pure returns (bytes32[] memory path) {
        if (to - from == 1) return path;
        uint256 split = 1;
        while (split * 2 < to - from) split *= 2;
        bool left = index < from + split;
        bytes32[] memory below =
            left ? pathOf(leaves, index, from, from + split) : pathOf(leaves, index, from + split, to);
        path = new bytes32[](below.length + 1);
        for (uint256 i = 0; i < below.length; i++) path[i] = below[i];
        path[below.length] = left ? treeOf(leaves, from + split, to) : treeOf(leaves, from, from + split);
    }

    function describe(uint256 length, bytes32 project) internal pure returns (BlobDescriptor memory blob) {
        blob.header = new bytes(80);
        (blob.length, blob.dataRoot, blob.project) = (uint64(length), "data", project);
        for (uint256 i = 0; i < 5; i++) {
            bytes32[] memory leaves = shardLeaves(length, i);
            blob.shardRoots[i] = treeOf(leaves, 0, leaves.length);
        }
    }

    /// The header of the block whose randomness counts, as far as anybody looks at it.
    function headerOf(bytes32 randao) internal pure returns (bytes memory) {
        bytes[] memory fields = new bytes[](16);
        for (uint256 i = 0; i < 16; i++) fields[i] = RLP.encode(i);
        fields[13] = RLP.encode(randao);
        return RLP.encode(fields);
    }
}

contract AvailabilityChallengeTest is ShardTrees {
    uint256 private constant STUDIO = 0x57d10;
    address private alice = makeAddress("alice");
    /// Two stripes, the second with one chunk of 100 bytes.
    uint256 private constant LENGTH = 3 * 262_160 + 100;
    BlobDescriptor private _batch;
    BlobDescriptor private _film;

    function setUp() public override {
        super.setUp();
        form(4, 5);
        _batch = describe(LENGTH, 0);
        _film = describe(LENGTH, "film");
        vm.deal(alice, 100 ether);
        vm.deal(vm.addr(STUDIO), 100 ether);
    }

    function _certified(uint256 node) private view returns (Availability memory what, bytes memory signature) {
        what = availability(1);
        (what.blob, what.length) = (Shards.idOf(_batch), uint64(LENGTH));
        signature = sign(keyOf(node), adapter.hashOf(what));
    }

    function _acknowledged(
        BlobDescriptor memory blob,
        uint8 shard,
        address eraser
    ) private view returns (Acknowledgement memory what, bytes memory signature) {
        what = Acknowledgement(
            vm.addr(keyOf(2)),
            Shards.idOf(blob),
            shard,
            eraser,
            1,
            1,
            uint64(block.timestamp) + RETENTION
        );
        signature = sign(keyOf(2), storeDigest(VaultMessages.hash(what)));
    }

    function _open(uint256 node) private returns (uint256 id) {
        (Availability memory what, bytes memory signature) = _certified(node);
        uint256 bond = challenge.bondFor(member(node));
        vm.prank(alice);
        return challenge.openCertified{value: bond}(address(adapter), what, signature, _batch);
    }

    function _openFilm() private returns (uint256 id) {
        (Acknowledgement memory what, bytes memory signature) = _acknowledged(_film, 4, vm.addr(STUDIO));
        vm.prank(vm.addr(STUDIO));
        return challenge.openAcknowledged{value: BOND}(what, signature, _film);
    }

    function _draw(uint256 id, bytes32 randao) private {
        uint64 at = challenge.challengeOf(id).drawBlock;
        vm.roll(at + 1);
        vm.setBlockhash(at, keccak256(headerOf(randao)));
        challenge.draw(id, headerOf(randao));
    }

    /// What the node shows.
    function _answer(
        uint256 id
    ) private view returns (bytes memory leaf, bytes32[] memory unitPath, bytes32[] memory shardPath) {
        uint256 shard = challenge.challengeOf(id).shard;
        (uint256 stripe, uint256 place, uint256 length) = challenge.leafOf(id);
        leaf = leafBytes(shard, stripe, place, length);
        bytes32[] memory leaves = unitLeaves(LENGTH, shard, stripe);
        unitPath = pathOf(leaves, place, 0, leaves.length);
        leaves = shardLeaves(LENGTH, shard);
        shardPath = pathOf(leaves, stripe, 0, leaves.length);
    }

    function testFuzz_anHonestNodeAnswersWhateverIsDrawn(uint256 node, bytes32 randao) external {
        node = node % 5;
        uint256 id = _open(node);
        assertEq(challenge.challengeOf(id).shard, node, "shard");
        _draw(id, randao);
        (bytes memory leaf, bytes32[] memory unitPath, bytes32[] memory shardPath) = _answer(id);
        assertLe(leaf.length, 4_096, "a leaf");
        challenge.answer(id, leaf, unitPath, shardPath);
        assertEq(challenge.credit(member(node)), (BOND * 4) / 5, "paid from the bond");
        assertEq(BURN.balance, BOND / 5, "burned");
        assertEq(registry.memberOf(Roles.STORAGE, member(node)).locks, 0, "free");
        assertEq(registry.memberOf(Roles.STORAGE, member(node)).stake, STAKE, "stake");
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityChallenge.AvailabilityChallenge_WrongStatus.selector, id));
        challenge.answer(id, leaf, unitPath, shardPath);
    }

    function testFuzz_nothingElseIsAnAnswer(bytes32 randao, uint256 at) external {
        uint256 id = _open(0);
        _draw(id, randao);
        (bytes memory leaf, bytes32[] memory unitPath, bytes32[] memory shardPath) = _answer(id);
        bytes memory wrong = abi.encodeWithSelector(
            IAvailabilityChallenge.AvailabilityChallenge_WrongAnswer.selector,
            id
        );
        leaf[at % leaf.length] ^= 0x01;
        vm.expectRevert(wrong);
        challenge.answer(id, leaf, unitPath, shardPath);
        leaf[at % leaf.length] ^= 0x01;
        vm.expectRevert(wrong);
        challenge.answer(id, abi.encodePacked(leaf, uint8(0)), unitPath, shardPath);
        vm.expectRevert(wrong);
        challenge.answer(id, leaf, unitPath, new bytes32[](0));
        bytes32[] memory longer = new bytes32[](unitPath.length + 1);
        for (uint256 i = 0; i < unitPath.length; i++) longer[i] = unitPath[i];
        vm.expectRevert(wrong);
        challenge.answer(id, leaf, longer, shardPath);
        shardPath[0] ^= bytes32(uint256(1));
        vm.expectRevert(wrong);
        challenge.answer(id, leaf, unitPath, shardPath);
    }

    function test_whoDoesNotAnswerLosesStake() external {
        uint256 id = _open(1);
        _draw(id, "randao");
        bytes memory early = abi.encodeWithSelector(
            IAvailabilityChallenge.AvailabilityChallenge_WrongTime.selector,
            id
        );
        vm.warp(block.timestamp + RESPONSE);
        vm.expectRevert(early);
        challenge.fail(id);
        vm.warp(block.timestamp + 1);
        (bytes memory leaf, bytes32[] memory unitPath, bytes32[] memory shardPath) = _answer(id);
        vm.expectRevert(early);
        challenge.answer(id, leaf, unitPath, shardPath);
        challenge.fail(id);
        assertEq(registry.memberOf(Roles.STORAGE, member(1)).stake, 0, "stake");
        assertEq(registry.credit(alice), STAKE / 10, "finder");
        assertEq(challenge.credit(alice), BOND, "bond");
        vm.prank(alice);
        challenge.claimCredit(address(0xca5));
        assertEq(address(0xca5).balance, BOND, "paid");
        assertEq(address(challenge).balance, 0, "nothing left");
        vm.expectRevert(IAvailabilityChallenge.AvailabilityChallenge_NoCredit.selector);
        challenge.claimCredit(alice);
        // A member without stake can be challenged all the same, and has nothing to lose.
        id = _open(1);
        _draw(id, "randao");
        vm.warp(block.timestamp + RESPONSE + 1);
        challenge.fail(id);
    }

    function test_theLeafIsThatOfOneBlocksRandomness() external {
        uint256 id = _open(0);
        uint64 at = challenge.challengeOf(id).drawBlock;
        assertEq(at, block.number + 2, "two blocks later");
        bytes memory header = headerOf("randao");
        bytes memory wrong = abi.encodeWithSelector(
            IAvailabilityChallenge.AvailabilityChallenge_WrongHeader.selector,
            at
        );
        vm.roll(at);
        vm.expectRevert(wrong);
        challenge.draw(id, header);
        vm.roll(at + 1);
        vm.setBlockhash(at, keccak256(header));
        bytes memory other = headerOf("other");
        vm.expectRevert(wrong);
        challenge.draw(id, other);
        challenge.draw(id, header);
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityChallenge.AvailabilityChallenge_WrongStatus.selector, id));
        challenge.draw(id, header);
    }

    function test_whatNobodyDrawsIsOver() external {
        uint256 id = _open(0);
        uint64 at = challenge.challengeOf(id).drawBlock;
        bytes memory early = abi.encodeWithSelector(
            IAvailabilityChallenge.AvailabilityChallenge_WrongTime.selector,
            id
        );
        vm.roll(at + 256);
        vm.expectRevert(early);
        challenge.expire(id);
        vm.roll(at + 257);
        vm.expectRevert(early);
        challenge.draw(id, "");
        challenge.expire(id);
        assertEq(challenge.credit(alice), (BOND * 4) / 5, "four fifths");
        assertEq(challenge.openOf(member(0)), 0, "open");
        id = _open(0);
        vm.warp(block.timestamp + 3_601);
        challenge.expire(id);
    }

    function test_challengesOfANodeAreBounded_andEachCostsMore() external {
        for (uint256 i = 0; i < 16; i++) {
            assertEq(challenge.bondFor(member(0)), (i + 1) * BOND, "bond");
            _open(0);
        }
        (Availability memory what, bytes memory signature) = _certified(0);
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityChallenge.AvailabilityChallenge_TooMany.selector, 16));
        vm.prank(alice);
        challenge.openCertified{value: 17 * BOND}(address(adapter), what, signature, _batch);
        (what, signature) = _certified(1);
        vm.expectRevert(
            abi.encodeWithSelector(IAvailabilityChallenge.AvailabilityChallenge_WrongBond.selector, BOND - 1, BOND)
        );
        vm.prank(alice);
        challenge.openCertified{value: BOND - 1}(address(adapter), what, signature, _batch);
        assertEq(registry.memberOf(Roles.STORAGE, member(0)).locks, 16, "locks");
    }

    function test_whatObligesNobody() external {
        (Availability memory what, bytes memory signature) = _certified(0);
        bytes4 none = IAvailabilityChallenge.AvailabilityChallenge_NoPromise.selector;
        bytes memory stranger = sign(keyOf(5), adapter.hashOf(what));
        vm.startPrank(alice);
        vm.expectRevert(none);
        challenge.openCertified{value: BOND}(address(adapter), what, stranger, _batch);
        vm.expectRevert(none);
        challenge.openCertified{value: BOND}(address(adapter), what, "", _batch);
        vm.expectRevert(none);
        challenge.openCertified{value: BOND}(address(adapter), what, signature, _film);
        // Signed for another adapter it is another message.
        vm.expectRevert(none);
        challenge.openCertified{value: BOND}(alice, what, signature, _batch);
        BlobDescriptor memory other = _batch;
        other.dataRoot = "other";
        vm.expectRevert(
            abi.encodeWithSelector(
                IAvailabilityChallenge.AvailabilityChallenge_WrongBlob.selector,
                Shards.idOf(other),
                what.blob
            )
        );
        challenge.openCertified{value: BOND}(address(adapter), what, signature, other);
        vm.warp(what.until - RESPONSE - 3_599);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAvailabilityChallenge.AvailabilityChallenge_TooLate.selector,
                what.until,
                what.until + 1
            )
        );
        challenge.openCertified{value: BOND}(address(adapter), what, signature, _batch);
    }

    function test_anEmptyShardIsNotChallenged() external {
        BlobDescriptor memory small = describe(100, 0);
        (Acknowledgement memory what, bytes memory signature) = _acknowledged(small, 1, address(0));
        vm.startPrank(alice);
        vm.expectRevert(IAvailabilityChallenge.AvailabilityChallenge_NothingHeld.selector);
        challenge.openAcknowledged{value: BOND}(what, signature, small);
        (what, signature) = _acknowledged(small, 4, address(0));
        challenge.openAcknowledged{value: BOND}(what, signature, small);
    }

    function test_aProjectsBlobIsItsErasersToAskFor_withoutGain() external {
        (Acknowledgement memory what, bytes memory signature) = _acknowledged(_film, 4, vm.addr(STUDIO));
        vm.expectRevert(
            abi.encodeWithSelector(IAvailabilityChallenge.AvailabilityChallenge_Unauthorized.selector, alice)
        );
        vm.prank(alice);
        challenge.openAcknowledged{value: BOND}(what, signature, _film);
        uint256 id = _openFilm();
        _draw(id, "randao");
        vm.warp(block.timestamp + RESPONSE + 1);
        challenge.fail(id);
        assertEq(registry.memberOf(Roles.STORAGE, member(2)).stake, 0, "lost");
        assertEq(registry.credit(vm.addr(STUDIO)), 0, "no reward");
        assertEq(BURN.balance, STAKE, "burned");
    }

    function _episode() private pure returns (bytes32) {
        return keccak256(abi.encode(bytes32("film"), bytes32("episode")));
    }

    function _erasure() private view returns (Manifest memory manifest, Erase memory order) {
        manifest.project = order.project = "film";
        manifest.blob = Shards.idOf(_film);
        manifest.path = new bytes32[](2);
        (manifest.path[0], manifest.path[1]) = ("episode", "shot");
        manifest.object = order.object = keccak256(abi.encode(_episode(), bytes32("shot")));
        manifest.shareCommitments = new bytes32[](5);
        manifest.ownerWrap = "wrap";
    }

    function test_anErasureThatTheEraserSignedIsAnAnswer() external {
        uint256 id = _openFilm();
        _draw(id, "randao");
        (Manifest memory manifest, Erase memory order) = _erasure();
        bytes memory manifestSignature = sign(STUDIO, storeDigest(VaultMessages.hash(manifest)));
        bytes memory orderSignature = sign(STUDIO, storeDigest(VaultMessages.hash(order)));
        bytes memory wrong = abi.encodeWithSelector(
            IAvailabilityChallenge.AvailabilityChallenge_WrongAnswer.selector,
            id
        );
        bytes memory byNode = sign(keyOf(2), storeDigest(VaultMessages.hash(order)));
        vm.expectRevert(wrong);
        challenge.answerErased(id, manifest, manifestSignature, order, byNode);
        order.object = "another";
        bytes memory another = sign(STUDIO, storeDigest(VaultMessages.hash(order)));
        vm.expectRevert(wrong);
        challenge.answerErased(id, manifest, manifestSignature, order, another);
        order.object = manifest.object;
        manifest.blob = "another";
        vm.expectRevert(wrong);
        challenge.answerErased(id, manifest, manifestSignature, order, orderSignature);
        manifest.blob = Shards.idOf(_film);
        challenge.answerErased(id, manifest, manifestSignature, order, orderSignature);
        assertEq(registry.memberOf(Roles.STORAGE, member(2)).stake, STAKE, "kept");
        // Of a batch there is none.
        id = _open(2);
        vm.expectRevert(abi.encodeWithSelector(IAvailabilityChallenge.AvailabilityChallenge_WrongAnswer.selector, id));
        challenge.answerErased(id, manifest, manifestSignature, order, orderSignature);
    }

    function test_anErasureOfWhatTheObjectIsBelowIsAnAnswer() external {
        bytes32[2] memory above = [bytes32("film"), _episode()];
        for (uint256 i = 0; i < above.length; i++) {
            uint256 id = _openFilm();
            (Manifest memory manifest, Erase memory order) = _erasure();
            order.object = above[i];
            bytes memory orderSignature = sign(STUDIO, storeDigest(VaultMessages.hash(order)));
            // A path that leads elsewhere shows nothing.
            (bytes32 salt, bytes32 object) = (manifest.path[1], manifest.object);
            manifest.path[1] = "another";
            bytes memory elsewhere = sign(STUDIO, storeDigest(VaultMessages.hash(manifest)));
            vm.expectRevert(
                abi.encodeWithSelector(IAvailabilityChallenge.AvailabilityChallenge_WrongAnswer.selector, id)
            );
            challenge.answerErased(id, manifest, elsewhere, order, orderSignature);
            (manifest.path[1], manifest.object) = (salt, object);
            bytes memory signature = sign(STUDIO, storeDigest(VaultMessages.hash(manifest)));
            challenge.answerErased(id, manifest, signature, order, orderSignature);
            assertEq(uint8(challenge.challengeOf(id).status), uint8(IAvailabilityChallenge.Status.Closed), "closed");
        }
        assertEq(registry.memberOf(Roles.STORAGE, member(2)).stake, STAKE, "kept");
    }

    function test_aChallengedMemberIsNotPaid() external {
        vm.prank(member(3));
        registry.leave(Roles.STORAGE);
        vm.warp(block.timestamp + UNBONDING);
        _open(3);
        uint64 at = registry.memberOf(Roles.STORAGE, member(3)).leavingAt;
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_NotYet.selector, at, 1));
        vm.prank(member(3));
        registry.withdraw(Roles.STORAGE, member(3));
    }

    /// Every leaf of a tree of any size is found, and nothing of another place.
    function testFuzz_pathsOfAnySize(uint256 size, uint256 index) external pure {
        size = bound(size, 1, 70);
        index = index % size;
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; i++) leaves[i] = sha256(abi.encodePacked(hex"00", abi.encode(i)));
        bytes32 root = treeOf(leaves, 0, size);
        bytes32[] memory path = pathOf(leaves, index, 0, size);
        assertEq(Shards.rootOf(abi.encode(index), index, size, path), root, "root");
        if (size > 1) {
            uint256 other = (index + 1) % size;
            assertTrue(Shards.rootOf(abi.encode(index), other, size, path) != root, "place");
        }
        assertEq(Shards.rootOf(abi.encode(index), index, size, new bytes32[](path.length + 1)), 0, "longer");
    }
}

/// @notice Anything that challengers and nodes may do, in any order.
contract ChallengeHandler is ShardTrees {
    uint256 public paidIn;
    uint256 public paidOut;
    uint256[] public open;
    BlobDescriptor private _batch;

    constructor() {
        setUp();
        form(4, 5);
        _batch = describe(100, 0);
    }

    function held() external view returns (uint256) {
        return address(challenge).balance;
    }

    function owed() external view returns (uint256 sum) {
        sum = challenge.credit(address(this));
        for (uint256 i = 0; i < 5; i++) sum += challenge.credit(member(i));
        for (uint256 i = 1; i <= challenge.count(); i++)
            if (challenge.challengeOf(i).status != IAvailabilityChallenge.Status.Closed)
                sum += challenge.challengeOf(i).bond;
    }

    /// Locks of a member are its open challenges.
    function locksAgree() external view returns (bool) {
        for (uint256 i = 0; i < 5; i++)
            if (registry.memberOf(Roles.STORAGE, member(i)).locks != challenge.openOf(member(i))) return false;
        return true;
    }

    function pass(uint32 time) external {
        vm.roll(block.number + 1 + (time % 3));
        vm.warp(block.timestamp + (time % 7 == 0 ? RESPONSE + 1 : 12));
    }

    function challengeNode(uint256 node) external {
        // Shards 1 and 2 of such a small blob are empty.
        node = [uint256(0), 3, 4][node % 3];
        Availability memory what = availability(1);
        (what.blob, what.length) = (Shards.idOf(_batch), 100);
        bytes memory signature = sign(keyOf(node), adapter.hashOf(what));
        uint256 bond = challenge.bondFor(member(node));
        vm.deal(address(this), bond);
        try challenge.openCertified{value: bond}(address(adapter), what, signature, _batch) returns (uint256 id) {
            open.push(id);
            paidIn += bond;
        } catch {
            vm.assume(false);
        }
    }

    function _some(uint256 seed) private view returns (uint256) {
        vm.assume(open.length != 0);
        return open[seed % open.length];
    }

    function draw(uint256 seed) external {
        uint256 id = _some(seed);
        uint64 at = challenge.challengeOf(id).drawBlock;
        vm.assume(at < block.number && block.number <= at + 256);
        bytes memory header = headerOf(bytes32(seed));
        vm.setBlockhash(at, keccak256(header));
        try challenge.draw(id, header) {} catch {
            vm.assume(false);
        }
    }

    function answer(uint256 seed) external {
        uint256 id = _some(seed);
        uint256 shard = challenge.challengeOf(id).shard;
        bytes memory leaf = leafBytes(shard, 0, 0, 100);
        uint256 before = BURN.balance;
        try challenge.answer(id, leaf, new bytes32[](0), new bytes32[](0)) {
            paidOut += BURN.balance - before;
        } catch {
            vm.assume(false);
        }
    }

    function fail(uint256 seed) external {
        try challenge.fail(_some(seed)) {} catch {
            vm.assume(false);
        }
    }

    function expire(uint256 seed) external {
        uint256 before = BURN.balance;
        try challenge.expire(_some(seed)) {
            paidOut += BURN.balance - before;
        } catch {
            vm.assume(false);
        }
    }

    function claim(uint256 seed) external {
        address who = seed % 2 == 0 ? address(this) : member(seed % 5);
        uint256 amount = challenge.credit(who);
        vm.prank(who);
        try challenge.claimCredit(address(0xca5)) {
            paidOut += amount;
        } catch {
            vm.assume(false);
        }
    }
}

contract ChallengeInvariantsTest is CommitteeSetup {
    ChallengeHandler private handler;

    function setUp() public override {
        handler = new ChallengeHandler();
        targetContract(address(handler));
        excludeSelector(address(handler), CommitteeSetup.setUp.selector);
    }

    /// Bonds are there until they are credited or burned, and a member is locked exactly while a challenge is open.
    function invariant_bondsAreConserved() external view {
        assertEq(handler.held(), handler.owed(), "held");
        assertEq(handler.paidIn(), handler.held() + handler.paidOut(), "in and out");
        assertTrue(handler.locksAgree(), "locks");
    }
}
