import { existsSync, statfsSync, statSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  assertStorageKey,
  BaseError,
  packageModule,
  type KeyRange,
  type KeyValueStore,
  type StoreView,
} from '@animechain/core'
import type { RootDatabase } from 'lmdb'
import { withChecksum, withoutChecksum } from './checked.js'
import { inspect } from './inspect.js'

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

/** What a value looks like: 2 has a checksum behind it. */
const FORMAT = 'animechain lmdb 2\n'
/** A look at the disk's free room serves for so many bytes and so long. */
const ROOM_BYTES = 4 * 2 ** 20
const ROOM_MS = 1_000
/** milliseconds that a store may take to close: after a failed commit the addon never does */
const CLOSE_MS = 5_000

/**
 * A key-value store on LMDB: a memory-mapped B+ tree with one writer, reads without copying through the page cache.
 *
 * Every value carries a checksum, and a file is looked through before it is opened: damage is an error that names it.
 * The native addon is loaded by `start`, which throws `STORAGE_UNAVAILABLE` when this machine has none.
 */
export function lmdb(options: LmdbOptions): KeyValueStore {
  const folder = resolve(options.path)
  const inspectBytes = options.inspectBytes ?? 512 * 2 ** 20
  const minFreeBytes = options.minFreeBytes ?? 32 * 2 ** 20
  const viewModule = options.load
    ? undefined
    : packageModule(import.meta.url, '@animechain/storage-lmdb/thread')
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
    for (const { key, value } of found) yield [key, withoutChecksum(folder, key, value)] as const
  }

  /** @throws BaseError `STORAGE_FORMAT` for a folder that something else has begun */
  async function checkFormat(): Promise<void> {
    const path = join(folder, 'format')
    const found = await readFile(path, 'latin1').catch(() => undefined)
    if (found === FORMAT) return
    if (found !== undefined || existsSync(join(folder, 'data.mdb')))
      throw new BaseError('The LMDB store is not one of this version.', {
        code: 'STORAGE_FORMAT',
        metaMessages: [
          `Folder: ${folder}`,
          `Expected ${JSON.stringify(FORMAT.trim())} in its file "format", got ${JSON.stringify(found?.slice(0, 40).trim()) ?? 'no such file'}.`,
          'Give the node an empty folder: it derives the chain from L1.',
        ],
      })
    await writeFile(path, FORMAT)
  }

  let room = { bytes: 0, until: 0 }
  /** @throws BaseError `STORAGE_FULL`: a commit that fails half-way for want of room is more than the addon can tell. */
  function assertRoom(bytes: number): void {
    room.bytes -= bytes
    if (room.bytes > 0 && Date.now() < room.until) return
    const { bavail, bsize } = statfsSync(folder)
    const free = bavail * bsize
    if (free < minFreeBytes + bytes)
      throw new BaseError('There is no room for the store on its disk.', {
        code: 'STORAGE_FULL',
        metaMessages: [
          `Folder: ${folder}`,
          `Expected ${minFreeBytes + bytes} free bytes, got ${free}. Free some: the store goes on by itself. The batch was not written.`,
        ],
      })
    room = { bytes: Math.min(ROOM_BYTES, free - minFreeBytes), until: Date.now() + ROOM_MS }
  }

  return {
    id: 'lmdb',
    ...(viewModule && { view: { module: viewModule, name: 'lmdbView', argument: { path: folder } } }),
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
      await checkFormat()
      // A process that was killed at its first start may have left an empty file.
      if ((statSync(join(folder, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0) > 0)
        await inspect(folder, inspectBytes)
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
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        (async () => {
          await closing.flushed
          await closing.close()
        })(),
        new Promise<void>((done) => (timer = setTimeout(done, CLOSE_MS))),
      ])
      clearTimeout(timer)
    },
    get(key) {
      const stored = opened().get(key)
      return stored === undefined ? undefined : withoutChecksum(folder, key, stored)
    },
    async batch(operations, batchOptions = {}) {
      const store = opened()
      let bytes = 0
      for (const operation of operations) {
        assertStorageKey(operation.key)
        if (operation.type === 'put') bytes += operation.key.length + operation.value.length
      }
      if (operations.length === 0) return
      assertRoom(bytes)
      const committed = store.batch(() => {
        for (const operation of operations) {
          const { key } = operation
          const done =
            operation.type === 'put' ? store.put(key, withChecksum(key, operation.value)) : store.remove(key)
          // Each of these promises fails with the whole batch.
          done.catch(() => undefined)
        }
      })
      // Taken before anything else is queued: it stands for the writes up to here.
      const flushed = batchOptions.durable ? store.flushed : undefined
      try {
        await committed
        await flushed
      } catch (cause) {
        throw new BaseError('The LMDB store could not write.', {
          code: 'STORAGE_FAILED',
          cause: await causeOf(cause),
          metaMessages: [`Folder: ${folder}`, 'The batch was not written.'],
        })
      }
    },
    iterate(range = {}) {
      opened()
      return entries(range)
    },
  }
}

/** The addon hands out a promise of the reason. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> }
  if (commitError === undefined) return error
  return await commitError.catch((reason: unknown) => reason)
}

/**
 * Opens a store that has been started in another thread of this process, to read it. LMDB shares its memory map among them; each has a
 * snapshot of its own.
 */
export async function lmdbView({ path }: { path: string }): Promise<StoreView> {
  const { open } = await import('lmdb')
  const folder = resolve(path)
  const database = open<Buffer, Uint8Array>({
    path: folder,
    noSubdir: false,
    readOnly: true,
    keyEncoding: 'binary',
    encoding: 'binary',
    cache: false,
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
