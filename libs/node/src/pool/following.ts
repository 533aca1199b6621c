import { decodeTransaction } from '@animechain/tx'
import { depositTransactionType, type ChainBlock, type ChainEvent } from '@animechain/core'
import { executable, floors, transactionAt, type Pooled } from './account.js'
import { baseFee, remove, toPooled, type PoolContext } from './context.js'
import { outdate, victims } from './eviction.js'
import { forget, insert } from './state.js'

/** milliseconds between two looks for what waits in vain */
const SWEEP_INTERVAL = 60_000

/** Follows a change of the canonical chain. */
export function follow(context: PoolContext, { removed, added }: ChainEvent): void {
  outdate(context.state.ranking)
  context.building.clear()
  for (const block of [...removed].reverse()) takeBack(context, block)
  for (const block of added) leave(context, block)
  context.showSize()
  sweep(context)
}

/** What a block that left the chain carried waits again. */
function takeBack(context: PoolContext, { transactions }: ChainBlock): void {
  const { state } = context
  for (const { hash, from, raw, receipt } of transactions) {
    if (state.accounts.has(from)) state.suspects.add(from)
    if (receipt.type === depositTransactionType || state.byHash.has(hash)) continue
    const decoded = decodeTransaction(raw)
    if (decoded.type === depositTransactionType) continue
    const tx = toPooled(context, hash, raw, from, decoded, receipt.l1Fee?.l1Fee ?? 0n, undefined)
    let account = state.accounts.get(from)
    // Somebody replaced it meanwhile: the newer word counts.
    if (!account || !transactionAt(account, tx.nonce)) insert(state, tx)
    account = state.accounts.get(from)!
    if (account.balance === undefined || tx.nonce < account.nonce) account.nonce = tx.nonce
    account.balance = account.readAt = undefined
    state.suspects.add(from)
  }
}

/** What a block has leaves the pool. Its senders' nonces are known by it, without a look at the state. */
function leave({ state, journal }: PoolContext, { transactions }: ChainBlock): void {
  for (const { hash, from, receipt } of transactions) {
    const tx = state.byHash.get(hash)
    const account = state.accounts.get(from)
    if (tx) {
      forget(state, tx)
      journal.included(hash)
    }
    if (!account) continue
    if (tx && tx.nonce >= account.nonce) account.nonce = tx.nonce + 1n
    // A deposit, an authorization or a transaction from elsewhere changes more than that.
    if ((!tx || receipt.type === 4) && state.accounts.has(from)) state.suspects.add(from)
  }
}

/** Drops what has waited too long for something that did not come: a missing nonce, funds, or a lower base fee. */
export function sweep(context: PoolContext): void {
  const { state, limits } = context
  const now = context.clock.now()
  if (now < context.sweepAt) return
  context.sweepAt = now + SWEEP_INTERVAL
  const fee = baseFee(context)
  const { gasLimit } = context.store.head('latest')
  const isOld = ({ since }: Pooled) => now - since > limits.queuedLifetimeSeconds * 1000
  const gone: { tx: Pooled; reason: string }[] = []
  for (const account of state.accounts.values()) {
    const runs = executable(account)
    account.transactions.forEach((tx, at) => {
      if (tx.gasLimit > gasLimit) gone.push({ tx, reason: 'gasLimit' })
      else if (isOld(tx) && (at >= runs || floors(account, at).fee < fee))
        gone.push({ tx, reason: 'expired' })
    })
  }
  remove(context, gone)
  shrink(context)
}

/** Comes back within the bounds, after blocks were taken back or a start with other limits. */
function shrink(context: PoolContext): void {
  const { state } = context
  const excess = state.weight - state.capacity
  if (excess <= 0) return
  const leaving = victims(state.ranking, state.accounts, undefined, excess, baseFee(context)) ?? []
  remove(
    context,
    leaving.map((tx) => ({ tx, reason: 'evicted' })),
  )
}
