import { decodeTransaction, transactionHash } from '@animechain/tx'
import { depositTransactionType, type Hash } from '@animechain/core'
import { transactionAt, type Pooled } from './account.js'
import { outbids } from './checks.js'
import { toPooled, type PoolContext } from './context.js'
import { sweep } from './following.js'
import { accountOf } from './reading.js'
import { insert } from './state.js'

/** Senders that are recovered together. */
const CHUNK = 1_024

/** Fills an empty pool from the journal, by the rules that held before: what has waited too long, or cannot be paid for, does not come back. */
export async function restore(context: PoolContext): Promise<void> {
  const { state, journal } = context
  const { found, stale } = await readJournal(context)
  for (const tx of found) {
    const account = state.accounts.get(tx.from)
    const other = account && transactionAt(account, tx.nonce)
    if (other && !supersedes(tx, other)) {
      stale.push(tx.hash)
      continue
    }
    tx.arrival = state.arrivals++
    const replaced = insert(state, tx)
    if (replaced) stale.push(replaced.hash)
  }
  if (stale.length > 0) await journal.write({ delete: stale })
  for (const address of [...state.accounts.keys()]) await accountOf(context, address)
  context.sweepAt = 0
  sweep(context)
  context.showSize()
}

/** Of two with one nonce, one came back with a block that left the chain: what was given to the pool itself counts. */
const supersedes = (tx: Pooled, other: Pooled): boolean =>
  tx.restored === other.restored ? outbids(tx, other, 0) || !outbids(other, tx, 0) : other.restored

/** What the journal holds, what came back with a block first, then by age; and what of it is unreadable. */
async function readJournal(context: PoolContext): Promise<{ found: Pooled[]; stale: Hash[] }> {
  const entries = [...context.store.journal()]
  const stale: Hash[] = []
  const found: Pooled[] = []
  const readEntry = async ({ raw, since }: (typeof entries)[number]) => {
    const hash = transactionHash(raw)
    try {
      const tx = decodeTransaction(raw)
      if (tx.type === depositTransactionType) return
      const from = await context.recoverSender(raw)
      found.push(toPooled(context, hash, raw, from, tx, 0n, since))
    } catch (error) {
      stale.push(hash)
      context.logger.warn('a transaction of the journal is unreadable', { error: String(error) })
    }
  }
  for (let at = 0; at < entries.length; at += CHUNK)
    await Promise.all(entries.slice(at, at + CHUNK).map(readEntry))
  found.sort((a, b) => (a.restored === b.restored ? a.since - b.since : a.restored ? -1 : 1))
  return { found, stale }
}
