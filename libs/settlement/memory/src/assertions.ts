import {
  bigIntToBytes,
  concatBytes,
  hexToBytes,
  keccak256Hex,
  type Address,
  type Assertion,
  type AssertionStatus,
  type BatchRecord,
  type Hash,
  type Hex,
} from '@animechain/core'
import { lastBlockOf } from './inbox.js'
import type { Refusal } from './inboxRules.js'
import { cutAbove } from './l1Blocks.js'

/** What somebody asserts about the end of a batch. */
export interface Claim {
  batchIndex: bigint
  batchAcc: Hash
  blockNumber: bigint
  outputRoot: Hash
}

export interface StoredAssertion {
  readonly assertion: Omit<Assertion, 'status'>
  /** Changes of status with the L1 block of each, for reorgs; never empty. */
  readonly history: { l1Block: bigint; status: AssertionStatus }[]
}

export const assertionId = ({ outputRoot, batchAcc, batchIndex }: Claim): Hex =>
  keccak256Hex(concatBytes(hexToBytes(outputRoot), hexToBytes(batchAcc), bigIntToBytes(batchIndex, 32)))

export const find = (list: readonly StoredAssertion[], id: Hex): StoredAssertion | undefined =>
  list.find(({ assertion }) => assertion.id === id)

/** The status that an L1 block shows; default: the newest. */
export const statusOf = ({ history }: StoredAssertion, l1Block?: bigint): AssertionStatus =>
  (l1Block === undefined ? history.at(-1) : history.findLast((change) => change.l1Block <= l1Block))!.status

/** Those that an L1 block shows. */
export const assertionsAt = (list: readonly StoredAssertion[], l1Block: bigint): StoredAssertion[] =>
  list.filter(({ history }) => history[0]!.l1Block <= l1Block)

export const asAssertion = (stored: StoredAssertion, l1Block: bigint): Assertion => ({
  ...stored.assertion,
  status: statusOf(stored, l1Block),
})

export const newAssertion = (
  claim: Claim,
  parts: {
    index: bigint
    asserter: Address
    createdAt: bigint
    challengePeriodSeconds: number
    l1Block: bigint
  },
): StoredAssertion => ({
  assertion: {
    ...claim,
    id: assertionId(claim),
    index: parts.index,
    asserter: parts.asserter,
    bond: 0n,
    createdAt: parts.createdAt,
    challengeDeadline: parts.createdAt + BigInt(parts.challengePeriodSeconds),
  },
  history: [{ l1Block: parts.l1Block, status: 'pending' }],
})

/** Why an assertion is not taken: it must be of a batch as the inbox has it, and the first of its kind. */
export function claimRefusal(
  list: readonly StoredAssertion[],
  batch: BatchRecord | undefined,
  claim: Claim,
): Refusal {
  if (!batch) return `UnknownBatch: ${claim.batchIndex}`
  const last = lastBlockOf(batch.header)
  if (batch.acc !== claim.batchAcc || last !== claim.blockNumber)
    return `BatchMismatch: batch ${claim.batchIndex} ends at block ${last}`
  const id = assertionId(claim)
  return find(list, id) ? `AlreadyAsserted: ${id}` : undefined
}

/** Why an assertion cannot be challenged or resolved at an L1 time. */
export function moveRefusal(
  list: readonly StoredAssertion[],
  id: Hex,
  move: 'challenge' | 'resolve',
  timestamp: bigint,
): Refusal {
  const stored = find(list, id)
  if (!stored) return `UnknownAssertion: ${id}`
  const status = statusOf(stored)
  if (status !== 'pending') return `NotPending: ${status}`
  const isOver = timestamp >= stored.assertion.challengeDeadline
  if (move === 'challenge') return isOver ? 'ChallengePeriodOver' : undefined
  return isOver ? undefined : 'ChallengePeriodRunning'
}

/** Takes back what happened above an L1 block. */
export function dropAssertionsAbove(list: StoredAssertion[], last: bigint): void {
  cutAbove(list, last, ({ history }) => history[0]!.l1Block)
  for (const { history } of list) cutAbove(history, last, ({ l1Block }) => l1Block)
}
