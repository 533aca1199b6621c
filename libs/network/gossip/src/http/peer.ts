import {
  InvalidInputError,
  redactUrls,
  type Clock,
  type Hash,
  type Lifecycle,
  type Logger,
} from '@animechain/core'
import { loop } from '@animechain/runtime'
import type { GossipBounds } from '../bounds.js'
import { digestOf, type Intake, type Outcome } from '../intake.js'
import type { GossipMetrics } from '../metrics.js'
import { frameParser } from '../p2p/frames.js'
import type { Offence, Penalties } from '../penalties.js'
import { MAX_MESSAGE_BYTES, type GossipMessage, type MessageSource, type TopicRules } from '../topic.js'
import { ask } from './ask.js'
import { decodeCursor, MAX_LISTED } from './cursor.js'

/** Room for what tells frames apart, bytes each. */
const FRAME_OVERHEAD = 4
const MAX_RETRY_AFTER_MS = 60_000

/** What a peer over HTTP needs from the node. */
export interface HttpPeerParts {
  topics: Readonly<Record<string, TopicRules>>
  /** milliseconds between questions for what is new */
  pollMs: number
  bounds: GossipBounds
  clock: Clock
  logger: Logger
  metrics: GossipMetrics
  penalties: Penalties
  intake: Intake
  take(topic: string, bytes: Uint8Array, source: MessageSource): Promise<Outcome>
  blame(peer: string, offence: Offence): void
}

/** A server that messages are posted to, and that is asked for new ones. */
export interface HttpPeer extends Lifecycle {
  /** its address, without secrets */
  readonly name: string
  /** Whether it answered the last time. */
  readonly isUp: boolean
  /** messages that wait to be posted */
  readonly waiting: number
  send(message: GossipMessage): void
  /** What it gives for a hash; not verified. */
  payload(hash: Hash, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>
}

/** @throws {InvalidInputError} */
function checked(url: string): string {
  const isGood = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (!isGood) throw new InvalidInputError('address of a peer', 'an http or https URL', redactUrls(url))
  return url
}

/** Reads what is new of each topic, from where it was read last. */
function reading(url: string, name: string, parts: HttpPeerParts) {
  const { topics, bounds, intake, take, blame } = parts
  const cursors = new Map<string, string>()
  return async (signal: AbortSignal): Promise<void> => {
    for (const [topic, { maxBytes = MAX_MESSAGE_BYTES }] of Object.entries(topics)) {
      const after = cursors.get(topic)
      const answer = await ask(url, {
        method: 'GET',
        path: `/v1/gossip/${topic}?limit=${MAX_LISTED}${after === undefined ? '' : `&after=${after}`}`,
        maxBytes: MAX_LISTED * (maxBytes + FRAME_OVERHEAD),
        timeoutMs: bounds.requestTimeoutMs,
        signal,
      })
      // It has not this topic: a watcher has alarms only.
      if (answer.status === 404) continue
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`)
      const parser = frameParser(maxBytes)
      let frames: Uint8Array[]
      try {
        frames = parser.push(answer.body)
        if (parser.pending > 0 || frames.length > MAX_LISTED) throw new Error('expected whole messages')
      } catch (error) {
        blame(name, 'malformed')
        throw error
      }
      for (const bytes of frames) {
        if (intake.knows(digestOf(topic, bytes))) continue
        const { outcome } = await take(topic, bytes, { kind: 'http', peer: name })
        if (outcome === 'rejected') blame(name, 'rejected')
      }
      if (decodeCursor(answer.cursor)) cursors.set(topic, answer.cursor!)
    }
  }
}

/** Posts what waits, oldest first; what the other side does not want is not sent again. */
function posting(url: string, bounds: GossipBounds, queue: GossipMessage[]) {
  return async (signal: AbortSignal): Promise<number | undefined> => {
    while (queue.length > 0) {
      const message = queue[0]!
      const { status, retryAfterMs } = await ask(url, {
        method: 'POST',
        path: `/v1/gossip/${message.topic}`,
        body: message.bytes,
        maxBytes: MAX_MESSAGE_BYTES,
        timeoutMs: bounds.requestTimeoutMs,
        signal,
      })
      if (status === 429 || status === 503) return Math.min(Math.max(retryAfterMs, 1_000), MAX_RETRY_AFTER_MS)
      if (status >= 500) throw new Error(`HTTP ${status}`)
      // It may have given way to newer ones meanwhile.
      if (queue[0] === message) queue.shift()
    }
    return undefined
  }
}

/**
 * A peer over HTTP: the same messages in both directions.
 * @param url with a path of its own, if it has one
 * @throws {InvalidInputError}
 */
export function httpPeer(url: string, parts: HttpPeerParts): HttpPeer {
  const { pollMs, bounds, clock, logger, metrics, penalties } = parts
  const name = redactUrls(checked(url))
  const queue: GossipMessage[] = []
  const post = posting(url, bounds, queue)
  const read = reading(url, name, parts)
  const state = { isUp: false }
  const stepping = loop(
    {
      name: 'gossip over http',
      pollMs,
      maxBackoffMs: Math.max(pollMs, 10_000),
      async step(signal) {
        if (penalties.isGraylisted(name, clock.now())) {
          state.isUp = false
          queue.length = 0
          return
        }
        try {
          const waitMs = await post(signal)
          await read(signal)
          state.isUp = true
          return waitMs
        } catch (error) {
          state.isUp = false
          throw error
        }
      },
    },
    { clock, logger },
  )
  return {
    name,
    get isUp() {
      return state.isUp
    },
    get waiting() {
      return queue.length
    },
    send(message) {
      if (penalties.isGraylisted(name, clock.now())) return
      queue.push(message)
      if (queue.length > bounds.maxHttpQueue) {
        metrics.dropped.inc(1, { topic: queue.shift()!.topic, reason: 'http' })
      }
      // After a failure it waits until the next step.
      if (state.isUp) stepping.wake()
    },
    async payload(hash, maxBytes, signal) {
      const { status, body } = await ask(url, {
        method: 'GET',
        path: `/v1/payloads/${hash}`,
        maxBytes,
        timeoutMs: bounds.requestTimeoutMs,
        signal,
      })
      return status === 200 ? body : undefined
    },
    start: () => stepping.start(),
    stop: () => stepping.stop(),
  }
}
