import { bytesToHex, concatBytes, sha256, type Hash, type SealedBatch } from '@animechain/core'

/** Bytes of a sealed chunk, its tag included, and of a leaf of its tree. docs/spec/vault.md, section 2 */
const CHUNK_BYTES = 262_144 + 16
const PIECE_BYTES = 4_096

/** Everything that the program reads of a sealed batch by SHA-256 hashes: descriptor, nodes and leaves of the tree over the ciphertext. */
export function sealedPreimages({ descriptor, body }: SealedBatch): Map<Hash, Uint8Array> {
  const preimages = new Map<Hash, Uint8Array>()
  const hashed = (bytes: Uint8Array): Uint8Array => {
    const hash = sha256(bytes)
    preimages.set(bytesToHex(hash), bytes)
    return hash
  }
  /** The tree of RFC 9162, 2.1.1. */
  const root = (leaves: readonly Uint8Array[]): Uint8Array => {
    if (leaves.length === 1) return hashed(concatBytes(Uint8Array.of(0), leaves[0]!))
    const left = 2 ** Math.floor(Math.log2(leaves.length - 1))
    return hashed(concatBytes(Uint8Array.of(1), root(leaves.slice(0, left)), root(leaves.slice(left))))
  }
  hashed(descriptor)
  if (body.length > 0) root(pieces(body, CHUNK_BYTES).map((chunk) => root(pieces(chunk, PIECE_BYTES))))
  return preimages
}

const pieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
