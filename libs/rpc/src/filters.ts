import { randomBytes } from 'node:crypto'
import type { ChainBlock, ChainEvent, ChainReader, TransactionPool } from '@animechain/core'
import type { RpcLimits } from './backend.js'
import { bloomTest } from './bloom.js'
import { RpcError, rpcErrorCodes, serverError } from './errors.js'
import type { Json } from './encode.js'
import { blockLogs } from './logs.js'
import type { LogQuery } from './params.js'

interface LogFilter {
  type: 'logs'
  query: LogQuery
  mayHold: ReturnType<typeof bloomTest>
}
type FilterKind = LogFilter | { type: 'blocks' } | { type: 'transactions' }

interface Filter {
  kind: FilterKind
  changes: Json[]
  /** milliseconds since the epoch */
  askedAt: number
}

/** The filters of eth_newFilter and its kin: what happened since somebody asked last. */
export interface Filters {
  add(kind: { type: 'logs'; query: LogQuery } | { type: 'blocks' } | { type: 'transactions' }): string
  remove(id: string): boolean
  changes(id: string): Json[]
  /** The query of a log filter. */
  query(id: string): LogQuery
  stop(): void
}

/** An id that cannot be guessed by other clients. */
export const newId = () => `0x${randomBytes(16).toString('hex')}`

/**
 * Keeps filters of all clients. It listens only while there are filters; a filter that nobody asks for expires, one that collects too much is
 * dropped: both answer "filter not found" from then on.
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
  let unsubscribe: (() => void)[] = []

  const expire = () => {
    const oldest = now() - limits.filterLifetimeMs
    for (const [id, filter] of known) if (filter.askedAt < oldest) remove(id)
  }
  const push = (id: string, filter: Filter, changes: readonly Json[]) => {
    if (filter.changes.length + changes.length > limits.filterItems) remove(id)
    else for (const change of changes) filter.changes.push(change)
  }
  const found = ({ query, mayHold }: LogFilter, block: ChainBlock, gone: boolean): Json[] =>
    mayHold(block.header.logsBloom) && inRange(query, block.header.number)
      ? blockLogs(block, query, gone)
      : []
  const onChain = ({ removed, added }: ChainEvent) => {
    expire()
    for (const [id, filter] of known) {
      const { kind } = filter
      if (kind.type === 'blocks')
        push(
          id,
          filter,
          added.map((block) => block.header.hash),
        )
      else if (kind.type === 'logs')
        push(id, filter, [
          ...removed.flatMap((block) => found(kind, block, true)),
          ...added.flatMap((block) => found(kind, block, false)),
        ])
    }
  }
  const listen = () => {
    if (unsubscribe.length > 0) return
    unsubscribe = [chain.subscribe(onChain)]
    if (pool)
      unsubscribe.push(
        pool.subscribe((transaction) => {
          for (const [id, filter] of known)
            if (filter.kind.type === 'transactions') push(id, filter, [transaction.hash])
        }),
      )
  }
  const silence = () => {
    for (const end of unsubscribe) end()
    unsubscribe = []
  }
  const remove = (id: string) => {
    const found = known.delete(id)
    if (known.size === 0) silence()
    return found
  }
  const need = (id: string): Filter => {
    expire()
    const filter = known.get(id)
    if (filter === undefined) throw serverError('filter not found')
    filter.askedAt = now()
    return filter
  }

  return {
    add(kind) {
      expire()
      if (known.size >= limits.filters)
        throw new RpcError(
          rpcErrorCodes.limitExceeded,
          `too many filters: at most ${limits.filters}. Remove one, or subscribe over WebSocket`,
        )
      const id = newId()
      known.set(id, {
        kind: kind.type === 'logs' ? { ...kind, mayHold: bloomTest(kind.query) } : kind,
        changes: [],
        askedAt: now(),
      })
      listen()
      return id
    },
    remove,
    changes(id) {
      const filter = need(id)
      return filter.changes.splice(0)
    },
    query(id) {
      const { kind } = need(id)
      if (kind.type !== 'logs') throw serverError('filter not found')
      return kind.query
    },
    stop() {
      known.clear()
      silence()
    },
  }
}

/** Whether a filter's numbers, where it has some, let this block through. */
function inRange(query: LogQuery, number: bigint): boolean {
  if (query.fromBlock?.type === 'number' && number < query.fromBlock.number) return false
  return !(query.toBlock?.type === 'number' && number > query.toBlock.number)
}
