import { resolve } from 'node:path'
import {
  assertStorageKey,
  BaseError,
  packageModule,
  type KeyRange,
  type KeyValueOperation,
  type KeyValueStore,
  type StoreView,
} from '@animechain/core'
import { withoutChecksum } from './checked.js'
import {
  closeDatabase,
  commit,
  loadLibrary,
  openDatabase,
  openOptions,
  rangeOf,
  type Database,
} from './database.js'
import { diskRoom } from './room.js'

/** Where the database is, and how it is opened. */
export interface LmdbOptions {
  /** Folder; made when it is not there. */
  path: string
  /** Address space for the file, bytes. Default: grows by itself. */
  mapSize?: number
  /**
   * Files up to this size are looked through at the start, in a process of their own; larger ones only when they are short of pages,
   * and value by value as they are read. bytes; default 512 MiB
   */
  inspectBytes?: number
  /** Room on the disk below which nothing is written and `batch` rejects with `STORAGE_FULL`, bytes; default 32 MiB */
  minFreeBytes?: number
  /** Loads the addon. Default: `import('lmdb')`, so that the package is needed only when a store starts. */
  load?: () => Promise<typeof import('lmdb')>
}

/** Bytes that a batch puts. @throws BaseError `STORAGE_INVALID_KEY` */
function putBytes(operations: readonly KeyValueOperation[]): number {
  let bytes = 0
  for (const operation of operations) {
    assertStorageKey(operation.key)
    if (operation.type === 'put') bytes += operation.key.length + operation.value.length
  }
  return bytes
}

/**
 * A key-value store on LMDB: a memory-mapped B+ tree with one writer, reads without copying through the page cache.
 *
 * Every value carries a checksum, and a file is looked through before it is opened: damage is an error that names it.
 * The native addon is loaded by `start`, which throws `STORAGE_UNAVAILABLE` when this machine has none.
 */
export function lmdb(options: LmdbOptions): KeyValueStore {
  const folder = resolve(options.path)
  const { inspectBytes = 512 * 2 ** 20, minFreeBytes = 32 * 2 ** 20, mapSize } = options
  const load = options.load ?? (() => import('lmdb'))
  const viewModule = options.load
    ? undefined
    : packageModule(import.meta.url, '@animechain/storage-lmdb/thread')
  const expectRoom = diskRoom(folder, minFreeBytes)
  let database: Database | undefined

  const opened = () => {
    if (database === undefined)
      throw new BaseError('The LMDB store is not open.', {
        code: 'STORAGE_CLOSED',
        metaMessages: [`Folder: ${folder}`, 'Expected a call of start() before, and none of stop() since.'],
      })
    return database
  }

  function* entries(range: KeyRange): Iterable<readonly [Uint8Array, Uint8Array]> {
    for (const { key, value } of opened().getRange(rangeOf(range)))
      yield [key, withoutChecksum(folder, key, value)] as const
  }

  return {
    id: 'lmdb',
    ...(viewModule && { view: { module: viewModule, name: 'lmdbView', argument: { path: folder } } }),
    async start() {
      if (database === undefined)
        database = await openDatabase(await loadLibrary(load), folder, { inspectBytes, mapSize })
    },
    async stop() {
      const closing = database
      database = undefined
      if (closing) await closeDatabase(closing)
    },
    get(key) {
      const stored = opened().get(key)
      return stored === undefined ? undefined : withoutChecksum(folder, key, stored)
    },
    async batch(operations, { durable = false } = {}) {
      const store = opened()
      const bytes = putBytes(operations)
      if (operations.length === 0) return
      expectRoom(bytes)
      await commit(store, folder, operations, durable)
    },
    iterate(range = {}) {
      opened()
      return entries(range)
    },
  }
}

/**
 * Opens a store that has been started in another thread of this process, to read it. LMDB shares its memory map among them; each has a
 * snapshot of its own.
 */
export async function lmdbView({ path }: { path: string }): Promise<StoreView> {
  const { open } = await import('lmdb')
  const folder = resolve(path)
  const database = open<Buffer, Uint8Array>({
    ...openOptions(folder),
    readOnly: true,
  })
  return {
    get(key) {
      const value = database.get(key)
      return value && withoutChecksum(folder, key, value)
    },
    // Else a snapshot lasts until the thread's next timer.
    refresh: () => database.resetReadTxn(),
    close: () => database.close(),
  }
}
