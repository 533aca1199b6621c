import { describe, expect, it } from '@jest/globals'
import { nextMove, sampled, spentWithin, status, type Standing } from '../src/challenge/plan.js'

const HOUR = 3_600n
const opened: Standing = { status: status.opened, drawBlock: 100n, openedAt: 1_000n, deadline: 0n }
const drawn: Standing = { ...opened, status: status.drawn, deadline: 5_000n }

describe('what a challenger does next', () => {
  const move = (standing: Standing, number: bigint, timestamp: bigint) =>
    nextMove(standing, { number, timestamp }, HOUR)

  it('draws once the block is there, while L1 knows its hash and within the time for it', () => {
    expect(move(opened, 99n, 1_100n)).toBe('wait')
    expect(move(opened, 100n, 1_100n)).toBe('draw')
    expect(move(opened, 355n, 1_100n)).toBe('draw')
    expect(move(opened, 356n, 1_100n)).toBe('expire')
    expect(move(opened, 120n, 4_600n)).toBe('draw')
    expect(move(opened, 120n, 4_601n)).toBe('expire')
  })

  it('ends what was not answered, after the deadline', () => {
    expect(move(drawn, 200n, 5_000n)).toBe('wait')
    expect(move(drawn, 200n, 5_001n)).toBe('fail')
    expect(move({ ...drawn, status: status.closed }, 200n, 5_001n)).toBe('done')
  })

  it('picks each at most once, any of them, and no more than there are', () => {
    expect(sampled([1, 2, 3], 5, () => 0).sort()).toEqual([1, 2, 3])
    expect(sampled([1, 2, 3], 2, (n) => n - 1)).toEqual([3, 2])
    expect(sampled([], 2, () => 0)).toEqual([])
    const seen = new Set(Array.from({ length: 4 }, (_, i) => sampled(['a', 'b', 'c', 'd'], 1, () => i)[0]))
    expect(seen.size).toBe(4)
  })

  it('counts what was spent within a day', () => {
    const records = [
      { at: 0n, cost: 1n },
      { at: 1n, cost: 2n },
      { at: 90_000n, cost: 4n },
    ]
    expect(spentWithin(records, 86_400n)).toBe(6n)
    expect(spentWithin(records, 200_000n)).toBe(0n)
  })
})
