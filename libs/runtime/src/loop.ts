import { steadyTime, type Clock, type Lifecycle, type Logger } from '@animechain/core'
import { mutex } from './mutex.js'

/** Longest pause after failed steps unless a loop says otherwise: what was wrong may be over at any time. milliseconds */
const MAX_BACKOFF_MS = 10_000
/** Least of the first pause after a failed step, and how often it doubles at most. milliseconds */
const MIN_BACKOFF_MS = 100
const MAX_DOUBLINGS = 10
/** A failure that goes on is logged so often. milliseconds */
const LOG_AGAIN_MS = 10_000
/** Part of `pollMs` that is a pause, however long the step took. */
const LEAST_PAUSE = 0.1

/** A step that is repeated until the loop is stopped. */
export interface LoopDefinition<Name extends string = string> {
  name: Name
  /** milliseconds from the beginning of a step to that of the next */
  pollMs: number
  /** longest pause after failed steps, milliseconds; default 10,000 */
  maxBackoffMs?: number
  /** Does one step. Answers the milliseconds to wait before the next one, when it is not `pollMs`. */
  step(signal: AbortSignal): Promise<number | void>
}

/** What a loop needs from outside, and whom it tells. */
export interface LoopParts {
  clock: Clock
  logger: Logger
  /** Told of every step that failed, also of one that was asked for by `tick`; but not of the failure of another loop, whose step this one asked for. */
  onFailure?(error: Error): void
  /** Told of the steps of the loop that failed. */
  onError?(error: Error): void
}

/** A step in a loop. `stop` waits for the step under way. */
export interface Loop<Name extends string = string> extends Lifecycle {
  readonly name: Name
  readonly running: boolean
  /** Runs one step now and waits for it; steps never overlap. Throws what the step throws. */
  tick(): Promise<void>
  /** Ends the current pause. */
  wake(): void
  /** The error of the last step, undefined after a good one. */
  readonly lastError: Error | undefined
}

/** Milliseconds until the next step: from beginning to beginning; a step that takes as long as that leaves a pause all the same. */
export const pauseAfter = (pollMs: number, tookMs: number): number =>
  Math.max(pollMs - Math.max(tookMs, 0), pollMs * LEAST_PAUSE)

/** Milliseconds until the next step after so many failures in a row, of which there is at least one. */
export const backoff = (pollMs: number, failures: number, maxBackoffMs: number): number =>
  Math.min(Math.max(pollMs, MIN_BACKOFF_MS) * 2 ** Math.min(failures - 1, MAX_DOUBLINGS), maxBackoffMs)

/**
 * Which loop an error was met by first: one that asks another for a step fails as that one does, with the same error, and a failure is counted once and
 * warned of once.
 */
const counted = new WeakMap<Error, string>()
const warnedOf = new WeakMap<Error, string>()

function isFirst(met: WeakMap<Error, string>, error: Error, name: string): boolean {
  if (!met.has(error)) met.set(error, name)
  return met.get(error) === name
}

/** Warns of a failure the first time, when it becomes another one, and now and then while it goes on. */
function failureLog(name: string, { clock, logger }: Pick<LoopParts, 'clock' | 'logger'>) {
  let logged: { what: string; at: number } | undefined
  return {
    report(error: Error, retryInMs: number): void {
      const { code } = error as { code?: string }
      const what = code ?? error.message
      const isDue = logged?.what !== what || steadyTime(clock) - logged.at >= LOG_AGAIN_MS
      const isNews = isDue && isFirst(warnedOf, error, name)
      if (isNews) logged = { what, at: steadyTime(clock) }
      logger[isNews ? 'warn' : 'debug'](`${name} step failed`, { error: error.message, code, retryInMs })
    },
    over(): void {
      logged = undefined
    },
  }
}

/** A step in a loop: pauses between steps, backs off after errors, ends within the step under way. */
export function loop<Name extends string>(
  { name, pollMs, maxBackoffMs = MAX_BACKOFF_MS, step }: LoopDefinition<Name>,
  { clock, logger, onFailure, onError }: LoopParts,
): Loop<Name> {
  const steps = mutex()
  const log = failureLog(name, { clock, logger })
  let controller: AbortController | undefined
  let running: Promise<void> | undefined
  let pause: AbortController | undefined
  let woken = false
  let lastError: Error | undefined
  let failures = 0

  const once = (signal: AbortSignal) =>
    steps.run(async () => {
      try {
        const began = steadyTime(clock)
        const delay = await step(signal)
        lastError = undefined
        failures = 0
        log.over()
        return delay ?? pauseAfter(pollMs, steadyTime(clock) - began)
      } catch (thrown) {
        if (signal.aborted) return pollMs
        lastError = thrown instanceof Error ? thrown : new Error(String(thrown))
        failures++
        if (isFirst(counted, lastError, name)) onFailure?.(lastError)
        throw lastError
      }
    })

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let delay: number
      try {
        delay = await once(signal)
      } catch (error) {
        delay = backoff(pollMs, failures, maxBackoffMs)
        log.report(error as Error, delay)
        onError?.(error as Error)
      }
      if (signal.aborted) return
      if (woken) {
        woken = false
        continue
      }
      pause = new AbortController()
      await clock.sleep(delay, AbortSignal.any([signal, pause.signal]))
      pause = undefined
      woken = false
    }
  }

  return {
    name,
    get running() {
      return running !== undefined
    },
    get lastError() {
      return lastError
    },
    async start() {
      if (running) return
      controller = new AbortController()
      running = run(controller.signal)
    },
    async stop() {
      controller?.abort()
      await running
      running = undefined
      controller = undefined
    },
    async tick() {
      await once(controller?.signal ?? new AbortController().signal)
    },
    wake() {
      woken = true
      pause?.abort()
    },
  }
}
