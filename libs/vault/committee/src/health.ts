import type { Clock } from '@animechain/core'

/** How a node does, as its client sees it. */
export interface NodeHealth {
  /** answers that counted, one after the other, up to now; negative: failures */
  streak: number
  /** it is not asked first before this time, milliseconds since 1970 */
  restsUntil: number
  /** why it rests */
  why?: string
}

/** Failures after which a node rests. */
const FAILURES = 3
const SHORTEST_REST = 2_000
const LONGEST_REST = 60_000

/** Remembers how a node does: after failures it rests, longer each time, and is then asked again. */
export function healthOf(clock: Clock) {
  let streak = 0
  let restsUntil = 0
  let rest = SHORTEST_REST
  let why: string | undefined

  const sleep = (reason: string) => {
    restsUntil = clock.now() + rest
    rest = Math.min(2 * rest, LONGEST_REST)
    why = reason
  }
  return {
    succeeded() {
      streak = Math.max(streak, 0) + 1
      if (clock.now() < restsUntil) return
      rest = SHORTEST_REST
      why = undefined
    },
    failed(reason: string) {
      streak = Math.min(streak, 0) - 1
      if (streak <= -FAILURES && clock.now() >= restsUntil) sleep(reason)
    },
    /** It gave wrong bytes, or was slower than three others: no second chance before it has rested. */
    rests(reason: string) {
      streak = Math.min(streak, 0) - 1
      if (clock.now() >= restsUntil) sleep(reason)
    },
    get isResting() {
      return clock.now() < restsUntil
    },
    get state(): NodeHealth {
      return { streak, restsUntil, ...(why && { why }) }
    },
  }
}

/** {@link healthOf} */
export type Health = ReturnType<typeof healthOf>
