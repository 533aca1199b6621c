import { describe, expect, test } from '@jest/globals'
import { RLP } from '@ethereumjs/rlp'
import { createMPT, MerklePatriciaTrie } from '@ethereumjs/mpt'
import { bytesToHex, hexToBytes, keccak256 } from '@animechain/core'
import { rlpEncode, uintToBytes } from '@animechain/tx'
import { compilePart, randomBytes } from './parts.js'

const stored = new Map<string, Uint8Array>()
let memory: () => Uint8Array = () => new Uint8Array()
const guest = compilePart('state', {
  nodeSize: (hash) => stored.get(bytesToHex(memory().subarray(hash, hash + 32)))?.length ?? -1,
  readNode: (hash, out) => {
    memory().set(stored.get(bytesToHex(memory().slice(hash, hash + 32)))!, out)
    return 0
  },
})
const g = guest.exports
memory = () => new Uint8Array((g.memory as unknown as WebAssembly.Memory).buffer)

const pathOf = (key: Uint8Array): number => g.nibbles!(guest.put(key), key.length) >>> 0

/** A trie that is opened anew by its root for every batch of changes, as a chain does for every block. */
const guestTrie = () => {
  let root = bytesToHex(keccak256(Uint8Array.of(0x80)))
  return {
    root: () => root,
    apply(changes: [Uint8Array, Uint8Array | null][]) {
      g.reset!()
      g.begin!()
      let node = g.open!(guest.put(hexToBytes(root)))
      for (const [key, value] of changes) {
        const path = pathOf(key)
        node = value?.length
          ? g.put!(node, path, key.length * 2, guest.put(value), value.length)
          : g.remove!(node, path, key.length * 2)
      }
      const out = guest.reserve(32)
      g.commit!(node, out)
      root = bytesToHex(guest.read(out, 32))
      for (let at = g.written!(); at; at = guest.u32(at))
        stored.set(bytesToHex(guest.read(at + 16, 32)), guest.read(at + 48, guest.u32(at + 4)))
    },
    get(key: Uint8Array) {
      g.reset!()
      const trie = g.open!(guest.put(hexToBytes(root)))
      const path = pathOf(key)
      const read = (keep: number) => {
        const at = g.get!(trie, path, key.length * 2, keep)
        return at ? guest.read(at, g.valueLength!()) : null
      }
      // Nothing points to what a read without keeping has left above the mark: the arena is used again.
      const mark = g.mark!()
      const passing = read(0)
      expect(g.resolvedRoot!()).toBe(trie)
      g.release!(mark)
      guest.put(new Uint8Array(4096).fill(0xee))
      expect(read(1)).toEqual(passing)
      expect(read(0)).toEqual(passing)
      return passing
    },
  }
}

describe('the trie', () => {
  test('has the root of @ethereumjs/mpt after every batch of random puts and removals', async () => {
    const random = randomBytes(7)
    // Short keys over a small alphabet make prefixes, embedded nodes and collapsing branches common.
    for (const [keyLength, values, alphabet] of [
      [1, 1, 16],
      [2, 40, 3],
      [3, 3, 2],
      [32, 60, 256],
    ] as const) {
      const ours = guestTrie()
      const theirs = await createMPT()
      const keys: Uint8Array[] = []
      for (let round = 0; round < 60; round++) {
        const changes: [Uint8Array, Uint8Array | null][] = []
        for (let i = random(1)[0]! % 12; i >= 0; i--) {
          const known = keys.length > 0 && random(1)[0]! < 130
          const key = known
            ? keys[random(1)[0]! % keys.length]!
            : random(1 + (keyLength > 3 ? keyLength - 1 : random(1)[0]! % keyLength)).map((b) => b % alphabet)
          keys.push(key)
          const value = random(1)[0]! < 110 ? null : random(1 + (random(1)[0]! % values)).map((b) => b || 1)
          changes.push([key, value])
        }
        ours.apply(changes)
        for (const [key, value] of changes) await (value ? theirs.put(key, value) : theirs.del(key))
        expect([keyLength, round, ours.root()]).toEqual([keyLength, round, bytesToHex(theirs.root())])
        const key = keys[random(1)[0]! % keys.length]!
        const expected = await theirs.get(key)
        expect(ours.get(key)).toEqual(expected)
      }
    }
  })

  test('gives ordered roots of items by index', async () => {
    const random = randomBytes(8)
    for (const count of [0, 1, 2, 3, 127, 128, 129, 300]) {
      const items = Array.from({ length: count }, () => random(1 + (random(1)[0]! % 80)))
      const theirs = new MerklePatriciaTrie()
      for (const [i, item] of items.entries()) await theirs.put(RLP.encode(i), item)
      g.reset!()
      g.begin!()
      const list = new Uint32Array(items.flatMap((item) => [guest.put(item), item.length]))
      const out = guest.reserve(32)
      g.orderedRoot!(guest.put(new Uint8Array(list.buffer)), count, out)
      expect([count, bytesToHex(guest.read(out, 32))]).toEqual([count, bytesToHex(theirs.root())])
    }
  })

  test('traps on a missing node and on a node that is none', () => {
    g.reset!()
    const unknown = g.open!(guest.put(new Uint8Array(32).fill(9)))
    expect(() => g.get!(unknown, pathOf(Uint8Array.of(1)), 2, 1)).toThrow(WebAssembly.RuntimeError)
    const random = randomBytes(9)
    for (let i = 0; i < 200; i++) {
      const bytes = i % 2 ? random(1 + (i % 70)) : RLP.encode([random(3), random(40), random(2)])
      const hash = keccak256(bytes)
      stored.set(bytesToHex(hash), bytes)
      g.reset!()
      const root = g.open!(guest.put(hash))
      expect(() => g.get!(root, pathOf(Uint8Array.of(1)), 2, 1)).toThrow(WebAssembly.RuntimeError)
    }
  })
})

describe('RLP', () => {
  type Item = Uint8Array | Item[]
  const decode = (at: number, end: number): { item: Item; next: number } => {
    if (!g.read!(at, end)) throw new Error('refused')
    const [payload, length, isList, next] = [
      g.payloadPtr!() >>> 0,
      g.payloadLen!(),
      g.payloadIsList!(),
      g.nextPtr!() >>> 0,
    ]
    if (!isList) return { item: guest.read(payload, length), next }
    const items: Item[] = []
    for (let p = payload; p < payload + length;) {
      const inner = decode(p, payload + length)
      items.push(inner.item)
      p = inner.next
    }
    return { item: items, next }
  }
  const decodeAll = (bytes: Uint8Array): Item => {
    g.reset!()
    const at = guest.put(bytes)
    const { item, next } = decode(at, at + bytes.length)
    if (next !== at + bytes.length) throw new Error('refused: bytes left over')
    return item
  }

  test('reads what was written', () => {
    const random = randomBytes(3)
    for (const length of [0, 1, 2, 55, 56, 57, 255, 256, 257, 65_535, 65_536, 70_000]) {
      const item = [random(length), [random(1), []], [[random(length)]]]
      expect(decodeAll(rlpEncode(item))).toEqual(item)
    }
  })

  test('refuses everything but the one encoding, and agrees with a strict decoder on mutated input', () => {
    for (const hex of [
      '',
      '8100',
      '817f',
      'b800',
      'b837' + '00'.repeat(55),
      'f800',
      'f837' + '00'.repeat(55),
      'b90037' + '00'.repeat(55),
      '8201',
      'c201',
      'c28101',
      '0000',
      'bf0100000000000000',
      'ff' + 'ff'.repeat(8),
    ])
      expect(() => decodeAll(hexToBytes(`0x${hex}`))).toThrow('refused')
    const random = randomBytes(4)
    for (let i = 0; i < 3000; i++) {
      const bytes = rlpEncode([random(i % 70), [random(2), random(1)], random(i % 3)])
      const changed = bytes.slice(0, bytes.length - (i % 5 === 0 ? 1 : 0))
      changed[random(1)[0]! % changed.length] = random(1)[0]!
      let ours: Item | undefined
      try {
        ours = decodeAll(changed)
      } catch {}
      if (ours !== undefined) expect(bytesToHex(rlpEncode(ours))).toBe(bytesToHex(changed))
      else {
        let again: string | undefined
        try {
          again = bytesToHex(RLP.encode(RLP.decode(changed) as never))
        } catch {}
        expect(again).not.toBe(bytesToHex(changed))
      }
    }
  })

  test('writes numbers without leading zeros', () => {
    for (const value of [0n, 1n, 127n, 128n, 255n, 256n, 2n ** 32n, 2n ** 64n - 1n]) {
      g.reset!()
      const out = guest.reserve(16)
      const end = (g.writeU64 as unknown as (o: number, v: bigint) => number)(out, value) >>> 0
      expect(bytesToHex(guest.read(out, end - out))).toBe(bytesToHex(rlpEncode(uintToBytes(value))))
      expect(g.sizeOfU64!(value as never)).toBe(end - out)
    }
  })
})
