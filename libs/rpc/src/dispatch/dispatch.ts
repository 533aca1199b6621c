import type { Logger, Metrics } from '@animechain/core'
import type { AnswerText } from '../answer.js'
import type { Context, MethodTable, RequestContext } from '../context.js'
import { RpcError } from '../errors.js'
import { runBatch } from './batch.js'
import { errorText, idOf, parseBody, readRequest } from './envelope.js'
import { requests } from './request.js'
import type { Caller } from './run.js'

/** Answers one request body or WebSocket message: JSON in, JSON out; undefined when nothing is to be answered. */
export type Dispatch = (body: Buffer, caller: Caller) => Promise<AnswerText | undefined>

/** Binds a table of methods to what they work with. */
export function dispatcher(options: {
  methods: MethodTable
  context: Omit<Context, keyof RequestContext>
  logger: Logger
  metrics: Metrics
}): Dispatch {
  const { limits } = options.context
  const shared = requests(options)
  return async (body, caller) => {
    try {
      const value = parseBody(body, limits)
      const deadline = performance.now() + limits.answerTimeoutMs
      if (Array.isArray(value))
        return await runBatch(value, { caller, deadline, batched: true }, { requests: shared, limits })
      const request = readRequest(value)
      if (request instanceof RpcError) return errorText(idOf(value), request)
      return await shared.run(request, { caller, deadline, batched: false })
    } catch (error) {
      return errorText('null', shared.failure('body', error))
    }
  }
}
