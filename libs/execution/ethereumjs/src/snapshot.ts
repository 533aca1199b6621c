import { bytesToHex, emptyRootHash, hexToBytes } from '@animechain/core'
import { rlpDecode } from '@animechain/tx'
import { Account } from '@ethereumjs/util'
import { ExecutionError } from './errors.js'
import { keccak } from './keccak.js'
import type { NodeStore } from './nodeStore.js'
import { readTrie, type LoadNode } from './trieRead.js'

/** Entries after which a snapshot's cache is thrown away rather than grown. */
const MAX_CACHED = 200_000

/** One account as it stands in a state. Immutable. */
export interface AccountRecord {
  readonly nonce: bigint
  readonly balance: bigint
  readonly storageRoot: Uint8Array
  readonly codeHash: Uint8Array
}

/** Reads of the state with one root, with a cache. Addresses and slots are hex without `0x`. */
export interface Snapshot {
  readonly root: Uint8Array
  account(address: string): AccountRecord | undefined
  storage(address: string, slot: string): bigint
  /** The snapshot of the state that these changes lead to. It takes this one's cache over; this one stays right and starts a new one. */
  advance(root: Uint8Array, changes: Iterable<AccountChange>): Snapshot
}

export interface AccountChange {
  address: string
  account: AccountRecord | undefined
  /** the storage is emptied before `slots` are set */
  cleared: boolean
  slots: ReadonlyMap<string, bigint>
}

/** Decodes an account as it stands in the trie. */
export function decodeAccount(encoded: Uint8Array): AccountRecord {
  const item = rlpDecode(encoded)
  if (item instanceof Uint8Array || item.length !== 4 || item.some((field) => !(field instanceof Uint8Array)))
    throw new ExecutionError('An account is malformed: expected four fields.', 'EXECUTION_STATE_CORRUPT')
  const [nonce, balance, storageRoot, codeHash] = item as readonly Uint8Array[]
  return {
    nonce: toBigInt(nonce!),
    balance: toBigInt(balance!),
    storageRoot: storageRoot!,
    codeHash: codeHash!,
  }
}

const toBigInt = (bytes: Uint8Array) => (bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes)))

export const toAccount = (record: AccountRecord) =>
  new Account(record.nonce, record.balance, record.storageRoot, record.codeHash)

/** Looks an account up, without any cache; `proof` collects the nodes on the way. */
export function readAccount(load: LoadNode, root: Uint8Array, address: Uint8Array, proof?: Uint8Array[]) {
  const encoded = readTrie(load, root, keccak(address), proof)
  return encoded === undefined ? undefined : decodeAccount(encoded)
}

/** Looks a slot up, without any cache. */
export function readSlot(
  load: LoadNode,
  storageRoot: Uint8Array,
  slot: Uint8Array,
  proof?: Uint8Array[],
): bigint {
  const encoded = readTrie(load, storageRoot, keccak(slot), proof)
  if (encoded === undefined) return 0n
  const value = rlpDecode(encoded)
  if (!(value instanceof Uint8Array) || value.length > 32)
    throw new ExecutionError(
      'A storage value is malformed: expected at most 32 bytes.',
      'EXECUTION_STATE_CORRUPT',
    )
  return toBigInt(value)
}

interface Cache {
  accounts: Map<string, AccountRecord | undefined>
  storage: Map<string, Map<string, bigint>>
  size: number
}

const emptyCache = (): Cache => ({ accounts: new Map(), storage: new Map(), size: 0 })

export function snapshot(store: NodeStore, root: Uint8Array, cache: Cache = emptyCache()): Snapshot {
  const load: LoadNode = (hash) => store.node(hash)
  const bound = () => {
    if (cache.size <= MAX_CACHED) return
    cache.accounts.clear()
    cache.storage.clear()
    cache.size = 0
  }
  const self: Snapshot = {
    root,
    account(address) {
      if (cache.accounts.has(address)) return cache.accounts.get(address)
      const record = readAccount(load, root, hexToBytes(`0x${address}`))
      bound()
      cache.accounts.set(address, record)
      cache.size++
      return record
    },
    storage(address, slot) {
      const known = cache.storage.get(address)?.get(slot)
      if (known !== undefined) return known
      const account = self.account(address)
      const value =
        account === undefined || bytesToHex(account.storageRoot) === emptyRootHash
          ? 0n
          : readSlot(load, account.storageRoot, hexToBytes(`0x${slot}`))
      bound()
      let slots = cache.storage.get(address)
      if (slots === undefined) cache.storage.set(address, (slots = new Map()))
      slots.set(slot, value)
      cache.size++
      return value
    },
    advance(newRoot, changes) {
      const moved = cache
      for (const { address, account, cleared, slots } of changes) {
        if (!cache.accounts.has(address)) cache.size++
        cache.accounts.set(address, account)
        if (cleared || account === undefined) cache.storage.delete(address)
        if (slots.size === 0 || account === undefined) continue
        let known = cache.storage.get(address)
        if (known === undefined) cache.storage.set(address, (known = new Map()))
        for (const [slot, value] of slots) {
          if (!known.has(slot)) cache.size++
          known.set(slot, value)
        }
      }
      bound()
      cache = emptyCache()
      return snapshot(store, newRoot, moved)
    },
  }
  return self
}
