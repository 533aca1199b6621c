import type { Clock } from '@animechain/core'

/** Time since something happened. */
export interface Stopwatch {
  restart(): void
  /** milliseconds */
  elapsed(): number
}

type Time = Pick<Clock, 'now' | 'elapsed'>

/** By the part of a clock that nobody sets, where it has one. milliseconds from some fixed moment */
export const steadyTime = (clock: Time): number => clock.elapsed?.() ?? clock.now()

/** A clock that goes back all the same has not counted: the time starts from there. */
export function stopwatch(clock: Time): Stopwatch {
  let at = steadyTime(clock)
  return {
    restart() {
      at = steadyTime(clock)
    },
    elapsed() {
      const now = steadyTime(clock)
      if (now < at) at = now
      return now - at
    },
  }
}
