import { bytesToHex } from '@animechain/core'
import { deepEqual, equal, ok, rejects } from '../assert.js'
import type { Promises } from '../runner.js'
import { bytes, del, put, read, type StorageWorld } from './world.js'

/** What single entries promise. */
export const entries: Promises<StorageWorld> = {
  'answers undefined for a key that is not there': async ({ store }) => {
    equal(store.get(bytes('nothing')), undefined)
    await store.batch([put('a', '1'), del('a')])
    equal(store.get(bytes('a')), undefined)
  },

  'keeps empty values apart from missing ones': async ({ store }) => {
    await store.batch([{ type: 'put', key: bytes('empty'), value: new Uint8Array(0) }])
    const value = store.get(bytes('empty'))
    ok(value !== undefined)
    equal(value.length, 0)
  },

  'treats keys as bytes: zeros, high bytes and prefixes are keys of their own': async ({ store }) => {
    const all = [[0], [0, 0], [0, 1], [1], [127], [128], [128, 0], [255], [255, 255]].map((key) =>
      Uint8Array.from(key),
    )
    await store.batch(all.toReversed().map((key, i) => ({ type: 'put', key, value: Uint8Array.of(i) })))
    deepEqual(
      [...store.iterate()].map(([key]) => bytesToHex(key)),
      all.map(bytesToHex),
    )
    all.forEach((key, i) => deepEqual([...store.get(key)!], [all.length - 1 - i]))
  },

  'gives values that later writes leave alone, and does not keep what the caller changes': async ({
    store,
  }) => {
    const key = bytes('key')
    const value = bytes('first')
    const done = store.batch([{ type: 'put', key, value }])
    await done
    key.fill(0)
    value.fill(0)
    const got = store.get(bytes('key'))!
    await store.batch([put('key', 'other'), put('another', 'x'.repeat(10_000))])
    equal(new TextDecoder().decode(got), 'first')
    equal(read(store, 'key'), 'other')
  },

  'holds values of megabytes and keys of 1,024 bytes': async ({ store }) => {
    const value = new Uint8Array(8 * 2 ** 20).map((_, i) => (i * 31) >> 3)
    const key = new Uint8Array(1024).fill(0xff)
    await store.batch([{ type: 'put', key, value }], { durable: true })
    equal(Buffer.compare(store.get(key)!, value), 0)
  },

  'refuses empty and too long keys and leaves everything as it was': async ({ store }) => {
    await store.batch([put('a', '1')])
    for (const key of [new Uint8Array(0), new Uint8Array(1025)])
      await rejects(store.batch([put('a', '2'), { type: 'put', key, value: bytes('x') }]))
    equal(read(store, 'a'), '1')
  },
}
