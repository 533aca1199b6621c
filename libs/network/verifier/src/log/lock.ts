import { readFileSync } from 'node:fs'
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { BaseError } from '@animechain/core'

/*
 * `<path>.lock.<n>`: who has the file, or had it. Who takes it makes the next number, with a link, which fails where the name is there: of two that find the
 * same dead owner only one gets it. The highest number counts, and only lower ones are ever removed: so whoever made a number from an old view sees a higher one
 * afterwards, and gives way. (A single lock file that is removed and made again has no such order.)
 */

/** Content of a lock that was given back. */
const FREE = 'free'

/** Files that this process holds: their locks name only the process. */
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

const ownLine = (): string => `${process.pid} ${startTime(process.pid) || '-'} ${hostname()}`

/** Who has a lock, for people; undefined where it is free or its owner is dead. */
function ownerOf(line: string): string | undefined {
  if (line === FREE) return undefined
  const [pidText = '', started, host] = line.split(' ')
  const pid = Number(pidText)
  // What is not understood is not taken.
  if (!Number.isSafeInteger(pid) || pid <= 0) return `somebody (${line.slice(0, 80)})`
  // Whether a process of another machine lives cannot be seen from here.
  if (host !== hostname()) return `process ${pid} on ${host}`
  if (pid === process.pid) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  const now = startTime(pid)
  return started !== '-' && now !== '' && started !== now ? undefined : `process ${pid}`
}

const locked = (path: string, by: string): BaseError =>
  new BaseError('The log of signatures is in use.', {
    code: 'NETWORK_LOG_LOCKED',
    metaMessages: [
      `File: ${path}`,
      `Held by: ${by}`,
      'Two processes with one key sign what contradicts itself. Stop the other one first; where it is on a machine that is gone for good, remove the lock file.',
    ],
  })

/**
 * Takes a file for this process; the lock of a process that died is taken over.
 * @returns the way to give it back
 * @throws {BaseError} `NETWORK_LOG_LOCKED` where another has it, also one on another machine with the same disk
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  if (held.has(path)) throw locked(path, 'another part of this process')
  held.add(path)
  try {
    const name = await takeNext(path)
    return async () => {
      const aside = `${path}.lock.new.${randomBytes(8).toString('hex')}`
      await writeFile(aside, FREE)
      await rename(aside, name)
      held.delete(path)
    }
  } catch (error) {
    held.delete(path)
    throw error
  }
}

/** Numbers of locks that are there, and files that a crash left behind. */
async function lockNames(path: string): Promise<{ numbers: number[]; left: string[] }> {
  const prefix = `${basename(path)}.lock.`
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix))
  const numbers = names
    .map((name) => name.slice(prefix.length))
    .filter((rest) => /^[1-9][0-9]{0,14}$/.test(rest))
  return {
    numbers: numbers.map(Number).sort((a, b) => a - b),
    left: names.filter((name) => name.startsWith(`${prefix}new.`)).map((name) => join(dirname(path), name)),
  }
}

async function takeNext(path: string): Promise<string> {
  for (let attempt = 0; attempt < 64; attempt++) {
    const { numbers } = await lockNames(path)
    const top = numbers.at(-1) ?? 0
    if (top > 0) {
      const line = await readFile(`${path}.lock.${top}`, 'utf8').catch(() => undefined)
      if (line === undefined) continue
      const owner = ownerOf(line.trim())
      if (owner !== undefined) throw locked(path, owner)
    }
    const name = `${path}.lock.${top + 1}`
    const aside = `${path}.lock.new.${randomBytes(8).toString('hex')}`
    await writeFile(aside, ownLine())
    const made = await link(aside, name).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        // ENOENT: whoever got it removed what it took for left behind.
        if (error.code === 'EEXIST' || error.code === 'ENOENT') return false
        throw error
      },
    )
    await rm(aside, { force: true })
    if (!made) continue
    const now = await lockNames(path)
    if (now.numbers.some((number) => number > top + 1)) {
      await rm(name, { force: true })
      continue
    }
    for (const number of now.numbers) if (number <= top) await rm(`${path}.lock.${number}`, { force: true })
    for (const each of now.left) await rm(each, { force: true })
    return name
  }
  throw locked(path, 'many that want it at once')
}
