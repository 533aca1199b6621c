// The state before a block and its ancestors, from preimages: what backend.ts asks in the proof build.

import * as rlp from './rlp'
import * as trie from './trie'
import { ARENA_BASE, mark, release } from './memory'
import { ACC_STORAGE_ROOT, ACC_STORAGE_TRIE } from './layout'
import { fetch, fetchedLen } from './preimages'

// Reads of the state before the block -----------------------------------------------------------------------------------------

const ROOT: usize = memory.data(32, 16)
let accountTrie: usize = 0

/** Reads come from the state with this root. */
export function openState(root: usize): void {
  memory.copy(ROOT, root, 32)
  accountTrie = trie.open(root)
}

/**
 * Nodes that were read stay in the arena for the next reads up to here; beyond, a read leaves nothing. So reads alone cannot fill the arena,
 * whatever the tries of a chain are like (docs/spec/execution.md, "Memory of the program").
 */
const KEEP_END: usize = ARENA_BASE + 0x1000_0000

/** As backend.readAccount. */
export function readAccount(address: usize, out: usize): i32 {
  const before = mark()
  const keep = before < KEEP_END
  const value = trie.get(accountTrie, trie.passingPath(address, 20), 64, keep)
  accountTrie = trie.resolved
  if (value) decodeAccount(value, value + <usize>trie.valueLen, out)
  if (!keep) release(before)
  return i32(value != 0)
}

function decodeAccount(value: usize, end: usize, out: usize): void {
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
  const before = mark()
  const keep = before < KEEP_END
  const value = trie.get(storage(acc), trie.passingPath(key, 32), 64, keep)
  if (keep) store<u32>(acc, <u32>trie.resolved, ACC_STORAGE_TRIE)
  if (value) {
    if (!rlp.readScalar(value, value + <usize>trie.valueLen, 32)) unreachable()
    rlp.asWord(out)
  }
  if (!keep) release(before)
  return i32(value != 0)
}

// Ancestors ----------------------------------------------------------------------------------------------------------------------

/** Hashes of the last 256 blocks as far as they are known, that of number n at 32 (n mod 256): the parent's, and those that were walked to. */
const HASHES: usize = memory.data(256 * 32, 32)
let parentNumber: u64 = 0
/** The oldest block whose hash is known. */
let oldest: u64 = 0

// @ts-ignore: decorator
@inline
function hashOf(number: u64): usize {
  return HASHES + (((<usize>number) & 255) << 5)
}

/** The parent of the block to come; what is known of its ancestors is kept when it follows on the parent before. */
export function openAncestors(parentHash: usize, number: u64): void {
  if (parentNumber == 0 || number != parentNumber + 1) oldest = number
  else if (number - oldest > 255) oldest = number - 255
  parentNumber = number
  memory.copy(hashOf(number), parentHash, 32)
}

/** As backend.blockHash, for the 256 blocks up to the parent. Headers are walked back once, however many of them are asked for. */
export function blockHash(number: u64, out: usize): i32 {
  if (number > parentNumber || parentNumber - number > 255) return 0
  for (; oldest > number; oldest--) {
    const before = mark()
    const header = fetch(hashOf(oldest))
    if (!rlp.readList(header, header + <usize>fetchedLen) || !rlp.readFixed(rlp.payload, rlp.next, 32))
      unreachable()
    memory.copy(hashOf(oldest - 1), rlp.payload, 32)
    release(before)
  }
  memory.copy(out, hashOf(number), 32)
  return 1
}
