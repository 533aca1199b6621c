import type { Address, Hash } from '@animechain/core'
import { newAccount, put, take, type Account, type Pooled } from './account.js'
import { newRanking, note, type Ranking } from './eviction.js'

/** All that the pool knows, as a value: what changes it is in this file, what decides is elsewhere. */
export interface PoolState {
  accounts: Map<Address, Account>
  byHash: Map<Hash, Pooled>
  /** Bytes that the pool may hold. */
  readonly capacity: number
  /** Least bytes that a transaction counts, so that one bound holds for bytes and for their number. */
  readonly slot: number
  /** bytes that it holds */
  weight: number
  arrivals: number
  /** Accounts whose state may have changed otherwise than by what the pool held: read before the next block is filled. */
  suspects: Set<Address>
  /** Accounts that others can empty, or that wait for funds: read again from time to time. */
  watched: Set<Address>
  /** who leaves first */
  ranking: Ranking
}

export function newPoolState(limits: { maxTransactions: number; maxBytes: number }): PoolState {
  const slot = Math.max(1, Math.floor(limits.maxBytes / limits.maxTransactions))
  return {
    accounts: new Map(),
    byHash: new Map(),
    capacity: slot * limits.maxTransactions,
    slot,
    weight: 0,
    arrivals: 0,
    suspects: new Set(),
    watched: new Set(),
    ranking: newRanking(),
  }
}

export function clear(state: PoolState): void {
  state.accounts.clear()
  state.byHash.clear()
  state.suspects.clear()
  state.watched.clear()
  state.weight = 0
  state.ranking = newRanking()
}

/** Puts a transaction in; what had its nonce is returned and gone. `known`: its account as it was read, for the first one of a sender. */
export function insert(state: PoolState, tx: Pooled, known?: Account): Pooled | undefined {
  const account = state.accounts.get(tx.from) ?? known ?? newAccount(tx.from)
  state.accounts.set(tx.from, account)
  const replaced = put(account, tx)
  if (replaced) state.byHash.delete(replaced.hash)
  state.byHash.set(tx.hash, tx)
  state.weight += tx.weight - (replaced?.weight ?? 0)
  if (account.delegated || tx.restored) state.watched.add(tx.from)
  note(state.ranking, account)
  return replaced
}

/** Takes a transaction out; an account without any is let go. */
export function forget(state: PoolState, tx: Pooled): void {
  if (state.byHash.get(tx.hash) !== tx) return
  state.byHash.delete(tx.hash)
  const account = state.accounts.get(tx.from)
  if (!account || !take(account, tx)) return
  state.weight -= tx.weight
  if (account.transactions.length === 0) {
    state.accounts.delete(tx.from)
    state.watched.delete(tx.from)
    state.suspects.delete(tx.from)
  }
  note(state.ranking, account)
}
