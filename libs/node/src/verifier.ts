import {
  BaseError,
  type Assertion,
  type Clock,
  type Dispute,
  type ExecutionEngine,
  type Hex,
  type Logger,
  type Metrics,
  type ProofSystem,
  type Settlement,
} from '@animechain/core'
import type { ChainStore } from './chainStore.js'
import { outputOf, type Derivation } from './derivation.js'
import type { Emitter } from './emitter.js'
import type { Mutex } from './mutex.js'
import { assertionScan } from './proposer.js'
import type { ServiceDefinition } from './service.js'
import type { RollupEvents, VerifierOptions } from './types.js'

/** Assertions remembered as reported. */
const MAX_REPORTED = 100_000

export interface VerifierParts {
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

/** Compares every assertion that is not settled with this node's own output. */
export function verifier(
  { pollMs = 1000, challenge = false }: VerifierOptions,
  { store, engine, settlement, proving, derivation, lock, events, clock, logger, metrics }: VerifierParts,
): ServiceDefinition {
  const checked = metrics.counter({
    name: 'rollup_assertions_checked_total',
    help: 'Assertions compared with own outputs.',
  })
  const wrong = metrics.counter({
    name: 'rollup_wrong_assertions_total',
    help: 'Assertions that own execution contradicts.',
  })
  const scan = assertionScan(settlement)
  const reported = new Set<Hex>()
  const agreed = new Set<Hex>()

  /** What the proof system needs to know, from this node's chain. */
  function disputeOf(assertion: Assertion, expectedOutputRoot: Hex): Dispute {
    const batch = store.appliedBatch(assertion.batchIndex)!
    const blocks = []
    for (let number = batch.firstBlock; number <= batch.lastBlock; number++) {
      const header = store.headerByNumber(number)!
      blocks.push({ header, input: store.blockInput(header.hash)! })
    }
    return { assertion, expectedOutputRoot, agreed: store.headerByNumber(batch.firstBlock - 1n)!, blocks }
  }

  /** Names a wrong one. Answers whether it is to be challenged. */
  function examine(assertion: Assertion): boolean {
    const own = store.appliedBatch(assertion.batchIndex)
    // Not derived yet: the next look decides.
    if (!own) return false
    if (own.acc !== assertion.batchAcc) {
      // The list and the batches were read at different L1 blocks.
      return false
    }
    if (own.outputRoot === assertion.outputRoot) {
      if (!agreed.has(assertion.id)) checked.inc()
      agreed.add(assertion.id)
      scan.open.delete(assertion.id)
      return false
    }
    if (!reported.has(assertion.id)) {
      checked.inc()
      wrong.inc()
      if (reported.size >= MAX_REPORTED) reported.delete(reported.values().next().value!)
      reported.add(assertion.id)
      const report = {
        id: assertion.id,
        batchIndex: assertion.batchIndex,
        blockNumber: own.lastBlock,
        claimed: assertion.outputRoot,
        expected: own.outputRoot,
      }
      logger.error('wrong assertion', { ...report, asserter: assertion.asserter, status: assertion.status })
      events.emit('wrongAssertion', { ...report, l1Block: own.l1Block })
    }
    if (challenge && assertion.status === 'pending') return true
    if (!challenge || assertion.status !== 'challenged') scan.open.delete(assertion.id)
    return false
  }

  async function contest(assertion: Assertion, signal: AbortSignal): Promise<void> {
    // A challenge costs a bond: executed again, apart from what derivation stored, before it is made.
    const examined = await lock.run(async () => {
      const own = store.appliedBatch(assertion.batchIndex)
      // L1 reorganised since it was compared: the next look decides.
      if (!own || own.acc !== assertion.batchAcc) return
      const verdict = await proving.examine(
        disputeOf(assertion, own.outputRoot),
        async (parent, input) => (await engine.executeBlock(parent, input)).header,
        async (header) => (await outputOf(engine, header)).outputRoot,
      )
      return { verdict, expected: own.outputRoot }
    })
    if (!examined) return
    const { verdict, expected } = examined
    if (!verdict.assertionWrong)
      throw new BaseError('Two executions of the same blocks differ.', {
        code: 'VERIFIER_NOT_DETERMINISTIC',
        metaMessages: [`Expected ${expected}, got ${verdict.expected} at block ${verdict.blockNumber}.`],
      })
    const result = await settlement.challenge(assertion.id, { signal })
    if (result.status === 'error') throw result.error
    if (result.status === 'ok') {
      logger.warn('assertion challenged', { id: assertion.id, batchIndex: assertion.batchIndex })
      scan.open.delete(assertion.id)
    } else if (result.status === 'rejected') {
      logger.warn('a challenge was refused', { id: assertion.id, reason: result.reason })
      scan.open.delete(assertion.id)
    }
  }

  /** Compares all that are open, and answers those to be challenged. */
  async function look(): Promise<Assertion[]> {
    // Assertions are about batches: those first.
    await derivation.tick()
    await scan.scan()
    if (agreed.size > MAX_REPORTED) agreed.clear()
    return [...scan.open.values()].filter((assertion) => examine(assertion))
  }

  return {
    name: 'verifier',
    pollMs,
    // A challenge that fails again and again must not put off the naming of the next lie.
    maxBackoffMs: pollMs,
    async step(signal) {
      let failure: unknown
      const note = (error: unknown) => {
        failure ??= error
      }
      const disputed = await look()
      // All are named by now. Challenges wait for L1's blocks, so the looking goes on beside them.
      const rest = new AbortController()
      const contests = (async () => {
        for (const assertion of disputed) {
          if (signal.aborted) break
          // One that cannot be challenged now must not hide those behind it.
          await contest(assertion, signal).catch(note)
        }
        rest.abort()
      })()
      const either = AbortSignal.any([signal, rest.signal])
      while (disputed.length > 0 && !either.aborted) {
        await clock.sleep(pollMs, either)
        if (!either.aborted) await look().catch(note)
      }
      await contests
      if (failure !== undefined) throw failure
    },
  }
}
