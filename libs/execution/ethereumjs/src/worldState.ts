import type { KeyValueOperation } from '@animechain/core'
import { bytesToBigInt, bytesToHex, emptyCodeHash, emptyRootHash, hexToBytes } from '@animechain/core'
import { rlpEncode, uintToBytes } from '@animechain/tx'
import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { ValueEncoding, type Account, type Address } from '@ethereumjs/util'
import { ExecutionError } from './errors.js'
import { keccak } from './keccak.js'
import { codeOperation, nodeBuffer, type NodeStore } from './nodeStore.js'
import { toAccount, type AccountChange, type AccountRecord, type Snapshot } from './snapshot.js'

const NO_CODE = new Uint8Array(0)
const EMPTY_ROOT_BYTES = hexToBytes(emptyRootHash)
const EMPTY_CODE_BYTES = hexToBytes(emptyCodeHash)

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
/** Hex without `0x`: the keys of every map here. */
export function plainHex(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i++) out += HEX[bytes[i]!]
  return out
}

/** What a transaction or call has changed, undone backwards on revert. */
type Undo = () => unknown

/**
 * The world state during a block or a call: changes in memory over a {@link Snapshot}, with an undo log, so that a checkpoint costs
 * nothing and the tries are touched once, at the end. It implements what @ethereumjs/evm asks of a state manager.
 */
export class WorldState implements StateManagerInterface {
  #base: Snapshot
  readonly #store: NodeStore
  /** Accounts read or written since the base; `undefined` for those that do not exist. */
  #accounts = new Map<string, AccountRecord | undefined>()
  #slots = new Map<string, Map<string, bigint>>()
  /** Accounts whose storage no longer shows the base's. */
  #cleared = new Set<string>()
  #dirty = new Set<string>()
  #codes = new Map<string, Uint8Array>()
  #original = new Map<string, Map<string, bigint>>()
  #undo: Undo[] = []
  #checkpoints: number[] = []

  constructor(store: NodeStore, base: Snapshot) {
    this.#store = store
    this.#base = base
  }

  readonly originalStorageCache = {
    get: async (address: Address, key: Uint8Array): Promise<Uint8Array> =>
      uintToBytes(this.original(plainHex(address.bytes), plainHex(key))),
    clear: () => this.#original.clear(),
  }

  /** Forgets all changes and shows another state. */
  reset(base: Snapshot): void {
    this.#base = base
    this.#accounts = new Map()
    this.#slots = new Map()
    this.#cleared = new Set()
    this.#dirty = new Set()
    this.#codes = new Map()
    this.#original = new Map()
    this.#undo = []
    this.#checkpoints = []
  }

  /** Ends a transaction: what stands now is the original storage of the next one, and cannot be undone. */
  endTransaction(): void {
    this.#original.clear()
    this.#undo = []
    this.#checkpoints = []
  }

  /** Puts something that is not the state's own into the undo log. */
  onUndo(undo: Undo): void {
    this.#undo.push(undo)
  }

  account(address: string): AccountRecord | undefined {
    if (this.#accounts.has(address)) return this.#accounts.get(address)
    const record = this.#base.account(address)
    this.#accounts.set(address, record)
    return record
  }

  setAccount(address: string, record: AccountRecord | undefined): void {
    const previous = this.account(address)
    const wasDirty = this.#dirty.has(address)
    this.#accounts.set(address, record)
    this.#dirty.add(address)
    this.#undo.push(() => {
      this.#accounts.set(address, previous)
      if (!wasDirty) this.#dirty.delete(address)
    })
  }

  slot(address: string, slot: string): bigint {
    const known = this.#slots.get(address)?.get(slot)
    if (known !== undefined) return known
    if (this.#cleared.has(address)) return 0n
    return this.#base.storage(address, slot)
  }

  /** Value at the start of the transaction. */
  original(address: string, slot: string): bigint {
    return this.#original.get(address)?.get(slot) ?? this.slot(address, slot)
  }

  setSlot(address: string, slot: string, value: bigint): void {
    let slots = this.#slots.get(address)
    if (slots === undefined) this.#slots.set(address, (slots = new Map()))
    const known = slots.get(slot)
    const previous = known ?? this.slot(address, slot)
    let originals = this.#original.get(address)
    if (originals === undefined) this.#original.set(address, (originals = new Map()))
    if (!originals.has(slot)) originals.set(slot, previous)
    const wasDirty = this.#dirty.has(address)
    slots.set(slot, value)
    if (!wasDirty) this.#dirty.add(address)
    const changed = slots
    this.#undo.push(() => {
      if (known === undefined) changed.delete(slot)
      else changed.set(slot, known)
      if (!wasDirty) this.#dirty.delete(address)
    })
  }

  code(address: string): Uint8Array {
    const record = this.account(address)
    if (record === undefined) return NO_CODE
    const hash = bytesToHex(record.codeHash)
    if (hash === emptyCodeHash) return NO_CODE
    return this.#codes.get(hash) ?? this.#store.code(record.codeHash)
  }

  setCode(address: string, code: Uint8Array): void {
    const hash = code.length === 0 ? EMPTY_CODE_BYTES : keccak(code)
    if (code.length > 0) this.#codes.set(bytesToHex(hash), code)
    const record = this.account(address)
    this.setAccount(address, {
      nonce: record?.nonce ?? 0n,
      balance: record?.balance ?? 0n,
      storageRoot: record?.storageRoot ?? EMPTY_ROOT_BYTES,
      codeHash: hash,
    })
  }

  wipeStorage(address: string): void {
    const slots = this.#slots.get(address)
    const wasCleared = this.#cleared.has(address)
    if (wasCleared && slots === undefined) return
    this.#slots.delete(address)
    this.#cleared.add(address)
    this.#undo.push(() => {
      if (slots !== undefined) this.#slots.set(address, slots)
      else this.#slots.delete(address)
      if (!wasCleared) this.#cleared.delete(address)
    })
  }

  addBalance(address: string, amount: bigint): void {
    const record = this.account(address)
    this.setAccount(address, {
      nonce: record?.nonce ?? 0n,
      balance: (record?.balance ?? 0n) + amount,
      storageRoot: record?.storageRoot ?? EMPTY_ROOT_BYTES,
      codeHash: record?.codeHash ?? EMPTY_CODE_BYTES,
    })
  }

  setNonce(address: string, nonce: bigint): void {
    const record = this.account(address)
    this.setAccount(address, {
      nonce,
      balance: record?.balance ?? 0n,
      storageRoot: record?.storageRoot ?? EMPTY_ROOT_BYTES,
      codeHash: record?.codeHash ?? EMPTY_CODE_BYTES,
    })
  }

  /** EIP-161. */
  deleteIfEmpty(address: string): void {
    const record = this.account(address)
    if (record === undefined || record.nonce > 0n || record.balance > 0n) return
    if (bytesToHex(record.codeHash) === emptyCodeHash) this.deleteNow(address)
  }

  deleteNow(address: string): void {
    this.setAccount(address, undefined)
    this.wipeStorage(address)
  }

  // StateManagerInterface: what the interpreter and its journal call ---------------------------------------------------

  async getAccount(address: Address): Promise<Account | undefined> {
    const record = this.account(plainHex(address.bytes))
    // A copy: the interpreter writes to what it gets before it puts it.
    return record === undefined ? undefined : toAccount(record)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.setAccount(
      plainHex(address.bytes),
      account === undefined
        ? undefined
        : {
            nonce: account.nonce,
            balance: account.balance,
            storageRoot: account.storageRoot,
            codeHash: account.codeHash,
          },
    )
  }

  async deleteAccount(address: Address): Promise<void> {
    this.deleteNow(plainHex(address.bytes))
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const key = plainHex(address.bytes)
    const record = this.account(key)
    this.setAccount(key, {
      nonce: fields.nonce ?? record?.nonce ?? 0n,
      balance: fields.balance ?? record?.balance ?? 0n,
      storageRoot: fields.storageRoot ?? record?.storageRoot ?? EMPTY_ROOT_BYTES,
      codeHash: fields.codeHash ?? record?.codeHash ?? EMPTY_CODE_BYTES,
    })
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.code(plainHex(address.bytes))
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    this.setCode(plainHex(address.bytes), code)
  }

  async getCodeSize(address: Address): Promise<number> {
    return this.code(plainHex(address.bytes)).length
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    return uintToBytes(this.slot(plainHex(address.bytes), plainHex(key)))
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.setSlot(plainHex(address.bytes), plainHex(key), bytesToBigInt(value))
  }

  async clearStorage(address: Address): Promise<void> {
    this.wipeStorage(plainHex(address.bytes))
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length)
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop()
  }

  async revert(): Promise<void> {
    const mark = this.#checkpoints.pop() ?? 0
    while (this.#undo.length > mark) this.#undo.pop()!()
  }

  async getStateRoot(): Promise<Uint8Array> {
    return this.#base.root
  }

  async setStateRoot(): Promise<void> {
    throw new ExecutionError('A world state shows one state; make another one.', 'EXECUTION_CLOSED')
  }

  async hasStateRoot(root: Uint8Array): Promise<boolean> {
    return bytesToHex(root) === emptyRootHash || this.#store.hasNode(root)
  }

  clearCaches(): void {}

  shallowCopy(): StateManagerInterface {
    return new WorldState(this.#store, this.#base)
  }

  // End of the block ---------------------------------------------------------------------------------------------------

  /** Applies all changes to the tries. Gives the new root, what to write, and the snapshot's changes; the state itself stays as it is. */
  async seal(): Promise<{ root: Uint8Array; operations: KeyValueOperation[]; changes: AccountChange[] }> {
    const buffer = nodeBuffer(this.#store)
    const open = (root: Uint8Array) =>
      new MerklePatriciaTrie({
        db: buffer as never,
        root,
        useKeyHashing: true,
        useKeyHashingFunction: (data) => keccak(data),
        valueEncoding: ValueEncoding.Bytes,
      })
    const state = open(this.#base.root)
    const roots: Uint8Array[] = []
    const operations: KeyValueOperation[] = []
    const changes: AccountChange[] = []
    for (const address of this.#dirty) {
      const record = this.#accounts.get(address)
      const cleared = this.#cleared.has(address)
      const slots = this.#slots.get(address) ?? new Map<string, bigint>()
      const key = hexToBytes(`0x${address}`)
      if (record === undefined) {
        changes.push({ address, account: undefined, cleared: true, slots: new Map() })
        // Not there before either: the trie has nothing to delete.
        if (this.#base.account(address) !== undefined) await state.del(key)
        continue
      }
      let storageRoot = cleared
        ? EMPTY_ROOT_BYTES
        : (this.#base.account(address)?.storageRoot ?? EMPTY_ROOT_BYTES)
      if (slots.size > 0) {
        const trie = open(storageRoot)
        for (const [slot, value] of slots) {
          if (value > 0n) await trie.put(hexToBytes(`0x${slot}`), rlpEncode(uintToBytes(value)))
          else if (!cleared && this.#base.storage(address, slot) > 0n) await trie.del(hexToBytes(`0x${slot}`))
        }
        storageRoot = trie.root()
        roots.push(storageRoot)
      }
      const account = { ...record, storageRoot }
      changes.push({ address, account, cleared, slots })
      await state.put(
        key,
        rlpEncode([uintToBytes(record.nonce), uintToBytes(record.balance), storageRoot, record.codeHash]),
      )
      const code = this.#codes.get(bytesToHex(record.codeHash))
      if (code !== undefined) operations.push(codeOperation(record.codeHash, code))
    }
    const root = state.root()
    roots.push(root)
    operations.push(...buffer.operations(roots))
    return { root, operations, changes }
  }
}
