import type { KeyRange, KeyValueOperation, KeyValueStore } from '@animechain/core'

/** What a test of the suite of `KeyValueStore` runs on. */
export interface StorageWorld {
  /** empty and started */
  store: KeyValueStore
  /** An empty store that is not started. */
  create(): Promise<KeyValueStore>
  /** Another store over the data of `store`, which has been stopped. */
  reopen(): Promise<KeyValueStore>
}

export const bytes = (text: string) => new TextEncoder().encode(text)
export const put = (key: string, value: string): KeyValueOperation => ({
  type: 'put',
  key: bytes(key),
  value: bytes(value),
})
export const del = (key: string): KeyValueOperation => ({ type: 'delete', key: bytes(key) })
export const compare = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b)

export function read(store: KeyValueStore, key: string): string | undefined {
  const value = store.get(bytes(key))
  return value === undefined ? undefined : new TextDecoder().decode(value)
}

export function keys(store: KeyValueStore, range?: KeyRange): string[] {
  return [...store.iterate(range)].map(([key]) => new TextDecoder().decode(key))
}
