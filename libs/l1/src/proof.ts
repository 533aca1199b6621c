import {
  BaseError,
  bytesToBigInt,
  bytesToHex,
  emptyRootHash,
  hexToBytes,
  keccak256,
  type Hash,
  type Hex,
} from '@animechain/core'
import { rlpDecode, type RlpItem } from '@animechain/tx'

/** Answer of `eth_getProof` (EIP-1186), as far as it is read: the values are in the nodes. */
export interface RpcProof {
  accountProof: readonly Hex[]
  storageProof: readonly { key: Hex; proof: readonly Hex[] }[]
}

const KEY_NIBBLES = 64

const invalid = (what: string, cause?: unknown) =>
  new BaseError(`A proof of L1 does not hold: ${what}.`, { code: 'L1_PROOF_INVALID', cause })

const nibblesOf = (bytes: Uint8Array): number[] => Array.from(bytes).flatMap((byte) => [byte >> 4, byte & 15])

/** Path of a leaf or an extension (yellow paper, appendix C). */
function compactPath(item: RlpItem): { path: number[]; isLeaf: boolean } {
  const nibbles = nibblesOf(item as Uint8Array)
  const [flag = 0] = nibbles
  return { path: nibbles.slice(flag & 1 ? 1 : 2), isLeaf: (flag & 2) !== 0 }
}

/** What a Merkle-Patricia trie of 32-byte keys has at a key, from the nodes on the way there; undefined: nothing. */
function trieValue(root: Hash, key: Uint8Array, proof: readonly Hex[]): Uint8Array | undefined {
  if (root === emptyRootHash) return undefined
  const nibbles = nibblesOf(key)
  let item: RlpItem = hexToBytes(root)
  let depth = 0
  let used = 0
  while (depth <= KEY_NIBBLES) {
    let node: RlpItem = item
    if (item instanceof Uint8Array) {
      if (item.length === 0) return undefined
      const bytes = hexToBytes(proof[used++] ?? '0x')
      if (bytesToHex(keccak256(bytes)) !== bytesToHex(item))
        throw invalid(`node ${used - 1} has another hash`)
      node = rlpDecode(bytes)
    }
    if (node.length === 17) {
      item = (node as readonly RlpItem[])[nibbles[depth++]!]!
      continue
    }
    if (node.length !== 2) throw invalid('a node is neither a branch nor a path')
    const [head, tail] = node as readonly [RlpItem, RlpItem]
    const { path, isLeaf } = compactPath(head)
    if (path.some((nibble, i) => nibbles[depth + i] !== nibble)) return undefined
    depth += path.length
    if (isLeaf) {
      if (depth !== KEY_NIBBLES) throw invalid('a leaf ends before its key')
      return tail as Uint8Array
    }
    item = tail
  }
  throw invalid('the way is longer than the key')
}

/**
 * Storage of an account, shown against the state root of a block.
 *
 * @param slots keys of the storage, in the order in which they were asked for
 * @returns their values, 0 where there is nothing
 * @throws {BaseError} `L1_PROOF_INVALID`
 */
export function provenStorage(
  stateRoot: Hash,
  account: Hex,
  slots: readonly Hash[],
  proof: RpcProof,
): bigint[] {
  try {
    const leaf = trieValue(stateRoot, keccak256(hexToBytes(account)), proof.accountProof)
    if (!leaf) throw invalid(`there is no account ${account}`)
    const storageRoot = bytesToHex((rlpDecode(leaf) as readonly Uint8Array[])[2]!)
    return slots.map((slot, i) => {
      const nodes = proof.storageProof[i]?.proof ?? []
      const value = trieValue(storageRoot, keccak256(hexToBytes(slot)), nodes)
      return value ? bytesToBigInt(rlpDecode(value) as Uint8Array) : 0n
    })
  } catch (error) {
    throw (error as BaseError).code === 'L1_PROOF_INVALID' ? error : invalid('it is malformed', error)
  }
}
