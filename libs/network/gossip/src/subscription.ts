import type { GossipMessage } from './topic.js'

/** Messages of a topic as they are accepted. One loop reads it; it ends with `close` and when the node stops. */
export interface Subscription<Topic extends string = string> extends AsyncIterable<GossipMessage<Topic>> {
  /** messages that wait to be read */
  readonly waiting: number
  /** messages that gave way to newer ones because they were not read in time */
  readonly dropped: number
  close(): void
}

/** The end of a subscription where messages come in. */
export interface OpenSubscription<Topic extends string = string> extends Subscription<Topic> {
  /** @returns false where an older message had to give way */
  push(message: GossipMessage<Topic>): boolean
}

/**
 * A queue that never grows beyond its bound: the oldest message gives way.
 * @param most messages that wait, at least 1
 * @param onClose told once
 */
export function subscription<Topic extends string>(
  most: number,
  onClose: () => void,
): OpenSubscription<Topic> {
  let queue: GossipMessage<Topic>[] = []
  let dropped = 0
  let isClosed = false
  let wake: (() => void) | undefined
  const close = () => {
    if (isClosed) return
    isClosed = true
    queue = []
    wake?.()
    onClose()
  }
  async function* messages(): AsyncGenerator<GossipMessage<Topic>> {
    try {
      while (!isClosed) {
        const next = queue.shift()
        if (next) yield next
        else {
          await new Promise<void>((resolve) => (wake = resolve))
          wake = undefined
        }
      }
    } finally {
      close()
    }
  }
  return {
    push(message) {
      if (isClosed) return true
      queue.push(message)
      const isFull = queue.length > most
      if (isFull) {
        queue.shift()
        dropped++
      }
      wake?.()
      return !isFull
    },
    get waiting() {
      return queue.length
    },
    get dropped() {
      return dropped
    },
    close,
    [Symbol.asyncIterator]: messages,
  }
}
