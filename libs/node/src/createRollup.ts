import { expectFit } from './composition/fit.js'
import { nodeLifecycle } from './composition/lifecycle.js'
import { nodeParts } from './composition/parts.js'
import { composeServices } from './composition/services.js'
import { settingsOf } from './composition/settings.js'
import { derivedBatch, health, outputAt, syncStatus } from './composition/status.js'
import type { Rollup, RollupOptions } from './types.js'

/**
 * Composes a node. Checks that the parts fit; does no I/O before `start`.
 * @throws CompositionError naming both parts that do not fit
 */
export function createRollup(options: RollupOptions): Rollup {
  const settings = settingsOf(options)
  expectFit(settings)
  const parts = nodeParts(settings)
  const running = composeServices(parts)
  const lifecycle = nodeLifecycle(parts, running)
  const { store, logs, events } = parts
  const { services, pool, announcing } = running
  return {
    role: settings.role,
    config: settings.chain,
    chain: Object.assign(store, { logCandidates: logs.candidates }),
    engine: settings.execution,
    settlement: settings.settlement,
    da: settings.da,
    ...(pool && { pool }),
    ...(announcing && { announcements: announcing.announcements }),
    services,
    start: lifecycle.start,
    stop: lifecycle.stop,
    syncStatus: () => syncStatus(parts),
    outputAt: (blockNumber) => outputAt(parts, blockNumber),
    derivedBatch: (index) => derivedBatch(parts, index),
    on: (event, listener) => events.on(event, listener),
    health: () => health(parts, running, lifecycle.phase),
  }
}
