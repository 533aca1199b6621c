// A batch body (docs/spec/codec.md) from bytes: blocks, labels and transactions. Total and bounded: any bytes give a body or none.

import * as c from './column'
import * as l from './layout'
import { alloc } from '../memory'
import { readByteStrings } from '../msgpack'
import { contentLen, decompress } from './frame'
import { rebuild, takeSignatures, transactionCount } from './transactions'

/** [timestamp delta u32, queue entries u32, transactions u32] of each block. */
export const BODY_BLOCK_SIZE: usize = 12
export const BODY_BLOCK_DELTA: usize = 0
export const BODY_BLOCK_ENTRIES: usize = 4
export const BODY_BLOCK_TRANSACTIONS: usize = 8
export let blocks: usize = 0
export let blockCount: u32 = 0

/** [pointer to the L1 block hash u32, log index u32] of each label. */
export let labels: usize = 0
export let labelCount: u32 = 0

const STRINGS: usize = memory.data(67 * 8, 16)

/** Decodes a body. True when it is one; what it decodes to is in the arena then, and in `transactions`. The bytes must stay. */
export function decodeBody(at: usize, length: u32): bool {
  c.begin()
  if (length > l.MAX_BODY || length < 5 || load<u8>(at) != l.VERSION) return false
  const frameLen = bswap(load<u32>(at, 1))
  if (frameLen > length - 5) return false
  const content = decompress(at + 5, <usize>frameLen)
  if (!content || !readByteStrings(content, <usize>contentLen, l.COLUMN_COUNT, STRINGS)) return false
  for (let i: u32 = 0; i < l.COLUMN_COUNT; i++) {
    const string = STRINGS + ((<usize>i) << 3)
    c.open(i, <usize>load<u32>(string), load<u32>(string, 4))
  }
  c.open(l.TAIL, at + 5 + <usize>frameLen, length - 5 - frameLen)
  takeSignatures()
  for (let i: u32 = 0; i < l.COLUMN_COUNT; i++) if (l.isInteger(i)) c.openIntegers(i)
  readLabels()
  if (c.malformed) return false
  rebuild()
  if (c.malformed) return false
  readBlocks()
  c.finish()
  return !c.malformed
}

function readLabels(): void {
  // A label is at least one byte.
  const announced = c.left(l.LABELS)
  labels = alloc((<usize>(announced < l.MAX_LABELS ? announced : l.MAX_LABELS)) << 3)
  labelCount = 0
  let hash: usize = 0
  while (c.left(l.LABELS) && !c.malformed) {
    if (labelCount == l.MAX_LABELS) return c.fail()
    const label = c.leb32(l.LABELS)
    if (label & 1) hash = c.take(l.LABEL_HASHES, 32)
    if (!hash) return c.fail()
    const item = labels + ((<usize>labelCount) << 3)
    store<u32>(item, <u32>hash)
    store<u32>(item, label >> 1, 4)
    labelCount++
  }
}

function readBlocks(): void {
  const announced = c.left(l.TIMESTAMP_DELTAS)
  blocks = alloc(<usize>(announced < l.MAX_BLOCKS ? announced : l.MAX_BLOCKS) * BODY_BLOCK_SIZE)
  blockCount = 0
  let rest = transactionCount
  while (c.left(l.TIMESTAMP_DELTAS) && !c.malformed) {
    if (blockCount == l.MAX_BLOCKS) return c.fail()
    const block = blocks + <usize>blockCount * BODY_BLOCK_SIZE
    store<u32>(block, c.leb32(l.TIMESTAMP_DELTAS), BODY_BLOCK_DELTA)
    store<u32>(block, c.leb32(l.DEPOSIT_COUNTS), BODY_BLOCK_ENTRIES)
    const count = c.leb32(l.TRANSACTION_COUNTS)
    if (count > rest) return c.fail()
    store<u32>(block, count, BODY_BLOCK_TRANSACTIONS)
    rest -= count
    blockCount++
  }
  if (rest) c.fail()
}
