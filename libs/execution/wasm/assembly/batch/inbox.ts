// The inbox's two hash chains (docs/spec/protocol.md, section 1), read backwards from an accumulator. What is hashed is
// `abi.encode` of fields of 32 bytes, so a record is its preimage. L1 made the chains, so their fields are within their types.

import { alloc } from '../memory'
import { fetch, fetchedLen } from '../preimages'

// A batch, as byte offsets into the preimage of its accumulator (protocol.md 1.2)
export const BATCH_PREVIOUS: usize = 0
export const BATCH_INDEX: usize = 32
export const BATCH_FIRST_BLOCK: usize = 64
export const BATCH_BLOCK_COUNT: usize = 96
export const BATCH_DEPOSITS_READ: usize = 128
export const BATCH_LAST_TIMESTAMP: usize = 160
export const BATCH_DEPOSIT_ACC: usize = 192
export const BATCH_DA_KIND: usize = 224
export const BATCH_COMMITMENT_HASH: usize = 256
const BATCH_SIZE: u32 = 544

// An entry of the deposit queue (protocol.md 1.1)
const ENTRY_PREVIOUS: usize = 0
const ENTRY_KIND: usize = 32
export const ENTRY_FROM: usize = 64
export const ENTRY_TO: usize = 96
const ENTRY_OPAQUE_HASH: usize = 128
/** Number, timestamp, base fee, blob base fee: what an attributes deposit tells before the hash. */
export const ENTRY_CONTEXT: usize = 160
export const ENTRY_PARENT_HASH: usize = 288
export const ENTRY_GAS_LIMIT: usize = 320
/** Base fee scalar, blob base fee scalar. */
export const ENTRY_SCALARS: usize = 352
const ENTRY_SIZE: u32 = 416

/** A u64 in a word of 32 bytes. */
export function word64(at: usize): u64 {
  return bswap(load<u64>(at, 24))
}

/** The batch with this accumulator. */
export function batch(acc: usize): usize {
  const record = fetch(acc)
  if (fetchedLen != BATCH_SIZE) unreachable()
  return record
}

// Entries that a batch reads: [preimage u32, opaque data u32, its length u32, kind u32] each --------------------------------------

export const READ_SIZE: usize = 16
export const READ_RECORD: usize = 0
export const READ_OPAQUE: usize = 4
export const READ_OPAQUE_LEN: usize = 8
export const READ_KIND: usize = 12

/**
 * Reads the `count` entries that lead from the queue's accumulator `before` to `after`, in order. Traps when they do not: L1 has no such
 * batch.
 */
export function entries(before: usize, after: usize, count: u64): usize {
  // Each takes more than this many bytes of the arena.
  if (count > 0x40_0000) unreachable()
  const list = alloc(<usize>count * READ_SIZE)
  let acc = after
  for (let item = list + <usize>count * READ_SIZE; item > list;) {
    item -= READ_SIZE
    const record = fetch(acc)
    if (fetchedLen != ENTRY_SIZE) unreachable()
    store<u32>(item, <u32>record, READ_RECORD)
    store<u32>(item, <u32>word64(record + ENTRY_KIND), READ_KIND)
    store<u32>(item, <u32>fetch(record + ENTRY_OPAQUE_HASH), READ_OPAQUE)
    store<u32>(item, fetchedLen, READ_OPAQUE_LEN)
    acc = record + ENTRY_PREVIOUS
  }
  if (memory.compare(acc, before, 32) != 0) unreachable()
  return list
}
