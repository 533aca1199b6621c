import { join } from 'node:path'
import { zeroAddress, type PrivateKeyAccount } from 'viem'
import type { Address, Lifecycle, Logger, Metrics } from '@animechain/core'
import {
  defaultBounds,
  gossip,
  networkTopics,
  type GossipBounds,
  type GossipNode,
  type HttpServerOptions,
  type NetworkRules,
  type P2pOptions,
} from '@animechain/network-gossip'
import type { MessageKind } from '@animechain/network-protocol'
import type { Announcements, BlockGossip } from '@animechain/node'
import { recovery } from '@animechain/tx'
import { blockGossip } from './blockGossip.js'
import type { Deployment } from './deployment.js'

/** Where a node listens and whom it dials. What is not given is not done. */
export interface GossipSettings {
  /** address that libp2p listens at; default 127.0.0.1 */
  gossipHost?: string
  /** 0 for a free one; without it the node only dials */
  gossipPort?: number | undefined
  /** multiaddrs with identities */
  gossipPeers?: readonly string[]
  /** multiaddrs that others are told */
  gossipAnnounce?: readonly string[]
  /** peers of one address at most, and how many of them may dial in a second; default 8 */
  gossipMaxPeersPerHost?: number
  /** address of the HTTP side; default 127.0.0.1 */
  gossipHttpHost?: string
  /** 0 for a free one; not served without it */
  gossipHttpPort?: number | undefined
  /** host names under which the HTTP side may be called */
  gossipHttpHosts?: readonly string[]
  gossipHttpPeers?: readonly string[] | undefined
}

/** Who judges attestations and alarms: whoever follows the network's contracts on L1. */
export type NetworkJudges = Pick<NetworkRules, 'isMember' | 'isAboutGame'>

/** The one gossip node of a process, which attestations, alarms and blocks share. */
export interface NodeGossip {
  /** Topics `attestation` and `alarm` are there where the deployment has a `stakeRegistry`, `block` always. */
  readonly node: GossipNode<MessageKind>
  /**
   * Sets who judges attestations, or alarms. Until then each is ignored, and judged when it comes again. A node that `composeNode` made judges alarms by its own
   * derivation.
   */
  judge(judges: Partial<NetworkJudges>): void
}

/** The gossip node with what composing a node needs of it. */
export interface ComposedGossip extends NodeGossip, Lifecycle {
  /** for `createRollup` */
  readonly blocks: BlockGossip
  /** Tells it what the node knows of blocks; until then no announcement is believed. */
  connect(announcements: Announcements): void
}

/** A node that catches up asks for many payloads in a row. */
const REQUEST_RATE = { perSecond: 8, burst: 64 }

/** Whether settings make a node take part. */
export const takesPart = (settings: GossipSettings): boolean =>
  settings.gossipPort !== undefined ||
  settings.gossipHttpPort !== undefined ||
  (settings.gossipPeers ?? []).length > 0 ||
  (settings.gossipHttpPeers ?? []).length > 0

function p2pOf(settings: GossipSettings, dataDir: string): P2pOptions | false {
  const { gossipHost: host = '127.0.0.1', gossipPort: port, gossipPeers: peers = [] } = settings
  if (port === undefined && peers.length === 0) return false
  return {
    listen: port === undefined ? [] : [`/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`],
    announce: settings.gossipAnnounce ?? [],
    peers,
    identityFile: join(dataDir, 'network', 'gossip.key'),
  }
}

/** HTTP options of the gossip node. */
function httpOf(settings: GossipSettings) {
  const { gossipHttpHost: host = '127.0.0.1', gossipHttpPort: port, gossipHttpHosts: hosts = [] } = settings
  return port === undefined ? {} : { http: { host, port, hosts } }
}

/** Bounds of what one address may have. */
const hostBounds = ({ gossipMaxPeersPerHost: most }: GossipSettings): Partial<GossipBounds> =>
  most === undefined
    ? {}
    : {
        maxPeersPerHost: most,
        dialsPerHostPerSecond: Math.max(most, defaultBounds.dialsPerHostPerSecond),
      }

/** What settings say of a gossip node's sides, and of what one address may have there. */
export const gossipSides = (
  settings: GossipSettings,
  dataDir: string,
): { p2p: P2pOptions | false; http?: HttpServerOptions; bounds: Partial<GossipBounds> } => ({
  p2p: p2pOf(settings, dataDir),
  ...httpOf(settings),
  bounds: hostBounds(settings),
})

/** Makes the gossip node of a process; it does no I/O before `start`. @param signer announces blocks */
export function nodeGossip({
  settings,
  deployment,
  dataDir,
  signer,
  logger,
  metrics,
}: {
  settings: GossipSettings
  deployment: Deployment
  dataDir: string
  signer: PrivateKeyAccount | undefined
  logger: Logger
  metrics: Metrics
}): ComposedGossip {
  const { stakeRegistry } = deployment.addresses
  const { chainId } = deployment.rollup
  let judges: NetworkJudges = { isMember: () => undefined, isAboutGame: () => undefined }
  let known: Announcements | undefined
  const blocks = { chainId: Number(chainId) }
  const topics = networkTopics({
    domain: { chainId: deployment.l1.id, registry: stakeRegistry ?? zeroAddress },
    blocks,
    isMember: (key, attestation) => judges.isMember(key, attestation),
    isAboutGame: (alarm, signer) => judges.isAboutGame(alarm, signer),
    isSequencer: (key: Address) => known?.isSequencer(key),
    recovery: recovery(),
  })
  const { block } = topics
  const sides = gossipSides(settings, dataDir)
  const log = logger.child({ part: 'gossip' })
  const node = gossip({
    chainId,
    topics: (stakeRegistry ? topics : { block }) as typeof topics,
    ...sides,
    httpPeers: settings.gossipHttpPeers ?? [],
    payload: async (hash) => known?.payload(hash),
    bounds: { requestRate: { ...defaultBounds.requestRate, ...REQUEST_RATE }, ...sides.bounds },
    logger: log,
    metrics,
  })
  const carried = blockGossip({ node, domain: blocks, signer, logger: log })
  return {
    node,
    blocks: carried,
    judge: (next) => (judges = { ...judges, ...next }),
    connect: (announcements) => (known = announcements),
    async start() {
      await node.start()
      carried.started()
      log.info('gossip runs', { addresses: node.addresses, http: node.httpUrl })
    },
    async stop() {
      carried.stopped()
      await node.stop()
    },
  }
}
