import { describe, expect, test } from '@jest/globals'
import { gasBudget, pauseAfter, shareOf } from '../src/limits.js'

describe('the gas of an hour', () => {
  const hour = 3_600_000
  function budget() {
    let now = 1_000_000
    const made = gasBudget({ perHour: 1_000, perAccount: 400, clock: { now: () => now } })
    return { ...made, pass: (ms: number) => (now += ms) }
  }

  test('is used up by an account, and comes back evenly', () => {
    const b = budget()
    expect(b.refusal('a')).toBeUndefined()
    b.charge('a', 400)
    expect(b.refusal('a')).toMatch(/its account has used the 400 L1 gas of an hour/)
    expect(b.refusal('b')).toBeUndefined()
    b.pass(hour / 2)
    expect(b.usedBy('a')).toBe(200)
    expect(b.refusal('a')).toBeUndefined()
    b.pass(hour)
    expect(b.usedBy('a')).toBe(0)
  })

  test('is used up by many accounts together', () => {
    const b = budget()
    for (const account of ['a', 'b', 'c', 'd']) b.charge(account, 300)
    expect(b.refusal('e')).toMatch(/the relayer has used the 1000 L1 gas of an hour/)
    b.pass(hour)
    expect(b.refusal('e')).toBeUndefined()
  })

  test('is not given out anew by a clock that is set back', () => {
    const b = budget()
    b.charge('a', 400)
    b.pass(-hour)
    expect(b.usedBy('a')).toBe(400)
  })
})

test.each([
  [0, 10_000, 100, 100],
  [9_500, 10_000, 100, 50],
  [9_999, 10_000, 100, 1],
  [10_000, 10_000, 100, 0],
  [0, 1, 100, 1],
])('with %i of %i open one account may have %i at most: %i', (open, maxOpen, most, share) => {
  expect(shareOf(open, maxOpen, most)).toBe(share)
})

test('pauses double up to an hour', () => {
  expect([0, 1, 2, 3, 11, 12, 1_000].map(pauseAfter)).toEqual([
    0, 2_000, 4_000, 8_000, 2_048_000, 3_600_000, 3_600_000,
  ])
})
