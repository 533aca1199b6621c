import type { Lifecycle, Logger, Metrics } from '@animechain/core'
import type { ShadowEngine } from '@animechain/execution-shadow'
import type { Rollup } from '@animechain/node'
import type { Deployment } from './deployment.js'
import type { NodeGossip } from './nodeGossip.js'

/** What a program runs beside its node is given. */
export interface AttachContext {
  rollup: Rollup
  deployment: Deployment
  /** Of a node that takes part in the network; it runs once what is attached is started. */
  gossip: NodeGossip | undefined
  /** The two engines, where a second one executes every block too. */
  shadow: Pick<ShadowEngine, 'status'> | undefined
  /** folder of the node */
  dataDir: string
  logger: Logger
  metrics: Metrics
}

/** A service of the program's own: started when the node and its gossip run, stopped before them. */
export interface AttachedService extends Lifecycle {
  /** Not ready: neither is the program. */
  health?(): { ready: boolean; detail?: string | undefined; details?: Record<string, unknown> }
}
