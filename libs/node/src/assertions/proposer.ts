import type { Assertion, Clock, Hash, Logger, Metrics, Settlement } from '@animechain/core'
import { stopwatch, type Emitter, type Stopwatch } from '@animechain/runtime'
import type { ChainStore } from '../chain/store.js'
import type { Derivation } from '../derivation/context.js'
import type { ServiceDefinition } from '../service.js'
import type { ProposerOptions, RollupEvents } from '../types.js'
import { isUp, judge, newestToAssert, shouldResolve } from './judge.js'
import { assertionFollower, collectBond, isSettled } from './scan.js'

export interface ProposerParts {
  store: ChainStore
  settlement: Settlement
  derivation: Derivation
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

interface ProposerContext extends ProposerParts {
  options: Required<ProposerOptions>
  follower: ReturnType<typeof assertionFollower>
  made: ReturnType<Metrics['counter']>
  /** Newest batch that some assertion with our root covers, in L1 blocks that are final. */
  coveredForGood: bigint
  /** The same, also in younger blocks: found anew whenever L1 moves, because a reorg may take it back. */
  covered: bigint
  hasAsserted: boolean
  sinceAsserted: Stopwatch
  /** L1's head when the last assertion was made: until it moves, the list is not known to have it. */
  assertedAt: Hash | undefined
  /** since no batch waited for its assertion */
  due: Stopwatch
}

function newContext(
  { pollMs = 2000, everyBatches = 1, minIntervalSeconds = 0, resolve = true }: ProposerOptions,
  parts: ProposerParts,
): ProposerContext {
  const { clock, metrics, settlement } = parts
  return {
    ...parts,
    options: { pollMs, everyBatches, minIntervalSeconds, resolve },
    follower: assertionFollower(settlement),
    made: metrics.counter({ name: 'rollup_assertions_total', help: 'Assertions made by this node.' }),
    coveredForGood: -1n,
    covered: -1n,
    hasAsserted: false,
    sinceAsserted: stopwatch(clock),
    assertedAt: undefined,
    due: stopwatch(clock),
  }
}

const isRight = ({ store }: ProposerContext, assertion: Assertion): boolean =>
  judge(assertion, store.appliedBatch(assertion.batchIndex)) === 'right'

/** The newest batch that some assertion with our root covers. */
function findCovered(context: ProposerContext): bigint {
  const { store, follower, coveredForGood } = context
  // From the newest on, so that few need to be compared.
  let newest = coveredForGood < store.batchCount ? coveredForGood : store.batchCount - 1n
  for (const assertion of [...follower.all()].reverse())
    if (assertion.batchIndex > newest && isRight(context, assertion)) newest = assertion.batchIndex
  return newest
}

async function propose(context: ProposerContext, head: Hash, signal: AbortSignal): Promise<void> {
  const { store, settlement, events, logger, options, made, due, sinceAsserted } = context
  const index = newestToAssert(store.batchCount, options.everyBatches)
  const batch = store.appliedBatch(index)
  if (!batch || index <= context.covered || context.assertedAt === head) return due.restart()
  if (context.hasAsserted && sinceAsserted.elapsed() < options.minIntervalSeconds * 1000) return due.restart()
  const claim = {
    batchIndex: batch.index,
    batchAcc: batch.acc,
    blockNumber: batch.lastBlock,
    outputRoot: batch.outputRoot,
  }
  const result = await settlement.assert(claim, { signal })
  switch (result.status) {
    case 'ok':
      context.hasAsserted = true
      sinceAsserted.restart()
      context.assertedAt = head
      made.inc()
      logger.info('output asserted', { ...claim, id: result.id })
      events.emit('asserted', { ...claim, id: result.id })
      return
    case 'rejected':
      // Its batch was reorged away, or the same claim stands already: the next look tells.
      logger.info('an assertion was refused', { ...claim, reason: result.reason })
      return
    case 'feeTooHigh':
      logger.info('L1 fees are above the ceiling: assertions wait', { baseFee: result.baseFee })
      return
    case 'error':
      throw result.error
  }
}

/** Settles an assertion, or claims what it owes, or forgets it when nothing can come of it any more. */
async function conclude(context: ProposerContext, assertion: Assertion, signal: AbortSignal): Promise<void> {
  const { settlement, follower, logger } = context
  if (isSettled(assertion)) {
    if (!(await collectBond({ settlement, logger }, assertion, { signal }))) return
    if ((await follower.finalStatus(assertion)) !== assertion.status) return
    if (isRight(context, assertion) && assertion.batchIndex > context.coveredForGood)
      context.coveredForGood = assertion.batchIndex
    return follower.forget(assertion)
  }
  if (!shouldResolve(await settlement.decision(assertion.id), isRight(context, assertion))) return
  const result = await settlement.resolve(assertion.id, { signal })
  if (result.status === 'error') throw result.error
  const about = { id: assertion.id, batchIndex: assertion.batchIndex }
  if (result.status === 'ok') logger.info('assertion settled', about)
  // Somebody else settled it, or L1's clock is a little behind.
  else logger.debug('an assertion was not settled yet', { ...about, status: result.status })
}

async function step(context: ProposerContext, signal: AbortSignal): Promise<void> {
  const { derivation, follower, options, due } = context
  const { view, caughtUp } = derivation
  if (!caughtUp || !view) return due.restart()
  const isDue = (assertion: Assertion) => isUp(assertion, view.head.timestamp)
  let failure: unknown
  const note = (error: unknown) => {
    failure ??= error
  }
  let isNews = true
  await follower.look(view.head.hash, isDue).then((changed) => (isNews = changed), note)
  if (isNews) context.covered = findCovered(context)
  await propose(context, view.head.hash, signal).catch(note)
  for (const assertion of options.resolve && isNews ? follower.all() : []) {
    if (signal.aborted) break
    // One that cannot be settled now must not hide those behind it.
    if (isDue(assertion)) await conclude(context, assertion, signal).catch(note)
  }
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
