import { AbortedError, ExecutionError, isBaseError, type ReadOrigin, type ReadSignal } from '@animechain/core'
import { fairQueue, type FairQueue } from '@animechain/runtime'
import type { Job } from './message.js'
import { LONG, LONGEST, places, SHORT, type Placed, type Places } from './places.js'
import type { Thread, ThreadEvents } from './thread.js'
import { threadPool, type ThreadPool } from './threadPool.js'

/** Bounds of threads, of waiting and of reading. */
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

interface Work extends Placed {
  job: Job
  timeoutMs: number
  /** when it came */
  since: number
  /** Nobody waits for it any more. */
  settled: boolean
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Everything that waits and runs. */
interface State {
  limits: Limits
  now(): number
  /** by tier */
  queues: readonly [short: FairQueue<Work>, long: FairQueue<Work>, longest: FairQueue<Work>]
  running: Map<Thread, Work>
  /** How to end what runs, by work. */
  stops: Map<Work, () => void>
  places: Places<Work>
  pool: ThreadPool
  closed: boolean
}

const busy = (message: string) =>
  new ExecutionError(message, 'EXECUTION_READS_BUSY', { metaMessages: ['Try again later.'] })

export function scheduler(
  limits: Limits,
  start: (events: ThreadEvents) => Thread,
  now: () => number = () => performance.now(),
): Scheduler {
  const running = new Map<Thread, Work>()
  const state: State = {
    limits,
    now,
    queues: [fairQueue<Work>(now), fairQueue<Work>(now), fairQueue<Work>(now)],
    running,
    stops: new Map(),
    places: places(limits.threads, running),
    pool: threadPool(start, limits.idleMs, {
      idle: () => schedule(state),
      ended(thread, began, cause) {
        if (!began && !state.closed) cannotStart(state, cause)
        else if (!running.has(thread)) schedule(state)
      },
    }),
    closed: false,
  }
  return {
    get waiting() {
      return waiting(state)
    },
    run(job, { origin = {}, timeoutMs }) {
      const { client = '', connection = '', signal } = origin
      if (state.closed) throw new ExecutionError('The engine is not open.', 'EXECUTION_CLOSED')
      if (signal?.aborted) throw new AbortedError('The call')
      assertRoom(state, client)
      return enqueue(state, { job, from: { client, connection }, timeoutMs, since: now() }, signal)
    },
    async close() {
      state.closed = true
      const error = new ExecutionError('The engine was closed.', 'EXECUTION_CLOSED')
      for (const work of [...state.queues.flatMap((queue) => queue.drain()), ...running.values()])
        settle(work, () => work.reject(error))
      await state.pool.close()
    },
  }
}

const waiting = ({ queues }: State): number => queues.reduce((sum, { size }) => sum + size, 0)

/** @throws EXECUTION_READS_BUSY */
function assertRoom(state: State, client: string): void {
  const { maxWaiting, maxWaitingPerClient } = state.limits
  if (waiting(state) >= maxWaiting) throw busy('The node is busy: too many reads wait.')
  if (state.queues.reduce((sum, queue) => sum + queue.waitingOf(client), 0) >= maxWaitingPerClient)
    throw busy(`Too many reads of one client wait: at most ${maxWaitingPerClient}.`)
}

/** Has a read wait for its turn. Its promise ends with it, with its caller's signal, or with the patience of the node. */
function enqueue(
  state: State,
  asked: Pick<Work, 'job' | 'from' | 'timeoutMs' | 'since'>,
  signal: ReadSignal | undefined,
): Promise<unknown> {
  const { queues, limits } = state
  return new Promise((resolve, reject) => {
    const work: Work = {
      ...asked,
      tier: SHORT,
      overdue: false,
      preempted: false,
      settled: false,
      resolve: (value) => end(() => resolve(value)),
      reject: (error) => end(() => reject(error)),
    }
    const patience = setTimeout(() => {
      const waits = queues.some((queue) => queue.remove(work.from, work))
      if (waits) settle(work, () => work.reject(busy('The node is busy: the read found no time.')))
    }, limits.maxWaitMs)
    const onAbort = () => abandon(state, work, new AbortedError('The call'))
    const end = (how: () => void) => {
      clearTimeout(patience)
      if (signal instanceof AbortSignal) signal.removeEventListener('abort', onAbort)
      how()
    }
    if (signal instanceof AbortSignal) signal.addEventListener('abort', onAbort)
    queues[SHORT].push(work.from, work)
    schedule(state)
  })
}

function settle(work: Work, how: () => void): void {
  if (work.settled) return
  work.settled = true
  how()
}

function abandon({ queues, stops }: State, work: Work, error: Error): void {
  settle(work, () => work.reject(error))
  queues.some((queue) => queue.remove(work.from, work))
  stops.get(work)?.()
}

// Who is next --------------------------------------------------------------------------------------------------------------

function nextLong({ queues, places }: State): Work | undefined {
  const longestFirst = places.isEmpty(LONGEST)
  const take = () => queues[LONGEST].shift((client) => places.mayRun(LONGEST, client))
  return (
    (longestFirst ? take() : undefined) ??
    queues[LONG].shift((client) => places.mayRun(LONG, client)) ??
    take()
  )
}

function next(state: State): Work | undefined {
  // Short reads go first, but not for ever.
  return (
    (state.places.isEmpty(LONG) ? nextLong(state) : undefined) ??
    state.queues[SHORT].shift() ??
    nextLong(state)
  )
}

function schedule(state: State): void {
  const { pool, limits, queues, places } = state
  while (!state.closed && pool.idle > 0) {
    const work = next(state)
    if (work === undefined) break
    void runOn(state, pool.take(), work)
  }
  settleIn(state)
  if (state.closed || pool.starting >= waiting(state) || pool.size >= limits.threads) return
  if (queues[SHORT].size > 0 || places.isFree(LONG)) pool.launch()
}

/** Those that are overdue take what places for the longest nobody waits for. */
function settleIn({ queues, running, places }: State): void {
  if (queues[LONGEST].size > 0) return
  for (const work of running.values()) {
    if (!work.overdue || work.preempted || !places.mayRun(LONGEST, work.from.client, LONG)) continue
    work.overdue = false
    work.tier = LONGEST
  }
}

/** Threads that end before they are ready would do so again and again. */
function cannotStart({ queues, pool }: State, cause: Error | undefined): void {
  if (pool.size > 0) return
  for (const work of queues.flatMap((queue) => queue.drain()))
    settle(work, () =>
      work.reject(new ExecutionError('No thread can be started to read.', 'EXECUTION_READER', { cause })),
    )
}

// Slices -------------------------------------------------------------------------------------------------------------------

/** The thread is asked for; what has been done is lost. */
function preempt({ stops }: State, work: Work): void {
  work.preempted = true
  stops.get(work)?.()
}

/** A read has had its time as a short one. Whether it goes on as a long one. */
function endShort(state: State, work: Work): boolean {
  const { client } = work.from
  const mayGoOn = () => {
    if (state.places.mayRun(LONG, client)) return true
    const other = state.places.replaceable(client)
    if (other) preempt(state, other)
    return other !== undefined
  }
  if (mayGoOn()) {
    work.tier = LONG
    return true
  }
  preempt(state, work)
  return false
}

/** A read has had its time as a long one. */
function endLong(state: State, work: Work): void {
  const { queues, places } = state
  if (queues[LONGEST].size === 0 && places.mayRun(LONGEST, work.from.client, LONG)) work.tier = LONGEST
  else {
    work.overdue = true
    work.preempted = true
    const needed = queues[LONG].has((client) => places.mayRun(LONG, client))
    work.preempted = false
    if (needed) preempt(state, work)
  }
  schedule(state)
}

/** Asks for the end of what a thread does, then ends the thread. */
function stop({ pool, running, limits }: State, thread: Thread, work: Work): NodeJS.Timeout {
  thread.cancel()
  return setTimeout(() => {
    if (running.get(thread) === work) pool.end(thread)
  }, limits.graceMs)
}

/** Starts the clocks of a read that begins. Gives what stops them. */
function startClocks(state: State, thread: Thread, work: Work): () => void {
  const { limits, stops } = state
  const timers: NodeJS.Timeout[] = []
  const after = (ms: number, then: () => void) => timers.push(setTimeout(then, ms))
  const afterLong = () => after(limits.longSliceMs, () => endLong(state, work))
  if (work.tier === LONG) afterLong()
  if (work.tier === SHORT)
    after(limits.sliceMs, () => {
      if (endShort(state, work)) afterLong()
      schedule(state)
    })
  // The engine watches its clock itself, where it can.
  after(work.timeoutMs + limits.graceMs, () => {
    settle(work, () =>
      work.reject(new ExecutionError('The call took longer than it may.', 'EXECUTION_TIMEOUT')),
    )
    timers.push(stop(state, thread, work))
  })
  stops.set(work, () => timers.push(stop(state, thread, work)))
  return () => {
    for (const timer of timers) clearTimeout(timer)
    stops.delete(work)
  }
}

async function runOn(state: State, thread: Thread, work: Work): Promise<void> {
  const { now, running, queues, pool } = state
  const began = now()
  running.set(thread, work)
  const stopClocks = startClocks(state, thread, work)
  let retry = false
  try {
    const value = await thread.run(work.job)
    settle(work, () => work.resolve(value))
  } catch (error) {
    retry = work.preempted && !work.settled && wasStopped(error)
    if (!retry) settle(work, () => work.reject(error as Error))
  } finally {
    stopClocks()
    running.delete(thread)
  }
  for (const queue of queues) queue.charge(work.from, now() - began)
  if (retry) again(state, work)
  if (state.closed) return
  if (pool.isFit(thread)) pool.rest(thread)
  else schedule(state)
}

const wasStopped = (error: unknown) =>
  isBaseError(error) && (error.code === 'ABORTED' || error.code === 'EXECUTION_READER')

/** Has a read that gave up its thread wait for a longer slice. */
function again({ queues, limits, closed, now }: State, work: Work): void {
  work.preempted = work.overdue = false
  work.tier = work.tier === SHORT ? LONG : LONGEST
  if (closed || now() - work.since > limits.maxWaitMs)
    return settle(work, () => work.reject(busy('The node is busy: the read found no time.')))
  queues[work.tier].push(work.from, work, true)
}
