import { open } from 'node:fs/promises'
import type { Hash } from '@animechain/core'

/** How far a log got, kept apart from it: a copy of the log that was put back does not take the mark back with it. */
export interface Mark {
  read(): Promise<{ next: bigint; newest: Hash } | undefined>
  /** Resolves when it is on disk. */
  write(next: bigint, newest: Hash): Promise<void>
}

/** Two lines of the same length: one of them is whole at any moment. */
const LINE = 20 + 1 + 66 + 1
const line = (next: bigint, newest: Hash) => `${next.toString().padStart(20, '0')} ${newest}\n`
const lineOf = /^(\d{20}) (0x[0-9a-f]{64})\n$/

/** A mark in a file of its own, made when it is not there. */
export function fileMark(path: string): Mark {
  const parse = (text: string) => {
    const found = lineOf.exec(text)
    return found ? { next: BigInt(found[1]!), newest: found[2] as Hash } : undefined
  }
  let turn = 0
  return {
    async read() {
      const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (handle === undefined) return undefined
      try {
        const text = await handle.readFile('ascii')
        const marks = [text.slice(0, LINE), text.slice(LINE)].flatMap((each) => parse(each) ?? [])
        const newest = marks.sort((a, b) => (a.next < b.next ? 1 : -1))[0]
        // The next one goes over the older line.
        turn = newest !== undefined && parse(text.slice(0, LINE))?.next === newest.next ? 1 : 0
        return newest
      } finally {
        await handle.close()
      }
    },
    async write(next, newest) {
      const handle = await open(path, 'r+').catch(() => open(path, 'w+', 0o600))
      try {
        await handle.write(line(next, newest), turn * LINE, 'ascii')
        await handle.datasync()
        turn = 1 - turn
      } finally {
        await handle.close()
      }
    },
  }
}
