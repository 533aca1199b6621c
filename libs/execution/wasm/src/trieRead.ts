import { bytesToBigInt } from '@animechain/core'
import { rlpDecode, type RlpItem } from '@animechain/tx'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { ExecutionError } from './errors.js'

/** Loads a trie node by its hash; throws when it is missing. */
export type LoadNode = (hash: Uint8Array) => Uint8Array

function malformed(expected: string): never {
  throw new ExecutionError(`A trie node is malformed: expected ${expected}.`, 'EXECUTION_STATE_CORRUPT')
}

const nibbleAt = (bytes: Uint8Array, index: number): number =>
  index & 1 ? bytes[index >> 1]! & 15 : bytes[index >> 1]! >> 4

const bytesOf = (item: RlpItem | undefined, what: string): Uint8Array =>
  item instanceof Uint8Array ? item : malformed(what)

/**
 * Value at a hashed key of a trie (yellow paper, appendix D), undefined when there is none. `proof` collects the nodes on the way
 * from the root (EIP-1186).
 */
export function readTrie(
  load: LoadNode,
  root: Uint8Array,
  key: Uint8Array,
  proof?: Uint8Array[],
): Uint8Array | undefined {
  const nibbles = 2 * key.length
  let reference: RlpItem = root
  let at = 0
  for (;;) {
    let node: RlpItem
    if (reference instanceof Uint8Array) {
      if (reference.length === 0) return undefined
      if (reference.length !== 32) malformed('a hash of 32 bytes')
      const encoded = load(reference)
      proof?.push(encoded)
      node = rlpDecode(encoded)
    } else node = reference
    if (node instanceof Uint8Array) malformed('a list')
    const items = node as readonly RlpItem[]
    if (items.length === 17) {
      if (at === nibbles) malformed('keys of one length')
      reference = items[nibbleAt(key, at++)]!
      continue
    }
    if (items.length !== 2) malformed('2 or 17 items')
    const path = bytesOf(items[0], 'a path of bytes')
    const odd = path.length > 0 ? (path[0]! >> 4) & 1 : malformed('a path')
    const length = 2 * (path.length - 1) + odd
    for (let i = 0; i < length; i++)
      if (at + i >= nibbles || nibbleAt(path, i + 2 - odd) !== nibbleAt(key, at + i)) return undefined
    at += length
    if (path[0]! >> 4 >= 2) return at === nibbles ? bytesOf(items[1], 'a value of bytes') : undefined
    if (length === 0) malformed('an extension that is not empty')
    reference = items[1]!
  }
}

export interface AccountRecord {
  nonce: bigint
  balance: bigint
  storageRoot: Uint8Array
  codeHash: Uint8Array
}

/** An account of the state with this root. */
export function readAccount(
  load: LoadNode,
  root: Uint8Array,
  address: Uint8Array,
  proof?: Uint8Array[],
): AccountRecord | undefined {
  const value = readTrie(load, root, keccak_256(address), proof)
  if (value === undefined) return undefined
  const fields = rlpDecode(value)
  if (fields instanceof Uint8Array || fields.length !== 4) malformed('an account of four fields')
  const [nonce, balance, storageRoot, codeHash] = (fields as RlpItem[]).map((field) =>
    bytesOf(field, 'bytes'),
  )
  return {
    nonce: bytesToBigInt(nonce!),
    balance: bytesToBigInt(balance!),
    storageRoot: storageRoot!,
    codeHash: codeHash!,
  }
}

/** A slot of a storage trie as 32 bytes, undefined when it is zero. */
export function readSlot(
  load: LoadNode,
  storageRoot: Uint8Array,
  slot: Uint8Array,
  proof?: Uint8Array[],
): Uint8Array | undefined {
  const value = readTrie(load, storageRoot, keccak_256(slot), proof)
  if (value === undefined) return undefined
  const bytes = bytesOf(rlpDecode(value), 'a slot of bytes')
  if (bytes.length > 32) malformed('a slot of at most 32 bytes')
  const out = new Uint8Array(32)
  out.set(bytes, 32 - bytes.length)
  return out
}
