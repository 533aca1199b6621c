import { equalBytes, type Hash, type KeyValueStore } from '@animechain/core'
import type { Address } from 'viem'
import { accountOf, isDone, isOpen, lasting } from './policy.js'
import { decodeTransfer, encodeTransfer, type WithdrawalTransfer } from './transfers.js'

const prefix = new TextEncoder().encode('bridge/w/')
const prefixEnd = new TextEncoder().encode('bridge/w0')
const transferKey = (id: Hash) => new TextEncoder().encode(`bridge/w/${id}`)

/** The withdrawals that are followed: all in the store, the open and the newest done ones in memory. */
export interface Ledger {
  /** Open ones, in all and of an account. */
  open(account?: Address): number
  /** Those in memory, the newest last. */
  all(): WithdrawalTransfer[]
  find(id: Hash): WithdrawalTransfer | undefined
  /** Keeps a transfer, in the store too where more of it changed than how long something takes. */
  save(transfer: WithdrawalTransfer): Promise<void>
  /** Takes those of the store in, each as `judge` would have it. */
  load(judge: (transfer: WithdrawalTransfer) => WithdrawalTransfer): void
}

/** @param most transfers that are kept in memory, unless more are open */
export function ledger(storage: KeyValueStore, most: number): Ledger {
  const transfers = new Map<Hash, WithdrawalTransfer>()
  let openInAll = 0
  const openBy = new Map<Address, number>()

  function count(account: Address, change: 1 | -1): void {
    openInAll += change
    const own = (openBy.get(account) ?? 0) + change
    if (own > 0) openBy.set(account, own)
    else openBy.delete(account)
  }

  /** Puts a transfer in memory, and the oldest that are done out of it when there are too many. */
  function keep(transfer: WithdrawalTransfer): void {
    const before = transfers.get(transfer.id)
    if (before && isOpen(before)) count(accountOf(before), -1)
    if (isOpen(transfer)) count(accountOf(transfer), 1)
    transfers.set(transfer.id, transfer)
    if (transfers.size <= most) return
    for (const old of transfers.values()) {
      if (transfers.size <= most) return
      if (isDone(old)) transfers.delete(old.id)
    }
  }

  return {
    open: (account) => (account === undefined ? openInAll : (openBy.get(account) ?? 0)),
    all: () => [...transfers.values()],
    find(id) {
      const stored = transfers.has(id) ? undefined : storage.get(transferKey(id))
      return stored ? decodeTransfer(stored) : transfers.get(id)
    },
    async save(transfer) {
      const before = transfers.get(transfer.id)
      keep(transfer)
      const value = encodeTransfer(lasting(transfer))
      if (before && equalBytes(value, encodeTransfer(lasting(before)))) return
      await storage.batch([{ type: 'put', key: transferKey(transfer.id), value }], { durable: true })
    },
    load(judge) {
      for (const [, value] of storage.iterate({ gte: prefix, lt: prefixEnd }))
        keep(judge(decodeTransfer(value)))
    },
  }
}
