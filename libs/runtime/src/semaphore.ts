/** Runs a job once a place is free. */
export type Semaphore = <T>(job: () => Promise<T>) => Promise<T>

/**
 * Runs a bounded number of jobs at once, in order; a bounded number waits.
 * @param busy makes what a job is refused with when too many wait
 */
export function semaphore(places: number, maxWaiting: number, busy: () => Error): Semaphore {
  let free = places
  const waiting: (() => void)[] = []
  return async (job) => {
    if (free > 0) free--
    else {
      if (waiting.length >= maxWaiting) throw busy()
      // The place is handed over, it does not become free in between.
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
