// Zstandard decompression (RFC 8878), as far as docs/spec/codec.md, section 2, allows it in a batch body: one frame without checksum
// and dictionary, with its content size. Total: any bytes give the content or a failure, within bounds that the header fixes.
//
// One source, compiled into two programs that must agree on every byte string: the decoder of this package (module.ts) and the guest that
// fraud proofs are about (libs/execution/wasm). It imports nothing and allocates nothing: the caller brings the memory.

/** Bytes of content and of a window that are accepted. */
export const MAX_CONTENT: u32 = 4_194_304
const MAX_BLOCK: u32 = 131_072
/** Bytes of the caller's that must follow the frame: streams are read in words of 8 bytes. `decompress` clears them. */
export const SLACK: usize = 16
/** Bytes of scratch memory that `decompress` needs. */
export const SCRATCH: usize = 131_072
const MAGIC: u32 = 0xfd2fb528

// Frame ------------------------------------------------------------------------------------------------------------------------

/** Set by `inspect`: content size, offset of the first block, largest size field of a block. */
let contentSize: u32 = 0
let firstBlock: usize = 0
let blockMax: u32 = 0

function readLittle(at: usize, bytes: u32): u64 {
  let value: u64 = 0
  for (let i: u32 = 0; i < bytes; i++) value |= (<u64>load<u8>(at + <usize>i)) << (i << 3)
  return value
}

/** Checks frame and block headers. Gives the size of the content, 0 when the bytes are not one frame as demanded. */
export function inspect(src: usize, length: usize): u32 {
  if (length < 6 || load<u32>(src) != MAGIC) return 0
  const descriptor = <u32>load<u8>(src, 4)
  if (descriptor & 0x1f) return 0
  const single = (descriptor & 0x20) != 0
  const flag = descriptor >> 6
  if (!single && flag == 0) return 0
  let at: usize = 5
  let window: u64 = 0
  if (!single) {
    const byte = <u64>load<u8>(src, 5)
    const base: u64 = (<u64>1) << (10 + (byte >> 3))
    window = base + (base >> 3) * (byte & 7)
    at = 6
  }
  const sizeBytes: u32 = flag == 0 ? 1 : (<u32>1) << flag
  if (at + <usize>sizeBytes > length) return 0
  let size = readLittle(src + at, sizeBytes)
  if (flag == 1) size += 256
  at += <usize>sizeBytes
  if (single) window = size
  if (size == 0 || size > <u64>MAX_CONTENT || window > <u64>MAX_CONTENT) return 0
  blockMax = window < <u64>MAX_BLOCK ? <u32>window : MAX_BLOCK
  contentSize = <u32>size
  firstBlock = at
  while (true) {
    if (length - at < 3) return 0
    const header = <u32>readLittle(src + at, 3)
    at += 3
    const type = (header >> 1) & 3
    const field = header >> 3
    if (type == 3 || field > blockMax) return 0
    const stored: usize = type == 1 ? 1 : <usize>field
    if (stored > length - at) return 0
    at += stored
    if (header & 1) return at == length ? contentSize : 0
  }
}

// Bits, read from the end of a stream to its start -----------------------------------------------------------------------------

let streamAt: usize = 0
/** Bits left. Below zero when more were read than there are; those are zeros. */
let bitsLeft: i32 = 0

/** The last byte holds a 1 above the first bit. False when it does not. */
function openStream(at: usize, length: u32): bool {
  if (length == 0) return false
  const last = <u32>load<u8>(at + <usize>length - 1)
  if (last == 0) return false
  streamAt = at
  bitsLeft = <i32>(length << 3) - <i32>clz(last) + 23
  return true
}

/** The next `n` bits (at most 32) without taking them. There are 8 readable bytes behind every stream. */
// @ts-ignore: decorator
@inline
function peek(n: u32): u64 {
  const position = bitsLeft - <i32>n
  if (position >= 0) {
    return (load<u64>(streamAt + <usize>(position >> 3)) >> ((<u64>position) & 7)) & (((<u64>1) << n) - 1)
  }
  if (bitsLeft <= 0) return 0
  return (load<u64>(streamAt) & (((<u64>1) << bitsLeft) - 1)) << -position
}

// @ts-ignore: decorator
@inline
function take(n: u32): u64 {
  const value = peek(n)
  bitsLeft -= <i32>n
  return value
}

// FSE tables: entries [base u16, symbol u8, bits u8]; ahead of them log (u32), 0xff when there is no table ----------------------

const TABLE_HEAD: usize = 4
const NO_TABLE: u32 = 0xff
const LENGTHS: usize = memory.data(4 + 512 * 4, 16)
const OFFSETS: usize = memory.data(4 + 256 * 4, 16)
const MATCHES: usize = memory.data(4 + 512 * 4, 16)
const WEIGHTS_TABLE: usize = memory.data(4 + 64 * 4, 16)
/** Probabilities (i16) and next states (u16) of at most 256 symbols. */
const NORM: usize = memory.data(512, 16)
const NEXT: usize = memory.data(512, 16)

const DEFAULT_LENGTHS: usize = memory.data<i16>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1,
  -1,
])
const DEFAULT_MATCHES: usize = memory.data<i16>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
])
const DEFAULT_OFFSETS: usize = memory.data<i16>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
])

/** Builds a table from the probabilities in NORM (4.1.1). False when they do not fill it. */
function buildTable(table: usize, log: u32, symbols: u32): bool {
  const size: u32 = (<u32>1) << log
  const entries = table + TABLE_HEAD
  let high = size
  for (let s: u32 = 0; s < symbols; s++) {
    const p = load<i16>(NORM + ((<usize>s) << 1))
    if (p != -1) continue
    high--
    store<u8>(entries + ((<usize>high) << 2), <u8>s, 2)
    store<u16>(NEXT + ((<usize>s) << 1), 1)
  }
  const step = (size >> 1) + (size >> 3) + 3
  const mask = size - 1
  let position: u32 = 0
  for (let s: u32 = 0; s < symbols; s++) {
    const p = load<i16>(NORM + ((<usize>s) << 1))
    if (p <= 0) continue
    store<u16>(NEXT + ((<usize>s) << 1), <u16>p)
    for (let i: i16 = 0; i < p; i++) {
      store<u8>(entries + ((<usize>position) << 2), <u8>s, 2)
      do position = (position + step) & mask
      while (position >= high)
    }
  }
  if (position != 0) return false
  for (let i: u32 = 0; i < size; i++) {
    const entry = entries + ((<usize>i) << 2)
    const s = <usize>load<u8>(entry, 2)
    const next = <u32>load<u16>(NEXT + (s << 1))
    store<u16>(NEXT + (s << 1), <u16>(next + 1))
    const bits = log - (31 - <u32>clz(next))
    store<u16>(entry, <u16>((next << bits) - size))
    store<u8>(entry, <u8>bits, 3)
  }
  store<u32>(table, log)
  return true
}

/** Bytes that the last description took. */
let described: u32 = 0

/** Reads a table's description (4.1.1). False when it is none. */
function readTable(table: usize, at: usize, length: u32, maxLog: u32, maxSymbol: u32): bool {
  if (length == 0) return false
  const limit = length << 3
  let bit: u32 = 4
  const log = ((<u32>load<u8>(at)) & 15) + 5
  if (log > maxLog) return false
  let remaining: i32 = 1 << log
  let symbols: u32 = 0
  while (remaining > 0) {
    if (symbols > maxSymbol) return false
    const bits: u32 = 32 - <u32>clz(remaining + 1)
    // There are 8 readable bytes behind the block; what is used beyond the description is refused below.
    if (bit > limit) return false
    const word = load<u64>(at + <usize>(bit >> 3)) >> (bit & 7)
    let value = (<u32>word) & (((<u32>1) << bits) - 1)
    const low = ((<u32>1) << (bits - 1)) - 1
    const threshold = ((<u32>1) << bits) - 1 - <u32>(remaining + 1)
    if ((value & low) < threshold) {
      bit += bits - 1
      value &= low
    } else {
      bit += bits
      if (value > low) value -= threshold
    }
    const probability = <i32>value - 1
    remaining -= probability < 0 ? 1 : probability
    store<i16>(NORM + ((<usize>symbols) << 1), <i16>probability)
    symbols++
    if (probability != 0) continue
    while (true) {
      if (bit > limit) return false
      const repeat = (<u32>(load<u64>(at + <usize>(bit >> 3)) >> (bit & 7))) & 3
      bit += 2
      if (symbols + repeat > maxSymbol + 1) return false
      for (let i: u32 = 0; i < repeat; i++) store<i16>(NORM + (usize(symbols++) << 1), 0)
      if (repeat != 3) break
    }
  }
  if (remaining != 0 || bit > limit) return false
  described = (bit + 7) >> 3
  return buildTable(table, log, symbols)
}

function defaultTable(table: usize, norm: usize, symbols: u32, log: u32): void {
  memory.copy(NORM, norm, (<usize>symbols) << 1)
  buildTable(table, log, symbols)
}

/** A table of one symbol that takes no bits. */
function constantTable(table: usize, symbol: u32): void {
  store<u32>(table, 0)
  store<u32>(table, symbol << 16, TABLE_HEAD)
}

// @ts-ignore: decorator
@inline
function entryOf(table: usize, state: u32): usize {
  return table + TABLE_HEAD + ((<usize>state) << 2)
}

// @ts-ignore: decorator
@inline
function nextState(entry: usize): u32 {
  return <u32>load<u16>(entry) + <u32>take(<u32>load<u8>(entry, 3))
}

// Huffman (4.2): entries [symbol u8, bits u8] of 2^HUFFMAN_LOG ----------------------------------------------------------------------

const MAX_HUFFMAN_LOG: u32 = 11
const HUFFMAN: usize = memory.data(4096, 16)
const WEIGHTS: usize = memory.data(264, 16)
/** 0: no tree yet. */
let huffmanLog: u32 = 0

/** Weights from two interleaved FSE states; gives their number, 0 when the stream is none. */
function readWeights(at: usize, length: u32): u32 {
  if (!readTable(WEIGHTS_TABLE, at, length, 6, 255)) return 0
  if (!openStream(at + <usize>described, length - described)) return 0
  const log = load<u32>(WEIGHTS_TABLE)
  let one = <u32>take(log)
  let two = <u32>take(log)
  if (bitsLeft < 0) return 0
  let count: u32 = 0
  while (count < 254) {
    let entry = entryOf(WEIGHTS_TABLE, one)
    store<u8>(WEIGHTS + usize(count++), load<u8>(entry, 2))
    one = nextState(entry)
    entry = entryOf(WEIGHTS_TABLE, two)
    store<u8>(WEIGHTS + usize(count++), load<u8>(entry, 2))
    if (bitsLeft < 0) return count
    two = nextState(entry)
    if (bitsLeft < 0) {
      store<u8>(WEIGHTS + usize(count++), load<u8>(entryOf(WEIGHTS_TABLE, one), 2))
      return count
    }
  }
  return 0
}

/** Reads a tree's description. False when it is none; `described` has its length. */
function readTree(at: usize, length: u32): bool {
  huffmanLog = 0
  if (length == 0) return false
  const head = <u32>load<u8>(at)
  let count: u32
  if (head < 128) {
    if (head + 1 > length) return false
    count = readWeights(at + 1, head)
    if (count == 0) return false
    described = head + 1
  } else {
    count = head - 127
    const bytes = (count + 1) >> 1
    if (bytes + 1 > length) return false
    for (let i: u32 = 0; i < count; i++) {
      const byte = load<u8>(at + 1 + <usize>(i >> 1))
      store<u8>(WEIGHTS + <usize>i, i & 1 ? byte & 15 : byte >> 4)
    }
    described = bytes + 1
  }
  if (count > 255) return false
  let sum: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const weight = <u32>load<u8>(WEIGHTS + <usize>i)
    if (weight > MAX_HUFFMAN_LOG) return false
    if (weight) sum += (<u32>1) << (weight - 1)
  }
  if (sum == 0) return false
  // The last weight is what is missing to a power of two.
  const log: u32 = 32 - <u32>clz(sum)
  if (log > MAX_HUFFMAN_LOG) return false
  const left = ((<u32>1) << log) - sum
  if (left & (left - 1)) return false
  store<u8>(WEIGHTS + <usize>count, <u8>(32 - clz(left)))
  count++
  // From the longest codes to the shortest, in the order of symbols.
  let position: u32 = 0
  let longest: u32 = 0
  for (let weight: u32 = 1; weight <= log; weight++) {
    const run: u32 = (<u32>1) << (weight - 1)
    for (let s: u32 = 0; s < count; s++) {
      if (<u32>load<u8>(WEIGHTS + <usize>s) != weight) continue
      if (weight == 1) longest++
      const entry = <u16>(s | ((log + 1 - weight) << 8))
      for (let i: u32 = 0; i < run; i++) store<u16>(HUFFMAN + (usize(position++) << 1), entry)
    }
  }
  if (longest < 2 || position != (<u32>1) << log) return false
  huffmanLog = log
  return true
}

/** Decodes exactly `count` symbols from exactly the bits of a stream. */
function readSymbols(at: usize, length: u32, out: usize, count: u32): bool {
  if (!openStream(at, length)) return false
  const log = huffmanLog
  const end = out + <usize>count
  while (out < end) {
    const entry = <u32>load<u16>(HUFFMAN + ((<usize>peek(log)) << 1))
    store<u8>(out++, <u8>entry)
    bitsLeft -= <i32>(entry >> 8)
    if (bitsLeft < 0) return false
  }
  return bitsLeft == 0
}

// Literals (3.1.1.3.1) ---------------------------------------------------------------------------------------------------------------

/** SCRATCH bytes for literals that are not in the block as they are. */
let literalBuffer: usize = 0
let literals: usize = 0
let literalCount: u32 = 0

/** Reads the literals section; gives its length, 0 when it is none. */
function readLiterals(at: usize, length: u32): u32 {
  if (length == 0) return 0
  const head = <u32>load<u8>(at)
  const type = head & 3
  const format = (head >> 2) & 3
  if (type < 2) {
    let size: u32
    let header: u32
    if (!(format & 1)) {
      size = head >> 3
      header = 1
    } else {
      header = format == 1 ? 2 : 3
      if (header > length) return 0
      size = (<u32>readLittle(at, header)) >> 4
    }
    if (size > blockMax) return 0
    const stored = type == 0 ? size : 1
    if (header + stored > length) return 0
    literalCount = size
    if (type == 0) literals = at + <usize>header
    else {
      literals = literalBuffer
      memory.fill(literals, load<u8>(at + <usize>header), <usize>size)
    }
    return header + stored
  }
  const header: u32 = format < 2 ? 3 : format + 2
  if (header > length) return 0
  const bits: u64 = format < 2 ? 10 : format == 2 ? 14 : 18
  const fields = readLittle(at, header) >> 4
  const mask = ((<u64>1) << bits) - 1
  const size = <u32>(fields & mask)
  const stored = <u32>((fields >> bits) & mask)
  if (size == 0 || size > blockMax || stored > length - header) return 0
  let from = at + <usize>header
  let left = stored
  if (type == 2) {
    if (!readTree(from, left)) return 0
    from += <usize>described
    left -= described
  } else if (huffmanLog == 0) return 0
  literals = literalBuffer
  literalCount = size
  if (format == 0) return readSymbols(from, left, literals, size) ? header + stored : 0
  if (left < 6) return 0
  const one = <u32>load<u16>(from)
  const two = <u32>load<u16>(from, 2)
  const three = <u32>load<u16>(from, 4)
  from += 6
  left -= 6
  const part = (size + 3) >> 2
  if (one + two + three > left || part * 3 > size) return 0
  const ok =
    readSymbols(from, one, literals, part) &&
    readSymbols(from + <usize>one, two, literals + <usize>part, part) &&
    readSymbols(from + <usize>(one + two), three, literals + <usize>(part << 1), part) &&
    readSymbols(
      from + <usize>(one + two + three),
      left - one - two - three,
      literals + <usize>(part * 3),
      size - part * 3,
    )
  return ok ? header + stored : 0
}

// Sequences (3.1.1.3.2) ----------------------------------------------------------------------------------------------------------------

const LENGTH_BASE: usize = memory.data<u32>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512,
  1024, 2048, 4096, 8192, 16384, 32768, 65536,
])
const LENGTH_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14,
  15, 16,
])
const MATCH_BASE: usize = memory.data<u32>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
  32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771,
  65539,
])
const MATCH_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
  2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
])

let repeat1: u32 = 1
let repeat2: u32 = 4
let repeat3: u32 = 8

// Position in the content
let outStart: usize = 0
let out: usize = 0
let outEnd: usize = 0

/** Where the block's next byte is read by the set-up of a table. */
let cursor: usize = 0

/** Sets up one of the three tables by its mode. */
function prepare(
  table: usize,
  mode: u32,
  end: usize,
  norm: usize,
  symbols: u32,
  log: u32,
  maxLog: u32,
  maxSymbol: u32,
): bool {
  switch (mode) {
    case 0:
      defaultTable(table, norm, symbols, log)
      return true
    case 1: {
      if (cursor >= end) return false
      const symbol = <u32>load<u8>(cursor++)
      if (symbol > maxSymbol) return false
      constantTable(table, symbol)
      return true
    }
    case 2: {
      if (!readTable(table, cursor, <u32>(end - cursor), maxLog, maxSymbol)) return false
      cursor += <usize>described
      return true
    }
    default:
      return load<u32>(table) != NO_TABLE
  }
}

function copyMatch(offset: u32, count: u32): void {
  const from = out - <usize>offset
  if (offset >= count) memory.copy(out, from, <usize>count)
  else for (let i: usize = 0; i < <usize>count; i++) store<u8>(out + i, load<u8>(from + i))
  out += <usize>count
}

function copyLiterals(count: u32): void {
  memory.copy(out, literals, <usize>count)
  literals += <usize>count
  literalCount -= count
  out += <usize>count
}

/** A compressed block. False when it is none. */
function readCompressed(at: usize, length: u32): bool {
  const blockStart = out
  const used = readLiterals(at, length)
  if (used == 0) return false
  const end = at + <usize>length
  cursor = at + <usize>used
  if (cursor >= end) return false
  let count = <u32>load<u8>(cursor++)
  if (count >= 128) {
    if (count < 255) {
      if (cursor >= end) return false
      count = ((count - 128) << 8) + <u32>load<u8>(cursor++)
    } else {
      if (end - cursor < 2) return false
      count = <u32>load<u16>(cursor) + 0x7f00
      cursor += 2
    }
  }
  if (count == 0) {
    if (cursor != end || literalCount > <u32>(outEnd - out)) return false
    copyLiterals(literalCount)
    return true
  }
  if (cursor >= end) return false
  const modes = <u32>load<u8>(cursor++)
  if (modes & 3) return false
  if (!prepare(LENGTHS, modes >> 6, end, DEFAULT_LENGTHS, 36, 6, 9, 35)) return false
  if (!prepare(OFFSETS, (modes >> 4) & 3, end, DEFAULT_OFFSETS, 29, 5, 8, 31)) return false
  if (!prepare(MATCHES, (modes >> 2) & 3, end, DEFAULT_MATCHES, 53, 6, 9, 52)) return false
  if (!openStream(cursor, <u32>(end - cursor))) return false
  let lengthState = <u32>take(load<u32>(LENGTHS))
  let offsetState = <u32>take(load<u32>(OFFSETS))
  let matchState = <u32>take(load<u32>(MATCHES))
  if (bitsLeft < 0) return false
  for (let i: u32 = 0; i < count; i++) {
    const lengthEntry = entryOf(LENGTHS, lengthState)
    const offsetEntry = entryOf(OFFSETS, offsetState)
    const matchEntry = entryOf(MATCHES, matchState)
    const lengthCode = <usize>load<u8>(lengthEntry, 2)
    const offsetCode = <u32>load<u8>(offsetEntry, 2)
    const matchCode = <usize>load<u8>(matchEntry, 2)
    const offsetValue = ((<u64>1) << offsetCode) + take(offsetCode)
    const matchLength =
      load<u32>(MATCH_BASE + (matchCode << 2)) + <u32>take(<u32>load<u8>(MATCH_BITS + matchCode))
    const literalLength =
      load<u32>(LENGTH_BASE + (lengthCode << 2)) + <u32>take(<u32>load<u8>(LENGTH_BITS + lengthCode))
    if (bitsLeft < 0) return false
    let offset: u32
    if (offsetValue > 3) {
      offset = <u32>(offsetValue - 3)
      repeat3 = repeat2
      repeat2 = repeat1
      repeat1 = offset
    } else {
      // Without literals the first repeat would continue the match before, so the numbering moves on by one.
      const which = <u32>offsetValue - 1 + u32(literalLength == 0)
      if (which == 0) offset = repeat1
      else {
        offset = which == 1 ? repeat2 : which == 2 ? repeat3 : repeat1 - 1
        if (which > 1) repeat3 = repeat2
        repeat2 = repeat1
        repeat1 = offset
      }
    }
    if (literalLength > literalCount || <usize>literalLength + <usize>matchLength > outEnd - out) return false
    copyLiterals(literalLength)
    if (offset == 0 || <usize>offset > out - outStart) return false
    copyMatch(offset, matchLength)
    if (i + 1 < count) {
      lengthState = nextState(lengthEntry)
      matchState = nextState(matchEntry)
      offsetState = nextState(offsetEntry)
      if (bitsLeft < 0) return false
    }
  }
  if (bitsLeft != 0 || literalCount > <u32>(outEnd - out)) return false
  copyLiterals(literalCount)
  // A block makes no more than its bound, compressed or not.
  return out - blockStart <= <usize>blockMax
}

/**
 * Writes the content of the frame in `length` bytes at `src` to `content`, which has room for what `inspect` said; `scratch` is SCRATCH
 * bytes. False when it is no frame as codec.md demands.
 */
export function decompress(src: usize, length: usize, content: usize, scratch: usize): bool {
  const size = inspect(src, length)
  if (size == 0) return false
  memory.fill(src + length, 0, SLACK)
  literalBuffer = scratch
  outStart = content
  out = content
  outEnd = content + <usize>size
  repeat1 = 1
  repeat2 = 4
  repeat3 = 8
  huffmanLog = 0
  store<u32>(LENGTHS, NO_TABLE)
  store<u32>(OFFSETS, NO_TABLE)
  store<u32>(MATCHES, NO_TABLE)
  let at = src + firstBlock
  while (true) {
    const header = <u32>readLittle(at, 3)
    at += 3
    const field = header >> 3
    const type = (header >> 1) & 3
    if (type == 2) {
      if (!readCompressed(at, field)) return false
      at += <usize>field
    } else {
      if (<usize>field > outEnd - out) return false
      if (type == 0) {
        memory.copy(out, at, <usize>field)
        at += <usize>field
      } else memory.fill(out, load<u8>(at++), <usize>field)
      out += <usize>field
    }
    if (header & 1) break
  }
  return out == outEnd
}
