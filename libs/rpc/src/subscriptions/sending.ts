import type { RpcLimits } from '../limits.js'
import { noticeParts } from './results.js'
import { shift, type Subscribers } from './subscribers.js'

/** Bytes that wait in a socket above which nothing more is handed to it. */
const SOCKET_BYTES = 512 * 1024
/** Milliseconds of work, and of leaving the loop to others after them. */
const SLICE_MS = 4
const PAUSE_MS = 4

/** Waits when a slice of work is over, so that others get as much time. */
export type Turn = () => Promise<void>

export function slices(): Turn {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < SLICE_MS) return
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    since = performance.now()
  }
}

/** What may be sent to a client, in bytes: `rate` a second, with what two seconds leave over. */
export function buckets(rate: number, now: () => number = () => performance.now()) {
  const clients = new Map<string, { left: number; at: number }>()
  return {
    /** Whether something may be sent to it now; what is sent may exceed what is left once. */
    has(address: string): boolean {
      const bucket = clients.get(address)
      if (bucket === undefined) return true
      const time = now()
      bucket.left = Math.min(2 * rate, bucket.left + (rate * (time - bucket.at)) / 1_000)
      bucket.at = time
      if (bucket.left >= 2 * rate) clients.delete(address)
      return bucket.left > 0
    },
    spend(address: string, bytes: number) {
      const bucket = clients.get(address)
      if (bucket) bucket.left -= bytes
      else clients.set(address, { left: 2 * rate - bytes, at: now() })
    },
  }
}

/** What a round of sending came to: `blocked` when something waits and nobody could be sent anything. */
export type Sent = 'sent' | 'blocked' | 'nothing'

/** Sends one notice to each connection that reads, and says what came of it. */
export function sender(subscribers: Subscribers, limits: RpcLimits): (turn: Turn) => Promise<Sent> {
  const rate = buckets(limits.clientNoticeRate)
  return async (turn) => {
    let outcome: Sent = 'nothing'
    for (const subscriber of subscribers.all()) {
      if (subscriber.next >= subscriber.queue.length) continue
      const { connection } = subscriber
      const { address } = connection.client
      if (connection.waitingBytes > SOCKET_BYTES || !rate.has(address)) {
        if (outcome === 'nothing') outcome = 'blocked'
        continue
      }
      const { notice, bytes } = shift(subscriber)!
      outcome = 'sent'
      // It may have been ended in the meantime.
      if (!subscriber.kinds.has(notice.id)) continue
      rate.spend(address, bytes)
      connection.send(noticeParts(notice))
      await turn()
    }
    return outcome
  }
}
