import { describe, expect, test } from '@jest/globals'
import { bytesToHex, keccak256 } from '@animechain/core'
import { rlpEncode, uintToBytes } from '@animechain/tx'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { ValueEncoding } from '@ethereumjs/util'
import fc from 'fast-check'
import { listRoot } from '../src/header.js'
import { EMPTY_ROOT, readTrie } from '../src/trieRead.js'

const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength })

describe('listRoot', () => {
  test('is the root that the trie of rlp(index) to item has', async () => {
    expect(listRoot([])).toBe(EMPTY_ROOT)
    await fc.assert(
      fc.asyncProperty(fc.array(bytes(60), { maxLength: 300 }), async (items) => {
        const trie = new MerklePatriciaTrie()
        for (const [index, item] of items.entries())
          await trie.put(rlpEncode(uintToBytes(BigInt(index))), item)
        expect(listRoot(items)).toBe(bytesToHex(trie.root()))
      }),
      { numRuns: 25 },
    )
  })
})

describe('readTrie', () => {
  test('reads what was put, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        // Short keys make branches with values and embedded nodes.
        fc.array(fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4, max: 3 }), bytes(40)), {
          maxLength: 40,
        }),
        async (entries) => {
          const nodes = new Map<string, Uint8Array>()
          const trie = new MerklePatriciaTrie({
            valueEncoding: ValueEncoding.Bytes,
            db: {
              get: async (key: string) => nodes.get(key),
              put: async (key: string, value: Uint8Array) => void nodes.set(key, value),
              del: async () => {},
              batch: async (ops: { type: string; key: string; value: Uint8Array }[]) =>
                ops.forEach((op) => nodes.set(op.key, op.value)),
              shallowCopy: () => undefined as never,
              open: async () => {},
            } as never,
          })
          const known = new Map<string, Uint8Array>()
          for (const [key, value] of entries) {
            await trie.put(key, value)
            known.set(bytesToHex(key), value)
          }
          const load = (hash: Uint8Array) => nodes.get(bytesToHex(hash).slice(2))!
          for (const [key] of entries)
            expect(readTrie(load, trie.root(), key)).toEqual(known.get(bytesToHex(key)))
          const absent = Uint8Array.of(9, 9, 9, 9)
          expect(readTrie(load, trie.root(), absent)).toBeUndefined()
        },
      ),
      { numRuns: 60 },
    )
  })
  test('says that a node is malformed', () => {
    const load = (node: Uint8Array) => () => node
    const key = keccak256(Uint8Array.of(1))
    const root = new Uint8Array(32)
    for (const node of [
      rlpEncode(Uint8Array.of(1, 2)),
      rlpEncode([Uint8Array.of(1)]),
      rlpEncode([new Uint8Array(0), Uint8Array.of(1)]),
    ])
      expect(() => readTrie(load(node), root, key)).toThrow('malformed')
    // An extension that leads to itself ends.
    const loop = rlpEncode([Uint8Array.of(0x00), root])
    expect(() => readTrie(load(loop), root, key)).toThrow('malformed')
  })
})
