import { findHeader, latest, type Context } from './context.js'
import { quantity, type Json } from './encode.js'
import { invalidParams, RpcError, rpcErrorCodes, serverError } from './errors.js'
import { blockLogs, logPage, searchLogs } from './logs.js'
import type { BlockRef, LogQuery } from './params.js'

export const PENDING_LOGS = 'pending logs are not supported'

/**
 * The blocks that a query is about; undefined for none: a tag may stand below a number that is there. A number above the head is an error, and not
 * an empty answer: a node that lags behind would make its caller believe that blocks without logs are there.
 */
function rangeOf(context: Context, query: LogQuery): { from: bigint; to: bigint } | undefined {
  const head = context.backend.chain.head('latest').number
  const { fromBlock = latest, toBlock = latest } = query
  if (fromBlock.type === 'number' && toBlock.type === 'number' && fromBlock.number > toBlock.number)
    throw invalidParams('invalid block range params')
  const numberOf = (ref: BlockRef) => {
    if (ref.type === 'tag' && ref.tag === 'pending') throw invalidParams(PENDING_LOGS)
    if (ref.type === 'number') {
      if (ref.number > head) throw invalidParams('block range extends beyond current head block')
      return ref.number
    }
    const header = findHeader(context, ref)
    if (header === undefined) throw serverError('unknown block')
    return header.number
  }
  const range = { from: numberOf(fromBlock), to: numberOf(toBlock) }
  return range.from > range.to ? undefined : range
}

/** Says which range would be answered, in words that clients look for and as data. */
function tooMuch(reason: string, from: bigint, to: bigint): RpcError {
  const range = { from: quantity(from), to: quantity(to) }
  return new RpcError(
    rpcErrorCodes.limitExceeded,
    `${reason}. Try with this block range [${range.from}, ${range.to}].`,
    range,
  )
}

/**
 * What eth_getLogs answers. One block is answered whatever it holds; more of them are bounded by the logs, the bytes and the time of an answer,
 * and the error names a smaller range that begins at the same block.
 */
export async function findLogs(context: Context, query: LogQuery): Promise<Json[]> {
  const { chain } = context.backend
  const { logBlocks, logTimeoutMs } = context.limits
  if (query.blockHash !== undefined) {
    const block = chain.blockByHash(query.blockHash)
    if (block === undefined) throw serverError('unknown block')
    return blockLogs(block, query, false)
  }
  const range = rangeOf(context, query)
  if (range === undefined) return []
  const { from, to } = range
  const blocks = to - from + 1n
  if (logBlocks > 0n && blocks > logBlocks)
    throw tooMuch(
      `exceed maximum block range: at most ${logBlocks} blocks, got ${blocks}`,
      from,
      from + logBlocks - 1n,
    )
  const page = logPage(context.limits)
  let last = from
  const end = await searchLogs(chain, query, range, {
    page,
    deadline: Math.min(context.deadline, performance.now() + logTimeoutMs),
    searched: (number) => (last = number),
  })
  if (end === 'full') throw tooMuch(`query returned more than ${page.full}`, from, last)
  // Half of what was searched in time is searched in time again.
  if (end === 'time')
    throw tooMuch(`query took longer than ${logTimeoutMs} ms`, from, from + (last - from) / 2n)
  return page.logs
}
