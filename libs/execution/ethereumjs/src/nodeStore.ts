import { bytesToHex, type KeyValueOperation, type KeyValueStore } from '@animechain/core'
import { rlpDecode, type RlpItem } from '@animechain/tx'
import { ExecutionError } from './errors.js'

const PREFIX = 'exec'
const NODE = 0x6e
const CODE = 0x63
const META = 0x6d

const prefix = new TextEncoder().encode(PREFIX)

function storageKey(kind: number, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(prefix.length + 1 + key.length)
  out.set(prefix)
  out[prefix.length] = kind
  out.set(key, prefix.length + 1)
  return out
}

function unhex(hex: string): Uint8Array {
  const out = new Uint8Array(hex.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return out
}

/**
 * Trie nodes and code by their hash, over a key-value store. Content addressed: nothing is ever overwritten, so every sealed state
 * stays readable while others are built.
 */
export interface NodeStore {
  /** @throws EXECUTION_STATE_MISSING */
  node(hash: Uint8Array): Uint8Array
  hasNode(hash: Uint8Array): boolean
  /** @throws EXECUTION_STATE_MISSING */
  code(hash: Uint8Array): Uint8Array
  meta(name: string): Uint8Array | undefined
  commit(operations: readonly KeyValueOperation[]): Promise<void>
}

/** Bytes of code kept in memory. */
const CODE_CACHE_BYTES = 16 * 1024 * 1024

export function nodeStore(storage: KeyValueStore): NodeStore {
  const codes = new Map<string, Uint8Array>()
  let codeBytes = 0
  const missing = (what: string, hash: Uint8Array): never => {
    throw new ExecutionError(`The state has no ${what} ${bytesToHex(hash)}.`, 'EXECUTION_STATE_MISSING')
  }
  return {
    node: (hash) => storage.get(storageKey(NODE, hash)) ?? missing('trie node', hash),
    hasNode: (hash) => storage.get(storageKey(NODE, hash)) !== undefined,
    code(hash) {
      const key = bytesToHex(hash)
      let code = codes.get(key)
      if (code === undefined) {
        code = storage.get(storageKey(CODE, hash)) ?? missing('code', hash)
        if (codeBytes + code.length > CODE_CACHE_BYTES) {
          codes.clear()
          codeBytes = 0
        }
        codes.set(key, code)
        codeBytes += code.length
      }
      return code
    },
    meta: (name) => storage.get(storageKey(META, new TextEncoder().encode(name))),
    commit: (operations) => storage.batch(operations, { durable: true }),
  }
}

export const metaOperation = (name: string, value: Uint8Array): KeyValueOperation => ({
  type: 'put',
  key: storageKey(META, new TextEncoder().encode(name)),
  value,
})

/**
 * The database behind @ethereumjs/mpt: new nodes stay in memory until {@link NodeBuffer.operations} picks those that the new roots
 * reach. A node that is missing throws, where the trie itself would take it for an absent key.
 */
export interface NodeBuffer {
  get(key: string): Promise<Uint8Array>
  put(key: string, value: string | Uint8Array): Promise<void>
  del(key: string): Promise<void>
  batch(operations: { type: string; key: string; value?: string | Uint8Array }[]): Promise<void>
  shallowCopy(): NodeBuffer
  open(): Promise<void>
  load(hash: Uint8Array): Uint8Array
  /** Writes for every pending node below a root. */
  operations(roots: readonly Uint8Array[]): KeyValueOperation[]
}

export function nodeBuffer(store: NodeStore): NodeBuffer {
  const pending = new Map<string, Uint8Array>()
  const plain = (hash: Uint8Array) => bytesToHex(hash).slice(2)
  const put = (key: string, value: string | Uint8Array) => {
    pending.set(key, typeof value === 'string' ? unhex(value) : value)
  }
  const buffer: NodeBuffer = {
    async get(key) {
      return pending.get(key) ?? store.node(unhex(key))
    },
    async put(key, value) {
      put(key, value)
    },
    async del(key) {
      pending.delete(key)
    },
    async batch(operations) {
      for (const op of operations) {
        if (op.type === 'put' && op.value !== undefined) put(op.key, op.value)
        else pending.delete(op.key)
      }
    },
    shallowCopy: () => buffer,
    async open() {},
    load: (hash) => pending.get(plain(hash)) ?? store.node(hash),
    operations(roots) {
      const out: KeyValueOperation[] = []
      const seen = new Set<string>()
      const visit = (hash: Uint8Array) => {
        const key = plain(hash)
        const value = pending.get(key)
        if (value === undefined || seen.has(key)) return
        seen.add(key)
        out.push({ type: 'put', key: storageKey(NODE, hash), value })
        children(rlpDecode(value))
      }
      const children = (node: RlpItem) => {
        if (node instanceof Uint8Array) return
        const child = (item: RlpItem) => {
          if (!(item instanceof Uint8Array)) children(item)
          else if (item.length === 32) visit(item)
        }
        if (node.length === 17) for (let i = 0; i < 16; i++) child(node[i]!)
        // A leaf's value may look like a hash; its path has the flag of a leaf.
        else if (node.length === 2 && node[0] instanceof Uint8Array && node[0][0]! < 0x20) child(node[1]!)
      }
      for (const root of roots) visit(root)
      return out
    },
  }
  return buffer
}

export const codeOperation = (hash: Uint8Array, code: Uint8Array): KeyValueOperation => ({
  type: 'put',
  key: storageKey(CODE, hash),
  value: code,
})
