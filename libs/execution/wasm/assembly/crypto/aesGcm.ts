// AES-256 in Galois/counter mode (FIPS 197, NIST SP 800-38D), opening only: the cipher is never run backwards. Nonces of 12 bytes, tags of 16.

// prettier-ignore
const SBOX: usize = memory.data<u8>([
  0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
  0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
  0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
  0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
  0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
  0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
  0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
  0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
  0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
  0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
  0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
  0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
  0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
  0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
  0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
  0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
])
/** SubBytes and MixColumns in one: of byte x the word (2s, s, s, 3s) with s = SBOX[x], most significant byte first. The other columns' are its rotations. */
const ROUND: usize = memory.data(256 * 4, 16)
/** Round keys, 15 of four words. */
const KEYS: usize = memory.data(60 * 4, 16)
const ROUNDS: usize = 14
/** The sixteen multiples of H by four bits, the first bit of the field in the highest: [high u64, low u64] each. */
const MULTIPLES: usize = memory.data(16 * 16, 16)
const BLOCK: usize = memory.data(16, 16)
const PAD: usize = memory.data(16, 16)

/** x^128 = x^7 + x^2 + x + 1, in the order of bits of GCM. */
const REDUCTION: u64 = 0xe100_0000_0000_0000

let isRoundReady: bool = false
let high: u64 = 0
let low: u64 = 0

function substitute(word: u32): u32 {
  return (
    ((<u32>load<u8>(SBOX + (word >> 24))) << 24) |
    ((<u32>load<u8>(SBOX + ((word >> 16) & 255))) << 16) |
    ((<u32>load<u8>(SBOX + ((word >> 8) & 255))) << 8) |
    (<u32>load<u8>(SBOX + (word & 255)))
  )
}

function prepareRounds(): void {
  for (let x: usize = 0; x < 256; x++) {
    const s = <u32>load<u8>(SBOX + x)
    const twice = (s << 1) ^ ((s >> 7) * 0x11b)
    store<u32>(ROUND + (x << 2), (twice << 24) | (s << 16) | (s << 8) | (twice ^ s))
  }
  isRoundReady = true
}

function expand(key: usize): void {
  for (let i: usize = 0; i < 32; i += 4) store<u32>(KEYS + i, bswap(load<u32>(key + i)))
  let constant: u32 = 1
  for (let i: usize = 8; i < 60; i++) {
    const at = KEYS + (i << 2)
    let word = load<u32>(at - 4)
    if ((i & 7) == 0) {
      word = substitute(rotl(word, 8)) ^ (constant << 24)
      constant <<= 1
    } else if ((i & 7) == 4) word = substitute(word)
    store<u32>(at, load<u32>(at - 32) ^ word)
  }
}

/** A column after a round, of bytes on the diagonal of the four before. */
// @ts-ignore: decorator
@inline
function column(a: u32, b: u32, c: u32, d: u32): u32 {
  return (
    load<u32>(ROUND + ((a >> 24) << 2)) ^
    rotr(load<u32>(ROUND + (((b >> 16) & 255) << 2)), 8) ^
    rotr(load<u32>(ROUND + (((c >> 8) & 255) << 2)), 16) ^
    rotr(load<u32>(ROUND + ((d & 255) << 2)), 24)
  )
}

/** As `column` in the last round, which does not mix. */
function lastColumn(a: u32, b: u32, c: u32, d: u32): u32 {
  return substitute((a & 0xff00_0000) | (b & 0x00ff_0000) | (c & 0x0000_ff00) | (d & 0x0000_00ff))
}

/** Encrypts 16 bytes. */
function encrypt(from: usize, to: usize): void {
  let a = bswap(load<u32>(from)) ^ load<u32>(KEYS)
  let b = bswap(load<u32>(from, 4)) ^ load<u32>(KEYS, 4)
  let c = bswap(load<u32>(from, 8)) ^ load<u32>(KEYS, 8)
  let d = bswap(load<u32>(from, 12)) ^ load<u32>(KEYS, 12)
  let key = KEYS + 16
  for (const end = KEYS + (ROUNDS << 4); key < end; key += 16) {
    const w = column(a, b, c, d) ^ load<u32>(key)
    const x = column(b, c, d, a) ^ load<u32>(key, 4)
    const y = column(c, d, a, b) ^ load<u32>(key, 8)
    d = column(d, a, b, c) ^ load<u32>(key, 12)
    a = w
    b = x
    c = y
  }
  store<u32>(to, bswap(lastColumn(a, b, c, d) ^ load<u32>(key)))
  store<u32>(to, bswap(lastColumn(b, c, d, a) ^ load<u32>(key, 4)), 4)
  store<u32>(to, bswap(lastColumn(c, d, a, b) ^ load<u32>(key, 8)), 8)
  store<u32>(to, bswap(lastColumn(d, a, b, c) ^ load<u32>(key, 12)), 12)
}

/** Makes the multiples of H, which is the cipher of a block of zeros. */
function prepareMultiples(): void {
  memory.fill(BLOCK, 0, 16)
  encrypt(BLOCK, PAD)
  let h = bswap(load<u64>(PAD))
  let l = bswap(load<u64>(PAD, 8))
  memory.fill(MULTIPLES, 0, 16)
  for (let i: usize = 8; i > 0; i >>= 1) {
    const at = MULTIPLES + (i << 4)
    store<u64>(at, h)
    store<u64>(at, l, 8)
    const carry = (l & 1) * REDUCTION
    l = (l >> 1) | (h << 63)
    h = (h >> 1) ^ carry
  }
  for (let i: usize = 2; i < 16; i <<= 1)
    for (let j: usize = 1; j < i; j++) {
      const at = MULTIPLES + ((i + j) << 4)
      store<u64>(at, load<u64>(MULTIPLES + (i << 4)) ^ load<u64>(MULTIPLES + (j << 4)))
      store<u64>(at, load<u64>(MULTIPLES + (i << 4), 8) ^ load<u64>(MULTIPLES + (j << 4), 8), 8)
    }
}

/** Adds the multiple of H that four bits name to four more bits' worth of sum. */
// @ts-ignore: decorator
@inline
function addMultiple(bits: u64): void {
  const rest = low & 15
  low = (low >> 4) | (high << 60)
  // Each bit that leaves at the end comes back as the polynomial.
  high =
    (high >> 4) ^
    ((rest & 1) * (REDUCTION >> 3)) ^
    (((rest >> 1) & 1) * (REDUCTION >> 2)) ^
    (((rest >> 2) & 1) * (REDUCTION >> 1)) ^
    ((rest >> 3) * REDUCTION)
  const at = MULTIPLES + ((<usize>bits) << 4)
  high ^= load<u64>(at)
  low ^= load<u64>(at, 8)
}

/** (sum + block) · H, the sum in `high` and `low`. */
function hashBlock(blockHigh: u64, blockLow: u64): void {
  const h = high ^ blockHigh
  const l = low ^ blockLow
  high = 0
  low = 0
  for (let shift: u64 = 0; shift < 64; shift += 4) addMultiple((l >> shift) & 15)
  for (let shift: u64 = 0; shift < 64; shift += 4) addMultiple((h >> shift) & 15)
}

/** Bytes into the sum, zeros behind the last block. */
function hashBytes(at: usize, length: usize): void {
  for (; length >= 16; at += 16, length -= 16) hashBlock(bswap(load<u64>(at)), bswap(load<u64>(at, 8)))
  if (length == 0) return
  memory.fill(BLOCK, 0, 16)
  memory.copy(BLOCK, at, length)
  hashBlock(bswap(load<u64>(BLOCK)), bswap(load<u64>(BLOCK, 8)))
}

/** Takes the key of 32 bytes that `open` works with. */
export function setKey(key: usize): void {
  if (!isRoundReady) prepareRounds()
  expand(key)
  prepareMultiples()
}

/**
 * Checks the tag behind `length` bytes of ciphertext; decrypts them to `out`, which may be where they are, when it is right. `nonce` has 12 bytes. The key: see `setKey`.
 */
export function open(
  nonce: usize,
  data: usize,
  dataLength: usize,
  at: usize,
  length: usize,
  out: usize,
): bool {
  high = 0
  low = 0
  hashBytes(data, dataLength)
  hashBytes(at, length)
  hashBlock((<u64>dataLength) << 3, (<u64>length) << 3)
  memory.copy(BLOCK, nonce, 12)
  store<u32>(BLOCK, bswap<u32>(1), 12)
  encrypt(BLOCK, PAD)
  const tag = at + length
  if ((bswap(load<u64>(PAD)) ^ high) != bswap(load<u64>(tag))) return false
  if ((bswap(load<u64>(PAD, 8)) ^ low) != bswap(load<u64>(tag, 8))) return false
  for (let counter: u32 = 2; length > 0; counter++) {
    store<u32>(BLOCK, bswap(counter), 12)
    encrypt(BLOCK, PAD)
    if (length < 16) {
      for (let i: usize = 0; i < length; i++) store<u8>(out + i, load<u8>(at + i) ^ load<u8>(PAD + i))
      return true
    }
    store<u64>(out, load<u64>(at) ^ load<u64>(PAD))
    store<u64>(out, load<u64>(at, 8) ^ load<u64>(PAD, 8), 8)
    at += 16
    out += 16
    length -= 16
  }
  return true
}
