import type { Lifecycle } from '@animechain/core'

/** Why a store has no answer. None of these says that something is absent. */
type Failed = { status: 'tooLarge' | 'cut' | 'unavailable' | 'forbidden' | 'invalid' }

/**
 * Where a server keeps bytes, by keys of `a-z 0-9 /`. An `ObjectStore` of `@animechain/objects` is one.
 *
 * - `put` answers `ok` only when the bytes are durable. The same put again is the same object.
 * - `missing` Must be the place's own word: whatever fails on the way is another status.
 */
export interface AltDaStore {
  put(key: string, bytes: Uint8Array): Promise<{ status: 'ok' } | Failed>
  get(key: string): Promise<{ status: 'object'; body: Uint8Array } | { status: 'missing' } | Failed>
  start?: Lifecycle['start']
  stop?: Lifecycle['stop']
  health?(): Promise<{ ok: boolean; detail?: string }>
}

/**
 * Keeps bytes in this process. What does not fit is refused: an object that was promised is never dropped.
 * @param capacity bytes in all; default 256 MiB
 */
export function memoryStore(capacity = 256 * 2 ** 20): AltDaStore {
  const kept = new Map<string, Uint8Array>()
  let used = 0
  return {
    async put(key, bytes) {
      const before = kept.get(key)?.length ?? 0
      if (used - before + bytes.length > capacity) return { status: 'unavailable' }
      used += bytes.length - before
      kept.set(key, bytes.slice())
      return { status: 'ok' }
    },
    async get(key) {
      const body = kept.get(key)
      return body ? { status: 'object', body: body.slice() } : { status: 'missing' }
    },
  }
}
