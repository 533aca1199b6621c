import { emptyAccumulator } from './accumulator.js'
import type { ForcedBatchBase, Settlement } from './settlement.js'

/**
 * What a batch builds on that continues the inbox as it is now.
 *
 * @param depositsKnown entries of the deposit queue that the batch reads, or a forced one knows; default: those read already
 * @throws {BaseError} `SETTLEMENT_REORGED` when L1 changes meanwhile, or has fewer entries.
 */
export async function readBatchBase(
  settlement: Pick<Settlement, 'view' | 'getBatches' | 'getDeposits'>,
  depositsKnown?: bigint,
): Promise<ForcedBatchBase> {
  const { batchCount, depositsRead } = await settlement.view()
  const count = depositsKnown ?? depositsRead
  const [parent] = batchCount > 0n ? await settlement.getBatches(batchCount - 1n, batchCount) : []
  const [deposit] = count > 0n ? await settlement.getDeposits(count - 1n, count) : []
  return {
    parentAcc: parent?.acc ?? emptyAccumulator,
    depositAcc: deposit?.acc ?? emptyAccumulator,
    depositsKnown: count,
  }
}
