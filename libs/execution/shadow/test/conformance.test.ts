import { describe, test } from '@jest/globals'
import { executionSuite } from '@animechain/conformance'
import type { ExecutionEngine, KeyValueStore } from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import { memoryStorage } from '@animechain/storage-memory'
import { shadow } from '../src/index.js'

const started = () => {
  const store = memoryStorage()
  // Starting the memory store does nothing that has to be waited for.
  void store.start()
  return store
}
const shadowStores = new WeakMap<KeyValueStore, KeyValueStore>()

/** A pair whose shadow has a store of its own, which goes with the primary's when that is opened again. */
function pair(primary: ExecutionEngine, second: ExecutionEngine): ExecutionEngine {
  let own: KeyValueStore
  const engine = shadow({
    primary,
    shadow: second,
    storage: {
      id: 'of the shadow',
      start: async () => {},
      stop: async () => {},
      get: (key) => own.get(key),
      batch: (operations, options) => own.batch(operations, options),
      iterate: (range) => own.iterate(range),
    },
  })
  return {
    ...engine,
    open(options) {
      own = shadowStores.get(options.storage) ?? started()
      shadowStores.set(options.storage, own)
      return engine.open(options)
    },
  }
}

executionSuite({
  name: 'wasm, ethereumjs as its shadow',
  describe,
  test,
  create: () => pair(wasm(), ethereumjs()),
})
executionSuite({
  name: 'ethereumjs, wasm as its shadow',
  describe,
  test,
  create: () => pair(ethereumjs(), wasm()),
})
