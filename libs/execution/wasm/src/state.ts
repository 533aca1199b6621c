import { bytesToHex, emptyRootHash, equalBytes, hexToBytes } from '@animechain/core'
import { keyOf, recent, type NodeStore } from './nodeStore.js'
import { readAccount, readSlot } from './trieRead.js'

/** Entries of the flat cache. */
const CACHED = 400_000
const emptyRoot = hexToBytes(emptyRootHash)

/** What a read of something that is not there leaves in the cache. */
const NONE = new Uint8Array(0)

/**
 * Reads of one state: a flat cache over trie walks. Accounts are in the guest's layout (104 bytes: nonce as u64, balance as u256,
 * both little-endian, code hash, storage root). An empty array means that there is nothing.
 */
export interface FlatState {
  readonly root: Uint8Array
  /** Valid until the next put. */
  account(address: Uint8Array): Uint8Array
  slot(address: Uint8Array, slot: Uint8Array): Uint8Array
  /** Sets what the state holds after a block; call {@link FlatState.move} last. An account is copied, the value of a slot kept. */
  putAccount(address: Uint8Array, account: Uint8Array | undefined): void
  putSlot(address: Uint8Array, slot: Uint8Array, value: Uint8Array): void
  /** From now on this is the state with another root, reached by what was put; without puts: another state altogether. */
  move(root: Uint8Array, options: { keep: boolean }): void
}

function isZero(bytes: Uint8Array): boolean {
  let seen = 0
  for (let i = 0; i < bytes.length; i++) seen |= bytes[i]!
  return seen === 0
}

export function flatState(store: NodeStore, root: Uint8Array): FlatState {
  const accounts = recent<Uint8Array>(CACHED)
  const slots = recent<Uint8Array>(CACHED)
  const load = (hash: Uint8Array) => store.node(hash)
  const place = new Uint8Array(52)
  // In one piece: a Map would have to join two strings first.
  const slotKey = (address: Uint8Array, slot: Uint8Array) => {
    place.set(address)
    place.set(slot, 20)
    return keyOf(place)
  }
  let current = root

  const account = (address: Uint8Array): Uint8Array => {
    const key = keyOf(address)
    const known = accounts.get(key)
    if (known !== undefined) return known
    const record = equalBytes(current, emptyRoot) ? undefined : readAccount(load, current, address)
    let value: Uint8Array = NONE
    if (record !== undefined) {
      value = new Uint8Array(104)
      writeNumber(value, 0, 8, record.nonce)
      writeNumber(value, 8, 32, record.balance)
      value.set(record.codeHash, 40)
      value.set(record.storageRoot, 72)
    }
    accounts.set(key, value)
    return value
  }

  return {
    get root() {
      return current
    },
    account,
    slot(address, slot) {
      const key = slotKey(address, slot)
      const known = slots.get(key)
      if (known !== undefined) return known
      const owner = account(address)
      let value: Uint8Array = NONE
      if (owner.length !== 0) {
        const storageRoot = owner.subarray(72, 104)
        if (!equalBytes(storageRoot, emptyRoot)) value = readSlot(load, storageRoot, slot) ?? NONE
      }
      slots.set(key, value)
      return value
    },
    putAccount(address, value) {
      if (value === undefined) {
        const before = account(address)
        // Its slots are gone without having been named.
        if (before.length !== 0 && !equalBytes(before.subarray(72, 104), emptyRoot)) slots.clear()
      }
      const key = keyOf(address)
      const known = accounts.get(key)
      // In place: what changes in every block leaves nothing behind. Nobody keeps what `account` gave.
      if (value !== undefined && known !== undefined && known.length !== 0) known.set(value)
      else accounts.set(key, value?.slice() ?? NONE)
    },
    putSlot(address, slot, value) {
      slots.set(slotKey(address, slot), isZero(value) ? NONE : value)
    },
    move(next, { keep }) {
      if (!keep && bytesToHex(next) !== bytesToHex(current)) {
        accounts.clear()
        slots.clear()
      }
      current = next
    },
  }
}

/** A number as `length` little-endian bytes. */
export function writeNumber(out: Uint8Array, at: number, length: number, value: bigint): void {
  for (let i = 0; i < length; i++) {
    out[at + i] = Number(value & 0xffn)
    value >>= 8n
    if (value === 0n) {
      out.fill(0, at + i + 1, at + length)
      return
    }
  }
}
