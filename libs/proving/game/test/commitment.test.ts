import { describe, expect, test } from '@jest/globals'
import {
  commitment,
  keccakHashing,
  pair,
  rootFromLast,
  spliceRuns,
  symbolicHashing,
  type Hash,
} from '../src/index.js'
import { word } from './kit.js'

const hashing = keccakHashing()

function plainRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 1) return leaves[0]!
  const half = leaves.length / 2
  return pair(hashing, plainRoot(leaves.slice(0, half)), plainRoot(leaves.slice(half)))
}

describe('commitments', () => {
  test('runs give the root, the leaves and the paths of the tree written out', () => {
    const starts = [0, 3, 4, 11]
    const runs = starts.map((start) => ({ start, leaf: word(start + 1) }))
    const leaves = Array.from({ length: 16 }, (_, i) => runs.filter(({ start }) => start <= i).at(-1)!.leaf)
    const tree = commitment(hashing, 4, runs)
    expect(tree.root).toBe(plainRoot(leaves))
    expect(leaves.map((_, i) => tree.leaf(i))).toEqual(leaves)
    for (const [height, position] of [
      [4, 0],
      [2, 2],
      [1, 5],
      [0, 7],
    ] as const) {
      const last = tree.leaf((position + 1) * 2 ** height - 1)
      const siblings = tree.lastSiblings(height, position)
      expect(rootFromLast(hashing, last, siblings)).toBe(tree.node(height, position))
    }
  })

  test('2^20 leaves cost what their runs do', () => {
    let hashes = 0
    const names = symbolicHashing()
    const counting = { hash: (...words: Parameters<typeof names.hash>) => (hashes++, names.hash(...words)) }
    const runs = [0, 5, 700_000].map((start) => ({ start, leaf: word(start) }))
    expect(commitment(counting, 20, runs).root).toBeDefined()
    expect(hashes).toBeLessThan(120)
  })

  test('runs that do not ascend within the tree are refused', () => {
    for (const starts of [[], [1], [0, 0], [0, 4]])
      expect(() =>
        commitment(
          hashing,
          2,
          starts.map((start) => ({ start, leaf: word(1) })),
        ),
      ).toThrow(RangeError)
  })

  test('a splice replaces leaves and no others', () => {
    const runs = [0, 2, 6].map((start) => ({ start, leaf: word(start) }))
    const tree = commitment(hashing, 3, spliceRuns(runs, 1, 5, [{ start: 1, leaf: word(99) }]))
    const leaves = [0, 99, 99, 99, 99, 2, 6, 6].map(word)
    expect(leaves.map((_, i) => tree.leaf(i))).toEqual(leaves)
  })
})
