// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState} from "./MachineState.sol";
import {Step, Steps} from "./Steps.sol";
import {IStepFacet} from "./interfaces/IStepFacet.sol";

/// @title ControlFacet
/// @notice Jumps, calls, constants, and moves between slots and globals. docs/spec/machine.md, section 2.
contract ControlFacet is IStepFacet {
    using Steps for Step;

    uint256 private constant JUMP = 0x03;
    uint256 private constant JUMP_IF_ZERO = 0x04;
    uint256 private constant BRANCH = 0x0c;
    uint256 private constant JUMP_IF = 0x0d;
    uint256 private constant JUMP_TABLE = 0x0e;
    uint256 private constant RETURN = 0x0f;
    uint256 private constant CALL = 0x10;
    uint256 private constant CALL_INDIRECT = 0x11;
    uint256 private constant DROP = 0x1a;
    uint256 private constant SELECT = 0x1b;
    uint256 private constant LOCAL_GET = 0x20;
    uint256 private constant LOCAL_SET = 0x21;
    uint256 private constant LOCAL_TEE = 0x22;
    uint256 private constant GLOBAL_GET = 0x23;
    uint256 private constant GLOBAL_SET = 0x24;
    uint256 private constant I32_CONST = 0x41;
    uint256 private constant I64_CONST = 0x42;
    uint256 private constant MOVE = 0xd0;
    uint256 private constant FRAME = 0xd1;

    /// @dev Most globals of a program.
    uint256 private constant GLOBALS = 1_024;

    /// @dev Most entries of a table.
    uint256 private constant ENTRIES = 65_536;

    /// @dev A `jumpTable` has fewer entries than a program has instructions.
    uint256 private constant JUMPS = 1 << 20;

    /// @inheritdoc IStepFacet
    function execute(
        MachineState calldata state,
        uint128 instruction,
        bytes32[] calldata proof,
        bytes calldata data
    ) external pure returns (MachineState memory) {
        Step memory step = Steps.begin(state, instruction, proof, data);
        uint256 opcode = step.opcode;
        if (opcode < DROP) {
            _control(step, opcode);
        } else {
            if (opcode == LOCAL_GET || opcode == LOCAL_SET || opcode == LOCAL_TEE) _local(step, opcode);
            else _slots(step, opcode);
            step.state.pc += 1;
        }
        return step.finish();
    }

    /// @dev What sets `pc`.
    function _control(Step memory step, uint256 opcode) private pure {
        MachineState memory state = step.state;
        uint32 next = state.pc + 1;
        if (opcode == JUMP) {
            state.pc = step.a;
        } else if (opcode == JUMP_IF || opcode == JUMP_IF_ZERO) {
            step.need(1, 0);
            bool isZero = uint32(step.pop()) == 0;
            state.pc = isZero == (opcode == JUMP_IF_ZERO) ? step.a : next;
        } else if (opcode == BRANCH) {
            state.sp = _height(step);
            state.pc = step.a;
        } else if (opcode == JUMP_TABLE) {
            step.need(1, 0);
            if (step.a >= JUMPS) step.trap();
            uint32 entry = uint32(step.pop());
            state.pc = next + (entry < step.a ? entry : step.a);
        } else if (opcode == RETURN) {
            step.need(1, 0);
            uint32 height = _height(step);
            uint64 word = step.pop();
            state.sp = height;
            state.fp = uint32(word);
            state.pc = uint32(word >> 32);
        } else if (opcode == CALL) {
            step.need(0, 1);
            _call(step, step.a);
        } else if (opcode == CALL_INDIRECT) {
            step.need(1, 1);
            _call(step, _callee(step));
        } else {
            step.trap();
        }
    }

    /// @dev The height of the slots that `branch` and `return` leave. Traps when there cannot be so many.
    function _height(Step memory step) private pure returns (uint32) {
        int256 height = int256(uint256(step.state.fp)) + int64(step.b);
        if (height < 0 || height > int256(Steps.SLOTS)) step.trap();
        return uint32(uint256(height));
    }

    /// @dev Pushes the frame word and goes to a function.
    function _call(Step memory step, uint32 target) private pure {
        MachineState memory state = step.state;
        uint32 frame = state.sp;
        step.push((uint64(state.pc + 1) << 32) | state.fp);
        state.fp = frame;
        state.pc = target;
    }

    /// @dev Pops an index and gives where the function of that entry begins. An entry is 0 for none, else
    /// `2^63 + type * 2^32 + place`.
    function _callee(Step memory step) private pure returns (uint32) {
        uint256 place = uint32(step.pop());
        if (place >= step.b || place >= ENTRIES) step.trap();
        uint64 entry = step.readWord(Steps.TABLE, place);
        if (entry >> 32 != (1 << 31) + uint256(step.a)) step.trap();
        return uint32(entry);
    }

    /// @dev local.get, local.set, local.tee.
    function _local(Step memory step, uint256 opcode) private pure {
        uint256 slot = step.frameSlot(int32(step.a));
        if (opcode == LOCAL_GET) {
            step.need(0, 1);
            step.push(step.readWord(Steps.STACK, slot));
        } else {
            step.need(1, opcode == LOCAL_TEE ? 1 : 0);
            uint64 value = step.pop();
            if (opcode == LOCAL_TEE) step.state.sp += 1;
            step.writeWord(Steps.STACK, slot, value);
        }
    }

    /// @dev What moves values without looking at them.
    function _slots(Step memory step, uint256 opcode) private pure {
        if (opcode == DROP) {
            step.need(1, 0);
            step.state.sp -= 1;
        } else if (opcode == SELECT) {
            step.need(3, 1);
            bool isZero = uint32(step.pop()) == 0;
            uint64 second = step.pop();
            uint64 first = step.pop();
            step.push(isZero ? second : first);
        } else if (opcode == GLOBAL_GET || opcode == GLOBAL_SET) {
            if (step.a >= GLOBALS) step.trap();
            if (opcode == GLOBAL_GET) {
                step.need(0, 1);
                step.push(step.readWord(Steps.GLOBALS, step.a));
            } else {
                step.need(1, 0);
                step.writeWord(Steps.GLOBALS, step.a, step.pop());
            }
        } else if (opcode == I32_CONST || opcode == I64_CONST) {
            step.need(0, 1);
            step.push(step.b);
        } else if (opcode == MOVE) {
            uint256 to = step.frameSlot(int32(step.a));
            uint256 from = step.frameSlot(int64(step.b));
            step.writeWord(Steps.STACK, to, step.readWord(Steps.STACK, from));
        } else if (opcode == FRAME) {
            uint256 slot = step.frameSlot(0);
            step.need(0, 1);
            step.push(step.readWord(Steps.STACK, slot));
        } else {
            step.trap();
        }
    }
}
