import {
  bigIntToBytes,
  concatBytes,
  hexToBytes,
  keccak256Hex,
  type Address,
  type Assertion,
  type AssertionClaim,
  type AssertionRules,
  type AssertionStatus,
  type BatchRecord,
  type Hash,
  type Hex,
} from '@animechain/core'
import { lastBlockOf } from './inbox.js'
import type { Refusal } from './inboxRules.js'
import { cutAbove } from './l1Blocks.js'

export interface StoredAssertion {
  readonly assertion: Omit<Assertion, 'status'>
  /** Changes of status with the L1 block of each, for reorgs; never empty. */
  readonly history: { l1Block: bigint; status: AssertionStatus }[]
}

export const assertionId = ({ outputRoot, batchAcc, batchIndex, parent, history }: AssertionClaim): Hex =>
  keccak256Hex(
    concatBytes(
      ...[outputRoot, batchAcc, history, parent ?? '0x'].map(hexToBytes),
      bigIntToBytes(batchIndex, 32),
    ),
  )

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
  { proof: _proof, ...claim }: NewClaim,
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

/** A claim as it is made. */
export type NewClaim = AssertionClaim & { proof: readonly Hash[] }

/** Whether two assertions are about the same batch on the same parent. */
const sameTournament = (a: AssertionClaim, b: AssertionClaim): boolean =>
  a.parent === b.parent && a.batchIndex === b.batchIndex

/** Those that dispute an assertion, or are disputed by it. */
export const rivalsOf = (list: readonly StoredAssertion[], stored: StoredAssertion): StoredAssertion[] =>
  list.filter((other) => other !== stored && sameTournament(other.assertion, stored.assertion))

/** The root that the last leaf and its siblings have. */
const historyOf = ({ outputRoot, proof }: NewClaim): Hash =>
  proof.reduce<Hash>(
    (right, left) => keccak256Hex(concatBytes(hexToBytes(left), hexToBytes(right))),
    outputRoot,
  )

/** Why the parent of a claim is none. */
function parentRefusal(
  list: readonly StoredAssertion[],
  { batchIndex, parent }: AssertionClaim,
  interval: bigint,
): Refusal {
  const stored = parent === undefined ? undefined : find(list, parent)
  if (parent !== undefined && (!stored || statusOf(stored) === 'rejected')) return `BadParent: ${parent}`
  const expected = (stored ? stored.assertion.batchIndex : -1n) + interval
  return batchIndex === expected ? undefined : `WrongBatch: ${batchIndex}, expected ${expected}`
}

/** Why an assertion is not taken: it must be of a batch as the inbox has it, on a parent that stands, and the first of its kind. */
export function claimRefusal(
  list: readonly StoredAssertion[],
  batch: BatchRecord | undefined,
  claim: NewClaim,
  { interval, historyHeight }: AssertionRules,
): Refusal {
  const bad = parentRefusal(list, claim, interval)
  if (bad !== undefined) return bad
  if (!batch) return `UnknownBatch: ${claim.batchIndex}`
  const last = lastBlockOf(batch.header)
  if (batch.acc !== claim.batchAcc || last !== claim.blockNumber)
    return `BatchMismatch: batch ${claim.batchIndex} ends at block ${last}`
  if (claim.proof.length !== historyHeight || historyOf(claim) !== claim.history)
    return `WrongHistory: ${claim.history}`
  const id = assertionId(claim)
  if (find(list, id)) return `AlreadyAsserted: ${id}`
  const decided = list.find(
    (stored) => sameTournament(stored.assertion, claim) && statusOf(stored) === 'accepted',
  )
  return decided ? `AlreadyDecided: ${decided.assertion.id}` : undefined
}

/** What resolving an assertion would come to at an L1 time, or why it does not. */
export function outcomeOf(
  list: readonly StoredAssertion[],
  id: Hex,
  timestamp: bigint,
): { outcome: 'accepted' | 'rejected' } | { refusal: string } {
  const stored = find(list, id)
  if (!stored) return { refusal: `UnknownAssertion: ${id}` }
  const status = statusOf(stored)
  if (status === 'accepted' || status === 'rejected') return { refusal: `Settled: ${status}` }
  const parent = stored.assertion.parent && find(list, stored.assertion.parent)
  if (parent && statusOf(parent) === 'rejected') return { outcome: 'rejected' }
  const rivals = rivalsOf(list, stored).map((rival) => statusOf(rival))
  if (rivals.includes('accepted')) return { outcome: 'rejected' }
  if (parent && statusOf(parent) !== 'accepted') return { refusal: 'ParentNotAccepted' }
  if (status === 'disputed' && rivals.some((rival) => rival !== 'rejected')) return { refusal: 'Disputed' }
  return timestamp >= stored.assertion.challengeDeadline
    ? { outcome: 'accepted' }
    : { refusal: 'ChallengePeriodRunning' }
}

/** Takes back what happened above an L1 block. */
export function dropAssertionsAbove(list: StoredAssertion[], last: bigint): void {
  cutAbove(list, last, ({ history }) => history[0]!.l1Block)
  for (const { history } of list) cutAbove(history, last, ({ l1Block }) => l1Block)
}
