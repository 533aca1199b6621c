// The program that fraud proofs are about: "from the block with this output root, the batches of the inbox up to this accumulator give that
// output root". Everything else is read as preimages of what these inputs commit to.
//
// Inputs: 0 output root of a block that all agree on
//         1 accumulator of the inbox after the last batch that counts, which chains all batches before it and the deposits they read
//         2 number of the block at which to stop
//         3 keccak256 of the chain's rules (chain.ts)
//
// Output: the output root of the last block of the batches, or of the block at which to stop when that comes first; input 0 when that is
// not later than the agreed block. The agreed block may stand in the middle of a batch.
//
// A trap means that the inputs are not those of a chain on L1, or that a preimage was withheld.

import * as b from '../build'
import * as c from '../evm/context'
import * as chain from './chain'
import * as derive from '../batch/derive'
import * as i from '../batch/inbox'
import { decodeBody } from '../batch/body'
import { fetchPayload, payloadLen } from '../batch/payload'
import { alloc, mark, release } from '../memory'

/** SequencerFeeVault, beneficiary of every block. */
const FEE_VAULT: usize = memory.data<u8>([0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11])
const ACC: usize = memory.data(32, 32)
const TARGET: usize = memory.data(32, 32)
const NO_DEPOSITS: usize = memory.data(32, 16)

/** Batches still to be applied, the next one first: [record u32, next u32]. */
let batches: usize = 0

/** Walks the accumulators back to the batch that the block after the newest one is in. */
function collectBatches(): void {
  chain.input(1, ACC)
  let acc = ACC
  batches = 0
  while (true) {
    const record = i.batch(acc)
    const item = alloc(8)
    store<u32>(item, <u32>record)
    store<u32>(item, <u32>batches, 4)
    batches = item
    if (i.word64(record + i.BATCH_FIRST_BLOCK) <= chain.number + 1) return
    // The first batch begins with block 1.
    chain.check(i.word64(record + i.BATCH_INDEX) != 0)
    acc = record + i.BATCH_PREVIOUS
  }
}

/** Executes the block that derivation has made. */
function execute(): void {
  chain.nextBlock(derive.timestamp)
  memory.copy(c.BLOCK + c.BLOCK_BENEFICIARY, FEE_VAULT, 20)
  store<u64>(c.BLOCK, derive.gasLimit, c.BLOCK_GAS_LIMIT)
  memory.copy(c.BLOCK + c.BLOCK_PREV_RANDAO, derive.PREV_RANDAO, 32)
  store<u32>(c.BLOCK, 1, c.BLOCK_SYSTEM_CALLS)
  chain.openBlock()
  for (let n: u32 = 0; n < derive.itemCount; n++) {
    const item = derive.items + ((<usize>n) << 3)
    b.addTransaction(load<u32>(item), load<u32>(item, 4), 0)
  }
  chain.sealBlock()
}

/** Applies one batch up to block `target`. */
function apply(record: usize, target: u64): void {
  const index = i.word64(record + i.BATCH_INDEX)
  const first = i.word64(record + i.BATCH_FIRST_BLOCK)
  const count = i.word64(record + i.BATCH_BLOCK_COUNT)
  // What the batch before has read; nothing before the first.
  let firstEntry: u64 = 0
  let depositAcc = NO_DEPOSITS
  let time: u64
  if (index) {
    const before = i.batch(record + i.BATCH_PREVIOUS)
    firstEntry = i.word64(before + i.BATCH_DEPOSITS_READ)
    depositAcc = before + i.BATCH_DEPOSIT_ACC
    time = i.word64(before + i.BATCH_LAST_TIMESTAMP)
  } else time = chain.timestampOf(first - 1)
  const entryCount = i.word64(record + i.BATCH_DEPOSITS_READ) - firstEntry
  const entries = i.entries(depositAcc, record + i.BATCH_DEPOSIT_ACC, entryCount)
  const payload = fetchPayload(record + i.BATCH_COMMITMENT_HASH)
  const decoded = payload != 0 && decodeBody(payload, payloadLen)
  derive.begin(record, entries, <u32>entryCount, firstEntry, decoded, time, chain.gasLimit, chain.PREV_RANDAO)
  for (let n: u64 = 0; n < count; n++) {
    const number = first + n
    if (number > target) return
    const before = mark()
    derive.next()
    if (number > chain.number) execute()
    release(before)
  }
}

export function run(): void {
  chain.readAgreed()
  chain.readRules(3)
  chain.check(chain.isRollup)
  chain.input(2, TARGET)
  let target = i.word64(TARGET)
  // Later than any block
  if ((load<u64>(TARGET) | load<u64>(TARGET, 8) | load<u64>(TARGET, 16)) != 0) target = u64.MAX_VALUE
  if (target > chain.number) {
    collectBatches()
    for (let item = batches; item;) {
      const record = <usize>load<u32>(item)
      const next = <usize>load<u32>(item, 4)
      if (i.word64(record + i.BATCH_FIRST_BLOCK) > target) break
      const before = mark()
      apply(record, target)
      release(before)
      item = next
    }
  }
  chain.finish()
}
