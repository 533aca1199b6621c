import {
  shares,
  type ChainBlock,
  type ChainEvent,
  type ChainReader,
  type Holding,
  type Logger,
  type Metrics,
  type PooledTransaction,
  type TransactionPool,
} from '@animechain/core'
import { bloomTest } from './bloom.js'
import type { Connection } from './client.js'
import { encodeHeader, encodePooled, type Json } from './encode.js'
import { RpcError, rpcErrorCodes } from './errors.js'
import { newId } from './filters.js'
import type { RpcLimits } from './limits.js'
import { eachLog } from './logs.js'
import type { LogCriteria } from './params.js'

/** What is subscribed to. */
export type SubscriptionKind =
  | { type: 'heads' }
  | { type: 'syncing' }
  | { type: 'logs'; criteria: LogCriteria }
  | { type: 'transactions'; full: boolean }

/** The subscriptions of all connections. */
export interface Subscriptions {
  /** @throws RpcError when the connection, or its client, has too many */
  add(connection: Connection, kind: SubscriptionKind): string
  remove(connection: Connection, id: string): boolean
  /** Forgets a connection that is gone. */
  end(connection: Connection): void
  stop(): void
}

/** The text of one result, made once for all who get it. */
interface Shared {
  readonly length: number
  text(): string | Buffer
}

interface Notice {
  id: string
  result: Shared
}

interface Subscriber {
  connection: Connection
  kinds: Map<string, SubscriptionKind>
  queue: Notice[]
  /** place of the first notice that waits */
  next: number
  places: Holding
  waiting: Holding
}

type Event = { type: 'chain'; change: ChainEvent } | { type: 'transaction'; transaction: PooledTransaction }

/** Bytes of a notice besides its result, and of what keeps it. */
const NOTICE_BYTES = 250
/** Results above this are sent as frames of their own, so that all connections send the same bytes. */
const SHARED_BYTES = 16 * 1024
/** Bytes that wait in a socket above which nothing more is handed to it. */
const SOCKET_BYTES = 512 * 1024
/** Milliseconds of sending, and of leaving the loop to others after them. */
const SLICE_MS = 4
const PAUSE_MS = 4
/** Results after which the clock is looked at: one block may have tens of thousands. */
const STEPS = 64
/** Milliseconds until sockets that had too much waiting are looked at again. */
const BLOCKED_MS = 20
/** Events that wait to be looked at, above which the greediest subscriber is closed. */
const MAX_EVENTS = 20_000

/** RFC 6455, section 7.4.1, and IANA's registry: policy violation; try again later. */
const GREEDY = 1008
const BUSY = 1013

function shared(make: () => string): Shared {
  let text: string | Buffer | undefined
  const made = () => {
    if (text === undefined) {
      text = make()
      if (text.length > SHARED_BYTES) text = Buffer.from(text, 'utf8')
    }
    return text
  }
  return {
    get length() {
      return made().length
    },
    text: made,
  }
}

/** Lets a loop work for a slice, then leaves the thread to others for as long. */
function slices(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < SLICE_MS) return
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    since = performance.now()
  }
}

/** What may be sent to a client, in bytes: `rate` a second, with what two seconds leave over. */
function buckets(rate: number) {
  const clients = new Map<string, { left: number; at: number }>()
  return {
    /** Whether something may be sent to it now; what is sent may exceed what is left once. */
    has(address: string): boolean {
      const bucket = clients.get(address)
      if (bucket === undefined) return true
      const now = performance.now()
      bucket.left = Math.min(2 * rate, bucket.left + (rate * (now - bucket.at)) / 1_000)
      bucket.at = now
      if (bucket.left >= 2 * rate) clients.delete(address)
      return bucket.left > 0
    },
    spend(address: string, bytes: number) {
      const bucket = clients.get(address)
      if (bucket) bucket.left -= bytes
      else clients.set(address, { left: 2 * rate - bytes, at: performance.now() })
    },
  }
}

/**
 * Tells subscribers of blocks, logs and waiting transactions. It hears of each event once and writes each result once. Notices wait for each connection
 * by itself and are sent in turns, one connection after the other, so that nobody waits for a greedy one; who asks for more than the bounds allow, or
 * does not read, is closed with a reason.
 */
export function subscriptions(options: {
  chain: ChainReader
  pool: TransactionPool | undefined
  limits: RpcLimits
  logger: Logger
  metrics: Metrics
}): Subscriptions {
  const { chain, pool, limits, logger } = options
  const subscribers = new Map<Connection, Subscriber>()
  const places = shares({ total: limits.allSubscriptions, perClient: limits.clientSubscriptions })
  const waiting = shares({ total: limits.noticesBytes, perClient: limits.clientNoticesBytes })
  const rate = buckets(limits.clientNoticeRate)
  let events: Event[] = []
  let silence: (() => void) | undefined
  let working = false
  const open = options.metrics.gauge({ name: 'rpc_subscriptions', help: 'Subscriptions of all connections.' })

  const close = ({ connection }: Subscriber, code: number, reason: string) => {
    logger.info('closed a WebSocket', { reason, client: connection.client.address })
    end(connection)
    connection.close(code, reason)
  }
  function end(connection: Connection) {
    const subscriber = subscribers.get(connection)
    if (subscriber === undefined) return
    subscribers.delete(connection)
    subscriber.kinds.clear()
    subscriber.queue = []
    subscriber.places.end()
    open.set(places.used)
    subscriber.waiting.end()
    if (subscribers.size === 0) stopListening()
  }
  function stopListening() {
    silence?.()
    silence = undefined
    events = []
  }
  function listen() {
    if (silence) return
    const ends = [chain.subscribe((change) => push({ type: 'chain', change }))]
    if (pool) ends.push(pool.subscribe((transaction) => push({ type: 'transaction', transaction })))
    silence = () => {
      for (const stop of ends) stop()
    }
  }
  function push(event: Event) {
    if (event.type === 'transaction' && !wanted('transactions')) return
    if (events.length >= MAX_EVENTS) {
      const greediest = [...subscribers.values()].sort((a, b) => b.kinds.size - a.kinds.size)[0]
      if (greediest) close(greediest, BUSY, 'the node cannot keep up with so many subscriptions')
      // Nobody may miss an event and not know it: without subscribers there are no events.
      if (!silence) return
    }
    events.push(event)
    wake()
  }
  const wanted = (type: SubscriptionKind['type']) => {
    for (const { kinds } of subscribers.values())
      for (const kind of kinds.values()) if (kind.type === type) return true
    return false
  }

  function wake() {
    if (working) return
    working = true
    setImmediate(() => {
      work()
        .catch((error: unknown) => logger.error('subscriptions failed', { error }))
        .finally(() => {
          working = false
          if (events.length > 0) wake()
        })
    })
  }
  /** Alternates between handing out events and sending, until nothing waits. */
  async function work() {
    const turn = slices()
    while (subscribers.size > 0) {
      const taken = events.splice(0, 100)
      for (const event of taken) {
        await handOut(event, turn)
        await turn()
      }
      const sent = await sendRound(turn)
      if (sent === 'nothing' && events.length === 0) return
      if (sent === 'blocked' && events.length === 0)
        await new Promise((resolve) => setTimeout(resolve, BLOCKED_MS))
    }
  }

  function enqueue(subscriber: Subscriber, id: string, result: Shared) {
    const bytes = result.length + NOTICE_BYTES
    if (subscriber.waiting.amount > 0 && subscriber.waiting.amount + bytes > limits.socketBufferBytes)
      close(
        subscriber,
        GREEDY,
        `more than ${limits.socketBufferBytes} bytes of notices wait: subscribe to less`,
      )
    else if (!subscriber.waiting.grow(bytes))
      close(subscriber, BUSY, 'the node has too many notices to send: subscribe to less')
    else subscriber.queue.push({ id, result })
  }

  async function handOut(event: Event, turn: () => Promise<void>) {
    const results =
      event.type === 'chain' ? chainResults(event.change, turn) : transactionResults(event.transaction)
    let handed = 0
    for (const subscriber of [...subscribers.values()]) {
      for (const [id, kind] of [...subscriber.kinds]) {
        for (const result of await results(kind)) {
          if (!subscriber.kinds.has(id)) break
          enqueue(subscriber, id, result)
          if (++handed % STEPS === 0) await turn()
        }
        await turn()
      }
    }
  }

  /** One notice to each connection that reads. */
  async function sendRound(turn: () => Promise<void>): Promise<'sent' | 'blocked' | 'nothing'> {
    let outcome: 'sent' | 'blocked' | 'nothing' = 'nothing'
    for (const subscriber of [...subscribers.values()]) {
      const { connection, queue } = subscriber
      if (subscriber.next >= queue.length) continue
      const { address } = connection.client
      if (connection.waitingBytes > SOCKET_BYTES || !rate.has(address)) {
        if (outcome === 'nothing') outcome = 'blocked'
        continue
      }
      const notice = queue[subscriber.next++]!
      const bytes = notice.result.length + NOTICE_BYTES
      subscriber.waiting.shrink(bytes)
      if (subscriber.next === queue.length || subscriber.next > 1_000)
        subscriber.queue = queue.slice(subscriber.next)
      if (subscriber.queue !== queue) subscriber.next = 0
      outcome = 'sent'
      // It may have been ended in the meantime.
      if (!subscriber.kinds.has(notice.id)) continue
      rate.spend(address, bytes)
      connection.send(noticeParts(notice))
      await turn()
    }
    return outcome
  }

  function subscriberOf(connection: Connection): Subscriber {
    const known = subscribers.get(connection)
    if (known) return known
    const { address } = connection.client
    const made: Subscriber = {
      connection,
      kinds: new Map(),
      queue: [],
      next: 0,
      places: places.hold(address, {
        rank: () => -made.kinds.size,
        giveWay: () => close(made, BUSY, 'others need the places of these subscriptions: subscribe to less'),
      }),
      waiting: waiting.hold(address, {
        rank: () => -made.waiting.amount,
        giveWay: () => close(made, BUSY, 'the node has too many notices to send: subscribe to less'),
      }),
    }
    return made
  }

  return {
    add(connection, kind) {
      const subscriber = subscriberOf(connection)
      if (subscriber.kinds.size >= limits.subscriptions)
        throw new RpcError(
          rpcErrorCodes.limitExceeded,
          `too many subscriptions: at most ${limits.subscriptions} on one connection`,
        )
      if (!subscriber.places.grow(1))
        throw new RpcError(
          rpcErrorCodes.limitExceeded,
          `too many subscriptions: at most ${limits.clientSubscriptions} of one client and ${limits.allSubscriptions} of all`,
        )
      const id = newId()
      subscribers.set(connection, subscriber)
      subscriber.kinds.set(id, kind)
      open.set(places.used)
      listen()
      // After the answer that names the subscription; as it never changes, nothing further.
      if (kind.type === 'syncing')
        setImmediate(() => {
          if (!subscriber.kinds.has(id)) return
          enqueue(
            subscriber,
            id,
            shared(() => 'false'),
          )
          wake()
        })
      return id
    },
    remove(connection, id) {
      const subscriber = subscribers.get(connection)
      if (!subscriber?.kinds.delete(id)) return false
      subscriber.places.shrink(1)
      open.set(places.used)
      if (subscriber.kinds.size === 0) end(connection)
      return true
    },
    end,
    stop() {
      for (const connection of [...subscribers.keys()]) end(connection)
    },
  }
}

/** The message in parts; a long result is not copied. */
function noticeParts({ id, result }: Notice): (string | Buffer)[] {
  const before = `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":`
  const text = result.text()
  return typeof text === 'string' ? [`${before}${text}}}`] : [before, text, '}}']
}

type Results = (kind: SubscriptionKind) => readonly Shared[] | Promise<readonly Shared[]>

const NONE: readonly Shared[] = []

/** Every header that joins the canonical chain; logs of blocks that a reorg removed, newest block first and with `removed: true`, then of new ones. */
function chainResults({ removed, added }: ChainEvent, turn: () => Promise<void>): Results {
  const heads = added.map(({ header }) => shared(() => JSON.stringify(encodeHeader(header))))
  const byCriteria = new Map<string, readonly Shared[]>()
  const texts = new Map<unknown, Shared>()
  const textOf = (log: Json) => {
    const text = texts.get(log) ?? shared(() => JSON.stringify(log))
    texts.set(log, text)
    return text
  }
  const addLogs = async (found: Shared[], block: ChainBlock, criteria: LogCriteria, gone: boolean) => {
    if (!bloomTest(criteria)(block.header.logsBloom)) return
    for (const log of eachLog(block, criteria, gone)) {
      if (found.push(textOf(log)) % STEPS === 0) await turn()
    }
  }
  const logsOf = async (criteria: LogCriteria) => {
    const key = JSON.stringify([criteria.addresses, criteria.topics])
    const known = byCriteria.get(key)
    if (known) return known
    const found: Shared[] = []
    for (const block of removed) await addLogs(found, block, criteria, true)
    for (const block of added) await addLogs(found, block, criteria, false)
    byCriteria.set(key, found)
    return found
  }
  return (kind) => (kind.type === 'heads' ? heads : kind.type === 'logs' ? logsOf(kind.criteria) : NONE)
}

/** Hashes of transactions that enter the pool, or whole transactions. */
function transactionResults(transaction: PooledTransaction): Results {
  const hash = [shared(() => JSON.stringify(transaction.hash))]
  const whole = [shared(() => JSON.stringify(encodePooled(transaction)))]
  return (kind) => (kind.type !== 'transactions' ? NONE : kind.full ? whole : hash)
}
