import { copyFile, open, type FileHandle } from 'node:fs/promises'
import { BaseError, type KeyValueOperation, type Logger } from '@animechain/core'
import { knownLength, syncFolder, type LogFiles } from './files.js'
import { MAGIC } from './record.js'
import { recordAt, recordBehind, windowed, zerosFrom, type FoundRecord } from './scan.js'

export interface OpeningOptions {
  onDamage: 'refuse' | 'cut'
  logger: Logger
}

/** What a log has behind its last whole record. */
export interface Tail {
  /** where it begins, and where the log ends, bytes */
  at: number
  size: number
  /** length that the log surely had before, bytes */
  known: number
  found: Exclude<FoundRecord, { is: 'record' }>
  /** where a whole record follows */
  behind: number | undefined
  /** whether it ends with sectors that were never written */
  endsInZeros: boolean
}

/** Whether a tail is the unfinished write of a crash, which nothing follows. */
export const isUnfinished = ({ size, known, found, behind, endsInZeros }: Tail): boolean =>
  size >= known && behind === undefined && (found.is === 'short' || endsInZeros)

function damaged(path: string, { at, size, known, found, behind }: Tail): BaseError {
  const what =
    found.is === 'damaged' ? found.why : found.is === 'short' ? 'a record without an end' : 'no more records'
  return new BaseError('The log is damaged.', {
    code: 'STORAGE_DAMAGED',
    metaMessages: [
      `File: ${path}, byte ${at} of ${size}: ${what}.`,
      ...(size < known ? [`Expected at least ${known} bytes, as it had before.`] : []),
      ...(behind === undefined ? [] : [`Whole records follow, from byte ${behind} on.`]),
      'No crash leaves this behind: a disk or another program changed the file. Nothing was changed by this start.',
      "Restore it from a copy, or open it with onDamage: 'cut', which keeps the damaged log aside and what comes before the damage.",
    ],
  })
}

/**
 * Cuts a tail off that is the unfinished write of a crash.
 * @throws BaseError `STORAGE_DAMAGED` when it is anything else, unless damage is to be cut
 */
async function loseTail(
  log: FileHandle,
  path: string,
  tail: Tail,
  { onDamage, logger }: OpeningOptions,
): Promise<void> {
  const { at, size } = tail
  if (isUnfinished(tail)) logger.warn('cut the unfinished end of the log', { path, at, bytes: size - at })
  else {
    if (onDamage !== 'cut') throw damaged(path, tail)
    const aside = `${path}.damaged-${Date.now()}`
    await copyFile(path, aside)
    logger.error('cut the log at its damage and kept the damaged one aside', {
      path,
      at,
      bytes: size - at,
      aside,
    })
  }
  await log.truncate(at)
  await log.sync()
}

/** Begins a log, of which not even the magic was written before a crash. */
async function beginLog(log: FileHandle, folder: string): Promise<number> {
  await log.truncate(0)
  await log.write(MAGIC, 0, MAGIC.length, 0)
  await log.sync()
  await syncFolder(folder)
  return MAGIC.length
}

/**
 * Reads a log from its beginning, and cuts off what a crash left unfinished.
 *
 * @param apply is given the operations of each record
 * @returns the end of the last whole record, bytes
 * @throws BaseError `STORAGE_FORMAT`, `STORAGE_DAMAGED`
 */
async function readLog(
  log: FileHandle,
  files: LogFiles,
  options: OpeningOptions,
  apply: (operations: readonly KeyValueOperation[]) => void,
): Promise<number> {
  const { size } = await log.stat()
  if (size < MAGIC.length) return beginLog(log, files.folder)
  const magic = Buffer.alloc(MAGIC.length)
  await log.read(magic, 0, magic.length, 0)
  if (!magic.equals(MAGIC))
    throw new BaseError('The log is not one of this store, or of another version.', {
      code: 'STORAGE_FORMAT',
      metaMessages: [
        `File: ${files.log}`,
        `Expected ${MAGIC.toString('hex')} at its start, got ${magic.toString('hex')}.`,
      ],
    })
  const known = await knownLength(files)
  const bytesAt = windowed(log, size)
  for (let at = MAGIC.length; ;) {
    const found = await recordAt(at, bytesAt)
    if (found.is === 'record') {
      apply(found.operations)
      at = found.next
      continue
    }
    if (found.is === 'end' && size >= known) return at
    const behind = await recordBehind(at + 1, size, bytesAt)
    const endsInZeros = (await zerosFrom(at, size, bytesAt)) !== undefined
    await loseTail(log, files.log, { at, size, known, found, behind, endsInZeros }, options)
    return at
  }
}

/** A log that is open for writing. */
export interface OpenLog {
  handle: FileHandle
  /** end of the last whole record, bytes */
  end: number
}

/** Opens the log of a folder, which is made when it is not there. @throws BaseError as {@link readLog} */
export async function openLog(
  files: LogFiles,
  options: OpeningOptions,
  apply: (operations: readonly KeyValueOperation[]) => void,
): Promise<OpenLog> {
  // Opened once in append mode so that it is made when missing, then for writing at places of our choice.
  await (await open(files.log, 'a+')).close()
  const handle = await open(files.log, 'r+')
  try {
    return { handle, end: await readLog(handle, files, options, apply) }
  } catch (error) {
    await handle.close()
    throw error
  }
}
