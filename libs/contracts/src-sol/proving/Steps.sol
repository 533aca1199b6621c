// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState, MachineStates} from "./MachineState.sol";
import {MerklePath} from "./MerklePath.sol";
import {IOneStepProver} from "./interfaces/IOneStepProver.sol";

/// @notice A step that is being taken.
/// @param state The state, as far as it is done.
/// @param opcode What the instruction does.
/// @param a Its field a, unsigned.
/// @param b Its field b, unsigned.
/// @param at Position in calldata of the next access, bytes.
/// @param begin Position in calldata where the proof of the accesses begins, bytes.
/// @param end Position in calldata where it ends, bytes.
/// @param unread Bytes of `data` that the step has not accounted for.
struct Step {
    MachineState state;
    uint256 opcode;
    uint32 a;
    uint64 b;
    uint256 at;
    uint256 begin;
    uint256 end;
    uint256 unread;
}

/// @title Steps
/// @notice What the facets share: accesses to the RAM tree in the order of the proof, the operand stack, traps.
/// docs/spec/machine.md, sections 3 and 4.
library Steps {
    using MerklePath for bytes32;

    /// @notice Depth of the code tree.
    uint256 internal constant CODE_DEPTH = 19;

    /// @notice Words of a proof that are the code leaf and its siblings.
    uint256 internal constant CODE_WORDS = 1 + CODE_DEPTH;

    /// @notice Number of slots.
    uint256 internal constant SLOTS = 65_536;

    /// @notice Generalised index of the first leaf of the memory.
    uint256 internal constant MEMORY = 1 << 28;

    /// @notice Generalised index of the first leaf of the slots.
    uint256 internal constant STACK = 6 << 14;

    /// @notice Generalised index of the first leaf of the globals.
    uint256 internal constant GLOBALS = 14 << 8;

    /// @notice Generalised index of the first leaf of the table.
    uint256 internal constant TABLE = 15 << 14;

    /// @notice Begins a step.
    /// @param state The state before.
    /// @param instruction The instruction, 16 bytes.
    /// @param proof Leaf and siblings of each access.
    /// @param data What the step reads from outside.
    /// @return step The step.
    function begin(
        MachineState calldata state,
        uint128 instruction,
        bytes32[] calldata proof,
        bytes calldata data
    ) internal pure returns (Step memory step) {
        step.state = state;
        step.opcode = instruction >> 120;
        step.a = uint32(instruction >> 64);
        step.b = uint64(instruction);
        uint256 start;
        assembly ("memory-safe") {
            start := proof.offset
        }
        step.at = start;
        step.begin = start;
        step.end = start + 32 * proof.length;
        step.unread = data.length;
    }

    /// @notice Ends a step: its whole witness must have been used.
    /// @param step The step.
    /// @return The state after.
    function finish(Step memory step) internal pure returns (MachineState memory) {
        if (step.at != step.end) _revertLength(step, step.at);
        if (step.unread != 0) revert IOneStepProver.OneStepProver_WrongDataLength(step.unread, 0);
        return step.state;
    }

    /// @notice Ends the step of a facet with a trap, and with it the call: nothing after it is run.
    /// @param step The step; its whole witness must have been used.
    function trap(Step memory step) internal pure {
        MachineState memory state = finish(step);
        state.status = MachineStates.TRAPPED;
        // A state in memory is its own ABI encoding, nine words.
        assembly ("memory-safe") {
            return(state, 0x120)
        }
    }

    /// @notice Traps unless `pops` operands are there, and slots for as many as are pushed after them. To be asked before any access.
    /// @param step The step.
    /// @param pops Operands that the instruction takes, or reads, from the top.
    /// @param pushes Results that it leaves in their place.
    function need(Step memory step, uint256 pops, uint256 pushes) internal pure {
        uint256 sp = step.state.sp;
        if (sp < pops || (pops != 0 && sp > SLOTS) || sp - pops + pushes > SLOTS) trap(step);
    }

    /// @notice The slot at a distance from the frame word. Traps when there is none.
    /// @param step The step.
    /// @param offset The distance, in slots.
    /// @return The slot.
    function frameSlot(Step memory step, int256 offset) internal pure returns (uint256) {
        int256 slot = int256(uint256(step.state.fp)) + offset;
        if (slot < 0 || slot >= int256(SLOTS)) trap(step);
        return uint256(slot);
    }

    /// @notice Takes the topmost operand.
    /// @param step The step, which has one (`need`).
    /// @return value Its slot.
    function pop(Step memory step) internal pure returns (uint64 value) {
        step.state.sp -= 1;
        return readWord(step, STACK, step.state.sp);
    }

    /// @notice Puts an operand on top.
    /// @param step The step, which has room for it (`need`).
    /// @param value Its slot.
    function push(Step memory step, uint64 value) internal pure {
        writeWord(step, STACK, step.state.sp, value);
        step.state.sp += 1;
    }

    /// @notice Reads one of the 64-bit words of a part, four of which make a leaf.
    /// @param step The step.
    /// @param part Generalised index of the part's first leaf.
    /// @param place Which of its words; the caller has checked that the part has it.
    /// @return The word.
    function readWord(Step memory step, uint256 part, uint256 place) internal pure returns (uint64) {
        return uint64(uint256(readLeaf(step, part + place / 4)) >> _shift(place));
    }

    /// @notice Writes one of the 64-bit words of a part.
    /// @param step The step.
    /// @param part Generalised index of the part's first leaf.
    /// @param place Which of its words; the caller has checked that the part has it.
    /// @param value The word.
    function writeWord(Step memory step, uint256 part, uint256 place, uint64 value) internal pure {
        uint256 shift = _shift(place);
        writeLeaf(step, part + place / 4, uint256(value) << shift, uint256(type(uint64).max) << shift);
    }

    /// @notice Reads the next leaf of the proof.
    /// @param step The step.
    /// @param index Generalised index that it must have.
    /// @return leaf Its 32 bytes.
    function readLeaf(Step memory step, uint256 index) internal pure returns (bytes32 leaf) {
        uint256 at = step.at;
        assembly ("memory-safe") {
            leaf := calldataload(at)
        }
        (bytes32 got, uint256 end) = leaf.hashLeaf().root(index, at + 32);
        if (end > step.end) _revertLength(step, end);
        bytes32 root = step.state.ramRoot;
        if (got != root) revert IOneStepProver.OneStepProver_WrongLeaf(index, root, got);
        step.at = end;
    }

    /// @notice Reads the next leaf of the proof and replaces some bits of it in the tree.
    /// @param step The step.
    /// @param index Generalised index that it must have.
    /// @param bits The new bits, zero where `mask` is.
    /// @param mask Which bits are replaced.
    function writeLeaf(Step memory step, uint256 index, uint256 bits, uint256 mask) internal pure {
        uint256 siblings = step.at + 32;
        bytes32 leaf = bytes32((uint256(readLeaf(step, index)) & ~mask) | bits);
        (step.state.ramRoot, ) = leaf.hashLeaf().root(index, siblings);
    }

    /// @notice Size of the memory.
    /// @param step The step.
    /// @return The size in bytes, at most 2^32.
    function memorySize(Step memory step) internal pure returns (uint256) {
        return uint256(step.state.pages) << 16;
    }

    /// @dev How far from the low end of its leaf a word stands, in bits: the first one is the highest.
    function _shift(uint256 place) private pure returns (uint256) {
        return 192 - 64 * (place % 4);
    }

    /// @dev The proof is not one of the words up to `at`; the words of the code leaf are counted in.
    function _revertLength(Step memory step, uint256 at) private pure {
        revert IOneStepProver.OneStepProver_WrongProofLength(
            (step.end - step.begin) / 32 + CODE_WORDS,
            (at - step.begin) / 32 + CODE_WORDS
        );
    }
}
