import { statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError, type KeyRange, type KeyValueOperation } from '@animechain/core'
import type { RangeOptions, RootDatabase } from 'lmdb'
import { withChecksum } from './checked.js'
import { claimFormat } from './format.js'
import { inspect } from './inspect.js'

export type Database = RootDatabase<Buffer, Uint8Array>
export type Library = typeof import('lmdb')

/** milliseconds that a store may take to close: after a failed commit the addon never does */
const CLOSE_MS = 5_000

/** How every store of this package is opened. */
export const openOptions = (folder: string) =>
  ({
    path: folder,
    // A dot in the folder's name would otherwise make it a file.
    noSubdir: false,
    keyEncoding: 'binary',
    encoding: 'binary',
    cache: false,
  }) as const

/** @throws BaseError `STORAGE_UNAVAILABLE` where this machine has no addon */
export async function loadLibrary(load: () => Promise<Library>): Promise<Library> {
  try {
    return await load()
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
}

/** Looks a folder through, which is made when it is not there, and opens it. */
export async function openDatabase(
  { open }: Library,
  folder: string,
  { inspectBytes, mapSize }: { inspectBytes: number; mapSize: number | undefined },
): Promise<Database> {
  await mkdir(folder, { recursive: true })
  await claimFormat(folder)
  // A process that was killed at its first start may have left an empty file.
  if ((statSync(join(folder, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0) > 0)
    await inspect(folder, inspectBytes)
  try {
    return open<Buffer, Uint8Array>({ ...openOptions(folder), ...(mapSize === undefined ? {} : { mapSize }) })
  } catch (cause) {
    throw new BaseError('The LMDB store cannot be opened.', {
      code: 'STORAGE_FAILED',
      cause,
      metaMessages: [`Folder: ${folder}`, 'Expected a folder that this process may read and write.'],
    })
  }
}

/** Waits for what is under way, and closes a store, or leaves it where that does not end. */
export async function closeDatabase(database: Database): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    (async () => {
      await database.flushed
      await database.close()
    })(),
    new Promise<void>((done) => (timer = setTimeout(done, CLOSE_MS))),
  ])
  clearTimeout(timer)
}

/** The addon's range: its bounds are in the order of the iteration. */
export const rangeOf = ({ gte, lt, reverse = false, limit }: KeyRange): RangeOptions =>
  (reverse
    ? { start: lt, exclusiveStart: true, end: gte, inclusiveEnd: true, reverse, limit }
    : { start: gte, end: lt, limit }) as RangeOptions

/** Writes a batch whole. @throws BaseError `STORAGE_FAILED`: nothing of it was written */
export async function commit(
  database: Database,
  folder: string,
  operations: readonly KeyValueOperation[],
  durable: boolean,
): Promise<void> {
  const committed = database.batch(() => {
    for (const operation of operations) {
      const { key } = operation
      const done =
        operation.type === 'put'
          ? database.put(key, withChecksum(key, operation.value))
          : database.remove(key)
      // Each of these promises fails with the whole batch.
      done.catch(() => undefined)
    }
  })
  // Taken before anything else is queued: it stands for the writes up to here.
  const flushed = durable ? database.flushed : undefined
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
}

/** The addon hands out a promise of the reason. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> }
  if (commitError === undefined) return error
  return await commitError.catch((reason: unknown) => reason)
}
