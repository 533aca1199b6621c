import {
  assertStorageKey,
  BaseError,
  orderedBytesMap,
  type KeyValueOperation,
  type KeyValueStore,
} from '@animechain/core'

/** Values up to so many bytes share an ArrayBuffer: one of its own for each would cost more than the value. */
const SHARED_VALUE = 1_024
const SHARED_BUFFER = 8_192

/** Copies bytes, short ones into buffers that they share, as Node's own Buffer does. */
function copier(): (bytes: Uint8Array) => Uint8Array {
  let buffer = new Uint8Array(0)
  let used = 0
  return (bytes) => {
    if (bytes.length > SHARED_VALUE) return bytes.slice()
    if (used + bytes.length > buffer.length) {
      buffer = new Uint8Array(SHARED_BUFFER)
      used = 0
    }
    const copy = buffer.subarray(used, used + bytes.length)
    copy.set(bytes)
    used += bytes.length
    return copy
  }
}

/**
 * A key-value store in memory. It keeps its entries from `stop` to the next `start`, so that a service can be restarted in tests;
 * nothing outlives the process, whatever `durable` says.
 */
export function memoryStorage(): KeyValueStore {
  const map = orderedBytesMap()
  const copyOf = copier()
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
        if (operation.type === 'put') map.set(operation.key, copyOf(operation.value))
        else map.delete(operation.key)
      }
    },
    iterate(range) {
      assertOpen()
      return map.entries(range)
    },
  }
}
