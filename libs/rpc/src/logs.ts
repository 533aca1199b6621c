import type { BloomQuery, ChainBlock, ChainReader, Log, SealedHeader } from '@animechain/core'
import type { RpcLimits } from './limits.js'
import { bloomQuery, mayHold } from './bloom.js'
import { findHeader, latest, type Context } from './context.js'
import { encodeLog, quantity, type Json } from './encode.js'
import { invalidParams, RpcError, rpcErrorCodes, serverError } from './errors.js'
import type { BlockRef, LogCriteria, LogQuery } from './params.js'
import { turns } from './turns.js'

function matches(log: Log, { addresses, topics }: LogCriteria): boolean {
  if (addresses.length > 0 && !addresses.includes(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((allowed, i) => allowed.length === 0 || allowed.includes(log.topics[i]!))
}

/** Logs as they are shown, so that a thousand filters and subscriptions to the same logs encode and keep them once. */
const shown = new WeakMap<Log, Json>()

/** The logs of a block that are looked for, in order. What comes back is shared: it must not be changed. */
export function blockLogs(block: ChainBlock, criteria: LogCriteria, removed: boolean): Json[] {
  return [...eachLog(block, criteria, removed)]
}

/** The same one by one, for who leaves the thread to others in between. */
export function* eachLog(block: ChainBlock, criteria: LogCriteria, removed: boolean): Generator<Json> {
  let logIndex = 0
  for (const [transactionIndex, { hash, receipt }] of block.transactions.entries()) {
    for (const log of receipt.logs) {
      if (matches(log, criteria)) {
        const known = removed ? undefined : shown.get(log)
        const encoded =
          known ??
          encodeLog(log, { header: block.header, transactionHash: hash, transactionIndex, logIndex, removed })
        if (!removed && known === undefined) shown.set(log, encoded)
        yield encoded
      }
      logIndex++
    }
  }
}

/** Bytes of a log in an answer besides its data, about. */
const LOG_BYTES = 600
const bytesOf = (logs: readonly Json[]) =>
  logs.reduce((sum: number, log) => sum + LOG_BYTES + (log as { data: string }).data.length, 0)

/** Logs on their way into one answer, whole blocks at a time, and never less than one block. */
export function logPage({ logResults, responseBytes }: RpcLimits) {
  let bytes = 0
  const page = {
    logs: <Json[]>[],
    /** What there was more of than an answer holds. */
    full: <string | undefined>undefined,
    /** Takes the logs of a block. False: there is no room for them beside those that are here. */
    add(found: readonly Json[]): boolean {
      const more = bytesOf(found)
      if (page.logs.length > 0 && found.length > 0) {
        if (page.logs.length + found.length > logResults) page.full = `${logResults} results`
        else if (bytes + more > responseBytes) page.full = `${responseBytes} bytes`
        if (page.full !== undefined) return false
      }
      for (const log of found) page.logs.push(log)
      bytes += more
      return true
    },
  }
  return page
}
export type LogPage = ReturnType<typeof logPage>

/** What ended a search before its range did. */
export type SearchEnd = 'full' | 'time' | 'stopped'

/** The blocks of a range whose bloom lets the query through. Between them, now and then, how far the search has come. */
function* candidates(
  chain: ChainReader,
  query: BloomQuery,
  from: bigint,
  to: bigint,
): Generator<{ number: bigint; header?: SealedHeader | undefined }> {
  for (let number = from; number <= to;) {
    const indexed = chain.logCandidates?.(query, number, to)
    if (indexed !== undefined) {
      for (const found of indexed.numbers) yield { number: found, header: chain.headerByNumber(found) }
      yield { number: indexed.to }
      number = indexed.to + 1n
    } else {
      const header = chain.headerByNumber(number)
      yield { number, header: header && mayHold(query, header.logsBloom) ? header : undefined }
      number++
    }
  }
}

/**
 * Searches blocks in order and puts what it finds into a page, until the range ends or one of its bounds is reached; says which one.
 * The first block is always searched whole.
 */
export async function searchLogs(
  chain: ChainReader,
  criteria: LogCriteria,
  range: { from: bigint; to: bigint },
  options: {
    page: LogPage
    /** `performance.now()` at which it ends */
    deadline: number
    /** After each block of which all logs are in the page, before anything else can happen to the chain. */
    searched: (number: bigint) => void
    /** Whether to go on after others had their turn; default always. */
    goesOn?: () => boolean
  },
): Promise<SearchEnd | undefined> {
  const { page, deadline, searched, goesOn = () => true } = options
  const turn = turns()
  for (const { number, header } of candidates(chain, bloomQuery(criteria), range.from, range.to)) {
    const block = header && chain.blockByHash(header.hash)
    if (block && !page.add(blockLogs(block, criteria, false))) return 'full'
    searched(number)
    if (number < range.to && performance.now() >= deadline) return 'time'
    await turn()
    if (!goesOn()) return 'stopped'
  }
  return undefined
}

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
