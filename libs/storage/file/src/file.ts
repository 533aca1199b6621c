import { mkdir, rm } from 'node:fs/promises'
import { assertStorageKey, BaseError, silentLogger, type KeyValueStore, type Logger } from '@animechain/core'
import { entries } from './entries.js'
import { filesIn, rememberLength } from './files.js'
import { lockFolder } from './lock.js'
import { openLog } from './opening.js'
import { logWriter, type LogWriter } from './writer.js'

/** Where the log is, and its bounds. */
export interface FileOptions {
  /** Folder; made when it is not there. It holds `data.log`, `data.length` and `lock`. */
  path: string
  /** The log is rewritten once it is larger than this many bytes and more than half of it is garbage. Default 16 MiB. */
  compactBytes?: number
  /** Batches that wait for the disk, bytes; beyond it `batch` rejects with `STORAGE_OVERLOADED`. Default 256 MiB. */
  maxQueuedBytes?: number
  /**
   * What to do with damage that is not the unfinished write of a crash: refuse to open (default), or keep the damaged log aside as
   * `data.log.damaged-<time>`, cut the log at the damage and lose what follows.
   */
  onDamage?: 'refuse' | 'cut'
  logger?: Logger
}

/**
 * A key-value store in one append-only file, pure JavaScript. All entries are kept in memory; the log is read when the store starts.
 *
 * A batch is one record with checksums. A record that a crash left unfinished at the end of the log is cut off at the next start; any other
 * damage is an error that names the place.
 * One process at a time may open a folder.
 */
export function file(options: FileOptions): KeyValueStore {
  const files = filesIn(options.path)
  const { compactBytes = 16 * 2 ** 20, maxQueuedBytes = 256 * 2 ** 20 } = options
  const { onDamage = 'refuse', logger = silentLogger } = options
  const stored = entries()
  let writer: LogWriter | undefined
  let unlock: (() => Promise<void>) | undefined
  let stopping = false
  let starting: Promise<void> | undefined
  let ending: Promise<void> | undefined

  function opened(): LogWriter {
    const folder = `Folder: ${files.folder}`
    if (writer === undefined || stopping)
      throw new BaseError('The file store is not open.', {
        code: 'STORAGE_CLOSED',
        metaMessages: [folder, 'Expected a call of start() before, and none of stop() since.'],
      })
    if (writer.broken !== undefined)
      throw new BaseError('The file store stopped after a failed write.', {
        code: 'STORAGE_FAILED',
        cause: writer.broken,
        metaMessages: [folder, 'Start again; what was acknowledged is there.'],
      })
    return writer
  }

  async function begin(): Promise<void> {
    await mkdir(files.folder, { recursive: true })
    unlock = await lockFolder(files.folder)
    await rm(`${files.log}.new`, { force: true })
    stored.clear()
    const log = await openLog(files, { onDamage, logger }, stored.apply)
    try {
      await rememberLength(files, log.end)
    } catch (error) {
      await log.handle.close()
      throw error
    }
    stopping = false
    writer = logWriter({ files, log, entries: stored, compactBytes, maxQueuedBytes, logger })
  }

  async function close(): Promise<void> {
    stopping = true
    const closing = writer
    const end = await closing?.close()
    writer = undefined
    if (end !== undefined) await rememberLength(files, end).catch(() => undefined)
    stored.clear()
    const release = unlock
    unlock = undefined
    starting = undefined
    await release?.()
  }

  return {
    id: 'file',
    async start() {
      await (starting ??= begin().catch(async (error: unknown) => {
        await close()
        throw error
      }))
    },
    async stop() {
      // Not in the middle of a start.
      await starting?.catch(() => undefined)
      await (ending ??= close().finally(() => (ending = undefined)))
    },
    get(key) {
      opened()
      return stored.get(key)
    },
    async batch(operations, { durable = false } = {}) {
      const open = opened()
      for (const operation of operations) assertStorageKey(operation.key)
      await open.append(operations, durable)
    },
    iterate(range) {
      opened()
      return stored.list(range)
    },
  }
}
