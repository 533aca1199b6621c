import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What one benchmark started: closed in reverse order when it ends, fails, is interrupted or runs out of time.
 * @param {number} limitMs
 */
export function scope(limitMs) {
  const closers = []
  const deadline = Date.now() + limitMs
  let closing
  return {
    deadline,
    /** Registers what undoes a start. */
    onClose: (closer) => closers.push(closer),
    /** A folder that is removed in the end. */
    folder() {
      const path = mkdtempSync(join(tmpdir(), 'animechain-bench-'))
      closers.push(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
      return path
    },
    close: () =>
      (closing ??= (async () => {
        for (const closer of closers.reverse())
          try {
            await closer()
          } catch (error) {
            console.error(`while stopping: ${error.message}`)
          }
      })()),
    /** Asks again until the answer is truthy. @throws when the time of the benchmark is over */
    async until(ask, what, everyMs = 50) {
      for (;;) {
        const answer = await ask()
        if (answer) return answer
        if (Date.now() > deadline) throw new Error(`time is over while waiting for ${what}`)
        await new Promise((resolve) => setTimeout(resolve, everyMs))
      }
    },
  }
}

export const round = (value, digits = 0) => Number(value.toFixed(digits))
export const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
