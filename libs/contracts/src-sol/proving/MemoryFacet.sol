// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState} from "./MachineState.sol";
import {Step, Steps} from "./Steps.sol";
import {IStepFacet} from "./interfaces/IStepFacet.sol";

/// @title MemoryFacet
/// @notice Loads, stores, the memory's size, and bulk instructions, which write one leaf a step. docs/spec/machine.md, sections 2 and 5.
/// @dev Bytes of memory are handled as the high bytes of a 256-bit word, the first of them highest, as they stand in a leaf.
contract MemoryFacet is IStepFacet {
    using Steps for Step;

    uint256 private constant I32_LOAD = 0x28;
    uint256 private constant I32_LOAD8_S = 0x2c;
    uint256 private constant I64_LOAD8_S = 0x30;
    uint256 private constant I32_STORE = 0x36;
    uint256 private constant MEMORY_SIZE = 0x3f;
    uint256 private constant MEMORY_GROW = 0x40;
    uint256 private constant MEMORY_COPY = 0xe0;
    uint256 private constant MEMORY_FILL = 0xe1;

    /// @dev Bytes that each load and store moves, from i32.load on; 0 for those of floats.
    bytes23 private constant SIZES = 0x0408000001010202010102020404040800000102010204;

    /// @dev What `memory.grow` gives when the memory cannot be so large.
    uint64 private constant REFUSED = 0xffffffff;

    /// @inheritdoc IStepFacet
    function execute(
        MachineState calldata state,
        uint128 instruction,
        bytes32[] calldata proof,
        bytes calldata data
    ) external pure returns (MachineState memory) {
        Step memory step = Steps.begin(state, instruction, proof, data);
        uint256 opcode = step.opcode;
        if (opcode == MEMORY_COPY) {
            _copy(step);
        } else if (opcode == MEMORY_FILL) {
            _fill(step);
        } else {
            if (opcode == MEMORY_SIZE) {
                step.need(0, 1);
                step.push(step.state.pages);
            } else if (opcode == MEMORY_GROW) {
                _grow(step);
            } else if (opcode < I32_STORE) {
                _load(step, opcode);
            } else {
                _store(step, opcode);
            }
            step.state.pc += 1;
        }
        return step.finish();
    }

    function _grow(Step memory step) private pure {
        step.need(1, 1);
        uint256 pages = step.state.pages;
        uint256 grown = pages + uint32(step.pop());
        if (grown > step.a) {
            step.push(REFUSED);
        } else {
            step.push(uint64(pages));
            step.state.pages = uint32(grown);
        }
    }

    function _load(Step memory step, uint256 opcode) private pure {
        uint256 size = _sizeOf(step, opcode);
        step.need(1, 1);
        uint256 at = _address(step, step.pop(), size);
        uint256 value = _reversed(_bytesAt(step, at, size) >> 192, size);
        // From i32.load8_s on, signed and unsigned ones take turns. i32.load and i64.load are as wide as what they give.
        if (opcode >= I32_LOAD8_S && opcode % 2 == 0) {
            assembly ("memory-safe") {
                value := signextend(sub(size, 1), value)
            }
            if (opcode < I64_LOAD8_S) value = uint32(value);
        }
        step.push(uint64(value));
    }

    function _store(Step memory step, uint256 opcode) private pure {
        uint256 size = _sizeOf(step, opcode);
        step.need(2, 0);
        uint256 value = step.pop();
        uint256 at = _address(step, step.pop(), size);
        // Its low bytes, the lowest first.
        _putBytes(step, at, _reversed(value, 8) << 192, size);
    }

    /// @dev Pops n, v, d; writes v to at most a leaf of [d, d + n).
    function _fill(Step memory step) private pure {
        step.need(3, 0);
        uint256 count = uint32(step.pop());
        uint256 value = uint8(step.pop());
        uint256 to = uint32(step.pop());
        if (to + count > step.memorySize()) step.trap();
        if (count == 0) {
            step.state.pc += 1;
            return;
        }
        uint256 size = _least(count, 32 - (to % 32));
        // The byte, 32 times.
        _putBytes(step, to, value * (type(uint256).max / 0xff), size);
        step.state.sp += 3;
        _setOperand(step, 1, count - size);
        _setOperand(step, 3, to + size);
    }

    /// @dev Pops n, s, d; copies at most a leaf of [d, d + n), from the end on where the bytes that follow would be overwritten.
    function _copy(Step memory step) private pure {
        step.need(3, 0);
        uint256 count = uint32(step.pop());
        uint256 from = uint32(step.pop());
        uint256 to = uint32(step.pop());
        uint256 memorySize = step.memorySize();
        if (to + count > memorySize || from + count > memorySize) step.trap();
        if (count == 0) {
            step.state.pc += 1;
            return;
        }
        bool forwards = to <= from;
        uint256 size = _least(count, forwards ? 32 - (to % 32) : ((to + count - 1) % 32) + 1);
        uint256 skipped = forwards ? 0 : count - size;
        _putBytes(step, to + skipped, _bytesAt(step, from + skipped, size), size);
        step.state.sp += 3;
        _setOperand(step, 1, count - size);
        if (forwards) {
            _setOperand(step, 2, from + size);
            _setOperand(step, 3, to + size);
        }
    }

    /// @dev Replaces an operand, counted from the top from 1 on. It may be 2^32 after the last byte of 4 GiB, and is taken modulo that.
    function _setOperand(Step memory step, uint256 depth, uint256 value) private pure {
        step.writeWord(Steps.STACK, step.state.sp - depth, uint32(value));
    }

    /// @dev Bytes that a load or store moves. Those of floats are no instructions.
    function _sizeOf(Step memory step, uint256 opcode) private pure returns (uint256 size) {
        size = uint8(SIZES[opcode - I32_LOAD]);
        if (size == 0) step.trap();
    }

    /// @dev The address of a load or store. Traps unless all its bytes are in the memory.
    function _address(Step memory step, uint64 base, uint256 size) private pure returns (uint256 at) {
        at = uint256(uint32(base)) + uint32(step.b);
        if (at + size > step.memorySize()) step.trap();
    }

    /// @dev Up to 32 bytes of memory, followed by others or zeros.
    function _bytesAt(Step memory step, uint256 at, uint256 size) private pure returns (uint256 word) {
        uint256 leaf = Steps.MEMORY + at / 32;
        uint256 shift = 8 * (at % 32);
        word = uint256(step.readLeaf(leaf)) << shift;
        if ((at % 32) + size > 32) word |= uint256(step.readLeaf(leaf + 1)) >> (256 - shift);
    }

    /// @dev Writes the first bytes of a word to memory.
    function _putBytes(Step memory step, uint256 at, uint256 word, uint256 size) private pure {
        uint256 leaf = Steps.MEMORY + at / 32;
        uint256 shift = 8 * (at % 32);
        uint256 mask = ~(type(uint256).max >> (8 * size));
        word &= mask;
        step.writeLeaf(leaf, word >> shift, mask >> shift);
        if ((at % 32) + size > 32) step.writeLeaf(leaf + 1, word << (256 - shift), mask << (256 - shift));
    }

    /// @dev The number of which the first `size` of eight bytes are the lowest ones, the lowest first.
    function _reversed(uint256 word, uint256 size) private pure returns (uint256 value) {
        for (uint256 i = 0; i < size; i++) value |= ((word >> (56 - 8 * i)) & 0xff) << (8 * i);
    }

    function _least(uint256 x, uint256 y) private pure returns (uint256) {
        return x < y ? x : y;
    }
}
