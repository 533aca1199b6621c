import { executable, floors, type Account, type Pooled } from './account.js'
import { effectiveTip } from './fees.js'
import { heapify, pop, push } from './heap.js'

/**
 * What a place in the pool is given for. A transaction is worth no more than what must be executed before it, so all of it is judged by the
 * account's prefix: a high price behind a low one, behind a gap, or without funds buys nothing.
 */
export interface Standing {
  /** 0: behind a gap or without funds; 1: its prefix is below the base fee; 2: the next block may have it */
  kind: 0 | 1 | 2
  /** wei per gas: lowest effective tip of the prefix */
  worth: bigint
  /** bytes that its account holds */
  load: number
  arrival: number
}

/** Whether `a` leaves before `b`: by kind, by worth, then the account that holds more, then who came last. */
export function leavesBefore(a: Standing, b: Standing): boolean {
  if (a.kind !== b.kind) return a.kind < b.kind
  if (a.worth !== b.worth) return a.worth < b.worth
  if (a.load !== b.load) return a.load > b.load
  return a.arrival > b.arrival
}

/** How the transaction at this place of its account stands. `runs`: how many transactions of the account can be executed. */
export function standing(
  account: Account,
  at: number,
  baseFee: bigint,
  { runs = executable(account), load = account.weight } = {},
): Standing {
  const { arrival } = account.transactions[at]!
  if (at >= runs) return { kind: 0, worth: 0n, load, arrival }
  const { fee, tip } = floors(account, at)
  return {
    kind: fee < baseFee ? 1 : 2,
    worth: effectiveTip({ maxFee: fee, maxTip: tip }, baseFee),
    load,
    arrival,
  }
}

/** How a transaction would stand that is not in its account yet. */
export function standingOf(tx: Pooled, account: Account, place: number, baseFee: bigint): Standing {
  const load = account.weight + tx.weight
  const { arrival } = tx
  if (place > executable(account) || tx.nonce !== account.nonce + BigInt(place))
    return { kind: 0, worth: 0n, load, arrival }
  const before = place > 0 ? floors(account, place - 1) : { fee: tx.maxFee, tip: tx.maxTip }
  const maxFee = before.fee < tx.maxFee ? before.fee : tx.maxFee
  const maxTip = before.tip < tx.maxTip ? before.tip : tx.maxTip
  return { kind: maxFee < baseFee ? 1 : 2, worth: effectiveTip({ maxFee, maxTip }, baseFee), load, arrival }
}

interface Ranked {
  account: Account
  version: number
  /** place of the transaction that would leave */
  at: number
  standing: Standing
}

/**
 * The last transaction of each account, worst first. It is made when room is needed, for one base fee, and kept up to date until that changes: at
 * most once a block the pool is walked through; everything else is logarithmic. Only last transactions leave, so that none strands another.
 */
export interface Ranking {
  heap: Ranked[]
  baseFee: bigint | undefined
}

export const newRanking = (): Ranking => ({ heap: [], baseFee: undefined })

const before = (a: Ranked, b: Ranked) => leavesBefore(a.standing, b.standing)

function last(account: Account, baseFee: bigint): Ranked {
  const at = account.transactions.length - 1
  return { account, version: account.version, at, standing: standing(account, at, baseFee) }
}

/** Forgets the order: the base fee has changed. */
export function outdate(ranking: Ranking): void {
  ranking.heap = []
  ranking.baseFee = undefined
}

/** Takes note of an account that has changed. */
export function note(ranking: Ranking, account: Account): void {
  if (ranking.baseFee === undefined || account.transactions.length === 0) return
  push(ranking.heap, last(account, ranking.baseFee), before)
}

function rank(ranking: Ranking, accounts: ReadonlyMap<unknown, Account>, baseFee: bigint): void {
  // Older looks at accounts stay in the heap until they come up: not too many of them.
  if (ranking.baseFee === baseFee && ranking.heap.length <= 4 * accounts.size + 1024) return
  ranking.baseFee = baseFee
  ranking.heap = [...accounts.values()].map((account) => last(account, baseFee))
  heapify(ranking.heap, before)
}

/**
 * Whose places a newcomer gets: enough last transactions that leave before it to free `need` bytes. `undefined`: there are not, and nobody leaves.
 * Its own account gives up what comes after it, never what it stands on.
 */
export function victims(
  ranking: Ranking,
  accounts: ReadonlyMap<unknown, Account>,
  newcomer: { tx: Pick<Pooled, 'from' | 'nonce'>; standing: Standing } | undefined,
  need: number,
  baseFee: bigint,
): Pooled[] | undefined {
  rank(ranking, accounts, baseFee)
  const { heap } = ranking
  const found: Pooled[] = []
  const touched = new Set<Account>()
  let freed = 0
  while (freed < need) {
    const worst = heap[0]
    if (!worst) break
    const { account, at } = worst
    const tx = account.transactions[at]
    if (worst.version !== account.version || !tx) {
      pop(heap, before)
      continue
    }
    if (newcomer) {
      const own = tx.from === newcomer.tx.from
      if (own ? tx.nonce <= newcomer.tx.nonce : !leavesBefore(worst.standing, newcomer.standing)) break
    }
    pop(heap, before)
    touched.add(account)
    found.push(tx)
    freed += tx.weight
    if (at === 0) continue
    const load = worst.standing.load - tx.weight
    push(heap, { ...worst, at: at - 1, standing: standing(account, at - 1, baseFee, { load }) }, before)
  }
  if (freed >= need) return found
  for (const account of touched) {
    account.version++
    note(ranking, account)
  }
  return undefined
}
