import {
  depositTransactionType,
  predeploys,
  zeroHash,
  type BlockInput,
  type DepositEntry,
  type DepositLabel,
  type Hash,
} from '@animechain/core'
import { attributesDeposit, userDeposit } from './deposits.js'

/** What a block takes over from the block before it. Every `SealedHeader` is one. */
export interface ParentBlock {
  number: bigint
  /** seconds */
  timestamp: bigint
  /** gas */
  gasLimit: bigint
  prevRandao: Hash
}

/** What a block is made of before it is executed: docs/spec/protocol.md, section 3. */
export interface BlockParts {
  parent: ParentBlock
  /** seconds, greater than the parent's */
  timestamp: bigint
  /** entries of the deposit queue that the block reads, in order */
  entries: readonly DepositEntry[]
  /** one for each entry of kind 0, in order */
  labels: readonly DepositLabel[]
  /** user transactions as broadcast */
  transactions: readonly Uint8Array[]
}

/**
 * The block that its parts make (docs/spec/protocol.md 3): sequencer and derivation both call it, so that they cannot differ.
 * Pure. The numbers of labels and of kind-0 entries must agree; the callers check it.
 */
export function buildBlockInput({
  parent,
  timestamp,
  entries,
  labels,
  transactions,
}: BlockParts): BlockInput {
  const last = entries.at(-1)
  const deposits: Uint8Array[] = []
  if (last) {
    deposits.push(attributesDeposit(last))
    let label = 0
    for (const entry of entries) if (entry.kind === 0) deposits.push(userDeposit(entry, labels[label++]!))
  }
  return {
    number: parent.number + 1n,
    timestamp,
    beneficiary: predeploys.sequencerFeeVault,
    gasLimit: last?.context.gasLimit ?? parent.gasLimit,
    prevRandao: last?.context.parentHash ?? parent.prevRandao,
    extraData: '0x',
    parentBeaconBlockRoot: zeroHash,
    // An engine takes what starts with 0x7E at the head of a block for a deposit, which may mint: none may come from a batch.
    transactions: [...deposits, ...transactions.filter((raw) => raw[0] !== depositTransactionType)],
  }
}
