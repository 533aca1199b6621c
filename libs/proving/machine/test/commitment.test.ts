import { describe, expect, test } from '@jest/globals'
import { concatBytes, keccak256 } from '@animechain/core'
import { Commitment, hashNode } from '../src/index.js'

const leafOf = (i: number) => keccak256(Uint8Array.of(i, i >> 8))

/** All nodes of a tree, by height. */
function plainTree(height: number, count: number): Uint8Array[][] {
  const levels = [Array.from({ length: 2 ** height }, (_, i) => leafOf(Math.min(i, count - 1)))]
  for (let h = 1; h <= height; h++) {
    const below = levels[h - 1]!
    levels.push(
      Array.from({ length: below.length / 2 }, (_, i) => hashNode(below[2 * i]!, below[2 * i + 1]!)),
    )
  }
  return levels
}

describe('a commitment', () => {
  test('has every node and path of the plain tree, however much of it is tail', () => {
    for (const [height, count] of [
      ...[1, 2].map((n) => [1, n]),
      ...[1, 5, 8].map((n) => [3, n]),
      ...[1, 255, 256, 257, 700, 1023, 1024].map((n) => [10, n]),
      [0, 1],
    ] as [number, number][]) {
      const levels = plainTree(height, count)
      const commitment = new Commitment(
        height,
        concatBytes(...Array.from({ length: count }, (_, i) => leafOf(i))),
      )
      expect(commitment.distinct).toBe(count)
      for (const [h, nodes] of levels.entries())
        for (const i of new Set([0, 1, Math.floor(count / 2 ** h), nodes.length - 1]))
          if (i < nodes.length) {
            expect([height, count, h, i, commitment.node(h, i)]).toEqual([height, count, h, i, nodes[i]])
            const path = commitment.siblings(h, i)
            expect(path).toEqual(Array.from({ length: height - h }, (_, k) => levels[h + k]![(i >> k) ^ 1]))
            const top = Math.min(h + 1, height)
            expect(commitment.siblings(h, i, { top })).toEqual(path.slice(0, top - h))
          }
    }
  })

  test('of 2^20 leaves takes only what is before the tail', () => {
    const commitment = new Commitment(20, concatBytes(leafOf(0), leafOf(1), leafOf(2)))
    const tail = [leafOf(2)]
    for (let h = 1; h <= 20; h++) tail.push(hashNode(tail[h - 1]!, tail[h - 1]!))
    let node = hashNode(hashNode(leafOf(0), leafOf(1)), tail[1]!)
    for (let h = 2; h < 20; h++) node = hashNode(node, tail[h]!)
    expect(commitment.node(20, 0)).toEqual(node)
    expect(commitment.node(19, 1)).toEqual(tail[19])
    expect(new Commitment(20, commitment.leaves).root).toBe(commitment.root)
    expect(commitment.siblings(0, 2 ** 20 - 1).slice(0, 19)).toEqual(tail.slice(0, 19))
  })

  test('is refused where there can be none', () => {
    const leaves = concatBytes(leafOf(0), leafOf(1), leafOf(2))
    expect(() => new Commitment(1, leaves)).toThrow('expected 1 to 2 hashes of 32 bytes, got 96 bytes')
    expect(() => new Commitment(1, new Uint8Array(0))).toThrow('expected 1 to 2 hashes')
    expect(() => new Commitment(1, new Uint8Array(33))).toThrow('expected 1 to 2 hashes')
    expect(() => new Commitment(29, leaves)).toThrow('expected an integer from 0 to 28, got 29')
    const commitment = new Commitment(2, leaves)
    expect(() => commitment.node(3, 0)).toThrow('height of a node: expected an integer from 0 to 2, got 3')
    expect(() => commitment.node(1, 2)).toThrow('index of a node: expected an integer from 0 to 1, got 2')
    expect(() => commitment.siblings(1, 0, { top: 0 })).toThrow('expected an integer from 1 to 2, got 0')
  })
})
