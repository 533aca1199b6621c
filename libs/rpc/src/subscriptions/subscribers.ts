import { shares, type Holding, type Logger } from '@animechain/core'
import type { Connection } from '../client.js'
import { RpcError, rpcErrorCodes } from '../errors.js'
import type { RpcLimits } from '../limits.js'
import type { Notice, Shared, SubscriptionKind } from './results.js'

/** One connection with what it subscribed to and what waits to be sent to it. */
export interface Subscriber {
  connection: Connection
  kinds: Map<string, SubscriptionKind>
  queue: Notice[]
  /** place of the first notice that waits */
  next: number
  places: Holding
  waiting: Holding
}

/** Bytes of a notice besides its result, and of what keeps it. */
const NOTICE_BYTES = 250
/** Sent notices that a queue keeps before it is cut. */
const KEPT = 1_000

/** RFC 6455, section 7.4.1, and IANA's registry: policy violation; try again later. */
const GREEDY = 1008
export const BUSY = 1013

/** The subscribers of a server within their bounds. */
export interface Subscribers {
  readonly size: number
  /** places that all of them hold */
  readonly places: number
  all(): Subscriber[]
  /** Whether somebody subscribed to this. */
  wants(type: SubscriptionKind['type']): boolean
  /** @throws RpcError when the connection, or its client, has too many */
  add(connection: Connection, id: string, kind: SubscriptionKind): Subscriber
  /** False: there is no such subscription. */
  remove(connection: Connection, id: string): boolean
  /** Forgets a connection that is gone. */
  end(connection: Connection): void
  /** Ends a connection and tells why. */
  close(subscriber: Subscriber, code: number, reason: string): void
  /** Puts a notice into a queue; who has too much waiting is closed. */
  enqueue(subscriber: Subscriber, id: string, result: Shared): void
}

/** How many subscriptions of a type, or of all, a connection has. */
export function countOf({ kinds }: Subscriber, type?: SubscriptionKind['type']): number {
  if (type === undefined) return kinds.size
  let count = 0
  for (const kind of kinds.values()) if (kind.type === type) count++
  return count
}

/** Takes the next notice of a queue. */
export function shift(subscriber: Subscriber): { notice: Notice; bytes: number } | undefined {
  const { queue } = subscriber
  const notice = queue[subscriber.next]
  if (notice === undefined) return undefined
  subscriber.next++
  if (subscriber.next === queue.length || subscriber.next > KEPT) {
    subscriber.queue = queue.slice(subscriber.next)
    subscriber.next = 0
  }
  const bytes = notice.result.length + NOTICE_BYTES
  subscriber.waiting.shrink(bytes)
  return { notice, bytes }
}

/** Puts notices into queues within the bounds of what may wait. */
function queueing(limits: RpcLimits, close: Subscribers['close']): Subscribers['enqueue'] {
  return (subscriber, id, result) => {
    const bytes = result.length + NOTICE_BYTES
    const { amount } = subscriber.waiting
    if (amount > 0 && amount + bytes > limits.socketBufferBytes)
      close(
        subscriber,
        GREEDY,
        `more than ${limits.socketBufferBytes} bytes of notices wait: subscribe to less`,
      )
    else if (!subscriber.waiting.grow(bytes))
      close(subscriber, BUSY, 'the node has too many notices to send: subscribe to less')
    else subscriber.queue.push({ id, result })
  }
}

/** @param changed called when subscribers came or went */
export function subscribers(limits: RpcLimits, logger: Logger, changed: () => void): Subscribers {
  const known = new Map<Connection, Subscriber>()
  const places = shares({ total: limits.allSubscriptions, perClient: limits.clientSubscriptions })
  const waiting = shares({ total: limits.noticesBytes, perClient: limits.clientNoticesBytes })

  function end(connection: Connection) {
    const subscriber = known.get(connection)
    if (subscriber === undefined) return
    known.delete(connection)
    subscriber.kinds.clear()
    subscriber.queue = []
    subscriber.next = 0
    subscriber.places.end()
    subscriber.waiting.end()
    changed()
  }
  const close = ({ connection }: Subscriber, code: number, reason: string) => {
    logger.info('closed a WebSocket', { reason, client: connection.client.address })
    end(connection)
    connection.close(code, reason)
  }
  const newcomer = (connection: Connection): Subscriber => {
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
    get size() {
      return known.size
    },
    get places() {
      return places.used
    },
    all: () => [...known.values()],
    wants: (type) => [...known.values()].some((subscriber) => countOf(subscriber, type) > 0),
    add(connection, id, kind) {
      const subscriber = known.get(connection) ?? newcomer(connection)
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
      known.set(connection, subscriber)
      subscriber.kinds.set(id, kind)
      changed()
      return subscriber
    },
    remove(connection, id) {
      const subscriber = known.get(connection)
      if (!subscriber?.kinds.delete(id)) return false
      subscriber.places.shrink(1)
      if (subscriber.kinds.size === 0) end(connection)
      changed()
      return true
    },
    end,
    close,
    enqueue: queueing(limits, close),
  }
}
