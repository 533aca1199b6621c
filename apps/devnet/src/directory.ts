import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { BaseError } from '@animechain/core'
import { readDeployment, type Deployment } from '@animechain/stack'

/** What the directory must agree with to be resumed. */
export interface Kept {
  version: 1
  productionDelays: boolean
  l1BlockTime: number
  /** the contracts of the private store are there */
  vault?: boolean
  /** the inbox takes batches of kind 3 */
  altDa?: boolean
  /** verifiers of the network; none or 0 where its contracts are not there */
  verifiers?: number
}

const LOCK = 'lock'

/** The directory of a devnet, made where it is missing, and nobody else's until `release`. @throws {BaseError} `DEVNET_DIRECTORY` */
export function takeDirectory(path: string): { directory: string; release(): void } {
  const directory = resolve(path)
  try {
    mkdirSync(directory, { recursive: true })
  } catch (cause) {
    throw unusable(directory, cause)
  }
  return { directory, release: lockDirectory(directory) }
}

/** Removes all but the lock. Behind it: what another devnet works on is not to be removed under it. */
export function emptyDirectory(directory: string): void {
  for (const name of readdirSync(directory))
    if (name !== LOCK) rmSync(join(directory, name), { recursive: true, force: true })
}

/** Two devnets in one directory would destroy each other's state. A lock whose process is gone is taken over. */
function lockDirectory(directory: string): () => void {
  const path = join(directory, LOCK)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return () => rmSync(path, { force: true })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(directory, cause)
      const holder = Number(existsSync(path) ? readFileSync(path, 'utf8') : NaN)
      if (isRunning(holder))
        throw new BaseError(`The directory ${directory} is in use by the devnet of process ${holder}.`, {
          code: 'DEVNET_DIRECTORY',
          cause,
          metaMessages: ['Stop it, or choose another directory: --directory <path>.'],
        })
      rmSync(path, { force: true })
    }
  }
  throw new BaseError(`The directory ${directory} cannot be locked.`, { code: 'DEVNET_DIRECTORY' })
}

function unusable(directory: string, cause: unknown): BaseError {
  return new BaseError(`The directory ${directory} cannot be used.`, {
    code: 'DEVNET_DIRECTORY',
    cause,
    metaMessages: ['Choose one that can be written to: --directory <path>.'],
  })
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const damaged = (directory: string, path: string, expected: string, cause?: unknown): BaseError =>
  new BaseError(`The directory ${directory} holds a damaged devnet.`, {
    code: 'DEVNET_DIRECTORY',
    cause,
    metaMessages: [
      `File: ${path}. Expected ${expected}.`,
      'A process that is killed while it writes leaves that. Start with --reset to begin anew, or choose another directory: --directory <path>.',
    ],
  })

function readKept(directory: string, path: string): Kept {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Partial<Kept> | null
    if (kept?.version === 1 && typeof kept.productionDelays === 'boolean') return kept as Kept
  } catch (cause) {
    throw damaged(directory, path, 'JSON', cause)
  }
  throw damaged(directory, path, '{ version: 1, productionDelays, l1BlockTime }')
}

/** anvil says of a file that it cannot read only that it ended. @throws {BaseError} `DEVNET_DIRECTORY` */
export function checkL1State(directory: string, path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const ends = Buffer.alloc(2)
    readSync(file, ends, 0, 1, 0)
    readSync(file, ends, 1, 1, Math.max(size - 1, 0))
    // The whole of it may have hundreds of MB.
    if (ends.toString('latin1') !== '{}') throw damaged(directory, path, 'one whole JSON object')
  } finally {
    closeSync(file)
  }
}

/** A part of the contracts that a directory was made without. */
const without = (directory: string, what: string): BaseError =>
  new BaseError(`The directory ${directory} holds a devnet without ${what}.`, {
    code: 'DEVNET_DIRECTORY',
    metaMessages: [
      'Its contracts come with the first start. Start with --reset to begin anew, or choose another directory.',
    ],
  })

/** Compares what the directory was made with, and keeps it for the next start. @returns what it holds @throws {BaseError} `DEVNET_DIRECTORY` */
export function checkKept(directory: string, kept: Kept): Kept {
  const path = join(directory, 'devnet.json')
  if (existsSync(path)) {
    const before = readKept(directory, path)
    if (before.productionDelays !== kept.productionDelays)
      throw new BaseError(
        `The directory ${directory} holds a devnet with ${before.productionDelays ? 'production' : 'short'} delays.`,
        {
          code: 'DEVNET_DIRECTORY',
          metaMessages: [
            'Delays are fixed when the contracts are deployed. Start with --reset to begin anew, or choose another directory.',
          ],
        },
      )
    if (kept.vault && !before.vault) throw without(directory, 'a private store')
    if (kept.altDa && !before.altDa)
      throw without(directory, 'the contract for batches of kind 3 (--da altda, s3 or failover)')
    if (kept.verifiers && before.verifiers !== kept.verifiers)
      throw without(directory, `a network of ${kept.verifiers} verifiers`)
    if (before.verifiers) kept = { ...kept, verifiers: before.verifiers }
    if (before.vault) kept = { ...kept, vault: true }
    if (before.altDa) kept = { ...kept, altDa: true }
  }
  writeFileSync(`${path}.tmp`, JSON.stringify(kept))
  renameSync(`${path}.tmp`, path)
  return kept
}

/** @throws {BaseError} `DEVNET_DIRECTORY` where the directory's L2 began otherwise: its contracts were others, or L1 was killed before it could write its file. */
export function checkSameChain(chainFile: string, { rollup }: Deployment): void {
  if (!existsSync(chainFile)) return
  const before = readDeployment(chainFile).rollup.genesisHash
  if (before === rollup.genesisHash) return
  throw new BaseError(`The directory ${dirname(chainFile)} holds another chain.`, {
    code: 'DEVNET_DIRECTORY',
    metaMessages: [
      `Expected the genesis ${rollup.genesisHash}, got ${before}: the contracts have changed, or L1 has lost them.`,
      'Start with --reset to begin anew, or choose another directory.',
    ],
  })
}
