import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Hash } from '@animechain/core'
import type { Attestation } from '@animechain/network-protocol'
import { createSignatureLog, localSigner, openSignatureLog, type MarkStore } from '../src/index.js'

export const hash = (text: string): Hash => keccak256(toHex(text))
export const account = privateKeyToAccount(hash('the key'))
export const other = privateKeyToAccount(hash('another key'))
export const domain = { chainId: 31_337, registry: `0x${'a1'.repeat(20)}` } as const

export const attestation = (batchIndex: number, changes: Partial<Attestation> = {}): Attestation => ({
  game: `0x${'b2'.repeat(20)}`,
  batchIndex: BigInt(batchIndex),
  batchAcc: hash(`acc ${batchIndex}`),
  l2BlockNumber: BigInt(10 * batchIndex),
  outputRoot: hash(`root ${batchIndex}`),
  blocksRoot: hash(`blocks ${batchIndex}`),
  epoch: 3n,
  ...changes,
})

const folders: string[] = []
/** A folder of its own, which {@link removeFolders} removes. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'animechain-signatures-'))
  folders.push(path)
  return path
}
export const removeFolders = async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true })
}

export const options = (path: string, marks: readonly MarkStore[] = []) => ({
  ...{ path, domain, marks },
  key: account.address,
})

/** A log that was begun in a new folder. */
export async function newLog({ floor = 0n, marks = [] as readonly MarkStore[] } = {}) {
  const path = join(folder(), 'signatures.log')
  await createSignatureLog({ ...options(path, marks), floor })
  return path
}

/** Opens a log with its key. */
export async function opened(path: string, marks: readonly MarkStore[] = []) {
  const log = await openSignatureLog(options(path, marks))
  return { log, signer: localSigner(log, account) }
}
