import { describe, expect, test } from '@jest/globals'
import type { GameView } from '@animechain/proving-game'
import { entryFee, feeCeiling, gasCosts, gasOfDescent, reserve } from '../src/index.js'

describe('what a dispute may cost', () => {
  const fees = { normal: 100n, urgent: 1_000n }

  test('the fee is the normal one for half of the period, and rises to the urgent one while the rest runs out', () => {
    const at = (left: number) => feeCeiling(fees, 8_000, left)
    expect([Infinity, 8_000, 4_000].map(at)).toEqual([100n, 100n, 100n])
    expect([1_000, 500, 0].map(at)).toEqual([1_000n, 1_000n, 1_000n])
    expect(at(2_500)).toBe(550n)
    for (let left = 4_000; left > 1_000; left -= 100) expect(at(left - 100)).toBeGreaterThan(at(left))
    expect(feeCeiling({ normal: 100n, urgent: 50n }, 8_000, 0)).toBe(100n)
  })

  test('a dispute is entered for what gas costs, not for what it may cost at most', () => {
    expect([0n, 50n, 200n, 400n, 500n, 9_000n].map((now) => entryFee(fees, now))).toEqual([
      100n,
      100n,
      400n,
      800n,
      1_000n,
      1_000n,
    ])
    expect(entryFee({ normal: 100n, urgent: 50n }, 10n)).toBe(100n)
  })

  test('one wrong claim can force a descent through all levels, a proof, and the updates back', () => {
    const gas = gasOfDescent({ heights: [13, 20, 20] }, gasCosts)
    expect(gas).toBe(53n * gasCosts.bisect + 2n * gasCosts.refine + gasCosts.prove + 109n * gasCosts.update)
    expect(gas).toBeLessThan(40_000_000n)
  })

  test('a claim that does not come nearer to its end makes it urgent, though no wrong one does either', () => {
    /** The right claim was made 1,000 s after a rival; nobody has bisected anything since. */
    const view = (now: number, claimed: boolean) =>
      ({
        now,
        parameters: { period: 8_000 },
        mutual: () => ({
          first: 'wrong',
          firstAt: 0,
          secondAt: claimed ? 1_000 : undefined,
          winner: undefined,
        }),
        edge: (id: string) => (claimed ? { id, mutual: 'm', proven: false, lower: undefined } : undefined),
        refinements: () => [],
      }) as unknown as GameView
    const right = new Map([['0x01', '0x02']] as const)
    expect(reserve(view(900, false), right)).toBe(7_100)
    expect(reserve(view(7_500, true), right)).toBe(500)
    expect(reserve(view(7_500, true), new Map())).toBe(Infinity)
  })
})
