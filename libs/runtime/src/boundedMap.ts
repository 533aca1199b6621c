/** A map that forgets the entries that were set longest ago. */
export interface BoundedMap<K, V> {
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  /** Makes the entry the newest one, also where the key is there already. */
  set(key: K, value: V): void
  delete(key: K): boolean
  clear(): void
  /** from the oldest to the newest */
  keys(): IterableIterator<K>
}

/**
 * A map that is empty yet.
 * @param most entries that are kept, at least 1
 */
export function boundedMap<K, V>(most: number): BoundedMap<K, V> {
  const map = new Map<K, V>()
  return {
    get size() {
      return map.size
    },
    get: (key) => map.get(key),
    has: (key) => map.has(key),
    set(key, value) {
      map.delete(key)
      map.set(key, value)
      if (map.size > most) map.delete(map.keys().next().value!)
    },
    delete: (key) => map.delete(key),
    clear: () => map.clear(),
    keys: () => map.keys(),
  }
}
