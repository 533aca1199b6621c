import type { BaseError, Logger } from '@animechain/core'
import type { ShadowEngine, ShadowStatus } from '@animechain/execution-shadow'
import type { Rollup } from '@animechain/node'
import type { HealthReport } from '@animechain/observability'
import type { AttachedService } from './attached.js'
import type { NodeGossip } from './nodeGossip.js'

/** Between two looks at a node's health, milliseconds. */
const LOOK_MS = 5_000

function shadowDetails({ engines, compared, block, difference }: ShadowStatus): Record<string, unknown> {
  return {
    engines,
    compared,
    block,
    ...(difference && {
      difference: {
        block: difference.number,
        hash: difference.hash,
        fields: difference.fields.map(({ path }) => path),
        transaction: difference.transaction?.index,
      },
    }),
  }
}

/** What supervisors are told of a node. It is ready while it makes progress, its engines agree and its store works. */
export function nodeHealth(
  rollup: Pick<Rollup, 'health' | 'syncStatus'>,
  shadow: Pick<ShadowEngine, 'status'> | undefined,
  storageFailure: BaseError | undefined,
  { gossip, attached }: { gossip?: NodeGossip | undefined; attached?: AttachedService | undefined } = {},
): HealthReport {
  const { ok, detail } = rollup.health()
  const { l1, l2, batchCount } = rollup.syncStatus()
  const network = attached?.health?.()
  const isNetworkReady = network?.ready ?? true
  return {
    ready: ok && !shadow?.status.difference && !storageFailure && isNetworkReady,
    details: {
      detail: storageFailure?.shortMessage ?? (ok && !isNetworkReady ? network?.detail : detail),
      l1Head: l1.head,
      unsafe: l2.unsafe.number,
      safe: l2.safe.number,
      finalized: l2.finalized.number,
      batches: batchCount,
      ...(gossip && { gossip: gossip.node.health().details }),
      ...(network && { network: { ...network.details, detail: network.detail } }),
      ...(shadow && { shadow: shadowDetails(shadow.status) }),
    },
  }
}

/**
 * Logs when a node stops making progress, and when it goes on. A node that starts is given the time of one look.
 * @returns the way to stop it
 */
export function logHealth(
  rollup: Pick<Rollup, 'health'>,
  logger: Logger,
  lookMs: number = LOOK_MS,
): () => void {
  let wasOk = true
  const timer = setInterval(() => {
    const { ok, detail } = rollup.health()
    if (ok && !wasOk) logger.info('the node makes progress again')
    if (!ok && wasOk) logger.warn('the node makes no progress', { detail })
    wasOk = ok
  }, lookMs)
  timer.unref()
  return () => clearInterval(timer)
}
