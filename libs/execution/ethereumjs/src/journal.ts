import { plainHex, type WorldState } from './worldState.js'
import type { Account, Address } from '@ethereumjs/util'

/** EIP-161's exception: a touch of this precompile outlives the revert of its call. */
const RIPEMD = '0000000000000000000000000000000000000003'

/**
 * What one transaction has warmed (EIP-2929) and touched (EIP-161), in the place of @ethereumjs/evm's journal: that one keeps a
 * record for every checkpoint and copies them all on each revert, so a transaction of many failing calls takes quadratic time.
 * Here everything is in the undo log of the world state.
 */
export class AccessJournal {
  readonly #world: WorldState
  readonly #addresses = new Set<string>()
  readonly #slots = new Map<string, Set<string>>()
  readonly #touched = new Set<string>()

  constructor(world: WorldState) {
    this.#world = world
  }

  async putAccount(address: Address, account: Account): Promise<void> {
    this.#touch(plainHex(address.bytes))
    return this.#world.putAccount(address, account)
  }

  async deleteAccount(address: Address): Promise<void> {
    this.#touch(plainHex(address.bytes))
    return this.#world.deleteAccount(address)
  }

  checkpoint(): Promise<void> {
    return this.#world.checkpoint()
  }

  commit(): Promise<void> {
    return this.#world.commit()
  }

  revert(): Promise<void> {
    return this.#world.revert()
  }

  cleanJournal(): void {
    this.#addresses.clear()
    this.#slots.clear()
    this.#touched.clear()
  }

  /** Ends the transaction: deletes what it touched and left empty. */
  async cleanup(): Promise<void> {
    for (const address of this.#touched) this.#world.deleteIfEmpty(address)
    this.cleanJournal()
  }

  /** Addresses with or without `0x`. */
  addAlwaysWarmAddress(address: string): void {
    this.#addresses.add(plain(address))
  }

  addAlwaysWarmSlot(address: string, slot: string): void {
    this.#addresses.add(plain(address))
    this.#slotsOf(plain(address)).add(plain(slot))
  }

  isWarmedAddress(address: Uint8Array): boolean {
    return this.#addresses.has(plainHex(address))
  }

  addWarmedAddress(address: Uint8Array): void {
    const key = plainHex(address)
    if (this.#addresses.has(key)) return
    this.#addresses.add(key)
    this.#world.onUndo(() => this.#addresses.delete(key))
  }

  isWarmedStorage(address: Uint8Array, slot: Uint8Array): boolean {
    return this.#slots.get(plainHex(address))?.has(plainHex(slot)) ?? false
  }

  addWarmedStorage(address: Uint8Array, slot: Uint8Array): void {
    this.warmSlot(plainHex(address), plainHex(slot))
  }

  /** Warms a slot; whether it was warm. */
  warmSlot(address: string, slot: string): boolean {
    const slots = this.#slotsOf(address)
    if (slots.has(slot)) return true
    slots.add(slot)
    this.#world.onUndo(() => slots.delete(slot))
    return false
  }

  #slotsOf(address: string): Set<string> {
    let slots = this.#slots.get(address)
    if (slots === undefined) this.#slots.set(address, (slots = new Set()))
    return slots
  }

  #touch(address: string): void {
    if (this.#touched.has(address)) return
    this.#touched.add(address)
    if (address !== RIPEMD) this.#world.onUndo(() => this.#touched.delete(address))
  }
}

const plain = (hex: string) => (hex.startsWith('0x') ? hex.slice(2) : hex)

/** EIP-1153 in the undo log of the world state, in the place of @ethereumjs/evm's. */
export class TransientState {
  readonly #world: WorldState
  #values = new Map<string, bigint>()

  constructor(world: WorldState) {
    this.#world = world
  }

  /** Addresses and slots are hex without `0x`. */
  read(address: string, slot: string): bigint {
    return this.#values.get(address + slot) ?? 0n
  }

  write(address: string, slot: string, value: bigint): void {
    const key = address + slot
    const values = this.#values
    const before = values.get(key)
    values.set(key, value)
    this.#world.onUndo(() => {
      if (before === undefined) values.delete(key)
      else values.set(key, before)
    })
  }

  get(address: Address, key: Uint8Array): Uint8Array {
    const value = this.read(plainHex(address.bytes), plainHex(key))
    const out = new Uint8Array(32)
    const hex = value.toString(16).padStart(64, '0')
    for (let i = 0; i < 32; i++) out[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16)
    return out
  }

  put(address: Address, key: Uint8Array, value: Uint8Array): void {
    this.write(
      plainHex(address.bytes),
      plainHex(key),
      value.length === 0 ? 0n : BigInt(`0x${plainHex(value)}`),
    )
  }

  // The world state's own checkpoints count.
  checkpoint(): void {}
  commit(): void {}
  revert(): void {}

  clear(): void {
    if (this.#values.size > 0) this.#values = new Map()
  }
}
