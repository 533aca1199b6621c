import {
  outputHistory,
  type Assertion,
  type AssertionClaim,
  type AssertionRules,
  type ExecutionEngine,
  type Hash,
  type Hex,
  type Settlement,
} from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import type { AppliedBatch } from '../chain/batchCodec.js'
import type { ChainStore } from '../chain/store.js'
import { judge } from './judge.js'
import { outputOf } from './output.js'
import type { assertionFollower } from './scan.js'

/** Right assertions that are remembered, the newest of them. */
const MAX_RIGHT = 100_000
/** Histories that are remembered: they are asked for while their batch is young. */
const MAX_HISTORIES = 64

/**
 * What is said of an assertion. `wrong`: another output root than this node's. `apart`: this node's output root, but another history or another parent than its
 * own claim has, so that the two dispute each other. `unknown`: this node has not derived its batch yet.
 */
export type Verdict = 'unknown' | 'right' | 'wrong' | 'apart'

export interface RightsParts {
  store: ChainStore
  engine: ExecutionEngine
  settlement: Settlement
  follower: ReturnType<typeof assertionFollower>
}

export type OwnClaim = AssertionClaim & { proof: readonly Hash[] }

/** Judges assertions by this node's chain, and makes the claims that it would make itself. For a batch there is one right claim at most. */
export function assertionRights({ store, engine, settlement, follower }: RightsParts) {
  /** Ids by batch: those of final blocks of L1, and those after them, which each look finds anew. */
  const final = boundedMap<bigint, Hex>(MAX_RIGHT)
  const young = new Map<bigint, Hex>()
  const histories = boundedMap<Hash, { history: Hash; proof: Hash[] }>(MAX_HISTORIES)
  let newestFinal = -1n
  let known: AssertionRules | undefined
  const rules = async (): Promise<AssertionRules> => (known ??= await settlement.assertionRules())
  const idOf = (batchIndex: bigint): Hex | undefined => young.get(batchIndex) ?? final.get(batchIndex)

  /** Commitment to the outputs of the blocks from the batch of the parent on. */
  async function historyOf(batch: AppliedBatch): Promise<{ history: Hash; proof: Hash[] }> {
    const remembered = histories.get(batch.lastBlockHash)
    if (remembered) return remembered
    const { interval, historyHeight } = await rules()
    const first = batch.index < interval ? 1n : store.appliedBatch(batch.index - interval)!.lastBlock + 1n
    const roots: Hash[] = []
    for (let number = first; number <= batch.lastBlock; number++)
      roots.push((await outputOf(engine, store.headerByNumber(number)!)).outputRoot)
    const made = outputHistory(roots, historyHeight)
    histories.set(batch.lastBlockHash, made)
    return made
  }

  /** Whether the parent of an assertion is right: the genesis, or the right one for the batch before. */
  async function standsRight({ batchIndex, parent }: AssertionClaim): Promise<boolean> {
    const { interval } = await rules()
    return batchIndex < interval
      ? parent === undefined
      : parent !== undefined && idOf(batchIndex - interval) === parent
  }

  async function verdictOf(assertion: Assertion): Promise<Verdict> {
    const own = store.appliedBatch(assertion.batchIndex)
    const said = judge(assertion, own)
    if (said !== 'right') return said
    // What L1 has accepted is what the next ones build on, whatever its history.
    if (assertion.status === 'accepted') return 'right'
    if (!(await standsRight(assertion))) return 'apart'
    return (await historyOf(own!)).history === assertion.history ? 'right' : 'apart'
  }

  return {
    standsRight,
    /** Judges all that are followed, in their order: parents come before their children. */
    async judgeAll(): Promise<Map<Assertion, Verdict>> {
      young.clear()
      const verdicts = new Map<Assertion, Verdict>()
      for (const assertion of follower.all()) {
        const verdict = await verdictOf(assertion)
        verdicts.set(assertion, verdict)
        if (verdict !== 'right') continue
        const { batchIndex, id } = assertion
        if (follower.isFinal(assertion)) {
          final.set(batchIndex, id)
          if (batchIndex > newestFinal) newestFinal = batchIndex
        } else young.set(batchIndex, id)
      }
      return verdicts
    },
    /** The id of the right assertion for a batch; undefined: nobody made it. */
    idOf,
    /** The newest batch with a right assertion; -1: there is none. */
    newest: (): bigint =>
      [...young.keys()].reduce((most, index) => (index > most ? index : most), newestFinal),
    /** Takes note of an assertion that was just made, until the next look. */
    expect: (batchIndex: bigint, id: Hex) => void young.set(batchIndex, id),
    rules,
    /** What this node claims for a batch; undefined while the batch, or the right claim for its parent's, is not there. */
    async claimFor(batchIndex: bigint): Promise<OwnClaim | undefined> {
      const { interval } = await rules()
      const batch = store.appliedBatch(batchIndex)
      const parent = batchIndex < interval ? undefined : idOf(batchIndex - interval)
      if (!batch || (batchIndex >= interval && parent === undefined)) return undefined
      const { acc: batchAcc, lastBlock: blockNumber, outputRoot } = batch
      return { batchIndex, batchAcc, blockNumber, outputRoot, parent, ...(await historyOf(batch)) }
    },
  }
}

export type AssertionRights = ReturnType<typeof assertionRights>
