import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bytesToHex } from '../src/bytes.js'
import { orderedBytesMap } from '../src/orderedMap.js'

const compare = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b)

describe('orderedBytesMap', () => {
  test('agrees with a sorted list under any sequence of changes', () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        fc.array(fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 4 })) }), { maxLength: 200 }),
        fc.record({ gte: fc.option(key), lt: fc.option(key), reverse: fc.boolean(), limit: fc.nat(20) }),
        (changes, range) => {
          const map = orderedBytesMap()
          const model = new Map<string, [Uint8Array, Uint8Array]>()
          for (const { key: k, value } of changes) {
            if (value === null) {
              expect(map.delete(k) !== undefined).toBe(model.delete(bytesToHex(k)))
            } else {
              map.set(k, value)
              model.set(bytesToHex(k), [k, value])
            }
          }
          let expected = [...model.values()].sort((a, b) => compare(a[0], b[0]))
          if (range.gte) expected = expected.filter(([k]) => compare(k, range.gte!) >= 0)
          if (range.lt) expected = expected.filter(([k]) => compare(k, range.lt!) < 0)
          if (range.reverse) expected.reverse()
          expected = expected.slice(0, range.limit)
          const got = map.entries({
            gte: range.gte ?? undefined,
            lt: range.lt ?? undefined,
            reverse: range.reverse,
            limit: range.limit,
          })
          expect([...got].map(([k, v]) => [bytesToHex(k), bytesToHex(v)])).toEqual(
            expected.map(([k, v]) => [bytesToHex(k), bytesToHex(v)]),
          )
          expect(map.size).toBe(model.size)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('keeps order over many chunks, in both directions and while it changes', () => {
    const map = orderedBytesMap()
    const key = (n: number) => Uint8Array.of(n >> 16, n >> 8, n)
    const count = 20_000
    for (let i = 0; i < count; i++) map.set(key((i * 7919) % count), Uint8Array.of(1))
    const forward = [...map.entries()].map(([k]) => (k[0]! << 16) | (k[1]! << 8) | k[2]!)
    expect(forward).toEqual(Array.from({ length: count }, (_, i) => i))
    const backward = [...map.entries({ reverse: true })].map(([k]) => (k[0]! << 16) | (k[1]! << 8) | k[2]!)
    expect(backward).toEqual(forward.reverse())
    let seen = 0
    for (const [k] of map.entries()) {
      seen++
      map.delete(k)
    }
    expect(seen).toBe(count)
    expect(map.size).toBe(0)
  })
})
