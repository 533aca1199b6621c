import { emptyCodeHash, type Address } from '@animechain/core'
import { newAccount, untenable, type Account } from './account.js'
import { remove, type PoolContext } from './context.js'
import { note } from './eviction.js'
import { readL1FeeParameters, type L1FeeParameters } from './l1Fee.js'

/** Accounts that are read again before a block because others can change them; they take turns. */
const WATCHED_PER_BLOCK = 256
/** Accounts that are read before a block because it is known that they changed. */
const SUSPECTS_PER_BLOCK = 1_024
/** Heads that may come while an account is read, after which what was read has to do. */
const MAX_ATTEMPTS = 8

/** L1 fee parameters of the head, read once for each. */
export function l1Parameters(context: PoolContext): Promise<L1FeeParameters | undefined> {
  const head = context.store.head('latest')
  if (context.l1Fees?.head !== head.hash) {
    const parameters = readL1FeeParameters(context.chain, context.engine.stateAt(head))
    context.l1Fees = { head: head.hash, parameters }
    // A read that failed is tried again.
    parameters.catch(() => (context.l1Fees = undefined))
  }
  return context.l1Fees!.parameters
}

/** The account as the head's state has it. Who asks while it is read waits for the same read. */
export async function accountOf(context: PoolContext, address: Address): Promise<Account> {
  const { state, store, reading } = context
  for (let attempt = 0; ; attempt++) {
    const known = state.accounts.get(address)
    if (known && known.readAt === store.head('latest').hash) return known
    let pending = reading.get(address)
    if (!pending) {
      pending = read(context, address).finally(() => reading.delete(address))
      reading.set(address, pending)
    }
    const account = await pending
    const current = state.accounts.get(address) ?? account
    if (current.readAt === store.head('latest').hash || attempt >= MAX_ATTEMPTS) return current
  }
}

async function read(context: PoolContext, address: Address): Promise<Account> {
  const { state, store, engine } = context
  const account = state.accounts.get(address) ?? newAccount(address)
  // The head may move while the state is read: then it is read again.
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const head = store.head('latest')
    const found = await engine.stateAt(head).getAccount(address)
    if (store.head('latest').hash !== head.hash) continue
    account.nonce = found?.nonce ?? 0n
    account.balance = found?.balance ?? 0n
    account.delegated = found !== undefined && found.codeHash !== emptyCodeHash
    account.readAt = head.hash
    account.version++
    break
  }
  state.suspects.delete(address)
  const kept = state.accounts.get(address)
  if (kept !== account) return kept ?? account
  if (account.delegated) state.watched.add(address)
  settle(context, account)
  note(state.ranking, account)
  return account
}

/** Lets go of what an account cannot keep any more. */
function settle(context: PoolContext, account: Account): void {
  const gone = untenable(account, context.limits.maxQueuedPerAccount)
  remove(
    context,
    // A deposit takes its sender's next nonce too, from a transaction that waits.
    gone.map(({ tx, reason }) => ({
      tx,
      reason: reason === 'nonceTooLow' && context.store.transaction(tx.hash) ? undefined : reason,
    })),
  )
}

/** Reads what may have changed behind the pool's back: what is known to have, then in turns what others can change. */
export async function readSuspects(context: PoolContext): Promise<void> {
  const { accounts, suspects, watched } = context.state
  for (const address of [...suspects].slice(0, SUSPECTS_PER_BLOCK)) {
    if (accounts.has(address)) await accountOf(context, address)
    suspects.delete(address)
  }
  for (const address of [...watched].slice(0, WATCHED_PER_BLOCK)) {
    watched.delete(address)
    if (!accounts.has(address)) continue
    const { delegated, transactions } = await accountOf(context, address)
    if (accounts.has(address) && (delegated || transactions.some(({ restored }) => restored)))
      watched.add(address)
  }
}
