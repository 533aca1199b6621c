import { emptyAccumulator, type BatchRecord, type Hash, type Settlement } from '@animechain/core'
import type { BatchEvidence, BatchWitnessParameters, InboxBatch } from './batchWitness.js'
import { ExecutionError } from './errors.js'

/**
 * What `recordBatchWitness` needs of a batch, from a settlement. `data` is what the batch's commitment is to: bytes, or blobs of 131,072 bytes
 * for kind 2.
 * @throws EXECUTION_REJECTED when the settlement no longer has the records that lead to the batch
 */
export async function batchEvidence(
  settlement: Pick<Settlement, 'getBatches' | 'getDeposits'>,
  record: BatchRecord,
  data: BatchEvidence['data'],
): Promise<Pick<BatchWitnessParameters, 'batches' | 'previous'>> {
  const { index } = record
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
  const inboxBatch = async (of: BatchRecord, before: BatchRecord | undefined): Promise<InboxBatch> => ({
    index: of.index,
    header: of.header,
    commitment: of.commitment,
    context: of.context,
    accBefore: before?.acc ?? emptyAccumulator,
    depositAcc: await depositAccAt(of.header.depositsReadAfter),
  })
  const before = await recordAt(index - 1n)
  const batch: BatchEvidence = {
    ...(await inboxBatch(record, before)),
    entries: await settlement.getDeposits(
      before?.header.depositsReadAfter ?? 0n,
      record.header.depositsReadAfter,
    ),
    data,
  }
  if (before === undefined) return { batches: [batch] }
  return { batches: [batch], previous: await inboxBatch(before, await recordAt(index - 2n)) }
}

function missing(what: string): never {
  throw new ExecutionError(`The settlement has no ${what}.`, 'EXECUTION_REJECTED')
}
