import type { InboxView } from '@animechain/core'
import { firstWithout } from '../chain/search.js'
import type { ServiceDefinition } from '../service.js'
import type { DerivationOptions } from '../types.js'
import { applyBatch } from './apply.js'
import { cursor, newContext, newState, type DerivationContext, type DerivationParts } from './context.js'
import { behind } from './l1Watch.js'
import { followReorg } from './reorg.js'

/** Longest pause after a look at L1 that failed: what was wrong may be over at any time. milliseconds */
const MAX_BACKOFF_MS = 3_000

export type DerivationService = ServiceDefinition & {
  readonly view: InboxView | undefined
  readonly caughtUp: boolean
  readonly mayBuild: boolean
  /** Forgets what was seen: before a start. */
  reset(): void
}

/** The newest batch in an L1 block that is final: its L1 block is part of its accumulator. */
async function finalize({ store, events }: DerivationContext, now: InboxView): Promise<void> {
  const isFinal = (index: bigint) => store.appliedBatch(index)!.l1Block.number <= now.finalized.number
  const batch = store.appliedBatch(firstWithout(store.finalBatchCount, store.batchCount, isFinal) - 1n)
  if (!batch) return
  const header = store.headerByNumber(batch.lastBlock)
  if (!header || header.number <= store.head('finalized').number) return
  await store.setFinalized(header)
  events.emit('finalized', { header })
}

/** Whether this look says nothing new. @throws {BaseError} `DERIVATION_L1_BEHIND` where no lag explains it */
function isBehind({ store, state, options, heads, logger }: DerivationContext, now: InboxView): boolean {
  const { view } = state
  const applied = cursor(store)?.l1Block.number ?? 0n
  // Before the first complete look since a start, what was applied tells how far L1 was.
  const below = view === undefined && !options.undoFinalized && now.head.number < applied
  if (!below && !(view && heads.isOlder(now))) return false
  const expected = view ? view.head.number : applied
  if (below || heads.lagsTooLong()) throw behind(now.head.number, expected)
  logger.debug('L1 answers with an older head than before', { seen: expected, head: now.head.number })
  return true
}

/** Applies what the inbox has more than this node. False: it was stopped before the end. */
async function applyNew(
  context: DerivationContext,
  { batchCount }: InboxView,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, settlement, options, meters } = context
  while (store.batchCount < batchCount) {
    if (signal.aborted) return false
    const to = store.batchCount + BigInt(options.batchesPerStep)
    for (const record of await settlement.getBatches(store.batchCount, to < batchCount ? to : batchCount)) {
      if (signal.aborted) return false
      await applyBatch(context, record, signal)
      meters.batches.set(Number(store.batchCount))
      meters.safe.set(Number(store.head('safe').number))
    }
  }
  return true
}

function showHeads({ store, meters }: DerivationContext, now: InboxView): void {
  meters.l1.set(Number(now.head.number))
  meters.unsafe.set(Number(store.head('latest').number))
  meters.safe.set(Number(store.head('safe').number))
  meters.finalized.set(Number(store.head('finalized').number))
}

async function look(context: DerivationContext, signal: AbortSignal): Promise<void> {
  const { settlement, state, heads } = context
  const now = await settlement.view()
  if (isBehind(context, now)) return
  // The same L1 head says the same as before; the first look after a start and after a failure checks all the same.
  if (!state.caughtUp || state.view?.head.hash !== now.head.hash) await followReorg(context, now)
  if (!(await applyNew(context, now, signal))) return
  await finalize(context, now)
  heads.take(now)
  state.view = now
  state.caughtUp = true
  showHeads(context, now)
  heads.expectProgress()
}

/**
 * Follows the inbox and turns its batches into the safe chain (docs/spec/node.md). The only part of a node that moves `safe` and `finalized`, and, with the
 * sequencer, the only one that changes the chain.
 */
export function derivation(options: DerivationOptions, parts: DerivationParts): DerivationService {
  const context = newContext(options, parts)
  const { state, troubles } = context
  return {
    name: 'derivation',
    pollMs: context.options.pollMs,
    maxBackoffMs: MAX_BACKOFF_MS,
    async step(signal) {
      try {
        await look(context, signal)
      } catch (error) {
        if (signal.aborted) throw error
        try {
          return troubles.after(error)
        } catch (lasting) {
          state.isFailing = true
          throw lasting
        }
      }
      state.isFailing = false
      troubles.over()
    },
    get view() {
      return state.view
    },
    get caughtUp() {
      return state.caughtUp
    },
    get mayBuild() {
      return state.caughtUp || (state.view !== undefined && state.isFailing)
    },
    reset() {
      Object.assign(state, newState())
    },
  }
}
