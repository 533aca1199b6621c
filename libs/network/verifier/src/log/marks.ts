import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BaseError, type Hash, type Hex } from '@animechain/core'

/** How far a log of signatures is: what tells an old copy of it from the newest. */
export interface LogMark {
  /** id of the log, 16 bytes */
  id: Hex
  /** records */
  count: number
  /** hash over all of them */
  head: Hash
}

/**
 * Keeps the mark of a log in another place than the log: another disk, another machine, a store with compare-and-swap. What brings the log back to an old state
 * must not bring the mark back with it.
 */
export interface MarkStore {
  /** undefined where none was ever kept. Rejects where the place cannot be read. */
  read(): Promise<LogMark | undefined>
  /**
   * Keeps `after` where `before` (undefined: none) is what is kept; false where something else is, so that another process with a copy of the log is in the way.
   * Must be durable when it resolves.
   */
  advance(before: LogMark | undefined, after: LogMark): Promise<boolean>
  /** Keeps a mark whatever was there: when a log is begun. */
  reset(mark: LogMark): Promise<void>
}

/** Whether two marks are the same. */
export const isSameMark = (a: LogMark | undefined, b: LogMark | undefined): boolean =>
  a?.id === b?.id && a?.count === b?.count && a?.head === b?.head

/** Makes what was made and renamed in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its rename is durable without.
  if (process.platform === 'win32') return
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Writes a file durably under its name: all of it, or what was there before. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.new.${randomBytes(8).toString('hex')}`
  const handle = await open(aside, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(aside, path)
  await syncFolder(dirname(path))
}

function markOf(text: string, path: string): LogMark {
  const found = /^(0x[0-9a-f]{32}) (0|[1-9][0-9]{0,14}) (0x[0-9a-f]{64})\n$/.exec(text)
  if (found === null)
    throw new BaseError('The mark of a log of signatures is not one.', {
      code: 'NETWORK_LOG_DAMAGED',
      metaMessages: [`File: ${path}`, `Expected "<id> <records> <hash>", got "${text.slice(0, 80)}".`],
    })
  return { id: found[1] as Hex, count: Number(found[2]), head: found[3] as Hash }
}

/**
 * Keeps a mark in a file: on another disk than the log's. Between two machines that share that disk it tells of the other as a rule, but does not exclude it:
 * a file has no compare-and-swap.
 */
export function fileMark(path: string): MarkStore {
  const read = async () => {
    try {
      return markOf(await readFile(path, 'utf8'), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  const write = ({ id, count, head }: LogMark) =>
    replaceFile(path, new TextEncoder().encode(`${id} ${count} ${head}\n`))
  return {
    read,
    async advance(before, after) {
      if (!isSameMark(await read(), before)) return false
      await write(after)
      return true
    },
    reset: write,
  }
}
