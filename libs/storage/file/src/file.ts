import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
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
  recordCrc,
} from './record.js'

export interface FileOptions {
  /** Folder; made when it is not there. It holds `data.log` and `lock`. */
  path: string
  /** The log is rewritten once it is larger than this many bytes and more than half of it is garbage. Default 16 MiB. */
  compactBytes?: number
  /** Batches that wait for the disk, bytes; beyond it `batch` rejects with `STORAGE_OVERLOADED`. Default 256 MiB. */
  maxQueuedBytes?: number
  /** What to do with damage before the last record: refuse to open (default), or cut the log there and lose what follows. */
  onDamage?: 'refuse' | 'cut'
  logger?: Logger
}

interface Waiting {
  operations: readonly KeyValueOperation[]
  record: Buffer
  durable: boolean
  resolve: () => void
  reject: (error: unknown) => void
}

/** Bytes read at a time when the log is opened, and written at a time when it is rewritten. */
const WINDOW = 4 * 2 ** 20

const entrySize = (key: Uint8Array, value: Uint8Array) => PUT_OVERHEAD + key.length + value.length

/**
 * A key-value store in one append-only file, pure JavaScript. All entries are kept in memory; the log is read when the store starts.
 *
 * A batch is one record with a checksum. A record that a crash tore apart at the end of the log is cut off at the next start.
 * One process at a time may open a folder.
 */
export function file(options: FileOptions): KeyValueStore {
  const folder = resolve(options.path)
  const logPath = join(folder, 'data.log')
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
        metaMessages: [`Folder: ${folder}`, 'Free the disk and start again; what was acknowledged is there.'],
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
    let window = Buffer.alloc(0)
    let windowAt = end
    /** `length` bytes at `at`, or undefined beyond the end of the file. */
    const bytesAt = async (at: number, length: number): Promise<Buffer | undefined> => {
      if (at + length > size) return undefined
      if (at < windowAt || at + length > windowAt + window.length) {
        window = Buffer.allocUnsafe(Math.min(size - at, Math.max(length, WINDOW)))
        windowAt = at
        for (let got = 0; got < window.length;) {
          const { bytesRead } = await log.read(window, got, window.length - got, at + got)
          if (bytesRead === 0) return undefined
          got += bytesRead
        }
      }
      return window.subarray(at - windowAt, at - windowAt + length)
    }
    /** The operations of the record at `at` with the place where it ends. */
    const recordAt = async (
      at: number,
    ): Promise<{ operations?: KeyValueOperation[]; next: number } | undefined> => {
      const head = await bytesAt(at, RECORD_HEADER)
      if (head === undefined) return undefined
      const length = head.readUInt32BE(0)
      const crc = head.readUInt32BE(4)
      const lengthField = Buffer.from(head.subarray(0, 4))
      const next = at + RECORD_HEADER + length
      if (length > MAX_PAYLOAD || next > size) return undefined
      const payload = await bytesAt(at + RECORD_HEADER, length)
      if (payload === undefined) return undefined
      return {
        operations: recordCrc(lengthField, payload) === crc ? decodePayload(payload) : undefined,
        next,
      }
    }

    for (;;) {
      const record = await recordAt(end)
      if (record?.operations === undefined) {
        // A torn record is the last one. A whole one behind it means that the disk damaged what was there.
        const behind = record === undefined ? undefined : await recordAt(record.next)
        if (behind?.operations !== undefined && options.onDamage !== 'cut')
          throw new BaseError('The log is damaged before its end.', {
            code: 'STORAGE_DAMAGED',
            metaMessages: [
              `File: ${logPath}, byte ${end} of ${size}.`,
              "Restore it from a copy, or open it once with onDamage: 'cut' and lose what follows.",
            ],
          })
        break
      }
      apply(record.operations)
      end = record.next
    }
    if (end < size) {
      logger.warn('cut the torn end of the log', { path: logPath, at: end, bytes: size - end })
      await log.truncate(end)
      await log.sync()
    }
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

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      const bytes = group.length === 1 ? group[0]!.record : Buffer.concat(group.map((item) => item.record))
      try {
        if (broken !== undefined) throw broken
        await writeAll(handle!, bytes, end)
        if (group.some((item) => item.durable)) await handle!.datasync()
      } catch (error) {
        // What was written may be there or not: cut it off, so that a rejected batch does not come back.
        broken = error
        await handle!
          .truncate(end)
          .then(() => handle!.sync())
          .catch(() => undefined)
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
