import { steadyTime, type Clock } from '@animechain/core'
import { messageContentType, pathOf } from '@animechain/network-protocol'

/** Of an answer's body so much is read, bytes. */
const MAX_ANSWER = 4_096
/** Of what a server says so much is told, characters. */
const MAX_SAID = 200

/** What a node said of an alarm that was posted to it. */
export interface AlarmAnswer {
  /** of the node, as it was given */
  url: string
  /** `taken`: it came to the same result itself. `later`: it cannot tell yet, or did not answer. `refused`: asking again changes nothing. */
  outcome: 'taken' | 'later' | 'refused'
  /** undefined: nobody answered */
  status: number | undefined
  /** in its own words; nothing that is to be believed */
  said: string
}

/** Bytes of a body up to a bound, as text. */
async function beginning(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  let text = ''
  const decoder = new TextDecoder()
  for (let length = 0; reader && length <= MAX_ANSWER;) {
    const { done, value } = await reader.read()
    if (done) return text
    length += value.length
    text += decoder.decode(value, { stream: true })
  }
  await reader?.cancel()
  return text.slice(0, MAX_ANSWER)
}

/** What the body of an answer says, on one line. */
function saidIn(body: string): string {
  let text = body
  try {
    const { error, outcome } = JSON.parse(body) as Record<string, unknown>
    if (typeof error === 'string') text = error
    else if (typeof outcome === 'string') text = outcome
  } catch {
    // Of a proxy, perhaps.
  }
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_SAID)
}

/** By the status: docs/spec/network.md, section 10. */
function outcomeOf(status: number): AlarmAnswer['outcome'] {
  if (status === 200 || status === 202) return 'taken'
  return status === 422 || status === 429 || status >= 500 ? 'later' : 'refused'
}

/**
 * Posts an alarm to a node, once. Works in browsers as well.
 * @param url of the node's HTTP gossip, with a path of its own if it has one
 */
export async function postAlarm(
  url: string,
  bytes: Uint8Array,
  { timeoutMs = 10_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<AlarmAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const { method, path } = pathOf({ name: 'gossip', kind: 'alarm' })
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      method,
      headers: { 'content-type': messageContentType },
      body: new Uint8Array(bytes),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const { status } = response
    return { url, outcome: outcomeOf(status), status, said: saidIn(await beginning(response)) }
  } catch (error) {
    const { message, cause } = error as Error
    const why = cause instanceof Error && cause.message ? cause.message : message
    return { url, outcome: 'later', status: undefined, said: saidIn(`no answer: ${why}`) }
  }
}

/** To whom alarms are posted, and how long it is tried. */
export interface AlarmPosterOptions {
  urls: readonly string[]
  clock: Clock
  /** milliseconds before a node that could not tell is asked again; default 2,500: it answers nothing else for 2 seconds */
  retryMs?: number
  /** milliseconds after which an alarm that nobody could tell about is given up; default 600,000 */
  giveUpMs?: number
  /** milliseconds for an answer; default 10,000 */
  timeoutMs?: number
  /** alarms that wait for a node; the oldest gives way. Default 64 */
  maxWaiting?: number
  /** Told of an answer that is not the same as the one before. `last`: it is not asked again. */
  onAnswer?(bytes: Uint8Array, answer: AlarmAnswer, last: boolean): void
}

/** Posts alarms until each node has said what it has to say. */
export interface AlarmPoster {
  /** Resolves, never rejects, with the last answer of each node; of one that gave way or was stopped, what was said last. */
  post(bytes: Uint8Array): Promise<AlarmAnswer[]>
  /** Gives up what waits. */
  stop(): void
}

interface Waiting {
  bytes: Uint8Array
  until: number
  last: AlarmAnswer
  done(answer: AlarmAnswer): void
}

/** One node: what waits is posted in turn, so that an alarm that it cannot tell about yet keeps no other one back. */
function mailbox(url: string, options: AlarmPosterOptions, signal: AbortSignal) {
  const { clock, retryMs = 2_500, timeoutMs = 10_000, maxWaiting = 64, onAnswer } = options
  const queue: Waiting[] = []
  let running: Promise<void> | undefined

  /** Whether the node was heard out. */
  async function attempt(waiting: Waiting): Promise<boolean> {
    const answer = await postAlarm(url, waiting.bytes, { timeoutMs, signal })
    if (signal.aborted) return true
    const isLast = answer.outcome !== 'later' || steadyTime(clock) >= waiting.until
    const isNews = answer.outcome !== waiting.last.outcome || answer.said !== waiting.last.said
    waiting.last = answer
    if (isNews || isLast) onAnswer?.(waiting.bytes, answer, isLast)
    return isLast
  }
  async function run(): Promise<void> {
    while (queue.length > 0 && !signal.aborted) {
      // Those that come meanwhile are for the next round.
      const round = queue.splice(0)
      for (const waiting of round)
        if (signal.aborted || (await attempt(waiting))) waiting.done(waiting.last)
        else queue.push(waiting)
      if (queue.length > 0) await clock.sleep(retryMs, signal)
    }
    for (const waiting of queue.splice(0)) waiting.done(waiting.last)
    running = undefined
  }
  return (bytes: Uint8Array, until: number) =>
    new Promise<AlarmAnswer>((done) => {
      const last: AlarmAnswer = { url, outcome: 'later', status: undefined, said: 'not asked yet' }
      if (signal.aborted) return done(last)
      queue.push({ bytes, until, last, done })
      if (queue.length > maxWaiting) {
        const oldest = queue.shift()!
        oldest.done(oldest.last)
      }
      running ??= run()
    })
}

/** Posts alarms to nodes over HTTP, which check them themselves. Works in browsers as well. */
export function alarmPoster(options: AlarmPosterOptions): AlarmPoster {
  const { urls, clock, giveUpMs = 600_000 } = options
  const stopping = new AbortController()
  const boxes = urls.map((url) => mailbox(url, options, stopping.signal))
  return {
    post: (bytes) => Promise.all(boxes.map((send) => send(bytes, steadyTime(clock) + giveUpMs))),
    stop: () => stopping.abort(),
  }
}
