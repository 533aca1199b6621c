// MODEXP (EIP-198) on numbers of any length: fixed windows of four bits over schoolbook products and Knuth division. Gas bounds the work.

import { alloc, allocZeroed, mark, release } from '../memory'
import { addProduct, divideLimbs, limbs } from '../u256'

/** Numbers have `size` limbs of 64 bits, least significant first. */
let modulus: usize = 0
let size: i32 = 0
let product: usize = 0
let divisor: usize = 0

/** The limbs of `length` big-endian bytes from `at` of the input, zeros behind its end; room for one limb more. */
function number(input: usize, inputLen: u32, at: u64, length: u32): usize {
  const words = (<usize>(length + 7)) >> 3
  const out = allocZeroed((words + 1) << 3)
  for (let i: u32 = 0; i < length; i++) {
    const from = at + <u64>(length - 1 - i)
    if (from < <u64>inputLen) store<u8>(out + <usize>i, load<u8>(input + <usize>from))
  }
  return out
}

/** Out = a * b mod modulus. */
function multiply(out: usize, a: usize, b: usize): void {
  const n = (<usize>size) << 3
  memory.fill(product, 0, 2 * n)
  for (let i: usize = 0; i < n; i += 8) {
    const x = load<u64>(a + i)
    if (x) store<u64>(product + i + n, addProduct(product + i, b, size, x))
  }
  reduce(out, product, size << 1)
}

/** Out = the `count` limbs at `value` mod modulus; `value` has a limb to spare and is destroyed. */
function reduce(out: usize, value: usize, count: i32): void {
  let n = limbs(value, count)
  if (n >= size) {
    memory.copy(divisor, modulus, (<usize>size) << 3)
    divideLimbs(value, n, divisor, size, 0)
    n = size
  }
  memory.copy(out, value, (<usize>n) << 3)
  memory.fill(out + ((<usize>n) << 3), 0, (<usize>(size - n)) << 3)
}

/** Input: three lengths of 32 bytes, base, exponent, modulus. Writes `modLen` bytes to `out`. */
export function modexp(
  input: usize,
  inputLen: u32,
  baseLen: u32,
  expLen: u32,
  modLen: u32,
  out: usize,
): void {
  memory.fill(out, 0, modLen)
  const before = mark()
  const expAt = 96 + <u64>baseLen
  modulus = number(input, inputLen, expAt + <u64>expLen, modLen)
  size = limbs(modulus, <i32>((modLen + 7) >> 3))
  if (size == 0 || (size == 1 && load<u64>(modulus) == 1)) return release(before)
  const bytes = (<usize>size) << 3
  product = alloc(2 * bytes + 16)
  divisor = alloc(bytes + 16)

  // table[i] = base^i for i below 16
  const table = alloc(bytes << 4)
  memory.fill(table, 0, bytes)
  store<u64>(table, 1)
  reduce(table + bytes, number(input, inputLen, 96, baseLen), <i32>((baseLen + 7) >> 3))
  for (let i: usize = 2; i < 16; i++) multiply(table + i * bytes, table + (i - 1) * bytes, table + bytes)

  const result = alloc(bytes)
  memory.copy(result, table, bytes)
  let started = false
  for (let i: u32 = 0; i < expLen; i++) {
    const at = expAt + <u64>i
    const byte: u32 = at < <u64>inputLen ? <u32>load<u8>(input + <usize>at) : 0
    for (let half: u32 = 0; half < 2; half++) {
      const digit = half ? byte & 15 : byte >> 4
      if (started) {
        multiply(result, result, result)
        multiply(result, result, result)
        multiply(result, result, result)
        multiply(result, result, result)
      }
      if (digit) {
        if (started) multiply(result, result, table + <usize>digit * bytes)
        else memory.copy(result, table + <usize>digit * bytes, bytes)
        started = true
      }
    }
  }
  const end = out + <usize>modLen - 1
  for (let i: usize = 0; i < bytes && i < <usize>modLen; i++) store<u8>(end - i, load<u8>(result + i))
  release(before)
}
