import type { BloomQuery, ChainBlock, ChainReader, Log, SealedHeader } from '@animechain/core'
import type { RpcLimits } from './limits.js'
import { bloomQuery, mayHold } from './bloom.js'
import { encodeLog, type Json } from './encode.js'
import type { LogCriteria } from './params.js'
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
