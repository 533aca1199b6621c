import { copyFile, mkdir, open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  assertStorageKey,
  BaseError,
  orderedBytesMap,
  silentLogger,
  type KeyValueOperation,
  type KeyValueStore,
  type Logger,
} from '@animechain/core'
import { lockFolder } from './lock.js'
import {
  decodePayload,
  encodeRecord,
  MAGIC,
  MAX_PAYLOAD,
  payloadLength,
  PUT_OVERHEAD,
  RECORD_HEADER,
} from './record.js'
import {
  recordAt,
  recordBehind,
  windowed,
  WINDOW,
  zerosFrom,
  type BytesAt,
  type FoundRecord,
} from './scan.js'

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

/** System errors that say that nothing more fits: disk, quota, largest file. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

interface Waiting {
  operations: readonly KeyValueOperation[]
  record: Buffer
  durable: boolean
  resolve: () => void
  reject: (error: unknown) => void
}

const entrySize = (key: Uint8Array, value: Uint8Array) => PUT_OVERHEAD + key.length + value.length

/**
 * A key-value store in one append-only file, pure JavaScript. All entries are kept in memory; the log is read when the store starts.
 *
 * A batch is one record with checksums. A record that a crash left unfinished at the end of the log is cut off at the next start; any other
 * damage is an error that names the place.
 * One process at a time may open a folder.
 */
export function file(options: FileOptions): KeyValueStore {
  const folder = resolve(options.path)
  const logPath = join(folder, 'data.log')
  const lengthPath = join(folder, 'data.length')
  const compactBytes = options.compactBytes ?? 16 * 2 ** 20
  const maxQueuedBytes = options.maxQueuedBytes ?? 256 * 2 ** 20
  const logger = options.logger ?? silentLogger

  const map = orderedBytesMap()
  let handle: FileHandle | undefined
  let unlock: (() => Promise<void>) | undefined
  /** end of the last whole record */
  let end = 0
  /** bytes of the log that are still of use */
  let live = 0
  /** size of the log from which on it is rewritten */
  let compactAt = compactBytes
  let broken: unknown
  let waiting: Waiting[] = []
  let queuedBytes = 0
  let writing: Promise<void> | undefined
  let stopping = false
  let starting: Promise<void> | undefined

  const assertOpen = () => {
    if (handle === undefined || stopping)
      throw new BaseError('The file store is not open.', {
        code: 'STORAGE_CLOSED',
        metaMessages: [`Folder: ${folder}`, 'Expected a call of start() before, and none of stop() since.'],
      })
    if (broken !== undefined)
      throw new BaseError('The file store stopped after a failed write.', {
        code: 'STORAGE_FAILED',
        cause: broken,
        metaMessages: [`Folder: ${folder}`, 'Start again; what was acknowledged is there.'],
      })
  }

  const apply = (operations: readonly KeyValueOperation[]) => {
    for (const operation of operations) {
      if (operation.type === 'put') {
        const before = map.set(operation.key, operation.value.slice())
        live += entrySize(operation.key, operation.value)
        if (before !== undefined) live -= entrySize(operation.key, before)
      } else {
        const before = map.delete(operation.key)
        if (before !== undefined) live -= entrySize(operation.key, before)
      }
    }
  }

  const syncFolder = async () => {
    // Windows cannot open a folder; its rename is durable without.
    if (process.platform === 'win32') return
    const directory = await open(folder, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  async function load(log: FileHandle): Promise<void> {
    const size = (await log.stat()).size
    const magic = Buffer.alloc(MAGIC.length)
    await log.read(magic, 0, magic.length, 0)
    if (size < MAGIC.length) {
      // Not even the magic was written before a crash.
      await log.truncate(0)
      await log.write(MAGIC, 0, MAGIC.length, 0)
      await log.sync()
      await syncFolder()
      end = MAGIC.length
      return
    }
    if (!magic.equals(MAGIC))
      throw new BaseError('The log is not one of this store, or of another version.', {
        code: 'STORAGE_FORMAT',
        metaMessages: [
          `File: ${logPath}`,
          `Expected ${MAGIC.toString('hex')} at its start, got ${magic.toString('hex')}.`,
        ],
      })
    end = MAGIC.length
    const known = await knownLength()
    const bytesAt = windowed(log, size)
    for (;;) {
      const found = await recordAt(end, bytesAt)
      if (found.is !== 'record') {
        if (found.is !== 'end' || size < known) await loseTail(log, { size, known, found, bytesAt })
        return
      }
      apply(found.operations)
      end = found.next
    }
  }

  /**
   * What stands at `end` is no whole record. Cuts it off when it is the unfinished write of a crash, which nothing follows.
   * @throws BaseError `STORAGE_DAMAGED` when it is anything else, unless damage is to be cut
   */
  async function loseTail(
    log: FileHandle,
    tail: { size: number; known: number; found: Exclude<FoundRecord, { is: 'record' }>; bytesAt: BytesAt },
  ): Promise<void> {
    const { size, known, found, bytesAt } = tail
    const behind = await recordBehind(end + 1, size, bytesAt)
    const unfinished =
      size >= known &&
      behind === undefined &&
      (found.is === 'short' || (await zerosFrom(end, size, bytesAt)) !== undefined)
    if (!unfinished && options.onDamage !== 'cut')
      throw new BaseError('The log is damaged.', {
        code: 'STORAGE_DAMAGED',
        metaMessages: [
          `File: ${logPath}, byte ${end} of ${size}: ${found.is === 'damaged' ? found.why : found.is === 'short' ? 'a record without an end' : 'no more records'}.`,
          ...(size < known ? [`Expected at least ${known} bytes, as it had before.`] : []),
          ...(behind === undefined ? [] : [`Whole records follow, from byte ${behind} on.`]),
          'No crash leaves this behind: a disk or another program changed the file. Nothing was changed by this start.',
          "Restore it from a copy, or open it with onDamage: 'cut', which keeps the damaged log aside and what comes before the damage.",
        ],
      })
    if (!unfinished) {
      const aside = `${logPath}.damaged-${Date.now()}`
      await copyFile(logPath, aside)
      logger.error('cut the log at its damage and kept the damaged one aside', {
        path: logPath,
        at: end,
        bytes: size - end,
        aside,
      })
    } else logger.warn('cut the unfinished end of the log', { path: logPath, at: end, bytes: size - end })
    await log.truncate(end)
    await log.sync()
  }

  /** Length that the log surely has, bytes: as it was at the last start or ordered stop. */
  async function knownLength(): Promise<number> {
    return Number(await readFile(lengthPath, 'utf8').catch(() => '0')) || 0
  }
  async function rememberLength(): Promise<void> {
    await writeFile(`${lengthPath}.new`, `${end}\n`)
    await rename(`${lengthPath}.new`, lengthPath)
  }

  /** Writes the live entries to a new log and puts it in the old one's place. */
  async function compact(): Promise<void> {
    const before = end
    const path = `${logPath}.new`
    const next = await open(path, 'w+')
    let at = 0
    try {
      await next.write(MAGIC, 0, MAGIC.length, 0)
      at = MAGIC.length
      let part: KeyValueOperation[] = []
      let bytes = 0
      const flush = async () => {
        if (part.length === 0) return
        const record = encodeRecord(part)
        await writeAll(next, record, at)
        at += record.length
        part = []
        bytes = 0
      }
      // Nothing changes the map meanwhile: only the writer that runs this does.
      for (const [key, value] of map.entries()) {
        part.push({ type: 'put', key, value })
        bytes += entrySize(key, value)
        if (bytes >= WINDOW) await flush()
      }
      await flush()
      await next.sync()
      // It is shorter than the one before: nothing must hold that against it.
      await rm(lengthPath, { force: true })
      await rename(path, logPath)
    } catch (error) {
      await next.close().catch(() => undefined)
      await rm(path, { force: true }).catch(() => undefined)
      throw error
    }
    await handle?.close()
    handle = next
    end = at
    await syncFolder()
    logger.info('rewrote the log', { path: logPath, before, after: end })
  }

  async function writeAll(to: FileHandle, bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await to.write(bytes, done, bytes.length - done, position + done)
      done += bytesWritten
    }
  }

  /**
   * After a failed write, which may have left some of its bytes: cuts them off, so that a rejected batch does not come back. When that works
   * and the disk was only full, the store goes on, and the next batch tries again.
   */
  async function undoWrite(cause: unknown): Promise<BaseError> {
    const full = FULL.has((cause as NodeJS.ErrnoException).code ?? '')
    try {
      await handle!.truncate(end)
      if (!full) broken = cause
    } catch (second) {
      broken = second
    }
    return full
      ? new BaseError('There is no room for the store on its disk.', {
          code: 'STORAGE_FULL',
          cause,
          metaMessages: [
            `Folder: ${folder}`,
            'Free some: the store goes on by itself. The batch was not written.',
          ],
        })
      : new BaseError('The file store could not write.', {
          code: 'STORAGE_FAILED',
          cause,
          metaMessages: [`Folder: ${folder}`, 'The batch was not written.'],
        })
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      const bytes = group.length === 1 ? group[0]!.record : Buffer.concat(group.map((item) => item.record))
      try {
        if (broken !== undefined) throw broken
        await writeAll(handle!, bytes, end)
        if (group.some((item) => item.durable)) await handle!.datasync()
      } catch (cause) {
        const error = broken ?? (await undoWrite(cause))
        for (const item of group) item.reject(error)
        queuedBytes -= bytes.length
        continue
      }
      end += bytes.length
      queuedBytes -= bytes.length
      for (const item of group) {
        apply(item.operations)
        item.resolve()
      }
      if (end > compactAt && end - live > live) {
        try {
          await compact()
          compactAt = compactBytes
        } catch (error) {
          // The log is whole, the old one or the new: go on with it and try again when it has grown.
          compactAt = 2 * end
          logger.warn('could not rewrite the log', { path: logPath, error: String(error) })
        }
      }
    }
    writing = undefined
  }

  async function begin(): Promise<void> {
    await mkdir(folder, { recursive: true })
    unlock = await lockFolder(folder)
    await rm(`${logPath}.new`, { force: true })
    map.clear()
    live = 0
    broken = undefined
    compactAt = compactBytes
    // Opened once in append mode so that it is made when missing, then for writing at places of our choice.
    await (await open(logPath, 'a+')).close()
    const log = await open(logPath, 'r+')
    try {
      await load(log)
      await rememberLength()
    } catch (error) {
      await log.close()
      throw error
    }
    stopping = false
    handle = log
  }

  async function close(): Promise<void> {
    stopping = true
    await writing
    const log = handle
    handle = undefined
    if (log !== undefined) {
      await log.datasync().catch(() => undefined)
      await log.close()
      await rememberLength().catch(() => undefined)
    }
    map.clear()
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
      await close()
    },
    get(key) {
      assertOpen()
      return map.get(key)
    },
    async batch(operations, batchOptions = {}) {
      assertOpen()
      for (const operation of operations) assertStorageKey(operation.key)
      const length = payloadLength(operations)
      if (length > MAX_PAYLOAD)
        throw new BaseError(`A batch of ${length} bytes is too large.`, {
          code: 'STORAGE_BATCH_TOO_LARGE',
          metaMessages: [`Expected at most ${MAX_PAYLOAD} bytes.`],
        })
      if (queuedBytes > 0 && queuedBytes + length > maxQueuedBytes)
        throw new BaseError('Too much waits for the disk.', {
          code: 'STORAGE_OVERLOADED',
          metaMessages: [`Expected at most ${maxQueuedBytes} bytes, ${queuedBytes} wait and ${length} came.`],
        })
      const record = encodeRecord(operations)
      queuedBytes += record.length
      await new Promise<void>((resolve, reject) => {
        waiting.push({
          // Decoded from the record: the caller may change its own buffers while this waits.
          operations: decodePayload(record.subarray(RECORD_HEADER))!,
          record,
          durable: batchOptions.durable ?? false,
          resolve,
          reject,
        })
        writing ??= drain()
      })
    },
    iterate(range) {
      assertOpen()
      return map.entries(range)
    },
  }
}
