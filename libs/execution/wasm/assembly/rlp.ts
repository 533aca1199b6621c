// RLP (yellow paper, appendix B). Reading is strict: every item has one encoding, and anything else is refused.

import * as u256 from './u256'

// Reading -----------------------------------------------------------------------------------------------------------------

/** The item that `read` found: its payload, whether it is a list, and where the next one starts. */
export let payload: usize = 0
export let length: u32 = 0
export let isList: bool = false
export let next: usize = 0

/** Reads the item at `at`, which must end at `end` or before. False when there is none or it is not canonical. */
export function read(at: usize, end: usize): bool {
  if (at >= end) return false
  const left = end - at
  const head = <u32>load<u8>(at)
  if (head < 0x80) {
    isList = false
    payload = at
    length = 1
    next = at + 1
    return true
  }
  isList = head >= 0xc0
  const short = head - (isList ? 0xc0 : 0x80)
  if (short <= 55) {
    if (<usize>short + 1 > left) return false
    payload = at + 1
    length = short
    next = payload + <usize>short
    // A single byte below 0x80 stands for itself.
    return isList || short != 1 || load<u8>(payload) >= 0x80
  }
  const size = <usize>short - 55
  // Lengths of 2^32 and more cannot be in memory.
  if (size > 4 || size + 1 > left || load<u8>(at, 1) == 0) return false
  let n: u32 = 0
  for (let i: usize = 1; i <= size; i++) n = (n << 8) | (<u32>load<u8>(at + i))
  if (n <= 55 || <usize>n > left - 1 - size) return false
  payload = at + 1 + size
  length = n
  next = payload + <usize>n
  return true
}

/** Reads a string item. */
// @ts-ignore: decorator
@inline
export function readString(at: usize, end: usize): bool {
  return read(at, end) && !isList
}

/** Reads a list item. */
// @ts-ignore: decorator
@inline
export function readList(at: usize, end: usize): bool {
  return read(at, end) && isList
}

/** Reads a string of exactly `size` bytes. */
// @ts-ignore: decorator
@inline
export function readFixed(at: usize, end: usize, size: u32): bool {
  return read(at, end) && !isList && length == size
}

/** Reads an unsigned integer of at most `size` bytes, without leading zeros; its bytes are the payload. */
export function readScalar(at: usize, end: usize, size: u32): bool {
  return read(at, end) && !isList && length <= size && (length == 0 || load<u8>(payload) != 0)
}

/** The payload (at most 8 bytes) as a number. */
export function asU64(): u64 {
  let value: u64 = 0
  for (let i: usize = 0; i < <usize>length; i++) value = (value << 8) | (<u64>load<u8>(payload + i))
  return value
}

/** The payload (at most 32 bytes) as 32 bytes, zeros in front. */
export function asWord(out: usize): void {
  if (length == 32) return u256.copy(out, payload)
  memory.fill(out, 0, 32)
  memory.copy(out + 32 - <usize>length, payload, <usize>length)
}

/** The payload (at most 32 bytes) as u256 limbs. */
export function asU256(out: usize): void {
  if (length <= 8) return u256.set(out, asU64())
  asWord(out)
  u256.fromBytes(out, out)
}

// Writing: each function writes at `out` and gives the end ------------------------------------------------------------------

/** Bytes of the header of a string or list of `n` bytes. A single byte below 0x80 has none: see `sizeOfString`. */
export function sizeOfHeader(n: u32): u32 {
  if (n <= 55) return 1
  return n < 0x100 ? 2 : n < 0x1_0000 ? 3 : n < 0x100_0000 ? 4 : 5
}

/** Bytes of a string item. */
export function sizeOfString(ptr: usize, n: u32): u32 {
  if (n == 1 && load<u8>(ptr) < 0x80) return 1
  return n + sizeOfHeader(n)
}

/** `base` is 0x80 for a string and 0xc0 for a list. */
export function writeHeader(out: usize, n: u32, base: u32): usize {
  if (n <= 55) {
    store<u8>(out, <u8>(base + n))
    return out + 1
  }
  const size = sizeOfHeader(n) - 1
  store<u8>(out, <u8>(base + 55 + size))
  for (let i: u32 = 0; i < size; i++) store<u8>(out + <usize>(size - i), <u8>(n >> (i << 3)))
  return out + 1 + <usize>size
}

/** A string of 32 bytes, which most are: a hash. */
export function writeWord(out: usize, ptr: usize): usize {
  store<u8>(out, 0xa0)
  u256.copy(out + 1, ptr)
  return out + 33
}

export function writeString(out: usize, ptr: usize, n: u32): usize {
  if (n == 32) return writeWord(out, ptr)
  if (n != 1 || load<u8>(ptr) >= 0x80) out = writeHeader(out, n, 0x80)
  memory.copy(out, ptr, <usize>n)
  return out + <usize>n
}

/** Bytes of an unsigned integer without its header, 0 for 0. */
// @ts-ignore: decorator
@inline
function widthOf(value: u64): u32 {
  return (71 - <u32>clz(value)) >> 3
}

export function sizeOfU64(value: u64): u32 {
  return value < 0x80 ? 1 : 1 + widthOf(value)
}

export function writeU64(out: usize, value: u64): usize {
  if (value != 0 && value < 0x80) {
    store<u8>(out, <u8>value)
    return out + 1
  }
  const n = widthOf(value)
  store<u8>(out, <u8>(0x80 + n))
  for (let i: u32 = 0; i < n; i++) store<u8>(out + <usize>(n - i), <u8>(value >> (i << 3)))
  return out + 1 + <usize>n
}

const WORD: usize = memory.data(32, 16)

/** Bytes of a u256 (limbs) as an item. */
export function sizeOfU256(value: usize): u32 {
  const n = <u32>u256.byteLength(value)
  return n == 0 || (n == 1 && load<u64>(value) < 0x80) ? 1 : 1 + n
}

/** Writes a u256 (limbs). */
export function writeU256(out: usize, value: usize): usize {
  const n = <u32>u256.byteLength(value)
  u256.toBytes(WORD, value)
  return writeString(out, WORD + 32 - <usize>n, n)
}
