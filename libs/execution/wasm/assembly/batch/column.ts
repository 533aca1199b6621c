// Reading of columns (docs/spec/codec.md, section 4): each from its beginning to its end, never beyond. The first thing that breaks a rule
// makes the body `malformed` for good; what is read afterwards is zero.

import { COLUMN_COUNT, MAX_WIDTH, TAIL } from './layout'

/** Set by whatever is no body. */
export let malformed: bool = false

export function begin(): void {
  malformed = false
}

export function fail(): void {
  malformed = true
}

// A column: what is left of it, and of its packed integers (codec.md 4.1) where it has such -------------------------------------

const AT: usize = 0 // u32
const END: usize = 4 // u32
const WIDTH: usize = 8 // u32, bits of a packed integer; 0 for LEB128
const PACKED: usize = 12 // u32, pointer
const PACKED_BITS: usize = 16 // u32
const BIT: usize = 20 // u32, bits read
const SIZE: usize = 32
const COLUMNS: usize = memory.data(68 * 32, 16)

// @ts-ignore: decorator
@inline
function record(column: u32): usize {
  return COLUMNS + <usize>column * SIZE
}

/** Gives a column its bytes. */
export function open(column: u32, at: usize, length: u32): void {
  const c = record(column)
  memory.fill(c, 0, SIZE)
  store<u32>(c, <u32>at, AT)
  store<u32>(c, <u32>at + length, END)
}

/** Bytes that are left of a column. */
export function left(column: u32): u32 {
  const c = record(column)
  return load<u32>(c, END) - load<u32>(c, AT)
}

/** Where the next byte of a column is. */
export function position(column: u32): usize {
  return <usize>load<u32>(record(column), AT)
}

export function byte(column: u32): u32 {
  const c = record(column)
  const at = load<u32>(c, AT)
  if (malformed || at >= load<u32>(c, END)) {
    malformed = true
    return 0
  }
  store<u32>(c, at + 1, AT)
  return <u32>load<u8>(<usize>at)
}

/** The next `length` bytes; 0 when there are not as many. */
export function take(column: u32, length: u32): usize {
  const c = record(column)
  const at = load<u32>(c, AT)
  if (malformed || length > load<u32>(c, END) - at) {
    malformed = true
    return 0
  }
  store<u32>(c, at + length, AT)
  return <usize>at
}

/** Copies the next `length` bytes to `out`. */
export function copy(column: u32, out: usize, length: u32): void {
  const from = take(column, length)
  if (from) memory.copy(out, from, <usize>length)
}

// LEB128, unsigned, in its shortest form ------------------------------------------------------------------------------------------

/** `longest` and one bytes at most, the last of them at most `lastMax`, which has no continuation bit. */
function leb(column: u32, longest: u32, lastMax: u32): u64 {
  let value: u64 = 0
  let i: u32 = 0
  let b = byte(column)
  while (b >= 128 && i < longest) {
    value |= (<u64>(b & 127)) << (7 * i)
    b = byte(column)
    i++
  }
  if ((i == longest && b > lastMax) || (i && b == 0)) malformed = true
  return malformed ? 0 : value | ((<u64>b) << (7 * i))
}

/** Below 2^32. */
export function leb32(column: u32): u32 {
  return <u32>leb(column, 4, 15)
}

/** Below 2^64. */
export function leb64(column: u32): u64 {
  return leb(column, 9, 1)
}

/** Adds a group of 7 bits of a number, `i` groups above its lowest. The group at bit 252 is below 16. */
function addGroup(out: usize, i: u32, group: u64): void {
  const bit = 7 * i
  const limb = out + ((<usize>(bit >> 6)) << 3)
  const shift = (<u64>bit) & 63
  store<u64>(limb, load<u64>(limb) | (group << shift))
  if (shift > 57 && bit < 252) store<u64>(limb, load<u64>(limb, 8) | (group >> (64 - shift)), 8)
}

/** Below 2^256, as u256 limbs. */
export function leb256(column: u32, out: usize): void {
  memory.fill(out, 0, 32)
  let i: u32 = 0
  let b = byte(column)
  while (b >= 128 && i < 36) {
    addGroup(out, i, <u64>(b & 127))
    b = byte(column)
    i++
  }
  if ((i == 36 && b > 15) || (i && b == 0)) malformed = true
  if (!malformed) addGroup(out, i, <u64>b)
}

// Columns of integers ----------------------------------------------------------------------------------------------------------------

/** Reads the form of a column of integers; packed ones take their bytes from the tail. In the order of the columns. */
export function openIntegers(column: u32): void {
  const c = record(column)
  if (left(column) == 0) return
  const width = byte(column)
  if (width > MAX_WIDTH) malformed = true
  if (width == 0 || malformed) return
  const length = leb32(column)
  const packed = take(TAIL, length)
  if (!packed) return
  store<u32>(c, width, WIDTH)
  store<u32>(c, <u32>packed, PACKED)
  // The tail is less than a megabyte.
  store<u32>(c, length << 3, PACKED_BITS)
}

function packed(c: usize, width: u32): u64 {
  let bit = load<u32>(c, BIT)
  if (malformed || width > load<u32>(c, PACKED_BITS) - bit) {
    malformed = true
    return 0
  }
  const bytes = <usize>load<u32>(c, PACKED)
  store<u32>(c, bit + width, BIT)
  let value: u64 = 0
  for (let more = width; more;) {
    const free: u32 = 8 - (bit & 7)
    const n = free < more ? free : more
    const part = ((<u32>load<u8>(bytes + <usize>(bit >> 3))) >> (free - n)) & (((<u32>1) << n) - 1)
    value = (value << (<u64>n)) | (<u64>part)
    bit += n
    more -= n
  }
  return value
}

/** The next integer, below 2^32. */
export function integer32(column: u32): u32 {
  const c = record(column)
  const width = load<u32>(c, WIDTH)
  if (!width) return leb32(column)
  const value = packed(c, width)
  if (value <= 0xffff_ffff) return <u32>value
  malformed = true
  return 0
}

/** The next integer, below 2^64. */
export function integer64(column: u32): u64 {
  const c = record(column)
  const width = load<u32>(c, WIDTH)
  return width ? packed(c, width) : leb64(column)
}

/** The next integer, below 2^256, as u256 limbs. */
export function integer256(column: u32, out: usize): void {
  const c = record(column)
  const width = load<u32>(c, WIDTH)
  if (!width) return leb256(column, out)
  memory.fill(out, 0, 32)
  store<u64>(out, packed(c, width))
}

/** Every column must be used up exactly, packed ones to their last byte, whose unused bits are zero. */
export function finish(): void {
  for (let column: u32 = 0; column <= COLUMN_COUNT; column++) {
    if (left(column) != 0) malformed = true
    const c = record(column)
    const bit = load<u32>(c, BIT)
    const bits = load<u32>(c, PACKED_BITS)
    if (bits - bit >= 8) malformed = true
    if (malformed) return
    const unused = bits - bit
    if (!unused) continue
    const last = <u32>load<u8>(<usize>load<u32>(c, PACKED) + <usize>(bits >> 3) - 1)
    if (last & (((<u32>1) << unused) - 1)) malformed = true
  }
}
