import type { RateBound } from './rate.js'
import type { RecentBounds } from './recent.js'

/** Every bound of a gossip node. What is not given is as {@link defaultBounds} says. */
export interface GossipBounds {
  /** peers that are connected at once, over libp2p */
  maxPeers: number
  /** of them from one IP address */
  maxPeersPerHost: number
  /** incoming connections of one IP address that are answered in a second */
  dialsPerHostPerSecond: number
  /** addresses of peers that are kept and dialled */
  maxAddresses: number
  /** messages of one peer; what is beyond is dropped, and four times as many are an offence */
  peerRate: RateBound
  /** bytes of one peer over gossip; beyond, the node reads no further until there is room */
  peerBytes: RateBound
  /** messages that are judged at once */
  maxJudging: number
  /** milliseconds for a judgement; the message is ignored after it */
  judgeTimeoutMs: number
  /** messages that are known by their digest, of all topics */
  maxSeen: number
  /** milliseconds that they are known */
  seenMs: number
  /** keys of one topic whose messages are counted */
  maxKeys: number
  /** what is kept of each topic for peers that missed it */
  recent: RecentBounds
  /** subscriptions in all */
  maxSubscriptions: number
  /** messages that wait in a subscription, unless it says less */
  maxQueue: number
  /** requests over HTTP of one IP address */
  httpRate: RateBound
  /** open connections of the HTTP server */
  maxHttpConnections: number
  /** requests to the HTTP server that are answered at once */
  maxHttpRequests: number
  /** messages that wait to be sent to one server over HTTP */
  maxHttpQueue: number
  /** payloads and lists of recent messages that one peer asks for */
  requestRate: RateBound
  /** such requests of all peers that are answered at once */
  maxRequests: number
  /** longest payload, bytes */
  maxPayloadBytes: number
  /** milliseconds for a whole request, over libp2p or HTTP */
  requestTimeoutMs: number
}

/** For some dozens of verifiers. Worst case in memory: README. */
export const defaultBounds: GossipBounds = {
  maxPeers: 32,
  maxPeersPerHost: 8,
  dialsPerHostPerSecond: 5,
  maxAddresses: 256,
  peerRate: { perSecond: 50, burst: 1_000 },
  peerBytes: { perSecond: 1_048_576, burst: 4_194_304 },
  maxJudging: 64,
  judgeTimeoutMs: 5_000,
  maxSeen: 65_536,
  seenMs: 600_000,
  maxKeys: 16_384,
  recent: { count: 1_024, bytes: 1_048_576, forMs: 3_600_000 },
  maxSubscriptions: 64,
  maxQueue: 1_024,
  httpRate: { perSecond: 20, burst: 200 },
  maxHttpConnections: 256,
  maxHttpRequests: 64,
  maxHttpQueue: 256,
  requestRate: { perSecond: 2, burst: 32 },
  maxRequests: 16,
  maxPayloadBytes: 4_194_304,
  requestTimeoutMs: 10_000,
}
