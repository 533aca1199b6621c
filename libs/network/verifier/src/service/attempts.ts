import { steadyTime, type Clock, type Logger } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import type { NetworkCall, NetworkSent, NetworkWriter } from '../l1/writer.js'
import type { DutyMeters, DutyName } from './meters.js'

/** Things whose failures are remembered. */
const MAX_REMEMBERED = 4_096
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 600_000

/** What became of an attempt. `later`: it is not its time. */
export type Attempt = NetworkSent | { status: 'later' }

/** What attempts are made with. */
export interface AttemptParts {
  writer: NetworkWriter
  clock: Clock
  meters: Pick<DutyMeters, 'done' | 'failed'>
  logger: Logger
}

/** Sends what is due, each thing with pauses of its own that double: one that L1 refuses, or that costs too much now, keeps nothing else from being done. */
export function attempts({ writer, clock, meters, logger }: AttemptParts) {
  const failed = boundedMap<string, { times: number; until: number }>(MAX_REMEMBERED)

  function put(off: string): void {
    const times = (failed.get(off)?.times ?? 0) + 1
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(times - 1, 10), LONGEST_PAUSE_MS)
    failed.set(off, { times, until: steadyTime(clock) + pause })
  }

  const isTooEarly = (thing: string): boolean => {
    const before = failed.get(thing)
    return before !== undefined && steadyTime(clock) < before.until
  }

  return {
    /** Whether a thing failed and is not to be tried again yet. */
    isTooEarly,
    /**
     * Sends a call for a thing, unless it is too early to try again.
     * @param thing what the call is for: the same name for the same thing
     */
    async send(duty: DutyName, thing: string, call: NetworkCall, signal?: AbortSignal): Promise<Attempt> {
      if (isTooEarly(thing)) return { status: 'later' }
      try {
        const sent = await writer.send(call, signal ? { signal } : {})
        if (sent.status === 'ok') {
          failed.delete(thing)
          meters.done(duty)
          logger.info('done on L1', { what: call.what, transaction: sent.hash })
        } else {
          put(thing)
          logger.debug('not done on L1', { what: call.what, ...sent })
        }
        return sent
      } catch (error) {
        put(thing)
        meters.failed(duty)
        throw error
      }
    },
  }
}

export type Attempts = ReturnType<typeof attempts>
