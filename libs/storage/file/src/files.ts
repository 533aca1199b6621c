import { open, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The files of a store. */
export interface LogFiles {
  readonly folder: string
  readonly log: string
  /** Holds the length that the log surely has. */
  readonly length: string
}

export function filesIn(path: string): LogFiles {
  const folder = resolve(path)
  return { folder, log: join(folder, 'data.log'), length: join(folder, 'data.length') }
}

/** Length that the log surely has, bytes: as it was at the last start or ordered stop. */
export async function knownLength({ length }: LogFiles): Promise<number> {
  return Number(await readFile(length, 'utf8').catch(() => '0')) || 0
}

export async function rememberLength({ length }: LogFiles, bytes: number): Promise<void> {
  await writeFile(`${length}.new`, `${bytes}\n`)
  await rename(`${length}.new`, length)
}

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

export async function writeAll(to: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await to.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
