// Preimages, 32 bytes at a time: the only source of the proof build.

/**
 * Writes up to 32 bytes of the preimage from byte `offset` to `out`, zeros behind its end, and gives their number, which is below 32 at the end
 * only. `kind`: see PREIMAGE_*. `key` and `out` are addresses of 32 bytes each, aligned to as many, and `offset` is a multiple of 32.
 */
// @ts-ignore: decorator
@external('host', 'preimage')
declare function hostPreimage(kind: u32, key: usize, offset: u32, out: usize): u32

import * as u256 from './u256'
import { alloc, mark, room } from './memory'
import { keccak256 } from './crypto/keccak'
import { sha256 } from './crypto/sha256'

/** Preimage of a keccak256 hash: trie nodes, code, headers, deposit entries, batch headers. */
export const PREIMAGE_KECCAK: u32 = 0
/**
 * Field elements of a blob by its versioned hash (EIP-4844), element i at offset 32 i: the value of the blob's polynomial at the i-th root of
 * unity in bit-reversed order, which L1 checks with the point evaluation precompile.
 */
export const PREIMAGE_BLOB: u32 = 1
// 2 is data in chunks of 4 KiB under a Merkle root: no DA kind of the inbox commits to such yet.
/** Result of a precompile by the keccak256 hash of its number (32 bytes) and input: success (32 bytes), size of the output (32 bytes), output. */
const PREIMAGE_PRECOMPILE: u32 = 3
/** Preimage of a SHA-256 hash: what a sealed batch is described by, nodes and leaves of its ciphertext. */
const PREIMAGE_SHA256: u32 = 4

const KEY: usize = memory.data(32, 32)
const WORD: usize = memory.data(32, 32)
const CHECK: usize = memory.data(32, 16)
/** More than any block holds; only bounds the loop. */
const MAX_PREIMAGE: usize = 1 << 25

/** Bytes of the preimage that `fetch` read. */
export let fetchedLen: u32 = 0

/**
 * Reads a whole keccak256 preimage to the top of the arena, which stays free, and checks it against its hash. L1 checks each 32-byte read
 * against the same hash, so the check here only turns a host that lies into a trap.
 */
function peek(hash: usize): usize {
  const bytes = mark()
  let length: usize = 0
  let n: usize = 32
  u256.copy(KEY, hash)
  while (n == 32) {
    room(bytes + length + 32)
    n = <usize>hostPreimage(PREIMAGE_KECCAK, KEY, <u32>length, bytes + length)
    if (n > 32 || length + n > MAX_PREIMAGE) unreachable()
    length += n
  }
  keccak256(bytes, length, CHECK)
  if (!u256.equal(CHECK, KEY)) unreachable()
  fetchedLen = <u32>length
  return bytes
}

/** As `peek`, and keeps it. */
export function fetch(hash: usize): usize {
  const bytes = peek(hash)
  alloc(<usize>fetchedLen)
  return bytes
}

/**
 * Reads a whole SHA-256 preimage into the arena and checks it against its hash; 0 when it is longer than `limit` bytes. Everybody has what the inbox commits to by such a
 * hash, but not everything that somebody commits to is made as it should be.
 */
export function fetchSha256(hash: usize, limit: u32): usize {
  const bytes = mark()
  let length: u32 = 0
  let n: u32 = 32
  u256.copy(KEY, hash)
  while (n == 32) {
    if (length > limit) return 0
    room(bytes + <usize>length + 32)
    n = hostPreimage(PREIMAGE_SHA256, KEY, length, bytes + <usize>length)
    if (n > 32) unreachable()
    length += n
  }
  if (length > limit) return 0
  sha256(bytes, <usize>length, CHECK)
  if (!u256.equal(CHECK, KEY)) unreachable()
  fetchedLen = length
  return alloc(<usize>length)
}

/** Writes element `index` of the blob with this versioned hash to `out`: 32 bytes, aligned to as many. */
export function blobElement(hash: usize, index: u32, out: usize): void {
  u256.copy(KEY, hash)
  if (hostPreimage(PREIMAGE_BLOB, KEY, index << 5, out) != 32) unreachable()
}

/** For whoever records what is read: the number (32 bytes) and input of the precompile that is asked for, and their size. */
export let precompileCall: usize = 0
export let precompileCallSize: usize = 0

/** No precompile that is asked for has more output. */
const MAX_OUTPUT: u64 = 256

/** A word of the result of the precompile whose key is in KEY, into WORD: `count` bytes of it. */
function resultWord(offset: u32, count: u32): void {
  if (hostPreimage(PREIMAGE_PRECOMPILE, KEY, offset, WORD) != count) unreachable()
}

/** A word of the result that is a number below 2^64. */
function resultNumber(offset: u32): u64 {
  resultWord(offset, 32)
  if ((load<u64>(WORD) | load<u64>(WORD, 8) | load<u64>(WORD, 16)) != 0) unreachable()
  return bswap(load<u64>(WORD, 24))
}

/** As backend.precompile: what L1's own precompile gives. Writes to `out` in words of 32 bytes. */
export function precompile(number: i32, input: usize, length: i32, out: usize): i32 {
  precompileCall = mark()
  precompileCallSize = 32 + <usize>length
  room(precompileCall + precompileCallSize)
  u256.set(precompileCall, 0)
  store<u64>(precompileCall, bswap(<u64>number), 24)
  memory.copy(precompileCall + 32, input, <usize>length)
  keccak256(precompileCall, precompileCallSize, KEY)
  const success = resultNumber(0)
  if (success > 1) unreachable()
  if (!success) return -1
  const size = resultNumber(32)
  if (size > MAX_OUTPUT) unreachable()
  for (let at: u32 = 0; at < <u32>size; at += 32) {
    const rest = <u32>size - at
    resultWord(64 + at, rest < 32 ? rest : 32)
    u256.copy(out + <usize>at, WORD)
  }
  return <i32>size
}

// Size and bytes come in pairs. The bytes wait at the top of the arena, where the caller's next allocation puts a node's.
let lastBytes: usize = 0
let lastLen: u32 = 0

function read(out: usize, length: i32): void {
  if (<u32>length != lastLen) unreachable()
  memory.copy(out, lastBytes, <usize>length)
}

export function nodeSize(hash: usize): i32 {
  lastBytes = peek(hash)
  lastLen = fetchedLen
  return <i32>lastLen
}

export function readNode(_hash: usize, out: usize, length: i32): void {
  if (out != lastBytes) unreachable()
  read(out, length)
}

export function codeSize(hash: usize): i32 {
  return nodeSize(hash)
}

export function readCode(_hash: usize, out: usize, length: i32): void {
  read(out, length)
}
