import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { InvalidInputError } from '@animechain/core'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

type Say = (line: string) => void

/** Makes a key in each file, readable by its owner only. What exists is left as it is, and nothing of a key is printed. */
export function makeKeys(paths: readonly string[], say: Say): void {
  if (paths.length === 0) throw new InvalidInputError('key', 'files to make keys in', 'nothing')
  for (const path of paths) {
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      writeFileSync(path, `${generatePrivateKey()}\n`, { mode: 0o600, flag: 'wx' })
    }
    say(`${path} ${addressOf(path)}`)
  }
}

/** Prints the account of the key in a file. */
export function printAddress(paths: readonly string[], say: Say): void {
  const [path] = paths
  if (path === undefined || paths.length > 1)
    throw new InvalidInputError('address', 'one file with a key', paths.join(' ') || 'nothing')
  say(addressOf(path))
}

function addressOf(path: string): string {
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
  if (text === undefined) throw new InvalidInputError('key file', 'a file that exists', path)
  try {
    return privateKeyToAccount(text as `0x${string}`).address
  } catch {
    throw new InvalidInputError('key file', 'a private key, 0x and 64 hex digits, in it', path)
  }
}
