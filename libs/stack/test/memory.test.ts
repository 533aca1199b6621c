import { expect, test } from '@jest/globals'
import { collector } from '../src/memory.js'

const MB = 2 ** 20
const decisions = (...looks: number[]) => {
  const decide = collector()
  return looks.map((bytes) => decide(bytes * MB))
}

test('memory that stays large is collected, and not again for a while', () => {
  expect(decisions(500, 500, 500)).toEqual([false, false, true])
  expect(decisions(...Array(12).fill(500)).filter(Boolean)).toHaveLength(2)
})

test('memory that is small or shrinks by itself is left alone', () => {
  expect(decisions(...Array(10).fill(190)).some(Boolean)).toBe(false)
  expect(decisions(900, 700, 600, 500, 400, 300, 200).some(Boolean)).toBe(false)
})
