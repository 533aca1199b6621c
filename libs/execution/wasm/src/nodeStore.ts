import { bytesToHex, type KeyValueOperation, type KeyValueStore } from '@animechain/core'
import { ExecutionError } from './errors.js'
import { lastNodes, type WrittenNodes } from './lastNodes.js'

const prefix = new TextEncoder().encode('wasm')
/** Bytes in front of the hash in the key of a node. */
const NODE_PREFIX = prefix.length + 1
const NODE = 0x6e
const CODE = 0x63
const HEADER = 0x68
const META = 0x6d

function storageKey(kind: number, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(prefix.length + 1 + key.length)
  out.set(prefix)
  out[prefix.length] = kind
  out.set(key, prefix.length + 1)
  return out
}

/** Trie nodes kept in memory; a branch is 532 bytes at most. */
const NODE_CACHE = 60_000

/** A map of bounded size that forgets what was not asked for since half of it was filled. */
export interface Recent<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  clear(): void
}

export function recent<V>(limit: number): Recent<V> {
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  const set = (key: string, value: V) => {
    young.set(key, value)
    if (young.size * 2 < limit) return
    old = young
    young = new Map()
  }
  return {
    get(key) {
      const value = young.get(key)
      if (value !== undefined) return value
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
    set,
    clear() {
      young = new Map()
      old = new Map()
    },
  }
}

/** Bytes as a string of one character each: the cheapest key of a Map. */
export function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}

/**
 * Trie nodes and code by their hash, over a key-value store. Content addressed: nothing is ever overwritten, so every sealed state
 * stays readable while others are built.
 */
export interface NodeStore {
  /**
   * Possibly a view of something larger: copy what is to last.
   * @throws EXECUTION_STATE_MISSING
   */
  node(hash: Uint8Array): Uint8Array
  hasNode(hash: Uint8Array): boolean
  /** @throws EXECUTION_STATE_MISSING */
  code(hash: Uint8Array): Uint8Array
  /** Whatever has this keccak256 hash: a trie node, code or a header; undefined when it is not here. */
  preimage(hash: Uint8Array): Uint8Array | undefined
  meta(name: string): Uint8Array | undefined
  commit(operations: readonly KeyValueOperation[]): Promise<void>
  /** Keeps the nodes of a block that was committed at hand for the next ones. */
  remember(nodes: WrittenNodes): void
}

export function nodeStore(storage: KeyValueStore): NodeStore {
  const nodes = recent<Uint8Array>(NODE_CACHE)
  const last = lastNodes()
  const missing = (what: string, hash: Uint8Array): never => {
    throw new ExecutionError(`The state has no ${what} ${bytesToHex(hash)}.`, 'EXECUTION_STATE_MISSING')
  }
  return {
    node(hash) {
      const written = last.get(hash)
      if (written !== undefined) return written
      const key = keyOf(hash)
      let node = nodes.get(key)
      if (node === undefined) {
        node = storage.get(storageKey(NODE, hash)) ?? missing('trie node', hash)
        nodes.set(key, node)
      }
      return node
    },
    hasNode: (hash) => storage.get(storageKey(NODE, hash)) !== undefined,
    code: (hash) => storage.get(storageKey(CODE, hash)) ?? missing('code', hash),
    preimage: (hash) =>
      storage.get(storageKey(NODE, hash)) ??
      storage.get(storageKey(CODE, hash)) ??
      storage.get(storageKey(HEADER, hash)),
    meta: (name) => storage.get(storageKey(META, new TextEncoder().encode(name))),
    commit: (operations) => storage.batch(operations, { durable: true }),
    remember: (nodes) => last.add(nodes),
  }
}

/**
 * The writes of a block's nodes, their keys and values views of `bytes`: no copies. The bytes before each hash become part of its key.
 */
export function nodeOperations({ bytes, hashes, values, lengths }: WrittenNodes): KeyValueOperation[] {
  return hashes.map((hashAt, i) => {
    const keyAt = hashAt - NODE_PREFIX
    bytes.set(prefix, keyAt)
    bytes[hashAt - 1] = NODE
    return {
      type: 'put',
      key: bytes.subarray(keyAt, hashAt + 32),
      value: bytes.subarray(values[i]!, values[i]! + lengths[i]!),
    }
  })
}
export const codeOperation = (hash: Uint8Array, value: Uint8Array): KeyValueOperation => ({
  type: 'put',
  key: storageKey(CODE, hash),
  value,
})
export const headerOperation = (hash: Uint8Array, value: Uint8Array): KeyValueOperation => ({
  type: 'put',
  key: storageKey(HEADER, hash),
  value,
})
export const metaOperation = (name: string, value: Uint8Array): KeyValueOperation => ({
  type: 'put',
  key: storageKey(META, new TextEncoder().encode(name)),
  value,
})
