import { bytesToHex, emptyRootHash } from '@animechain/core'
import { rlpDecode, type RlpItem } from '@animechain/tx'
import { ExecutionError } from './errors.js'

export { emptyRootHash as EMPTY_ROOT }

/** Loads a trie node by its hash; throws when it is missing. */
export type LoadNode = (hash: Uint8Array) => Uint8Array

/**
 * Reads one key of a Merkle Patricia trie (yellow paper, appendix D), synchronously.
 * `key` is what is in the trie (hashed, for a secure trie); `proof` collects the encodings of the nodes on the way (EIP-1186).
 */
export function readTrie(
  load: LoadNode,
  root: Uint8Array,
  key: Uint8Array,
  proof?: Uint8Array[],
): Uint8Array | undefined {
  if (bytesToHex(root) === emptyRootHash) return undefined
  let encoded = load(root)
  proof?.push(encoded)
  let node: RlpItem = rlpDecode(encoded)
  // 64 nibbles, and every node that is no leaf takes at least one of them.
  for (let at = 0, depth = 0; depth <= 2 * key.length; depth++) {
    if (node instanceof Uint8Array) return corrupt('a node that is a list')
    let next: RlpItem | undefined
    if (node.length === 17) {
      if (at === 2 * key.length) return value(node[16])
      next = node[nibble(key, at)]
      at++
    } else if (node.length === 2) {
      const path = node[0]
      if (!(path instanceof Uint8Array) || path.length === 0) return corrupt('a path of at least a byte')
      const flag = path[0]! >> 4
      const isLeaf = flag >= 2
      const odd = flag & 1
      const length = 2 * (path.length - 1) + odd
      if (at + length > 2 * key.length) return undefined
      for (let i = 0; i < length; i++) if (nibble(path, i + 2 - odd) !== nibble(key, at + i)) return undefined
      at += length
      if (isLeaf) return at === 2 * key.length ? value(node[1]) : undefined
      next = node[1]
    } else return corrupt('a node of 2 or 17 items')
    if (next === undefined) return corrupt('a child')
    if (next instanceof Uint8Array) {
      if (next.length === 0) return undefined
      if (next.length !== 32) return corrupt('a hash of 32 bytes')
      encoded = load(next)
      proof?.push(encoded)
      node = rlpDecode(encoded)
    } else node = next
  }
  return corrupt('a path no longer than its key')
}

function value(item: RlpItem | undefined): Uint8Array | undefined {
  if (!(item instanceof Uint8Array)) return corrupt('a value of bytes')
  return item.length === 0 ? undefined : item
}

function nibble(bytes: Uint8Array, index: number): number {
  const byte = bytes[index >> 1]!
  return index & 1 ? byte & 15 : byte >> 4
}

function corrupt(expected: string): never {
  throw new ExecutionError(`A trie node is malformed: expected ${expected}.`, 'EXECUTION_STATE_CORRUPT')
}
