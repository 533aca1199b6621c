/** An answer that came whole. */
export interface Answer {
  status: number
  body: Uint8Array
  cursor: string | null
  retryAfterMs: number
}

/** What is asked of a server. */
export interface Question {
  method: 'GET' | 'POST'
  /** below the server's URL */
  path: string
  body?: Uint8Array
  /** longest answer, bytes */
  maxBytes: number
  timeoutMs: number
  signal: AbortSignal
}

/** Room for the text of an error, bytes. */
const MAX_TEXT_BYTES = 4_096

async function bounded(response: Response, most: number): Promise<Uint8Array> {
  const tooLong = () => new Error(`expected an answer of at most ${most} bytes, got more`)
  const announced = Number(response.headers.get('content-length') ?? 0)
  let body = new Uint8Array(Math.min(announced, most))
  let length = 0
  const reader = response.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read()
    if (done) break
    if (announced > most || length + value.length > most) {
      await reader.cancel()
      throw tooLong()
    }
    if (length + value.length > body.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(2 * body.length, length + value.length)))
      larger.set(body.subarray(0, length))
      body = larger
    }
    body.set(value, length)
    length += value.length
  }
  return body.subarray(0, length)
}

/** @throws where no answer came in time, or one that is longer than it may be */
export async function ask(base: string, question: Question): Promise<Answer> {
  const { method, path, body, maxBytes, timeoutMs, signal } = question
  const response = await fetch(`${base.replace(/\/+$/, '')}${path}`, {
    method,
    redirect: 'error',
    headers: body ? { 'content-type': 'application/octet-stream' } : {},
    ...(body ? { body: new Uint8Array(body) } : {}),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  return {
    status: response.status,
    body: await bounded(response, response.ok ? maxBytes : Math.max(maxBytes, MAX_TEXT_BYTES)),
    cursor: response.headers.get('gossip-cursor'),
    retryAfterMs: Math.max(0, Number(response.headers.get('retry-after')) || 0) * 1_000,
  }
}
