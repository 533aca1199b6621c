import { steadyTime, type Clock } from '@animechain/core'

/** Time since something happened. */
export interface Stopwatch {
  restart(): void
  /** milliseconds */
  elapsed(): number
}

/** A clock that goes back all the same has not counted: the time starts from there. */
export function stopwatch(clock: Pick<Clock, 'now' | 'elapsed'>): Stopwatch {
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
