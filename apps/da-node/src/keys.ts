import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { BaseError, type Hex } from '@animechain/core'

/**
 * A key of the node: the one that was given, else the one in a file of its folder, which is made at the first start, for its owner alone to read.
 * @throws {BaseError} `DA_NODE_KEY` where the file has no key
 */
export function keyOf(given: Hex | undefined, folder: string, name: string): Hex {
  if (given !== undefined) return given
  const path = join(folder, name)
  mkdirSync(folder, { recursive: true })
  try {
    const file = openSync(path, 'wx', 0o600)
    try {
      writeSync(file, `0x${randomBytes(32).toString('hex')}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const text = readFileSync(path, 'utf8').trim()
  if (!/^0x[0-9a-f]{64}$/.test(text))
    throw new BaseError(`The file ${path} has no key.`, {
      code: 'DA_NODE_KEY',
      metaMessages: [
        'Expected 32 bytes as hex with 0x in front. Restore it from a copy: with another key the node is another one.',
      ],
    })
  return text as Hex
}
