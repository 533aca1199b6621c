// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState} from "../../src-sol/proving/MachineState.sol";
import {StepTest} from "./StepTest.sol";

contract MemoryFacetTest is StepTest {
    uint64 private constant DIRT = 0x1234567800000000;

    function _load(uint8 opcode, uint256 size, uint64 base, uint64 offset, uint64 expected) private {
        uint256 at = uint32(base) + offset;
        _reset();
        _setMemory(60, hex"ffff818283848586f788899091ffff");
        _operand(base);
        _instruction(opcode, 0, offset);
        _readSlot(5);
        _read(MEMORY + at / 32);
        if ((at % 32) + size > 32) _read(MEMORY + at / 32 + 1);
        _writeSlot(5, expected);
        _expect(string.concat("load ", vm.toString(opcode)), 8, 6);
    }

    /// @dev The bytes 0x81 .. 0x86 0xf7 0x88 stand at 62 .. 69: two in one leaf, the rest in the next.
    function test_loads() external {
        _load(0x28, 4, 62, 0, 0x84838281);
        _load(0x28, 4, 60, 4, 0x86858483);
        _load(0x29, 8, 62, 0, 0x88f7868584838281);
        _load(0x29, 8, DIRT | 64, 0, 0x908988f786858483);
        _load(0x2c, 1, 62, 0, 0xffffff81);
        _load(0x2d, 1, 62, 0, 0x81);
        _load(0x2e, 2, 62, 0, 0xffff8281);
        _load(0x2f, 2, 63, 0, 0x8382);
        _load(0x2e, 2, 63, 0, 0xffff8382);
        _load(0x30, 1, 63, 0, 0xffffffffffffff82);
        _load(0x31, 1, 63, 0, 0x82);
        _load(0x32, 2, 63, 0, 0xffffffffffff8382);
        _load(0x33, 2, 63, 0, 0x8382);
        _load(0x34, 4, 61, 0, 0xffffffff838281ff);
        _load(0x35, 4, 61, 0, 0x838281ff);
        // Positive ones stay.
        _load(0x2c, 1, 100, 0, 0);
        _load(0x34, 4, 80, 0, 0);
    }

    function _store(uint8 opcode, uint64 base, uint64 offset, bytes memory first, bytes memory second) private {
        uint256 at = uint256(uint32(base)) + offset;
        _reset();
        _setMemory(56, hex"101112131415161718191a1b1c1d1e1f");
        _operand(base);
        _operand(0xa1a2a3a4a5a6a7a8);
        _instruction(opcode, 0, offset);
        _readSlot(6);
        _readSlot(5);
        _writeMemory(at, first);
        if (second.length > 0) _writeMemory(at + first.length, second);
        _expect(string.concat("store ", vm.toString(opcode)), 8, 5);
    }

    function test_stores() external {
        _store(0x36, 62, 0, hex"a8a7", hex"a6a5");
        _store(0x36, 0, 64, hex"a8a7a6a5", "");
        _store(0x37, DIRT | 57, 0, hex"a8a7a6a5a4a3a2", hex"a1");
        _store(0x37, 56, 0, hex"a8a7a6a5a4a3a2a1", "");
        _store(0x3a, 63, 0, hex"a8", "");
        _store(0x3b, 63, 0, hex"a8", hex"a7");
        _store(0x3c, 64, 0, hex"a8", "");
        _store(0x3d, 62, 0, hex"a8a7", "");
        _store(0x3e, 61, 0, hex"a8a7a6", hex"a5");
    }

    /// @dev Two pages are 131,072 bytes.
    function test_theEndOfTheMemory() external {
        _load(0x29, 8, 131_064, 0, 0);
        _load(0x29, 8, 0, 131_064, 0);
        _store(0x3a, 131_071, 0, hex"a8", "");
        uint64[3] memory bases = [uint64(131_065), 0xffffffff, 0];
        uint32[3] memory offsets = [uint32(0), 0xffffffff, 131_065];
        for (uint256 i = 0; i < 3; i++) {
            _reset();
            _operand(bases[i]);
            _instruction(0x29, 0, offsets[i]);
            _readSlot(5);
            _expectTrap("load");
            _reset();
            _operand(bases[i]);
            _operand(1);
            _instruction(0x37, 0, offsets[i]);
            _readSlot(6);
            _readSlot(5);
            _expectTrap("store");
        }
        _reset();
        state.pages = 0;
        _operand(0);
        _instruction(0x2d, 0, 0);
        _readSlot(5);
        _expectTrap("no memory");
    }

    function test_theLastLeafOfFourGiB() external {
        state.pages = 65_536;
        _setMemory(0xfffffff8, hex"0102030405060708");
        _operand(0xfffffff8);
        _instruction(0x29, 0, 0);
        _readSlot(5);
        _read(MEMORY + (1 << 27) - 1);
        _writeSlot(5, 0x0807060504030201);
        _expect("load", 8, 6);
        _reset();
        state.pages = 65_536;
        _operand(0xfffffff8);
        _instruction(0x29, 0, 1);
        _readSlot(5);
        _expectTrap("beyond");
    }

    function test_floatsAreNoInstructions() external {
        uint8[4] memory opcodes = [0x2a, 0x2b, 0x38, 0x39];
        for (uint256 i = 0; i < 4; i++) {
            _operand(0);
            _operand(0);
            _instruction(opcodes[i], 0, 0);
            _expectTrap("float");
        }
    }

    function test_operandsThatAreMissing() external {
        state.sp = 1;
        _instruction(0x36, 0, 0);
        _expectTrap("store");
        state.sp = 2;
        _instruction(0xe0, 0, 0);
        _expectTrap("copy");
        _instruction(0xe1, 0, 0);
        _expectTrap("fill");
        state.sp = 0;
        _instruction(0x28, 0, 0);
        _expectTrap("load");
        _instruction(0x40, 9, 0);
        _expectTrap("grow");
        state.sp = 65_536;
        _instruction(0x3f, 0, 0);
        _expectTrap("size");
    }

    function test_size() external {
        _instruction(0x3f, 0, 0);
        _writeSlot(5, 2);
        _expect("memory.size", 8, 6);
    }

    function _grow(uint64 by, uint32 maximum, uint64 given, uint32 pages) private {
        _reset();
        _operand(by);
        _instruction(0x40, maximum, 0);
        _readSlot(5);
        _writeSlot(5, given);
        MachineState memory next = state;
        next.pc = 8;
        next.pages = pages;
        _expectState("memory.grow", next);
    }

    function test_grow() external {
        _grow(3, 5, 2, 5);
        _grow(DIRT | 3, 5, 2, 5);
        _grow(0, 2, 2, 2);
        _grow(0, 1, 0xffffffff, 2);
        _grow(4, 5, 0xffffffff, 2);
        _grow(0xffffffff, 32_768, 0xffffffff, 2);
        // A program that claims to be able to grow without end traps in its next step.
        _grow(0xfffffffd, 0xffffffff, 2, 0xffffffff);
    }

    function _bulk(uint8 opcode, uint64 to, uint64 second, uint64 count) private {
        _reset();
        // The first bytes of the fourth leaf are not zero either.
        _setMemory(0, hex"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        _setMemory(32, hex"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");
        _setMemory(96, hex"60616263");
        _operand(to);
        _operand(second);
        _operand(count);
        _instruction(opcode, 0, 0);
        _readSlot(7);
        _readSlot(6);
        _readSlot(5);
    }

    function _fill(uint64 to, uint64 value, uint64 count, bytes memory content) private {
        _bulk(0xe1, to, value, count);
        _writeMemory(uint32(to), content);
        _writeSlot(7, uint64(uint32(count) - content.length));
        _writeSlot(5, uint64(uint32(to) + content.length));
        _expect("memory.fill", 7, 8);
    }

    function test_fill() external {
        bytes memory leaf = hex"abababababababababababababababababababababababababababababababab";
        _fill(32, 0xab, 32, leaf);
        _fill(32, 0x1ab, 1000, leaf);
        _fill(DIRT | 30, 0xab, DIRT | 32, hex"abab");
        _fill(33, 0xab, 3, hex"ababab");
        _fill(63, 0xab, 1, hex"ab");
        _fill(131_071, 0xab, 1, hex"ab");
        _bulk(0xe1, 131_072, 1, 0);
        _expect("nothing to fill", 8, 5);
        _bulk(0xe1, 131_072, 1, 1);
        _expectTrap("fill beyond the end");
        _bulk(0xe1, 131_073, 1, 0);
        _expectTrap("fill of nothing beyond the end");
        _bulk(0xe1, 0xffffffff, 1, 0xffffffff);
        _expectTrap("fill far beyond the end");
    }

    function _copy(uint64 to, uint64 from, uint64 count, uint256 at, uint256 source, bytes memory content) private {
        _bulk(0xe0, to, from, count);
        _read(MEMORY + source / 32);
        if ((source % 32) + content.length > 32) _read(MEMORY + source / 32 + 1);
        _writeMemory(at, content);
        _writeSlot(7, uint64(uint32(count) - content.length));
        if (to <= from) {
            _writeSlot(6, uint64(from + content.length));
            _writeSlot(5, uint64(to + content.length));
        }
        _expect("memory.copy", 7, 8);
    }

    function test_copyForwards() external {
        bytes memory leaf = hex"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
        _copy(0, 32, 32, 0, 32, leaf);
        _copy(0, 32, 100, 0, 32, leaf);
        _copy(0, 0, 2, 0, 0, hex"0001");
        // One leaf to one, two leaves to one, overlapping.
        _copy(3, 7, 4, 3, 7, hex"0708090a");
        _copy(0, 31, 5, 0, 31, hex"1f20212223");
        _copy(30, 31, 40, 30, 31, hex"1f20");
        _copy(0, 63, 40, 0, 63, bytes.concat(hex"3f", new bytes(31)));
    }

    function test_copyBackwards() external {
        // All of it ends in a leaf of the target: the last bytes first.
        _copy(64, 0, 10, 64, 0, hex"00010203040506070809");
        _copy(60, 20, 10, 64, 24, hex"18191a1b1c1d");
        _copy(33, 31, 3, 33, 31, hex"1f2021");
        _copy(32, 31, 64, 64, 63, bytes.concat(hex"3f", new bytes(31)));
        _copy(5, 4, 27, 5, 4, hex"0405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e");
        _copy(31, 0, 2, 32, 1, hex"01");
    }

    function test_copyTraps() external {
        _bulk(0xe0, 131_072, 131_072, 0);
        _expect("nothing to copy", 8, 5);
        _bulk(0xe0, 131_073, 0, 0);
        _expectTrap("target");
        _bulk(0xe0, 0, 131_073, 0);
        _expectTrap("source");
        _bulk(0xe0, 0, 131_000, 73);
        _expectTrap("the end of the source");
        _bulk(0xe0, 131_000, 0, 73);
        _expectTrap("the end of the target");
    }
}
