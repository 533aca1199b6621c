import { deepEqual, equal, rejects, throws } from '../assert.js'
import type { Promises } from '../runner.js'
import { bytes, del, keys, put, read, type StorageWorld } from './world.js'

/** What starts and stops promise. */
export const lifetime: Promises<StorageWorld> = {
  'has its entries again after stop and start': async ({ store }) => {
    await store.batch([put('a', '1'), put('b', '2')], { durable: true })
    await store.batch([del('a'), put('c', '3')])
    await store.stop()
    await store.start()
    deepEqual(keys(store), ['b', 'c'])
    equal(read(store, 'c'), '3')
    await store.batch([put('d', '4')])
    deepEqual(keys(store), ['b', 'c', 'd'])
  },

  'refuses work before start and after stop, and takes repeated starts and stops': async ({ create }) => {
    const store = await create()
    throws(() => store.get(bytes('a')))
    await rejects(store.batch([put('a', '1')]))
    await store.start()
    await store.start()
    await store.batch([put('a', '1')])
    await store.stop()
    await store.stop()
    throws(() => store.get(bytes('a')))
    throws(() => [...store.iterate()])
    await rejects(store.batch([put('a', '1')]))
  },
}

/** Of stores whose data another handle finds. */
export const reopening: Promises<StorageWorld> = {
  'another handle finds every batch that resolved before the stop': async ({ store, reopen }) => {
    for (let i = 0; i < 20; i++) await store.batch([put(`k${i}`, String(i)), del(`k${i - 5}`)])
    const before = keys(store)
    await store.stop()
    const other = await reopen()
    await other.start()
    deepEqual(keys(other), before)
    equal(read(other, 'k19'), '19')
  },
}
