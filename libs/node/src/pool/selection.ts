import type { Address } from '@animechain/core'
import { executable, placeOf, transactionAt, type Account, type Pooled } from './account.js'
import { effectiveTip } from './fees.js'
import { heapify, pop, push, type Before } from './heap.js'

/** Takes transactions for one block, best first. */
export interface PoolSelection {
  /** The best transaction that is left and still in the pool; stays the same until `taken` or `skipAccount`, while nobody else works. */
  peek(): Pooled | undefined
  /** It is in the block: its sender's next one may come. */
  taken(): void
  /** No more of this sender in this block. */
  skipAccount(): void
}

interface Watcher {
  /** wei per gas, of the block that is being built */
  baseFee: bigint
  onTaken: (tx: Pooled) => void
  onSkip: (tx: Pooled) => void
}

/** Orders what the next block can have: by effective tip, then by arrival, nonces of an account in order. */
export function select(
  accounts: ReadonlyMap<Address, Account>,
  { baseFee, onTaken, onSkip }: Watcher,
): PoolSelection {
  const before: Before<Pooled> = (a, b) => {
    const x = effectiveTip(a, baseFee)
    const y = effectiveTip(b, baseFee)
    return x === y ? a.arrival < b.arrival : x > y
  }
  const usable = (account: Account, nonce: bigint): Pooled | undefined => {
    const tx = transactionAt(account, nonce)
    if (!tx || tx.maxFee < baseFee) return undefined
    // Only an account that cannot pay for all that it sent needs a closer look.
    const { balance, cost } = account
    const funded = balance === undefined || cost <= balance || placeOf(account, nonce) < executable(account)
    return funded ? tx : undefined
  }
  const heap: Pooled[] = []
  for (const account of accounts.values()) {
    const tx = usable(account, account.nonce)
    if (tx) heap.push(tx)
  }
  heapify(heap, before)
  return {
    peek() {
      for (;;) {
        const tx = heap[0]
        if (!tx) return undefined
        const account = accounts.get(tx.from)
        const current = account && transactionAt(account, tx.nonce)
        if (current === tx) return tx
        // Others worked since: it was replaced, or is gone.
        pop(heap, before)
        const next = current && usable(account, tx.nonce)
        if (next) push(heap, next, before)
      }
    },
    taken() {
      const tx = pop(heap, before)
      if (!tx) return
      onTaken(tx)
      const account = accounts.get(tx.from)
      const next = account && usable(account, tx.nonce + 1n)
      if (next) push(heap, next, before)
    },
    skipAccount() {
      const tx = pop(heap, before)
      if (tx) onSkip(tx)
    },
  }
}
