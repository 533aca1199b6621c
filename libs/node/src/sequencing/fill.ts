import { steadyTime, type BlockBuilder } from '@animechain/core'
import { turns } from '@animechain/runtime'
import type { SequencerContext } from './context.js'

/** Time that a block is filled before requests get their turn. milliseconds */
const SLICE_MS = 5
/** Transactions in a row that do not fit the rest of the block, after which the block is closed. */
const MAX_MISFITS = 32

/**
 * Fills a block from the pool, and gives what it has got, raw.
 * @param deadline by the clock that nobody sets, milliseconds
 */
export async function fill(
  { pool, room, clock, logger }: SequencerContext,
  builder: BlockBuilder,
  { deadline, maxBytes }: { deadline: number; maxBytes: number },
): Promise<Uint8Array[]> {
  const selection = await pool.select(builder.baseFeePerGas)
  let bytes = 0
  let misfits = 0
  const included: Uint8Array[] = []
  const turn = turns(SLICE_MS)
  for (;;) {
    await turn()
    const tx = selection.peek()
    if (!tx || misfits >= MAX_MISFITS || steadyTime(clock) >= deadline) return included
    if (included.length >= room.transactions) return included
    if (builder.gasUsed + tx.gasLimit > builder.attributes.gasLimit || bytes + tx.raw.length > maxBytes) {
      misfits++
      selection.skipAccount()
      continue
    }
    const outcome = await builder.add(tx.raw, { sender: tx.from })
    if (outcome.status === 'included') {
      selection.taken()
      bytes += tx.raw.length
      included.push(tx.raw)
      continue
    }
    selection.skipAccount()
    if (outcome.reason === 'feeCapBelowBaseFee' || outcome.reason === 'nonceTooHigh') continue
    logger.debug('transaction dropped', { hash: tx.hash, reason: outcome.reason, detail: outcome.detail })
    pool.drop(tx.hash, outcome.reason)
  }
}
