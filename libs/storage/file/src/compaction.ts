import { open, rename, rm } from 'node:fs/promises'
import type { KeyValueOperation } from '@animechain/core'
import { entrySize } from './entries.js'
import { writeAll, type LogFiles } from './files.js'
import type { OpenLog } from './opening.js'
import { encodeRecord, MAGIC } from './record.js'
import { WINDOW } from './scan.js'

/** Whether so much of a log is garbage that it is worth rewriting. bytes */
export const isMostlyGarbage = ({ end, live }: { end: number; live: number }): boolean => end - live > live

/** Records of puts of these entries, each of about a window's bytes. */
function* recordsOf(entries: Iterable<readonly [Uint8Array, Uint8Array]>): Generator<Buffer> {
  let part: KeyValueOperation[] = []
  let bytes = 0
  for (const [key, value] of entries) {
    part.push({ type: 'put', key, value })
    bytes += entrySize(key, value)
    if (bytes < WINDOW) continue
    yield encodeRecord(part)
    part = []
    bytes = 0
  }
  if (part.length > 0) yield encodeRecord(part)
}

/**
 * Writes the live entries to a new log and puts it in the old one's place, which stays as it is where that fails. The caller closes the old one and syncs the
 * folder. Nothing may change the entries meanwhile.
 */
export async function rewriteLog(
  files: LogFiles,
  entries: Iterable<readonly [Uint8Array, Uint8Array]>,
): Promise<OpenLog> {
  const path = `${files.log}.new`
  const handle = await open(path, 'w+')
  let end = 0
  try {
    await handle.write(MAGIC, 0, MAGIC.length, 0)
    end = MAGIC.length
    for (const record of recordsOf(entries)) {
      await writeAll(handle, record, end)
      end += record.length
    }
    await handle.sync()
    // It is shorter than the one before: nothing must hold that against it.
    await rm(files.length, { force: true })
    await rename(path, files.log)
    return { handle, end }
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  }
}
