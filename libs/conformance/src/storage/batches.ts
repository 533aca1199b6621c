import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { bytes, del, keys, put, read, type StorageWorld } from './world.js'

/** What batches promise: whole or not at all, in the order of the calls. */
export const batches: Promises<StorageWorld> = {
  'reads what a batch wrote once it resolves, the last operation on a key winning': async ({ store }) => {
    await store.batch([put('a', '1'), put('b', '2'), put('a', '3')])
    equal(read(store, 'a'), '3')
    equal(read(store, 'b'), '2')
    await store.batch([del('b'), put('c', '4')])
    equal(read(store, 'b'), undefined)
    deepEqual(keys(store), ['a', 'c'])
  },

  'takes an empty batch and a delete of nothing': async ({ store }) => {
    await store.batch([])
    await store.batch([del('never there')], { durable: true })
    deepEqual(keys(store), [])
  },

  'applies concurrent batches whole and in the order of the calls': async ({ store }) => {
    const rounds = 60
    await Promise.all(
      Array.from({ length: rounds }, (_, i) =>
        store.batch([put('shared', String(i)), put(`own ${i}`, String(i))], { durable: i % 10 === 0 }),
      ),
    )
    equal(read(store, 'shared'), String(rounds - 1))
    equal(keys(store, { gte: bytes('own '), lt: bytes('own:') }).length, rounds)
  },

  'never shows a torn batch to an iteration that begins while it is written': async ({ store }) => {
    const names = Array.from({ length: 40 }, (_, i) => `n${i}`)
    let writing = true
    const writes = (async () => {
      for (let round = 0; round < 25; round++)
        await store.batch(names.map((name) => put(name, String(round))))
      writing = false
    })()
    while (writing) {
      const values = new Set([...store.iterate()].map(([, value]) => new TextDecoder().decode(value)))
      ok(values.size <= 1, `one batch in sight, got ${[...values].join(', ')}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writes
  },
}
