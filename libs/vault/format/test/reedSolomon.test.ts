import { createRequire } from 'node:module'
import { describe, expect, it } from '@jest/globals'
import { equalBytes } from '@animechain/core'
import { layoutOf, reedSolomon } from '../src/index.js'
import { seededBytes, seededNumbers } from './seeded.js'

// Rust's library, compiled to WebAssembly: an implementation that shares nothing with this one.
const oracle = createRequire(import.meta.url)('wasm-reed-solomon-erasure') as {
  encode(data: Uint8Array[], parity: number): Uint8Array[]
  reconstruct(shards: Uint8Array[], parity: number, dead: Uint32Array): Uint8Array[]
}

describe('Reed-Solomon', () => {
  it('has the matrix of the specification', () => {
    expect(reedSolomon(3, 2).matrix).toEqual([
      [1, 1, 1],
      [15, 8, 6],
    ])
  })

  it('agrees with another implementation', () => {
    const below = seededNumbers('codes')
    for (const [data, parity] of [
      [3, 2],
      [5, 5],
      [4, 2],
      [10, 4],
      [1, 1],
    ] as const) {
      const code = reedSolomon(data, parity)
      for (let round = 0; round < 6; round++) {
        const length = 1 + below(3_000)
        // Views at odd places of larger buffers.
        const shards = Array.from({ length: data }, (_, i) =>
          seededBytes(`shard ${round}/${i}`, length + 8)
            .subarray(below(4))
            .subarray(0, length),
        )
        const expected = oracle.encode(
          shards.map((shard) => shard.slice()),
          parity,
        )
        const all = [...shards, ...code.encode(shards)]
        expect(all.every((shard, i) => equalBytes(shard, expected[i]!))).toBe(true)
        const lost = new Set(Array.from({ length: parity }, () => below(data + parity)))
        const back = code.reconstruct(all.map((shard, i) => (lost.has(i) ? undefined : shard)))
        expect(back.every((shard, i) => equalBytes(shard, expected[i]!))).toBe(true)
      }
    }
  })

  it('refuses what it cannot work with', () => {
    const code = reedSolomon(3, 2)
    const shard = new Uint8Array(4)
    expect(() => code.encode([shard, shard])).toThrow(/Invalid shards/)
    expect(() => code.encode([shard, shard, new Uint8Array(5)])).toThrow(/Invalid shards/)
    expect(() => code.reconstruct([shard, shard, undefined, undefined, undefined])).toThrow(/Invalid shards/)
  })
})

describe('layout', () => {
  it('is that of a sealed file, or of none', () => {
    for (const length of [0, 16, -1, 262_160 + 16, 262_160 + 1, 2 ** 32 * 262_160 + 1])
      expect(() => layoutOf(length)).toThrow(/Invalid length of a blob/)
    for (const length of [17, 262_160, 262_160 + 17, 3 * 262_160, 2 ** 32 * 262_160]) {
      const layout = layoutOf(length)
      const shards = [0, 1, 2, 3, 4].map((shard) => layout.shardLength(shard))
      expect(layout.length).toBe(length)
      const parity = 2 * ((layout.stripes - 1) * 262_160 + layout.unitLength(layout.stripes - 1, 3))
      expect(shards.reduce((sum, bytes) => sum + bytes, 0)).toBe(length + parity)
      const last = layout.placeOf(layout.chunks - 1)
      expect(last.offset + last.length).toBe(shards[last.shard])
    }
  })
})
