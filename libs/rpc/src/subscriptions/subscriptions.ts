import type {
  ChainEvent,
  ChainReader,
  Logger,
  Metrics,
  PooledTransaction,
  TransactionPool,
} from '@animechain/core'
import type { Connection } from '../client.js'
import { newId } from '../filters.js'
import type { RpcLimits } from '../limits.js'
import {
  headResults,
  logResults,
  shared,
  STEPS,
  transactionResults,
  type Quick,
  type SubscriptionKind,
} from './results.js'
import { sender, slices, type Turn } from './sending.js'
import { BUSY, countOf, subscribers, type Subscribers } from './subscribers.js'

export type { SubscriptionKind } from './results.js'

/** The subscriptions of all connections. */
export interface Subscriptions {
  /** @throws RpcError when the connection, or its client, has too many */
  add(connection: Connection, kind: SubscriptionKind): string
  remove(connection: Connection, id: string): boolean
  /** Forgets a connection that is gone. */
  end(connection: Connection): void
  stop(): void
}

/** Events that wait to be looked at, above which the greediest subscriber is closed. */
const MAX_EVENTS = 20_000
/** The same of blocks whose logs wait to be handed out: each of them is kept in memory. */
const MAX_LOG_EVENTS = 64
/** Milliseconds of handing out logs between two rounds of sending. */
const LOG_SLICE_MS = 2
/** Milliseconds until sockets that had too much waiting are looked at again. */
const BLOCKED_MS = 20

/**
 * Tells subscribers of blocks, logs and waiting transactions. It hears of each event once and writes each result once. Notices wait for each connection
 * by itself and are sent in turns, one connection after the other, so that nobody waits for a greedy one; who asks for more than the bounds allow, or
 * does not read, is closed with a reason. Logs are handed out between the other events and the sending: a head never waits for them.
 */
export function subscriptions(options: {
  chain: ChainReader
  pool: TransactionPool | undefined
  limits: RpcLimits
  logger: Logger
  metrics: Metrics
}): Subscriptions {
  const { chain, pool, limits, logger } = options
  const open = options.metrics.gauge({ name: 'rpc_subscriptions', help: 'Subscriptions of all connections.' })
  let silence: (() => void) | undefined
  const known = subscribers(limits, logger, () => {
    open.set(known.places)
    if (known.size > 0) return
    silence?.()
    silence = undefined
    handing.clear()
  })
  const handing = handOut(known, sender(known, limits), logger)

  function listen() {
    if (silence) return
    const ends = [chain.subscribe(handing.block)]
    if (pool)
      ends.push(
        pool.subscribe((transaction) => {
          if (known.wants('transactions')) handing.transaction(transaction)
        }),
      )
    silence = () => {
      for (const stop of ends) stop()
    }
  }

  return {
    add(connection, kind) {
      const id = newId()
      const subscriber = known.add(connection, id, kind)
      listen()
      // After the answer that names the subscription; as it never changes, nothing further.
      if (kind.type === 'syncing')
        setImmediate(() => {
          if (!subscriber.kinds.has(id)) return
          known.enqueue(
            subscriber,
            id,
            shared(() => 'false'),
          )
          handing.wake()
        })
      return id
    },
    remove: known.remove,
    end: known.end,
    stop() {
      for (const { connection } of known.all()) known.end(connection)
    },
  }
}

/** Puts notices of events into the queues of subscribers and has them sent, in slices, for as long as something waits. */
function handOut(known: Subscribers, sendRound: ReturnType<typeof sender>, logger: Logger) {
  let quick: Quick[] = []
  let logs: Generator<void>[] = []
  let working = false

  /** What comes of an event that is put into a queue: nobody may miss one and not know it. */
  function push<T>(queue: T[], event: T, most: number, type?: SubscriptionKind['type']) {
    if (queue.length >= most) {
      const greediest = known.all().sort((a, b) => countOf(b, type) - countOf(a, type))[0]
      if (greediest) known.close(greediest, BUSY, 'the node cannot keep up with so many subscriptions')
      // Without subscribers there are no events.
      if (known.size === 0) return
    }
    queue.push(event)
    wake()
  }
  function wake() {
    if (working) return
    working = true
    setImmediate(() => {
      work()
        .catch((error: unknown) => logger.error('subscriptions failed', { error }))
        .finally(() => {
          working = false
          if (quick.length + logs.length > 0) wake()
        })
    })
  }
  /** Alternates between events, a slice of logs and sending, until nothing waits. */
  async function work() {
    const turn = slices()
    while (known.size > 0) {
      for (const results of quick.splice(0, 100)) await handQuick(known, results, turn)
      await handLogs(turn)
      const sent = await sendRound(turn)
      if (quick.length + logs.length > 0 || sent === 'sent') continue
      if (sent === 'nothing') return
      await new Promise((resolve) => setTimeout(resolve, BLOCKED_MS))
    }
  }
  async function handLogs(turn: Turn) {
    const slice = logs[0]
    if (slice === undefined) return
    const until = performance.now() + LOG_SLICE_MS
    while (performance.now() < until) {
      if (!slice.next().done) continue
      // Its place may be empty already: the last subscriber may have been closed by it.
      if (logs[0] === slice) logs.shift()
      break
    }
    await turn()
  }

  return {
    wake,
    block(event: ChainEvent) {
      push(quick, headResults(event), MAX_EVENTS)
      if (known.wants('logs')) push(logs, handedLogs(known, event), MAX_LOG_EVENTS, 'logs')
    },
    transaction(transaction: PooledTransaction) {
      push(quick, transactionResults(transaction), MAX_EVENTS)
    },
    clear() {
      quick = []
      logs = []
    },
  }
}

async function handQuick(known: Subscribers, results: Quick, turn: Turn): Promise<void> {
  for (const subscriber of known.all()) {
    for (const [id, kind] of [...subscriber.kinds])
      for (const result of results(kind)) if (subscriber.kinds.has(id)) known.enqueue(subscriber, id, result)
    await turn()
  }
}

/** Hands the logs of an event to all that want them; it yields so that others get their turn. */
function* handedLogs(known: Subscribers, event: ChainEvent): Generator<void> {
  const results = logResults(event)
  let handed = 0
  for (const subscriber of known.all()) {
    for (const [id, kind] of [...subscriber.kinds]) {
      if (kind.type !== 'logs') continue
      for (const result of yield* results(kind.criteria)) {
        if (!subscriber.kinds.has(id)) break
        known.enqueue(subscriber, id, result)
        if (++handed % STEPS === 0) yield
      }
      yield
    }
  }
}
