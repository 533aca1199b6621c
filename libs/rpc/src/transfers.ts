/** Bytes on their way to or from a client. */
export interface Transfer {
  moved(bytes: number): void
  end(): void
}

/** Ends transfers that are too slow. */
export interface Transfers {
  /** @param tooSlow told when less came than has to come; the transfer is over then */
  watch(tooSlow: () => void): Transfer
  stop(): void
}

const TICK_MS = 500

/**
 * Watches that bytes move: of each transfer at least `bytesPerSecond` on average over every `graceMs`. Otherwise a few thousand clients that send or
 * read a byte a second could hold all that there is to hold, for as long as they like.
 */
export function transferWatch(options: { bytesPerSecond: number; graceMs: number }): Transfers {
  const { bytesPerSecond, graceMs } = options
  const least = (bytesPerSecond * graceMs) / 1_000
  const watched = new Set<{ bytes: number; since: number; tooSlow: () => void }>()
  const timer = setInterval(
    () => {
      const now = performance.now()
      for (const transfer of watched) {
        if (now - transfer.since < graceMs) continue
        if (transfer.bytes < least) {
          watched.delete(transfer)
          transfer.tooSlow()
        } else {
          transfer.bytes = 0
          transfer.since = now
        }
      }
    },
    Math.min(TICK_MS, graceMs),
  )
  timer.unref()
  return {
    watch(tooSlow) {
      const transfer = { bytes: 0, since: performance.now(), tooSlow }
      watched.add(transfer)
      return {
        moved: (bytes) => void (transfer.bytes += bytes),
        end: () => void watched.delete(transfer),
      }
    },
    stop: () => clearInterval(timer),
  }
}
