import { concatBytes, type KeyValueStore } from '@animechain/core'

/** The keys of a store that begin with a prefix, as a store of their own. Starts and stops nothing. */
export function storeRange(storage: KeyValueStore, name: string): KeyValueStore {
  const prefix = new TextEncoder().encode(name)
  const end = prefix.slice()
  // A prefix in ASCII never ends with 0xff.
  end[end.length - 1]!++
  const own = (key: Uint8Array) => concatBytes(prefix, key)
  return {
    id: storage.id,
    async start() {},
    async stop() {},
    get: (key) => storage.get(own(key)),
    batch: (operations, options) =>
      storage.batch(
        operations.map((operation) => ({ ...operation, key: own(operation.key) })),
        options,
      ),
    *iterate({ gte, lt, ...range } = {}) {
      for (const [key, value] of storage.iterate({
        ...range,
        gte: gte ? own(gte) : prefix,
        lt: lt ? own(lt) : end,
      }))
        yield [key.subarray(prefix.length), value] as const
    },
  }
}
