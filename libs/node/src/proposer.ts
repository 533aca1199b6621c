import type { Assertion, Clock, Hex, Logger, Metrics, Settlement } from '@animechain/core'
import type { ChainStore } from './chainStore.js'
import type { Derivation } from './derivation.js'
import type { Emitter } from './emitter.js'
import type { ServiceDefinition } from './service.js'
import type { ProposerOptions, RollupEvents } from './types.js'

/** Assertions fetched together. */
export const PAGE = 100
/** Assertions that one scan follows until they are settled; older ones wait. */
const MAX_OPEN = 10_000

/** Walks the list of assertions from where it stopped and keeps those that are not settled. A list that changed under it is walked again. */
export function assertionScan(settlement: Settlement) {
  const open = new Map<Hex, Assertion>()
  let next = 0n
  let lastSeen: Hex | undefined
  return {
    /** Known and not settled, refreshed. */
    open,
    /** Answers those seen for the first time; all of them when the list is walked `anew`. */
    async scan(): Promise<{ fresh: Assertion[]; anew: boolean }> {
      const count = await settlement.assertionCount()
      let anew = false
      if (next > 0n) {
        const [last] = next <= count ? await settlement.getAssertions(next - 1n, 1) : []
        if (last?.id !== lastSeen) {
          anew = true
          next = 0n
          lastSeen = undefined
          open.clear()
        }
      }
      const fresh: Assertion[] = []
      const before = next
      while (next < count && open.size < MAX_OPEN) {
        // Fewer may come back: the list may hold games of other kinds.
        const page = await settlement.getAssertions(next, PAGE)
        for (const assertion of page) {
          fresh.push(assertion)
          if (assertion.status === 'pending' || assertion.status === 'challenged')
            open.set(assertion.id, assertion)
        }
        next = next + BigInt(PAGE) < count ? next + BigInt(PAGE) : count
      }
      if (next > before) lastSeen = (await settlement.getAssertions(next - 1n, 1))[0]?.id
      return { fresh, anew }
    },
  }
}

export interface ProposerParts {
  store: ChainStore
  settlement: Settlement
  derivation: Derivation
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Asserts the outputs of safe batches and accepts what ran out unchallenged. What it has done already it reads from L1. */
export function proposer(
  { pollMs = 2000, everyBatches = 1, minIntervalSeconds = 0, resolve = true }: ProposerOptions,
  { store, settlement, derivation, events, clock, logger, metrics }: ProposerParts,
): ServiceDefinition {
  const made = metrics.counter({ name: 'rollup_assertions_total', help: 'Assertions made by this node.' })
  const scan = assertionScan(settlement)
  /** Newest batch that some assertion with our root covers. */
  let covered = -1n
  let lastAt = 0
  let resolveFailures = new Map<Hex, number>()

  async function propose(signal: AbortSignal): Promise<void> {
    const every = BigInt(everyBatches)
    // The newest batch whose number (counted from 1) is a multiple of `everyBatches`.
    const index = (store.batchCount / every) * every - 1n
    const batch = store.appliedBatch(index)
    if (!batch || index <= covered || clock.now() - lastAt < minIntervalSeconds * 1000) return
    const claim = {
      batchIndex: batch.index,
      batchAcc: batch.acc,
      blockNumber: batch.lastBlock,
      outputRoot: batch.outputRoot,
    }
    const result = await settlement.assert(claim, { signal })
    switch (result.status) {
      case 'ok':
        covered = index
        lastAt = clock.now()
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

  async function resolveOld(now: bigint, signal: AbortSignal): Promise<void> {
    for (const assertion of [...scan.open.values()]) {
      // Disputes end without this service.
      if (assertion.status !== 'pending') scan.open.delete(assertion.id)
      if (assertion.status !== 'pending' || now < assertion.challengeDeadline) continue
      // What is wrong by our own execution is not helped along.
      const own = store.appliedBatch(assertion.batchIndex)
      if (own && own.outputRoot !== assertion.outputRoot) {
        scan.open.delete(assertion.id)
        continue
      }
      const failures = resolveFailures.get(assertion.id) ?? 0
      if (failures >= 5) {
        scan.open.delete(assertion.id)
        resolveFailures.delete(assertion.id)
        continue
      }
      const result = await settlement.resolve(assertion.id, { signal })
      if (result.status === 'ok') {
        scan.open.delete(assertion.id)
        logger.info('assertion accepted', { id: assertion.id, batchIndex: assertion.batchIndex })
      } else if (result.status === 'rejected') {
        // Somebody else settled or challenged it, or L1's clock is a little behind.
        resolveFailures.set(assertion.id, failures + 1)
        logger.debug('an assertion was not accepted yet', { id: assertion.id, reason: result.reason })
      } else if (result.status === 'error') throw result.error
      else return
    }
  }

  return {
    name: 'proposer',
    pollMs,
    async step(signal) {
      if (!derivation.caughtUp || !derivation.view) return
      const before = scan.open.size
      const { fresh, anew } = await scan.scan()
      if (before > 0 && scan.open.size === 0) resolveFailures = new Map()
      // A reorg may have taken assertions away, also where it left their batches.
      if (anew) covered = -1n
      if (covered >= store.batchCount) covered = store.batchCount - 1n
      for (const assertion of fresh) {
        const own = store.appliedBatch(assertion.batchIndex)
        if (own?.outputRoot === assertion.outputRoot && own.acc === assertion.batchAcc && own.index > covered)
          covered = own.index
      }
      await propose(signal)
      if (resolve) await resolveOld(derivation.view.head.timestamp, signal)
    },
  }
}
