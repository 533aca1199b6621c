import type { BaseError, BlockInput, DepositEntry, InboxView, SealedHeader } from '@animechain/core'
import { deriveBatch, readQueue } from '@animechain/derivation'
import type { BlockMeta } from '../chain/blockCodec.js'
import type { FollowerContext } from './context.js'
import { decodePayload, type Payload } from './payload.js'
import type { Candidate } from './candidates.js'

/**
 * What came of a candidate. `wait`: it reads what L1 does not show here yet; `moved`: the chain went on meanwhile; `wrong`: it is not what was announced, as
 * far as this head of L1 says; `refused`: it never will be.
 */
export type Adopted =
  { outcome: 'adopted' } | { outcome: 'wait' | 'moved' | 'wrong' | 'refused'; reason: string }

interface Input {
  input: BlockInput
  meta: BlockMeta
}

/** The entries that the block reads; undefined: L1 does not show them here yet. */
async function entriesOf(
  { settlement }: FollowerContext,
  from: bigint,
  count: number,
  view: InboxView,
): Promise<DepositEntry[] | undefined> {
  const to = from + BigInt(count)
  if (count === 0) return []
  if (to > view.depositCount) return undefined
  try {
    return await settlement.getDeposits(from, to)
  } catch (error) {
    if ((error as BaseError).code === 'SETTLEMENT_REORGED') return undefined
    throw error
  }
}

/** The block as derivation would make it of a batch that has it alone: deposits come from L1, never from the payload. */
function inputOf(
  candidate: Candidate,
  { block, labels }: Payload,
  entries: readonly DepositEntry[],
  { parent, before }: { parent: SealedHeader; before: BlockMeta },
): Input | { reason: string } | undefined {
  const depositsReadAfter = before.depositsReadAfter + BigInt(entries.length)
  const { number: firstBlock, timestamp: lastTimestamp } = candidate
  const { blocks, reads, fallback } = deriveBatch({
    header: { firstBlock, blockCount: 1, depositsReadAfter, lastTimestamp },
    body: { ok: true, body: { blocks: [block], labels } },
    entries,
    parent,
  })
  if (fallback !== undefined) return { reason: fallback }
  const meta = readQueue(before, reads[0]!.entries, reads[0]!.labels)
  return meta && { input: blocks[0]!, meta }
}

/** Executes a candidate on top of the newest block, and puts it there if it comes to what was announced. */
export async function adopt(
  context: FollowerContext,
  candidate: Candidate,
  parent: SealedHeader,
  { bytes, view }: { bytes: Uint8Array; view: InboxView },
): Promise<Adopted> {
  const { store, engine, codec, lock } = context
  const decoded = await decodePayload(codec, bytes)
  if (!decoded.ok) return { outcome: 'refused', reason: decoded.reason }
  const { payload } = decoded
  const before = store.meta(parent.hash)
  const entries = await entriesOf(context, before.depositsReadAfter, payload.block.depositCount, view)
  if (!entries) return { outcome: 'wait', reason: 'it reads deposits that L1 does not show here yet' }
  const made = inputOf(candidate, payload, entries, { parent, before })
  if (!made) return { outcome: 'wait', reason: 'L1 changed under the deposits that it reads' }
  if ('reason' in made) return { outcome: 'refused', reason: made.reason }

  return lock.run(async (): Promise<Adopted> => {
    if (store.head('latest').hash !== parent.hash)
      return { outcome: 'moved', reason: 'the chain moved meanwhile' }
    const executed = await engine.executeBlock(parent, made.input)
    const { hash } = executed.header
    if (hash !== candidate.hash) {
      const reason = `expected ${candidate.hash}, its execution gives ${hash}`
      // What reads nothing of L1 comes to the same for ever.
      return { outcome: entries.length > 0 ? 'wrong' : 'refused', reason }
    }
    await store.append(executed, made.meta)
    return { outcome: 'adopted' }
  })
}
