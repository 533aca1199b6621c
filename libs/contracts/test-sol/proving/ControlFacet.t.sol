// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState} from "../../src-sol/proving/MachineState.sol";
import {StepTest} from "./StepTest.sol";

contract ControlFacetTest is StepTest {
    uint64 private constant DIRT = 0x1234567800000000;

    /// @dev A signed number of 64 bits as it stands in an instruction.
    function _i64(int64 value) private pure returns (uint64) {
        return uint64(value);
    }

    function _i32(int32 value) private pure returns (uint32) {
        return uint32(value);
    }

    function test_jump() external {
        _instruction(0x03, 0xfffffffe, 0);
        _expect("jump", 0xfffffffe, 5);
    }

    function _conditional(uint8 opcode, uint64 condition, uint256 pc) private {
        _reset();
        _operand(condition);
        _instruction(opcode, 100, 0);
        _readSlot(5);
        _expect("conditional jump", pc, 5);
    }

    function test_conditionalJumps() external {
        _conditional(0x04, 0, 100);
        _conditional(0x04, DIRT, 100);
        _conditional(0x04, 1, 8);
        _conditional(0x0d, 0, 8);
        _conditional(0x0d, DIRT, 8);
        _conditional(0x0d, 0x80000000, 100);
    }

    function test_branch() external {
        _instruction(0x0c, 100, 1);
        _expect("down to the frame word", 100, 5);
        state.sp = 70_000;
        _instruction(0x0c, 100, _i64(-4));
        _expect("from anywhere down to nothing", 100, 0);
        _instruction(0x0c, 100, 65_536 - 4);
        _expect("up to all slots", 100, 65_536);
        _instruction(0x0c, 100, _i64(-5));
        _expectTrap("below slot 0");
        _instruction(0x0c, 100, 65_536 - 3);
        _expectTrap("above the last slot");
        _instruction(0x0c, 100, _i64(type(int64).min));
        _expectTrap("far below");
        _instruction(0x0c, 100, _i64(type(int64).max));
        _expectTrap("far above");
    }

    function _table(uint32 n, uint64 index, uint256 pc) private {
        _reset();
        _operand(index);
        _instruction(0x0e, n, 0);
        _readSlot(5);
        _expect("jumpTable", pc, 5);
    }

    function test_jumpTable() external {
        _table(3, 0, 8);
        _table(3, 2, 10);
        _table(3, 3, 11);
        _table(3, 4, 11);
        _table(3, 0xffffffff, 11);
        _table(3, DIRT, 8);
        _table(0, 9, 8);
        _table((1 << 20) - 1, 0xffffffff, 8 + (1 << 20) - 1);
        _instruction(0x0e, 1 << 20, 0);
        _expectTrap("more entries than instructions");
    }

    function test_callAndReturn() external {
        _instruction(0x10, 1000, 0);
        _writeSlot(5, (uint64(8) << 32) | 4);
        MachineState memory next = state;
        next.pc = 1000;
        next.sp = 6;
        next.fp = 5;
        _expectState("call", next);

        _reset();
        state.fp = 5;
        _operand((uint64(8) << 32) | 2);
        _instruction(0x0f, 0, _i64(-2));
        _readSlot(5);
        next = state;
        next.pc = 8;
        next.sp = 3;
        next.fp = 2;
        _expectState("return", next);
    }

    function test_aReturnMayGoAnywhere() external {
        state.fp = 0xffffffff;
        _operand(type(uint64).max);
        _instruction(0x0f, 0, _i64(-0xffffffff));
        _readSlot(5);
        MachineState memory next = state;
        next.pc = 0xffffffff;
        next.sp = 0;
        _expectState("return", next);
        _instruction(0x0f, 0, _i64(1));
        _expectTrap("height");
        state.sp = 0;
        _instruction(0x0f, 0, _i64(-0xffffffff));
        _expectTrap("no frame word");
    }

    function test_callsWithoutRoom() external {
        state.sp = 65_536;
        _instruction(0x10, 1000, 0);
        _expectTrap("call");
        _instruction(0x42, 0, 1);
        _expectTrap("const");
        _instruction(0x20, 0, 0);
        _expectTrap("local.get");
        _instruction(0x23, 0, 0);
        _expectTrap("global.get");
        _instruction(0xd1, 0, 0);
        _expectTrap("frame");
    }

    function _indirect(uint64 index, uint32 kind, uint64 entries) private {
        _reset();
        for (uint64 i = 0; i < 4; i++) _setWord(TABLE, 65_532 + i, (1 << 63) | (i << 32) | (100 + i));
        _setWord(TABLE, 0, 5);
        _operand(index);
        _instruction(0x11, kind, entries);
        _readSlot(5);
    }

    function test_callIndirect() external {
        _indirect(DIRT | 65_534, 2, type(uint64).max);
        _read(TABLE + 16_383);
        _writeSlot(5, (uint64(8) << 32) | 4);
        MachineState memory next = state;
        next.pc = 102;
        next.fp = 5;
        _expectState("callIndirect", next);
    }

    function test_callIndirectTraps() external {
        _indirect(65_534, 2, 65_534);
        _expectTrap("beyond the entries");
        _indirect(65_536, 2, type(uint64).max);
        _expectTrap("beyond the table");
        _indirect(65_534, 3, 65_536);
        _read(TABLE + 16_383);
        _expectTrap("another type");
        _indirect(65_534, 0x80000002, 65_536);
        _read(TABLE + 16_383);
        _expectTrap("no type");
        _indirect(1, 0, 65_536);
        _read(TABLE);
        _expectTrap("no function");
        _indirect(0, 0, 65_536);
        _read(TABLE);
        _expectTrap("no entry");
    }

    function test_drop() external {
        _instruction(0x1a, 0, 0);
        _expect("drop", 8, 4);
        state.sp = 0;
        _instruction(0x1a, 0, 0);
        _expectTrap("nothing to drop");
        state.sp = 65_537;
        _instruction(0x1a, 0, 0);
        _expectTrap("no such slot");
    }

    function _select(uint64 condition, uint64 expected) private {
        _reset();
        _operand(11);
        _operand(22);
        _operand(condition);
        _instruction(0x1b, 0, 0);
        _readSlot(7);
        _readSlot(6);
        _readSlot(5);
        _writeSlot(5, expected);
        _expect("select", 8, 6);
    }

    function test_select() external {
        _select(1, 11);
        _select(0, 22);
        _select(DIRT, 22);
        state.sp = 2;
        _instruction(0x1b, 0, 0);
        _expectTrap("operands");
    }

    function test_locals() external {
        _setWord(SLOTS, 1, 77);
        _instruction(0x20, _i32(-3), 0);
        _readSlot(1);
        _writeSlot(5, 77);
        _expect("local.get", 8, 6);

        _reset();
        _operand(88);
        _instruction(0x21, _i32(-4), 0);
        _readSlot(5);
        _writeSlot(0, 88);
        _expect("local.set", 8, 5);

        // The local's slot is in the operand's leaf.
        _reset();
        _operand(99);
        _instruction(0x22, 2, 0);
        _readSlot(5);
        _writeSlot(6, 99);
        _expect("local.tee", 8, 6);
    }

    function test_localsThatAreNone() external {
        for (uint8 opcode = 0x20; opcode <= 0x22; opcode++) {
            _instruction(opcode, _i32(-5), 0);
            _expectTrap("below slot 0");
            _instruction(opcode, 65_536 - 4, 0);
            _expectTrap("above the last slot");
            _instruction(opcode, _i32(type(int32).min), 0);
            _expectTrap("far below");
        }
        state.sp = 0;
        _instruction(0x21, 0, 0);
        _expectTrap("local.set without operand");
        _instruction(0x22, 0, 0);
        _expectTrap("local.tee without operand");
        state.fp = 0xffffffff;
        state.sp = 5;
        _instruction(0x20, 0x7fffffff, 0);
        _expectTrap("far above");
        _instruction(0xd1, 0, 0);
        _expectTrap("frame");
    }

    function test_globals() external {
        _setWord(GLOBALS, 1023, 66);
        _instruction(0x23, 1023, 0);
        _read(GLOBALS + 255);
        _writeSlot(5, 66);
        _expect("global.get", 8, 6);

        _reset();
        _operand(55);
        _instruction(0x24, 2, 0);
        _readSlot(5);
        _writeWord(GLOBALS, 2, 55);
        _expect("global.set", 8, 5);

        _instruction(0x23, 1024, 0);
        _expectTrap("global.get");
        _instruction(0x24, 0xffffffff, 0);
        _expectTrap("global.set");
        state.sp = 0;
        _instruction(0x24, 0, 0);
        _expectTrap("global.set without operand");
    }

    function test_constants() external {
        _instruction(0x41, 0, 0xffffffff);
        _writeSlot(5, 0xffffffff);
        _expect("i32.const", 8, 6);
        _reset();
        _instruction(0x42, 0, type(uint64).max);
        _writeSlot(5, type(uint64).max);
        _expect("i64.const", 8, 6);
    }

    function test_moveAndFrame() external {
        _setWord(SLOTS, 6, 33);
        _instruction(0xd0, _i32(-4), 2);
        _readSlot(6);
        _writeSlot(0, 33);
        _expect("move", 8, 5);
        _reset();
        _setWord(SLOTS, 6, 33);
        _instruction(0xd0, 1, 2);
        _readSlot(6);
        _writeSlot(5, 33);
        _expect("move within a leaf", 8, 5);
        _instruction(0xd0, 65_532, 0);
        _expectTrap("no target");
        _instruction(0xd0, 0, 65_532);
        _expectTrap("no source");
        _instruction(0xd0, 0, _i64(type(int64).min));
        _expectTrap("far below");

        _reset();
        _setWord(SLOTS, 4, 44);
        _instruction(0xd1, 0, 0);
        _readSlot(4);
        _writeSlot(5, 44);
        _expect("frame", 8, 6);
    }
}
