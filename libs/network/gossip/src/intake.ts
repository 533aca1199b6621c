import { bytesToHex, sha256, type Clock, type Logger } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import type { GossipBounds } from './bounds.js'
import type { GossipMetrics } from './metrics.js'
import { recent, type Recent } from './recent.js'
import { seen } from './seen.js'
import {
  MAX_GROUP_LENGTH,
  MAX_KEY_LENGTH,
  MAX_MESSAGE_BYTES,
  type GossipMessage,
  type MessageSource,
  type TopicRules,
  type Verdict,
} from './topic.js'

/** What became of a message. Only one that is `accepted` is forwarded. */
export type Outcome =
  | { outcome: 'accepted'; message: GossipMessage }
  | { outcome: 'duplicate' }
  | { outcome: 'ignored' | 'rejected'; reason: string }

/** How long a message that could not be judged is not judged again, milliseconds. */
const IGNORED_MS = 2_000
/** Ignored messages whose reason is remembered, and characters of it. */
const MAX_REASONS = 1_024
const MAX_REASON_LENGTH = 256

/** What the intake needs from outside. */
export interface IntakeParts {
  topics: Readonly<Record<string, TopicRules>>
  bounds: GossipBounds
  clock: Clock
  logger: Logger
  metrics: GossipMetrics
  /** Told of each message that is accepted, once. */
  onAccepted(message: GossipMessage): void
}

/** The one door for messages, whichever way they come. */
export interface Intake {
  take(topic: string, bytes: Uint8Array, source: MessageSource): Promise<Outcome>
  recent(topic: string): Recent | undefined
  /** Whether the bytes with this digest were met. */
  knows(digest: string): boolean
  /** sizes of the tables, for health and tests */
  sizes(): { seen: number; keys: number; recent: number; recentBytes: number; judging: number }
}

/** What tells messages apart: SHA-256 over topic and bytes, 20 bytes of it as hex. */
export function digestOf(topic: string, bytes: Uint8Array): string {
  const name = new TextEncoder().encode(topic)
  const joined = new Uint8Array(name.length + 1 + bytes.length)
  joined.set(name)
  joined.set(bytes, name.length + 1)
  return bytesToHex(sha256(joined).subarray(0, 20)).slice(2)
}

const ignored = (reason: string): Verdict => ({ verdict: 'ignore', reason })

/** Runs the rules of a topic, which may be wrong or slow. */
async function judged(
  rules: TopicRules,
  bytes: Uint8Array,
  source: MessageSource,
  timeoutMs: number,
): Promise<Verdict> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve(ignored(`no judgement in ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    const verdict = await Promise.race([(async () => rules.judge(bytes, source))(), late])
    if (verdict.verdict !== 'accept') return verdict
    if (verdict.key.length > MAX_KEY_LENGTH) return ignored(`expected a key of at most ${MAX_KEY_LENGTH}`)
    if ((verdict.variant?.length ?? 0) > MAX_KEY_LENGTH)
      return ignored(`expected a variant of at most ${MAX_KEY_LENGTH}`)
    if ((verdict.group?.length ?? 0) > MAX_GROUP_LENGTH)
      return ignored(`expected a group of at most ${MAX_GROUP_LENGTH}`)
    return verdict
  } catch (error) {
    return ignored(error instanceof Error ? error.message.split('\n')[0]! : String(error))
  } finally {
    clearTimeout(timer)
  }
}

/** A message of a key that is kept: what it is, and what it says. */
interface Kept {
  digest: string
  variant: string
}

/** Whether a message is kept besides those of its key. By digest: the same one again, after it was forgotten, takes no place of another one. */
const isKept = ({ perKey = 1, hasPlace }: TopicRules, kept: readonly Kept[], next: Kept): boolean =>
  kept.length < perKey &&
  !kept.some(({ digest }) => digest === next.digest) &&
  (hasPlace?.(
    kept.map(({ variant }) => variant),
    next.variant,
  ) ??
    true)

/** Bounds, dedupes and judges messages, and keeps the newest of each topic. */
export function intake({ topics, bounds, clock, logger, metrics, onAccepted }: IntakeParts): Intake {
  const known = seen(bounds.maxSeen, bounds.seenMs)
  const states = new Map(
    Object.entries(topics).map(([name, rules]) => [
      name,
      { rules, keys: boundedMap<string, Kept[]>(bounds.maxKeys), recent: recent(bounds.recent) },
    ]),
  )
  /** Why a message was ignored, for whoever sends it again before it is judged again. */
  const reasons = boundedMap<string, string>(MAX_REASONS)
  let judging = 0

  async function take(topic: string, given: Uint8Array, source: MessageSource): Promise<Outcome> {
    const state = states.get(topic)
    if (!state) return { outcome: 'rejected', reason: `no topic ${topic}` }
    metrics.received.inc(1, { topic, source: source.kind })
    const { maxBytes = MAX_MESSAGE_BYTES } = state.rules
    if (given.length === 0 || given.length > maxBytes) {
      metrics.rejected.inc(1, { topic })
      return { outcome: 'rejected', reason: `expected 1 to ${maxBytes} bytes, got ${given.length}` }
    }
    const digest = digestOf(topic, given)
    if (known.has(digest, clock.now())) {
      const reason = reasons.get(digest)
      if (reason !== undefined) return { outcome: 'ignored', reason }
      metrics.duplicates.inc(1, { topic })
      return { outcome: 'duplicate' }
    }
    if (judging >= bounds.maxJudging) {
      metrics.dropped.inc(1, { topic, reason: 'busy' })
      return { outcome: 'ignored', reason: 'too many messages are being judged' }
    }
    known.add(digest, clock.now())
    reasons.delete(digest)
    // Frames are views into what came over the wire, which would be kept as a whole.
    const bytes = given.slice()
    judging++
    const verdict = await judged(state.rules, bytes, source, bounds.judgeTimeoutMs)
    judging--
    if (verdict.verdict === 'reject') {
      metrics.rejected.inc(1, { topic })
      return { outcome: 'rejected', reason: verdict.reason }
    }
    if (verdict.verdict === 'ignore') {
      known.add(digest, clock.now(), IGNORED_MS)
      reasons.set(digest, verdict.reason.slice(0, MAX_REASON_LENGTH))
      metrics.ignored.inc(1, { topic })
      logger.debug('a message was ignored', { topic, reason: verdict.reason })
      return { outcome: 'ignored', reason: verdict.reason }
    }
    const { key, variant = '', group, rank = 0 } = verdict
    const kept = state.keys.get(key) ?? []
    if (!isKept(state.rules, kept, { digest, variant })) {
      metrics.duplicates.inc(1, { topic })
      return { outcome: 'duplicate' }
    }
    state.keys.set(key, [...kept, { digest, variant }])
    const message: GossipMessage = { topic, bytes, key, group, rank, source, receivedAt: clock.now() }
    state.recent.add(message, digest)
    metrics.accepted.inc(1, { topic })
    onAccepted(message)
    return { outcome: 'accepted', message }
  }

  return {
    take,
    recent: (topic) => states.get(topic)?.recent,
    knows: (digest) => known.has(digest, clock.now()),
    sizes() {
      const all = [...states.values()]
      const sum = (of: (state: (typeof all)[number]) => number) =>
        all.reduce((total, state) => total + of(state), 0)
      return {
        seen: known.size,
        keys: sum(({ keys }) => keys.size),
        recent: sum((state) => state.recent.size),
        recentBytes: sum((state) => state.recent.bytes),
        judging,
      }
    },
  }
}
