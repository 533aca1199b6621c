import type { GossipMessage } from './topic.js'

/** How much of a topic is kept for peers that missed it. */
export interface RecentBounds {
  /** messages; default 1,024 */
  count: number
  /** bytes of all of them; default 1,048,576 */
  bytes: number
  /** milliseconds; default 3,600,000 */
  forMs: number
}

/** A message and its place in the order of arrival. */
export interface Kept {
  readonly message: GossipMessage
  readonly digest: string
  readonly place: number
}

/** The newest messages of one topic. */
export interface Recent {
  add(message: GossipMessage, digest: string): void
  /** the newest `limit` after a place, from the oldest to the newest; of a group where one is given */
  list(options: { after?: number; limit: number; group?: string; now: number }): Kept[]
  /** the one with the highest rank, and of those the newest */
  highest(now: number): Kept | undefined
  /** place of the newest, 0 where there is none */
  readonly last: number
  readonly size: number
  readonly bytes: number
}

/** An empty store of messages. */
export function recent(bounds: RecentBounds): Recent {
  const kept: Kept[] = []
  let bytes = 0
  let last = 0
  const prune = (now: number) => {
    const isOver = (count: number) =>
      kept.length - count > bounds.count ||
      bytes > bounds.bytes ||
      kept[count]!.message.receivedAt + bounds.forMs <= now
    let count = 0
    while (count < kept.length && isOver(count)) bytes -= kept[count++]!.message.bytes.length
    kept.splice(0, count)
  }
  return {
    add(message, digest) {
      kept.push({ message, digest, place: ++last })
      bytes += message.bytes.length
      prune(message.receivedAt)
    },
    list({ after = 0, limit, group, now }) {
      prune(now)
      const found = kept.filter(
        ({ place, message }) => place > after && (group === undefined || message.group === group),
      )
      return found.slice(Math.max(0, found.length - limit))
    },
    highest(now) {
      prune(now)
      return kept.reduce<Kept | undefined>(
        (best, each) => (best && best.message.rank > each.message.rank ? best : each),
        undefined,
      )
    },
    get last() {
      return last
    },
    get size() {
      return kept.length
    },
    get bytes() {
      return bytes
    },
  }
}
