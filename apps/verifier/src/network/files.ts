import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BaseError, bytesToHex, hexToBytes, type Hex } from '@animechain/core'

/** What a member of the verifier network has in its data folder. */
export const networkFiles = (dataDir: string) => ({
  folder: join(dataDir, 'network'),
  /** what the hot key signed */
  log: join(dataDir, 'network', 'signatures.log'),
  /** what the trees of blocks are salted with */
  secret: join(dataDir, 'network', 'secret'),
  journal: join(dataDir, 'network', 'journal'),
})

/** Written by `secretOf`: 64 digits and a line feed. */
const MAX_FILE_BYTES = 256

async function read(path: string): Promise<Uint8Array | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (text.length > MAX_FILE_BYTES || !/^0x[0-9a-f]{64}\n?$/.test(text))
    // What is in it is not in the message: errors are logged.
    throw new BaseError(`The file ${path} does not hold the secret of a verifier.`, {
      code: 'VERIFIER_SECRET',
      metaMessages: ['Expected 32 bytes of hex, as this program writes it.'],
    })
  return hexToBytes(text.trim() as Hex)
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Writes a secret into a new file that its owner alone can read. It is on disk when this resolves, whole or not at all.
 * @returns false where there is a file of this name: it stays as it is
 */
export async function writeOnce(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.new.${randomBytes(6).toString('hex')}`
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
    await file.close()
    await link(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    await file.close().catch(() => undefined)
    await rm(aside, { force: true })
  }
  await syncFolder(dirname(path))
  return true
}

/**
 * The secret that the trees of blocks are salted with, 32 bytes; made where it is missing, for its owner only.
 * @throws {BaseError} `VERIFIER_SECRET`
 */
export async function secretOf(path: string): Promise<Uint8Array> {
  const known = await read(path)
  if (known) return known
  // Where another process was faster, its secret is the one.
  await writeOnce(path, `${bytesToHex(randomBytes(32))}\n`)
  return (await read(path))!
}
