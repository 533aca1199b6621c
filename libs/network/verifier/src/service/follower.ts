import type { Assertion, Hex, Settlement } from '@animechain/core'
import { gameOf } from './chain.js'
import type { BatchOfGame, Journal } from './journal.js'

/** Assertions fetched together. */
const PAGE = 50
/** Assertions whose duty is not done; those after them wait. */
const MAX_OPEN = 500

/** Follows the assertions that L1 has finalised, until the duty of each is done. */
export function finalAssertions(
  settlement: Pick<Settlement, 'assertionCount' | 'getAssertions'>,
  journal: Pick<Journal, 'cursor' | 'conclude'>,
) {
  const open = new Map<bigint, Assertion>()
  let next: bigint | undefined
  let lastCount: bigint | undefined

  /** The status of those that wait may have changed. */
  async function readAgain(): Promise<void> {
    for (const index of [...open.keys()]) {
      const [now] = await settlement.getAssertions(index, 1, { at: 'finalized' })
      if (now) open.set(index, now)
      else open.delete(index)
    }
  }

  return {
    /** Reads what L1 finalised since the last look. Answers how many there are that wait for room. */
    async look(): Promise<bigint> {
      const count = await settlement.assertionCount({ at: 'finalized' })
      if (next === undefined) next = journal.cursor()
      // An L1 that was set back, for development.
      if (count < next) {
        open.clear()
        next = count
      }
      if (count !== lastCount) await readAgain()
      while (next < count && open.size < MAX_OPEN) {
        const size = count - next < PAGE ? count - next : BigInt(PAGE)
        for (const assertion of await settlement.getAssertions(next, Number(size), { at: 'finalized' }))
          open.set(assertion.index, assertion)
        next += size
      }
      lastCount = count
      return count - next
    },
    /** In the order of the list. */
    open: (): readonly Assertion[] => [...open.values()].sort((a, b) => (a.index < b.index ? -1 : 1)),
    /** The duties of these are done. */
    async conclude(done: readonly Assertion[], judged: ReadonlyMap<Hex, 'right' | 'wrong'>): Promise<void> {
      if (done.length === 0) return
      for (const { index } of done) open.delete(index)
      const known = new Map<Hex, 'right' | 'wrong'>()
      const right: BatchOfGame[] = []
      for (const assertion of done) {
        const game = gameOf(assertion)
        const is = judged.get(game)
        if (is) known.set(game, is)
        const { batchIndex, batchAcc, status } = assertion
        if (is === 'right' && status !== 'rejected') right.push({ game, batchIndex, batchAcc })
      }
      const least = [...open.keys()].reduce((a, b) => (b < a ? b : a), next ?? 0n)
      await journal.conclude(least, known, right)
    },
  }
}
