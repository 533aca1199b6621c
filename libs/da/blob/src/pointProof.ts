import { loadKzg, type ProvingKzg } from './kzg.js'

/** What L1's point evaluation precompile is given about one point of a blob, besides its value. */
export interface PointProof {
  /** 48 bytes */
  readonly commitment: Uint8Array
  /** 48 bytes */
  readonly proof: Uint8Array
}

/**
 * Proves single field elements of blobs to L1: of a blob of 131,072 bytes and the point at which an element stands (32 bytes), commitment and proof. It runs in the
 * caller's thread: a tenth of a second for each, in JavaScript some seconds.
 * @param kzg default: `loadKzg()`
 */
export async function pointProofs(
  kzg?: ProvingKzg,
): Promise<(blob: Uint8Array, point: Uint8Array) => PointProof> {
  const own = kzg ?? (await loadKzg())
  const commitments = new WeakMap<Uint8Array, Uint8Array>()
  return (blob, point) => {
    const commitment = commitments.get(blob) ?? own.blobToKzgCommitment(blob)
    commitments.set(blob, commitment)
    return { commitment, proof: own.computeKzgProof(blob, point) }
  }
}
