import { BaseError, type BlockTag, type SealedHeader } from '@animechain/core'
import type { AppliedBatch } from './batchCodec.js'
import { firstWithout } from './search.js'

/** How far the chain is: what of the store is held in memory. */
export interface Heads {
  genesis: SealedHeader
  latest: SealedHeader
  safe: SealedHeader
  finalized: SealedHeader
  /** batches that are applied */
  batchCount: bigint
}

/** Of a chain that has its genesis alone. */
export const newHeads = (genesis: SealedHeader): Heads => ({
  genesis,
  latest: genesis,
  safe: genesis,
  finalized: genesis,
  batchCount: 0n,
})

export const headOf = (heads: Heads, tag: BlockTag): SealedHeader =>
  tag === 'earliest' ? heads.genesis : heads[tag]

/** @throws {BaseError} `NODE_FINALIZED` where going back to a block would undo the final one */
export function expectNotFinal({ finalized }: Pick<Heads, 'finalized'>, to: bigint): void {
  if (to >= finalized.number) return
  throw new BaseError(`Block ${finalized.number} is final and is not undone.`, {
    code: 'NODE_FINALIZED',
    metaMessages: [`Expected to go back to ${finalized.number} at most, got ${to}.`],
  })
}

/** @throws {BaseError} `NODE_NOT_ON_HEAD` for a block whose parent is not the newest one */
export function expectOnHead({ latest }: Pick<Heads, 'latest'>, { parentHash }: SealedHeader): void {
  if (parentHash === latest.hash) return
  throw new BaseError('A block can only be put on the head.', {
    code: 'NODE_NOT_ON_HEAD',
    metaMessages: [`Expected parent ${latest.hash}, got ${parentHash}.`],
  })
}

/** How many of the applied batches end at a block or before it. */
export const batchesUpTo = (
  block: Pick<SealedHeader, 'number'>,
  batchCount: bigint,
  batchAt: (index: bigint) => Pick<AppliedBatch, 'lastBlock'>,
): bigint => firstWithout(0n, batchCount, (index) => batchAt(index).lastBlock <= block.number)

/** The heads once only so many batches count, the last of which ends at `safe`: what is final is safe. */
export const withBatches = (
  { finalized }: Pick<Heads, 'finalized'>,
  batchCount: bigint,
  safe: SealedHeader,
): Pick<Heads, 'batchCount' | 'safe' | 'finalized'> => ({
  batchCount,
  safe,
  finalized: finalized.number > safe.number ? safe : finalized,
})
