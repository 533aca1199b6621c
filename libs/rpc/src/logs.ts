import type { ChainBlock, Log } from '@animechain/core'
import { bloomTest } from './bloom.js'
import { findHeader, latest, type Context } from './context.js'
import { encodeLog, type Json } from './encode.js'
import { invalidParams, RpcError, rpcErrorCodes, serverError } from './errors.js'
import type { LogCriteria, LogQuery } from './params.js'
import { turns } from './turns.js'

function matches(log: Log, { addresses, topics }: LogCriteria): boolean {
  if (addresses.length > 0 && !addresses.includes(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((allowed, i) => allowed.length === 0 || allowed.includes(log.topics[i]!))
}

/** Logs as they are shown, so that a thousand filters and subscriptions to the same logs encode and keep them once. */
const shown = new WeakMap<Log, Json>()

/** The logs of a block that are looked for, in order. What comes back is shared: it Must not be changed. */
export function blockLogs(block: ChainBlock, criteria: LogCriteria, removed: boolean): Json[] {
  const out: Json[] = []
  let logIndex = 0
  block.transactions.forEach(({ hash, receipt }, transactionIndex) => {
    for (const log of receipt.logs) {
      if (matches(log, criteria)) {
        const known = removed ? undefined : shown.get(log)
        const encoded =
          known ??
          encodeLog(log, { header: block.header, transactionHash: hash, transactionIndex, logIndex, removed })
        if (!removed && known === undefined) shown.set(log, encoded)
        out.push(encoded)
      }
      logIndex++
    }
  })
  return out
}

/** What eth_getLogs answers. Blocks whose bloom rules them out are not read. */
export async function findLogs(context: Context, query: LogQuery): Promise<Json[]> {
  const { chain } = context.backend
  const { logBlocks, logResults } = context.limits
  if (query.blockHash !== undefined) {
    const block = chain.blockByHash(query.blockHash)
    if (block === undefined) throw serverError('unknown block')
    return bounded(blockLogs(block, query, false), logResults)
  }
  const head = chain.head('latest').number
  const numberOf = (ref: LogQuery['fromBlock']) => {
    if (ref?.type === 'number') return ref.number
    const header = findHeader(context, ref ?? latest)
    if (header === undefined) throw serverError('unknown block')
    return header.number
  }
  const from = numberOf(query.fromBlock)
  const wanted = numberOf(query.toBlock)
  if (from > wanted) throw invalidParams('invalid block range params')
  const to = wanted > head ? head : wanted
  if (to - from + 1n > logBlocks)
    throw invalidParams(
      `exceed maximum block range: ${logBlocks} blocks, got ${to - from + 1n}. Ask for a smaller range`,
    )
  const mayHold = bloomTest(query)
  const out: Json[] = []
  const turn = turns()
  for (let number = from; number <= to; number++) {
    await turn()
    const header = chain.headerByNumber(number)
    if (header === undefined || !mayHold(header.logsBloom)) continue
    const block = chain.blockByHash(header.hash)
    if (block === undefined) continue
    for (const log of blockLogs(block, query, false)) out.push(log)
    bounded(out, logResults)
  }
  return out
}

function bounded(logs: Json[], max: number): Json[] {
  if (logs.length > max)
    throw new RpcError(
      rpcErrorCodes.limitExceeded,
      `query returned more than ${max} results. Ask for a smaller range`,
    )
  return logs
}
