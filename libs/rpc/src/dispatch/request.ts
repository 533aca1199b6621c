import type { Logger, Metrics } from '@animechain/core'
import { answerWriter, isLong, writeResult, type AnswerText, type AnswerWriter } from '../answer.js'
import type { Context, Method, MethodTable, RequestContext } from '../context.js'
import { RpcError, rpcErrorCodes, toRpcError } from '../errors.js'
import { errorText, readParams, type Request } from './envelope.js'
import { places, within } from './places.js'
import type { Run } from './run.js'

/** What requests of a server share. */
export interface Requests {
  /** Answers one request; undefined when nothing is to be answered. */
  run(request: Request, run: Run): Promise<AnswerText | undefined>
  /** What a handler of this request works with. */
  contextOf(run: Run): Context
  /** The error that a client is shown. What was not foreseen is logged and shown as an internal error. */
  failure(method: string, error: unknown): RpcError
  count: RequestCount
}

const internal = new RpcError(rpcErrorCodes.internal, 'internal error')

export function requests(options: {
  methods: MethodTable
  context: Omit<Context, keyof RequestContext>
  logger: Logger
  metrics: Metrics
}): Requests {
  const { context, logger } = options
  const { limits } = context
  const methods = new Map(Object.entries(options.methods))
  const { heavy, writing } = places(limits)
  const count = requestCount(options.metrics)

  const failure = (method: string, error: unknown): RpcError => {
    const known = toRpcError(error)
    if (known !== undefined) return known
    logger.error('a request failed', { method, error })
    return internal
  }
  const contextOf = ({ caller, deadline }: Run): Context => ({
    ...context,
    client: caller.client,
    connection: caller.connection,
    deadline,
  })
  const find = (name: string): Method => {
    const found = methods.get(name)
    if (found === undefined)
      throw new RpcError(
        rpcErrorCodes.methodNotFound,
        `the method ${name.slice(0, 80)} does not exist/is not available`,
      )
    return found
  }

  /** A heavy request keeps its place until its result is written: what waits to be written is held in memory. */
  async function write(request: Request, run: Run, writer: AnswerWriter): Promise<void> {
    const found = find(request.method)
    const values = readParams(found, request.params)
    const call = async () => found.handle(contextOf(run), ...(values as never[]))
    const put = async (result: unknown) => {
      writer.add(`{"jsonrpc":"2.0","id":${request.id},"result":`)
      await writeResult(writer, result, run.deadline)
      writer.add('}')
    }
    const putInTurn = async (result: unknown) =>
      isLong(result)
        ? within(
            run.deadline,
            writing(run, () => put(result)),
          )
        : put(result)
    if (found.heavy === 'read' ? !context.backend.engine.queuesReads : found.heavy)
      return within(
        run.deadline,
        heavy(run, async () => putInTurn(await call())),
      )
    const timed = found.heavy || (found.waits && run.batched)
    await putInTurn(await (timed ? within(run.deadline, call()) : call()))
  }

  return {
    contextOf,
    failure,
    count,
    async run(request, run) {
      const { id, method: name } = request
      const started = performance.now()
      const writer = answerWriter(limits.answerBytes, run.caller.answerBytes)
      let answer: AnswerText
      let code = 0
      try {
        await write(request, run, writer)
        answer = writer.end()
      } catch (error) {
        writer.drop()
        const shown = failure(name, error)
        code = shown.code
        answer = errorText(id, shown)
      }
      count(methods.has(name) ? name : 'unknown', code, performance.now() - started)
      return request.notification ? undefined : answer
    },
  }
}

/** Counts answered requests; with milliseconds their time too. */
export type RequestCount = (method: string, code: number, ms?: number) => void

function requestCount(metrics: Metrics): RequestCount {
  const answered = metrics.counter({
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
    answered.inc(1, { method, code: String(code) })
    if (ms !== undefined) seconds.observe(ms / 1_000, { method })
  }
}
