import { BaseError, type SyncStatus } from '@animechain/core'
import { outputOf } from '../assertions/output.js'
import { stalls, warnings, type ProgressFacts } from '../progress.js'
import { MAX_DRIFT_SECONDS } from '../sequencing/context.js'
import type { DerivedBatch, OutputInfo } from '../types.js'
import type { Phase } from './lifecycle.js'
import type { NodeParts } from './parts.js'
import type { NodeServices } from './services.js'

/** Where L1, batches and L2 stand. */
export function syncStatus({ store, following }: NodeParts): SyncStatus {
  const { view } = following
  const safeBatch = store.batchCount - 1n
  return {
    l1: {
      head: view?.head.number ?? 0n,
      safe: view?.safe.number ?? 0n,
      finalized: view?.finalized.number ?? 0n,
    },
    l2: { unsafe: store.head('latest'), safe: store.head('safe'), finalized: store.head('finalized') },
    batchCount: view?.batchCount ?? store.batchCount,
    ...(safeBatch >= 0n ? { safeBatch } : {}),
  }
}

/** @throws {BaseError} `NODE_BLOCK_UNKNOWN` */
export async function outputAt({ settings, store }: NodeParts, blockNumber: bigint): Promise<OutputInfo> {
  const header = store.headerByNumber(blockNumber)
  if (!header)
    throw new BaseError(`Block ${blockNumber} is not in the chain.`, { code: 'NODE_BLOCK_UNKNOWN' })
  return outputOf(settings.execution, header)
}

/** What was derived from a batch; undefined where nothing is. */
export function derivedBatch({ store }: NodeParts, index: bigint): DerivedBatch | undefined {
  const applied = store.appliedBatch(index)
  if (!applied) return undefined
  const { acc, firstBlock, lastBlock, outputRoot } = applied
  return { index, acc, firstBlock, lastBlock, outputRoot }
}

/** What the node knows of its progress now. */
function progress(
  parts: NodeParts,
  { services, building, asserting, announcing }: NodeServices,
): ProgressFacts {
  const { settings, store, sinceLook, sinceBatch, unposted } = parts
  const failures = Object.values(services).flatMap(({ name, lastError }) =>
    lastError ? [{ service: name, message: lastError.message.split('\n')[0]! }] : [],
  )
  const following = announcing?.following()
  return {
    failures,
    sinceLookMs: sinceLook.elapsed(),
    sinceBatchMs: sinceBatch.elapsed(),
    batchesApplied: store.batchCount,
    ...(building && {
      build: {
        ...building.status(),
        blockTimeMs: settings.blockTime,
        maxDriftSeconds: settings.sequencer?.maxDriftSeconds ?? MAX_DRIFT_SECONDS,
        unsafeBlocks: store.head('latest').number - store.head('safe').number,
      },
    }),
    ...(settings.batcher && { unposted: unposted.age() }),
    ...(following && { following: { ...following, latest: store.head('latest').number } }),
    ...(asserting && { assertionDueMs: asserting.dueForMs }),
  }
}

/** Whether the node makes progress, and in words what does not go on. */
export function health(
  parts: NodeParts,
  running: NodeServices,
  phase: Phase,
): { ok: boolean; detail?: string } {
  if (phase === 'new') return { ok: false, detail: 'not started' }
  if (phase === 'starting') return { ok: false, detail: 'starting' }
  const facts = progress(parts, running)
  const reasons = stalls(facts)
  const detail = [...reasons, ...warnings(facts)].join('; ')
  return { ok: reasons.length === 0, ...(detail && { detail }) }
}
