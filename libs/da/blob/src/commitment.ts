import {
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  hexToBytes,
  type Commitment,
  type Hash,
} from '@animechain/core'
import { sha256 } from 'viem'
import { maxBlobs } from './encoding.js'

export const prefix = commitmentPrefixes.blob
/** EIP-4844: VERSIONED_HASH_VERSION_KZG */
const HASH_VERSION = 1

/** EIP-4844, `kzg_to_versioned_hash`. */
export function versionedHash(kzgCommitment: Uint8Array): Hash {
  const hash = sha256(kzgCommitment, 'bytes')
  hash[0] = HASH_VERSION
  return bytesToHex(hash)
}

/** `0x02 ‖ versioned hashes`. docs/spec/protocol.md 1.3 */
export const commitmentOf = (hashes: readonly Hash[]): Commitment =>
  concatBytes(Uint8Array.of(prefix), ...hashes.map(hexToBytes))

/** The versioned hashes of a commitment; undefined where it is none of this backend. */
export function hashesOf(commitment: Commitment): Hash[] | undefined {
  const count = (commitment.length - 1) / 32
  if (commitment[0] !== prefix || !Number.isInteger(count) || count < 1 || count > maxBlobs) return undefined
  const hashes: Hash[] = []
  for (let i = 0; i < count; i++) {
    const hash = commitment.slice(1 + 32 * i, 33 + 32 * i)
    if (hash[0] !== HASH_VERSION) return undefined
    hashes.push(bytesToHex(hash))
  }
  return hashes
}
