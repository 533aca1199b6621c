import {
  assertStorageKey,
  BaseError,
  orderedBytesMap,
  type KeyValueOperation,
  type KeyValueStore,
} from '@animechain/core'

/**
 * A key-value store in memory. It keeps its entries from `stop` to the next `start`, so that a service can be restarted in tests;
 * nothing outlives the process, whatever `durable` says.
 */
export function memory(): KeyValueStore {
  const map = orderedBytesMap()
  let open = false
  const assertOpen = () => {
    if (!open)
      throw new BaseError('The memory store is not open.', {
        code: 'STORAGE_CLOSED',
        metaMessages: ['Expected a call of start() before, and none of stop() since.'],
      })
  }
  return {
    id: 'memory',
    async start() {
      open = true
    },
    async stop() {
      open = false
    },
    get(key) {
      assertOpen()
      return map.get(key)
    },
    async batch(operations: readonly KeyValueOperation[]) {
      assertOpen()
      for (const operation of operations) assertStorageKey(operation.key)
      for (const operation of operations) {
        // A copy: the caller may reuse its buffer, and a small view must not keep a large buffer alive.
        if (operation.type === 'put') map.set(operation.key, operation.value.slice())
        else map.delete(operation.key)
      }
    },
    iterate(range) {
      assertOpen()
      return map.entries(range)
    },
  }
}
