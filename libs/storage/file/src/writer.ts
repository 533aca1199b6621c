import { BaseError, type KeyValueOperation, type Logger } from '@animechain/core'
import { isMostlyGarbage, rewriteLog } from './compaction.js'
import type { Entries } from './entries.js'
import { syncFolder, writeAll, type LogFiles } from './files.js'
import type { OpenLog } from './opening.js'
import { decodePayload, encodeRecord, MAX_PAYLOAD, payloadLength, RECORD_HEADER } from './record.js'

/** System errors that say that nothing more fits: disk, quota, largest file. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

interface Waiting {
  operations: readonly KeyValueOperation[]
  record: Buffer
  durable: boolean
  resolve: () => void
  reject: (error: unknown) => void
}

export interface WriterOptions {
  files: LogFiles
  log: OpenLog
  entries: Entries
  /** size from which on a log is rewritten when most of it is garbage, bytes */
  compactBytes: number
  maxQueuedBytes: number
  logger: Logger
}

const isFull = (cause: unknown): boolean => FULL.has((cause as NodeJS.ErrnoException).code ?? '')

/** What a failed write is for those who asked for it. */
function writeFailure(cause: unknown, folder: string): BaseError {
  if (isFull(cause))
    return new BaseError('There is no room for the store on its disk.', {
      code: 'STORAGE_FULL',
      cause,
      metaMessages: [
        `Folder: ${folder}`,
        'Free some: the store goes on by itself. The batch was not written.',
      ],
    })
  return new BaseError('The file store could not write.', {
    code: 'STORAGE_FAILED',
    cause,
    metaMessages: [`Folder: ${folder}`, 'The batch was not written.'],
  })
}

/**
 * After a failed write, which may have left some of its bytes: cuts them off, so that a rejected batch does not come back. When that works
 * and the disk was only full, the store goes on, and the next batch tries again.
 *
 * @returns why the store cannot go on; undefined: it can
 */
async function undoWrite(log: OpenLog, cause: unknown): Promise<unknown> {
  try {
    await log.handle.truncate(log.end)
    return isFull(cause) ? undefined : cause
  } catch (second) {
    return second
  }
}

/** @throws BaseError for a batch that is too large, or when too much waits for the disk already. bytes */
function expectRoom(length: number, queued: number, maxQueuedBytes: number): void {
  if (length > MAX_PAYLOAD)
    throw new BaseError(`A batch of ${length} bytes is too large.`, {
      code: 'STORAGE_BATCH_TOO_LARGE',
      metaMessages: [`Expected at most ${MAX_PAYLOAD} bytes.`],
    })
  if (queued > 0 && queued + length > maxQueuedBytes)
    throw new BaseError('Too much waits for the disk.', {
      code: 'STORAGE_OVERLOADED',
      metaMessages: [`Expected at most ${maxQueuedBytes} bytes, ${queued} wait and ${length} came.`],
    })
}

/** Appends batches to a log, those that wait together, and rewrites it when most of it is garbage. */
export function logWriter({ files, log, entries, compactBytes, maxQueuedBytes, logger }: WriterOptions) {
  /** size of the log from which on it is rewritten */
  let compactAt = compactBytes
  let broken: unknown
  let waiting: Waiting[] = []
  let queuedBytes = 0
  let writing: Promise<void> | undefined

  async function compact(): Promise<void> {
    const before = log.end
    const next = await rewriteLog(files, entries.list())
    await log.handle.close()
    Object.assign(log, next)
    await syncFolder(files.folder)
    logger.info('rewrote the log', { path: files.log, before, after: log.end })
  }

  async function compactIfDue(): Promise<void> {
    if (log.end <= compactAt || !isMostlyGarbage({ end: log.end, live: entries.live })) return
    try {
      await compact()
      compactAt = compactBytes
    } catch (error) {
      // The log is whole, the old one or the new: go on with it and try again when it has grown.
      compactAt = 2 * log.end
      logger.warn('could not rewrite the log', { path: files.log, error: String(error) })
    }
  }

  async function write(group: readonly Waiting[]): Promise<void> {
    const bytes = group.length === 1 ? group[0]!.record : Buffer.concat(group.map((item) => item.record))
    try {
      if (broken !== undefined) throw broken
      await writeAll(log.handle, bytes, log.end)
      if (group.some((item) => item.durable)) await log.handle.datasync()
    } catch (cause) {
      const error = broken ?? writeFailure(cause, files.folder)
      if (broken === undefined) broken = await undoWrite(log, cause)
      for (const item of group) item.reject(error)
      queuedBytes -= bytes.length
      return
    }
    log.end += bytes.length
    queuedBytes -= bytes.length
    for (const item of group) {
      entries.apply(item.operations)
      item.resolve()
    }
    await compactIfDue()
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await write(group)
    }
    writing = undefined
  }

  return {
    /** Why nothing is written any more; undefined: it is. */
    get broken() {
      return broken
    },

    append(operations: readonly KeyValueOperation[], durable: boolean): Promise<void> {
      expectRoom(payloadLength(operations), queuedBytes, maxQueuedBytes)
      const record = encodeRecord(operations)
      queuedBytes += record.length
      return new Promise<void>((resolve, reject) => {
        // Decoded from the record: the caller may change its own buffers while this waits.
        const copy = decodePayload(record.subarray(RECORD_HEADER))!
        waiting.push({ operations: copy, record, durable, resolve, reject })
        writing ??= drain()
      })
    },

    /** Waits for what is queued, and closes the log. Answers its end. */
    async close(): Promise<number> {
      await writing
      await log.handle.datasync().catch(() => undefined)
      await log.handle.close()
      return log.end
    },
  }
}

export type LogWriter = ReturnType<typeof logWriter>
