import { emptyAccumulator, type AccumulatedBatch } from './accumulator.js'
import type { SealedHeader } from './block.js'
import type { Hash } from './bytes.js'
import { BaseError } from './errors.js'
import type { SealedBatch } from './sealedBatch.js'
import type { BatchRecord, DepositEntry, Settlement } from './settlement.js'

/** A batch with what its accumulator takes from elsewhere. */
export interface InboxBatch extends AccumulatedBatch {
  /** accumulator of the batches before it */
  accBefore: Hash
}

/** A batch with everything that its accumulator commits to. */
export interface BatchEvidence extends InboxBatch {
  /** entries of the deposit queue that it reads, in order */
  entries: readonly DepositEntry[]
  /**
   * What the commitment is to: the bytes for kinds 0 and 1; for kind 2 the blobs, 131,072 bytes each, in the commitment's order, whether or not they
   * encode anything; for kind 4 what was sealed, whether or not it opens.
   */
  data: Uint8Array | readonly Uint8Array[] | SealedBatch
}

/** Which stretch of the chain a witness shall prove: from a block that both sides agree on, through batches of the inbox. */
export interface BatchWitnessParameters {
  /** The block to start from: the last one before `batches`, or one inside the first of them. Its state must be here. */
  agreed: SealedHeader
  /** One batch, or several that follow one another. */
  batches: readonly BatchEvidence[]
  /** The batch before the first of `batches`; absent when that is the inbox's first. */
  previous?: InboxBatch
  /** Block at which to stop; absent: the last block of `batches`. */
  block?: bigint
}

function missing(what: string): never {
  throw new BaseError(`The settlement has no ${what}.`, { code: 'SETTLEMENT_REORGED' })
}

/**
 * What a proof about batches that follow one another has to show of them, from a settlement. `dataOf` gives what the commitment of a batch is to: see
 * {@link BatchEvidence}.
 * @throws {BaseError} `SETTLEMENT_REORGED` when the settlement no longer has the records that lead to the batches
 */
export async function batchEvidence(
  settlement: Pick<Settlement, 'getBatches' | 'getDeposits'>,
  records: readonly BatchRecord[],
  dataOf: (record: BatchRecord) => Promise<BatchEvidence['data']>,
): Promise<Pick<BatchWitnessParameters, 'batches' | 'previous'>> {
  const recordAt = async (at: bigint): Promise<BatchRecord | undefined> => {
    if (at < 0n) return undefined
    const [found] = await settlement.getBatches(at, at + 1n)
    return found ?? missing(`batch ${at}`)
  }
  const depositAccAt = async (count: bigint): Promise<Hash> => {
    if (count === 0n) return emptyAccumulator
    const [entry] = await settlement.getDeposits(count - 1n, count)
    return entry?.acc ?? missing(`deposit ${count - 1n}`)
  }
  const inboxBatch = async (
    { index, header, commitment, context }: BatchRecord,
    before: BatchRecord | undefined,
  ): Promise<InboxBatch> => ({
    ...{ index, header, commitment, context },
    accBefore: before?.acc ?? emptyAccumulator,
    depositAcc: await depositAccAt(header.depositsReadAfter),
  })
  const [first] = records
  if (first === undefined) missing('batch that was asked for')
  const parent = await recordAt(first.index - 1n)
  const batches: BatchEvidence[] = []
  let before = parent
  for (const record of records) {
    batches.push({
      ...(await inboxBatch(record, before)),
      entries: await settlement.getDeposits(
        before?.header.depositsReadAfter ?? 0n,
        record.header.depositsReadAfter,
      ),
      data: await dataOf(record),
    })
    before = record
  }
  if (parent === undefined) return { batches }
  return { batches, previous: await inboxBatch(parent, await recordAt(first.index - 2n)) }
}
