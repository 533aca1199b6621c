import {
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  hexToBytes,
  type Hash,
} from '@animechain/core'
import type { KeyValueOperation, KeyValueStore } from '@animechain/core'

const PREFIX = new TextEncoder().encode('node/j/')
const SEQUENCE_BYTES = 8

/**
 * Where the journal's entries are: under the number of their arrival and their hash. What comes together stands together, so that a write touches a
 * few pages of a B-tree and not one for each entry.
 */
export interface JournalKeys {
  /** Reads what the store has. */
  open(storage: KeyValueStore): void
  /** Puts an entry; one of the same hash gives way. */
  put(hash: Hash, value: Uint8Array): KeyValueOperation[]
  /** Removes an entry, if it is there. */
  remove(hash: Hash): KeyValueOperation[]
  /** Writes operations that this made; where that fails, entries are again where they were. */
  during<T>(write: (keys: Pick<JournalKeys, 'put' | 'remove'>) => Promise<T>): Promise<T>
}

/** All of the journal's keys. */
export function journalRange(): { gte: Uint8Array; lt: Uint8Array } {
  const end = PREFIX.slice()
  end[end.length - 1]!++
  return { gte: PREFIX, lt: end }
}

export function journalKeys(): JournalKeys {
  const places = new Map<Hash, Uint8Array>()
  let next = 0n

  const put = (hash: Hash, value: Uint8Array): KeyValueOperation[] => {
    const gone = remove(hash)
    const key = concatBytes(PREFIX, bigIntToBytes(next++, SEQUENCE_BYTES), hexToBytes(hash))
    places.set(hash, key)
    return [...gone, { type: 'put', key, value }]
  }
  const remove = (hash: Hash): KeyValueOperation[] => {
    const key = places.get(hash)
    if (!key) return []
    places.delete(hash)
    return [{ type: 'delete', key }]
  }

  return {
    open(storage) {
      places.clear()
      next = 0n
      for (const [key] of storage.iterate(journalRange())) {
        const rest = key.slice(PREFIX.length)
        // Without a number: written by an earlier version.
        const numbered = rest.length > 32
        places.set(bytesToHex(numbered ? rest.subarray(SEQUENCE_BYTES) : rest), key.slice())
        if (!numbered) continue
        const number = bytesToBigInt(rest.subarray(0, SEQUENCE_BYTES))
        if (number >= next) next = number + 1n
      }
    },
    put,
    remove,
    async during(write) {
      const before = new Map<Hash, Uint8Array | undefined>()
      const noting =
        <A extends [Hash, ...unknown[]]>(make: (...given: A) => KeyValueOperation[]) =>
        (...given: A) => {
          if (!before.has(given[0])) before.set(given[0], places.get(given[0]))
          return make(...given)
        }
      try {
        return await write({ put: noting(put), remove: noting(remove) })
      } catch (error) {
        for (const [hash, key] of before)
          if (key) places.set(hash, key)
          else places.delete(hash)
        throw error
      }
    },
  }
}
