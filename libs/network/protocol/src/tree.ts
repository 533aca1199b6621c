import {
  InvalidInputError,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  zeroHash,
  type Hash,
} from '@animechain/core'

/** Siblings of a proof at most: more leaves than any tree here has. */
export const maxProofLength = 64

const less = (a: Uint8Array, b: Uint8Array): boolean => {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return a[i]! < b[i]!
  return true
}

const node = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  keccak256(less(a, b) ? concatBytes(a, b) : concatBytes(b, a))

/** A binary tree over leaves of 32 bytes, as OpenZeppelin's `MerkleProof` verifies it. */
export interface Tree {
  /** zero for a tree without leaves */
  readonly root: Hash
  readonly count: number
  /** Siblings of a leaf, from below. @throws {InvalidInputError} for a leaf that is not there */
  proof(index: number): Hash[]
}

/**
 * The tree over these leaves: neighbours are hashed together, the lesser first; a last one without a neighbour goes up as it is. Leaves must be
 * hashes of hashes, so that no inner node is one. Takes 64 bytes of memory a leaf.
 */
export function merkleTree(leaves: readonly Uint8Array[]): Tree {
  const levels: Uint8Array[][] = [[...leaves]]
  for (let level = levels[0]!; level.length > 1;) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2)
      above.push(i + 1 < level.length ? node(level[i]!, level[i + 1]!) : level[i]!)
    levels.push((level = above))
  }
  const top = levels.at(-1)![0]
  return {
    root: top === undefined ? zeroHash : bytesToHex(top),
    count: leaves.length,
    proof(index) {
      if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length)
        throw new InvalidInputError('index of a leaf', `0 to ${leaves.length - 1}`, index)
      const siblings: Hash[] = []
      for (let depth = 0, at = index; depth < levels.length - 1; depth++, at >>= 1) {
        const sibling = levels[depth]![at ^ 1]
        if (sibling !== undefined) siblings.push(bytesToHex(sibling))
      }
      return siblings
    },
  }
}

/** Whether a leaf is in the tree with this root. False for anything that is no proof; never throws. */
export function verifyProof(root: Hash, leaf: Hash, proof: readonly Hash[]): boolean {
  const isHash = (value: unknown): value is Hash =>
    typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)
  if (!isHash(root) || !isHash(leaf) || proof.length > maxProofLength || !proof.every(isHash)) return false
  let at = hexToBytes(leaf)
  for (const sibling of proof) at = node(at, hexToBytes(sibling))
  return bytesToHex(at) === root.toLowerCase()
}
