import { describe, expect, test } from '@jest/globals'
import { feeCeiling, gasCosts, gasOfDescent } from '../src/index.js'

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

  test('one wrong claim can force a descent through all levels, a proof, and the updates back', () => {
    const gas = gasOfDescent({ heights: [13, 20, 20] }, gasCosts)
    expect(gas).toBe(53n * gasCosts.bisect + 2n * gasCosts.refine + gasCosts.prove + 109n * gasCosts.update)
    expect(gas).toBeLessThan(40_000_000n)
  })
})
