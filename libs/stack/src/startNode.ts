import { CompositionError } from '@animechain/core'
import type { BlobArchive } from '@animechain/da-blob'
import { blobServer, type BlobServer } from '@animechain/da-blob/server'
import type { ShadowEngine } from '@animechain/execution-shadow'
import type { Rollup } from '@animechain/node'
import type { ConfigValues } from '@animechain/observability'
import { rpcServer, type RpcServer } from '@animechain/rpc'
import type { AttachContext, AttachedService } from './attached.js'
import { composeNode, type ComposedNode } from './composeNode.js'
import type { NodeSettings } from './nodeSettings.js'
import { checkGenesis, readDeployment, rollupInfo, type Deployment } from './deployment.js'
import { nodeFailures, type NodeFailures } from './nodeFailures.js'
import { checkNodeFolder } from './nodeFolder.js'
import { logHealth, nodeHealth } from './nodeHealth.js'
import type { networkTable } from './networkTable.js'
import { rpcLimits, type nodeTable } from './nodeTable.js'
import type { AppContext, RunningApp } from './runApp.js'
import type { DaWord } from './words.js'

type NodeTable = typeof nodeTable & typeof networkTable

/** A node as a program: what of it differs between a sequencer and a verifier. */
export interface NodeAppSettings
  extends Pick<NodeSettings, 'keys' | 'options' | 'disputeFees'>, Omit<AppContext<NodeTable>, 'values'> {
  values: ConfigValues<NodeTable>
  /** milliseconds between blocks, for `optimism_rollupConfig` */
  blockTime?: number
  /** JSON-RPC that transactions are passed on to by a node without a pool */
  sequencerUrl?: string | undefined
  /** Execute on the other engine too, and end the program at the first difference. */
  shadow?: boolean
  /** Called before the node starts, to hear its events. */
  listen?: (rollup: Rollup) => void
  /** Called once, before anything starts: what the program runs beside its node. */
  attach?: (context: AttachContext) => AttachedService | undefined
}

/** The bucket that flags name. */
export function bucketOf({
  s3Bucket: bucket,
  s3Endpoint: endpoint,
  s3Region: region,
  s3Prefix: prefix,
}: Pick<NodeAppSettings['values'], 's3Bucket' | 's3Endpoint' | 's3Region' | 's3Prefix'>): NodeSettings['s3'] {
  if (bucket === undefined) return undefined
  return {
    bucket,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(prefix === undefined ? {} : { prefix }),
  }
}

/** Composes the node that the settings describe. */
function compose(
  settings: NodeAppSettings,
  deployment: Deployment,
  { onStorageFailure, onDifference }: NodeFailures,
): Promise<ComposedNode> {
  const { values, logger, metrics } = settings
  return composeNode({
    ...values,
    // The table has checked the words.
    daFailover: values.daFailover as readonly DaWord[],
    s3: bucketOf(values),
    gossip: values,
    deployment,
    onStorageFailure,
    keys: settings.keys ?? {},
    disputeFees: settings.disputeFees,
    options: {
      ...settings.options,
      derivation: { pollMs: values.l1PollInterval, undoFinalized: values.undoFinalized },
    },
    shadow: settings.shadow ? { onDifference } : undefined,
    logger,
    metrics,
  })
}

/** JSON-RPC of the node's chain. */
function serve(settings: NodeAppSettings, deployment: Deployment, rollup: Rollup): RpcServer {
  const { values, blockTime, sequencerUrl, logger, metrics } = settings
  return rpcServer({
    backend: {
      chainConfig: rollup.config,
      chain: rollup.chain,
      engine: rollup.engine,
      syncStatus: () => rollup.syncStatus(),
      outputAt: (number) => rollup.outputAt(number),
      rollupConfig: rollupInfo(deployment, blockTime),
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
    ...(sequencerUrl ? { sequencerUrl } : {}),
  })
}

/**
 * The archived blobs, for other nodes.
 * @throws {CompositionError} where there are none
 */
async function serveBlobs(
  { values }: NodeAppSettings,
  archive: BlobArchive | undefined,
  close: () => Promise<void>,
): Promise<BlobServer | undefined> {
  const { blobServerHost: host, blobServerPort: port } = values
  if (port === undefined) return undefined
  if (archive) return blobServer({ archive, host, port, hosts: values.rpcHosts })
  await close()
  throw new CompositionError(
    'the server of archived blobs (--blob-server-port)',
    'an archive',
    `data availability ${values.da}`,
    'none (give it --blob-archive)',
  )
}

/** Composes a node from its settings, starts it, and serves JSON-RPC of its chain. */
export async function startNode(settings: NodeAppSettings): Promise<RunningApp> {
  const { values, logger, metrics, fail } = settings
  const deployment = readDeployment(values.deployment)
  const { storage, dataDir, onDamage } = values
  const role = settings.options?.role ?? 'sequencer'
  const claim = storage === 'memory' ? undefined : await checkNodeFolder(dataDir, role, deployment)
  const failures = nodeFailures({ dataDir, onDamage, logger, fail })
  const { rollup, close, shadow, archive, gossip } = await compose(settings, deployment, failures)
  const rpc = serve(settings, deployment, rollup)
  const blobs = await serveBlobs(settings, archive, close)
  settings.listen?.(rollup)
  const attached = settings.attach?.({ rollup, deployment, gossip, shadow, dataDir, logger, metrics })

  const stopping = new AbortController()
  let unwatch = () => {}
  const stop = async () => {
    stopping.abort()
    unwatch()
    await attached?.stop()
    await gossip?.stop()
    await rpc.stop()
    await blobs?.stop()
    await rollup.stop()
    await close()
  }
  try {
    await rollup.start()
    checkGenesis(deployment, rollup.chain.headerByNumber(0n)?.hash)
    claim?.()
    await rpc.start()
    await blobs?.start()
    await gossip?.start()
    await attached?.start()
    if (blobs) logger.info('blobs are served', { url: blobs.url })
    unwatch = logHealth(rollup, logger)
  } catch (error) {
    await stop()
    throw error
  }
  if (shadow) void catchUp(rollup, shadow, stopping.signal).catch(fail)
  return { stop, health: () => nodeHealth(rollup, shadow, failures.ofStore, { gossip, attached }) }
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
