import type { Method } from '../context.js'
import { invalidParams, RpcError, rpcErrorCodes } from '../errors.js'
import { MAX_DEPTH, scanBody } from './scan.js'

/** One request as it came (JSON-RPC 2.0, section 4). */
export interface Request {
  /** JSON of the id */
  id: string
  /** without an id: nothing is answered */
  notification: boolean
  method: string
  params: readonly unknown[]
}

export const errorText = (id: string, { code, message, data }: RpcError) =>
  `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) })}}`

export const invalidRequest = (message: string) => new RpcError(rpcErrorCodes.invalidRequest, message)

/** Checks the envelope of one request (JSON-RPC 2.0, section 4). */
export function readRequest(value: unknown): Request | RpcError {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalidRequest('invalid request: expected an object')
  const { jsonrpc, id, method, params } = value as Record<string, unknown>
  if (jsonrpc !== '2.0') return invalidRequest('invalid request: expected "jsonrpc": "2.0"')
  if (typeof method !== 'string') return invalidRequest('invalid request: expected a method')
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number')
    return invalidRequest('invalid request: expected an id that is a string, a number or null')
  if (params !== undefined && params !== null && !Array.isArray(params))
    return invalidParams('non-array args')
  return { id: JSON.stringify(id ?? null), notification: id === undefined, method, params: params ?? [] }
}

/** The id of something that is no good request, where it has one. */
export function idOf(value: unknown): string {
  const id = (value as { id?: unknown } | null)?.id
  return typeof id === 'string' || typeof id === 'number' ? JSON.stringify(id) : 'null'
}

/** The parameters of a method, each as its type. @throws RpcError */
export function readParams({ params }: Method, given: readonly unknown[]): unknown[] {
  if (given.length > params.length) throw invalidParams(`too many arguments, want at most ${params.length}`)
  return params.map((read, i) => {
    const value = given[i]
    if ((value === undefined || value === null) && !read.optional)
      throw invalidParams(`missing value for required argument ${i}`)
    return read(value, `argument ${i}`)
  })
}

/** The value of a body. @throws RpcError when it is no JSON, or when it would become too much. */
export function parseBody(body: Buffer, limits: { bodyValues: number; batchItems: number }): unknown {
  const { values, depth, entries } = scanBody(body, limits.bodyValues)
  if (entries > limits.batchItems)
    throw invalidRequest(`batch too large: at most ${limits.batchItems} requests, got ${entries} or more`)
  if (values > limits.bodyValues)
    throw invalidRequest(`invalid request: at most ${limits.bodyValues} JSON values`)
  if (depth > MAX_DEPTH) throw invalidRequest(`invalid request: nested deeper than ${MAX_DEPTH}`)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new RpcError(rpcErrorCodes.parse, 'parse error: the body is no JSON')
  }
}
