import { hexToBytes } from '@animechain/core'
import { boundedBody } from '@animechain/l1'

/** Room for the text of an error. */
const MAX_TEXT_BYTES = 4_096

/** An answer that came whole. What did not is thrown. */
export interface Answer {
  status: number
  body: Uint8Array
  /** Whether it is a page for people: not what a server of the protocol says, but something in between. */
  isPage: boolean
  /** milliseconds of `Retry-After`, where the server gave some */
  retryAfterMs?: number
}

/** What is asked of a server. */
export interface Question {
  method: 'GET' | 'POST'
  /** below the server's URL */
  path: string
  body?: Uint8Array
  token?: string | undefined
  /** Longest body of a good answer that is read, bytes. */
  maxBytes: number
  /** milliseconds for the whole exchange */
  timeoutMs: number
  signal?: AbortSignal | undefined
}

/** Joins a server's URL, which may have a path of its own, and a path. */
const join = (base: string, path: string) => `${base.replace(/\/+$/, '')}${path}`

/** @throws when the answer did not come, or is longer than it may be */
export async function ask(base: string, question: Question): Promise<Answer> {
  const { method, path, body, token, maxBytes, timeoutMs, signal } = question
  const timeout = AbortSignal.timeout(timeoutMs)
  const response = await fetch(join(base, path), {
    method,
    redirect: 'error',
    headers: {
      ...(body ? { 'content-type': 'application/octet-stream' } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body ? { body: new Uint8Array(body) } : {}),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  })
  const most = response.ok ? maxBytes : Math.max(maxBytes, MAX_TEXT_BYTES)
  const answered = await boundedBody(
    response,
    most,
    () => new Error(`expected an answer of at most ${most} bytes, got more`),
  )
  const length = response.headers.get('content-length')
  // A connection that was cut may look like an end: what is shorter than announced is no answer.
  if (length !== null && !response.headers.has('content-encoding') && Number(length) !== answered.length)
    throw new Error(`expected ${length} bytes, got ${answered.length}`)
  const retryAfter = Number(response.headers.get('retry-after'))
  return {
    status: response.status,
    body: answered,
    isPage: /html/i.test(response.headers.get('content-type') ?? ''),
    ...(retryAfter > 0 ? { retryAfterMs: Math.ceil(retryAfter * 1_000) } : {}),
  }
}

/** What a server said is wrong, short enough for a message. */
export const said = ({ status, body }: Answer): string => {
  const text = new TextDecoder().decode(body.slice(0, 200)).replace(/\s+/g, ' ').trim()
  return `HTTP ${status}${text === '' ? '' : `: ${text}`}`
}

/**
 * Bytes of an answer that the specification says are hex and servers give raw: an encoded commitment begins with a byte below 2, hex with a digit.
 */
export function rawOrHex(body: Uint8Array): Uint8Array {
  if (body.length === 0 || body[0]! < 2) return body
  const text = new TextDecoder().decode(body).trim()
  try {
    return hexToBytes(text.startsWith('0x') ? text : `0x${text}`)
  } catch {
    return body
  }
}
