import type { Hash } from '@animechain/core'
import type { Address, Hex } from 'viem'
import type { ExitLabel } from './fast/label.js'

/** Where a deposit stands. */
export type DepositStatus = 'pendingOnL1' | 'waitingForL2' | 'completed' | 'failed'
/** Where a withdrawal stands, in the words of the user's wait. */
export type WithdrawalStatus =
  | 'waitingToProve'
  | 'readyToProve'
  | 'waitingToFinalize'
  /** covered by verifiers: it can be paid early, while the ordinary way waits */
  | 'readyToFinalizeFast'
  | 'readyToFinalize'
  | 'finalized'

/** A withdrawal as `MessagePassed` of the L2ToL1MessagePasser announced it, with the hash that the portal knows it by (docs/spec/contracts.md). */
export interface Withdrawal {
  nonce: bigint
  sender: Address
  target: Address
  /** wei */
  value: bigint
  gasLimit: bigint
  data: Hex
  withdrawalHash: Hash
}

/** A withdrawal that the relayer follows. */
export interface WithdrawalTransfer {
  direction: 'withdraw'
  /** withdrawal hash */
  id: Hash
  status: WithdrawalStatus
  l2TransactionHash: Hash
  l2BlockNumber: bigint
  /** place among the transaction's withdrawals */
  logIndex: number
  /** who sent the L2 transaction */
  account?: Address
  withdrawal: Withdrawal
  proveTransactionHash?: Hash
  finalizeTransactionHash?: Hash
  /** how it was paid; before that how the relayer expects to, where its policy has a choice */
  label?: ExitLabel
  /** why the relayer's policy does not pay it early */
  notFast?: string
  /** the relayer's transaction that pays it early, which may not be included yet */
  fastTransactionHash?: Hash
  /** seconds until the next step can be taken, as the chain's state tells; undefined while nobody can tell */
  secondsToNextStep?: number
  /** finalised in an L1 block that is final: no reorg can take the payment back */
  irreversible?: boolean
  /** why the relayer does not prove and finalise it; `status` then stays as it was */
  leftToOthers?: string
  /** when the relayer first saw that the next step can be taken, milliseconds since the Unix epoch */
  possibleSince?: number
  /** why it does not take a step that is possible */
  waitsFor?: string
  /** times that a step failed since the last success, and the last reason */
  failures: number
  lastError?: string
  /** those of them that were a chain's refusal; after twelve the relayer gives up */
  refusals?: number
  /** milliseconds since the Unix epoch */
  nextTryAt?: number
}

/** A deposit as the bridge reports it, found by the L1 transaction that made it. */
export interface DepositTransfer {
  direction: 'deposit'
  /** hash of the L2 deposit transaction, undefined until L1 has the deposit */
  id?: Hash
  status: DepositStatus
  l1TransactionHash: Hash
  l2TransactionHash?: Hash
  error?: string
}

const big = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? { $bigint: value.toString() } : value
const unbig = (_key: string, value: unknown) =>
  typeof value === 'object' && value !== null && '$bigint' in value
    ? BigInt((value as { $bigint: string }).$bigint)
    : value

/** A transfer as bytes for a store. */
export function encodeTransfer(transfer: WithdrawalTransfer): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(transfer, big))
}

export function decodeTransfer(bytes: Uint8Array): WithdrawalTransfer {
  return JSON.parse(new TextDecoder().decode(bytes), unbig) as WithdrawalTransfer
}
