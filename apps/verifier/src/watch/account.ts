import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError, type Hex } from '@animechain/core'
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'

const bad = (path: string, why: string, cause?: unknown) =>
  new BaseError(`The key file ${path} cannot be used.`, {
    code: 'WATCH_KEY',
    cause,
    metaMessages: [`${why}.`, 'Remove the file for a new key, or give one (--watch-key).'],
  })

async function read(path: string): Promise<PrivateKeyAccount | undefined> {
  let text: string
  try {
    text = (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw bad(path, 'It cannot be read', cause)
  }
  try {
    if (!/^0x[0-9a-f]{64}$/i.test(text)) throw new Error('no key')
    return privateKeyToAccount(text as Hex)
  } catch {
    // What the parser says may quote the key.
    throw bad(path, 'Expected the hex of a private key, 32 bytes, as this program writes it')
  }
}

/**
 * The account that signs alarms: of the key that is given, else of the one in the folder, which is made where there is none, for its owner only.
 * @throws {BaseError} `WATCH_KEY`
 */
export async function watchAccount(key: Hex | undefined, folder: string): Promise<PrivateKeyAccount> {
  if (key !== undefined) return privateKeyToAccount(key)
  const path = join(folder, 'network', 'alarm.key')
  const known = await read(path)
  if (known) return known
  const made = generatePrivateKey()
  await mkdir(join(folder, 'network'), { recursive: true })
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`${made}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw bad(path, 'It cannot be written', cause)
  }
  return privateKeyToAccount(made)
}
