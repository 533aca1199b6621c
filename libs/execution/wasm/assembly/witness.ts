// State from preimages, 32 bytes at a time: the only source of the proof build.

/**
 * Writes up to 32 bytes of the preimage from byte `offset` to `out` and gives their number, which is below 32 at the end only.
 * `kind`: see PREIMAGE_*.
 */
// @ts-ignore: decorator
@external('host', 'preimage')
declare function hostPreimage(kind: u32, hash: usize, offset: u32, out: usize): u32

import * as rlp from './rlp'
import * as trie from './trie'
import * as u256 from './u256'
import { alloc, mark, release, room } from './memory'
import { ACC_STORAGE_ROOT, ACC_STORAGE_TRIE } from './state'
import { keccak256 } from './crypto/keccak'

/** Preimage of a keccak256 hash: trie nodes, code, headers, deposit entries, batch headers. */
export const PREIMAGE_KECCAK: u32 = 0
/**
 * Field elements of a blob by its versioned hash (EIP-4844), element i at offset 32 i: the value of the blob's polynomial at the i-th root of
 * unity in bit-reversed order, which L1 checks with the point evaluation precompile.
 */
export const PREIMAGE_BLOB: u32 = 1
// 2 is kept for 4 KiB leaves of a Merkle root, when there is a DA backend that commits to one.

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
  while (n == 32) {
    room(bytes + length + 32)
    n = <usize>hostPreimage(PREIMAGE_KECCAK, hash, <u32>length, bytes + length)
    if (n > 32 || length + n > MAX_PREIMAGE) unreachable()
    length += n
  }
  keccak256(bytes, length, CHECK)
  if (!u256.equal(CHECK, hash)) unreachable()
  fetchedLen = <u32>length
  return bytes
}

/** As `peek`, and keeps it. */
export function fetch(hash: usize): usize {
  const bytes = peek(hash)
  alloc(<usize>fetchedLen)
  return bytes
}

/** Writes element `index` of the blob with this versioned hash: 32 bytes. */
export function blobElement(hash: usize, index: u32, out: usize): void {
  if (hostPreimage(PREIMAGE_BLOB, hash, index << 5, out) != 32) unreachable()
}

// Size and bytes come in pairs. A node's bytes wait at the top of the arena, where the caller's next allocation puts them.
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
  lastBytes = fetch(hash)
  lastLen = fetchedLen
  return <i32>lastLen
}

export function readCode(_hash: usize, out: usize, length: i32): void {
  read(out, length)
}

// Reads of the state before the block -----------------------------------------------------------------------------------------

const ROOT: usize = memory.data(32, 16)
let accountTrie: usize = 0

/** Reads come from the state with this root. */
export function openState(root: usize): void {
  memory.copy(ROOT, root, 32)
  accountTrie = trie.open(root)
}

/** As backend.readAccount. */
export function readAccount(address: usize, out: usize): i32 {
  const value = trie.get(accountTrie, trie.securePath(address, 20), 64)
  accountTrie = trie.resolved
  if (!value) return 0
  const end = value + <usize>trie.valueLen
  if (!rlp.readList(value, end)) unreachable()
  const fieldsEnd = rlp.next
  if (!rlp.readScalar(rlp.payload, fieldsEnd, 8)) unreachable()
  store<u64>(out, rlp.asU64())
  if (!rlp.readScalar(rlp.next, fieldsEnd, 32)) unreachable()
  rlp.asU256(out + 8)
  if (!rlp.readFixed(rlp.next, fieldsEnd, 32)) unreachable()
  memory.copy(out + 72, rlp.payload, 32)
  if (!rlp.readFixed(rlp.next, fieldsEnd, 32)) unreachable()
  memory.copy(out + 40, rlp.payload, 32)
  return 1
}

/** The state as far as it was read, to go on from when its root is made. */
export function accounts(): usize {
  return accountTrie
}

/** The storage trie of an account record as far as it was read. */
export function storage(acc: usize): usize {
  const known = <usize>load<u32>(acc, ACC_STORAGE_TRIE)
  return known ? known : trie.open(acc + ACC_STORAGE_ROOT)
}

/** As backend.readStorage, of an account record. */
export function readStorage(acc: usize, key: usize, out: usize): i32 {
  const value = trie.get(storage(acc), trie.securePath(key, 32), 64)
  store<u32>(acc, <u32>trie.resolved, ACC_STORAGE_TRIE)
  if (!value) return 0
  if (!rlp.readScalar(value, value + <usize>trie.valueLen, 32)) unreachable()
  rlp.asWord(out)
  return 1
}

// Ancestors ----------------------------------------------------------------------------------------------------------------------

/** Hash of the parent, and its number; ancestors are found by walking headers back. */
const PARENT: usize = memory.data(32, 16)
const WALK: usize = memory.data(32, 16)
let parentNumber: u64 = 0

export function openAncestors(parentHash: usize, number: u64): void {
  memory.copy(PARENT, parentHash, 32)
  parentNumber = number
}

/** As backend.blockHash. Blocks below number 0 do not exist. */
export function blockHash(number: u64, out: usize): i32 {
  if (number > parentNumber) return 0
  memory.copy(WALK, PARENT, 32)
  for (let n = parentNumber; n > number; n--) {
    const before = mark()
    const header = fetch(WALK)
    if (!rlp.readList(header, header + <usize>fetchedLen) || !rlp.readFixed(rlp.payload, rlp.next, 32))
      unreachable()
    memory.copy(WALK, rlp.payload, 32)
    release(before)
  }
  memory.copy(out, WALK, 32)
  return 1
}
