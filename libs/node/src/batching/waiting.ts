import { rawBytes, userTransactions } from './assemble.js'
import type { BatcherContext } from './context.js'

/**
 * What waits from `first` on: raw bytes, counted up to what decides, and whether nobody waits for it. Each block is read once, however often it is
 * asked; `last` tells whether the chain is still the one that was read.
 */
export function lookAtWaiting(
  context: BatcherContext,
  first: bigint,
  enough: number,
): { bytes: number; idle: boolean } {
  const { store, seen } = context
  const known = seen?.first === first && store.headerByNumber(seen.last.number)?.hash === seen.last.hash
  let { bytes, idle } = known ? seen! : { bytes: 0, idle: true }
  let number = known ? seen!.last.number + 1n : first
  for (; number <= store.head('latest').number && bytes < enough; number++) {
    const block = store.blockByNumber(number)
    if (!block) break
    const { header } = block
    const meta = store.meta(header.hash)
    const raws = userTransactions(block)
    bytes += rawBytes(raws, meta)
    idle &&= raws.length === 0 && meta.labels.length === 0
    context.seen = { first, last: { number, hash: header.hash }, bytes, idle }
  }
  return { bytes, idle }
}
