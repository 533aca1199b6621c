import { BaseError, type KeyValueStore } from '@animechain/core'
import type { MetadataStore } from './store.js'

const bytesOf = (key: string): Uint8Array => Buffer.from(key, 'latin1')
const textOf = (key: Uint8Array): string => Buffer.from(key).toString('latin1')

/** Version of the layout, below every key that a caller may have. */
const versionKey = '\u0001version'
const version = 1

/**
 * Metadata in a key-value store of this process: LMDB, a file, or memory in tests.
 * @param store Started and stopped with it. It Must let one process in at a time, as those that `openStorage` opens do.
 */
export function embeddedMetadata(store: KeyValueStore): MetadataStore {
  return {
    id: `embedded (${store.id})`,
    async start() {
      await store.start()
      const found = store.get(bytesOf(versionKey))
      if (found === undefined) {
        await store.batch([{ type: 'put', key: bytesOf(versionKey), value: Uint8Array.of(version) }], {
          durable: true,
        })
        return
      }
      if (found[0] !== version)
        throw new BaseError('The metadata is of another version of this program.', {
          code: 'VAULT_METADATA_VERSION',
          metaMessages: [`Expected version ${version}, got ${found[0]}.`],
        })
    },
    stop: () => store.stop(),
    async get(key) {
      return store.get(bytesOf(key))
    },
    batch: (operations) =>
      store.batch(
        operations.map((each) => ({ ...each, key: bytesOf(each.key) })),
        { durable: true },
      ),
    async list({ gte, lt, limit, reverse }) {
      const range = { gte: bytesOf(gte), lt: bytesOf(lt), limit, ...(reverse ? { reverse } : {}) }
      return Array.from(store.iterate(range), ([key, value]) => [textOf(key), value] as const)
    },
  }
}
