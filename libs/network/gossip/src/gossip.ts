import {
  InvalidInputError,
  silentLogger,
  silentMetrics,
  systemClock,
  type Clock,
  type Hash,
  type Lifecycle,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { defaultBounds, type GossipBounds } from './bounds.js'
import { GossipError } from './errors.js'
import { httpPeer, type HttpPeer } from './http/peer.js'
import { gossipServer, type GossipServer, type HttpServerOptions } from './http/server.js'
import { intake, type Intake, type Outcome } from './intake.js'
import { gossipMetrics, type GossipMetrics } from './metrics.js'
import { p2pNetwork, type P2pNetwork, type P2pOptions, type PeerInfo } from './p2p/network.js'
import { fetchPayload, type FetchPayloadOptions, type PayloadSource } from './payloads.js'
import { penalties, type Offence, type PenaltyOptions, type Penalties } from './penalties.js'
import { subscription, type OpenSubscription, type Subscription } from './subscription.js'
import type { GossipMessage, MessageSource, TopicRules } from './topic.js'

/** What a gossip node is made of. */
export interface GossipOptions<Topic extends string = string> {
  /** of L2; part of every topic's and protocol's name, so that chains do not mix */
  chainId: bigint
  /** What is gossiped, by name: 1 to 64 characters of letters, digits, `_` and `-`. At most 16. */
  topics: Readonly<Record<Topic, TopicRules>>
  /** Over libp2p. Default: with what its options default to; `false`: over HTTP only. */
  p2p?: P2pOptions | false
  /** Answers over HTTP. Default: not. */
  http?: HttpServerOptions
  /** URLs of nodes that answer over HTTP; messages go there, and are fetched from there. */
  httpPeers?: readonly string[]
  /** milliseconds between questions to such a node; default 1,000 */
  httpPollMs?: number
  /** The payload with this hash, for peers that ask. Default: this node has none. */
  payload?(hash: Hash, signal: AbortSignal): Promise<Uint8Array | undefined>
  bounds?: Partial<GossipBounds>
  graylist?: PenaltyOptions
  clock?: Clock
  logger?: Logger
  metrics?: Metrics
}

/** What became of a message that was published. */
export interface Published {
  /** Whether nobody had said the same before. */
  isNew: boolean
  /** peers that it was sent to over libp2p; more get it from them */
  peers: number
}

/** How a node does. */
export interface GossipHealth {
  /** Somebody is there to talk to: a peer over libp2p, or a server over HTTP that answered. */
  ready: boolean
  details: {
    peerId: string | undefined
    peers: number
    httpPeers: { name: string; isUp: boolean; waiting: number }[]
    graylisted: number
    /** sizes of the tables */
    seen: number
    keys: number
    recent: number
    recentBytes: number
  }
}

/** A node that gossips. */
export interface GossipNode<Topic extends string = string> extends Lifecycle {
  /** its identity over libp2p; undefined before `start`, after `stop` and without libp2p */
  readonly peerId: string | undefined
  /** multiaddrs with its identity, for others' `peers` */
  readonly addresses: string[]
  /** of its HTTP server */
  readonly httpUrl: string | undefined
  /**
   * Judges a message as one of a peer, and sends it.
   * @throws {GossipError} `GOSSIP_REFUSED` where peers would not forward it; `GOSSIP_NOT_RUNNING`
   */
  publish(topic: Topic, bytes: Uint8Array): Promise<Published>
  /**
   * Messages of a topic from now on, own ones included.
   * @param options `queue`: messages that wait; older ones give way and are counted. Default and most: `maxQueue` of the bounds
   * @throws {InvalidInputError} where there are too many subscriptions
   */
  subscribe(topic: Topic, options?: { queue?: number }): Subscription<Topic>
  /** The newest messages that are kept, from the oldest to the newest; of a group where one is given. */
  recent(topic: Topic, options?: { group?: string; limit?: number }): GossipMessage<Topic>[]
  /**
   * Adds peers to those that are dialled.
   * @returns how many of them are kept
   * @throws {InvalidInputError} for an address without an identity
   */
  addPeers(addresses: readonly string[]): Promise<number>
  /** peers that are connected over libp2p */
  peers(): PeerInfo[]
  /**
   * Fetches a payload from peers, and verifies its hash (Keccak-256).
   * @throws {GossipError} `GOSSIP_PAYLOAD_MISSING`
   */
  fetchPayload(hash: Hash, options?: FetchPayloadOptions): Promise<Uint8Array>
  health(): GossipHealth
}

const MAX_TOPICS = 16
const TOPIC_NAME = /^[A-Za-z0-9_-]{1,64}$/

function checkTopics(topics: Readonly<Record<string, TopicRules>>): void {
  const names = Object.keys(topics)
  if (names.length === 0 || names.length > MAX_TOPICS || !names.every((name) => TOPIC_NAME.test(name)))
    throw new InvalidInputError('topics', `1 to ${MAX_TOPICS} names of letters, digits, _ and -`, names)
}

/** Subscriptions by topic. */
function subscriptions(bounds: GossipBounds, metrics: GossipMetrics) {
  const byTopic = new Map<string, Set<OpenSubscription>>()
  const all = () => [...byTopic.values()].flatMap((of) => [...of])
  return {
    open(topic: string, queue = bounds.maxQueue): Subscription {
      const { length: count } = all()
      if (count >= bounds.maxSubscriptions)
        throw new InvalidInputError('subscription', `at most ${bounds.maxSubscriptions} at once`, count + 1)
      const of = byTopic.get(topic) ?? new Set()
      byTopic.set(topic, of)
      const most = Math.min(Math.max(1, queue), bounds.maxQueue)
      const opened: OpenSubscription = subscription(most, () => of.delete(opened))
      of.add(opened)
      return opened
    },
    tell(message: GossipMessage): void {
      for (const each of byTopic.get(message.topic) ?? [])
        if (!each.push(message)) metrics.dropped.inc(1, { topic: message.topic, reason: 'queue' })
    },
    close: () => all().forEach((each) => each.close()),
  }
}

/** The parts that every side of a node shares. */
interface Shared {
  bounds: GossipBounds
  clock: Clock
  logger: Logger
  metrics: GossipMetrics
  penalties: Penalties
  intake: Intake
}

/** The sides of a node: who it hears and tells. */
function sides(options: GossipOptions, shared: Shared) {
  const { chainId, topics } = options
  const { clock, logger, metrics, penalties: blamed } = shared
  const payload = async (hash: Hash, signal: AbortSignal) => options.payload?.(hash, signal)
  const own: { network?: P2pNetwork; server?: GossipServer; servers: HttpPeer[] } = { servers: [] }

  /** Blame of those that are not connected over libp2p. */
  const blame = (peer: string, offence: Offence) => {
    if (!blamed.add(peer, offence, clock.now())) return
    metrics.graylisted.inc()
    logger.warn('a peer was graylisted', { peer, offence })
  }
  const forward = async (message: GossipMessage): Promise<number> => {
    try {
      return (await own.network?.publish(message.topic, message.bytes)) ?? 0
    } catch (error) {
      logger.debug('a message was not gossiped', { topic: message.topic, error: String(error) })
      return 0
    }
  }
  /** Sends a message to all servers but the one that it came from. */
  const toServers = ({ source, ...message }: GossipMessage) => {
    for (const server of own.servers)
      if (source.kind !== 'http' || source.peer !== server.name) server.send({ ...message, source })
  }
  const take = async (topic: string, bytes: Uint8Array, source: MessageSource): Promise<Outcome> => {
    const outcome = await shared.intake.take(topic, bytes, source)
    if (outcome.outcome === 'accepted') await forward(outcome.message)
    return outcome
  }
  const parts = { ...shared, topics, payload, take, blame }
  if (options.p2p !== false)
    own.network = p2pNetwork({ ...parts, chainId, topics: Object.keys(topics), options: options.p2p ?? {} })
  if (options.http) own.server = gossipServer({ ...parts, options: options.http })
  own.servers = (options.httpPeers ?? []).map((url) =>
    httpPeer(url, { ...parts, pollMs: options.httpPollMs ?? 1_000 }),
  )
  const all: Lifecycle[] = [own.network, own.server, ...own.servers].filter((side) => side !== undefined)

  /** Those who may have a payload, the one to ask first at the head. */
  const payloadSources = (hash: Hash, maxBytes: number, first?: string): PayloadSource[] => {
    const peers = (own.network?.peers() ?? []).map(({ peer }) => ({
      name: peer,
      ask: (signal: AbortSignal) => own.network!.payload(peer, hash, maxBytes, signal),
    }))
    const servers = own.servers.map(({ name, payload: ask }) => ({
      name,
      ask: (signal: AbortSignal) => ask(hash, maxBytes, signal),
    }))
    const sources = [...peers, ...servers]
    return [...sources.filter(({ name }) => name === first), ...sources.filter(({ name }) => name !== first)]
  }
  return {
    ...own,
    forward,
    toServers,
    payloadSources,
    blameFor: (name: string, offence: Offence) => (own.network?.blame ?? blame)(name, offence),
    async start() {
      const started: Lifecycle[] = []
      try {
        for (const side of all) {
          started.push(side)
          await side.start()
        }
      } catch (error) {
        await Promise.allSettled(started.map((side) => side.stop()))
        throw error
      }
    },
    stop: () => Promise.all(all.map((side) => side.stop())),
  }
}

/** What is used in the place of what is not given. */
function sharedParts(options: GossipOptions, onAccepted: (message: GossipMessage) => void): Shared {
  const { clock = systemClock, logger = silentLogger } = options
  const bounds = { ...defaultBounds, ...options.bounds }
  const metrics = gossipMetrics(options.metrics ?? silentMetrics)
  const { topics } = options
  return {
    bounds,
    clock,
    logger,
    metrics,
    penalties: penalties(options.graylist),
    intake: intake({ topics, bounds, clock, logger, metrics, onAccepted }),
  }
}

/**
 * A node that gossips over libp2p, over HTTP or both, within bounds. What its topics mean is up to their rules.
 * @throws {InvalidInputError}
 */
export function gossip<Topic extends string>(options: GossipOptions<Topic>): GossipNode<Topic> {
  checkTopics(options.topics)
  let tell: (message: GossipMessage) => void = () => {}
  const shared = sharedParts(options, (message) => tell(message))
  const { bounds, clock, metrics } = shared
  const open = subscriptions(bounds, metrics)
  const node = sides(options, shared)
  // Over libp2p gossipsub forwards what came that way, and `forward` the rest.
  tell = (message) => {
    open.tell(message)
    node.toServers(message)
  }
  let controller: AbortController | undefined

  async function publish(topic: Topic, bytes: Uint8Array): Promise<Published> {
    if (!controller) throw new GossipError('The gossip node does not run.', 'GOSSIP_NOT_RUNNING')
    const outcome = await shared.intake.take(topic, bytes, { kind: 'self' })
    if (outcome.outcome === 'accepted') return { isNew: true, peers: await node.forward(outcome.message) }
    if (outcome.outcome === 'duplicate') return { isNew: false, peers: 0 }
    throw new GossipError(`The message for ${topic} is refused: ${outcome.reason}.`, 'GOSSIP_REFUSED')
  }

  function health(): GossipHealth {
    const { seen, keys, recent, recentBytes } = shared.intake.sizes()
    const peers = node.network?.peers().length ?? 0
    const httpPeers = node.servers.map(({ name, isUp, waiting }) => ({ name, isUp, waiting }))
    return {
      ready: controller !== undefined && (peers > 0 || httpPeers.some(({ isUp }) => isUp)),
      details: {
        peerId: node.network?.peerId,
        peers,
        httpPeers,
        graylisted: shared.penalties.count(clock.now()),
        ...{ seen, keys, recent, recentBytes },
      },
    }
  }

  return {
    get peerId() {
      return node.network?.peerId
    },
    get addresses() {
      return node.network?.addresses ?? []
    },
    get httpUrl() {
      return controller && node.server?.url
    },
    async start() {
      if (controller) return
      await node.start()
      controller = new AbortController()
    },
    async stop() {
      controller?.abort()
      controller = undefined
      open.close()
      await node.stop()
    },
    publish,
    subscribe: (topic, { queue } = {}) => open.open(topic, queue) as Subscription<Topic>,
    recent: (topic, { group, limit = bounds.recent.count } = {}) => {
      const kept = shared.intake.recent(topic)?.list({
        limit,
        now: clock.now(),
        ...(group === undefined ? {} : { group }),
      })
      return (kept ?? []).map(({ message }) => message as GossipMessage<Topic>)
    },
    addPeers: async (addresses) => (await node.network?.add(addresses)) ?? 0,
    peers: () => node.network?.peers() ?? [],
    fetchPayload: (hash, { first, maxBytes = bounds.maxPayloadBytes, signal } = {}) => {
      const most = Math.min(maxBytes, bounds.maxPayloadBytes)
      const running = controller?.signal ?? AbortSignal.abort(new Error('the node does not run'))
      return fetchPayload(hash, node.payloadSources(hash, most, first), most, {
        signal: signal ? AbortSignal.any([signal, running]) : running,
        metrics,
        onWrong: (name) => node.blameFor(name, 'wrongPayload'),
      })
    },
    health,
  }
}
