import type { FileHandle } from 'node:fs/promises'
import { bytesToHex, type Logger } from '@animechain/core'
import { placeOf, readAt, take, type Contents } from './contents.js'
import { broken, rolledBack } from './errors.js'
import { RECORD_BYTES, encodeRecord, type RecordKind } from './format.js'
import { isSameMark, type LogMark, type MarkStore } from './marks.js'

/** A log and its marks in step. */
export interface Writer {
  /** Appends a record, synced. */
  append(kind: RecordKind, payload: Uint8Array): Promise<void>
  /** Brings every mark to where the log is. */
  advance(): Promise<void>
}

/** Writes to a file that was read. */
export function writerOf(
  path: string,
  handle: FileHandle,
  contents: Contents,
  marks: readonly { store: MarkStore; at: LogMark | undefined }[],
  markNow: () => LogMark,
): Writer {
  let failed: unknown
  return {
    async append(kind, payload) {
      if (failed !== undefined) throw broken(path, failed)
      const at = placeOf(contents.count)
      const record = encodeRecord(kind, payload, contents.head)
      const { size } = await handle.stat()
      if (size !== at)
        throw rolledBack(path, `expected ${at} bytes, got ${size}: another process writes to it`)
      try {
        for (let done = 0; done < record.length;) {
          const { bytesWritten } = await handle.write(record, done, record.length - done, at + done)
          done += bytesWritten
        }
        // After a sync that failed nobody knows what is on the disk: nothing goes on before the file was read again.
        await handle.sync()
      } catch (error) {
        failed = error
        throw broken(path, error)
      }
      take(contents, kind, payload, record.slice(RECORD_BYTES - 32))
    },
    async advance() {
      const now = markNow()
      for (const mark of marks) {
        if (isSameMark(mark.at, now)) continue
        const advanced = await mark.store.advance(mark.at, now).catch((error: unknown) => {
          throw broken(path, error)
        })
        if (!advanced) throw rolledBack(path, 'its mark was moved by another process')
        mark.at = now
      }
    },
  }
}

/** Holds the log against a mark that was kept elsewhere. @throws {BaseError} `NETWORK_LOG_ROLLED_BACK` */
export async function checkMark(
  path: string,
  handle: FileHandle,
  now: LogMark,
  mark: LogMark | undefined,
  logger: Logger,
): Promise<void> {
  if (mark === undefined) return logger.warn('the log of signatures had no mark here yet', { path })
  if (mark.id !== now.id) throw rolledBack(path, `its mark is of another log, with ${mark.count} records`)
  if (mark.count > now.count)
    throw rolledBack(path, `expected ${mark.count} records at least, as its mark says, got ${now.count}`)
  const end = placeOf(mark.count)
  const head = bytesToHex(await readAt(handle, end - 32, 32))
  if (head !== mark.head) throw rolledBack(path, `record ${mark.count} is another than its mark says`)
}
