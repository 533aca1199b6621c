import { transactionHash } from '@animechain/tx'
import type { Hash } from '@animechain/core'
import { includableWeight, placeOf, transactionAt, type Account, type Pooled } from './account.js'
import { checkAgainst, checkShare, checkTransaction, poolError } from './checks.js'
import { baseFee, toPooled, type PoolContext } from './context.js'
import { standingOf, victims } from './eviction.js'
import { l1Fee } from './l1Fee.js'
import { accountOf, l1Parameters } from './reading.js'
import { forget, insert } from './state.js'

/** Takes a transaction, or says why not. @throws BaseError `POOL_…` */
export async function add(context: PoolContext, raw: Uint8Array): Promise<Hash> {
  const { state, store, chain, limits, arriving } = context
  const hash = transactionHash(raw)
  if (state.byHash.has(hash) || arriving.has(hash)) throw poolError('POOL_ALREADY_KNOWN', 'already known')
  const rules = { chain, genesis: store.head('earliest'), head: store.head('latest'), limits }
  const tx = checkTransaction(raw, rules)
  arriving.add(hash)
  try {
    let from
    try {
      from = context.recoverSender(raw)
      if (typeof from !== 'string') from = await from
    } catch (cause) {
      throw poolError('POOL_INVALID_SENDER', 'invalid sender', cause)
    }
    const l1 = l1Fee(raw, await l1Parameters(context))
    const pooled = toPooled(context, hash, raw, from, tx, l1, context.clock.now())
    await admit(context, await accountOf(context, from), pooled)
    context.events.emit('added', pooled)
    return hash
  } finally {
    arriving.delete(hash)
  }
}

/** Puts a transaction in, with what it replaces and displaces out, in one step of the pool and one write of the journal. */
async function admit(context: PoolContext, account: Account, tx: Pooled): Promise<void> {
  const { state, journal } = context
  checkAgainst(account, tx, context.limits)
  // An answer is a promise: of two transactions with one nonce never the one in the block while the other was acknowledged last.
  const older = transactionAt(account, tx.nonce)
  if (older && context.building.has(older.hash))
    throw poolError(
      'POOL_NONCE_TOO_LOW',
      `nonce too low: next nonce ${tx.nonce + 1n}, tx nonce ${tx.nonce}: ${older.hash} is going into a block`,
    )
  const leaving = placesFor(context, account, tx)
  for (const victim of leaving) {
    forget(state, victim)
    context.countDropped('evicted')
  }
  const replaced = insert(state, tx, account)
  if (replaced) context.countDropped('replaced')
  context.showSize()
  const gone = replaced ? [...leaving, replaced] : leaving
  try {
    await journal.write({
      put: { hash: tx.hash, raw: tx.raw, since: tx.since },
      delete: gone.map(({ hash }) => hash),
    })
  } catch (error) {
    // The disk has the one before still: so has the pool.
    forget(state, tx)
    if (replaced && !transactionAt(state.accounts.get(tx.from) ?? account, tx.nonce))
      insert(state, replaced, account)
    throw error
  }
}

/** Decides whether a transaction gets a place, and who gives it up. @throws BaseError `POOL_…` when it gets none */
function placesFor(context: PoolContext, account: Account, tx: Pooled): Pooled[] {
  const { state } = context
  const fee = baseFee(context)
  const standing = standingOf(tx, account, placeOf(account, tx.nonce), fee)
  const replaced = transactionAt(account, tx.nonce)
  const includable = standing.kind === 2
  const held = includable ? account.weight : account.weight - includableWeight(account, fee)
  if (!replaced) checkShare(held, tx, includable, state)
  const need = state.weight + tx.weight - (replaced?.weight ?? 0) - state.capacity
  if (need <= 0) return []
  const leaving = victims(state.ranking, state.accounts, { tx, standing }, need, fee)
  if (leaving) return leaving
  throw includable
    ? poolError('POOL_UNDERPRICED', 'transaction underpriced: the pool is full')
    : poolError('POOL_FULL', 'txpool is full')
}
