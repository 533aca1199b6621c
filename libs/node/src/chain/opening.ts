import { BaseError, bytesToBigInt, bytesToHex, type SealedHeader } from '@animechain/core'
import { unreadQueue } from '@animechain/derivation'
import { encodeBody } from './blockCodec.js'
import { headsOf, type ChainContext } from './context.js'
import { batchesUpTo, newHeads, withBatches } from './heads.js'
import { keys } from './keys.js'
import { batchesAt, blockPut, headAt } from './operations.js'
import { expectHeader, recordedBatch, safeHeadAfter } from './reading.js'
import { rollback } from './writing.js'

/** A second start may find another store under the same object. */
function begin(context: ChainContext, genesis: SealedHeader): void {
  const { storage, headers, numbers, blocks, journal } = context
  headers.clear()
  numbers.clear()
  blocks.clear()
  context.heads = newHeads(genesis)
  journal.open(storage)
}

async function writeGenesis({ storage }: ChainContext, genesis: SealedHeader): Promise<void> {
  await storage.batch([...blockPut(genesis, unreadQueue, await encodeBody([])), headAt(genesis.number)])
}

function readHeads(context: ChainContext): void {
  const { storage } = context
  const heads = headsOf(context)
  const number = bytesToBigInt(storage.get(keys.head)!)
  // Blocks are looked for only up to the head.
  context.heads = { ...heads, latest: { ...heads.genesis, number } }
  const batchCount = bytesToBigInt(storage.get(keys.batches) ?? new Uint8Array())
  const finalized = storage.get(keys.finalized)
  context.heads = {
    ...heads,
    batchCount,
    latest: expectHeader(context, number),
    safe: safeHeadAfter(context, batchCount),
    ...(finalized && { finalized: expectHeader(context, bytesToBigInt(finalized)) }),
  }
}

/** Goes back to a block: what was safe or final above it is not. */
async function goBack(context: ChainContext, to: SealedHeader): Promise<void> {
  const heads = headsOf(context)
  context.logger.warn('state of the newest blocks is missing: going back', {
    from: heads.latest.number,
    to: to.number,
  })
  const batchCount = batchesUpTo(to, heads.batchCount, (index) => recordedBatch(context, index)!)
  const change = withBatches(heads, batchCount, safeHeadAfter(context, batchCount))
  context.heads = { ...heads, ...change }
  await context.storage.batch(batchesAt(change))
  await rollback(context, to.number)
}

/** Reads the heads, or writes the genesis into an empty store. Blocks above a missing state are cut off. */
export async function open(
  context: ChainContext,
  genesis: SealedHeader,
  hasState: (header: SealedHeader) => Promise<boolean>,
): Promise<void> {
  begin(context, genesis)
  const known = context.storage.get(keys.number(genesis.number))
  if (!known) return writeGenesis(context, genesis)
  if (bytesToHex(known) !== genesis.hash)
    throw new BaseError('The data folder belongs to another chain.', {
      code: 'NODE_GENESIS_MISMATCH',
      metaMessages: [`Expected genesis ${genesis.hash}, got ${bytesToHex(known)}.`],
    })
  readHeads(context)
  const { latest } = headsOf(context)
  let usable = latest
  while (usable.number > genesis.number && !(await hasState(usable)))
    usable = expectHeader(context, usable.number - 1n)
  if (usable.number < latest.number) await goBack(context, usable)
}
