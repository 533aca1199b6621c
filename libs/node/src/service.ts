import type { Clock, Logger, Metrics } from '@animechain/core'
import { mutex } from './mutex.js'
import { steadyTime } from './stopwatch.js'
import type { Service, ServiceName } from './types.js'

/** Longest pause after failed steps unless a service says otherwise: what was wrong may be over at any time. milliseconds */
const MAX_BACKOFF_MS = 10_000

export interface ServiceDefinition {
  name: ServiceName
  /** milliseconds from the beginning of a step to that of the next */
  pollMs: number
  /** longest pause after failed steps, milliseconds; default 10,000 */
  maxBackoffMs?: number
  /** Does one step. Answers the milliseconds to wait before the next one, when it is not `pollMs`. */
  step(signal: AbortSignal): Promise<number | void>
}

export interface LoopService extends Service {
  /** Ends the current pause. */
  wake(): void
}

/** A failure that goes on is logged so often. milliseconds */
const LOG_AGAIN_MS = 10_000

/** Part of `pollMs` that is a pause, however long the step took. */
const LEAST_PAUSE = 0.1

/** A step in a loop: pauses between steps, backs off after errors, ends within the step under way. */
export function service(
  { name, pollMs, maxBackoffMs = MAX_BACKOFF_MS, step }: ServiceDefinition,
  {
    clock,
    logger,
    metrics,
    onError,
  }: { clock: Clock; logger: Logger; metrics: Metrics; onError(error: Error): void },
): LoopService {
  const errors = metrics.counter({
    name: 'rollup_service_errors_total',
    help: 'Steps of a service that failed.',
    labels: ['service'],
  })
  // A series that begins with its first failure would not show it as an increase.
  errors.inc(0, { service: name })
  const steps = mutex()
  let controller: AbortController | undefined
  let loop: Promise<void> | undefined
  let pause: AbortController | undefined
  let woken = false
  let lastError: Error | undefined
  let failures = 0
  let logged: { what: string; at: number } | undefined

  /** The first time, when it becomes another one, and now and then while it goes on. */
  function report(error: Error, retryInMs: number): void {
    const { code } = error as { code?: string }
    const what = code ?? error.message
    const isNew = logged?.what !== what || steadyTime(clock) - logged.at >= LOG_AGAIN_MS
    if (isNew) logged = { what, at: steadyTime(clock) }
    logger[isNew ? 'warn' : 'debug'](`${name} step failed`, { error: error.message, code, retryInMs })
  }

  const once = (signal: AbortSignal) =>
    steps.run(async () => {
      try {
        const began = steadyTime(clock)
        const delay = await step(signal)
        lastError = undefined
        failures = 0
        logged = undefined
        // From beginning to beginning; a step that takes as long as that leaves a pause all the same.
        return delay ?? Math.max(pollMs - Math.max(steadyTime(clock) - began, 0), pollMs * LEAST_PAUSE)
      } catch (thrown) {
        if (signal.aborted) return pollMs
        lastError = thrown instanceof Error ? thrown : new Error(String(thrown))
        failures++
        errors.inc(1, { service: name })
        throw lastError
      }
    })

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let delay: number
      try {
        delay = await once(signal)
      } catch (error) {
        delay = Math.min(Math.max(pollMs, 100) * 2 ** Math.min(failures - 1, 10), maxBackoffMs)
        report(error as Error, delay)
        onError(error as Error)
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
      return loop !== undefined
    },
    get lastError() {
      return lastError
    },
    async start() {
      if (loop) return
      controller = new AbortController()
      loop = run(controller.signal)
    },
    async stop() {
      controller?.abort()
      await loop
      loop = undefined
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
