import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, readdir, rename, unlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { BaseError, InvalidInputError } from '@animechain/core'
import type { VaultStore } from '@animechain/vault-client'

/**
 * Writes a file that only its owner reads, whole or not at all: beside it first, synced, then in its place.
 * @param options.isNew never over another file
 * @throws {BaseError} `VAULT_FILE_EXISTS`
 */
export async function writePrivate(
  path: string,
  text: string,
  options: { isNew?: boolean } = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(beside, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    if (options.isNew) await link(beside, path)
    else return await rename(beside, path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw new BaseError(`There is a file ${path}; it is not written over.`, {
        code: 'VAULT_FILE_EXISTS',
        cause,
      })
    throw cause
  } finally {
    await unlink(beside).catch(() => undefined)
  }
}

const missing = (error: unknown): undefined => {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}

/** What a client keeps, in a folder that is its owner's alone: one file for each key. */
export function fileStore(folder: string): VaultStore {
  const pathOf = (key: string) => {
    if (!/^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/.test(key))
      throw new InvalidInputError('key', 'letters, digits, dots and dashes between slashes', key)
    return join(folder, ...key.split('/'))
  }
  return {
    get: (key) => readFile(pathOf(key), 'utf8').catch(missing),
    set: (key, text) => writePrivate(pathOf(key), text),
    delete: async (key) => void (await unlink(pathOf(key)).catch(missing)),
    async list(prefix) {
      const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(missing)
      const keys = (found ?? [])
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      return keys.filter((key) => key.startsWith(prefix)).sort()
    },
  }
}
