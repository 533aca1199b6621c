import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { assertStorageKey, BaseError, type KeyRange, type KeyValueStore } from '@animechain/core'
import type { RootDatabase } from 'lmdb'

export interface LmdbOptions {
  /** Folder; made when it is not there. */
  path: string
  /** Address space for the file, bytes. Default: grows by itself. */
  mapSize?: number
  /** Loads the addon. Default: `import('lmdb')`, so that the package is needed only when a store starts. */
  load?: () => Promise<typeof import('lmdb')>
}

/**
 * A key-value store on LMDB: a memory-mapped B+ tree with one writer, reads without copying through the page cache.
 *
 * The native addon is loaded by `start`, which throws `STORAGE_UNAVAILABLE` when this machine has none.
 */
export function lmdb(options: LmdbOptions): KeyValueStore {
  const folder = resolve(options.path)
  let database: RootDatabase<Buffer, Uint8Array> | undefined

  const opened = () => {
    if (database === undefined)
      throw new BaseError('The LMDB store is not open.', {
        code: 'STORAGE_CLOSED',
        metaMessages: [`Folder: ${folder}`, 'Expected a call of start() before, and none of stop() since.'],
      })
    return database
  }

  function* entries(range: KeyRange): Iterable<readonly [Uint8Array, Uint8Array]> {
    const { gte, lt, reverse = false, limit } = range
    const found = opened().getRange(
      reverse
        ? { start: lt, exclusiveStart: true, end: gte, inclusiveEnd: true, reverse, limit }
        : { start: gte, end: lt, limit },
    )
    for (const { key, value } of found) yield [key, value] as const
  }

  return {
    id: 'lmdb',
    async start() {
      if (database !== undefined) return
      let library: typeof import('lmdb')
      try {
        library = await (options.load ?? (() => import('lmdb')))()
      } catch (cause) {
        throw new BaseError('LMDB cannot be loaded on this machine.', {
          code: 'STORAGE_UNAVAILABLE',
          cause,
          metaMessages: [
            'Expected the package "lmdb" with a prebuilt addon for this platform, or a compiler when it was installed.',
            'Install it, or use the store of @animechain/storage-file, which is pure JavaScript.',
          ],
        })
      }
      await mkdir(folder, { recursive: true })
      try {
        database = library.open<Buffer, Uint8Array>({
          path: folder,
          // A dot in the folder's name would otherwise make it a file.
          noSubdir: false,
          keyEncoding: 'binary',
          encoding: 'binary',
          cache: false,
          ...(options.mapSize === undefined ? {} : { mapSize: options.mapSize }),
        })
      } catch (cause) {
        throw new BaseError('The LMDB store cannot be opened.', {
          code: 'STORAGE_FAILED',
          cause,
          metaMessages: [`Folder: ${folder}`, 'Expected a folder that this process may read and write.'],
        })
      }
    },
    async stop() {
      const closing = database
      database = undefined
      if (closing === undefined) return
      await closing.flushed
      await closing.close()
    },
    get(key) {
      return opened().get(key)
    },
    async batch(operations, batchOptions = {}) {
      const store = opened()
      for (const operation of operations) assertStorageKey(operation.key)
      if (operations.length === 0) return
      const committed = store.batch(() => {
        for (const operation of operations) {
          if (operation.type === 'put') void store.put(operation.key, operation.value as Buffer)
          else void store.remove(operation.key)
        }
      })
      // Taken before anything else is queued: it stands for the writes up to here.
      const flushed = batchOptions.durable ? store.flushed : undefined
      await committed
      await flushed
    },
    iterate(range = {}) {
      opened()
      return entries(range)
    },
  }
}
