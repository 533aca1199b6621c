import { concatBytes, hexToBytes, type Hash } from './bytes.js'
import { keccak256Hex } from './keccak.js'

/** Output root version 0 (OP Stack specification, "L2 output commitment construction"). */
export function outputRoot(parts: {
  stateRoot: Hash
  messagePasserStorageRoot: Hash
  blockHash: Hash
}): Hash {
  return keccak256Hex(
    concatBytes(
      new Uint8Array(32),
      hexToBytes(parts.stateRoot),
      hexToBytes(parts.messagePasserStorageRoot),
      hexToBytes(parts.blockHash),
    ),
  )
}

/**
 * Commitment to the output roots of blocks, in order (docs/spec/game.md 1): the root of a binary tree of keccak256 hashes with 2^height leaves, the last
 * output root in all that are left over, and the siblings of the last leaf, from its own up.
 * @throws RangeError unless there are 1 to 2^height output roots
 */
export function outputHistory(roots: readonly Hash[], height: number): { history: Hash; proof: Hash[] } {
  const last = roots.at(-1)
  if (last === undefined || roots.length > 2 ** height)
    throw new RangeError(`expected 1 to ${2 ** height} output roots, got ${roots.length}`)
  let nodes: Hash[] = [...roots]
  // Node of a subtree with nothing but the last output root.
  let padding = last
  const proof: Hash[] = []
  for (let level = 0; level < height; level++) {
    proof.push(nodes[2 ** (height - level) - 2] ?? padding)
    const above: Hash[] = []
    for (let i = 0; i < nodes.length; i += 2) above.push(nodeOf(nodes[i]!, nodes[i + 1] ?? padding))
    nodes = above
    padding = nodeOf(padding, padding)
  }
  return { history: nodes[0]!, proof }
}

const nodeOf = (left: Hash, right: Hash): Hash =>
  keccak256Hex(concatBytes(hexToBytes(left), hexToBytes(right)))
