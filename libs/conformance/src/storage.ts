import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { bytesToHex, type KeyRange, type KeyValueOperation, type KeyValueStore } from '@animechain/core'
import fc from 'fast-check'

/** What a suite needs of a test runner: jest's, mocha's, vitest's or node:test's own functions fit. */
export interface StorageTestRunner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>, timeoutMs?: number): void
}

export interface StorageSuiteOptions extends StorageTestRunner {
  name: string
  /** An empty store that is not started. Called for every test. */
  create(): Promise<KeyValueStore>
  /**
   * Another store over the same data, the first one being stopped or its process gone; absent when nothing outlives `stop` by another
   * handle.
   */
  reopen?(): Promise<KeyValueStore>
  /** Called after every test, with the stores stopped. */
  dispose?(): Promise<void>
}

const bytes = (text: string) => new TextEncoder().encode(text)
const put = (key: string, value: string): KeyValueOperation => ({
  type: 'put',
  key: bytes(key),
  value: bytes(value),
})
const del = (key: string): KeyValueOperation => ({ type: 'delete', key: bytes(key) })
const compare = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b)

function read(store: KeyValueStore, key: string): string | undefined {
  const value = store.get(bytes(key))
  return value === undefined ? undefined : new TextDecoder().decode(value)
}

function keys(store: KeyValueStore, range?: KeyRange): string[] {
  return [...store.iterate(range)].map(([key]) => new TextDecoder().decode(key))
}

/** What every implementation of core's `KeyValueStore` promises. */
export function storageSuite(options: StorageSuiteOptions): void {
  const { describe, test } = options

  /** Runs `body` with a started store; stops and disposes whatever happens. */
  const withStore = async (body: (store: KeyValueStore) => Promise<void>) => {
    const store = await options.create()
    try {
      await store.start()
      await body(store)
    } finally {
      await store.stop()
      await options.dispose?.()
    }
  }
  const promise = (name: string, body: (store: KeyValueStore) => Promise<void>) =>
    test(name, () => withStore(body), 60_000)

  describe(`KeyValueStore: ${options.name}`, () => {
    promise('answers undefined for a key that is not there', async (store) => {
      equal(store.get(bytes('nothing')), undefined)
      await store.batch([put('a', '1'), del('a')])
      equal(store.get(bytes('a')), undefined)
    })

    promise(
      'reads what a batch wrote once it resolves, the last operation on a key winning',
      async (store) => {
        await store.batch([put('a', '1'), put('b', '2'), put('a', '3')])
        equal(read(store, 'a'), '3')
        equal(read(store, 'b'), '2')
        await store.batch([del('b'), put('c', '4')])
        equal(read(store, 'b'), undefined)
        deepEqual(keys(store), ['a', 'c'])
      },
    )

    promise('keeps empty values apart from missing ones', async (store) => {
      await store.batch([{ type: 'put', key: bytes('empty'), value: new Uint8Array(0) }])
      const value = store.get(bytes('empty'))
      ok(value !== undefined)
      equal(value.length, 0)
    })

    promise('takes an empty batch and a delete of nothing', async (store) => {
      await store.batch([])
      await store.batch([del('never there')], { durable: true })
      deepEqual(keys(store), [])
    })

    promise('treats keys as bytes: zeros, high bytes and prefixes are keys of their own', async (store) => {
      const all = [[0], [0, 0], [0, 1], [1], [127], [128], [128, 0], [255], [255, 255]].map((key) =>
        Uint8Array.from(key),
      )
      await store.batch(all.toReversed().map((key, i) => ({ type: 'put', key, value: Uint8Array.of(i) })))
      deepEqual(
        [...store.iterate()].map(([key]) => bytesToHex(key)),
        all.map(bytesToHex),
      )
      all.forEach((key, i) => deepEqual([...store.get(key)!], [all.length - 1 - i]))
    })

    promise('iterates ranges from gte to before lt, in both directions, up to a limit', async (store) => {
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
    })

    promise('is written and read between the steps of an iteration', async (store) => {
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
    })

    promise('never shows a torn batch to an iteration that begins while it is written', async (store) => {
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
    })

    promise(
      'gives values that later writes leave alone, and does not keep what the caller changes',
      async (store) => {
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
    )

    promise('applies concurrent batches whole and in the order of the calls', async (store) => {
      const rounds = 60
      await Promise.all(
        Array.from({ length: rounds }, (_, i) =>
          store.batch([put('shared', String(i)), put(`own ${i}`, String(i))], { durable: i % 10 === 0 }),
        ),
      )
      equal(read(store, 'shared'), String(rounds - 1))
      equal(keys(store, { gte: bytes('own '), lt: bytes('own:') }).length, rounds)
    })

    promise('holds values of megabytes and keys of 1,024 bytes', async (store) => {
      const value = new Uint8Array(8 * 2 ** 20).map((_, i) => (i * 31) >> 3)
      const key = new Uint8Array(1024).fill(0xff)
      await store.batch([{ type: 'put', key, value }], { durable: true })
      equal(Buffer.compare(store.get(key)!, value), 0)
    })

    promise('refuses empty and too long keys and leaves everything as it was', async (store) => {
      await store.batch([put('a', '1')])
      for (const key of [new Uint8Array(0), new Uint8Array(1025)])
        await rejects(store.batch([put('a', '2'), { type: 'put', key, value: bytes('x') }]))
      equal(read(store, 'a'), '1')
    })

    test('refuses work before start and after stop, and takes repeated starts and stops', async () => {
      const store = await options.create()
      try {
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
      } finally {
        await store.stop()
        await options.dispose?.()
      }
    })

    promise('has its entries again after stop and start', async (store) => {
      await store.batch([put('a', '1'), put('b', '2')], { durable: true })
      await store.batch([del('a'), put('c', '3')])
      await store.stop()
      await store.start()
      deepEqual(keys(store), ['b', 'c'])
      equal(read(store, 'c'), '3')
      await store.batch([put('d', '4')])
      deepEqual(keys(store), ['b', 'c', 'd'])
    })

    if (options.reopen) {
      test('another handle finds every batch that resolved before the stop', async () => {
        const store = await options.create()
        let other: KeyValueStore | undefined
        try {
          await store.start()
          for (let i = 0; i < 20; i++) await store.batch([put(`k${i}`, String(i)), del(`k${i - 5}`)])
          const before = keys(store)
          await store.stop()
          other = await options.reopen!()
          await other.start()
          deepEqual(keys(other), before)
          equal(read(other, 'k19'), '19')
        } finally {
          await store.stop()
          await other?.stop()
          await options.dispose?.()
        }
      })
    }

    promise('agrees with a sorted list under any sequence of batches', async (store) => {
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
            for (const [found, value] of model.values())
              equal(bytesToHex(store.get(found)!), bytesToHex(value))
          },
        ),
        { numRuns: 60 },
      )
    })
  })
}
