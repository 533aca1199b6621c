import { steadyTime, type Address, type Assertion, type Clock, type Settlement } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'

/** Assertions read together. */
const PAGE = 100

/** What an index of assertions reads, and how often. */
export interface AssertionIndexOptions {
  settlement: Pick<Settlement, 'assertionCount' | 'getAssertions'>
  clock: Clock
  /** least milliseconds between two looks at L1, however often is asked; default 1,000 */
  refreshMs?: number
  /** newest assertions that are known; default 4,096 */
  most?: number
}

/**
 * Finds assertions by the address of their game. Strangers may ask: L1 is looked at once in `refreshMs` at most, and what is not among the newest is not
 * found. Throws what the settlement throws.
 */
export function assertionIndex({
  settlement,
  clock,
  refreshMs = 1_000,
  most = 4_096,
}: AssertionIndexOptions): (game: Address) => Promise<Assertion | undefined> {
  /** Those that no reorg of L1 takes away or replaces. */
  const final = boundedMap<string, Assertion>(most)
  /** Those after them, as the last look found them. */
  let young = new Map<string, Assertion>()
  /** All before it are among the final ones, or too old. */
  let next = 0n
  let lookedAt: number | undefined
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const finalCount = await settlement.assertionCount({ at: 'finalized' })
    const count = await settlement.assertionCount()
    // Of a long list the newest only.
    const oldest = count > BigInt(most) ? count - BigInt(most) : 0n
    const found = new Map<string, Assertion>()
    let from = next > oldest ? next : oldest
    while (from < count) {
      const size = count - from < PAGE ? count - from : BigInt(PAGE)
      for (const assertion of await settlement.getAssertions(from, Number(size))) {
        const key = assertion.id.toLowerCase()
        if (assertion.index < finalCount) final.set(key, assertion)
        else found.set(key, assertion)
      }
      from += size
    }
    next = finalCount < count ? finalCount : count
    young = found
  }

  return async (game) => {
    const key = game.toLowerCase()
    const known = final.get(key)
    if (known) return known
    const now = steadyTime(clock)
    if (lookedAt === undefined || now - lookedAt >= refreshMs) {
      lookedAt = now
      looking = look().finally(() => (looking = undefined))
    }
    await looking
    return final.get(key) ?? young.get(key)
  }
}
