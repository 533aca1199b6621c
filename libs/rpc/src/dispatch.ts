import type { Logger, Metrics } from '@animechain/core'
import type { Client, Connection, Context, Method, MethodTable } from './context.js'
import { invalidParams, RpcError, rpcErrorCodes, toRpcError } from './errors.js'
import { sendRaw } from './methods/transactions.js'
import { jsonText } from './jsonText.js'
import { param } from './params.js'
import { semaphore } from './semaphore.js'
import { turns } from './turns.js'

/** Where a request comes from. */
export interface Caller {
  readonly client: Client
  /** Absent over HTTP. */
  readonly connection?: Connection
}

/** Answers one request body or WebSocket message: JSON text in, JSON text out; undefined when nothing is to be answered. */
export type Dispatch = (body: string, caller: Caller) => Promise<string | undefined>

interface Request {
  id: string
  /** without an id: nothing is answered */
  notification: boolean
  method: string
  params: readonly unknown[]
}

const errorText = (id: string, { code, message, data }: RpcError) =>
  `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) })}}`
const resultText = (id: string, result: unknown) =>
  `{"jsonrpc":"2.0","id":${id},"result":${jsonText(result ?? null)}}`

const internal = new RpcError(rpcErrorCodes.internal, 'internal error')

/** Checks the envelope of one request (JSON-RPC 2.0, section 4). */
function readRequest(value: unknown): Request | RpcError {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new RpcError(rpcErrorCodes.invalidRequest, 'invalid request: expected an object')
  const { jsonrpc, id, method, params } = value as Record<string, unknown>
  if (jsonrpc !== '2.0')
    return new RpcError(rpcErrorCodes.invalidRequest, 'invalid request: expected "jsonrpc": "2.0"')
  if (typeof method !== 'string')
    return new RpcError(rpcErrorCodes.invalidRequest, 'invalid request: expected a method')
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number')
    return new RpcError(
      rpcErrorCodes.invalidRequest,
      'invalid request: expected an id that is a string, a number or null',
    )
  if (params !== undefined && params !== null && !Array.isArray(params))
    return invalidParams('non-array args')
  return { id: JSON.stringify(id ?? null), notification: id === undefined, method, params: params ?? [] }
}

/** The id of something that is no good request, where it has one. */
function idOf(value: unknown): string {
  const id = (value as { id?: unknown } | null)?.id
  return typeof id === 'string' || typeof id === 'number' ? JSON.stringify(id) : 'null'
}

function readParams({ params }: Method, given: readonly unknown[]): unknown[] {
  if (given.length > params.length) throw invalidParams(`too many arguments, want at most ${params.length}`)
  return params.map((read, i) => {
    const value = given[i]
    if ((value === undefined || value === null) && !read.optional)
      throw invalidParams(`missing value for required argument ${i}`)
    return read(value, `argument ${i}`)
  })
}

/** Binds a table of methods to what they work with. */
export function dispatcher(options: {
  methods: MethodTable
  context: Omit<Context, 'client' | 'connection'>
  logger: Logger
  metrics: Metrics
}): Dispatch {
  const { context, logger, metrics } = options
  const { limits } = context
  const methods = new Map(Object.entries(options.methods))
  const heavy = semaphore(limits.heavy, limits.heavyQueue)
  const requests = metrics.counter({
    name: 'rpc_requests_total',
    help: 'JSON-RPC requests answered, by method and error code (0: a result).',
    labels: ['method', 'code'],
  })
  const seconds = metrics.histogram({
    name: 'rpc_request_seconds',
    help: 'Time to answer a JSON-RPC request.',
    labels: ['method'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  })

  const failure = (method: string, error: unknown): RpcError => {
    const known = toRpcError(error)
    if (known !== undefined) return known
    logger.error('a request failed', { method, error })
    return internal
  }

  async function run(request: Request, caller: Caller): Promise<string | undefined> {
    const { id, method: name } = request
    const found = methods.get(name)
    const label = found === undefined ? 'unknown' : name
    const started = performance.now()
    let answer: string
    let code = 0
    try {
      if (found === undefined)
        throw new RpcError(
          rpcErrorCodes.methodNotFound,
          `the method ${name.slice(0, 80)} does not exist/is not available`,
        )
      const values = readParams(found, request.params)
      const own: Context = { ...context, client: caller.client, connection: caller.connection }
      const call = async () => found.handle(own, ...(values as never[]))
      const inTurn = found.heavy === 'read' ? !context.backend.engine.queuesReads : found.heavy
      answer = resultText(id, await (inTurn ? heavy(call) : call()))
    } catch (error) {
      const shown = failure(name, error)
      code = shown.code
      answer = errorText(id, shown)
    }
    requests.inc(1, { method: label, code: String(code) })
    seconds.observe((performance.now() - started) / 1_000, { method: label })
    return request.notification ? undefined : answer
  }

  /**
   * Raw transactions that follow each other in a batch go to the pool together, so that it can recover their senders at once. They are handed
   * over in order; none waits for the one before it.
   */
  async function runTransactions(
    group: readonly Request[],
    { client }: Caller,
  ): Promise<(string | undefined)[]> {
    const turn = turns()
    const answers: Promise<string | undefined>[] = []
    for (const request of group) {
      // The pool checks a signature before it waits for anything.
      await turn()
      answers.push(runTransaction(request, client))
    }
    return Promise.all(answers)
  }

  async function runTransaction(
    { id, params, notification }: Request,
    client: Client,
  ): Promise<string | undefined> {
    const count = (code: number) => requests.inc(1, { method: 'eth_sendRawTransaction', code: String(code) })
    try {
      if (params.length !== 1)
        throw invalidParams(
          params.length === 0
            ? 'missing value for required argument 0'
            : 'too many arguments, want at most 1',
        )
      const hash = await sendRaw(
        { ...context, client, connection: undefined },
        param.bytes(params[0], 'argument 0'),
      )
      count(0)
      return notification ? undefined : `{"jsonrpc":"2.0","id":${id},"result":"${hash}"}`
    } catch (error) {
      const shown = failure('eth_sendRawTransaction', error)
      count(shown.code)
      return notification ? undefined : errorText(id, shown)
    }
  }

  async function runBatch(values: readonly unknown[], caller: Caller): Promise<string | undefined> {
    const invalid = (message: string) =>
      errorText('null', new RpcError(rpcErrorCodes.invalidRequest, message))
    if (values.length === 0) return invalid('empty batch')
    if (values.length > limits.batchItems)
      return invalid(`batch too large: at most ${limits.batchItems} requests, got ${values.length}`)
    const answers: string[] = []
    let bytes = 0
    const add = (answer: string | undefined) => {
      if (answer === undefined) return
      answers.push(answer)
      bytes += answer.length
    }
    const turn = turns()
    for (let i = 0; i < values.length;) {
      await turn()
      const request = readRequest(values[i])
      if (request instanceof RpcError) {
        add(errorText(idOf(values[i]), request))
        i++
      } else if (bytes > limits.responseBytes) {
        add(
          errorText(
            request.id,
            new RpcError(-32003, `response too large: at most ${limits.responseBytes} bytes`),
          ),
        )
        i++
      } else if (request.method === 'eth_sendRawTransaction') {
        const group = [request]
        for (i++; i < values.length; i++) {
          const next = readRequest(values[i])
          if (next instanceof RpcError || next.method !== 'eth_sendRawTransaction') break
          group.push(next)
        }
        for (const answer of await runTransactions(group, caller)) add(answer)
      } else {
        add(await run(request, caller))
        i++
      }
    }
    return answers.length === 0 ? undefined : `[${answers.join(',')}]`
  }

  return async (body, caller) => {
    let value: unknown
    try {
      value = JSON.parse(body)
    } catch {
      return errorText('null', new RpcError(rpcErrorCodes.parse, 'parse error: the body is no JSON'))
    }
    if (Array.isArray(value)) return runBatch(value, caller)
    const request = readRequest(value)
    return request instanceof RpcError ? errorText(idOf(value), request) : run(request, caller)
  }
}
