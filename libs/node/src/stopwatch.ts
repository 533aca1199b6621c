import type { Clock } from '@animechain/core'

/** Time since something happened, by a clock that may be set: one that goes back has not counted, and starts from there. */
export interface Stopwatch {
  restart(): void
  /** milliseconds */
  elapsed(): number
}

export function stopwatch(clock: Pick<Clock, 'now'>): Stopwatch {
  let at = clock.now()
  return {
    restart() {
      at = clock.now()
    },
    elapsed() {
      const now = clock.now()
      if (now < at) at = now
      return now - at
    },
  }
}
