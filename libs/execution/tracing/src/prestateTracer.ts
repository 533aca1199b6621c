import {
  bytesToHex,
  type Address,
  type Hash,
  type Hex,
  type TraceResult,
  type TracerOptions,
} from '@animechain/core'
import { accessesOf, quantity, word, type EventTracer, type TraceWorld } from './events.js'

interface PrestateAccount {
  balance?: Hex
  nonce?: number
  code?: Hex
  storage?: Record<Hash, Hash>
}

/** geth's `prestateTracer`: the state that a transaction needs, or with `diffMode` what it changes. */
export function prestateTracer(options: TracerOptions): EventTracer {
  const { diffMode, disableCode, disableStorage } = options.tracerConfig ?? {}
  let world: TraceWorld
  const accounts = new Map<Address, ReturnType<TraceWorld['account']>>()
  const slots = new Map<Address, Map<Hash, bigint>>()
  const created = new Set<Address>()

  const lookup = (address: Address) => {
    if (!accounts.has(address)) accounts.set(address, world.account(address))
  }
  const lookupSlot = (address: Address, slot: Hash) => {
    lookup(address)
    const seen = slots.get(address) ?? new Map<Hash, bigint>()
    slots.set(address, seen)
    if (!seen.has(slot)) seen.set(slot, world.slot(address, slot))
  }
  const shown = (balance: bigint, nonce: bigint, code: Uint8Array): PrestateAccount => {
    const out: PrestateAccount = { balance: quantity(balance) }
    if (nonce > 0n) out.nonce = Number(nonce)
    if (code.length > 0 && !disableCode) out.code = bytesToHex(code)
    return out
  }

  return {
    step(step) {
      accessesOf(step, world, { account: lookup, slot: lookupSlot })
    },
    enter({ type, to }) {
      if (to !== undefined && !type.startsWith('CREATE')) lookup(to)
    },
    exit({ created: address, neverBegan }) {
      if (address !== undefined && !neverBegan) created.add(address)
    },
    start({ from, to, beneficiary, others }, state) {
      world = state
      lookup(from)
      if (to !== undefined) lookup(to)
      lookup(beneficiary)
      if (diffMode) for (const address of others) lookup(address)
    },
    result(): TraceResult {
      // An account that did not exist and was created has no state before.
      for (const address of created)
        if (!accounts.has(address))
          accounts.set(address, { exists: false, balance: 0n, nonce: 0n, code: new Uint8Array(0) })
      const pre: Record<Address, PrestateAccount> = {}
      const post: Record<Address, PrestateAccount> = {}
      for (const [address, before] of accounts) {
        const account = shown(before.balance, before.nonce, before.code)
        const seen = disableStorage ? [] : [...(slots.get(address) ?? [])]
        if (!diffMode) {
          if (!before.exists && created.has(address)) continue
          if (seen.length > 0)
            account.storage = Object.fromEntries(seen.map(([slot, value]) => [slot, word(value)]))
          pre[address] = account
          continue
        }
        const now = world.account(address)
        const after: PrestateAccount = {}
        if (now.exists) {
          if (now.balance !== before.balance) after.balance = quantity(now.balance)
          if (now.nonce !== before.nonce) after.nonce = Number(now.nonce)
          if (!disableCode && bytesToHex(now.code) !== bytesToHex(before.code))
            after.code = bytesToHex(now.code)
        }
        const preStorage: Record<Hash, Hash> = {}
        const postStorage: Record<Hash, Hash> = {}
        for (const [slot, value] of seen) {
          const present = now.exists ? world.slot(address, slot) : 0n
          if (present === value) continue
          if (value !== 0n) preStorage[slot] = word(value)
          if (present !== 0n) postStorage[slot] = word(present)
        }
        const storageChanged = Object.keys(preStorage).length + Object.keys(postStorage).length > 0
        if (Object.keys(postStorage).length > 0) after.storage = postStorage
        const gone = !now.exists && before.exists
        if (!gone && !storageChanged && Object.keys(after).length === 0) continue
        if (Object.keys(preStorage).length > 0) account.storage = preStorage
        if (before.exists) pre[address] = account
        if (!gone) post[address] = after
      }
      return diffMode ? { pre, post } : pre
    },
  }
}
