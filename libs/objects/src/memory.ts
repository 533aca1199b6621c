import { concatBytes } from '@animechain/core'
import { aborted, collected, pieces, putFailure, unavailable } from './bodies.js'
import { badKey, badRange, listed, partOf } from './keys.js'
import type { ObjectOpenResult, ObjectReadOptions, ObjectStore } from './store.js'

/** How much a store in memory takes. */
export interface MemoryObjectsOptions {
  /** largest object, bytes; default 256 MiB */
  maxBytes?: number
}

/** Objects in the memory of this process: for tests and demonstrations. */
export function memoryObjects({ maxBytes = 256 * 2 ** 20 }: MemoryObjectsOptions = {}): ObjectStore {
  const kept = new Map<string, Uint8Array>()

  async function open(key: string, { range, signal }: ObjectReadOptions = {}): Promise<ObjectOpenResult> {
    const bad = badKey(key) ?? badRange(range) ?? (signal?.aborted ? aborted('Reading') : undefined)
    if (bad) return bad
    const object = kept.get(key)
    if (!object) return { status: 'missing' }
    const { start, length } = partOf(object.length, range)
    // A copy: the reader may change what it gets.
    async function* body() {
      if (length > 0) yield object!.slice(start, start + length)
    }
    return { status: 'stream', size: object.length, length, body: body(), cancel: async () => {} }
  }

  return {
    id: 'memory',
    maxBytes,
    async start() {},
    async stop() {},
    async put(key, body, { size, signal } = {}) {
      const bad = badKey(key) ?? (signal?.aborted ? aborted('The put') : undefined)
      if (bad) return bad
      const parts: Uint8Array[] = []
      try {
        for await (const piece of pieces(body, { size, maxBytes, signal })) parts.push(Uint8Array.from(piece))
      } catch (error) {
        return putFailure(error, maxBytes, (cause) => unavailable('The put', cause))
      }
      const object = concatBytes(...parts)
      kept.set(key, object)
      return { status: 'ok', size: object.length }
    },
    get: async (key, options = {}) => collected(await open(key, options), options),
    open,
    async head(key, { signal } = {}) {
      const bad = badKey(key) ?? (signal?.aborted ? aborted('Reading') : undefined)
      if (bad) return bad
      const object = kept.get(key)
      return object ? { status: 'object', size: object.length } : { status: 'missing' }
    },
    async delete(key, { signal } = {}) {
      const bad = badKey(key) ?? (signal?.aborted ? aborted('Deleting') : undefined)
      if (bad) return bad
      kept.delete(key)
      return { status: 'ok' }
    },
    async list(options = {}) {
      const asked = listed(options)
      if (asked.status !== 'asked') return asked
      if (options.signal?.aborted) return aborted('Listing')
      const { prefix, after, limit } = asked
      const keys = [...kept.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
      const objects = keys.slice(0, limit).map((key) => ({ key, size: kept.get(key)!.length }))
      return { status: 'page', objects, ...(keys.length > limit ? { next: keys[limit - 1]! } : {}) }
    },
    health: async () => ({ ok: true }),
  }
}
