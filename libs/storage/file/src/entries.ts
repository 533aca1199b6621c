import { orderedBytesMap, type KeyRange, type KeyValueOperation } from '@animechain/core'
import { PUT_OVERHEAD } from './record.js'

/** Bytes of the log that an entry takes. */
export const entrySize = (key: Uint8Array, value: Uint8Array): number =>
  PUT_OVERHEAD + key.length + value.length

/** The entries that a log makes, in memory. */
export interface Entries {
  /** bytes of the log that are still of use */
  readonly live: number
  get(key: Uint8Array): Uint8Array | undefined
  list(range?: KeyRange): Iterable<readonly [Uint8Array, Uint8Array]>
  /** Values are copied. */
  apply(operations: readonly KeyValueOperation[]): void
  clear(): void
}

export function entries(): Entries {
  const map = orderedBytesMap()
  let live = 0
  return {
    get live() {
      return live
    },
    get: (key) => map.get(key),
    list: (range) => map.entries(range),
    apply(operations) {
      for (const operation of operations) {
        const { key } = operation
        const before = operation.type === 'put' ? map.set(key, operation.value.slice()) : map.delete(key)
        if (operation.type === 'put') live += entrySize(key, operation.value)
        if (before !== undefined) live -= entrySize(key, before)
      }
    },
    clear() {
      map.clear()
      live = 0
    },
  }
}
