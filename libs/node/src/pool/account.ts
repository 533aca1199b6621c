import type { Address, Hash, PooledTransaction } from '@animechain/core'

/** A transaction in the pool, with what ordering needs. */
export interface Pooled extends PooledTransaction {
  /** wei per gas */
  maxFee: bigint
  /** wei per gas */
  maxTip: bigint
  gasLimit: bigint
  /** most that it can cost, L1 fee at its arrival included, wei */
  cost: bigint
  /** what it takes of the pool's capacity, bytes */
  weight: number
  arrival: number
  /** milliseconds since the Unix epoch */
  since: number
  /** It was in a block that left the chain: what pays for it may have left with it. */
  restored: boolean
  /** Lowest `maxFee` and `maxTip` among it and what must come before it. Right for the first `priced` transactions of its account. */
  floorFee: bigint
  floorTip: bigint
  /** `weight` of it and what must come before it; right for the same ones */
  weightThrough: number
}

/** The transactions of one sender, and what the state says of it. */
export interface Account {
  readonly address: Address
  /** by nonce, ascending; one for each nonce */
  transactions: Pooled[]
  /** next nonce in the state of the head */
  nonce: bigint
  /** wei; undefined before the first read */
  balance: bigint | undefined
  /** Its code delegates to a contract (EIP-7702): others can move its funds. */
  delegated: boolean
  /** block whose state gave the three above */
  readAt: Hash | undefined
  /** wei, of all transactions together */
  cost: bigint
  /** bytes of the pool's capacity */
  weight: number
  /** transactions whose floors are right */
  priced: number
  /** rises with every change, so that an older look at the account is known as such */
  version: number
}

export const newAccount = (address: Address): Account => ({
  address,
  transactions: [],
  nonce: 0n,
  balance: undefined,
  delegated: false,
  readAt: undefined,
  cost: 0n,
  weight: 0,
  priced: 0,
  version: 0,
})

/** Place of the first transaction with this nonce or a higher one. */
export function placeOf({ transactions }: Account, nonce: bigint): number {
  let low = 0
  let high = transactions.length
  // Most come in order.
  if (high > 0 && transactions[high - 1]!.nonce < nonce) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if (transactions[middle]!.nonce < nonce) low = middle + 1
    else high = middle
  }
  return low
}

export function transactionAt(account: Account, nonce: bigint): Pooled | undefined {
  const found = account.transactions[placeOf(account, nonce)]
  return found?.nonce === nonce ? found : undefined
}

/** How many transactions follow the state's nonce without a gap. */
export function gapless({ transactions, nonce }: Account): number {
  // Distance from the front never falls: where it is above zero, a nonce is missing before.
  let low = 0
  let high = transactions.length
  if (high === 0 || transactions[high - 1]!.nonce - nonce === BigInt(high - 1)) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if (transactions[middle]!.nonce - nonce === BigInt(middle)) low = middle + 1
    else high = middle
  }
  return low
}

/** How many transactions can be executed one after another: no nonce is missing, and the balance covers the most that they cost. */
export function executable(account: Account): number {
  const count = gapless(account)
  const { balance, cost, transactions } = account
  if (balance === undefined || cost <= balance) return count
  let sum = 0n
  for (let at = 0; at < count; at++) {
    sum += transactions[at]!.cost
    if (sum > balance) return at
  }
  return count
}

/** Next nonce that has no transaction, counting from the state. */
export const firstGap = (account: Account): bigint => account.nonce + BigInt(gapless(account))

/** Puts a transaction in. Returns the one that had its nonce. */
export function put(account: Account, tx: Pooled): Pooled | undefined {
  const at = placeOf(account, tx.nonce)
  const replaced = account.transactions[at]?.nonce === tx.nonce ? account.transactions[at] : undefined
  if (replaced) account.transactions[at] = tx
  else account.transactions.splice(at, 0, tx)
  changed(account, at)
  account.cost += tx.cost - (replaced?.cost ?? 0n)
  account.weight += tx.weight - (replaced?.weight ?? 0)
  return replaced
}

/** Takes a transaction out; false when it is not there. */
export function take(account: Account, tx: Pooled): boolean {
  const at = placeOf(account, tx.nonce)
  if (account.transactions[at] !== tx) return false
  account.transactions.splice(at, 1)
  changed(account, at)
  account.cost -= tx.cost
  account.weight -= tx.weight
  return true
}

function changed(account: Account, at: number): void {
  if (account.priced > at) account.priced = at
  account.version++
}

/** The floors of the transaction at this place. */
export function floors(account: Account, at: number): { fee: bigint; tip: bigint } {
  const { transactions } = account
  for (; account.priced <= at; account.priced++) {
    const tx = transactions[account.priced]!
    const before = transactions[account.priced - 1]
    tx.floorFee = before && before.floorFee < tx.maxFee ? before.floorFee : tx.maxFee
    tx.floorTip = before && before.floorTip < tx.maxTip ? before.floorTip : tx.maxTip
    tx.weightThrough = (before?.weightThrough ?? 0) + tx.weight
  }
  const { floorFee, floorTip } = transactions[at]!
  return { fee: floorFee, tip: floorTip }
}

/** What the next block could have of an account, bytes of the pool's capacity. */
export function includableWeight(account: Account, baseFee: bigint): number {
  let high = executable(account)
  if (high === 0) return 0
  floors(account, high - 1)
  // Floors never rise along an account.
  let low = 0
  while (low < high) {
    const middle = (low + high) >> 1
    if (account.transactions[middle]!.floorFee >= baseFee) low = middle + 1
    else high = middle
  }
  return low === 0 ? 0 : account.transactions[low - 1]!.weightThrough
}

/**
 * Transactions that an account cannot keep, by the state that it has now: nonces that are used, more than it can pay for, more behind a gap
 * than allowed. Of the last two the highest nonces go. Where a block left the chain, what paid may come back with it: that is waited for.
 */
export function untenable(account: Account, maxQueued: number): { tx: Pooled; reason: string }[] {
  const used = placeOf(account, account.nonce)
  const gone = account.transactions.slice(0, used).map((tx) => ({ tx, reason: 'nonceTooLow' }))
  const rest = account.transactions.slice(used)
  const waitsForFunds = rest.some(({ restored }) => restored)
  let queued = rest.length - gapless({ ...account, transactions: rest })
  let cost = rest.reduce((sum, tx) => sum + tx.cost, 0n)
  for (let tx = rest.pop(); tx; tx = rest.pop()) {
    const unfunded = account.balance !== undefined && cost > account.balance && !waitsForFunds
    if (!unfunded && queued <= maxQueued) break
    gone.push({ tx, reason: unfunded ? 'insufficientFunds' : 'queueLimit' })
    cost -= tx.cost
    queued--
  }
  return gone
}
