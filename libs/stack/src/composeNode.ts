import { join } from 'node:path'
import {
  CompositionError,
  rollupChain,
  systemClock,
  type ExecutionEngine,
  type Hex,
  type KeyValueStore,
  type ProofSystem,
  type Settlement,
} from '@animechain/core'
import { blobKzg, objectArchive, storeArchive, type BlobArchive } from '@animechain/da-blob'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { readers as inThreads } from '@animechain/execution-readers'
import { shadow, type ShadowEngine } from '@animechain/execution-shadow'
import { wasm } from '@animechain/execution-wasm'
import { createRollup, type Rollup } from '@animechain/node'
import { nodeAlarmDesk } from '@animechain/network-verifier'
import { objectsAt } from '@animechain/objects'
import { optimistic } from '@animechain/settlement-optimistic'
import { privateKeyToAccount } from 'viem/accounts'
import { arrivingSenders, blockSenders } from './blockSenders.js'
import { codecThread } from './codecThread.js'
import { dataAvailabilityOf, postsBlobs } from './dataAvailability.js'
import { nodeGossip, takesPart, type ComposedGossip } from './nodeGossip.js'
import type { NodeSettings } from './nodeSettings.js'
import { provingOf } from './proving.js'
import { sharedLayers, type SharedLayers } from './sharedLayers.js'
import { openStorage } from './storage.js'
import { defaultReaderThreads, otherExecution, type ExecutionWord } from './words.js'

/** A node with what composing opened for it. */
export interface ComposedNode {
  rollup: Rollup
  /** the node's engine, where it has a shadow */
  shadow?: ShadowEngine
  /** the blobs that it keeps, where it keeps any */
  archive?: BlobArchive
  /** of a node that takes part in the network: to be started after the rollup, and stopped before it */
  gossip?: ComposedGossip
  /** Closes the stores that composing opened. Stop the rollup first. */
  close(): Promise<void>
}

/**
 * The implementations that words name, composed. Opens the stores of the node's folder; starts nothing else.
 * @throws CompositionError naming both parts that do not fit
 */
export async function composeNode(settings: NodeSettings): Promise<ComposedNode> {
  const inMemory = layersInMemory(settings)
  /** Of what was opened, in this order. */
  const stops: (() => Promise<void>)[] = []
  const open = async (folder: string) => {
    const { storage: word, logger, onDamage, onStorageFailure: onFailure } = settings
    const store = await openStorage(word, folder, {
      logger,
      ...(onDamage ? { onDamage } : {}),
      ...(onFailure ? { onFailure } : {}),
    })
    stops.push(() => store.stop())
    return store
  }
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    const storage = await open(settings.dataDir)
    const proving = await provingOf(settings, open)
    const archive = await archiveOf(settings, proving, open, stops)
    const composed = compose(settings, inMemory, { storage, archive, proving })
    return { ...composed, ...(archive ? { archive } : {}), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** L1 forgets blobs after about 18 days; a node that may post them must not, nor one that plays disputes: one can be about blobs of others. */
async function archiveOf(
  { dataDir, blobArchive, ...settings }: NodeSettings,
  proving: ProofSystem,
  open: (folder: string) => Promise<KeyValueStore>,
  stops: (() => Promise<void>)[],
): Promise<BlobArchive | undefined> {
  if (blobArchive !== undefined) {
    const objects = objectsAt(blobArchive)
    stops.push(() => objects.stop())
    await objects.start()
    return objectArchive(objects)
  }
  return postsBlobs(settings) || proving.enforce
    ? storeArchive(await open(join(dataDir, 'blobs')))
    : undefined
}

function compose(
  settings: NodeSettings,
  inMemory: SharedLayers,
  {
    storage,
    archive,
    proving,
  }: { storage: KeyValueStore; archive: BlobArchive | undefined; proving: ProofSystem },
): Omit<ComposedNode, 'close'> {
  const { deployment, logger, metrics } = settings
  const account = (key: Hex | undefined) => (key ? privateKeyToAccount(key) : undefined)
  const batcher = account(settings.keys?.batcher)
  const proposer = account(settings.keys?.proposer)
  const challenger = account(settings.keys?.challenger)

  const { da, readers } = dataAvailabilityOf(settings, {
    endpoints: endpoints(settings),
    batcher,
    challenger,
    archive,
    memory: inMemory.da,
  })

  const engine = execution(settings.execution)
  const shadowed =
    settings.shadow &&
    shadow({
      primary: engine,
      shadow: execution(otherExecution(settings.execution)),
      chain: () => rollup.chain,
      onDifference: settings.shadow.onDifference,
      logger,
      metrics,
    })
  const gossip = gossipOf(settings)
  const rollup = createRollup({
    chain: rollupChain({ chainId: deployment.rollup.chainId }),
    genesis: deployment.rollup.genesis,
    // What strangers ask for runs beside the thread that builds blocks.
    execution: inThreads({
      engine: shadowed ?? engine,
      limits: { threads: settings.readerThreads ?? defaultReaderThreads },
      logger,
      metrics,
    }),
    da,
    readers,
    settlement: settlement(settings, inMemory, { batcher, proposer, challenger }),
    proving,
    storage,
    codec: codecThread(),
    recoverSender: arrivingSenders(),
    ...(gossip && { announcements: { gossip: gossip.blocks } }),
    ...settings.options,
    logger,
    metrics,
  })
  if (gossip && rollup.announcements) gossip.connect(rollup.announcements)
  if (gossip && deployment.addresses.stakeRegistry) {
    const desk = nodeAlarmDesk(rollup, { clock: systemClock, logger, metrics })
    gossip.judge({ isAboutGame: (alarm, by) => desk.check(alarm, by) })
  }
  return { rollup, ...(shadowed ? { shadow: shadowed } : {}), ...(gossip ? { gossip } : {}) }
}

/** @throws CompositionError for a key that cannot announce, or must not */
function gossipOf({
  gossip = {},
  keys,
  deployment,
  dataDir,
  logger,
  metrics,
}: NodeSettings): ComposedGossip | undefined {
  const key = keys?.blockSigner
  const announcing = 'block announcements (--block-signer-key)'
  if (key && !takesPart(gossip))
    throw new CompositionError(
      announcing,
      'somebody to tell them',
      'the settings of gossip',
      'nobody (give --gossip-port or --gossip-http-port)',
    )
  if (key && deployment.addresses.privateDa)
    throw new CompositionError(
      announcing,
      'a chain whose blocks anybody may read',
      'the deployment',
      'a confidential one, whose announcements would give its blocks away',
    )
  if (!takesPart(gossip)) return undefined
  const signer = key ? privateKeyToAccount(key) : undefined
  return nodeGossip({ settings: gossip, deployment, dataDir, signer, logger, metrics })
}

const endpoints = ({ l1RpcUrl, l1Quorum }: NodeSettings) => ({
  rpcUrl: l1RpcUrl,
  ...(l1Quorum === undefined ? {} : { quorum: l1Quorum }),
})

function execution(word: ExecutionWord): ExecutionEngine {
  switch (word) {
    case 'ethereumjs':
      return ethereumjs()
    case 'wasm':
      return wasm({ senders: blockSenders })
  }
}

/** @throws CompositionError where a verifier would follow a memory that nobody writes to, or L1 would not take what is in memory */
function layersInMemory(settings: NodeSettings): SharedLayers {
  const { shared = {}, deployment } = settings
  for (const [layer, name, instead] of [
    ['da', 'data availability', 'calldata or blob'],
    ['settlement', 'settlement', 'optimistic'],
  ] as const) {
    if (settings[layer] !== 'memory' || shared[layer] || settings.options?.role !== 'verifier') continue
    throw new CompositionError(
      'a verifier',
      `a ${name} that another node writes to`,
      `${name} memory`,
      `a new, empty one to each process (choose ${instead})`,
    )
  }
  if (settings.da === 'memory' && settings.settlement === 'optimistic' && !deployment.addresses.memoryDa)
    throw new CompositionError(
      'data availability memory',
      'an inbox that was installed with it',
      'the deployment',
      'one for calldata and blob (choose one of them)',
    )
  return { ...sharedLayers(settings), ...shared }
}

type Account = ReturnType<typeof privateKeyToAccount>

function settlement(
  settings: NodeSettings,
  inMemory: SharedLayers,
  accounts: Record<'batcher' | 'proposer' | 'challenger', Account | undefined>,
): Settlement {
  const { deployment } = settings
  switch (settings.settlement) {
    case 'memory':
      return inMemory.settlement!
    case 'optimistic':
      return optimistic({
        l1: { ...endpoints(settings), chainId: deployment.l1.id },
        contracts: deployment.addresses,
        startBlock: deployment.rollup.l1StartBlock,
        accounts: Object.fromEntries(Object.entries(accounts).filter(([, value]) => value)) as Record<
          'batcher',
          Account
        >,
        kzg: blobKzg,
        logger: settings.logger,
        metrics: settings.metrics,
      })
  }
}
