import { randomUUID } from 'node:crypto'
import {
  shares,
  type ChainBlock,
  type ChainEvent,
  type ChainReader,
  type Hash,
  type Holding,
  type TransactionPool,
} from '@animechain/core'
import { mutex, type Mutex } from '@animechain/runtime'
import type { RpcLimits } from './limits.js'
import { bloomTest } from './bloom.js'
import { RpcError, rpcErrorCodes, serverError } from './errors.js'
import type { Json } from './encode.js'
import { blockLogs, logPage, searchLogs } from './logs.js'
import type { LogQuery } from './params.js'

/** Reads the chain when it is asked: it keeps where it stands, and no logs. */
interface ChainFilter {
  /** the first block that it has not told of */
  next: bigint
  /** Counts the reorgs that took away blocks it had told of. */
  reorgs: number
}
interface LogFilter extends ChainFilter {
  type: 'logs'
  query: LogQuery
  mayHold: ReturnType<typeof bloomTest>
  /** Blocks that it has told of and that are gone, newest first, where they may hold its logs. */
  removed: ChainBlock[]
  /** Its answers follow each other. */
  reading: Mutex
}
interface BlockFilter extends ChainFilter {
  type: 'blocks'
}
interface TransactionFilter {
  type: 'transactions'
  /** the first of the pool's transactions that it has not told of, as counted in {@link recentHashes} */
  next: number
}

interface Filter {
  kind: LogFilter | BlockFilter | TransactionFilter
  /** milliseconds since the epoch */
  askedAt: number
  place: Holding
}

/** The filters of eth_newFilter and its kin: what happened since somebody asked last. */
export interface Filters {
  /** @param client address of who asks: places are shared out by it */
  add(
    kind: { type: 'logs'; query: LogQuery } | { type: 'blocks' } | { type: 'transactions' },
    client?: string,
  ): string
  remove(id: string): boolean
  /** What is new, or the first page of it: the next call goes on where this one ended. */
  changes(id: string): Promise<Json[]>
  /** The query of a log filter. */
  query(id: string): LogQuery
  stop(): void
}

/** An id that cannot be guessed by other clients. */
export const newId = () => `0x${randomUUID().replaceAll('-', '')}`

/** The newest hashes that entered the pool, once for all filters. */
function recentHashes(most: number) {
  let hashes: Hash[] = []
  let first = 0
  return {
    get end() {
      return first + hashes.length
    },
    add(hash: Hash): void {
      hashes.push(hash)
      if (hashes.length < 2 * most) return
      first += hashes.length - most
      hashes = hashes.slice(-most)
    },
    /** undefined: some of them are not here any more. */
    since: (from: number): Hash[] | undefined => (from < first ? undefined : hashes.slice(from - first)),
    clear(): void {
      first += hashes.length
      hashes = []
    },
  }
}

/** Listens only while somebody needs it. @param listen begins, and returns what ends it */
function ear(listen: () => (() => void)[]) {
  let ends: (() => void)[] = []
  return {
    open() {
      if (ends.length === 0) ends = listen()
    },
    close() {
      for (const end of ends) end()
      ends = []
    },
  }
}

/**
 * Keeps filters of all clients. Where there is no place for one more, the one that was not asked for longest goes: of the same client, or of the
 * client that has most. It listens only while there are filters. A filter that nobody asks for expires, and so does one of waiting transactions
 * that falls behind more of them than are kept: both answer "filter not found" from then on. Logs and blocks are read from the chain when a
 * filter is asked, so that however much there is none is lost.
 */
export function filters(options: {
  chain: ChainReader
  pool: TransactionPool | undefined
  limits: RpcLimits
  now?: () => number
}): Filters {
  const { chain, pool, limits } = options
  const now = options.now ?? Date.now
  const known = new Map<string, Filter>()
  const hashes = recentHashes(limits.filterItems)
  const places = shares({ total: limits.filters, perClient: limits.clientFilters })

  const expire = () => {
    const oldest = now() - limits.filterLifetimeMs
    for (const [id, filter] of known) if (filter.askedAt < oldest) remove(id)
  }
  const onChain = ({ removed }: ChainEvent) => {
    expire()
    for (const { kind } of known.values()) if (kind.type !== 'transactions') goBack(kind, removed)
  }
  const ears = ear(() => {
    const ends = [chain.subscribe(onChain)]
    if (pool) ends.push(pool.subscribe(({ hash }) => hashes.add(hash)))
    return ends
  })
  const silence = () => {
    ears.close()
    hashes.clear()
  }
  const remove = (id: string) => {
    const found = known.get(id)
    known.delete(id)
    found?.place.end()
    if (known.size === 0) silence()
    return found !== undefined
  }
  const need = (id: string): Filter => {
    expire()
    const filter = known.get(id)
    if (filter === undefined) throw serverError('filter not found')
    filter.askedAt = now()
    return filter
  }

  return {
    add(kind, client = '') {
      expire()
      const id = newId()
      const place = places.hold(client, {
        rank: () => known.get(id)?.askedAt ?? 0,
        giveWay: () => remove(id),
      })
      if (!place.grow(1)) throw new RpcError(rpcErrorCodes.limitExceeded, 'too many filters: remove one')
      ears.open()
      const state =
        kind.type === 'transactions' ? { type: kind.type, next: hashes.end } : chainFilter(chain, kind)
      known.set(id, { kind: state, askedAt: now(), place })
      return id
    },
    remove,
    async changes(id) {
      const { kind } = need(id)
      if (kind.type === 'blocks') return newBlocks(chain, limits, kind)
      if (kind.type === 'transactions') {
        const found = newTransactions(hashes, kind)
        if (found === undefined) remove(id)
        return found ?? Promise.reject(serverError('filter not found'))
      }
      return kind.reading.run(() => newLogs(chain, limits, kind))
    },
    query(id) {
      const { kind } = need(id)
      if (kind.type !== 'logs') throw serverError('filter not found')
      return kind.query
    },
    stop() {
      for (const { place } of known.values()) place.end()
      known.clear()
      silence()
    },
  }
}

/** A filter of what comes after the head. */
function chainFilter(
  chain: ChainReader,
  kind: { type: 'logs'; query: LogQuery } | { type: 'blocks' },
): LogFilter | BlockFilter {
  const next = chain.head('latest').number + 1n
  if (kind.type === 'blocks') return { type: 'blocks', next, reorgs: 0 }
  const { query } = kind
  const first = firstOf(query)
  return {
    type: 'logs',
    query,
    mayHold: bloomTest(query),
    next: first > next ? first : next,
    reorgs: 0,
    removed: [],
    reading: mutex(),
  }
}

/** Takes a filter back to before the blocks that a reorg removed, newest first, as far as it has told of them. */
function goBack(filter: LogFilter | BlockFilter, removed: readonly ChainBlock[]): void {
  const lowest = removed[removed.length - 1]?.header.number
  if (lowest === undefined || lowest >= filter.next) return
  // What it has not told of was never there.
  if (filter.type === 'logs')
    for (const block of removed)
      if (block.header.number < filter.next && isWatched(filter, block)) filter.removed.push(block)
  const first = filter.type === 'logs' ? firstOf(filter.query) : 0n
  filter.next = lowest > first ? lowest : first
  filter.reorgs++
}

/** undefined: it has fallen behind. */
function newTransactions(
  hashes: ReturnType<typeof recentHashes>,
  filter: TransactionFilter,
): Hash[] | undefined {
  const found = hashes.since(filter.next)
  if (found !== undefined) filter.next = hashes.end
  return found
}

function newBlocks(chain: ChainReader, { logResults }: RpcLimits, filter: BlockFilter): Hash[] {
  const found: Hash[] = []
  const head = chain.head('latest').number
  for (; filter.next <= head && found.length < logResults; filter.next++) {
    const header = chain.headerByNumber(filter.next)
    if (header) found.push(header.hash)
  }
  return found
}

async function newLogs(chain: ChainReader, limits: RpcLimits, filter: LogFilter): Promise<Json[]> {
  const page = logPage(limits)
  const deadline = performance.now() + limits.logTimeoutMs
  for (;;) {
    // A log that is gone is told of before those that came in its place.
    for (let block = filter.removed[0]; block !== undefined; block = filter.removed[0]) {
      if (!page.add(blockLogs(block, filter.query, true))) return page.logs
      filter.removed.shift()
    }
    const { reorgs } = filter
    const end = await searchLogs(
      chain,
      filter.query,
      { from: filter.next, to: lastOf(filter, chain) },
      {
        page,
        deadline,
        searched: (number) => (filter.next = number + 1n),
        goesOn: () => filter.reorgs === reorgs,
      },
    )
    if (end !== 'stopped') return page.logs
  }
}

/** The first block that a filter tells of. */
const firstOf = ({ fromBlock }: LogQuery): bigint => (fromBlock?.type === 'number' ? fromBlock.number : 0n)

/** The last block that a filter can tell of now. */
function lastOf({ query: { toBlock } }: LogFilter, chain: ChainReader): bigint {
  const head = chain.head('latest').number
  return toBlock?.type === 'number' && toBlock.number < head ? toBlock.number : head
}

/** Whether a block that is gone may hold logs of a filter. */
const isWatched = ({ query, mayHold }: LogFilter, { header: { number, logsBloom } }: ChainBlock): boolean =>
  number >= firstOf(query) &&
  !(query.toBlock?.type === 'number' && number > query.toBlock.number) &&
  mayHold(logsBloom)
