import type { Logger, Metrics } from '@animechain/core'
import { semaphore } from '@animechain/runtime'
import { answerWriter, writeResult, type AnswerBytes, type AnswerText, type AnswerWriter } from './answer.js'
import type { Client, Connection } from './client.js'
import type { Context, Method, MethodTable, RequestContext } from './context.js'
import { invalidParams, RpcError, rpcErrorCodes, toRpcError } from './errors.js'
import { sendRaw } from './methods/transactions.js'
import { param } from './params.js'
import { MAX_DEPTH, scanBody } from './scan.js'
import { timedOut, turns } from './turns.js'

/** Where a request comes from. */
export interface Caller {
  readonly client: Client
  /** Absent over HTTP. */
  readonly connection?: Connection
  /** False from the end of its connection on. */
  readonly isOpen: boolean
  /** What long answers to it may hold. */
  readonly answerBytes: AnswerBytes
}

/** Answers one request body or WebSocket message: JSON in, JSON out; undefined when nothing is to be answered. */
export type Dispatch = (body: Buffer, caller: Caller) => Promise<AnswerText | undefined>

const busy = () =>
  new RpcError(rpcErrorCodes.limitExceeded, 'the node is busy: too many calls wait. Try again later')

interface Request {
  id: string
  /** without an id: nothing is answered */
  notification: boolean
  method: string
  params: readonly unknown[]
}

/** What a request is run with. */
interface Run {
  readonly caller: Caller
  readonly deadline: number
  /** One of several: no method has a time of its own. */
  readonly batched: boolean
}

const errorText = (id: string, { code, message, data }: RpcError) =>
  `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) })}}`

const internal = new RpcError(rpcErrorCodes.internal, 'internal error')
const invalidRequest = (message: string) => new RpcError(rpcErrorCodes.invalidRequest, message)

/** Checks the envelope of one request (JSON-RPC 2.0, section 4). */
function readRequest(value: unknown): Request | RpcError {
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

/** The value of a body. @throws RpcError when it is no JSON, or when it would become too much. */
function parseBody(body: Buffer, limits: { bodyValues: number; batchItems: number }): unknown {
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

/** What comes first: the work, or the end of its time. The work goes on, but nobody waits for it. */
async function within<T>(deadline: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(timedOut()), Math.max(0, deadline - performance.now()))
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}

/** Binds a table of methods to what they work with. */
export function dispatcher(options: {
  methods: MethodTable
  context: Omit<Context, keyof RequestContext>
  logger: Logger
  metrics: Metrics
}): Dispatch {
  const { context, logger } = options
  const { limits } = context
  const methods = new Map(Object.entries(options.methods))
  const heavy = semaphore(limits.heavy, limits.heavyQueue, busy)
  const count = requestMetrics(options.metrics)

  const failure = (method: string, error: unknown): RpcError => {
    const known = toRpcError(error)
    if (known !== undefined) return known
    logger.error('a request failed', { method, error })
    return internal
  }

  async function resultOf(request: Request, { caller, deadline, batched }: Run): Promise<unknown> {
    const found = methods.get(request.method)
    if (found === undefined)
      throw new RpcError(
        rpcErrorCodes.methodNotFound,
        `the method ${request.method.slice(0, 80)} does not exist/is not available`,
      )
    const values = readParams(found, request.params)
    const own: Context = { ...context, client: caller.client, connection: caller.connection, deadline }
    const call = async () => found.handle(own, ...(values as never[]))
    if (!found.heavy && !found.waits) return call()
    const inTurn = found.heavy === 'read' ? !context.backend.engine.queuesReads : found.heavy
    const work = inTurn
      ? heavy(() => {
          // Its time may be over before its turn comes.
          if (performance.now() > deadline || !caller.isOpen) throw timedOut()
          return call()
        })
      : call()
    return found.waits && !batched ? work : within(deadline, work)
  }

  async function run(request: Request, options: Run): Promise<AnswerText | undefined> {
    const { id, method: name } = request
    const label = methods.has(name) ? name : 'unknown'
    const started = performance.now()
    const writer = answerWriter(limits.answerBytes, options.caller.answerBytes)
    let answer: AnswerText
    let code = 0
    try {
      const result = await resultOf(request, options)
      writer.add(`{"jsonrpc":"2.0","id":${id},"result":`)
      await writeResult(writer, result, options.deadline)
      writer.add('}')
      answer = writer.end()
    } catch (error) {
      writer.drop()
      const shown = failure(name, error)
      code = shown.code
      answer = errorText(id, shown)
    }
    count(label, code, performance.now() - started)
    return request.notification ? undefined : answer
  }

  /**
   * Raw transactions that follow each other in a batch go to the pool together, so that it can recover their senders at once. They are handed
   * over in order; none waits for the one before it.
   */
  async function runTransactions(group: readonly Request[], options: Run): Promise<(string | undefined)[]> {
    const turn = turns()
    const answers: Promise<string | undefined>[] = []
    for (const request of group) {
      // The pool checks a signature before it waits for anything.
      await turn()
      answers.push(runTransaction(request, options))
    }
    return Promise.all(answers)
  }

  async function runTransaction(request: Request, { caller, deadline }: Run): Promise<string | undefined> {
    const { id, params, notification } = request
    let code = 0
    let answer: string
    try {
      if (params.length !== 1)
        throw invalidParams(
          params.length === 0
            ? 'missing value for required argument 0'
            : 'too many arguments, want at most 1',
        )
      const own: Context = { ...context, client: caller.client, connection: undefined, deadline }
      answer = `{"jsonrpc":"2.0","id":${id},"result":"${await sendRaw(own, param.bytes(params[0], 'argument 0'))}"}`
    } catch (error) {
      const shown = failure('eth_sendRawTransaction', error)
      code = shown.code
      answer = errorText(id, shown)
    }
    count('eth_sendRawTransaction', code)
    return notification ? undefined : answer
  }

  /** Why an entry of a batch is not begun. */
  function refusal(writer: AnswerWriter, { deadline, caller }: Run): RpcError | undefined {
    if (performance.now() > deadline || !caller.isOpen) return timedOut()
    if (writer.length > limits.responseBytes)
      return new RpcError(rpcErrorCodes.tooLarge, `response too large: at most ${limits.responseBytes} bytes`)
    return undefined
  }

  async function runBatch(values: readonly unknown[], options: Run): Promise<AnswerText | undefined> {
    if (values.length === 0) return errorText('null', invalidRequest('empty batch'))
    const writer = answerWriter(Infinity, options.caller.answerBytes)
    let answered = 0
    const add = (answer: AnswerText | undefined) => {
      if (answer === undefined) return
      writer.add(answered++ === 0 ? '[' : ',')
      writer.add(answer)
    }
    const turn = turns()
    try {
      for (let i = 0; i < values.length;) {
        await turn()
        const request = readRequest(values[i])
        const refused = request instanceof RpcError ? request : refusal(writer, options)
        if (request instanceof RpcError || refused !== undefined) {
          add(errorText(idOf(values[i]), refused!))
          i++
        } else if (request.method === 'eth_sendRawTransaction') {
          const group = transactionsFrom(values, i, request)
          i += group.length
          for (const answer of await runTransactions(group, options)) add(answer)
        } else {
          add(await run(request, options))
          i++
        }
      }
      if (answered === 0) return undefined
      writer.add(']')
      return writer.end()
    } catch (error) {
      writer.drop()
      return errorText('null', failure('batch', error))
    }
  }

  return async (body, caller) => {
    try {
      const value = parseBody(body, limits)
      const deadline = performance.now() + limits.answerTimeoutMs
      const batched = Array.isArray(value)
      if (batched) return await runBatch(value, { caller, deadline, batched })
      const request = readRequest(value)
      if (request instanceof RpcError) return errorText(idOf(value), request)
      return await run(request, { caller, deadline, batched })
    } catch (error) {
      return errorText('null', failure('body', error))
    }
  }
}

/** The raw transactions that follow each other from `start` on. */
function transactionsFrom(values: readonly unknown[], start: number, first: Request): Request[] {
  const group = [first]
  for (let i = start + 1; i < values.length; i++) {
    const next = readRequest(values[i])
    if (next instanceof RpcError || next.method !== 'eth_sendRawTransaction') break
    group.push(next)
  }
  return group
}

/** Counts answered requests; with milliseconds their time too. */
function requestMetrics(metrics: Metrics): (method: string, code: number, ms?: number) => void {
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
  return (method, code, ms) => {
    requests.inc(1, { method, code: String(code) })
    if (ms !== undefined) seconds.observe(ms / 1_000, { method })
  }
}
