import type { KeyValueStore } from '@animechain/core'
import { register, type TestRunner } from './runner.js'
import { batches } from './storage/batches.js'
import { entries } from './storage/entries.js'
import { lifetime, reopening } from './storage/lifetime.js'
import { ranges } from './storage/ranges.js'
import type { StorageWorld } from './storage/world.js'

/** The functions of a test runner; the same for every suite. */
export type StorageTestRunner = TestRunner

/** A store to be held to the suite, and the test runner that does it. */
export interface StorageSuiteOptions extends StorageTestRunner {
  name: string
  /** An empty store that is not started. Called for every test, twice for one. */
  create(): Promise<KeyValueStore>
  /**
   * Another store over the same data, the first one being stopped or its process gone; absent when nothing outlives `stop` by another
   * handle.
   */
  reopen?(): Promise<KeyValueStore>
  /** Called after every test, with the stores stopped. */
  dispose?(): Promise<void>
}

/** What every implementation of core's `KeyValueStore` promises. */
export function storageSuite(options: StorageSuiteOptions): void {
  const { reopen } = options

  /** Runs a test with a started store; stops and disposes whatever happens. */
  const inWorld = async (body: (world: StorageWorld) => Promise<void>) => {
    const made: KeyValueStore[] = []
    const kept = async (store: Promise<KeyValueStore>) => {
      made.push(await store)
      return store
    }
    try {
      const store = await kept(options.create())
      await store.start()
      await body({ store, create: () => kept(options.create()), reopen: () => kept(reopen!()) })
    } finally {
      for (const store of made) await store.stop()
      await options.dispose?.()
    }
  }

  options.describe(`KeyValueStore: ${options.name}`, () => {
    const promises = { ...entries, ...batches, ...ranges, ...lifetime, ...(reopen ? reopening : {}) }
    register(options, promises, inWorld, 60_000)
  })
}
