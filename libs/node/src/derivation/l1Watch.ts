import { BaseError, steadyTime, type Clock, type Hash, type InboxView, type Logger } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'

/** Looks in a row at an L1 that contradicts itself which are taken for a reorg under way, for how long, and the first pause between them. milliseconds */
const PASSING_LOOKS = 5
const PASSING_MS = 2_000
const FIRST_PAUSE_MS = 50
/** A claim that L1 does not prove is believed once it was made in so many looks in a row, over so long. milliseconds */
const CONFIRM_LOOKS = 3
const CONFIRM_MS = 10_000
/** Heads of L1 remembered to tell an older head from another branch. */
const HEADS_KEPT = 256

/** The last block for which a look at L1 did what it should, and for how long none has. */
export function trouble({ clock, logger }: { clock: Clock; logger: Logger }) {
  let looks = 0
  let since = 0
  let first: { code: string; at: number } | undefined
  return {
    /**
     * What to do about a look that failed: milliseconds until the next one, while it may be a reorg in which two answers came from two chains.
     * @throws {BaseError} `DERIVATION_L1_INCONSISTENT` when it goes on, and every other error as it is
     */
    after(error: unknown): number {
      const { code = 'ERROR', message } = error as { code?: string; message: string }
      const isPassing = code === 'SETTLEMENT_REORGED'
      if (looks++ === 0) since = steadyTime(clock)
      if (isPassing && !first && looks <= PASSING_LOOKS && steadyTime(clock) - since < PASSING_MS) {
        logger.debug('L1 changed under a step', { error: message })
        return FIRST_PAUSE_MS * 2 ** (looks - 1)
      }
      first ??= { code: isPassing ? 'DERIVATION_L1_INCONSISTENT' : code, at: steadyTime(clock) }
      if (!isPassing) throw error
      throw new BaseError('L1 contradicts itself: what it answers does not fit together.', {
        code: 'DERIVATION_L1_INCONSISTENT',
        cause: error,
        metaMessages: [
          message.split('\n')[0]!,
          'Nothing is derived from it; it is asked again until it makes sense. Check the L1 endpoint, or give several.',
        ],
      })
    },
    /** A look that succeeded. */
    over() {
      if (first)
        logger.warn('L1 is followed again', { after: first.code, troubleMs: steadyTime(clock) - first.at })
      looks = 0
      first = undefined
    },
  }
}

/** Whether a claim that is not proven has been repeated for long enough. */
export function confirmation(clock: Clock) {
  let claim: string | undefined
  let looks = 0
  let since = 0
  return {
    repeated(next: string): boolean {
      if (next !== claim) {
        claim = next
        looks = 0
        since = steadyTime(clock)
      }
      looks++
      return looks >= CONFIRM_LOOKS && steadyTime(clock) - since >= CONFIRM_MS
    },
    forget() {
      claim = undefined
    },
  }
}

/** L1's heads as they were seen. */
export function l1Heads({
  clock,
  lagMs,
  staleMs,
}: {
  clock: Clock
  /** how long a head below the newest one is taken for the answer of a server that lags behind, milliseconds */
  lagMs: number
  /** how long L1 may stand still, milliseconds */
  staleMs: number
}) {
  /** hashes by number */
  const heads = boundedMap<bigint, Hash>(HEADS_KEPT)
  let newest: InboxView['head'] | undefined
  let since = 0
  let seenAt = 0
  return {
    /** Whether it was the head before, or below it: not another branch. */
    isOlder: ({ head }: InboxView): boolean =>
      newest !== undefined &&
      head.number < newest.number &&
      (heads.get(head.number) ?? head.hash) === head.hash,
    /** Whether a newer one was seen so long ago that no lag explains an older one. */
    lagsTooLong: (): boolean => newest === undefined || steadyTime(clock) - seenAt >= lagMs,
    take({ head }: InboxView): void {
      // What was above is of a branch that L1 has left.
      for (const number of heads.keys()) if (number >= head.number) heads.delete(number)
      heads.set(head.number, head.hash)
      seenAt = steadyTime(clock)
      if (newest?.hash !== head.hash) since = seenAt
      newest = head
    },
    /** @throws {BaseError} `DERIVATION_L1_STALE` */
    expectProgress(): void {
      const standsMs = steadyTime(clock) - since
      if (!newest || standsMs <= staleMs) return
      throw new BaseError('L1 stands still.', {
        code: 'DERIVATION_L1_STALE',
        metaMessages: [
          `Expected a block after ${newest.number}, got none for ${Math.round(standsMs / 1000)} s.`,
          'Check the L1 endpoint: it may have stopped following its chain.',
        ],
      })
    },
  }
}

/** An L1 that is behind what was seen of it. */
export const behind = (head: bigint, expected: bigint): BaseError =>
  new BaseError('L1 answers with an older head than was seen before.', {
    code: 'DERIVATION_L1_BEHIND',
    metaMessages: [
      `Expected block ${expected} or a later one, got ${head}.`,
      'Nothing is undone by it. Check the L1 endpoint: it may be syncing, or was set back.',
    ],
  })

/**
 * The longest prefix that holds, looked for from the top: what L1 reorganises is short. Every prefix of one that holds does.
 * @param top length that does not hold
 */
export async function longestPrefix(
  top: bigint,
  holds: (count: bigint) => Promise<boolean>,
): Promise<bigint> {
  let high = top
  let low = 0n
  for (let step = 1n; ; step *= 2n) {
    const at = top > step ? top - step : 0n
    if (at === 0n || (await holds(at))) {
      low = at
      break
    }
    high = at
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (await holds(middle)) low = middle
    else high = middle
  }
  return low
}
