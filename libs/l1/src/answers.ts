import { BaseError } from '@animechain/core'
import { RpcRequestError } from 'viem'

export interface RpcCall {
  jsonrpc: '2.0'
  id: number
  method: string
  params: unknown
}

export interface RpcAnswer {
  id?: unknown
  result?: unknown
  error?: { code?: number; message?: string; data?: unknown }
}

export const badAnswer = (url: string, what: string) =>
  new BaseError(`L1 at ${url} answers wrongly: ${what}.`, { code: 'L1_BAD_ANSWER' })

/** Whether a body is an error of JSON-RPC, which servers send with any status of HTTP. */
export const isRpcError = (answer: unknown): boolean =>
  typeof (answer as RpcAnswer | undefined)?.error?.message === 'string'

/** The answers in the order of the calls, matched by id. @throws `L1_BAD_ANSWER` unless there is one to each */
export function matched(
  calls: readonly Pick<RpcCall, 'id'>[],
  answer: unknown,
  url: string,
): (RpcAnswer | undefined)[] {
  const list = (Array.isArray(answer) ? answer : [answer]) as (RpcAnswer | null)[]
  // What cannot be answered at all is answered once, without an id.
  const [first] = list
  if (list.length === 1 && first?.error && (first.id === null || first.id === undefined))
    return calls.map(() => first)
  const byId = new Map(list.map((one) => [one?.id, one ?? undefined]))
  if (list.length !== calls.length || !calls.every(({ id }) => byId.has(id)))
    throw badAnswer(
      url,
      `expected ${calls.length} answers with the ids of the requests, got ${list.length} with others`,
    )
  return calls.map(({ id }) => byId.get(id))
}

/** The result of an answer. @throws what it says went wrong, as viem's error, or `L1_BAD_ANSWER` where there is none */
export function resultOf(
  call: RpcCall,
  answer: RpcAnswer | undefined,
  { url, shown }: { url: string; shown: string },
): unknown {
  if (answer?.error) {
    const { code = -32_603, message, data } = answer.error
    const error = { code: Number(code), message: String(message), data } as never
    throw new RpcRequestError({ body: { ...call }, url, error })
  }
  if (typeof answer !== 'object' || answer === null || answer.result === undefined)
    throw badAnswer(shown, `expected a result of ${call.method}, got none`)
  return answer.result
}
