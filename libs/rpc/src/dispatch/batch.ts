import { answerWriter, type AnswerText, type AnswerWriter } from '../answer.js'
import { invalidParams, RpcError, rpcErrorCodes } from '../errors.js'
import type { RpcLimits } from '../limits.js'
import { sendRaw } from '../methods/transactions.js'
import { param } from '../params.js'
import { timedOut, turns } from '../turns.js'
import { errorText, idOf, invalidRequest, readRequest, type Request } from './envelope.js'
import type { Requests } from './request.js'
import type { Run } from './run.js'

const SEND = 'eth_sendRawTransaction'

/** Answers the requests of a batch, in order (JSON-RPC 2.0, section 6). */
export async function runBatch(
  values: readonly unknown[],
  run: Run,
  { requests, limits }: { requests: Requests; limits: RpcLimits },
): Promise<AnswerText | undefined> {
  if (values.length === 0) return errorText('null', invalidRequest('empty batch'))
  const writer = answerWriter(Infinity, run.caller.answerBytes)
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
      const refused = request instanceof RpcError ? request : refusal(writer, run, limits)
      if (request instanceof RpcError || refused !== undefined) {
        add(errorText(idOf(values[i]), refused!))
        i++
      } else if (request.method === SEND) {
        const group = transactionsFrom(values, i, request)
        i += group.length
        for (const answer of await runTransactions(group, run, requests)) add(answer)
      } else {
        add(await requests.run(request, run))
        i++
      }
    }
    if (answered === 0) return undefined
    writer.add(']')
    return writer.end()
  } catch (error) {
    writer.drop()
    return errorText('null', requests.failure('batch', error))
  }
}

/** Why an entry of a batch is not begun. */
function refusal(
  writer: AnswerWriter,
  { deadline, caller }: Run,
  { responseBytes }: RpcLimits,
): RpcError | undefined {
  if (performance.now() > deadline || !caller.isOpen) return timedOut()
  if (writer.length > responseBytes)
    return new RpcError(rpcErrorCodes.tooLarge, `response too large: at most ${responseBytes} bytes`)
  return undefined
}

/** The raw transactions that follow each other from `start` on. */
function transactionsFrom(values: readonly unknown[], start: number, first: Request): Request[] {
  const group = [first]
  for (let i = start + 1; i < values.length; i++) {
    const next = readRequest(values[i])
    if (next instanceof RpcError || next.method !== SEND) break
    group.push(next)
  }
  return group
}

/**
 * Raw transactions that follow each other in a batch go to the pool together, so that it can recover their senders at once. They are handed
 * over in order; none waits for the one before it.
 */
async function runTransactions(
  group: readonly Request[],
  run: Run,
  requests: Requests,
): Promise<(string | undefined)[]> {
  const turn = turns()
  const answers: Promise<string | undefined>[] = []
  for (const request of group) {
    // The pool checks a signature before it waits for anything.
    await turn()
    answers.push(runTransaction(request, run, requests))
  }
  return Promise.all(answers)
}

async function runTransaction(
  { id, params, notification }: Request,
  run: Run,
  requests: Requests,
): Promise<string | undefined> {
  let code = 0
  let answer: string
  try {
    if (params.length !== 1)
      throw invalidParams(
        params.length === 0 ? 'missing value for required argument 0' : 'too many arguments, want at most 1',
      )
    const context = requests.contextOf(run)
    answer = `{"jsonrpc":"2.0","id":${id},"result":"${await sendRaw(context, param.bytes(params[0], 'argument 0'))}"}`
  } catch (error) {
    const shown = requests.failure(SEND, error)
    code = shown.code
    answer = errorText(id, shown)
  }
  requests.count(SEND, code)
  return notification ? undefined : answer
}
