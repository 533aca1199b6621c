// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState} from "./MachineState.sol";
import {Step, Steps} from "./Steps.sol";
import {IStepFacet} from "./interfaces/IStepFacet.sol";

/// @title NumericFacet
/// @notice Tests, comparisons, arithmetic, shifts and conversions of integers, as WebAssembly has them. docs/spec/machine.md, section 2.
contract NumericFacet is IStepFacet {
    using Steps for Step;

    uint256 private constant I32_EQZ = 0x45;
    uint256 private constant I32_EQ = 0x46;
    uint256 private constant I64_EQZ = 0x50;
    uint256 private constant I64_EQ = 0x51;
    uint256 private constant I64_GE_U = 0x5a;
    uint256 private constant I32_CLZ = 0x67;
    uint256 private constant I64_CLZ = 0x79;
    uint256 private constant I64_ROTR = 0x8a;
    uint256 private constant I32_WRAP_I64 = 0xa7;
    uint256 private constant I64_EXTEND_I32_S = 0xac;
    uint256 private constant I64_EXTEND_I32_U = 0xad;
    uint256 private constant I32_EXTEND8_S = 0xc0;
    uint256 private constant I64_EXTEND32_S = 0xc4;

    /// @dev Operators of one width, counted from `clz`: three of one operand, then those of two.
    uint256 private constant UNARY = 3;

    /// @inheritdoc IStepFacet
    function execute(
        MachineState calldata state,
        uint128 instruction,
        bytes32[] calldata proof,
        bytes calldata data
    ) external pure returns (MachineState memory) {
        Step memory step = Steps.begin(state, instruction, proof, data);
        uint256 opcode = step.opcode;
        if (opcode == I32_EQZ) _test(step, 32);
        else if (opcode < I64_EQZ) _comparison(step, opcode - I32_EQ, 32);
        else if (opcode == I64_EQZ) _test(step, 64);
        else if (opcode <= I64_GE_U) _comparison(step, opcode - I64_EQ, 64);
        else if (opcode < I32_CLZ) step.trap();
        else if (opcode < I64_CLZ) _operator(step, opcode - I32_CLZ, 32);
        else if (opcode <= I64_ROTR) _operator(step, opcode - I64_CLZ, 64);
        else _conversion(step, opcode);
        step.state.pc += 1;
        return step.finish();
    }

    /// @dev Whether an operand is zero.
    function _test(Step memory step, uint256 bits) private pure {
        step.need(1, 1);
        step.push(uint256(step.pop()) & _mask(bits) == 0 ? 1 : 0);
    }

    /// @dev eq, ne, lt_s, lt_u, gt_s, gt_u, le_s, le_u, ge_s, ge_u, counted from 0.
    function _comparison(Step memory step, uint256 kind, uint256 bits) private pure {
        step.need(2, 1);
        uint256 right = step.pop() & _mask(bits);
        uint256 left = step.pop() & _mask(bits);
        bool holds;
        if (kind < 2) {
            holds = (left == right) == (kind == 0);
        } else {
            // Signed and unsigned ones take turns.
            (int256 x, int256 y) = kind % 2 == 0
                ? (_signed(left, bits), _signed(right, bits))
                : (int256(left), int256(right));
            kind /= 2;
            holds =
                kind == 1
                    ? x < y
                    : kind == 2
                        ? x > y
                        : kind == 3
                            ? x <= y
                            : x >= y;
        }
        step.push(holds ? 1 : 0);
    }

    /// @dev clz, ctz, popcnt, then what `_binary` has, counted from 0.
    function _operator(Step memory step, uint256 kind, uint256 bits) private pure {
        if (kind < UNARY) {
            step.need(1, 1);
            uint256 value = step.pop() & _mask(bits);
            step.push(
                uint64(
                    kind == 0
                        ? _clz(value, bits)
                        : kind == 1
                            ? _ctz(value, bits)
                            : _popcnt(value)
                )
            );
            return;
        }
        step.need(2, 1);
        uint256 right = step.pop() & _mask(bits);
        uint256 left = step.pop() & _mask(bits);
        kind -= UNARY;
        // div_s, div_u, rem_s, rem_u: by zero, and where the quotient is above the largest number.
        if (kind >= 3 && kind <= 6) {
            if (right == 0) step.trap();
            if (kind == 3 && left == 1 << (bits - 1) && right == _mask(bits)) step.trap();
        }
        step.push(uint64(_binary(kind, left, right, bits) & _mask(bits)));
    }

    /// @dev add, sub, mul, div_s, div_u, rem_s, rem_u, and, or, xor, shl, shr_s, shr_u, rotl, rotr, counted from 0. Bits above the
    /// width are to be cleared.
    function _binary(uint256 kind, uint256 x, uint256 y, uint256 bits) private pure returns (uint256) {
        unchecked {
            if (kind == 0) return x + y;
            if (kind == 1) return x - y;
            if (kind == 2) return x * y;
            if (kind == 3) return uint256(_signed(x, bits) / _signed(y, bits));
            if (kind == 4) return x / y;
            if (kind == 5) return uint256(_signed(x, bits) % _signed(y, bits));
            if (kind == 6) return x % y;
            if (kind == 7) return x & y;
            if (kind == 8) return x | y;
            if (kind == 9) return x ^ y;
            y %= bits;
            if (kind == 10) return x << y;
            if (kind == 11) return uint256(_signed(x, bits) >> y);
            if (kind == 12) return x >> y;
            if (kind == 13) return (x << y) | (x >> (bits - y));
            return (x >> y) | (x << (bits - y));
        }
    }

    /// @dev wrap, and extensions of the low 8, 16 or 32 bits.
    function _conversion(Step memory step, uint256 opcode) private pure {
        uint256 from = 32;
        uint256 to = 64;
        bool signed = true;
        if (opcode == I32_WRAP_I64 || opcode == I64_EXTEND_I32_U) {
            signed = false;
        } else if (opcode >= I32_EXTEND8_S && opcode <= I64_EXTEND32_S) {
            // 8 and 16 bits to 32, then 8, 16 and 32 bits to 64.
            uint256 kind = opcode - I32_EXTEND8_S;
            if (kind < 2) to = 32;
            from = kind == 4 ? 32 : 8 << (kind % 2);
        } else if (opcode != I64_EXTEND_I32_S) {
            step.trap();
        }
        step.need(1, 1);
        uint256 value = step.pop() & _mask(from);
        step.push(uint64(signed ? uint256(_signed(value, from)) & _mask(to) : value));
    }

    /// @dev Zeros above the highest bit that is set.
    function _clz(uint256 value, uint256 bits) private pure returns (uint256 count) {
        for (count = 0; count < bits && value >> (bits - 1 - count) == 0;) count++;
    }

    /// @dev Zeros below the lowest bit that is set.
    function _ctz(uint256 value, uint256 bits) private pure returns (uint256 count) {
        for (count = 0; count < bits && (value >> count) & 1 == 0;) count++;
    }

    /// @dev Bits that are set.
    function _popcnt(uint256 value) private pure returns (uint256 count) {
        for (; value != 0; value &= value - 1) count++;
    }

    /// @dev The largest unsigned number of a width.
    function _mask(uint256 bits) private pure returns (uint256) {
        return (1 << bits) - 1;
    }

    /// @dev The number that the low bits are in two's complement.
    function _signed(uint256 value, uint256 bits) private pure returns (int256 result) {
        assembly ("memory-safe") {
            result := signextend(sub(shr(3, bits), 1), value)
        }
    }
}
