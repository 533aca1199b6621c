import { BaseError, redactUrls } from '@animechain/core'
import { HttpRequestError, TimeoutError } from 'viem'
import { badAnswer, isRpcError, matched, resultOf, type RpcAnswer, type RpcCall } from './answers.js'
import { boundedBody } from './boundedBody.js'

export interface EndpointOptions {
  /** milliseconds for a request, its whole answer included */
  timeoutMs: number
  /** milliseconds in which further requests join a batch */
  waitMs: number
  /** longest answer that is read, bytes */
  maxAnswerBytes: number
}

interface Pending {
  body: RpcCall
  resolve: (result: unknown) => void
  reject: (error: Error) => void
}

/** Requests in one batch at most. */
const MAX_BATCH = 256

/** Header of the user and password in a URL, which `fetch` refuses there. */
function target(url: string): { url: string; headers: Record<string, string> } {
  const parsed = new URL(url)
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (!parsed.username) return { url, headers }
  const user = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`
  headers.authorization = `Basic ${btoa(user)}`
  parsed.username = parsed.password = ''
  return { url: parsed.toString(), headers }
}

/** What a server answers to a body, whatever JSON it is. */
async function post(
  { url, headers, shown }: ReturnType<typeof target> & { shown: string },
  body: RpcCall | RpcCall[],
  { timeoutMs, maxAnswerBytes }: EndpointOptions,
): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const bytes = await boundedBody(response, maxAnswerBytes, () => tooLong(shown, maxAnswerBytes))
    const text = new TextDecoder().decode(bytes)
    let answer: unknown
    try {
      answer = JSON.parse(text)
    } catch {
      if (response.ok) throw badAnswer(shown, `expected JSON, got ${JSON.stringify(text.slice(0, 60))}`)
    }
    if (response.ok || isRpcError(answer)) return answer
    throw new HttpRequestError({ body: {}, url, status: response.status, details: text.slice(0, 200) })
  } catch (error) {
    if (error instanceof BaseError || error instanceof HttpRequestError) throw error
    if ((error as Error).name === 'TimeoutError') throw new TimeoutError({ body: {}, url })
    const { message, cause } = error as Error
    throw new HttpRequestError({ body: {}, url, details: cause instanceof Error ? cause.message : message })
  }
}

const tooLong = (url: string, maxBytes: number) =>
  new BaseError(`L1 at ${url} gives an answer that is too long.`, {
    code: 'L1_ANSWER_TOO_LARGE',
    metaMessages: [`Expected at most ${maxBytes} bytes.`],
  })

/**
 * JSON-RPC over HTTP that takes nothing on trust: each answer must carry the id of its question, the whole of it comes in time, and within a size.
 * Errors are viem's, or `L1_BAD_ANSWER` and `L1_ANSWER_TOO_LARGE`.
 */
export function endpoint(address: string, options: EndpointOptions) {
  const server = target(address)
  const shown = redactUrls(server.url)
  let lastId = 0
  let queue: Pending[] = []

  function settle({ body, resolve, reject }: Pending, answer: RpcAnswer | undefined): void {
    try {
      resolve(resultOf(body, answer, { url: server.url, shown }))
    } catch (error) {
      reject(error as Error)
    }
  }

  async function flush(): Promise<void> {
    const asked = queue
    queue = []
    if (asked.length === 0) return
    try {
      const bodies = asked.map(({ body }) => body)
      const answer = await post({ ...server, shown }, bodies.length === 1 ? bodies[0]! : bodies, options)
      const answers = matched(bodies, answer, shown)
      for (const [i, one] of asked.entries()) settle(one, answers[i])
    } catch (error) {
      for (const { reject } of asked) reject(error as Error)
    }
  }

  return {
    url: shown,
    request: (method: string, params: unknown = []): Promise<unknown> =>
      new Promise((resolve, reject) => {
        queue.push({ body: { jsonrpc: '2.0', id: ++lastId, method, params }, resolve, reject })
        if (queue.length >= MAX_BATCH) void flush()
        else if (queue.length === 1) setTimeout(() => void flush(), options.waitMs)
      }),
  }
}

export type Endpoint = ReturnType<typeof endpoint>
