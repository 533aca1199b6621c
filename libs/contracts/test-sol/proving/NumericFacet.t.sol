// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StepTest} from "./StepTest.sol";

contract NumericFacetTest is StepTest {
    uint64 private constant TOP32 = 0x80000000;
    uint64 private constant MAX32 = 0xffffffff;
    uint64 private constant TOP64 = 0x8000000000000000;
    uint64 private constant MAX64 = 0xffffffffffffffff;

    function _unary(uint8 opcode, uint64 x, uint64 expected) private {
        _reset();
        _operand(x);
        _instruction(opcode, 0, 0);
        _readSlot(5);
        _writeSlot(5, expected);
        _expect(string.concat("unary ", vm.toString(opcode)), 8, 6);
    }

    function _prepare(uint8 opcode, uint64 x, uint64 y) private {
        _reset();
        // The operands stand in two leaves.
        state.sp = 7;
        _operand(x);
        _operand(y);
        _instruction(opcode, 0, 0);
        _readSlot(8);
        _readSlot(7);
    }

    function _binary(uint8 opcode, uint64 x, uint64 y, uint64 expected) private {
        _prepare(opcode, x, y);
        _writeSlot(7, expected);
        _expect(string.concat("binary ", vm.toString(opcode)), 8, 8);
    }

    function _traps(uint8 opcode, uint64 x, uint64 y) private {
        _prepare(opcode, x, y);
        _expectTrap(string.concat("trap ", vm.toString(opcode)));
    }

    /// @dev A comparison of -1 and 1, 1 and -1, and of equals, both widths. An operand of 32 bits has others above it, which do not count.
    function _comparison(uint8 kind, bool minusOne, bool one, bool equal) private {
        uint64 dirt = 0x5a5a5a5a00000000;
        _binary(0x46 + kind, dirt | MAX32, 1, minusOne ? 1 : 0);
        _binary(0x46 + kind, 1, dirt | MAX32, one ? 1 : 0);
        _binary(0x46 + kind, dirt | TOP32, TOP32, equal ? 1 : 0);
        _binary(0x51 + kind, MAX64, 1, minusOne ? 1 : 0);
        _binary(0x51 + kind, 1, MAX64, one ? 1 : 0);
        _binary(0x51 + kind, TOP64, TOP64, equal ? 1 : 0);
    }

    function test_tests() external {
        _unary(0x45, 0, 1);
        _unary(0x45, 0x700000000, 1);
        _unary(0x45, 1, 0);
        _unary(0x50, 0, 1);
        _unary(0x50, 0x700000000, 0);
    }

    function test_comparisons() external {
        _comparison(0, false, false, true);
        _comparison(1, true, true, false);
        _comparison(2, true, false, false);
        _comparison(3, false, true, false);
        _comparison(4, false, true, false);
        _comparison(5, true, false, false);
        _comparison(6, true, false, true);
        _comparison(7, false, true, true);
        _comparison(8, false, true, true);
        _comparison(9, true, false, true);
        // The high half counts in 64 bits.
        _binary(0x51, 0x100000001, 1, 0);
        _binary(0x5a, 0x100000000, MAX32, 1);
    }

    function test_countsOfBits() external {
        _unary(0x67, 0, 32);
        _unary(0x67, 0x100000000, 32);
        _unary(0x67, 1, 31);
        _unary(0x67, MAX32, 0);
        _unary(0x67, 0x00ff0000, 8);
        _unary(0x68, 0, 32);
        _unary(0x68, 0x100000000, 32);
        _unary(0x68, TOP32, 31);
        _unary(0x68, 0x28, 3);
        _unary(0x69, MAX64, 32);
        _unary(0x69, 0, 0);
        _unary(0x69, TOP32 | 1, 2);
        _unary(0x79, 0, 64);
        _unary(0x79, 1, 63);
        _unary(0x79, TOP64, 0);
        _unary(0x79, TOP32, 32);
        _unary(0x7a, 0, 64);
        _unary(0x7a, TOP64, 63);
        _unary(0x7a, 0x100000000, 32);
        _unary(0x7b, MAX64, 64);
        _unary(0x7b, 0, 0);
        _unary(0x7b, 0xf0f0f0f0f0f0f0f0, 32);
    }

    function test_arithmeticOf32Bits() external {
        _binary(0x6a, MAX32, 2, 1);
        _binary(0x6a, 0x5500000001, 2, 3);
        _binary(0x6b, 0, 1, MAX32);
        _binary(0x6c, 0x10001, 0x10001, 0x20001);
        _binary(0x6c, MAX32, MAX32, 1);
        _binary(0x6d, 7, 2, 3);
        _binary(0x6d, MAX32 - 6, 2, MAX32 - 2);
        _binary(0x6d, 7, MAX32 - 1, MAX32 - 2);
        _binary(0x6d, TOP32, 1, TOP32);
        _binary(0x6d, TOP32 + 1, MAX32, TOP32 - 1);
        _binary(0x6e, MAX32, 2, TOP32 - 1);
        _binary(0x6e, TOP32, MAX32, 0);
        _binary(0x6f, 7, 4, 3);
        _binary(0x6f, MAX32 - 6, 4, MAX32 - 2);
        _binary(0x6f, 7, MAX32 - 3, 3);
        _binary(0x6f, TOP32, MAX32, 0);
        _binary(0x70, TOP32, MAX32, TOP32);
        _binary(0x70, MAX32, 10, 5);
        _binary(0x71, 0xff00ff00, 0x0ff00ff0, 0x0f000f00);
        _binary(0x72, 0xff00ff00, 0x0ff00ff0, 0xfff0fff0);
        _binary(0x73, 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0);
    }

    function test_arithmeticOf64Bits() external {
        _binary(0x7c, MAX64, 2, 1);
        _binary(0x7d, 0, 1, MAX64);
        _binary(0x7e, MAX64, MAX64, 1);
        _binary(0x7e, 0x100000001, 0x100000001, 0x200000001);
        _binary(0x7f, MAX64 - 6, 2, MAX64 - 2);
        _binary(0x7f, TOP64, 1, TOP64);
        _binary(0x7f, TOP64 + 1, MAX64, TOP64 - 1);
        _binary(0x80, MAX64, 2, TOP64 - 1);
        _binary(0x80, TOP64, MAX64, 0);
        _binary(0x81, MAX64 - 6, 4, MAX64 - 2);
        _binary(0x81, TOP64, MAX64, 0);
        _binary(0x82, TOP64, MAX64, TOP64);
        _binary(0x83, MAX64, TOP64 | 1, TOP64 | 1);
        _binary(0x84, TOP64, 1, TOP64 | 1);
        _binary(0x85, MAX64, 1, MAX64 - 1);
    }

    function test_shifts() external {
        // The distance is taken modulo the width.
        _binary(0x74, 1, 31, TOP32);
        _binary(0x74, 3, 31, TOP32);
        _binary(0x74, 5, 32, 5);
        _binary(0x74, 5, 0x100000021, 10);
        _binary(0x75, TOP32, 31, MAX32);
        _binary(0x75, TOP32, 32, TOP32);
        _binary(0x75, TOP32 - 1, 30, 1);
        _binary(0x76, TOP32, 31, 1);
        _binary(0x76, TOP32, 64, TOP32);
        _binary(0x77, TOP32 | 1, 1, 3);
        _binary(0x77, 0x12345678, 0, 0x12345678);
        _binary(0x77, 0x12345678, 36, 0x23456781);
        _binary(0x78, 3, 1, TOP32 | 1);
        _binary(0x78, 0x12345678, 32, 0x12345678);
        _binary(0x86, 1, 63, TOP64);
        _binary(0x86, 5, 64, 5);
        _binary(0x86, 5, 65, 10);
        _binary(0x87, TOP64, 63, MAX64);
        _binary(0x87, TOP64, 64, TOP64);
        _binary(0x88, TOP64, 63, 1);
        _binary(0x89, TOP64 | 1, 1, 3);
        _binary(0x89, MAX32, 0, MAX32);
        _binary(0x8a, 3, 1, TOP64 | 1);
        _binary(0x8a, MAX32, 128, MAX32);
    }

    function test_divisionTraps() external {
        for (uint8 opcode = 0x6d; opcode <= 0x70; opcode++) {
            _traps(opcode, 5, 0);
            _traps(opcode, 5, 0x100000000);
            _traps(opcode + 0x12, 5, 0);
        }
        _traps(0x6d, TOP32, MAX32);
        _traps(0x6d, MAX64 ^ (TOP32 - 1), MAX64);
        _traps(0x7f, TOP64, MAX64);
    }

    function test_conversions() external {
        _unary(0xa7, 0x123456789abcdef0, 0x9abcdef0);
        _unary(0xac, 0x1ffffffff, MAX64);
        _unary(0xac, 0x1_7fffffff, 0x7fffffff);
        _unary(0xad, 0x5_80000000, TOP32);
        _unary(0xc0, 0x1234ff80, 0xffffff80);
        _unary(0xc0, 0xff7f, 0x7f);
        _unary(0xc1, 0x12348000, 0xffff8000);
        _unary(0xc1, 0xffff7fff, 0x7fff);
        _unary(0xc2, 0x80, 0xffffffffffffff80);
        _unary(0xc2, MAX64 - 0x80, 0x7f);
        _unary(0xc3, 0x8000, 0xffffffffffff8000);
        _unary(0xc3, 0x17fff, 0x7fff);
        _unary(0xc4, TOP32, 0xffffffff80000000);
        _unary(0xc4, 0xffffffff7fffffff, 0x7fffffff);
    }

    function test_operandsThatAreMissing() external {
        for (uint32 sp = 0; sp < 2; sp++) {
            _reset();
            state.sp = sp;
            _instruction(0x6a, 0, 0);
            _expectTrap("binary");
        }
        _reset();
        state.sp = 0;
        _instruction(0xc0, 0, 0);
        _expectTrap("unary");
        _reset();
        state.sp = 65_537;
        _instruction(0x45, 0, 0);
        _expectTrap("above the last slot");
    }

    function test_theLastSlots() external {
        state.sp = 65_534;
        _operand(40);
        _operand(2);
        _instruction(0x6a, 0, 0);
        _readSlot(65_535);
        _readSlot(65_534);
        _writeSlot(65_534, 42);
        _expect("add", 8, 65_535);
    }

    function test_opcodesThatAreNone() external {
        for (uint16 opcode = 0x5b; opcode <= 0xc4; opcode++) {
            bool known = (opcode >= 0x67 && opcode <= 0x8a) || opcode == 0xa7 || opcode == 0xac || opcode == 0xad;
            if (known || opcode >= 0xc0) continue;
            _reset();
            _instruction(uint8(opcode), 0, 0);
            _expectTrap(vm.toString(opcode));
        }
    }

    /// @dev Against what Solidity makes of numbers of the width.
    function test_fuzzArithmetic(uint64 x, uint64 y) external {
        unchecked {
            uint32 x32 = uint32(x);
            uint32 y32 = uint32(y);
            _binary(0x6a, x, y, x32 + y32);
            _binary(0x6c, x, y, x32 * y32);
            _binary(0x7d, x, y, x - y);
            _binary(0x7e, x, y, x * y);
            _binary(0x48, x, y, int32(x32) < int32(y32) ? 1 : 0);
            _binary(0x59, x, y, int64(x) >= int64(y) ? 1 : 0);
            _binary(0x75, x, y, uint32(int32(x32) >> (y32 % 32)));
            _binary(0x89, x, y, y % 64 == 0 ? x : (x << (y % 64)) | (x >> (64 - (y % 64))));
            if (y != 0 && !(x == TOP64 && y == MAX64)) _binary(0x7f, x, y, uint64(int64(x) / int64(y)));
            if (y32 != 0) _binary(0x70, x, y, x32 % y32);
        }
    }
}
