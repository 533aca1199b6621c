import {
  BaseError,
  type Assertion,
  type Clock,
  type Dispute,
  type ExecutionEngine,
  type Logger,
  type Metrics,
  type ProofSystem,
  type Settlement,
} from '@animechain/core'
import { boundedMap, type Emitter, type Mutex } from '@animechain/runtime'
import type { AppliedBatch } from '../chain/batchCodec.js'
import type { ChainStore } from '../chain/store.js'
import type { Derivation } from '../derivation/context.js'
import type { ServiceDefinition } from '../service.js'
import type { RollupEvents, ChallengerOptions } from '../types.js'
import { judge } from './judge.js'
import { outputOf } from './output.js'
import { assertionRights, type AssertionRights } from './rights.js'
import { assertionFollower, claimKey, collect, isSettled } from './scan.js'

/** Assertions remembered as reported. */
const MAX_REPORTED = 100_000

export interface ChallengerParts {
  store: ChainStore
  engine: ExecutionEngine
  settlement: Settlement
  proving: ProofSystem
  derivation: Derivation
  lock: Mutex
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Words of late. */
function recent(most: number) {
  const words = boundedMap<string, true>(most)
  return {
    /** Whether the word is new. */
    add(word: string): boolean {
      const isNew = !words.has(word)
      if (isNew) words.set(word, true)
      return isNew
    },
    has: (word: string) => words.has(word),
    delete: (word: string) => void words.delete(word),
  }
}

function meters(metrics: Metrics) {
  return {
    checked: metrics.counter({
      name: 'rollup_assertions_checked_total',
      help: 'Assertions compared with own outputs.',
    }),
    wrong: metrics.counter({
      name: 'rollup_wrong_assertions_total',
      help: 'Assertions that own execution contradicts.',
    }),
    accepted: metrics.counter({
      name: 'rollup_wrong_assertions_accepted_total',
      help: 'Those of them that L1 has accepted.',
    }),
    standing: metrics.gauge({
      name: 'rollup_wrong_assertions_standing',
      help: 'Wrong assertions that L1 has not rejected, nor accepted in a final block: somebody can still act.',
    }),
    unchecked: metrics.gauge({
      name: 'rollup_assertions_unchecked',
      help: 'Assertions about batches that this node has not derived yet.',
    }),
  }
}

/** What is followed, and what was said of it already. */
interface ChallengerContext extends ChallengerParts {
  /** Whether wrong assertions are disputed, and not only named. */
  challenge: boolean
  count: ReturnType<typeof meters>
  follower: ReturnType<typeof assertionFollower>
  rights: AssertionRights
  /** Those that say the right root and are not this node's claim. */
  apart: ReturnType<typeof recent>
  checked: ReturnType<typeof recent>
  reported: ReturnType<typeof recent>
  accepted: ReturnType<typeof recent>
  refusals: ReturnType<typeof recent>
}

/** What the proof system needs to know, from this node's chain. */
function disputeOf({ store }: ChallengerContext, assertion: Assertion, own: AppliedBatch): Dispute {
  const blocks = []
  for (let number = own.firstBlock; number <= own.lastBlock; number++) {
    const header = store.headerByNumber(number)!
    blocks.push({ header, input: store.blockInput(header.hash)! })
  }
  const agreed = store.headerByNumber(own.firstBlock - 1n)!
  return { assertion, expectedOutputRoot: own.outputRoot, agreed, blocks }
}

function report(
  { reported, accepted, count, events, logger }: ChallengerContext,
  assertion: Assertion,
  own: AppliedBatch,
): void {
  const { id, batchIndex, asserter, status } = assertion
  const about = {
    id,
    batchIndex,
    blockNumber: own.lastBlock,
    claimed: assertion.outputRoot,
    expected: own.outputRoot,
  }
  if (reported.add(claimKey(assertion))) {
    count.wrong.inc()
    logger.error('wrong assertion', { ...about, asserter, status })
    events.emit('wrongAssertion', { ...about, l1Block: own.l1Block, assertion })
  }
  if (status !== 'accepted') {
    // A reorg of L1 may take an acceptance back; another one is news again.
    accepted.delete(claimKey(assertion))
  } else if (accepted.add(claimKey(assertion))) {
    count.accepted.inc()
    logger.error('L1 accepted a wrong assertion; only the owner of the contracts can bar it now', {
      ...about,
      asserter,
    })
    events.emit('wrongAssertionAccepted', about)
  }
}

/** Compares all that are followed, and answers those that this node's own claim would dispute. */
async function compare(context: ChallengerContext): Promise<Assertion[]> {
  const { store, follower, rights, checked, apart, count, events } = context
  const against: Assertion[] = []
  const wrong: Assertion[] = []
  let unchecked = 0
  for (const [assertion, verdict] of await rights.judgeAll()) {
    if (verdict === 'unknown') {
      unchecked++
      continue
    }
    if (checked.add(claimKey(assertion))) {
      count.checked.inc()
      events.emit('assertionChecked', { assertion, verdict })
    }
    if (verdict === 'right') {
      // Both are final when it was read from a final block: nothing to see again.
      follower.forget(assertion)
      continue
    }
    if (verdict === 'wrong') {
      report(context, assertion, store.appliedBatch(assertion.batchIndex)!)
      wrong.push(assertion)
    } else apart.add(claimKey(assertion))
    against.push(assertion)
  }
  count.unchecked.set(unchecked)
  count.standing.set(wrong.filter(({ status }) => status !== 'rejected').length)
  return against
}

/** Executes the disputed blocks again, apart from what derivation stored. @throws VERIFIER_NOT_DETERMINISTIC when that gives something else */
async function examine(context: ChallengerContext, assertion: Assertion): Promise<boolean> {
  const { store, engine, proving, lock } = context
  return lock.run(async () => {
    const own = store.appliedBatch(assertion.batchIndex)
    // L1 reorganised since it was compared: the next look decides.
    if (!own || judge(assertion, own) !== 'wrong') return false
    const verdict = await proving.examine(
      disputeOf(context, assertion, own),
      async (parent, input) => (await engine.executeBlock(parent, input)).header,
      async (header) => (await outputOf(engine, header)).outputRoot,
    )
    if (verdict.assertionWrong) return true
    throw new BaseError('Two executions of the same blocks differ.', {
      code: 'VERIFIER_NOT_DETERMINISTIC',
      metaMessages: [`Expected ${own.outputRoot}, got ${verdict.expected} at block ${verdict.blockNumber}.`],
    })
  })
}

/**
 * Makes the right claim beside an assertion that this node does not share, so that it cannot run out without a rival. One that stands on a wrong parent falls
 * with it, and needs none.
 */
async function contest(context: ChallengerContext, assertion: Assertion, signal: AbortSignal): Promise<void> {
  const { settlement, rights, refusals, logger } = context
  const { batchIndex, id } = assertion
  if (rights.idOf(batchIndex) !== undefined || !(await rights.standsRight(assertion))) return
  // A claim costs a bond: a wrong root is looked at twice before it is made.
  const isWrong = judge(assertion, context.store.appliedBatch(batchIndex)) === 'wrong'
  if (isWrong && !(await examine(context, assertion))) return
  const claim = await rights.claimFor(batchIndex)
  if (!claim) return
  const result = await settlement.assert(claim, { signal })
  if (result.status === 'error') throw result.error
  if (result.status === 'ok') {
    if (result.id) rights.expect(batchIndex, result.id)
    logger.warn('assertion disputed', { id, batchIndex, rival: result.id })
  } else if (result.status === 'rejected' && refusals.add(`${claimKey(assertion)} ${result.reason}`))
    logger.warn('a rival assertion was refused', { id, reason: result.reason })
}

/** Ends what a dispute has decided against the assertion, and forgets what is final. */
async function conclude(
  { settlement, follower, challenge }: ChallengerContext,
  assertion: Assertion,
  signal: AbortSignal,
): Promise<void> {
  if (isSettled(assertion)) {
    if ((await follower.finalStatus(assertion)) === assertion.status) follower.forget(assertion)
    return
  }
  if (!challenge || (await settlement.decision(assertion.id)) !== 'rejected') return
  const result = await settlement.resolve(assertion.id, { signal })
  if (result.status === 'error') throw result.error
}

/** Looks at all assertions, and answers the wrong ones where they are to be acted on. What fails is noted, and does not keep the rest from being seen. */
async function look(context: ChallengerContext, note: (error: unknown) => void): Promise<Assertion[]> {
  const { derivation, store, follower, apart } = context
  const isDisputed = (assertion: Assertion) =>
    judge(assertion, store.appliedBatch(assertion.batchIndex)) === 'wrong' || apart.has(claimKey(assertion))
  let head = derivation.view?.head.hash
  // Assertions are about batches: those first. A batch whose data is withheld must not hide a lie about an earlier one.
  try {
    await derivation.tick()
    head = derivation.view?.head.hash
  } catch (error) {
    note(error)
    head = undefined
  }
  let isNews = true
  try {
    isNews = await follower.look(head, isDisputed)
  } catch (error) {
    note(error)
  }
  const against = await compare(context)
  return isNews ? against : against.filter(({ status }) => status === 'pending')
}

/** All are named by now. Rival claims wait for L1's blocks, so the looking goes on beside them. */
async function act(
  context: ChallengerContext,
  due: readonly Assertion[],
  { pollMs, signal, note }: { pollMs: number; signal: AbortSignal; note: (error: unknown) => void },
): Promise<void> {
  const rest = new AbortController()
  const acts = (async () => {
    for (const assertion of due) {
      if (signal.aborted) break
      // One that cannot be disputed now must not hide those behind it.
      if (context.challenge && !isSettled(assertion)) await contest(context, assertion, signal).catch(note)
      if (assertion.status !== 'pending') await conclude(context, assertion, signal).catch(note)
    }
    rest.abort()
  })()
  const either = AbortSignal.any([signal, rest.signal])
  while (due.length > 0 && !either.aborted) {
    await context.clock.sleep(pollMs, either)
    if (!either.aborted) await look(context, note)
  }
  await acts
}

/** Compares every assertion with this node's own output, and follows those that are wrong until L1 has finalised what became of them. */
export function challenger(
  { pollMs = 1000, challenge = false }: ChallengerOptions,
  parts: ChallengerParts,
): ServiceDefinition {
  const follower = assertionFollower(parts.settlement)
  const context: ChallengerContext = {
    ...parts,
    challenge,
    count: meters(parts.metrics),
    follower,
    rights: assertionRights({ ...parts, follower }),
    apart: recent(MAX_REPORTED),
    checked: recent(MAX_REPORTED),
    reported: recent(MAX_REPORTED),
    accepted: recent(MAX_REPORTED),
    refusals: recent(MAX_REPORTED),
  }
  return {
    name: 'challenger',
    pollMs,
    // A claim that fails again and again must not put off the naming of the next lie.
    maxBackoffMs: pollMs,
    async step(signal) {
      let failure: unknown
      const note = (error: unknown) => {
        failure ??= error
      }
      const against = await look(context, note)
      await act(context, challenge ? against : against.filter(isSettled), { pollMs, signal, note })
      if (challenge) await collect(context, { signal }).catch(note)
      if (failure !== undefined) throw failure
    },
  }
}
