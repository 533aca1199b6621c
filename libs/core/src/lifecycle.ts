/** Something with a beginning and an end. Both Must be idempotent; `stop` Must release everything, also after a failed `start`. */
export interface Lifecycle {
  start(): Promise<void>
  stop(): Promise<void>
}

/** Time as a port, so that services are tested without waiting. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds from some fixed moment, which setting the clock does not change. Default: `now`. */
  elapsed?(): number
  /** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** By the part of a clock that nobody sets, where it has one. milliseconds from some fixed moment */
export const steadyTime = (clock: Pick<Clock, 'now' | 'elapsed'>): number => clock.elapsed?.() ?? clock.now()

/** The wall clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
    }),
}
