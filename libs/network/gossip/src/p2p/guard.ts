import { steadyTime, type Clock, type Logger } from '@animechain/core'
import type { GossipBounds } from '../bounds.js'
import { GossipError } from '../errors.js'
import type { GossipMetrics } from '../metrics.js'
import type { Offence } from '../penalties.js'
import { rateLimit } from '../rate.js'
import { frames, MalformedFrame } from './frames.js'
import type { PeerId, Stream } from './libp2p.js'

/** Longest frame of gossip, bytes: what a peer sends at once when it is asked for all that it has of the last seconds. */
const MAX_GOSSIP_FRAME_BYTES = 2_097_152
/** A peer that sends so many times what it may is not merely fast. */
const FLOOD_FACTOR = 4

/** What gossipsub decodes out of a frame, as far as it is counted here. */
interface Rpc {
  messages: { topic?: string }[]
  subscriptions?: unknown[]
  control?: Record<string, unknown[] | undefined>
}

/** What this version of gossipsub has inside, by which a peer's frames are bounded before they cost anything. */
interface RouterParts {
  peers: Map<string, PeerId>
  streamsInbound: Map<string, { close(): Promise<void> }>
  isStarted(): boolean
  decodeRpc(bytes: Uint8Array): Rpc
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>
  createInboundStream(peer: PeerId, stream: Stream): void
  onPeerDisconnected(peer: PeerId): void
}

const METHODS = [
  'isStarted',
  'decodeRpc',
  'handleReceivedRpc',
  'createInboundStream',
  'onPeerDisconnected',
] as const satisfies (keyof RouterParts)[]

/** What the guard needs, and whom it tells. */
export interface GuardParts {
  bounds: GossipBounds
  clock: Clock
  logger: Logger
  metrics: GossipMetrics
  /** name of a topic by what it is called on the wire */
  topicOf(wire: string): string | undefined
  blame(peer: string, offence: Offence, times?: number): void
  isGraylisted(peer: string): boolean
  disconnect(peer: PeerId): void
  signal: AbortSignal
}

/** How much a frame counts: its messages, and everything else that it asks for. */
const weightOf = (rpc: Rpc): number => {
  const control = Object.values(rpc.control ?? {}).reduce((sum, entries) => sum + (entries?.length ?? 0), 0)
  return Math.max(1, rpc.messages.length + (rpc.subscriptions?.length ?? 0) + control)
}

function routerParts(router: unknown): RouterParts {
  const parts = router as RouterParts
  const isWhole =
    METHODS.every((name) => typeof parts[name] === 'function') &&
    parts.peers instanceof Map &&
    parts.streamsInbound instanceof Map
  if (!isWhole)
    throw new GossipError('This version of gossipsub cannot be bounded.', 'GOSSIP_LIBRARY', {
      metaMessages: ['Expected @libp2p/gossipsub 17.1.1.'],
    })
  return parts
}

/** Takes the part of a frame that a peer may send now; undefined where that is nothing. */
function ration({ bounds, clock, metrics, topicOf, blame }: GuardParts) {
  const { perSecond, burst } = bounds.peerRate
  const fair = rateLimit(bounds.peerRate)
  const most = rateLimit({ perSecond: FLOOD_FACTOR * perSecond, burst: FLOOD_FACTOR * burst })
  return (peer: string, rpc: Rpc): Rpc | undefined => {
    const now = steadyTime(clock)
    const wanted = weightOf(rpc)
    const flood = wanted - most.take(peer, wanted, now)
    if (flood > 0) blame(peer, 'flooding', flood)
    const taken = fair.take(peer, wanted, now)
    if (taken === wanted) return rpc
    const kept = rpc.messages.slice(0, taken)
    for (const { topic } of rpc.messages.slice(taken))
      metrics.dropped.inc(1, { topic: (topic && topicOf(topic)) ?? 'other', reason: 'rate' })
    return kept.length > 0 ? { messages: kept, subscriptions: [] } : undefined
  }
}

/**
 * Reads the frames of peers in the place of gossipsub, which takes what comes however much it is: here a peer waits while what it sent is judged, its
 * messages and bytes are rationed, and frames that are none of the protocol are blamed on it.
 * @returns what makes gossipsub forget a peer that is gone: it is not told of who goes before it said what it speaks
 * @throws {GossipError} `GOSSIP_LIBRARY` where this is another gossipsub
 */
export function guardRouter(router: unknown, parts: GuardParts): (peer: PeerId) => void {
  const inner = routerParts(router)
  const { bounds, clock, logger, metrics, signal } = parts
  const bytes = rateLimit(bounds.peerBytes)
  const rationed = ration(parts)

  /** Waits until a peer may have sent so many bytes. */
  async function bytesOf(peer: string, count: number): Promise<void> {
    let left = count
    while (!signal.aborted) {
      left -= bytes.take(peer, left, steadyTime(clock))
      if (left <= 0) return
      await clock.sleep(Math.min(1_000, (left * 1_000) / bounds.peerBytes.perSecond + 1), signal)
    }
  }

  function decoded(peer: string, frame: Uint8Array): Rpc | undefined {
    try {
      return inner.decodeRpc(frame)
    } catch {
      metrics.malformed.inc()
      parts.blame(peer, 'malformed')
      return undefined
    }
  }

  async function read(peerId: PeerId, stream: Stream): Promise<void> {
    const peer = peerId.toString()
    for await (const frame of frames(stream, MAX_GOSSIP_FRAME_BYTES)) {
      if (signal.aborted || parts.isGraylisted(peer)) return
      await bytesOf(peer, frame.length)
      const rpc = decoded(peer, frame)
      const part = rpc && rationed(peer, rpc)
      if (part && !parts.isGraylisted(peer)) await inner.handleReceivedRpc(peerId, part)
    }
  }

  inner.createInboundStream = (peerId, stream) => {
    const peer = peerId.toString()
    if (!inner.isStarted() || !inner.peers.has(peer)) return
    const current = { close: async () => stream.abort(new Error('the stream is not needed any more')) }
    void inner.streamsInbound.get(peer)?.close()
    inner.streamsInbound.set(peer, current)
    read(peerId, stream).catch((error: unknown) => {
      if (error instanceof MalformedFrame) {
        metrics.malformed.inc()
        parts.blame(peer, 'malformed')
      }
      logger.debug('a stream of gossip ended', { peer, error: String(error) })
      if (inner.streamsInbound.get(peer) !== current) return
      // Without its stream a peer is of no use; when it is dialled again it gets a new one.
      inner.onPeerDisconnected(peerId)
      parts.disconnect(peerId)
    })
  }
  return (peer) => inner.onPeerDisconnected(peer)
}
