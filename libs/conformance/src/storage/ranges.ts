import { bytesToHex } from '@animechain/core'
import fc from 'fast-check'
import { deepEqual, equal } from '../assert.js'
import type { Promises } from '../runner.js'
import { bytes, compare, keys, put, read, type StorageWorld } from './world.js'

/** What iteration promises. */
export const ranges: Promises<StorageWorld> = {
  'iterates ranges from gte to before lt, in both directions, up to a limit': async ({ store }) => {
    await store.batch(['a', 'b', 'c', 'd', 'e'].map((key) => put(key, key)))
    deepEqual(keys(store, { gte: bytes('b'), lt: bytes('d') }), ['b', 'c'])
    deepEqual(keys(store, { gte: bytes('b'), lt: bytes('d'), reverse: true }), ['c', 'b'])
    deepEqual(keys(store, { reverse: true, limit: 2 }), ['e', 'd'])
    deepEqual(keys(store, { lt: bytes('b'), reverse: true }), ['a'])
    deepEqual(keys(store, { gte: bytes('e') }), ['e'])
    deepEqual(keys(store, { gte: bytes('bb'), limit: 1 }), ['c'])
    deepEqual(keys(store, { gte: bytes('d'), lt: bytes('b') }), [])
    deepEqual(keys(store, { gte: bytes('c'), lt: bytes('c') }), [])
    deepEqual(keys(store, { limit: 0 }), [])
  },

  'is written and read between the steps of an iteration': async ({ store }) => {
    await store.batch(Array.from({ length: 50 }, (_, i) => put(`k${String(i).padStart(2, '0')}`, 'v')))
    const seen: string[] = []
    for (const [key] of store.iterate({ gte: bytes('k10') })) {
      const name = new TextDecoder().decode(key)
      seen.push(name)
      equal(read(store, name), 'v')
      if (seen.length === 5) await store.batch([put('a before', 'x')])
    }
    equal(seen.length, 40)
    deepEqual(seen, seen.toSorted())
    equal(read(store, 'a before'), 'x')
  },

  'agrees with a sorted list under any sequence of batches': async ({ store }) => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 3 })
    const operation = fc.oneof(
      fc.record({ type: fc.constant('put' as const), key, value: fc.uint8Array({ maxLength: 40 }) }),
      fc.record({ type: fc.constant('delete' as const), key }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(operation, { maxLength: 20 }), { maxLength: 10 }),
        fc.record({
          gte: fc.option(key),
          lt: fc.option(key),
          reverse: fc.boolean(),
          limit: fc.option(fc.nat(10)),
        }),
        async (batches, range) => {
          await store.batch([...store.iterate()].map(([found]) => ({ type: 'delete', key: found })))
          const model = new Map<string, readonly [Uint8Array, Uint8Array]>()
          for (const batch of batches) {
            await store.batch(batch)
            for (const item of batch)
              if (item.type === 'put') model.set(bytesToHex(item.key), [item.key, item.value])
              else model.delete(bytesToHex(item.key))
          }
          const { gte, lt, reverse, limit } = range
          let expected = [...model.values()].sort((a, b) => compare(a[0], b[0]))
          if (gte) expected = expected.filter(([found]) => compare(found, gte) >= 0)
          if (lt) expected = expected.filter(([found]) => compare(found, lt) < 0)
          if (reverse) expected.reverse()
          if (limit !== null) expected = expected.slice(0, limit)
          const got = store.iterate({
            gte: gte ?? undefined,
            lt: lt ?? undefined,
            reverse,
            limit: limit ?? undefined,
          })
          deepEqual(
            [...got].map(([k, v]) => [bytesToHex(k), bytesToHex(v)]),
            expected.map(([k, v]) => [bytesToHex(k), bytesToHex(v)]),
          )
          for (const [found, value] of model.values()) equal(bytesToHex(store.get(found)!), bytesToHex(value))
        },
      ),
      { numRuns: 60 },
    )
  },
}
