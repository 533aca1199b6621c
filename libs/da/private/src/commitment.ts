import { bytesToBigInt, bytesToHex, commitmentPrefixes, type Commitment, type Hash } from '@animechain/core'

/** First byte of the commitments. */
export const prefix = commitmentPrefixes.private

/** What a commitment of kind 4 names. docs/spec/vault.md, section 6 */
export interface SealedReference {
  blob: Hash
  keyHash: Hash
  /** bytes of all chunks */
  length: bigint
  /** epoch of the committee that certified it */
  committee: bigint
}

/** undefined where the bytes are no such commitment. */
export function referenceOf(commitment: Commitment): SealedReference | undefined {
  if (commitment.length !== 82 || commitment[0] !== prefix || commitment[1] !== 1) return undefined
  return {
    blob: bytesToHex(commitment.subarray(2, 34)),
    keyHash: bytesToHex(commitment.subarray(34, 66)),
    length: bytesToBigInt(commitment.subarray(66, 74)),
    committee: bytesToBigInt(commitment.subarray(74)),
  }
}
