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

type Account = ReturnType<TraceWorld['account']>
type Slots = readonly (readonly [slot: Hash, value: bigint])[]

/** geth's `prestateTracer`: the state that a transaction needs, or with `diffMode` what it changes. */
export function prestateTracer(options: TracerOptions): EventTracer {
  const { diffMode, disableCode = false, disableStorage } = options.tracerConfig ?? {}
  let world: TraceWorld
  const accounts = new Map<Address, Account>()
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
        const seen = disableStorage ? [] : [...(slots.get(address) ?? [])]
        if (diffMode) {
          const change = changeOf(address, before, seen, world, disableCode)
          if (change && before.exists) pre[address] = change.pre
          if (change?.post) post[address] = change.post
        } else if (before.exists || !created.has(address)) {
          pre[address] = shown(before, disableCode)
          if (seen.length > 0)
            pre[address].storage = Object.fromEntries(seen.map(([slot, value]) => [slot, word(value)]))
        }
      }
      return diffMode ? { pre, post } : pre
    },
  }
}

function shown({ balance, nonce, code }: Account, disableCode: boolean): PrestateAccount {
  const out: PrestateAccount = { balance: quantity(balance) }
  if (nonce > 0n) out.nonce = Number(nonce)
  if (code.length > 0 && !disableCode) out.code = bytesToHex(code)
  return out
}

/** An account before, and what of it is different now: no `post` where it is gone, nothing at all where it is as it was. */
function changeOf(
  address: Address,
  before: Account,
  seen: Slots,
  world: TraceWorld,
  disableCode: boolean,
): { pre: PrestateAccount; post: PrestateAccount | undefined } | undefined {
  const pre = shown(before, disableCode)
  const now = world.account(address)
  const post: PrestateAccount = {}
  if (now.exists) {
    if (now.balance !== before.balance) post.balance = quantity(now.balance)
    if (now.nonce !== before.nonce) post.nonce = Number(now.nonce)
    if (!disableCode && bytesToHex(now.code) !== bytesToHex(before.code)) post.code = bytesToHex(now.code)
  }
  const preStorage: Record<Hash, Hash> = {}
  const postStorage: Record<Hash, Hash> = {}
  for (const [slot, value] of seen) {
    const present = now.exists ? world.slot(address, slot) : 0n
    if (present === value) continue
    if (value !== 0n) preStorage[slot] = word(value)
    if (present !== 0n) postStorage[slot] = word(present)
  }
  if (Object.keys(postStorage).length > 0) post.storage = postStorage
  const gone = !now.exists && before.exists
  if (!gone && Object.keys(post).length + Object.keys(preStorage).length === 0) return undefined
  if (Object.keys(preStorage).length > 0) pre.storage = preStorage
  return { pre, post: gone ? undefined : post }
}
