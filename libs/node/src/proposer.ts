import type { Assertion, Clock, Hash, Logger, Metrics, Settlement } from '@animechain/core'
import { type Emitter, stopwatch } from '@animechain/runtime'
import { assertionFollower, collectBond, isSettled } from './assertions.js'
import type { ChainStore } from './chainStore.js'
import type { Derivation } from './derivation/context.js'
import type { ServiceDefinition } from './service.js'
import type { ProposerOptions, RollupEvents } from './types.js'

export interface ProposerParts {
  store: ChainStore
  settlement: Settlement
  derivation: Derivation
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/**
 * Whether to settle an assertion that is decided. What is wrong by this node's own execution is not helped to be accepted; a rejection stands whoever asks
 * for it, and pays the bonds out.
 */
export const shouldResolve = (decision: 'accepted' | 'rejected' | undefined, isRight: boolean): boolean =>
  decision === 'rejected' || (decision === 'accepted' && isRight)

/** Asserts the outputs of safe batches, settles what is decided and claims this node's bonds. What it has done already it reads from L1. */
export function proposer(
  { pollMs = 2000, everyBatches = 1, minIntervalSeconds = 0, resolve = true }: ProposerOptions,
  { store, settlement, derivation, events, clock, logger, metrics }: ProposerParts,
): ServiceDefinition & {
  /** milliseconds for which a batch has been waiting for its assertion; 0: none does */
  readonly dueForMs: number
} {
  const made = metrics.counter({ name: 'rollup_assertions_total', help: 'Assertions made by this node.' })
  const follower = assertionFollower(settlement)
  /** Newest batch that some assertion with our root covers, in L1 blocks that are final. */
  let coveredForGood = -1n
  /** The same, also in younger blocks: found anew whenever L1 moves, because a reorg may take it back. */
  let covered = -1n
  let hasAsserted = false
  const sinceAsserted = stopwatch(clock)
  /** L1's head when the last assertion was made: until it moves, the list is not known to have it. */
  let assertedAt: Hash | undefined
  const due = stopwatch(clock)

  const isRight = (assertion: Assertion): boolean => {
    const own = store.appliedBatch(assertion.batchIndex)
    return own?.outputRoot === assertion.outputRoot && own.acc === assertion.batchAcc
  }

  function findCovered(): bigint {
    // From the newest on, so that few need to be compared.
    let newest = coveredForGood < store.batchCount ? coveredForGood : store.batchCount - 1n
    for (const assertion of [...follower.all()].reverse())
      if (assertion.batchIndex > newest && isRight(assertion)) newest = assertion.batchIndex
    return newest
  }

  async function propose(head: Hash, signal: AbortSignal): Promise<void> {
    const every = BigInt(everyBatches)
    // The newest batch whose number (counted from 1) is a multiple of `everyBatches`.
    const index = (store.batchCount / every) * every - 1n
    const batch = store.appliedBatch(index)
    if (!batch || index <= covered || assertedAt === head) return due.restart()
    if (hasAsserted && sinceAsserted.elapsed() < minIntervalSeconds * 1000) return due.restart()
    const claim = {
      batchIndex: batch.index,
      batchAcc: batch.acc,
      blockNumber: batch.lastBlock,
      outputRoot: batch.outputRoot,
    }
    const result = await settlement.assert(claim, { signal })
    switch (result.status) {
      case 'ok':
        hasAsserted = true
        sinceAsserted.restart()
        assertedAt = head
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
  async function conclude(assertion: Assertion, signal: AbortSignal): Promise<void> {
    if (isSettled(assertion)) {
      if (!(await collectBond({ settlement, logger }, assertion, { signal }))) return
      if ((await follower.finalStatus(assertion)) !== assertion.status) return
      if (isRight(assertion) && assertion.batchIndex > coveredForGood) coveredForGood = assertion.batchIndex
      return follower.forget(assertion)
    }
    if (!shouldResolve(await settlement.decision(assertion.id), isRight(assertion))) return
    const result = await settlement.resolve(assertion.id, { signal })
    if (result.status === 'error') throw result.error
    const about = { id: assertion.id, batchIndex: assertion.batchIndex }
    if (result.status === 'ok') logger.info('assertion settled', about)
    // Somebody else settled it, or L1's clock is a little behind.
    else logger.debug('an assertion was not settled yet', { ...about, status: result.status })
  }

  return {
    name: 'proposer',
    pollMs,
    get dueForMs() {
      return due.elapsed()
    },
    async step(signal) {
      const { view, caughtUp } = derivation
      if (!caughtUp || !view) return due.restart()
      // One that runs out unchallenged is of no interest before its time.
      const isDue = ({ status, challengeDeadline }: Assertion) =>
        status !== 'pending' || view.head.timestamp >= challengeDeadline
      let failure: unknown
      const note = (error: unknown) => {
        failure ??= error
      }
      let isNews = true
      await follower.look(view.head.hash, isDue).then((changed) => (isNews = changed), note)
      if (isNews) covered = findCovered()
      await propose(view.head.hash, signal).catch(note)
      for (const assertion of resolve && isNews ? follower.all() : []) {
        if (signal.aborted) break
        // One that cannot be settled now must not hide those behind it.
        if (isDue(assertion)) await conclude(assertion, signal).catch(note)
      }
      if (failure !== undefined) throw failure
    },
  }
}
