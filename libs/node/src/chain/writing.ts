import type { ChainBlock, ExecutedBlock, KeyValueOperation, SealedHeader } from '@animechain/core'
import { turns } from '@animechain/runtime'
import type { AppliedBatch } from './batchCodec.js'
import { chainBlock, encodeBody, type BlockMeta } from './blockCodec.js'
import { headsOf, type ChainContext } from './context.js'
import { expectNotFinal, expectOnHead, withBatches, type Heads } from './heads.js'
import {
  batchesAt,
  batchPut,
  blockPut,
  blockRemoval,
  finalizedAt,
  headAt,
  leaveJournal,
  placePut,
} from './operations.js'
import { blockByHash, expectHeader, safeHeadAfter } from './reading.js'

/** Time that the writing of a block takes before requests get their turn. milliseconds */
const SLICE_MS = 5
/** Transactions between two looks at the clock. */
const SLICE = 256

/** Only what is written: while it was, another change may have moved the other heads. */
function move(context: ChainContext, change: Partial<Heads>): void {
  context.heads = { ...headsOf(context), ...change }
}

/** Where the transactions of a block are. @param turn waited for now and then: a full block takes tens of milliseconds */
async function placesOf(
  { header, transactions }: ExecutedBlock,
  turn: () => Promise<void> | undefined,
): Promise<KeyValueOperation[]> {
  const places: KeyValueOperation[] = []
  for (const [index, { hash }] of transactions.entries()) {
    if (index % SLICE === 0) await turn()
    places.push(placePut(hash, header.number, index))
  }
  return places
}

/** Puts a block on top of the head. */
export async function append(context: ChainContext, executed: ExecutedBlock, meta: BlockMeta): Promise<void> {
  const { storage, journal, headers, numbers, blocks, events } = context
  const { header, transactions } = executed
  expectOnHead(headsOf(context), header)
  const block = chainBlock(header, transactions)
  const turn = turns(SLICE_MS)
  await turn()
  const body = await encodeBody(transactions, turn)
  const places = await placesOf(executed, turn)
  await turn()
  await journal.during((waiting) =>
    storage.batch([
      ...blockPut(header, meta, body),
      ...places,
      ...leaveJournal(transactions, waiting),
      headAt(header.number),
    ]),
  )
  headers.set(header.hash, { header, meta })
  numbers.set(header.number, header.hash)
  blocks.add(block)
  move(context, { latest: header })
  events.emit('change', { removed: [], added: [block] })
}

function forget({ headers, numbers, blocks }: ChainContext, { header }: ChainBlock): void {
  headers.delete(header.hash)
  numbers.delete(header.number)
  blocks.delete(header.hash)
}

/** Of a node without a pool: it would keep for ever what nobody puts into a block. */
const nobodyWaits = { put: () => [] }

/** Makes an ancestor of the head the head. Returns what left, newest first. */
export async function rollback(context: ChainContext, to: bigint): Promise<ChainBlock[]> {
  const { storage, journal, events, hasPool } = context
  const heads = headsOf(context)
  if (to >= heads.latest.number) return []
  expectNotFinal(heads, to)
  const removed: ChainBlock[] = []
  for (let number = heads.latest.number; number > to; number--) {
    const block = blockByHash(context, expectHeader(context, number).hash)
    if (block) removed.push(block)
  }
  const latest = expectHeader(context, to)
  await journal.during((waiting) =>
    storage.batch([
      ...removed.flatMap((block) => blockRemoval(block, hasPool ? waiting : nobodyWaits)),
      headAt(to),
    ]),
  )
  for (const block of removed) forget(context, block)
  move(context, { latest })
  events.emit('change', { removed, added: [] })
  return removed
}

/** Records a batch whose blocks are in the chain, and moves the safe head to its end. */
export async function applyBatch(context: ChainContext, batch: AppliedBatch): Promise<void> {
  await context.storage.batch(batchPut(batch))
  move(context, { batchCount: batch.index + 1n, safe: expectHeader(context, batch.lastBlock) })
}

/** Forgets applied batches from `count` on, and moves the safe head back. Blocks stay. */
export async function dropBatches(
  context: ChainContext,
  count: bigint,
  { undoFinalized }: { undoFinalized: boolean },
): Promise<void> {
  const heads = headsOf(context)
  if (count >= heads.batchCount) return
  const safe = safeHeadAfter(context, count)
  if (!undoFinalized) expectNotFinal(heads, safe.number)
  const change = withBatches(heads, count, safe)
  await context.storage.batch(batchesAt(change))
  move(context, change)
}

export async function setFinalized(context: ChainContext, header: SealedHeader): Promise<void> {
  if (header.hash === headsOf(context).finalized.hash) return
  await context.storage.batch([finalizedAt(header.number)])
  move(context, { finalized: header })
}
