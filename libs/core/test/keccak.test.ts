import { describe, expect, test } from '@jest/globals'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '../src/bytes.js'
import { keccak256, keccak256Hex, wasmKeccak } from '../src/keccak.js'
import { keccakModule } from '../src/keccakModule.js'

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 197 + length) % 256)

describe('Keccak-256', () => {
  test('of nothing', () => {
    expect(keccak256Hex(new Uint8Array(0))).toBe(
      '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    )
  })

  test('is that of another implementation, at every length around its blocks and its pieces', () => {
    const wasm = wasmKeccak()!
    const lengths = [...Array(300).keys(), 407, 408, 409, 64_871, 64_872, 64_873, 64_999, 65_007, 65_008]
    for (const length of [...lengths, 65_009, 65_024, 65_025, 130_047, 130_048, 130_049, 1_000_003]) {
      const data = bytes(length)
      expect([length, bytesToHex(wasm(data))]).toEqual([length, bytesToHex(keccak_256(data))])
    }
  })

  test('takes a part of a larger buffer, and its results stay as they are', () => {
    const first = keccak256(bytes(400).subarray(100, 250))
    const copy = first.slice()
    keccak256(bytes(10))
    expect(first).toEqual(copy)
    expect(first).toEqual(keccak_256(bytes(400).subarray(100, 250)))
  })

  test('is small enough for a browser to compile at once, and does without where it may not', () => {
    expect(keccakModule().length).toBeLessThan(4_096)
    expect(wasmKeccak({})).toBeUndefined()
    const WebAssembly = {
      Module: class {
        constructor() {
          throw new Error('unsafe-eval')
        }
      },
      Instance: class {
        exports = {}
      },
    }
    expect(wasmKeccak({ WebAssembly })).toBeUndefined()
  })
})
