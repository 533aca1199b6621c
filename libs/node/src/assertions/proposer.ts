import type {
  Assertion,
  Clock,
  ExecutionEngine,
  Hash,
  Hex,
  Logger,
  Metrics,
  Settlement,
} from '@animechain/core'
import { boundedMap, stopwatch, type BoundedMap, type Emitter, type Stopwatch } from '@animechain/runtime'
import type { ChainStore } from '../chain/store.js'
import type { Derivation } from '../derivation/context.js'
import type { ServiceDefinition } from '../service.js'
import type { ProposerOptions, RollupEvents } from '../types.js'
import { isUp, shouldResolve } from './judge.js'
import { assertionRights, type AssertionRights, type Verdict } from './rights.js'
import { assertionFollower, collect, isSettled } from './scan.js'

export interface ProposerParts {
  store: ChainStore
  engine: ExecutionEngine
  settlement: Settlement
  derivation: Derivation
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Assertions made at one look: each waits for L1, and the next look sees what became of them. */
const MAX_AT_ONCE = 16
/** Assertions of others that are remembered as endorsed, or refused so. */
const MAX_ENDORSED = 10_000

interface ProposerContext extends ProposerParts {
  options: Required<ProposerOptions>
  follower: ReturnType<typeof assertionFollower>
  rights: AssertionRights
  made: ReturnType<Metrics['counter']>
  /** ids that need no endorsement any more: made here, or endorsed */
  endorsed: BoundedMap<Hex, true>
  verdicts: ReadonlyMap<Assertion, Verdict>
  hasAsserted: boolean
  sinceAsserted: Stopwatch
  /** L1's head when the last assertion was made: until it moves, the list is not known to have it. */
  assertedAt: Hash | undefined
  /** since no batch waited for its assertion */
  due: Stopwatch
}

function newContext(
  { pollMs = 2000, minIntervalSeconds = 0, resolve = true }: ProposerOptions,
  parts: ProposerParts,
): ProposerContext {
  const { clock, metrics, settlement } = parts
  const follower = assertionFollower(settlement)
  return {
    ...parts,
    options: { pollMs, minIntervalSeconds, resolve },
    follower,
    rights: assertionRights({ ...parts, follower }),
    made: metrics.counter({ name: 'rollup_assertions_total', help: 'Assertions made by this node.' }),
    endorsed: boundedMap(MAX_ENDORSED),
    verdicts: new Map(),
    hasAsserted: false,
    sinceAsserted: stopwatch(clock),
    assertedAt: undefined,
    due: stopwatch(clock),
  }
}

/** Asserts one batch. Answers whether it did, so that the next one can build on it. */
async function assertBatch(
  context: ProposerContext,
  batchIndex: bigint,
  signal: AbortSignal,
): Promise<boolean> {
  const { settlement, rights, events, logger, made, sinceAsserted, endorsed } = context
  const claim = await rights.claimFor(batchIndex)
  if (!claim) return false
  const { proof: _proof, ...about } = claim
  const result = await settlement.assert(claim, { signal })
  switch (result.status) {
    case 'ok':
      context.hasAsserted = true
      sinceAsserted.restart()
      made.inc()
      if (result.id) {
        rights.expect(batchIndex, result.id)
        endorsed.set(result.id, true)
      }
      logger.info('output asserted', { ...about, id: result.id })
      events.emit('asserted', { ...about, id: result.id })
      return result.id !== undefined
    case 'rejected':
      // Its batch was reorged away, or the same claim stands already: the next look tells.
      logger.info('an assertion was refused', { ...about, reason: result.reason })
      return false
    case 'feeTooHigh':
      logger.info('L1 fees are above the ceiling: assertions wait', { baseFee: result.baseFee })
      return false
    case 'error':
      throw result.error
  }
}

/** Asserts the batches that wait, each on the one before. */
async function propose(context: ProposerContext, head: Hash, signal: AbortSignal): Promise<void> {
  const { store, rights, options, due, sinceAsserted } = context
  const { interval } = await rights.rules()
  let next = rights.newest() + interval
  if (next >= store.batchCount || context.assertedAt === head) return due.restart()
  if (context.hasAsserted && sinceAsserted.elapsed() < options.minIntervalSeconds * 1000) return due.restart()
  for (let made = 0; made < MAX_AT_ONCE && next < store.batchCount && !signal.aborted; made++) {
    if (!(await assertBatch(context, next, signal))) return
    context.assertedAt = head
    next += interval
  }
}

/** Claims of others that say what this node would say: clients are to find them as its own. */
async function endorse(context: ProposerContext, signal: AbortSignal): Promise<void> {
  const { settlement, endorsed, verdicts, logger } = context
  for (const [assertion, verdict] of settlement.endorse ? verdicts : []) {
    const { id, batchIndex, asserter } = assertion
    if (verdict !== 'right' || isSettled(assertion) || endorsed.has(id)) continue
    const result = await settlement.endorse!(id, { signal })
    if (result.status === 'error') throw result.error
    if (result.status === 'feeTooHigh') return
    endorsed.set(id, true)
    if (result.status === 'ok')
      logger.info('endorsed an assertion of somebody else', { id, batchIndex, asserter })
  }
}

/** Settles an assertion, or forgets it when nothing can come of it any more. */
async function conclude(context: ProposerContext, assertion: Assertion, signal: AbortSignal): Promise<void> {
  const { settlement, follower, verdicts, logger } = context
  if (isSettled(assertion)) {
    if ((await follower.finalStatus(assertion)) === assertion.status) follower.forget(assertion)
    return
  }
  const isRight = verdicts.get(assertion) === 'right'
  if (!shouldResolve(await settlement.decision(assertion.id), isRight)) return
  const result = await settlement.resolve(assertion.id, { signal })
  if (result.status === 'error') throw result.error
  const about = { id: assertion.id, batchIndex: assertion.batchIndex }
  if (result.status === 'ok') logger.info('assertion settled', about)
  // Somebody else settled it, or L1's clock is a little behind.
  else logger.debug('an assertion was not settled yet', { ...about, status: result.status })
}

async function step(context: ProposerContext, signal: AbortSignal): Promise<void> {
  const { derivation, follower, rights, options, due } = context
  const { view, caughtUp } = derivation
  if (!caughtUp || !view) return due.restart()
  const isDue = (assertion: Assertion) => isUp(assertion, view.head.timestamp)
  let failure: unknown
  const note = (error: unknown) => {
    failure ??= error
  }
  let isNews = true
  await follower.look(view.head.hash, isDue).then((changed) => (isNews = changed), note)
  if (isNews) context.verdicts = await rights.judgeAll()
  await propose(context, view.head.hash, signal).catch(note)
  if (isNews) await endorse(context, signal).catch(note)
  for (const assertion of options.resolve && isNews ? follower.all() : []) {
    if (signal.aborted) break
    // One that cannot be settled now must not hide those behind it.
    if (isDue(assertion)) await conclude(context, assertion, signal).catch(note)
  }
  if (isNews) await collect(context, { signal }).catch(note)
  if (failure !== undefined) throw failure
}

/** Asserts the outputs of safe batches, settles what is decided and claims this node's bonds. What it has done already it reads from L1. */
export function proposer(
  options: ProposerOptions,
  parts: ProposerParts,
): ServiceDefinition & {
  /** milliseconds for which a batch has been waiting for its assertion; 0: none does */
  readonly dueForMs: number
} {
  const context = newContext(options, parts)
  return {
    name: 'proposer',
    pollMs: context.options.pollMs,
    get dueForMs() {
      return context.due.elapsed()
    },
    step: (signal) => step(context, signal),
  }
}
