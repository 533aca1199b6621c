import { steadyTime, type Clock, type Hash, type Lifecycle, type Logger } from '@animechain/core'
import { loop } from '@animechain/runtime'
import type { GossipBounds } from '../bounds.js'
import { GossipError } from '../errors.js'
import { peerIdentity } from '../identity.js'
import { digestOf, type Intake, type Outcome } from '../intake.js'
import type { GossipMetrics } from '../metrics.js'
import type { Offence, Penalties } from '../penalties.js'
import type { MessageSource } from '../topic.js'
import { addressBook } from './addressBook.js'
import { exchange } from './exchange.js'
import { guardRouter } from './guard.js'
import { loadLibp2p, type Loaded, type P2pNode, type PeerId } from './libp2p.js'
import { hostOf, peerOf } from './peers.js'

/** How a node takes part over libp2p. */
export interface P2pOptions {
  /** Multiaddrs to listen at. Default: `/ip4/127.0.0.1/tcp/0`; none: the node only dials. */
  listen?: readonly string[]
  /** Multiaddrs under which others reach the node, where it does not listen at them itself. */
  announce?: readonly string[]
  /** Multiaddrs of peers, with their identity: `…/p2p/12D3…`. Dialled again whenever they are not connected. */
  peers?: readonly string[]
  /** File of the peer key, made where it is missing. Default: another identity after each start. */
  identityFile?: string
  /** Which peers may be connected, by identity; asked again every two seconds. Default: all. */
  allowPeer?: (peer: string) => boolean
  /** milliseconds between questions to some peer for what was missed; default 10,000 */
  syncMs?: number
}

/** A connected peer. */
export interface PeerInfo {
  /** its identity */
  peer: string
  address: string
  direction: 'inbound' | 'outbound'
  /** points of blame, of 100 */
  blame: number
}

/** What the network needs from the node. */
export interface NetworkParts {
  chainId: bigint
  topics: readonly string[]
  options: P2pOptions
  bounds: GossipBounds
  clock: Clock
  logger: Logger
  metrics: GossipMetrics
  penalties: Penalties
  intake: Intake
  payload(hash: Hash, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Takes a message that was missed; where it is accepted, it is also gossiped. */
  take(topic: string, bytes: Uint8Array, source: MessageSource): Promise<Outcome>
}

/** The libp2p side of a gossip node. */
export interface P2pNetwork extends Lifecycle {
  readonly peerId: string | undefined
  readonly addresses: string[]
  publish(topic: string, bytes: Uint8Array): Promise<number>
  add(addresses: readonly string[]): Promise<number>
  peers(): PeerInfo[]
  payload(peer: string, hash: Hash, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  blame(peer: string, offence: Offence, times?: number): void
}

/** How often peers are dialled that are not connected, milliseconds. */
const UPKEEP_MS = 2_000
const DIALS_AT_ONCE = 8
const DIAL_MS = 5_000
const STOP_MS = 5_000
/** What gossipsub remembers of a peer that is gone. Blame is remembered longer, elsewhere. milliseconds */
const RETAIN_SCORE_MS = 60_000
const SYNC_MS = 10_000
/** Room for what a slow peer has not read yet, bytes. */
const MAX_OUTBOUND_BYTES = 4_194_304
const YAMUX_WINDOW = { initialStreamWindowSize: 262_144, maxStreamWindowSize: 1_048_576 }
/** Below these scores a peer gets no gossip, no publications, no hearing. Points of blame count with a minus. */
const THRESHOLDS = { gossipThreshold: -20, publishThreshold: -40, graylistThreshold: -100 }

const wireTopic = (chainId: bigint, topic: string) => `/animechain/${chainId}/${topic}/1`

/** The node of libp2p with all its bounds, not started. */
async function createNode(parts: NetworkParts, loaded: Loaded): Promise<P2pNode> {
  const { chainId, topics, options, bounds, clock, penalties } = parts
  const { listen = ['/ip4/127.0.0.1/tcp/0'], announce = [] } = options
  const mayConnect = (peer: PeerId) =>
    !penalties.isGraylisted(peer.toString(), clock.now()) && (options.allowPeer?.(peer.toString()) ?? true)
  const made: { node?: P2pNode } = {}
  const fromHost = (host: string) =>
    made.node?.getConnections().filter(({ remoteAddr }) => hostOf(remoteAddr.toString()) === host).length ?? 0
  const created = await loaded.createLibp2p({
    start: false,
    privateKey: await peerIdentity(options.identityFile),
    addresses: { listen: [...listen], announce: [...announce] },
    transports: [loaded.tcp({ maxConnections: 2 * bounds.maxPeers })],
    connectionEncrypters: [loaded.noise()],
    streamMuxers: [loaded.yamux({ streamOptions: YAMUX_WINDOW })],
    connectionManager: {
      maxConnections: bounds.maxPeers,
      maxIncomingPendingConnections: bounds.maxPeers,
      inboundConnectionThreshold: bounds.dialsPerHostPerSecond,
      maxParallelDials: DIALS_AT_ONCE,
      reconnectRetries: 0,
    },
    // Yamux pings, which is cheaper.
    connectionMonitor: { enabled: false },
    connectionGater: {
      denyDialMultiaddr: () => false,
      denyDialPeer: (peer) => !mayConnect(peer),
      denyInboundConnection: ({ remoteAddr }) =>
        fromHost(hostOf(remoteAddr.toString())) >= bounds.maxPeersPerHost,
      denyInboundEncryptedConnection: (peer) => !mayConnect(peer),
      denyOutboundEncryptedConnection: (peer) => !mayConnect(peer),
    },
    services: {
      identify: loaded.identify({ maxInboundStreams: 2, runOnConnectionOpen: true }),
      gossip: loaded.gossipsub({
        // The messages carry signatures of their own, and the same one Must be the same whoever sends it.
        globalSignaturePolicy: 'StrictNoSign',
        msgIdFn: (message) => new TextEncoder().encode(digestOf(message.topic, message.data)),
        msgIdToStrFn: (id) => new TextDecoder().decode(id),
        allowedTopics: topics.map((topic) => wireTopic(chainId, topic)),
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        fallbackToFloodsub: false,
        emitSelf: false,
        awaitRpcMessageHandler: true,
        maxInboundStreams: 2,
        maxOutboundStreams: 2,
        maxOutboundBufferSize: MAX_OUTBOUND_BYTES,
        maxTopicBytesPerPeer: 2_048 * topics.length,
        decodeRpcLimits: {
          maxSubscriptions: 64,
          maxMessages: 5_000,
          maxIhaveMessageIDs: 5_000,
          maxIwantMessageIDs: 5_000,
          maxControlMessages: 64,
          maxIdontwantMessageIDs: 512,
          maxPeerInfos: 16,
        },
        scoreThresholds: THRESHOLDS,
        scoreParams: {
          // What a peer did is kept in one place, which also outlives its connection.
          appSpecificScore: (peer) => -penalties.points(peer, clock.now()),
          appSpecificWeight: 1,
          behaviourPenaltyThreshold: 6,
          retainScore: RETAIN_SCORE_MS,
          // Bounded by `maxPeersPerHost`.
          IPColocationFactorWeight: 0,
        },
      }),
    },
  })
  made.node = created as unknown as P2pNode
  return made.node
}

/** Starts, with an error that says where it could not listen. */
async function startNode(node: P2pNode, listen: readonly string[] | undefined): Promise<void> {
  try {
    await node.start()
  } catch (cause) {
    await node.stop()
    throw new GossipError(
      `The gossip node cannot listen at ${listen?.join(', ') ?? 'a free port'}.`,
      'GOSSIP_LISTEN',
      { cause },
    )
  }
}

/** Keeps peers connected, and closes those that may not be. */
function upkeep(parts: NetworkParts, running: () => Running) {
  const { options, bounds, clock, logger, penalties } = parts
  const book = addressBook(bounds.maxAddresses)
  const isDenied = (peer: string) =>
    penalties.isGraylisted(peer, clock.now()) || !(options.allowPeer?.(peer) ?? true)

  async function dial(peer: string, address: string, signal: AbortSignal): Promise<void> {
    const { node, loaded } = running()
    try {
      await node.dial(loaded.multiaddr(address), {
        signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]),
      })
      book.succeeded(peer)
    } catch (error) {
      book.failed(peer, steadyTime(clock))
      logger.debug('a peer cannot be dialled', { peer, error: String(error) })
    }
  }

  /** Peers that have gone since the last step, and before it. */
  let left: PeerId[] = []
  let leftBefore: PeerId[] = []

  /**
   * Identities cost nothing: of who is gone libp2p remembers nothing, and this node only blame, in a table with a bound. A step later, for libp2p itself
   * looks up who has gone.
   */
  async function forget(connected: ReadonlySet<string>): Promise<void> {
    const forgotten = leftBefore
    leftBefore = left
    left = []
    const { node, drop } = running()
    const { peerStore } = node
    for (const peer of forgotten)
      if (!connected.has(peer.toString())) {
        drop(peer)
        await peerStore.delete(peer)
      }
  }

  const dialling = loop(
    {
      name: 'gossip peers',
      pollMs: UPKEEP_MS,
      async step(signal) {
        const { node } = running()
        for (const connection of node.getConnections())
          if (isDenied(connection.remotePeer.toString()))
            connection.abort(new Error('the peer is not allowed'))
        const connected = new Set(node.getPeers().map(String))
        await forget(connected)
        const room = Math.min(DIALS_AT_ONCE, bounds.maxPeers - connected.size)
        const due = book
          .due(steadyTime(clock))
          .filter(({ peer }) => !connected.has(peer) && peer !== node.peerId.toString() && !isDenied(peer))
        await Promise.all(
          due.slice(0, Math.max(0, room)).map(({ peer, address }) => dial(peer, address, signal)),
        )
        // Others wait for their turn behind those that were tried, not for the next step.
        return room > 0 && due.length > room ? 100 : UPKEEP_MS
      },
    },
    { clock, logger },
  )
  return { book, dialling, gone: (peer: PeerId) => void left.push(peer) }
}

/** Asks peers for what was missed: each when it connects, and then some peer every now and then. */
function catchUp(parts: NetworkParts, running: () => P2pNode, missed: ReturnType<typeof exchange>['missed']) {
  const { topics, options, bounds, clock, logger, take } = parts
  const joined = new Map<string, PeerId>()
  let turn = 0

  async function ask(peer: PeerId): Promise<void> {
    const source: MessageSource = { kind: 'peer', peer: peer.toString() }
    try {
      for (const topic of topics)
        for await (const bytes of missed(running(), peer, topic)) await take(topic, bytes, source)
    } catch (error) {
      logger.debug('a peer did not say what was missed', { peer: source.peer, error: String(error) })
    }
  }

  const asking = loop(
    {
      name: 'gossip catch-up',
      pollMs: options.syncMs ?? SYNC_MS,
      async step() {
        const peers = running().getPeers()
        const next =
          joined.size > 0 ? [...joined.values()] : peers.slice(turn % (peers.length || 1)).slice(0, 1)
        turn++
        joined.clear()
        await Promise.all(next.map(ask))
      },
    },
    { clock, logger },
  )
  return {
    asking,
    onPeer(peer: PeerId) {
      if (joined.size < bounds.maxPeers) joined.set(peer.toString(), peer)
      asking.wake()
    },
  }
}

/** Joins a node's topics to the gossip of libp2p. */
function subscribe(parts: NetworkParts, node: P2pNode, blame: P2pNetwork['blame']): void {
  const { chainId, topics, intake } = parts
  const verdicts = { accepted: 'accept', duplicate: 'ignore', ignored: 'ignore', rejected: 'reject' } as const
  for (const topic of topics) {
    const wire = wireTopic(chainId, topic)
    node.services.gossip.topicValidators.set(wire, async (from, { data }) => {
      const peer = from.toString()
      const { outcome } = await intake.take(topic, data, { kind: 'peer', peer })
      if (outcome === 'rejected') blame(peer, 'rejected')
      return verdicts[outcome] as never
    })
    node.services.gossip.subscribe(wire)
  }
}

/** A network that runs. */
interface Running {
  node: P2pNode
  loaded: Loaded
  controller: AbortController
  asked: ReturnType<typeof exchange>
  /** Makes gossipsub forget a peer. */
  drop(peer: PeerId): void
}

/** Makes the node with everything that it answers, and lets it listen. */
async function open(
  parts: NetworkParts,
  blame: P2pNetwork['blame'],
  disconnect: (peer: PeerId) => void,
  { onPeer, gone }: { onPeer(peer: PeerId): void; gone(peer: PeerId): void },
): Promise<Running> {
  const { chainId, topics, options, clock, metrics, penalties } = parts
  const loaded = await loadLibp2p()
  const node = await createNode(parts, loaded)
  const controller = new AbortController()
  const { signal } = controller
  const wires = new Map(topics.map((topic) => [wireTopic(chainId, topic), topic]))
  const drop = guardRouter(node.services.gossip, {
    ...parts,
    topicOf: (wire) => wires.get(wire),
    isGraylisted: (peer) => penalties.isGraylisted(peer, clock.now()),
    blame,
    disconnect,
    signal,
  })
  const asked = exchange({ ...parts, blame, signal })
  await asked.serve(node)
  const count = () => metrics.peers.set(node.getPeers().length)
  node.addEventListener('peer:connect', count)
  node.addEventListener('peer:disconnect', ({ detail }) => {
    count()
    gone(detail)
  })
  node.addEventListener('peer:identify', ({ detail }) => onPeer(detail.peerId))
  await startNode(node, options.listen)
  return { node, loaded, controller, asked, drop }
}

/** Ends a node. A peer that does not answer does not hold it up. */
async function close({ node, controller }: Running): Promise<void> {
  const late = setTimeout(() => {
    for (const connection of node.getConnections()) connection.abort(new Error('the node stops'))
  }, STOP_MS)
  try {
    controller.abort()
    await node.stop()
  } finally {
    clearTimeout(late)
  }
}

/** A node of libp2p that gossips, dials its peers and answers them. */
export function p2pNetwork(parts: NetworkParts): P2pNetwork {
  const { chainId, options, clock, logger, metrics, penalties } = parts
  let running: Running | undefined
  const must = () => {
    if (!running) throw new GossipError('The gossip node does not run.', 'GOSSIP_NOT_RUNNING')
    return running
  }
  const disconnect = (peer: PeerId) => {
    for (const connection of running?.node.getConnections(peer) ?? [])
      connection.abort(new Error('the peer broke the rules'))
  }
  const find = (peer: string) => running?.node.getPeers().find((other) => other.toString() === peer)
  const blame: P2pNetwork['blame'] = (peer, offence, times) => {
    if (!penalties.add(peer, offence, clock.now(), times)) return
    metrics.graylisted.inc()
    logger.warn('a peer was graylisted', { peer, offence })
    const known = find(peer)
    if (known) disconnect(known)
  }
  const { book, dialling, gone } = upkeep(parts, must)
  const { asking, onPeer } = catchUp(
    parts,
    () => must().node,
    (...question) => must().asked.missed(...question),
  )
  return {
    get peerId() {
      return running?.node.peerId.toString()
    },
    get addresses() {
      return running?.node.getMultiaddrs().map(String) ?? []
    },
    async start() {
      if (running) return
      const opened = await open(parts, blame, disconnect, { onPeer, gone })
      try {
        for (const address of options.peers ?? []) book.add(peerOf(address, opened.loaded), address)
      } catch (error) {
        await close(opened)
        throw error
      }
      running = opened
      subscribe(parts, opened.node, blame)
      await dialling.start()
      await asking.start()
    },
    async stop() {
      if (!running) return
      running.controller.abort()
      await Promise.all([dialling.stop(), asking.stop()])
      await close(running)
      running = undefined
      metrics.peers.set(0)
    },
    async publish(topic, bytes) {
      const { gossip } = must().node.services
      return (await gossip.publish(wireTopic(chainId, topic), bytes)).recipients.length
    },
    async add(addresses) {
      const { loaded } = must()
      const added = addresses.map((address) => [peerOf(address, loaded), address] as const)
      const kept = added.filter(([peer, address]) => book.add(peer, address)).length
      dialling.wake()
      return kept
    },
    peers: () =>
      (running?.node.getConnections() ?? []).map(({ remotePeer, remoteAddr, direction }) => ({
        peer: remotePeer.toString(),
        address: remoteAddr.toString(),
        direction,
        blame: Math.round(penalties.points(remotePeer.toString(), clock.now())),
      })),
    async payload(peer, hash, maxBytes, signal) {
      const known = find(peer)
      const { node, asked } = must()
      return known && asked.payload(node, known, hash, maxBytes, signal)
    },
    blame,
  }
}
