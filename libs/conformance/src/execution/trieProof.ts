import { bytesToHex, hexToBytes, keccak256, type Hash, type Hex } from '@animechain/core'
import { rlpDecode, rlpEncode, type RlpItem } from '@animechain/tx'

/**
 * Verifies one key of a Merkle Patricia proof, strictly: every node is used, none is left over. Gives the value (undefined: proven
 * absent); throws when the proof does not hold.
 */
export function verifyTrieProof(root: Hash, key: Uint8Array, proof: readonly Hex[]): Uint8Array | undefined {
  const path = [...keccak256(key)].flatMap((byte) => [byte >> 4, byte & 15])
  if (proof.length === 0) {
    if (root !== bytesToHex(keccak256(rlpEncode(new Uint8Array(0)))))
      throw new Error('an empty proof is for an empty trie')
    return undefined
  }
  let expected = hexToBytes(root)
  let position = 0
  for (const [index, hex] of proof.entries()) {
    const encoded = hexToBytes(hex)
    if (bytesToHex(keccak256(encoded)) !== bytesToHex(expected))
      throw new Error(`node ${index} has another hash`)
    let node: RlpItem = rlpDecode(encoded)
    for (;;) {
      if (node instanceof Uint8Array) throw new Error('a node is a list')
      let next: RlpItem
      if (node.length === 17) next = node[path[position++]!]!
      else {
        const compact = node[0] as Uint8Array
        const nibbles = [...compact].flatMap((byte) => [byte >> 4, byte & 15])
        const own = nibbles.slice(nibbles[0]! & 1 ? 1 : 2)
        const matches = own.every((nibble, i) => nibble === path[position + i])
        position += own.length
        const isLeaf = nibbles[0]! >= 2
        if (!matches || isLeaf) {
          if (index !== proof.length - 1) throw new Error('nodes are left over')
          return matches && position === path.length ? (node[1] as Uint8Array) : undefined
        }
        next = node[1]!
      }
      if (next instanceof Uint8Array) {
        if (next.length === 0) {
          if (index !== proof.length - 1) throw new Error('nodes are left over')
          return undefined
        }
        expected = next
        break
      }
      node = next
    }
  }
  throw new Error('the proof ends too early')
}
