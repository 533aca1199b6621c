import { readFileSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError } from '@animechain/core'

/** Folders that this process holds: the lock file alone cannot tell two stores of one process apart. */
const held = new Set<string>()

/** When a process was started, in ticks since boot, so that a reused process id is not mistaken for the owner. Linux only; else empty. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the command in parentheses, may hold spaces; the start time is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function isAlive(owner: string): boolean {
  const [pidText, started] = owner.trim().split(' ')
  const pid = Number(pidText)
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startTime(pid)
  return !started || !now || started === now
}

/**
 * Takes a folder for this process. The lock of a process that died is taken over.
 * @returns the way to give it back.
 * @throws BaseError `STORAGE_LOCKED` when somebody else has it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock')
  const locked = (by: string) =>
    new BaseError('The storage folder is in use.', {
      code: 'STORAGE_LOCKED',
      metaMessages: [
        `Folder: ${folder}`,
        `Held by: ${by}`,
        'Stop that process, or give this one another folder.',
      ],
    })
  if (held.has(folder)) throw locked('another store of this process')
  held.add(folder)
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        const handle = await open(path, 'wx')
        await handle.writeFile(`${process.pid} ${startTime(process.pid)}\n`)
        await handle.close()
        break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const owner = await readFile(path, 'utf8').catch(() => '')
      if (isAlive(owner) || attempt >= 3) throw locked(`process ${owner.trim().split(' ')[0] || 'unknown'}`)
      // Renaming first: of two processes that find the same dead owner only one gets the file.
      const aside = `${path}.${process.pid}`
      await rename(path, aside).catch(() => undefined)
      await rm(aside, { force: true })
    }
  } catch (error) {
    held.delete(folder)
    throw error
  }
  return async () => {
    held.delete(folder)
    await rm(path, { force: true })
  }
}
