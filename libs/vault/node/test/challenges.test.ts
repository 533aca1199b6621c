import { expect, it } from '@jest/globals'
import { retryPause } from '../src/index.ts'

it('tries to answer again the later the more often it failed, and the sooner the less time is left', () => {
  expect(retryPause(1, Infinity)).toBe(2_000)
  expect(retryPause(4, Infinity)).toBe(16_000)
  expect(retryPause(20, Infinity)).toBe(300_000)
  expect(retryPause(20, 40)).toBe(10_000)
  expect(retryPause(1, 0)).toBe(0)
})
