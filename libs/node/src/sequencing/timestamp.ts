import { steadyTime, type Clock, type Hash, type InboxView } from '@animechain/core'
import { stopwatch } from '@animechain/runtime'

/** How far blocks may be ahead of L1's clock: half of the inbox's MAX_DRIFT. milliseconds */
const MAX_L1_LEAD_MS = 300_000
/** How fast the time of blocks runs at most while it follows a clock that was set forward without L1 saying so, as a multiple of time itself. */
const MAX_RATE = 1.25
/** Pause between blocks while the newest is too far ahead: time then gains a second on them with each. milliseconds */
const CATCH_UP_MS = 2_000

export interface BlockTimeFacts {
  /** This machine's clock, which may be set at any moment. milliseconds since the Unix epoch */
  wallMs: number
  /** Timestamp of L1's newest block known. milliseconds */
  l1HeadMs: number
  /** That, and the time that passed since the block was seen, by a clock that cannot be set. Behind L1's true clock by the age of a block at most. */
  l1NowMs: number
  /** The answer before, and how long ago it was given by a clock that cannot be set. milliseconds */
  last: { nowMs: number; agoMs: number } | undefined
  /** since the newest block was built, milliseconds */
  sinceBlockMs: number
  /** of the newest block, seconds */
  parent: bigint
  /** seconds that a block may be ahead of time while blocks come at their pace */
  maxDriftSeconds: number
}

export interface BlockTime {
  /** What time it is taken to be, milliseconds. */
  nowMs: number
  /** seconds; undefined: no block yet, the newest is too far ahead */
  timestamp: bigint | undefined
  /** seconds that the next block is ahead of time */
  leadSeconds: number
}

/**
 * The timestamp of the next block. It follows this machine's clock as far as L1's supports it: a clock that jumps ahead is followed at once up to L1's time,
 * beyond that only slowly; one that falls behind L1's newest block is overruled by it. Where the newest block is ahead of time all the same, blocks go on
 * more slowly until time has caught up, within what the inbox takes.
 */
export function nextBlockTime(facts: BlockTimeFacts): BlockTime {
  const { wallMs, l1HeadMs, l1NowMs, last, sinceBlockMs, parent, maxDriftSeconds } = facts
  const steady = last ? Math.max(last.nowMs + last.agoMs * MAX_RATE, l1NowMs) : Infinity
  const nowMs = Math.max(Math.min(wallMs, steady, l1NowMs + MAX_L1_LEAD_MS), l1HeadMs)
  const now = BigInt(Math.floor(nowMs / 1000))
  const timestamp = now > parent ? now : parent + 1n
  const aheadOf = (ms: number) => Number(timestamp) - Math.floor(ms / 1000)
  const leadSeconds = aheadOf(Math.max(nowMs, l1NowMs))
  const isInTime = leadSeconds <= maxDriftSeconds
  const isTolerable = sinceBlockMs >= CATCH_UP_MS && aheadOf(l1NowMs) * 1000 <= MAX_L1_LEAD_MS
  return { nowMs, timestamp: isInTime || isTolerable ? timestamp : undefined, leadSeconds }
}

/** Tells the time of blocks from this machine's clock and L1's. */
export interface BlockClock {
  /** The time of a block that comes next on top of one of that timestamp. */
  next(view: InboxView, parent: bigint): BlockTime
  /** A block was built. */
  built(): void
  /** seconds that the next block is ahead of time */
  readonly leadSeconds: number
  /** seconds that this machine's clock is ahead of L1's */
  readonly skewSeconds: number
}

export function blockClock(clock: Clock, maxDriftSeconds: number): BlockClock {
  let last: BlockTime | undefined
  let skewSeconds = 0
  const sinceBlock = stopwatch(clock)
  const sinceLast = stopwatch(clock)
  /** L1's newest block, and when it was seen first by a clock that cannot be set. */
  let l1Head: { hash: Hash; seenMs: number } | undefined
  return {
    next({ head }, parent) {
      const now = steadyTime(clock)
      if (l1Head?.hash !== head.hash || now < l1Head.seenMs) l1Head = { hash: head.hash, seenMs: now }
      const wallMs = clock.now()
      const l1HeadMs = Number(head.timestamp) * 1000
      const l1NowMs = l1HeadMs + now - l1Head.seenMs
      skewSeconds = Math.round((wallMs - l1NowMs) / 1000)
      last = nextBlockTime({
        ...{ wallMs, l1HeadMs, l1NowMs, parent, maxDriftSeconds },
        last: last && { nowMs: last.nowMs, agoMs: sinceLast.elapsed() },
        sinceBlockMs: sinceBlock.elapsed(),
      })
      sinceLast.restart()
      return last
    },
    built: () => sinceBlock.restart(),
    get leadSeconds() {
      return last?.leadSeconds ?? 0
    },
    get skewSeconds() {
      return skewSeconds
    },
  }
}
