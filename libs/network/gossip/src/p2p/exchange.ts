import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  steadyTime,
  type Clock,
  type Hash,
  type Logger,
} from '@animechain/core'
import type { GossipBounds } from '../bounds.js'
import { digestOf, type Intake } from '../intake.js'
import type { GossipMetrics } from '../metrics.js'
import type { Offence } from '../penalties.js'
import { rateLimit } from '../rate.js'
import { frames, MalformedFrame, sendFrame } from './frames.js'
import type { Connection, P2pNode, PeerId, Stream } from './libp2p.js'

/** Bytes of a digest by which a node says that it has a message. */
const PREFIX_BYTES = 8
/** Messages that are named as known at most; what is beyond comes twice. */
const MAX_PREFIXES = 1_024
const MAX_TOPIC_BYTES = 64
const MAX_REQUEST_BYTES = 1 + MAX_TOPIC_BYTES + MAX_PREFIXES * PREFIX_BYTES
/** Streams of one connection for one protocol. */
const MAX_STREAMS = 4
/** Requests of one peer that are answered at once: nobody holds all places. */
const MAX_OPEN_OF_PEER = 2
const FOUND = 1
const MISSING = 0
const HASH_BYTES = 32

/** What a node answers and asks beside gossip itself. */
export interface ExchangeParts {
  chainId: bigint
  topics: readonly string[]
  bounds: GossipBounds
  clock: Clock
  logger: Logger
  metrics: GossipMetrics
  intake: Intake
  /** The payload with this hash, where this node has it. */
  payload(hash: Hash, signal: AbortSignal): Promise<Uint8Array | undefined>
  blame(peer: string, offence: Offence): void
  signal: AbortSignal
}

/** Asks peers over streams of their own. */
export interface Exchange {
  /** Registers what is answered. */
  serve(node: P2pNode): Promise<void>
  /** The messages of a topic that a peer has and this node does not, in the peer's order. */
  missed(node: P2pNode, peer: PeerId, topic: string): AsyncGenerator<Uint8Array>
  /** What a peer gives for a hash; not verified. */
  payload(
    node: P2pNode,
    peer: PeerId,
    hash: Hash,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>
}

/** Names of the protocols. docs/spec/network.md, 10 */
export const protocolsOf = (chainId: bigint) => ({
  payload: `/animechain/${chainId}/payload/1`,
  recent: `/animechain/${chainId}/recent/1`,
})

const prefixOf = (digest: string) => digest.slice(0, 2 * PREFIX_BYTES)

/** What a node asks for: a topic, and the messages that it has of it. */
export function encodeRecentRequest(topic: string, digests: readonly string[]): Uint8Array {
  const name = new TextEncoder().encode(topic)
  const newest = digests.slice(-MAX_PREFIXES).map((digest) => hexToBytes(`0x${prefixOf(digest)}`))
  return concatBytes(Uint8Array.of(name.length), name, ...newest)
}

/** @throws {MalformedFrame} */
export function decodeRecentRequest(bytes: Uint8Array): { topic: string; known: Set<string> } {
  const length = bytes[0] ?? 0
  const rest = bytes.subarray(1 + length)
  if (
    length === 0 ||
    length > MAX_TOPIC_BYTES ||
    bytes.length < 1 + length ||
    rest.length % PREFIX_BYTES !== 0
  )
    throw new MalformedFrame('expected a topic and digests')
  const known = new Set<string>()
  for (let at = 0; at < rest.length; at += PREFIX_BYTES)
    known.add(bytesToHex(rest.subarray(at, at + PREFIX_BYTES)).slice(2))
  return { topic: new TextDecoder().decode(bytes.subarray(1, 1 + length)), known }
}

/** The first frame of a stream. @throws where it ends before */
async function firstFrame(stream: Stream, maxBytes: number): Promise<Uint8Array> {
  for await (const frame of frames(stream, maxBytes)) return frame
  throw new Error('the stream ended before its frame')
}

/** Ends a stream when a signal does: whoever waits for it then is told. */
function endWith(stream: Stream, signal: AbortSignal): () => void {
  const end = () => stream.abort(new Error('the request took too long, or the node stopped'))
  if (signal.aborted) end()
  signal.addEventListener('abort', end)
  return () => signal.removeEventListener('abort', end)
}

type Responder = (stream: Stream, request: Uint8Array, signal: AbortSignal) => Promise<string>

/** Answers a request that keeps within the bounds: one frame, in time, not too many at once. */
function bounded(what: string, parts: ExchangeParts, open: Map<string, number>, respond: Responder) {
  const { bounds, clock, logger, metrics, blame } = parts
  const limit = rateLimit(bounds.requestRate)
  return async (stream: Stream, connection: Connection): Promise<void> => {
    const peer = connection.remotePeer.toString()
    const own = open.get(peer) ?? 0
    const all = [...open.values()].reduce((sum, count) => sum + count, 0)
    const isFull = own >= MAX_OPEN_OF_PEER || all >= bounds.maxRequests
    if (isFull || limit.take(peer, 1, steadyTime(clock)) < 1) {
      metrics.requests.inc(1, { what, status: 'busy' })
      return stream.abort(new Error('too many requests'))
    }
    open.set(peer, own + 1)
    const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(bounds.requestTimeoutMs)])
    const release = endWith(stream, signal)
    let status = 'failed'
    try {
      status = await respond(stream, await firstFrame(stream, MAX_REQUEST_BYTES), signal)
      await stream.close({ signal })
      // What still comes on it is thrown away, not kept.
      await stream.closeRead({ signal })
    } catch (error) {
      if (error instanceof MalformedFrame) blame(peer, 'malformed')
      logger.debug('a request of a peer failed', { what, peer, error: String(error) })
      stream.abort(error as Error)
    } finally {
      release()
      const left = open.get(peer)! - 1
      if (left > 0) open.set(peer, left)
      else open.delete(peer)
      metrics.requests.inc(1, { what, status })
    }
  }
}

/** Requests and answers between peers: payloads by their hash, and what was missed of a topic. */
export function exchange(parts: ExchangeParts): Exchange {
  const { chainId, topics, bounds, clock, intake } = parts
  const protocols = protocolsOf(chainId)

  const respondPayload: Responder = async (stream, request, signal) => {
    if (request.length !== HASH_BYTES) throw new MalformedFrame(`expected ${HASH_BYTES} bytes`)
    const found = await parts.payload(bytesToHex(request), signal)
    const answer = found && found.length <= bounds.maxPayloadBytes ? found : undefined
    await sendFrame(
      stream,
      concatBytes(Uint8Array.of(answer ? FOUND : MISSING), answer ?? new Uint8Array()),
      signal,
    )
    return answer ? 'ok' : 'missing'
  }

  const respondRecent: Responder = async (stream, request, signal) => {
    const { topic, known } = decodeRecentRequest(request)
    const kept = intake.recent(topic)?.list({ limit: bounds.recent.count, now: clock.now() }) ?? []
    for (const { message, digest } of kept)
      if (!known.has(prefixOf(digest))) await sendFrame(stream, message.bytes, signal)
    return 'ok'
  }

  /** Opens a stream for one request. */
  async function* ask(
    node: P2pNode,
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    maxBytes: number,
    given: AbortSignal,
  ) {
    const signal = AbortSignal.any([given, parts.signal, AbortSignal.timeout(bounds.requestTimeoutMs)])
    const stream = await node.dialProtocol(peer, protocol, { signal })
    const release = endWith(stream, signal)
    try {
      await sendFrame(stream, request, signal)
      yield* frames(stream, maxBytes)
      await stream.close({ signal })
    } catch (error) {
      if (error instanceof MalformedFrame) parts.blame(peer.toString(), 'malformed')
      throw error
    } finally {
      release()
      if (stream.status === 'open') stream.abort(new Error('the request is over'))
    }
  }

  return {
    async serve(node) {
      const open = new Map<string, number>()
      const options = { maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS }
      await node.handle(protocols.payload, bounded('payload', parts, open, respondPayload), options)
      await node.handle(protocols.recent, bounded('recent', parts, open, respondRecent), options)
    },
    async *missed(node, peer, topic) {
      if (!topics.includes(topic)) return
      const has = intake.recent(topic)?.list({ limit: MAX_PREFIXES, now: clock.now() }) ?? []
      const request = encodeRecentRequest(
        topic,
        has.map(({ digest }) => digest),
      )
      let left = bounds.recent.count
      for await (const bytes of ask(
        node,
        peer,
        protocols.recent,
        request,
        bounds.recent.bytes,
        parts.signal,
      )) {
        if (left-- <= 0) return
        if (!intake.knows(digestOf(topic, bytes))) yield bytes
      }
    },
    async payload(node, peer, hash, maxBytes, signal) {
      const answers = ask(node, peer, protocols.payload, hexToBytes(hash), maxBytes + 1, signal)
      for await (const answer of answers) return answer[0] === FOUND ? answer.subarray(1) : undefined
      return undefined
    },
  }
}
