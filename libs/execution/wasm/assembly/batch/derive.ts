// From a batch to its blocks (docs/spec/protocol.md, section 3). Total: whatever stands in the body, the batch is as many blocks as its
// header announces.

import * as body from './body'
import * as i from './inbox'
import * as t from './transactions'
import { alloc } from '../memory'
import { attributesDeposit, depositLen, userDeposit } from './deposits'

// The batch
let batch: usize = 0
let entries: usize = 0
let entryCount: u32 = 0
/** Place of the first entry in the queue. */
let firstEntry: u64 = 0
let blockCount: u32 = 0
let startTimestamp: u64 = 0
/** Whether the body is of use; else the batch derives by the fallback. */
let valid: bool = false

// The next block
let place: u32 = 0
let entry: u32 = 0
let label: u32 = 0
let transaction: u32 = 0

// The block that `next` made: what derivation decides of its attributes, and [pointer u32, length u32] of its transactions
export let timestamp: u64 = 0
export let gasLimit: u64 = 0
export const PREV_RANDAO: usize = memory.data(32, 16)
export let items: usize = 0
export let itemCount: u32 = 0

/** Whether the body makes exactly the blocks that the header announces. */
function fits(): bool {
  if (body.blockCount != blockCount) return false
  const last = i.word64(batch + i.BATCH_LAST_TIMESTAMP)
  if (last <= startTimestamp) return false
  const span = last - startTimestamp
  // At most 8,192 numbers below 2^32 in each sum
  let elapsed: u64 = 0
  let read: u64 = 0
  // The header alone speaks for the last block.
  for (let n: u32 = 0; n + 1 < blockCount; n++) {
    const block = body.blocks + <usize>n * body.BODY_BLOCK_SIZE
    const delta = load<u32>(block, body.BODY_BLOCK_DELTA)
    if (delta == 0) return false
    elapsed += <u64>delta
    read += <u64>load<u32>(block, body.BODY_BLOCK_ENTRIES)
  }
  if (elapsed >= span || read > <u64>entryCount) return false
  let users: u32 = 0
  for (let n: u32 = 0; n < entryCount; n++)
    users += u32(load<u32>(entries + <usize>n * i.READ_SIZE, i.READ_KIND) == 0)
  return body.labelCount <= users
}

/**
 * Begins a batch: its record, the entries that it reads, their number and the place of the first; whether its body was decoded; timestamp,
 * gas limit and prevRandao of the block before the first one that matters.
 */
export function begin(
  record: usize,
  read: usize,
  count: u32,
  first: u64,
  decoded: bool,
  parentTimestamp: u64,
  parentGasLimit: u64,
  parentRandao: usize,
): void {
  batch = record
  entries = read
  entryCount = count
  firstEntry = first
  blockCount = <u32>i.word64(record + i.BATCH_BLOCK_COUNT)
  startTimestamp = parentTimestamp
  timestamp = parentTimestamp
  gasLimit = parentGasLimit
  memory.copy(PREV_RANDAO, parentRandao, 32)
  place = 0
  entry = 0
  label = 0
  transaction = 0
  valid = decoded && fits()
}

/** For tests and reports: whether the batch derives from its body. */
export function isFromBody(): bool {
  return valid
}

function push(at: usize, length: u32): void {
  const item = items + ((<usize>itemCount) << 3)
  store<u32>(item, <u32>at)
  store<u32>(item, length, 4)
  itemCount++
}

/** Makes the next block. Its deposits and the list of its transactions are in the arena; they may be released when it is sealed. */
export function next(): void {
  const isLast = place + 1 == blockCount
  const block = body.blocks + <usize>place * body.BODY_BLOCK_SIZE
  let read: u32
  if (valid) {
    read = isLast ? entryCount - entry : load<u32>(block, body.BODY_BLOCK_ENTRIES)
    timestamp += <u64>load<u32>(block, body.BODY_BLOCK_DELTA)
  } else {
    read = place == 0 ? entryCount : 0
    timestamp++
  }
  if (isLast) timestamp = i.word64(batch + i.BATCH_LAST_TIMESTAMP)
  const users = valid ? load<u32>(block, body.BODY_BLOCK_TRANSACTIONS) : 0
  items = alloc((<usize>read + <usize>users + 1) << 3)
  itemCount = 0
  if (read) {
    const context = entries + <usize>(entry + read - 1) * i.READ_SIZE
    const record = <usize>load<u32>(context, i.READ_RECORD)
    gasLimit = i.word64(record + i.ENTRY_GAS_LIMIT)
    memory.copy(PREV_RANDAO, record + i.ENTRY_PARENT_HASH, 32)
    const attributes = attributesDeposit(context, firstEntry + <u64>(entry + read - 1))
    push(attributes, depositLen)
    for (const end = entry + read; entry < end; entry++) {
      const item = entries + <usize>entry * i.READ_SIZE
      if (load<u32>(item, i.READ_KIND)) continue
      let hash = <usize>load<u32>(item, i.READ_RECORD) + i.ENTRY_PARENT_HASH
      let logIndex = firstEntry + <u64>entry
      if (valid && label < body.labelCount) {
        const given = body.labels + ((<usize>label) << 3)
        label++
        hash = <usize>load<u32>(given)
        logIndex = <u64>load<u32>(given, 4)
      }
      const deposit = userDeposit(item, hash, logIndex)
      push(deposit, depositLen)
    }
  }
  for (let n: u32 = 0; n < users; n++, transaction++) {
    const raw = t.transactions + ((<usize>transaction) << 3)
    const length = load<u32>(raw, 4)
    // What starts with 0x7E at the head of a block is a deposit, which may mint: none may come from a batch.
    if (length && load<u8>(<usize>load<u32>(raw)) == 0x7e) continue
    push(<usize>load<u32>(raw), length)
  }
  place++
}
