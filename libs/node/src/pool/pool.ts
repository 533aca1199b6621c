import type { Address, Hash, PooledAccount, PooledTransaction, TransactionPool } from '@animechain/core'
import type { PoolOptions } from '../types.js'
import { firstGap, gapless } from './account.js'
import { add } from './admission.js'
import { newContext, remove, type PoolContext, type PoolParts } from './context.js'
import { follow } from './following.js'
import { accountOf, readSuspects } from './reading.js'
import { restore } from './restore.js'
import { select, type PoolSelection } from './selection.js'
import { clear, type PoolState } from './state.js'

export interface Pool extends TransactionPool {
  /** Reads the journal. */
  open(): Promise<void>
  /** Writes what is left of the journal, and forgets everything. */
  close(): Promise<void>
  /** Whether anything can go into the next block. */
  readonly hasPending: boolean
  /** Transactions that can go into the next block, by effective tip, then by arrival, nonces of an account in order. */
  select(baseFee: bigint): Promise<PoolSelection>
  drop(hash: Hash, reason: string): void
}

/** The mempool of a sequencer. Every list is bounded; what it took is journaled until a block has it (docs/spec/node.md, "Pool"). */
export function pool(options: PoolOptions, parts: PoolParts): Pool {
  const context = newContext(options, parts)
  const { state } = context
  let unsubscribe: (() => void) | undefined

  return {
    async open() {
      unsubscribe = parts.store.subscribe((event) => follow(context, event))
      await restore(context)
    },
    async close() {
      unsubscribe?.()
      unsubscribe = undefined
      await context.journal.idle()
      clear(state)
    },

    add: (raw) => add(context, raw),
    get: (hash) => state.byHash.get(hash),
    pendingNonce: async (address) => firstGap(await accountOf(context, address)),
    content: () => content(state),
    status() {
      let pending = 0
      for (const account of state.accounts.values()) pending += gapless(account)
      return { pending, queued: state.byHash.size - pending }
    },
    contentByAccount: (only) => contentByAccount(state, only),
    subscribe: (listener) => context.events.on('added', listener),

    get hasPending() {
      for (const account of state.accounts.values()) if (gapless(account) > 0) return true
      return false
    },
    select: (baseFee) => selectFor(context, baseFee),
    drop(hash, reason) {
      const tx = state.byHash.get(hash)
      if (!tx) return
      remove(context, [{ tx, reason }])
      if (state.accounts.has(tx.from)) state.suspects.add(tx.from)
    },
  }
}

async function selectFor(context: PoolContext, baseFee: bigint): Promise<PoolSelection> {
  const { state } = context
  await readSuspects(context)
  const building = (context.building = new Set())
  return select(state.accounts, {
    baseFee,
    onTaken: ({ hash }) => building.add(hash),
    // The builder knows better: the account is read again before the next block.
    onSkip: ({ from }) => state.accounts.has(from) && state.suspects.add(from),
  })
}

function content({ accounts }: PoolState) {
  const pending: PooledTransaction[] = []
  const queued: PooledTransaction[] = []
  for (const account of accounts.values()) {
    const runs = gapless(account)
    account.transactions.forEach((tx, at) => (at < runs ? pending : queued).push(tx))
  }
  return { pending, queued }
}

function* contentByAccount(state: PoolState, only?: Address): Iterable<PooledAccount> {
  const own = only === undefined ? undefined : state.accounts.get(only)
  for (const account of only === undefined ? state.accounts.values() : own ? [own] : []) {
    const runs = gapless(account)
    const { address, transactions } = account
    yield { address, pending: transactions.slice(0, runs), queued: transactions.slice(runs) }
  }
}
