import type { FollowStatus } from './announcements/follower.js'
import type { BuildStatus } from './sequencing/service.js'

/** Without a look at L1 for so long a node is not healthy. milliseconds */
const L1_SILENCE_MS = 60_000
/** Without a block that was due for so long, or for so many times the time of one. milliseconds */
const BUILD_SILENCE_MS = 10_000
const BUILD_SILENCE_BLOCKS = 5
/** Seconds above `maxDriftSeconds` from which on blocks are too far ahead of time. */
const LEAD_MARGIN_SECONDS = 5
/** Beyond the time that blocks may wait on purpose. milliseconds */
const POST_MARGIN_MS = 60_000
/** An output that waits for its assertion for so long. milliseconds */
const ASSERT_SILENCE_MS = 300_000
/** Difference between this machine's clock and L1's that is worth a word. seconds */
const SKEW_SECONDS = 60
/** Without an announcement, or with one whose block is not taken, for so long it is said: longer than a sequencer waits with an empty block. milliseconds */
const FOLLOW_SILENCE_MS = 120_000
/** Services without which a node does all that its role promises: `latest` is what L1 has, that is all. */
const extras: readonly string[] = ['announcer', 'follower']

/** What a node knows of its own progress. All times are of a clock that nobody sets. */
export interface ProgressFacts {
  /** Services whose last step failed. */
  failures: readonly { service: string; message: string }[]
  /** since derivation completed a step, milliseconds */
  sinceLookMs: number
  /** since it applied a batch, milliseconds */
  sinceBatchMs: number
  batchesApplied: bigint
  /** Of a sequencer. */
  build?: BuildStatus & { blockTimeMs: number; maxDriftSeconds: number; unsafeBlocks: bigint }
  /** The oldest block that L1 does not have, of a node that posts; `allowedMs`: how long one may wait on purpose. */
  unposted?: { block: bigint; ageMs: number; allowedMs: number }
  /** Of a node that follows announcements. */
  following?: FollowStatus & { latest: bigint }
  /** for how long an output has been due to be asserted, of a node that asserts; milliseconds */
  assertionDueMs?: number
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

function buildStall(build: NonNullable<ProgressFacts['build']>): string | undefined {
  const { idleMs, stop, leadSeconds, blockTimeMs, maxDriftSeconds, unsafeBlocks } = build
  const why = {
    notCaughtUp: 'not every batch on L1 is applied',
    tooManyUnsafe: `${unsafeBlocks} blocks wait for L1`,
    clock: `the newest is ${leadSeconds} s ahead of the clock`,
  }
  if (idleMs > Math.max(BUILD_SILENCE_MS, BUILD_SILENCE_BLOCKS * blockTimeMs))
    return `no block for ${seconds(idleMs)}${stop ? `: ${why[stop]}` : ''}`
  if (leadSeconds > maxDriftSeconds + LEAD_MARGIN_SECONDS)
    return `blocks are ${leadSeconds} s ahead of the clock, and come slowly until it has caught up`
  return undefined
}

/** Everything that does not go on, in words; empty: the node makes progress. */
export function stalls(facts: ProgressFacts): string[] {
  const { failures, sinceLookMs, sinceBatchMs, batchesApplied, build, unposted, assertionDueMs } = facts
  const found: (string | undefined)[] = []
  if (sinceLookMs > L1_SILENCE_MS)
    found.push(
      sinceBatchMs > L1_SILENCE_MS
        ? `L1 was not read for ${seconds(sinceLookMs)}; ${batchesApplied} batches are applied`
        : `catching up with L1: ${batchesApplied} batches are applied`,
    )
  if (build) found.push(buildStall(build))
  if (unposted && unposted.ageMs > unposted.allowedMs + POST_MARGIN_MS)
    found.push(`block ${unposted.block} has waited for L1 for ${seconds(unposted.ageMs)}`)
  if (assertionDueMs !== undefined && assertionDueMs > ASSERT_SILENCE_MS)
    found.push(`an output has waited for its assertion for ${seconds(assertionDueMs)}`)
  for (const { service, message } of failures)
    if (!extras.includes(service)) found.push(`${service}: ${message}`)
  return found.filter((reason) => reason !== undefined)
}

function followWarning({ following }: ProgressFacts): string | undefined {
  if (!following) return undefined
  const { heardMs, takenMs, announced, latest, waiting } = following
  if (heardMs > FOLLOW_SILENCE_MS) return `no block was announced for ${seconds(heardMs)}`
  if (announced === undefined || announced <= latest || takenMs <= FOLLOW_SILENCE_MS) return undefined
  return `block ${announced} was announced, ${latest} is the newest that was taken${waiting ? `: ${waiting}` : ''}`
}

function skewWarning({ build }: ProgressFacts): string | undefined {
  if (!build || Math.abs(build.skewSeconds) < SKEW_SECONDS) return undefined
  const { skewSeconds } = build
  return `this machine's clock is ${Math.abs(skewSeconds)} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} L1's`
}

/** What does not keep a node from its work but should be known. */
export function warnings(facts: ProgressFacts): string[] {
  const failing = facts.failures.filter(({ service }) => extras.includes(service))
  return [
    skewWarning(facts),
    followWarning(facts),
    ...failing.map(({ service, message }) => `${service}: ${message}`),
  ].filter((warning) => warning !== undefined)
}
