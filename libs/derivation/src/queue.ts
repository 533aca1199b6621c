import {
  bytesToBigInt,
  depositAccumulator,
  emptyAccumulator,
  type DepositEntry,
  type DepositLabel,
  type Hash,
} from '@animechain/core'
import { fallbackLabel } from './deposits.js'

/** How far the deposit queue is read after a block, and what the block read of it. */
export interface QueueReading {
  /** length of the prefix read up to and with the block */
  depositsReadAfter: bigint
  /** accumulator of the queue at that length */
  depositAcc: Hash
  /** of the user deposits that the block reads */
  labels: DepositLabel[]
  /** gas limits of these deposits together, gas */
  depositGas: bigint
}

/** Before the first entry. */
export const unreadQueue: Readonly<QueueReading> = {
  depositsReadAfter: 0n,
  depositAcc: emptyAccumulator,
  labels: [],
  depositGas: 0n,
}

/** Gas limit that a user deposit asks for, gas; 0 for every other entry. */
export const depositGas = ({ kind, opaqueData }: Pick<DepositEntry, 'kind' | 'opaqueData'>): bigint =>
  kind === 0 ? bytesToBigInt(opaqueData.subarray(64, 72)) : 0n

/** The label that goes into a batch: the true one, or the fallback's where the settlement does not know it (docs/spec/protocol.md 3). */
export const depositLabel = (entry: DepositEntry): DepositLabel => entry.label ?? fallbackLabel(entry)

/**
 * The queue after a block that reads these entries.
 * @param labels one for each entry of kind 0, in order
 * @returns undefined where the entries do not continue the queue that `before` has read
 */
export function readQueue(
  before: Pick<QueueReading, 'depositsReadAfter' | 'depositAcc'>,
  entries: readonly DepositEntry[],
  labels: readonly DepositLabel[],
): QueueReading | undefined {
  let { depositAcc, depositsReadAfter } = before
  let gas = 0n
  for (const entry of entries) {
    if (entry.index !== depositsReadAfter) return undefined
    depositAcc = depositAccumulator(depositAcc, entry)
    if (depositAcc !== entry.acc) return undefined
    depositsReadAfter++
    gas += depositGas(entry)
  }
  return { depositAcc, depositsReadAfter, depositGas: gas, labels: [...labels] }
}
