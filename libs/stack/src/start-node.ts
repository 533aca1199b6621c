import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BaseError, Logger } from '@animechain/core'
import { differenceJson, type BlockDifference, type ShadowEngine } from '@animechain/execution-shadow'
import type { Rollup } from '@animechain/node'
import type { ConfigValues } from '@animechain/observability'
import { rpcServer } from '@animechain/rpc'
import { composeNode, type NodeSettings } from './compose-node.js'
import { checkGenesis, readDeployment, rollupInfo } from './deployment.js'
import { checkNodeFolder } from './node-folder.js'
import { rpcLimits, type nodeTable } from './node-table.js'
import type { AppContext, RunningApp } from './run-app.js'

type NodeTable = typeof nodeTable

/** A node as a program: what of it differs between a sequencer and a verifier. */
export interface NodeAppSettings
  extends Pick<NodeSettings, 'keys' | 'options'>, Omit<AppContext<NodeTable>, 'values'> {
  values: ConfigValues<NodeTable>
  /** milliseconds between blocks, for `optimism_rollupConfig` */
  blockTime?: number
  /** JSON-RPC that transactions are passed on to by a node without a pool */
  sequencerUrl?: string | undefined
  /** Execute on the other engine too, and end the program at the first difference. */
  shadow?: boolean
  /** Called before the node starts, to hear its events. */
  listen?: (rollup: Rollup) => void
}

/** Composes a node from its settings, starts it, and serves JSON-RPC of its chain. */
export async function startNode(settings: NodeAppSettings): Promise<RunningApp> {
  const { values, logger, metrics, fail } = settings
  const deployment = readDeployment(values.deployment)
  const claim =
    values.storage === 'memory'
      ? undefined
      : await checkNodeFolder(values.dataDir, settings.options?.role ?? 'sequencer', deployment)
  let storageFailure: BaseError | undefined
  const onStorageFailure = (error: BaseError) => {
    if (!storageFailure) logger.error('the store failed', { code: error.code, error: error.message })
    storageFailure ??= error
    // The next start looks through the store and begins anew where it must. A sequencer goes on with what it can still read: it may be the only
    // one that has it.
    if (error.code === 'STORAGE_FAILED' || values.onDamage === 'rederive') fail(error)
  }
  const onDifference = (difference: BlockDifference) => {
    const path = join(values.dataDir, 'shadow-difference.json')
    writeFileSync(`${path}.tmp`, differenceJson(difference))
    renameSync(`${path}.tmp`, path)
    fail(new Error(`The engines differ at block ${difference.number}. The report: ${path}`))
  }
  const { rollup, close, shadow } = await composeNode({
    ...values,
    deployment,
    onStorageFailure,
    keys: settings.keys ?? {},
    options: {
      ...settings.options,
      derivation: { pollMs: values.l1PollInterval, undoFinalized: values.undoFinalized },
    },
    shadow: settings.shadow ? { onDifference } : undefined,
    logger,
    metrics,
  })
  const rpc = rpcServer({
    backend: {
      chainConfig: rollup.config,
      chain: rollup.chain,
      engine: rollup.engine,
      syncStatus: () => rollup.syncStatus(),
      outputAt: (number) => rollup.outputAt(number),
      rollupConfig: rollupInfo(deployment, settings.blockTime),
      ...(rollup.pool ? { pool: rollup.pool } : {}),
    },
    host: values.rpcHost,
    port: values.rpcPort,
    cors: values.cors,
    hosts: values.rpcHosts,
    trustedProxies: values.rpcTrustedProxies,
    limits: rpcLimits(values),
    logger,
    metrics,
    ...(settings.sequencerUrl ? { sequencerUrl: settings.sequencerUrl } : {}),
  })
  settings.listen?.(rollup)

  const stopping = new AbortController()
  let unwatch = () => {}
  const stop = async () => {
    stopping.abort()
    unwatch()
    await rpc.stop()
    await rollup.stop()
    await close()
  }
  try {
    await rollup.start()
    checkGenesis(deployment, rollup.chain.headerByNumber(0n)?.hash)
    claim?.()
    await rpc.start()
    unwatch = logHealth(rollup, logger)
  } catch (error) {
    await stop()
    throw error
  }
  if (shadow) void catchUp(rollup, shadow, stopping.signal).catch(fail)
  logger.info('serving JSON-RPC', { url: rpc.url })
  return {
    stop,
    health: () => {
      const { ok, detail } = rollup.health()
      const { l1, l2, batchCount } = rollup.syncStatus()
      return {
        ready: ok && !shadow?.status.difference && !storageFailure,
        details: {
          detail: storageFailure?.shortMessage ?? detail,
          l1Head: l1.head,
          unsafe: l2.unsafe.number,
          safe: l2.safe.number,
          finalized: l2.finalized.number,
          batches: batchCount,
          ...(shadow ? { shadow: shadowDetails(shadow) } : {}),
        },
      }
    },
  }
}

/** Between two looks at a node's health, milliseconds. */
const HEALTH_LOOK_MS = 5_000

/** Logs when a node stops making progress, and when it goes on. A node that starts is given the time of one look. */
function logHealth(rollup: Rollup, logger: Logger): () => void {
  let wasOk = true
  const timer = setInterval(() => {
    const { ok, detail } = rollup.health()
    if (ok !== wasOk) {
      if (ok) logger.info('the node makes progress again')
      else logger.warn('the node makes no progress', { detail })
    }
    wasOk = ok
  }, HEALTH_LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** Has the shadow execute what the chain already holds, also when there is nothing new for long. */
async function catchUp(rollup: Rollup, shadow: ShadowEngine, signal: AbortSignal): Promise<void> {
  for (;;) {
    const head = rollup.chain.head('latest')
    try {
      return await shadow.catchUp(head, { signal })
    } catch (error) {
      // A difference has ended the program already.
      if (signal.aborted || shadow.status.difference) return
      // A reorg of L1 may have taken the blocks away under it.
      if (rollup.chain.headerByNumber(head.number)?.hash === head.hash) throw error
    }
  }
}

function shadowDetails({ status }: ShadowEngine): Record<string, unknown> {
  const { engines, compared, block, difference } = status
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
