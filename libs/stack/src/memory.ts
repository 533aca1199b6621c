import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How often it is looked. milliseconds */
const LOOK_MS = 5_000
/** What may be held without a reason. bytes */
const LARGE = 192 * 2 ** 20
/** Looks in a row, at memory that is large and does not shrink, after which it is collected. */
const STALE_LOOKS = 3
/** Looks between two collections: one takes the thread for about a tenth of a second. */
const PAUSE_LOOKS = 6

/**
 * Decides when memory is to be collected, from what is looked at now and then (bytes). V8 lets a heap grow to a multiple of what lived in it last, and
 * collects nothing while little is allocated: after a burst of work the process would hold hundreds of megabytes of garbage for minutes.
 */
export function collector(): (bytes: number) => boolean {
  let stale = 0
  let pause = 0
  let last = 0
  return (bytes) => {
    pause = Math.max(0, pause - 1)
    stale = bytes > LARGE && bytes >= 0.9 * last ? stale + 1 : 0
    last = bytes
    if (stale < STALE_LOOKS || pause > 0) return false
    stale = 0
    pause = PAUSE_LOOKS
    return true
  }
}

/** Keeps the memory of a long-running program near what it needs. */
export function giveMemoryBack(): void {
  // At most twice what lives, not up to four times.
  setFlagsFromString('--heap-growing-percent=100')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const decide = collector()
  setInterval(() => {
    const { heapTotal, arrayBuffers } = process.memoryUsage()
    if (decide(heapTotal + arrayBuffers)) collect()
  }, LOOK_MS).unref()
}
