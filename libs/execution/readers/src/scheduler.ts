import { AbortedError, ExecutionError, isBaseError, type ReadOrigin } from '@animechain/core'
import { fairQueue, type From } from '@animechain/runtime'
import type { Job } from './message.js'
import type { Thread, ThreadEvents } from './thread.js'

export interface Limits {
  /** threads at most; they start when they are needed. Default 4 */
  threads: number
  /** What each read gets before it has to take one of the places for long ones. Default 100. milliseconds */
  sliceMs: number
  /** What a long read gets before it has to take one of the places for the longest, if others need its place. Default 400. milliseconds */
  longSliceMs: number
  /** reads that wait, of all clients and of one. Default 2,000 and 500 */
  maxWaiting: number
  maxWaitingPerClient: number
  /** After so long a read that has not begun, or has to begin again, is refused. Default 30,000. milliseconds */
  maxWaitMs: number
  /** What a read that shall end is given to do so before its thread is ended. Default 250. milliseconds */
  graceMs: number
  /** A thread without work ends after so long, but for one. Default 30,000. milliseconds */
  idleMs: number
}

/** The bounds of readers that are told nothing else. */
export const defaultLimits: Limits = {
  threads: 4,
  sliceMs: 100,
  longSliceMs: 400,
  maxWaiting: 2_000,
  maxWaitingPerClient: 500,
  maxWaitMs: 30_000,
  graceMs: 250,
  idleMs: 30_000,
}

/** Reads over more threads than one: short ones never wait for long ones to end. */
export interface Scheduler {
  /** @throws EXECUTION_READS_BUSY, EXECUTION_READER, EXECUTION_TIMEOUT, AbortedError, and what the engine throws */
  run(job: Job, options: { origin?: ReadOrigin; timeoutMs: number }): Promise<unknown>
  readonly waiting: number
  close(): Promise<void>
}

/** Every read begins as a short one and may become a long one, then one of the longest. */
const SHORT = 0
const LONG = 1
const LONGEST = 2
type Tier = typeof SHORT | typeof LONG | typeof LONGEST

interface Work {
  job: Job
  from: From
  timeoutMs: number
  since: number
  /** Which places it is in, or waits for. */
  tier: Tier
  /** It has had its slice as a long read: it goes on until another one needs its place. */
  overdue: boolean
  /** asked to end, to begin again later */
  preempted: boolean
  /** Nobody waits for it any more. */
  settled: boolean
  resolve(value: unknown): void
  reject(error: Error): void
}

const busy = (message: string) =>
  new ExecutionError(message, 'EXECUTION_READS_BUSY', { metaMessages: ['Try again later.'] })

export function scheduler(
  limits: Limits,
  start: (events: ThreadEvents) => Thread,
  now: () => number = () => performance.now(),
): Scheduler {
  const short = fairQueue<Work>(now)
  const long = fairQueue<Work>(now)
  const longest = fairQueue<Work>(now)
  const queues = [short, long, longest] as const
  const waiting = () => short.size + long.size + longest.size
  const running = new Map<Thread, Work>()
  const idle: Thread[] = []
  const retiring = new Map<Thread, NodeJS.Timeout>()
  const all = new Set<Thread>()
  const starting = new Set<Thread>()
  /** Told to end, but not gone yet: what they answer in between does not make them fit for more. */
  const ending = new WeakSet<Thread>()
  /** One thread is kept for short reads, one place for the long reads of others, and one for those that are not among the longest. */
  const placesOf = (tier: Tier) => Math.max(1, limits.threads - tier)
  const placesOfClient = (tier: Tier) => Math.max(1, limits.threads - tier - 1)
  let closed = false

  /** Those in places of a tier or a longer one, without those that are giving them up. */
  const inPlaces = (tier: Tier, client?: string) => {
    let count = 0
    for (const work of running.values())
      if (work.tier >= tier && !work.preempted && (client === undefined || work.from.client === client))
        count++
    return count
  }
  const hasPlace = (tier: Tier, client: string, own: Tier) =>
    inPlaces(tier) - (own >= tier ? 1 : 0) < placesOf(tier) &&
    inPlaces(tier, client) - (own >= tier ? 1 : 0) < placesOfClient(tier)
  /** Whether a read of this client may take a place; `own`: where it is by now. */
  const mayRun = (tier: Tier, client: string, own: Tier = SHORT) =>
    hasPlace(LONG, client, own) && (tier < LONGEST || hasPlace(LONGEST, client, own))
  const mayRunLong = (client: string) => mayRun(LONG, client)

  function nextLong(): Work | undefined {
    const longestFirst = inPlaces(LONGEST) === 0
    const take = () => longest.shift((client) => mayRun(LONGEST, client))
    return (longestFirst ? take() : undefined) ?? long.shift(mayRunLong) ?? take()
  }

  function next(): Work | undefined {
    // Short reads go first, but not for ever.
    return (inPlaces(LONG) === 0 ? nextLong() : undefined) ?? short.shift() ?? nextLong()
  }

  /** Takes the place of a read that is overdue for a long read of this client, if that is what it lacks. */
  function makeRoom(client: string): boolean {
    const ofClient = inPlaces(LONG, client) >= placesOfClient(LONG)
    for (const work of running.values()) {
      if (!work.overdue || work.preempted || (ofClient && work.from.client !== client)) continue
      preempt(work)
      return true
    }
    return false
  }

  /** The thread is asked for; what has been done is lost. */
  function preempt(work: Work): void {
    work.preempted = true
    stops.get(work)?.()
  }

  /** A read has had its time as a short one. */
  function endShort(work: Work): boolean {
    const { client } = work.from
    if (mayRunLong(client) || makeRoom(client)) {
      work.tier = LONG
      return true
    }
    preempt(work)
    return false
  }

  /** A read has had its time as a long one. */
  function endLong(work: Work): void {
    const { client } = work.from
    if (longest.size === 0 && mayRun(LONGEST, client, LONG)) work.tier = LONGEST
    else {
      work.overdue = true
      work.preempted = true
      const needed = long.has(mayRunLong)
      work.preempted = false
      if (needed) preempt(work)
    }
    schedule()
  }

  function schedule(): void {
    while (!closed && idle.length > 0) {
      const work = next()
      if (work === undefined) break
      const thread = idle.pop()!
      clearTimeout(retiring.get(thread))
      retiring.delete(thread)
      void runOn(thread, work)
    }
    settleIn()
    if (closed || starting.size >= waiting() || all.size >= limits.threads) return
    if (short.size > 0 || inPlaces(LONG) < placesOf(LONG)) launch()
  }

  /** Those that are overdue take what places for the longest nobody waits for. */
  function settleIn(): void {
    if (longest.size > 0) return
    for (const work of running.values()) {
      if (!work.overdue || work.preempted || !mayRun(LONGEST, work.from.client, LONG)) continue
      work.overdue = false
      work.tier = LONGEST
    }
  }

  function launch(): void {
    const thread = start({
      ready(self) {
        starting.delete(self)
        rest(self)
      },
      end(self, cause) {
        const failed = starting.delete(self)
        all.delete(self)
        const at = idle.indexOf(self)
        if (at >= 0) idle.splice(at, 1)
        if (failed && !closed) cannotStart(cause)
        else if (!running.has(self)) schedule()
      },
    })
    all.add(thread)
    starting.add(thread)
  }

  /** Threads that end before they are ready would do so again and again. */
  function cannotStart(cause: Error | undefined): void {
    if (all.size > 0) return
    for (const work of queues.flatMap((queue) => queue.drain()))
      settle(work, () =>
        work.reject(new ExecutionError('No thread can be started to read.', 'EXECUTION_READER', { cause })),
      )
  }

  function rest(thread: Thread): void {
    idle.push(thread)
    schedule()
    if (!idle.includes(thread) || retiring.has(thread)) return
    const timer = setTimeout(() => {
      retiring.delete(thread)
      if (all.size > 1 && idle.includes(thread)) void thread.end()
    }, limits.idleMs)
    timer.unref()
    retiring.set(thread, timer)
  }

  function settle(work: Work, how: () => void): void {
    if (work.settled) return
    work.settled = true
    how()
  }

  /** Asks for the end of what a thread does, then ends the thread. */
  function stop(thread: Thread, work: Work): NodeJS.Timeout {
    thread.cancel()
    return setTimeout(() => {
      if (running.get(thread) !== work) return
      ending.add(thread)
      void thread.end()
    }, limits.graceMs)
  }

  async function runOn(thread: Thread, work: Work): Promise<void> {
    const began = now()
    const timers: NodeJS.Timeout[] = []
    running.set(thread, work)
    const afterLong = () => timers.push(setTimeout(() => endLong(work), limits.longSliceMs))
    if (work.tier === LONG) afterLong()
    if (work.tier === SHORT)
      timers.push(
        setTimeout(() => {
          if (endShort(work)) afterLong()
          schedule()
        }, limits.sliceMs),
      )
    // The engine watches its clock itself, where it can.
    timers.push(
      setTimeout(() => {
        settle(work, () =>
          work.reject(new ExecutionError('The call took longer than it may.', 'EXECUTION_TIMEOUT')),
        )
        timers.push(stop(thread, work))
      }, work.timeoutMs + limits.graceMs),
    )
    stops.set(work, () => timers.push(stop(thread, work)))
    let retry = false
    try {
      const value = await thread.run(work.job)
      settle(work, () => work.resolve(value))
    } catch (error) {
      retry = work.preempted && !work.settled && wasStopped(error)
      if (!retry) settle(work, () => work.reject(error as Error))
    } finally {
      for (const timer of timers) clearTimeout(timer)
      stops.delete(work)
      running.delete(thread)
    }
    for (const queue of queues) queue.charge(work.from, now() - began)
    if (retry) again(work)
    if (closed) return
    if (all.has(thread) && !ending.has(thread)) rest(thread)
    else schedule()
  }

  const wasStopped = (error: unknown) =>
    isBaseError(error) && (error.code === 'ABORTED' || error.code === 'EXECUTION_READER')

  function again(work: Work): void {
    work.preempted = work.overdue = false
    work.tier = work.tier === SHORT ? LONG : LONGEST
    if (closed || now() - work.since > limits.maxWaitMs)
      return settle(work, () => work.reject(busy('The node is busy: the read found no time.')))
    queues[work.tier].push(work.from, work, true)
  }

  /** How to end what runs, by work. */
  const stops = new Map<Work, () => void>()

  function abandon(work: Work, error: Error): void {
    settle(work, () => work.reject(error))
    queues.some((queue) => queue.remove(work.from, work))
    stops.get(work)?.()
  }

  return {
    get waiting() {
      return waiting()
    },
    run(job, { origin = {}, timeoutMs }) {
      const from = { client: origin.client ?? '', connection: origin.connection ?? '' }
      const { signal } = origin
      if (closed) throw new ExecutionError('The engine is not open.', 'EXECUTION_CLOSED')
      if (signal?.aborted) throw new AbortedError('The call')
      if (waiting() >= limits.maxWaiting) throw busy('The node is busy: too many reads wait.')
      if (queues.reduce((sum, queue) => sum + queue.waitingOf(from.client), 0) >= limits.maxWaitingPerClient)
        throw busy(`Too many reads of one client wait: at most ${limits.maxWaitingPerClient}.`)
      return new Promise((resolve, reject) => {
        const work: Work = {
          job,
          from,
          timeoutMs,
          since: now(),
          tier: SHORT,
          overdue: false,
          preempted: false,
          settled: false,
          resolve: (value) => end(() => resolve(value)),
          reject: (error) => end(() => reject(error)),
        }
        const patience = setTimeout(() => {
          const waits = queues.some((queue) => queue.remove(from, work))
          if (waits) settle(work, () => work.reject(busy('The node is busy: the read found no time.')))
        }, limits.maxWaitMs)
        const onAbort = () => abandon(work, new AbortedError('The call'))
        const end = (how: () => void) => {
          clearTimeout(patience)
          if (signal instanceof AbortSignal) signal.removeEventListener('abort', onAbort)
          how()
        }
        if (signal instanceof AbortSignal) signal.addEventListener('abort', onAbort)
        short.push(from, work)
        schedule()
      })
    },
    async close() {
      closed = true
      const error = new ExecutionError('The engine was closed.', 'EXECUTION_CLOSED')
      for (const work of [...queues.flatMap((queue) => queue.drain()), ...running.values()])
        settle(work, () => work.reject(error))
      for (const timer of retiring.values()) clearTimeout(timer)
      retiring.clear()
      await Promise.all([...all].map((thread) => thread.end()))
    },
  }
}
