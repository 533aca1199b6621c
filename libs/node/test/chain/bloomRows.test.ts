import { describe, expect, test } from '@jest/globals'
import type { BloomQuery, Hex } from '@animechain/core'
import { matching, numbersOf, SECTION_BLOCKS, sectionRows } from '../../src/chain/bloomRows.js'

/** A bloom with these bits; bit 0 is the lowest of the last byte. */
const bloom = (bits: readonly number[]): Hex => {
  const value = bits.reduce((all, bit) => all | (1n << BigInt(bit)), 0n)
  return `0x${value.toString(16).padStart(512, '0')}`
}

/** Blocks of a section, each with bits of its bloom. */
const section = (blocks: Record<number, number[]>) => {
  const rows = sectionRows()
  for (const [i, bits] of Object.entries(blocks)) rows.add(Number(i), bloom(bits))
  return rows
}

describe('the blooms of a section', () => {
  const rows = section({ 0: [1, 2, 3], 7: [3, 2047], 8: [], 2047: [1, 2, 3, 4] })
  const numbers = (query: BloomQuery) => {
    const found = matching(query, rows.row)
    return found && numbersOf(found, 0n, 0n, BigInt(SECTION_BLOCKS) - 1n)
  }

  test.each<{ what: string; query: BloomQuery; found: bigint[] | undefined }>([
    { what: 'without a condition, every block with logs', query: [], found: [0n, 7n, 2047n] },
    { what: 'all bits of a value', query: [[[1, 2, 3]]], found: [0n, 2047n] },
    {
      what: 'either value',
      query: [
        [
          [1, 2, 3],
          [2047, 3, 3],
        ],
      ],
      found: [0n, 7n, 2047n],
    },
    { what: 'both conditions', query: [[[1, 2, 3]], [[4, 4, 4]]], found: [2047n] },
    { what: 'a bit that none has', query: [[[1, 2, 9]]], found: undefined },
    {
      what: 'conditions that no block meets together',
      query: [[[4, 4, 4]], [[2047, 3, 3]]],
      found: undefined,
    },
  ])('$what', ({ query, found }) => {
    expect(numbers(query)).toEqual(found)
  })

  test('nothing where no block has logs', () => {
    expect(matching([], section({ 5: [] }).row)).toBeUndefined()
  })

  test.each([
    { from: 4_096n, to: 6_143n, numbers: [4_096n, 4_103n, 6_143n] },
    { from: 4_097n, to: 6_142n, numbers: [4_103n] },
    { from: 4_104n, to: 4_104n, numbers: [] },
  ])('blocks from $from to $to', ({ from, to, numbers: expected }) => {
    expect(numbersOf(matching([], rows.row)!, 4_096n, from, to)).toEqual(expected)
  })
})
