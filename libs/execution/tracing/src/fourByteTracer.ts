import { bytesToHex } from '@animechain/core'
import type { TraceBudget } from './budget.js'
import { isPrecompile, type EventTracer } from './events.js'

const SELECTOR_BYTES = 4
/** Bytes of an entry, about. */
const ENTRY_BYTES = 64

/** geth's `4byteTracer`: how often each selector was called, by `selector-bytes of arguments`. */
export function fourByteTracer(spend: TraceBudget): EventTracer {
  const seen = new Map<string, number>()
  return {
    enter({ type, to, input }) {
      // A precompile has no selectors.
      if (type.startsWith('CREATE') || to === undefined || isPrecompile(to)) return
      if (input.length < SELECTOR_BYTES) return
      const key = `${bytesToHex(input.subarray(0, SELECTOR_BYTES))}-${input.length - SELECTOR_BYTES}`
      if (!seen.has(key)) spend(ENTRY_BYTES)
      seen.set(key, (seen.get(key) ?? 0) + 1)
    },
    start() {},
    result: () => Object.fromEntries(seen),
  }
}
