// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAnchorStateRegistry} from "../l1/interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "../l1/interfaces/IAssertionGame.sol";
import {IOptimismPortal} from "../l1/interfaces/IOptimismPortal.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IDiligence} from "./interfaces/IDiligence.sol";
import {IFastExits} from "./interfaces/IFastExits.sol";
import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";
import {Attestation, Body, NetworkMessages} from "./NetworkMessages.sol";
import {NetworkRoles} from "./NetworkRoles.sol";

/// @title Diligence
/// @notice See IDiligence. A slasher of the role of verifiers. No owner, no proxy; what it holds are pots, credits and what waits for the insurance,
/// to the wei. Fast exits are those that the portal names at the time, so that either can be deployed without the other's address.
contract Diligence is IDiligence, ReentrancyGuardTransient, ISemver {
    /// @notice What it works with.
    /// @param registry Where stake is.
    /// @param anchorStateRegistry Says which games count.
    /// @param portal Names the fast exits, whose insurance gets the most of what is taken.
    /// @param penalty What a member loses that was drawn and does not answer, wei.
    /// @param revealTime Time to answer, seconds.
    /// @param drawDelay L1 blocks from `openDraw` to the block whose randomness counts.
    /// @param oneIn One member in so many is drawn.
    struct Parameters {
        IStakeRegistry registry;
        IAnchorStateRegistry anchorStateRegistry;
        IOptimismPortal portal;
        uint128 penalty;
        uint64 revealTime;
        uint32 drawDelay;
        uint32 oneIn;
    }

    /// @notice A check-in in the list of its epoch, in one slot.
    /// @param member Who checked in.
    /// @param weight Its weight at the epoch, wei; no more than a stake, which has 96 bits.
    struct Entry {
        address member;
        uint96 weight;
    }

    /// @notice Batches of a check-in at most.
    uint32 public constant MAX_BATCHES = 1_000_000;
    /// @notice For how many epochs after the check-ins an epoch can be drawn. Later, verifiers need not have kept what they would be asked for.
    uint64 public constant DRAW_EPOCHS = 7;
    /// @notice A wrong answer costs one part in so many of the ETH stake.
    uint256 public constant WRONG_DIVISOR = 10;
    /// @notice The finder is credited one part in so many of what was taken, at most MAX_REWARD.
    uint256 public constant REWARD_DIVISOR = 10;
    /// @notice Greatest reward of a finder, wei.
    uint256 public constant MAX_REWARD = 5 ether;
    /// @notice One part in so many of what was taken is burned.
    uint256 public constant BURN_DIVISOR = 5;
    /// @notice Where what is burned goes.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @dev Place of the randomness among the fields of a header.
    uint256 private constant MIX_HASH = 13;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Where stake is.
    IStakeRegistry public immutable registry;
    /// @notice Says which games count.
    IAnchorStateRegistry public immutable anchorStateRegistry;
    /// @notice Names the fast exits.
    IOptimismPortal public immutable portal;
    /// @inheritdoc IDiligence
    uint128 public immutable penalty;
    /// @inheritdoc IDiligence
    uint64 public immutable revealTime;
    /// @inheritdoc IDiligence
    uint32 public immutable drawDelay;
    /// @inheritdoc IDiligence
    uint32 public immutable oneIn;

    /// @inheritdoc IDiligence
    mapping(uint64 epoch => uint256) public potOf;
    /// @inheritdoc IDiligence
    mapping(address account => uint256) public credit;
    /// @inheritdoc IDiligence
    uint256 public uninsured;
    /// @inheritdoc IDiligence
    mapping(uint64 epoch => mapping(address member => bytes32)) public answerHashOf;
    /// @notice Whether a member was punished for two trees of a batch, by `keccak256(abi.encode(batchIndex, batchAcc))`.
    mapping(address member => mapping(bytes32 batch => bool)) public contradicted;

    mapping(uint64 epoch => Epoch) private _epochs;
    mapping(uint64 epoch => mapping(address member => CheckIn)) private _checkIns;
    mapping(uint64 epoch => Entry[]) private _entries;

    /// @notice Names what it works with.
    /// @param p What it works with.
    constructor(Parameters memory p) {
        if (p.penalty == 0 || p.revealTime == 0 || p.drawDelay == 0 || p.oneIn == 0) revert Diligence_Nothing();
        (registry, anchorStateRegistry, portal) = (p.registry, p.anchorStateRegistry, p.portal);
        (penalty, revealTime, drawDelay, oneIn) = (p.penalty, p.revealTime, p.drawDelay, p.oneIn);
    }

    /// @notice Adds to the pot of the present epoch; except what the registry pays, which was taken from stake.
    receive() external payable {
        if (msg.sender == address(registry)) return;
        uint64 current = registry.currentEpoch();
        potOf[current] += msg.value;
        emit Received(current, msg.sender, msg.value);
    }

    // --- epochs

    /// @inheritdoc IDiligence
    function checkIn(uint64 epoch, address key, bytes32 root, uint48 firstBatch, uint32 count) external {
        uint64 current = registry.currentEpoch();
        if (epoch == 0 || epoch != current - 1) revert Diligence_WrongTime(epoch, current);
        address member = registry.ownerOfKey(key);
        IStakeRegistry.Member memory it = registry.memberOf(NetworkRoles.VERIFIER, member);
        uint256 weight = registry.weightAt(NetworkRoles.VERIFIER, key, epoch);
        if (weight == 0 || it.key == address(0) || it.since > epoch) revert Diligence_NotActive(key, epoch);
        // Not by a key of before: who lost one names another.
        if (msg.sender != member && msg.sender != it.key) revert Diligence_Unauthorized(msg.sender);
        if ((root == 0) != (count == 0) || count > MAX_BATCHES) revert Diligence_BadCheckIn(root, count);
        Status status = _checkIns[epoch][member].status;
        if (status != Status.None) revert Diligence_WrongStatus(epoch, member, status);
        _checkIns[epoch][member] = CheckIn(root, key, firstBatch, count, Status.CheckedIn);
        _entries[epoch].push(Entry(member, uint96(weight)));
        emit CheckedIn(epoch, member, key, root, firstBatch, count, weight);
    }

    /// @inheritdoc IDiligence
    function openDraw(uint64 epoch) external {
        Epoch storage it = _drawable(epoch);
        if (_entries[epoch].length == 0) revert Diligence_Nothing();
        uint64 fixedBlock = it.drawBlock;
        // Nobody can choose: the randomness of a block to come is not known, and a new one is fixed only where L1 forgot the hash of the last.
        if (fixedBlock != 0 && (block.number <= fixedBlock || Blockhash.blockHash(fixedBlock) != 0))
            revert Diligence_BlockFixed(fixedBlock);
        it.drawBlock = uint64(block.number) + drawDelay;
        emit DrawOpened(epoch, it.drawBlock);
    }

    /// @inheritdoc IDiligence
    function draw(uint64 epoch, bytes calldata header) external {
        Epoch storage it = _drawable(epoch);
        bytes32 known = it.drawBlock == 0 ? bytes32(0) : Blockhash.blockHash(it.drawBlock);
        // The hash is zero for the block itself and those after it.
        if (known == 0 || keccak256(header) != known) revert Diligence_WrongHeader(it.drawBlock);
        Memory.Slice[] memory fields = RLP.decodeList(header);
        it.seed = keccak256(abi.encode(RLP.readBytes32(fields[MIX_HASH]), address(this), epoch));
        it.revealUntil = uint64(block.timestamp) + revealTime;
        emit Drawn(epoch, it.seed, it.revealUntil);
    }

    /// @inheritdoc IDiligence
    function reveal(uint64 epoch, address member, Opening calldata opening) external {
        CheckIn storage mine = _checkIns[epoch][member];
        if (mine.status != Status.CheckedIn) revert Diligence_WrongStatus(epoch, member, mine.status);
        Pick memory pick = pickOf(epoch, member);
        if (!pick.drawn) revert Diligence_NotDrawn(epoch, member);
        uint64 until = _epochs[epoch].revealUntil;
        if (block.timestamp > until) revert Diligence_OutOfTime(until);
        mine.status = Status.Revealed;
        Answer memory answer = Answer(
            opening.body.batchIndex,
            opening.body.batchAcc,
            _open(epoch, mine, pick, opening),
            opening.outputRoot
        );
        answerHashOf[epoch][member] = keccak256(abi.encode(answer));
        emit Revealed(epoch, member, answer);
    }

    /// @inheritdoc IDiligence
    function missed(uint64 epoch, address member) external nonReentrant {
        CheckIn storage mine = _checkIns[epoch][member];
        if (mine.status != Status.CheckedIn) revert Diligence_WrongStatus(epoch, member, mine.status);
        if (mine.count == 0) _requireBatches(epoch);
        _miss(epoch, member);
    }

    /// @inheritdoc IDiligence
    function absent(uint64 epoch, address key) external nonReentrant {
        address member = registry.ownerOfKey(key);
        if (registry.weightAt(NetworkRoles.VERIFIER, key, epoch) == 0) revert Diligence_NotActive(key, epoch);
        Status status = _checkIns[epoch][member].status;
        if (status != Status.None) revert Diligence_WrongStatus(epoch, member, status);
        _requireBatches(epoch);
        _miss(epoch, member);
    }

    /// @inheritdoc IDiligence
    function disprove(
        uint64 epoch,
        address member,
        Answer calldata answer,
        IAssertionGame game,
        bytes32 outputRoot,
        bytes32[] calldata path
    ) external nonReentrant {
        CheckIn storage mine = _checkIns[epoch][member];
        if (mine.status != Status.Revealed) revert Diligence_WrongStatus(epoch, member, mine.status);
        if (keccak256(abi.encode(answer)) != answerHashOf[epoch][member]) revert Diligence_WrongAnswer(epoch, member);
        _requireDecided(game, answer.batchIndex, answer.batchAcc);
        if (outputRoot == answer.outputRoot) revert Diligence_NotWrong();
        _requireInHistory(game, answer.blockNumber, outputRoot, path);
        mine.status = Status.Disproved;
        emit Disproved(epoch, member, address(game));
        _take(member, Math.ceilDiv(_boundStake(epoch, member), WRONG_DIVISOR));
    }

    /// @inheritdoc IDiligence
    function contradict(
        Attestation calldata a,
        bytes calldata signatureA,
        Attestation calldata b,
        bytes calldata signatureB
    ) external nonReentrant {
        address key = _signerOf(NetworkMessages.bodyOf(a), a.blocksRoot, signatureA);
        if (
            a.batchIndex != b.batchIndex ||
            a.batchAcc != b.batchAcc ||
            // Two roots are equivocation, which fast exits punish.
            a.outputRoot != b.outputRoot ||
            a.blocksRoot == b.blocksRoot ||
            key == address(0) ||
            key != _signerOf(NetworkMessages.bodyOf(b), b.blocksRoot, signatureB)
        ) revert Diligence_NotWrong();
        address member = registry.ownerOfKey(key);
        bytes32 batch = keccak256(abi.encode(a.batchIndex, a.batchAcc));
        if (contradicted[member][batch]) revert Diligence_Nothing();
        contradicted[member][batch] = true;
        emit Contradicted(member, a.batchIndex, a.batchAcc);
        uint256 stake = _boundStake(a.epoch < b.epoch ? a.epoch : b.epoch, member);
        _take(member, Math.ceilDiv(stake, WRONG_DIVISOR));
    }

    /// @inheritdoc IDiligence
    function close(uint64 epoch) external {
        Epoch storage it = _epochs[epoch];
        if (it.closed) revert Diligence_Nothing();
        uint64 current = registry.currentEpoch();
        if (!_isOver(epoch, current, it)) revert Diligence_WrongTime(epoch, current);
        it.closed = true;
        (uint256[] memory points, uint256 batches, uint256 sum) = _points(epoch);
        uint256 pot = potOf[epoch];
        uint256 left = pot;
        potOf[epoch] = 0;
        if (pot != 0 && sum != 0)
            for (uint256 i = 0; i < points.length; i++) {
                uint256 share = Math.mulDiv(pot, points[i], sum);
                left -= share;
                _credit(_entries[epoch][i].member, share);
            }
        // What nobody may have, and what rounding leaves.
        potOf[current] += left;
        emit EpochClosed(epoch, pot, batches, sum, left);
    }

    /// @inheritdoc IDiligence
    function claimCredit(address to) external nonReentrant {
        uint256 amount = credit[msg.sender];
        if (amount == 0) revert Diligence_Nothing();
        credit[msg.sender] = 0;
        emit CreditClaimed(msg.sender, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IDiligence
    function insure() external nonReentrant {
        if (uninsured == 0) revert Diligence_Nothing();
        _insure();
    }

    // --- views

    /// @inheritdoc IDiligence
    function checkInOf(uint64 epoch, address member) external view returns (CheckIn memory) {
        return _checkIns[epoch][member];
    }

    /// @inheritdoc IDiligence
    function checkedIn(uint64 epoch) external view returns (address[] memory members, uint256[] memory weights) {
        Entry[] storage entries = _entries[epoch];
        members = new address[](entries.length);
        weights = new uint256[](entries.length);
        for (uint256 i = 0; i < entries.length; i++) (members[i], weights[i]) = (entries[i].member, entries[i].weight);
    }

    /// @inheritdoc IDiligence
    function epochOf(uint64 epoch) external view returns (Epoch memory) {
        return _epochs[epoch];
    }

    /// @inheritdoc IDiligence
    function pickOf(uint64 epoch, address member) public view returns (Pick memory pick) {
        uint256 count = _checkIns[epoch][member].count;
        if (count == 0 || !isDrawn(epoch, member)) return pick;
        bytes32 mine = _mark(epoch, member);
        return
            Pick({
                drawn: true,
                leaf: uint256(keccak256(abi.encode(mine, "batch"))) % count,
                word: uint256(keccak256(abi.encode(mine, "block")))
            });
    }

    /// @inheritdoc IDiligence
    function isDrawn(uint64 epoch, address member) public view returns (bool) {
        return _epochs[epoch].seed != 0 && uint256(_mark(epoch, member)) % oneIn == 0;
    }

    /// @inheritdoc IDiligence
    function hadBatches(uint64 epoch) public view returns (bool) {
        Entry[] storage entries = _entries[epoch];
        uint256 sum = 0;
        for (uint256 i = 0; i < entries.length; i++)
            if (_checkIns[epoch][entries[i].member].count != 0) sum += entries[i].weight;
        return sum != 0 && sum * 2 >= registry.totalWeightAt(NetworkRoles.VERIFIER, epoch);
    }

    // --- draws

    /// @dev What says whether and about what a member is asked.
    function _mark(uint64 epoch, address member) private view returns (bytes32) {
        return keccak256(abi.encode(_epochs[epoch].seed, member));
    }

    function _requireBatches(uint64 epoch) private view {
        if (!hadBatches(epoch)) revert Diligence_NoBatches(epoch);
    }

    /// @dev An epoch that can be drawn now.
    function _drawable(uint64 epoch) private view returns (Epoch storage it) {
        it = _epochs[epoch];
        uint64 current = registry.currentEpoch();
        if (epoch == 0 || current < uint256(epoch) + 2 || current > uint256(epoch) + 1 + DRAW_EPOCHS)
            revert Diligence_WrongTime(epoch, current);
        if (it.seed != 0) revert Diligence_Nothing();
    }

    /// @dev Whether all who were drawn had their time, or nobody can be drawn any more.
    function _isOver(uint64 epoch, uint64 current, Epoch storage it) private view returns (bool) {
        if (epoch == 0 || current < uint256(epoch) + 2) return false;
        if (it.seed != 0) return block.timestamp > it.revealUntil;
        return _entries[epoch].length == 0 || current > uint256(epoch) + 1 + DRAW_EPOCHS;
    }

    /// @dev Checks what a member shows; gives the block that it was asked about.
    function _open(
        uint64 epoch,
        CheckIn storage mine,
        Pick memory pick,
        Opening calldata o
    ) private view returns (uint256 number) {
        uint256 firstBlock = _firstBlock(epoch, mine, pick.leaf, o);
        uint256 blocks = o.body.l2BlockNumber + 1 - firstBlock;
        _requireInTree(
            mine.root,
            abi.encode(pick.leaf, NetworkMessages.idOf(o.body), o.blocksRoot, firstBlock, blocks),
            o.checkInPath
        );
        number = firstBlock + (pick.word % blocks);
        _requireInTree(o.blocksRoot, abi.encodePacked(mine.key, o.salt, number, o.outputRoot), o.blockPath);
    }

    /// @dev Requires that the member's key attested to the batch of a leaf, and to an assertion that was made in the epoch; gives the first block of that.
    /// What is said of the game is the game's own, so that nobody is asked about a batch that it made up, or that is shorter than it is.
    function _firstBlock(
        uint64 epoch,
        CheckIn storage mine,
        uint256 leaf,
        Opening calldata o
    ) private view returns (uint256) {
        Body calldata body = o.body;
        IAssertionGame game = IAssertionGame(body.game);
        if (
            !anchorStateRegistry.isGameRegistered(game) ||
            !anchorStateRegistry.isGameRespected(game) ||
            body.epoch != epoch ||
            !_isIn(epoch, game.createdAt()) ||
            game.batchIndex() != body.batchIndex ||
            game.batchAcc() != body.batchAcc ||
            game.l2BlockNumber() != body.l2BlockNumber ||
            game.rootClaim() != body.outputRoot ||
            body.batchIndex != mine.firstBatch + leaf * game.interval() ||
            _signerOf(body, o.blocksRoot, o.signature) != mine.key
        ) revert Diligence_WrongAttestation(body.game);
        return game.parentBlock() + 1;
    }

    function _isIn(uint64 epoch, uint64 time) private view returns (bool) {
        uint256 length = registry.epochLength();
        uint256 start = registry.epochStart() + (uint256(epoch) - 1) * length;
        return time >= start && time < start + length;
    }

    function _requireInTree(bytes32 root, bytes memory what, bytes32[] calldata path) private pure {
        bytes32 leaf = keccak256(abi.encode(keccak256(what)));
        if (!MerkleProof.verifyCalldata(path, root, leaf)) revert Diligence_NotInTree(root, leaf);
    }

    /// @dev Leaf i of a history is the output root of the block that is i after the first; docs/spec/game.md, section 1.
    function _requireInHistory(
        IAssertionGame game,
        uint256 number,
        bytes32 outputRoot,
        bytes32[] calldata path
    ) private view {
        uint256 first = game.parentBlock() + 1;
        bytes32 history = game.history();
        // A shorter path would take a node for a leaf.
        if (number < first || path.length != game.historyHeight()) revert Diligence_NotInTree(history, outputRoot);
        bytes32 node = outputRoot;
        for (uint256 i = 0; i < path.length; i++)
            node = keccak256(((number - first) >> i) & 1 == 0 ? abi.encode(node, path[i]) : abi.encode(path[i], node));
        if (node != history) revert Diligence_NotInTree(history, outputRoot);
    }

    function _requireDecided(IAssertionGame game, uint256 batchIndex, bytes32 batchAcc) private view {
        if (
            !anchorStateRegistry.isGameClaimValid(game) ||
            game.batchIndex() != batchIndex ||
            game.batchAcc() != batchAcc
        ) revert Diligence_NotDecided(address(game));
    }

    function _signerOf(
        Body memory body,
        bytes32 blocksRoot,
        bytes calldata signature
    ) private view returns (address key) {
        bytes32 digest = NetworkMessages.digest(registry.domainSeparator(), body, blocksRoot);
        (key, , ) = ECDSA.tryRecoverCalldata(digest, signature);
    }

    // --- rewards

    /// @dev What each that checked in gets of the pot, in the order of the check-ins: its weight times the batches that it checked in, as far as half of the
    /// weight checked in as many. So nobody earns more by checking in less, and nobody can make others earn less by checking in what is not there.
    function _points(uint64 epoch) private view returns (uint256[] memory points, uint256 batches, uint256 sum) {
        Entry[] storage entries = _entries[epoch];
        points = new uint256[](entries.length);
        uint256[] memory counts = new uint256[](entries.length);
        uint256 weight = 0;
        for (uint256 i = 0; i < points.length; i++) {
            (address member, uint256 its) = (entries[i].member, entries[i].weight);
            CheckIn storage it = _checkIns[epoch][member];
            bool stands = it.status == Status.CheckedIn ? !pickOf(epoch, member).drawn : it.status == Status.Revealed;
            if (!stands) continue;
            (points[i], counts[i]) = (its, it.count);
            weight += its;
        }
        for (uint256 i = 0; i < points.length; i++)
            if (counts[i] > batches && _weightOf(points, counts, counts[i]) * 2 >= weight) batches = counts[i];
        for (uint256 i = 0; i < points.length; i++) {
            if (batches != 0) points[i] *= Math.min(counts[i], batches);
            sum += points[i];
        }
    }

    /// @dev Weight of those with so many batches at least.
    function _weightOf(
        uint256[] memory weights,
        uint256[] memory counts,
        uint256 least
    ) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < weights.length; i++) if (counts[i] >= least) sum += weights[i];
    }

    function _credit(address account, uint256 amount) private {
        if (amount == 0) return;
        credit[account] += amount;
        emit Credited(account, amount);
    }

    // --- what is taken

    /// @dev Takes the penalty of a member that was drawn, once for an epoch, as its status says.
    function _miss(uint64 epoch, address member) private {
        if (!isDrawn(epoch, member)) revert Diligence_NotDrawn(epoch, member);
        uint64 until = _epochs[epoch].revealUntil;
        if (block.timestamp <= until) revert Diligence_OutOfTime(until);
        _checkIns[epoch][member].status = Status.Missed;
        emit Missed(epoch, member);
        _boundStake(epoch, member);
        _take(member, penalty);
    }

    /// @dev ETH stake that answers for an epoch. A member that was paid and came again does not answer for what it was before.
    function _boundStake(uint64 epoch, address member) private view returns (uint256) {
        IStakeRegistry.Member memory it = registry.memberOf(NetworkRoles.VERIFIER, member);
        if (it.key == address(0) || it.since > epoch) revert Diligence_Nothing();
        return it.stake;
    }

    /// @dev Takes ETH stake: a part to the finder, a part is burned, the rest is insurance.
    function _take(address member, uint256 amount) private {
        uint256 taken = registry.slash(NetworkRoles.VERIFIER, member, amount);
        uint256 reward = Math.min(taken / REWARD_DIVISOR, MAX_REWARD);
        uint256 burned = taken / BURN_DIVISOR;
        emit Distributed(member, taken, msg.sender, reward, burned);
        if (taken == 0) return;
        registry.collect(address(0));
        _credit(msg.sender, reward);
        uninsured += taken - reward - burned;
        _insure();
        if (burned != 0) _pay(BURN, burned);
    }

    /// @dev Hands over what waits. Where the portal names no fast exits, or they refuse, it waits on and holds up nothing.
    function _insure() private {
        uint256 amount = uninsured;
        IFastExits exits = portal.fastExits();
        if (address(exits).code.length == 0) return;
        uninsured = 0;
        try exits.insure{value: amount}() {} catch {
            uninsured = amount;
        }
    }

    function _pay(address to, uint256 amount) private {
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert Diligence_TransferFailed(to);
    }
}
