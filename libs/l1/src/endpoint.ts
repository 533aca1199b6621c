import { BaseError, concatBytes, redactUrls } from '@animechain/core'
import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'

export interface EndpointOptions {
  /** milliseconds for a request, its whole answer included */
  timeoutMs: number
  /** milliseconds in which further requests join a batch */
  waitMs: number
  /** longest answer that is read, bytes */
  maxAnswerBytes: number
}

interface Pending {
  body: { jsonrpc: '2.0'; id: number; method: string; params: unknown }
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

const badAnswer = (url: string, what: string) =>
  new BaseError(`L1 at ${url} answers wrongly: ${what}.`, { code: 'L1_BAD_ANSWER' })

/** The body of an answer, up to a bound. */
async function readText(response: Response, maxBytes: number, url: string): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw new BaseError(`L1 at ${url} gives an answer that is too long.`, {
        code: 'L1_ANSWER_TOO_LARGE',
        metaMessages: [`Expected at most ${maxBytes} bytes.`],
      })
    }
    chunks.push(value)
  }
  return new TextDecoder().decode(concatBytes(...chunks))
}

interface RpcAnswer {
  id?: unknown
  result?: unknown
  error?: { code?: number; message?: string; data?: unknown }
}

/**
 * JSON-RPC over HTTP that takes nothing on trust: each answer must carry the id of its question, the whole of it comes in time, and within a size.
 * Errors are viem's, or `L1_BAD_ANSWER` and `L1_ANSWER_TOO_LARGE`.
 */
export function endpoint(address: string, { timeoutMs, waitMs, maxAnswerBytes }: EndpointOptions) {
  const { url, headers } = target(address)
  const shown = redactUrls(url)
  let lastId = 0
  let queue: Pending[] = []

  async function post(body: Pending['body'] | Pending['body'][]): Promise<unknown> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await readText(response, maxAnswerBytes, shown)
      let answer: unknown
      try {
        answer = JSON.parse(text)
      } catch {
        if (response.ok) throw badAnswer(shown, `expected JSON, got ${JSON.stringify(text.slice(0, 60))}`)
      }
      const isRpcError = typeof (answer as RpcAnswer | undefined)?.error?.message === 'string'
      if (response.ok || isRpcError) return answer
      throw new HttpRequestError({ body: {}, url, status: response.status, details: text.slice(0, 200) })
    } catch (error) {
      if (error instanceof BaseError || error instanceof HttpRequestError) throw error
      if ((error as Error).name === 'TimeoutError') throw new TimeoutError({ body: {}, url })
      const { message, cause } = error as Error
      throw new HttpRequestError({ body: {}, url, details: cause instanceof Error ? cause.message : message })
    }
  }

  function settle({ body, resolve, reject }: Pending, answer: RpcAnswer | undefined): void {
    if (answer?.error)
      return reject(
        new RpcRequestError({
          body,
          url,
          error: {
            code: Number(answer.error.code ?? -32_603),
            message: String(answer.error.message),
            data: answer.error.data,
          } as never,
        }),
      )
    if (typeof answer !== 'object' || answer === null || answer.result === undefined)
      return reject(badAnswer(shown, `expected a result of ${body.method}, got none`))
    resolve(answer.result)
  }

  /** The answers by the ids of what was asked. @throws `L1_BAD_ANSWER` unless there is one to each */
  function sorted(asked: readonly Pending[], answer: unknown): (RpcAnswer | undefined)[] {
    const list = (Array.isArray(answer) ? answer : [answer]) as (RpcAnswer | null)[]
    // What cannot be answered at all is answered once, without an id.
    const [first] = list
    if (list.length === 1 && first?.error && (first.id === null || first.id === undefined))
      return asked.map(() => first)
    const byId = new Map(list.map((one) => [one?.id, one ?? undefined]))
    if (list.length !== asked.length || !asked.every(({ body }) => byId.has(body.id)))
      throw badAnswer(
        shown,
        `expected ${asked.length} answers with the ids of the requests, got ${list.length} with others`,
      )
    return asked.map(({ body }) => byId.get(body.id))
  }

  async function flush(): Promise<void> {
    const asked = queue
    queue = []
    if (asked.length === 0) return
    try {
      const bodies = asked.map(({ body }) => body)
      const answers = sorted(asked, await post(bodies.length === 1 ? bodies[0]! : bodies))
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
        else if (queue.length === 1) setTimeout(() => void flush(), waitMs)
      }),
  }
}

export type Endpoint = ReturnType<typeof endpoint>
