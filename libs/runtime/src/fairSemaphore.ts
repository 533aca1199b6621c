import { fairQueue, type From } from './fairQueue.js'

/** Runs a job once a place is free, in the turn of who asks. */
export type FairSemaphore = <T>(from: From, job: () => Promise<T>) => Promise<T>

/** The bounds of a {@link fairSemaphore}. */
export interface FairSemaphoreOptions {
  /** Jobs that run at once. One client gets all of them but one, unless there is one alone. */
  places: number
  /** Jobs that wait, of all clients and of one. */
  maxWaiting: number
  maxWaitingPerClient: number
  /** Makes what a job is refused with when too many wait. */
  busy: () => Error
  /** Milliseconds of a clock that never goes back; default `performance.now`. */
  now?: () => number
}

/**
 * Runs a bounded number of jobs at once and lets a bounded number wait. A place that becomes free goes to the client that was served least of late,
 * so that who asks for much waits for itself.
 */
export function fairSemaphore(options: FairSemaphoreOptions): FairSemaphore {
  const { places, maxWaiting, maxWaitingPerClient, busy, now = () => performance.now() } = options
  const placesOfClient = Math.max(1, places - 1)
  const waiting = fairQueue<() => void>(now)
  const running = new Map<string, number>()
  let taken = 0

  const mayRun = (client: string) => (running.get(client) ?? 0) < placesOfClient
  const take = (client: string) => {
    taken++
    running.set(client, (running.get(client) ?? 0) + 1)
  }
  const give = (client: string) => {
    taken--
    const left = running.get(client)! - 1
    if (left === 0) running.delete(client)
    else running.set(client, left)
  }
  const next = () => {
    while (taken < places) {
      const begin = waiting.shift(mayRun)
      if (begin === undefined) return
      begin()
    }
  }

  return async (from, job) => {
    const { client } = from
    if (taken < places && mayRun(client)) take(client)
    else {
      if (waiting.size >= maxWaiting || waiting.waitingOf(client) >= maxWaitingPerClient) throw busy()
      // The place is taken for it before anybody else can ask.
      await new Promise<void>((resolve) =>
        waiting.push(from, () => {
          take(client)
          resolve()
        }),
      )
    }
    const began = now()
    try {
      return await job()
    } finally {
      waiting.charge(from, now() - began)
      give(client)
      next()
    }
  }
}
