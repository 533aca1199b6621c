// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {ISemver} from "../shared/ISemver.sol";
import {Availability, Certificates} from "./Certificates.sol";
import {Roles} from "./Roles.sol";
import {BlobDescriptor, Shards} from "./Shards.sol";
import {Acknowledgement, Erase, Manifest, VaultMessages} from "./VaultMessages.sol";
import {IAvailabilityChallenge} from "./interfaces/IAvailabilityChallenge.sol";
import {ICommitteeRegistry} from "./interfaces/ICommitteeRegistry.sol";

/// @title AvailabilityChallenge
/// @notice See IAvailabilityChallenge. A slasher of the role of storage. No owner, no proxy; what it holds are bonds and credits, to the wei.
contract AvailabilityChallenge is IAvailabilityChallenge, ISemver {
    /// @notice What is known of a challenge before it is opened.
    /// @param key The account that the node signed with.
    /// @param expected Id of the blob that it signed for.
    /// @param until When the promise ends, seconds.
    /// @param shard Number of the shard.
    /// @param eraser Whose order to erase frees the node.
    struct Obligation {
        address key;
        bytes32 expected;
        uint64 until;
        uint256 shard;
        address eraser;
    }

    /// @notice Open challenges of a member at most.
    uint256 public constant MAX_OPEN = 16;
    /// @notice Time to draw a leaf, seconds. L1 knows the hashes of its last 256 blocks, so there may be less.
    uint64 public constant DRAW_TIME = 3_600;
    /// @notice Part of a bond that is burned unless the node fails: one in so many. Else a node could challenge itself for nothing, all the time.
    uint256 public constant BURN_DIVISOR = 5;
    /// @notice Where what is burned goes.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @dev Place of the randomness among the fields of a header.
    uint256 private constant MIX_HASH = 13;
    /// @dev Blocks back to which L1 knows hashes.
    uint256 private constant KNOWN_BLOCKS = 256;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Where stake and committees are.
    ICommitteeRegistry public immutable registry;
    /// @notice What a node loses that does not answer, wei.
    uint128 public immutable penalty;
    /// @notice Least bond, wei.
    uint128 public immutable bond;
    /// @notice Time to answer from the draw on, seconds.
    uint64 public immutable responseTime;
    /// @notice L1 blocks from the opening to the block whose randomness counts.
    uint32 public immutable drawDelay;

    /// @notice Number of challenges.
    uint256 public count;
    /// @notice Open challenges of a member.
    mapping(address member => uint256) public openOf;
    /// @notice What was credited to an account and not paid, wei.
    mapping(address account => uint256) public credit;

    mapping(uint256 id => Challenge) private _challenges;

    /// @notice Names what it works with.
    /// @param registry_ Where stake and committees are.
    /// @param p What challenges ask and cost.
    constructor(ICommitteeRegistry registry_, Parameters memory p) {
        registry = registry_;
        (penalty, bond, responseTime, drawDelay) = (p.penalty, p.bond, p.responseTime, p.drawDelay);
    }

    /// @inheritdoc IAvailabilityChallenge
    function openCertified(
        address adapter,
        Availability calldata what,
        bytes calldata signature,
        BlobDescriptor calldata blob
    ) external payable returns (uint256 id) {
        // An owner may have a project's blob erased: that of a batch, nobody.
        if (blob.project != bytes32(0)) revert AvailabilityChallenge_NoPromise();
        address key = _signer(Certificates.hash(adapter, what), signature);
        uint256 place = registry.seatOf(what.committee, Roles.STORAGE, key);
        if (place == 0) revert AvailabilityChallenge_NoPromise();
        return _open(Obligation(key, what.blob, what.until, (place - 1) % Shards.COUNT, address(0)), blob);
    }

    /// @inheritdoc IAvailabilityChallenge
    function openAcknowledged(
        Acknowledgement calldata what,
        bytes calldata signature,
        BlobDescriptor calldata blob
    ) external payable returns (uint256 id) {
        address key = _signer(VaultMessages.digest(registry.storeDomain(), VaultMessages.hash(what)), signature);
        bool seated = registry.seatOf(what.committee, Roles.STORAGE, key) != 0;
        if (key != what.node || what.shard >= Shards.COUNT || !seated) revert AvailabilityChallenge_NoPromise();
        if (blob.project != bytes32(0) && msg.sender != what.eraser)
            revert AvailabilityChallenge_Unauthorized(msg.sender);
        return _open(Obligation(key, what.blob, what.until, what.shard, what.eraser), blob);
    }

    /// @inheritdoc IAvailabilityChallenge
    function draw(uint256 id, bytes calldata header) external {
        Challenge storage it = _challenges[id];
        if (it.status != Status.Opened) revert AvailabilityChallenge_WrongStatus(id);
        if (!_canDraw(it)) revert AvailabilityChallenge_WrongTime(id);
        // The hash is zero for the block itself and those after it.
        bytes32 known = blockhash(it.drawBlock);
        if (known == 0 || keccak256(header) != known) revert AvailabilityChallenge_WrongHeader(it.drawBlock);
        Memory.Slice[] memory fields = RLP.decodeList(header);
        it.seed = keccak256(abi.encode(RLP.readBytes32(fields[MIX_HASH]), id));
        it.status = Status.Drawn;
        it.deadline = uint64(block.timestamp) + responseTime;
        (uint256 stripe, uint256 leaf, ) = _leafOf(it);
        emit LeafDrawn(id, stripe, leaf, it.deadline);
    }

    /// @inheritdoc IAvailabilityChallenge
    function answer(
        uint256 id,
        bytes calldata leaf,
        bytes32[] calldata unitPath,
        bytes32[] calldata shardPath
    ) external {
        Challenge storage it = _challenges[id];
        if (it.status != Status.Drawn) revert AvailabilityChallenge_WrongStatus(id);
        if (block.timestamp > it.deadline) revert AvailabilityChallenge_WrongTime(id);
        (uint256 stripe, uint256 place, uint256 length) = _leafOf(it);
        uint256 leaves = Shards.leavesOf(Shards.unitLength(it.length, it.shard, stripe));
        if (leaf.length != length) revert AvailabilityChallenge_WrongAnswer(id);
        bytes32 unit = Shards.rootOf(leaf, place, leaves, unitPath);
        bytes32 root = Shards.rootOf(abi.encode(unit), stripe, Shards.stripesOf(it.length), shardPath);
        // A path of another length gives zero, which is no root of anything.
        if (unit == 0 || root != it.shardRoot) revert AvailabilityChallenge_WrongAnswer(id);
        _close(id, it, true, it.member);
    }

    /// @inheritdoc IAvailabilityChallenge
    function answerErased(
        uint256 id,
        Manifest calldata manifest,
        bytes calldata manifestSignature,
        Erase calldata order,
        bytes calldata orderSignature
    ) external {
        Challenge storage it = _challenges[id];
        if (it.status != Status.Opened && it.status != Status.Drawn) revert AvailabilityChallenge_WrongStatus(id);
        if (it.status == Status.Drawn && block.timestamp > it.deadline) revert AvailabilityChallenge_WrongTime(id);
        bytes32 domain = registry.storeDomain();
        if (
            it.project == bytes32(0) ||
            manifest.blob != it.blob ||
            manifest.project != it.project ||
            order.project != it.project ||
            !_covers(order.object, manifest) ||
            _signer(VaultMessages.digest(domain, VaultMessages.hash(manifest)), manifestSignature) != it.eraser ||
            _signer(VaultMessages.digest(domain, VaultMessages.hash(order)), orderSignature) != it.eraser
        ) revert AvailabilityChallenge_WrongAnswer(id);
        _close(id, it, true, it.member);
    }

    /// @inheritdoc IAvailabilityChallenge
    function fail(uint256 id) external {
        Challenge storage it = _challenges[id];
        if (it.status != Status.Drawn) revert AvailabilityChallenge_WrongStatus(id);
        if (block.timestamp <= it.deadline) revert AvailabilityChallenge_WrongTime(id);
        address finder = it.project == bytes32(0) ? it.challenger : address(0);
        registry.slash(Roles.STORAGE, it.member, penalty, finder, "availability");
        _close(id, it, false, it.challenger);
    }

    /// @inheritdoc IAvailabilityChallenge
    function expire(uint256 id) external {
        Challenge storage it = _challenges[id];
        if (it.status != Status.Opened) revert AvailabilityChallenge_WrongStatus(id);
        if (_canDraw(it)) revert AvailabilityChallenge_WrongTime(id);
        _close(id, it, true, it.challenger);
    }

    /// @inheritdoc IAvailabilityChallenge
    function claimCredit(address to) external {
        uint256 amount = credit[msg.sender];
        if (amount == 0) revert AvailabilityChallenge_NoCredit();
        credit[msg.sender] = 0;
        emit CreditClaimed(msg.sender, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IAvailabilityChallenge
    function challengeOf(uint256 id) external view returns (Challenge memory) {
        return _challenges[id];
    }

    /// @inheritdoc IAvailabilityChallenge
    function leafOf(uint256 id) external view returns (uint256 stripe, uint256 leaf, uint256 length) {
        Challenge storage it = _challenges[id];
        if (it.seed == 0) revert AvailabilityChallenge_WrongStatus(id);
        return _leafOf(it);
    }

    /// @inheritdoc IAvailabilityChallenge
    function bondFor(address member) public view returns (uint256) {
        return uint256(bond) * (openOf[member] + 1);
    }

    function _open(Obligation memory owed, BlobDescriptor calldata blob) private returns (uint256 id) {
        bytes32 blobId = Shards.idOf(blob);
        if (blobId != owed.expected || blob.header.length != Shards.HEADER)
            revert AvailabilityChallenge_WrongBlob(blobId, owed.expected);
        uint64 earliest = uint64(block.timestamp) + DRAW_TIME + responseTime;
        if (owed.until < earliest) revert AvailabilityChallenge_TooLate(owed.until, earliest);
        if (Shards.heldBy(blob.length, owed.shard) == 0) revert AvailabilityChallenge_NothingHeld();
        address member = registry.ownerOfKey(owed.key);
        uint256 open = openOf[member];
        if (open >= MAX_OPEN) revert AvailabilityChallenge_TooMany(open);
        if (msg.value != bondFor(member)) revert AvailabilityChallenge_WrongBond(msg.value, bondFor(member));
        openOf[member] = open + 1;
        registry.lock(Roles.STORAGE, member);
        id = ++count;
        Challenge storage it = _challenges[id];
        (it.status, it.shard, it.drawBlock) = (Status.Opened, uint8(owed.shard), uint64(block.number) + drawDelay);
        (it.openedAt, it.length, it.challenger) = (uint64(block.timestamp), blob.length, msg.sender);
        (it.member, it.bond, it.blob) = (member, msg.value, blobId);
        (it.shardRoot, it.project, it.eraser) = (blob.shardRoots[owed.shard], blob.project, owed.eraser);
        emit ChallengeOpened(id, member, blobId, it.shard, it.drawBlock);
    }

    /// @dev Ends a challenge. Where the node did not fail, a part of the bond is burned.
    function _close(uint256 id, Challenge storage it, bool answered, address credited) private {
        it.status = Status.Closed;
        openOf[it.member]--;
        registry.unlock(Roles.STORAGE, it.member);
        uint256 burned = answered ? it.bond / BURN_DIVISOR : 0;
        credit[credited] += it.bond - burned;
        emit ChallengeClosed(id, answered);
        _pay(BURN, burned);
    }

    function _pay(address to, uint256 amount) private {
        if (amount == 0) return;
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert AvailabilityChallenge_TransferFailed(to);
    }

    function _canDraw(Challenge storage it) private view returns (bool) {
        return block.number <= it.drawBlock + KNOWN_BLOCKS && block.timestamp <= it.openedAt + DRAW_TIME;
    }

    /// @dev A stripe by chance, then a leaf of the shard's unit of it.
    function _leafOf(Challenge storage it) private view returns (uint256 stripe, uint256 leaf, uint256 length) {
        uint256 seed = uint256(it.seed);
        stripe = (seed >> 128) % Shards.heldBy(it.length, it.shard);
        uint256 unit = Shards.unitLength(it.length, it.shard, stripe);
        leaf = uint256(uint128(seed)) % Shards.leavesOf(unit);
        uint256 rest = unit - leaf * Shards.LEAF;
        length = rest < Shards.LEAF ? rest : Shards.LEAF;
    }

    /// @dev Whether a manifest is of this object or of what is below it. docs/spec/vault.md, section 1
    function _covers(bytes32 object, Manifest calldata manifest) private pure returns (bool covered) {
        bytes32 id = manifest.project;
        covered = id == object;
        for (uint256 i = 0; i < manifest.path.length; i++) {
            id = keccak256(abi.encode(id, manifest.path[i]));
            if (id == object) covered = true;
        }
        if (id != manifest.object) return false;
    }

    function _signer(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        ECDSA.RecoverError failure;
        (signer, failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure != ECDSA.RecoverError.NoError) revert AvailabilityChallenge_NoPromise();
    }
}
