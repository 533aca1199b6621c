// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {Diligence} from "../../src-sol/network/Diligence.sol";
import {Drills} from "../../src-sol/network/Drills.sol";
import {Attestation, Body} from "../../src-sol/network/NetworkMessages.sol";
import {IDiligence} from "../../src-sol/network/interfaces/IDiligence.sol";
import {IDrills} from "../../src-sol/network/interfaces/IDrills.sol";
import {NetworkSetup} from "./NetworkSetup.sol";

/// @title DiligenceSetup
/// @notice The contracts of the network with draws and drills, batches that verifiers attested to, and what they show of them.
abstract contract DiligenceSetup is NetworkSetup {
    uint128 internal constant PENALTY = 0.1 ether;
    uint64 internal constant REVEAL_TIME = 100;
    uint32 internal constant DRAW_DELAY = 2;

    /// @notice A batch as verifiers found it.
    struct Derived {
        IAssertionGame game;
        uint64 epoch;
        uint256 firstBlock;
        bytes32[] outputs;
    }

    Diligence internal diligence;
    Drills internal book;
    Derived[] internal derived;
    /// @dev Verifiers that never derive anything.
    mapping(uint256 verifier => bool) internal lazy;

    function setUp() public virtual override {
        super.setUp();
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, address(diligence), true);
    }

    function _oneIn() internal view virtual returns (uint32) {
        return 1;
    }

    function _revealTime() internal view virtual returns (uint64) {
        return REVEAL_TIME;
    }

    function _drills() internal virtual override returns (IDrills) {
        book = new Drills(stakes, registry, PENALTY, _revealTime());
        diligence = new Diligence(
            Diligence.Parameters(stakes, registry, portal, PENALTY, _revealTime(), DRAW_DELAY, _oneIn())
        );
        return book;
    }

    // --- batches

    /// @notice Asserts the next batch, of three blocks, with an output root of its own for each.
    function _derive() internal returns (Derived storage it) {
        uint256 count = derived.length;
        if (count != 0) _appendNext(3);
        bytes32[] memory leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; i++) leaves[i] = keccak256(abi.encode("output", count, i < 3 ? i : 2));
        IDisputeGame parent = count == 0 ? NO_PARENT : IDisputeGame(address(derived[count - 1].game));
        IAssertionGame made = _assert(proposer, parent, leaves);
        it = derived.push();
        (it.game, it.epoch, it.firstBlock) = (made, stakes.currentEpoch(), made.parentBlock() + 1);
        for (uint256 i = 0; i < 3; i++) it.outputs.push(leaves[i]);
    }

    /// @notice The history that a batch was asserted with.
    function _historyOf(uint256 batch) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; i++) leaves[i] = derived[batch].outputs[i < 3 ? i : 2];
    }

    /// @notice Siblings of a leaf of a history, from below.
    function _historyPath(bytes32[] memory leaves, uint256 position) internal pure returns (bytes32[] memory path) {
        uint256 depth = _depth(leaves);
        path = new bytes32[](depth);
        for (uint256 i = 0; i < depth; i++) path[i] = _node(leaves, i, (position >> i) ^ 1);
    }

    function _bodyOf(uint256 batch) internal view returns (Body memory body) {
        body = _body(derived[batch].game);
        body.epoch = derived[batch].epoch;
    }

    // --- what a verifier has

    function _outputOf(uint256 verifier, uint256 batch, uint256 position) internal view returns (bytes32) {
        if (lazy[verifier]) return keccak256(abi.encode("lazy", batch, position));
        return derived[batch].outputs[position];
    }

    function _salt(uint256 verifier, uint256 batch) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", verifier, batch));
    }

    function _blockLeaves(uint256 verifier, uint256 batch) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](3);
        for (uint256 i = 0; i < 3; i++)
            leaves[i] = _twice(
                abi.encodePacked(
                    _key(verifier),
                    _salt(verifier, batch),
                    derived[batch].firstBlock + i,
                    _outputOf(verifier, batch, i)
                )
            );
    }

    function _blocksRoot(uint256 verifier, uint256 batch) internal view returns (bytes32) {
        return _sortedRoot(_blockLeaves(verifier, batch));
    }

    function _checkInLeaves(
        uint256 verifier,
        uint256 first,
        uint256 count
    ) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++)
            leaves[i] = _twice(
                abi.encode(
                    i,
                    _idOf(_bodyOf(first + i)),
                    _blocksRoot(verifier, first + i),
                    derived[first + i].firstBlock,
                    uint256(3)
                )
            );
    }

    /// @notice A verifier checks in some of the batches.
    function _checkIn(uint256 verifier, uint64 epoch, uint256 first, uint256 count) internal {
        bytes32 root = count == 0 ? bytes32(0) : _sortedRoot(_checkInLeaves(verifier, first, count));
        vm.prank(_key(verifier));
        diligence.checkIn(epoch, _key(verifier), root, uint48(first), uint32(count));
    }

    function _blocksSignature(uint256 verifier, uint256 batch) internal view returns (bytes memory) {
        return _sign(_secret(verifier), _digest(_bodyOf(batch), _blocksRoot(verifier, batch)));
    }

    /// @notice What a verifier that was drawn shows, and what that says.
    function _opening(
        uint256 verifier,
        uint64 epoch,
        uint256 first,
        uint256 count
    ) internal view returns (IDiligence.Opening memory o, IDiligence.Answer memory answer) {
        IDiligence.Pick memory pick = diligence.pickOf(epoch, _member(verifier));
        uint256 batch = first + pick.leaf;
        uint256 position = pick.word % 3;
        o.body = _bodyOf(batch);
        o.blocksRoot = _blocksRoot(verifier, batch);
        o.signature = _blocksSignature(verifier, batch);
        o.checkInPath = _sortedPath(_checkInLeaves(verifier, first, count), pick.leaf);
        o.salt = _salt(verifier, batch);
        o.outputRoot = _outputOf(verifier, batch, position);
        o.blockPath = _sortedPath(_blockLeaves(verifier, batch), position);
        answer = IDiligence.Answer(
            batch,
            o.body.batchAcc,
            derived[batch].firstBlock + position,
            _outputOf(verifier, batch, position)
        );
    }

    // --- draws

    /// @notice A header with the fields of L1's, as far as anybody looks at it.
    function _header(bytes32 randao) internal pure returns (bytes memory) {
        bytes[] memory fields = new bytes[](21);
        for (uint256 i = 0; i < 21; i++) fields[i] = RLP.encode(keccak256(abi.encode(i)));
        fields[6] = RLP.encode(new bytes(256));
        for (uint256 i = 7; i < 12; i++) fields[i] = RLP.encode(i * 1_000);
        fields[12] = RLP.encode(bytes("extra"));
        fields[13] = RLP.encode(randao);
        return RLP.encode(fields);
    }

    function _draw(uint64 epoch, bytes32 randao) internal {
        diligence.openDraw(epoch);
        uint64 at = diligence.epochOf(epoch).drawBlock;
        vm.roll(at + 1);
        bytes memory header = _header(randao);
        vm.setBlockhash(at, keccak256(header));
        diligence.draw(epoch, header);
    }

    function _give(uint256 amount) internal {
        vm.deal(address(this), address(this).balance + amount);
        (bool ok, ) = address(diligence).call{value: amount}("");
        assertTrue(ok, "it takes what comes");
    }

    // --- trees of sorted pairs

    function _twice(bytes memory what) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(what)));
    }

    function _above(bytes32[] memory level) private pure returns (bytes32[] memory above) {
        above = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < level.length; i += 2) {
            bytes32 a = level[i];
            // A last one without a neighbour goes up as it is.
            if (i + 1 == level.length) above[i / 2] = a;
            else {
                bytes32 b = level[i + 1];
                above[i / 2] = a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
            }
        }
    }

    function _sortedRoot(bytes32[] memory level) internal pure returns (bytes32) {
        while (level.length > 1) level = _above(level);
        return level[0];
    }

    function _sortedPath(bytes32[] memory level, uint256 index) internal pure returns (bytes32[] memory path) {
        path = new bytes32[](32);
        uint256 count = 0;
        for (; level.length > 1; index >>= 1) {
            if (index ^ 1 < level.length) path[count++] = level[index ^ 1];
            level = _above(level);
        }
        assembly ("memory-safe") {
            mstore(path, count)
        }
    }

    // --- books

    /// @notice What Diligence holds for somebody: pots up to now, credits of these, and what waits for the insurance.
    function _heldByDiligence(address[] memory accounts) internal view returns (uint256 sum) {
        sum = diligence.uninsured();
        for (uint64 epoch = 0; epoch <= stakes.currentEpoch(); epoch++) sum += diligence.potOf(epoch);
        for (uint256 i = 0; i < accounts.length; i++) sum += diligence.credit(accounts[i]);
    }

    function _verifiers() internal pure returns (address[] memory accounts) {
        accounts = new address[](VERIFIERS + 1);
        for (uint256 i = 0; i < VERIFIERS; i++) accounts[i] = _member(i);
    }

    function _attestationOf(uint256 batch, bytes32 blocksRoot) internal view returns (Attestation memory) {
        Body memory body = _bodyOf(batch);
        return
            Attestation(
                body.game,
                body.batchIndex,
                body.batchAcc,
                body.l2BlockNumber,
                body.outputRoot,
                blocksRoot,
                body.epoch
            );
    }
}
