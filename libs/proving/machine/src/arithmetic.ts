import { op } from './opcodes.js'

// Values are those of slots: unsigned 64-bit numbers, an i32 zero-extended. Operands of i32 are the low 32 bits.

const i32 = (value: bigint): number => Number(BigInt.asIntN(32, value))
const i64 = (value: bigint): bigint => BigInt.asIntN(64, value)
const from32 = (value: number): bigint => BigInt(value >>> 0)
const from64 = (value: bigint): bigint => BigInt.asUintN(64, value)
const bool = (value: boolean): bigint => (value ? 1n : 0n)

function popcnt32(value: number): number {
  let count = 0
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) count++
  return count
}

const ctz32 = (value: number): number => (value === 0 ? 32 : 31 - Math.clz32(value & -value))
const halves = (value: bigint): [high: number, low: number] => [
  Number(BigInt.asUintN(32, value >> 32n)),
  Number(BigInt.asUintN(32, value)),
]

/** Result of an instruction with one operand. */
export function unary(code: number, x: bigint): bigint {
  const [high, low] = halves(x)
  switch (code) {
    case op.i32_eqz:
      return bool(low === 0)
    case op.i64_eqz:
      return bool(x === 0n)
    case op.i32_clz:
      return BigInt(Math.clz32(low))
    case op.i32_ctz:
      return BigInt(ctz32(low))
    case op.i32_popcnt:
      return BigInt(popcnt32(low))
    case op.i64_clz:
      return BigInt(high === 0 ? 32 + Math.clz32(low) : Math.clz32(high))
    case op.i64_ctz:
      return BigInt(low === 0 ? 32 + ctz32(high) : ctz32(low))
    case op.i64_popcnt:
      return BigInt(popcnt32(high) + popcnt32(low))
    case op.i32_wrap_i64:
    case op.i64_extend_i32_u:
      return BigInt(low)
    case op.i64_extend_i32_s:
    case op.i64_extend32_s:
      return from64(BigInt.asIntN(32, x))
    case op.i32_extend8_s:
      return from32((low << 24) >> 24)
    case op.i32_extend16_s:
      return from32((low << 16) >> 16)
    case op.i64_extend8_s:
      return from64(BigInt.asIntN(8, x))
    default:
      // i64.extend16_s
      return from64(BigInt.asIntN(16, x))
  }
}

/** Result of an instruction with two operands; undefined when it traps. */
export function binary(code: number, x: bigint, y: bigint): bigint | undefined {
  if (code <= op.i32_ge_u) return bool(compare32(code, i32(x), i32(y)))
  if (code <= op.i64_ge_u) return bool(compare64(code, x, y))
  if (code <= op.i32_rotr) {
    const result = arithmetic32(code, i32(x), i32(y))
    return result === undefined ? undefined : from32(result)
  }
  const result = arithmetic64(code, x, y)
  return result === undefined ? undefined : from64(result)
}

function compare32(code: number, x: number, y: number): boolean {
  switch (code) {
    case op.i32_eq:
      return x === y
    case op.i32_ne:
      return x !== y
    case op.i32_lt_s:
      return x < y
    case op.i32_lt_u:
      return x >>> 0 < y >>> 0
    case op.i32_gt_s:
      return x > y
    case op.i32_gt_u:
      return x >>> 0 > y >>> 0
    case op.i32_le_s:
      return x <= y
    case op.i32_le_u:
      return x >>> 0 <= y >>> 0
    case op.i32_ge_s:
      return x >= y
    default:
      // i32.ge_u
      return x >>> 0 >= y >>> 0
  }
}

function compare64(code: number, x: bigint, y: bigint): boolean {
  switch (code) {
    case op.i64_eq:
      return x === y
    case op.i64_ne:
      return x !== y
    case op.i64_lt_s:
      return i64(x) < i64(y)
    case op.i64_lt_u:
      return x < y
    case op.i64_gt_s:
      return i64(x) > i64(y)
    case op.i64_gt_u:
      return x > y
    case op.i64_le_s:
      return i64(x) <= i64(y)
    case op.i64_le_u:
      return x <= y
    case op.i64_ge_s:
      return i64(x) >= i64(y)
    default:
      // i64.ge_u
      return x >= y
  }
}

const INT32_MIN = -(2 ** 31)
const INT64_MIN = -(1n << 63n)

function arithmetic32(code: number, x: number, y: number): number | undefined {
  switch (code) {
    case op.i32_add:
      return x + y
    case op.i32_sub:
      return x - y
    case op.i32_mul:
      return Math.imul(x, y)
    case op.i32_div_s:
      return y === 0 || (x === INT32_MIN && y === -1) ? undefined : Math.trunc(x / y)
    case op.i32_div_u:
      return y === 0 ? undefined : Math.floor((x >>> 0) / (y >>> 0))
    case op.i32_rem_s:
      return y === 0 ? undefined : x % y
    case op.i32_rem_u:
      return y === 0 ? undefined : (x >>> 0) % (y >>> 0)
    case op.i32_and:
      return x & y
    case op.i32_or:
      return x | y
    case op.i32_xor:
      return x ^ y
    case op.i32_shl:
      return x << y
    case op.i32_shr_s:
      return x >> y
    case op.i32_shr_u:
      return x >>> y
    case op.i32_rotl:
      return (x << y) | (x >>> -y)
    default:
      // i32.rotr
      return (x >>> y) | (x << -y)
  }
}

function arithmetic64(code: number, x: bigint, y: bigint): bigint | undefined {
  const shift = y & 63n
  switch (code) {
    case op.i64_add:
      return x + y
    case op.i64_sub:
      return x - y
    case op.i64_mul:
      return x * y
    case op.i64_div_s:
      return y === 0n || (i64(x) === INT64_MIN && i64(y) === -1n) ? undefined : i64(x) / i64(y)
    case op.i64_div_u:
      return y === 0n ? undefined : x / y
    case op.i64_rem_s:
      return y === 0n ? undefined : i64(x) % i64(y)
    case op.i64_rem_u:
      return y === 0n ? undefined : x % y
    case op.i64_and:
      return x & y
    case op.i64_or:
      return x | y
    case op.i64_xor:
      return x ^ y
    case op.i64_shl:
      return x << shift
    case op.i64_shr_s:
      return i64(x) >> shift
    case op.i64_shr_u:
      return x >> shift
    case op.i64_rotl:
      return (x << shift) | (x >> (64n - shift))
    default:
      // i64.rotr
      return (x >> shift) | (x << (64n - shift))
  }
}
