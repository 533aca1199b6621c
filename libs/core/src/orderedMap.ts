import type { KeyRange } from './storage.js'

/** Keys of one chunk of the index; a fuller chunk is split in two. Large enough to keep the index flat, small enough to splice cheaply. */
const CHUNK = 512

/** An ordered map of byte strings in memory, for key-value stores. Look-ups are hashed; order is kept beside them. */
export interface OrderedBytesMap {
  readonly size: number
  get(key: Uint8Array): Uint8Array | undefined
  /** Keeps `value` itself, not a copy. Returns what stood there before. */
  set(key: Uint8Array, value: Uint8Array): Uint8Array | undefined
  /** Returns what stood there before. */
  delete(key: Uint8Array): Uint8Array | undefined
  /** Entries in byte order. May be changed while it runs: each step sees the map as it then is. */
  entries(range?: KeyRange): Iterable<readonly [Uint8Array, Uint8Array]>
  clear(): void
}

// Node's Buffer is the fastest; browsers have none.
const hasBuffer = typeof Buffer === 'function'
// Not by way of Buffer.from(key.buffer): V8 keeps small arrays on its heap, and asking for `buffer` moves each off it, at a microsecond.
const text = (key: Uint8Array): string => String.fromCharCode.apply(null, key as unknown as number[])
const bytes = (key: string): Uint8Array =>
  hasBuffer ? Uint8Array.from(Buffer.from(key, 'latin1')) : Uint8Array.from(key, (c) => c.charCodeAt(0))

/** First index whose element is not below `key`. Latin-1 strings compare as their bytes do. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Index of the chunk where `key` stands or belongs. */
function chunkOf(chunks: readonly (readonly string[])[], key: string): number {
  let low = 0
  let high = chunks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (chunks[middle]![0]! <= key) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

function insert(chunks: string[][], key: string): void {
  if (chunks.length === 0) {
    chunks.push([key])
    return
  }
  const at = chunkOf(chunks, key)
  const chunk = chunks[at]!
  chunk.splice(lowerBound(chunk, key), 0, key)
  if (chunk.length > CHUNK) {
    // Ascending inserts fill chunks to the brim; others split in the middle.
    const half = chunk[chunk.length - 1] === key ? CHUNK : CHUNK / 2
    chunks.splice(at + 1, 0, chunk.splice(half))
  }
}

function remove(chunks: string[][], key: string): void {
  const at = chunkOf(chunks, key)
  const chunk = chunks[at]!
  chunk.splice(lowerBound(chunk, key), 1)
  if (chunk.length === 0) chunks.splice(at, 1)
}

/** Makes an empty {@link OrderedBytesMap}. Inserting costs a look-up and a splice within 512 keys. */
export function orderedBytesMap(): OrderedBytesMap {
  const values = new Map<string, Uint8Array>()
  let chunks: string[][] = []
  // Changes of the index (not of values) so that a running iteration knows when its place is stale.
  let version = 0

  function* entries(range: KeyRange = {}): Iterable<readonly [Uint8Array, Uint8Array]> {
    const { reverse = false, limit = Infinity } = range
    const gte = range.gte === undefined ? '' : text(range.gte)
    const lt = range.lt === undefined ? undefined : text(range.lt)
    let last: string | undefined
    let seen = -1
    let at = 0
    let index = 0
    for (let count = 0; count < limit; count++) {
      if (seen !== version) {
        seen = version
        // Forward: first key that is not below `from`. Reverse: the last key below `from`.
        const from = reverse ? (last ?? lt) : last === undefined ? gte : `${last}\0`
        if (from === undefined) {
          at = chunks.length - 1
          index = (chunks[at]?.length ?? 0) - 1
        } else {
          at = chunkOf(chunks, from)
          index = lowerBound(chunks[at] ?? [], from) - (reverse ? 1 : 0)
        }
      } else index += reverse ? -1 : 1
      if (reverse && index < 0) {
        at--
        index = (chunks[at]?.length ?? 0) - 1
      } else if (!reverse && index >= (chunks[at]?.length ?? 0)) {
        at++
        index = 0
      }
      const key = chunks[at]?.[index]
      if (key === undefined) return
      if (reverse ? key < gte : lt !== undefined && key >= lt) return
      last = key
      yield [bytes(key), values.get(key)!] as const
    }
  }

  return {
    get size() {
      return values.size
    },
    get: (key) => values.get(text(key)),
    set(key, value) {
      const name = text(key)
      const before = values.get(name)
      if (before === undefined) {
        version++
        insert(chunks, name)
      }
      values.set(name, value)
      return before
    },
    delete(key) {
      const name = text(key)
      const before = values.get(name)
      if (before === undefined) return undefined
      values.delete(name)
      version++
      remove(chunks, name)
      return before
    },
    entries,
    clear() {
      values.clear()
      chunks = []
      version++
    },
  }
}
