import {
  decodeTransaction,
  recoverSender as recoverSenderHere,
  transactionHash,
  type SignedTransaction,
} from '@animechain/tx'
import type {
  Address,
  ChainConfig,
  ChainEvent,
  Clock,
  ExecutionEngine,
  Hash,
  Logger,
  Metrics,
  PooledAccount,
  PooledTransaction,
  TransactionPool,
} from '@animechain/core'
import type { ChainStore } from '../chainStore.js'
import type { PoolOptions } from '../types.js'
import {
  executable,
  firstGap,
  gapless,
  floors,
  newAccount,
  placeOf,
  transactionAt,
  untenable,
  type Account,
  type Pooled,
} from './account.js'
import { checkAgainst, checkShare, checkTransaction, feesOf, outbids, poolError } from './checks.js'
import { note, outdate, standingOf, victims } from './eviction.js'
import { nextBaseFee } from './fees.js'
import { journal as createJournal } from './journal.js'
import { l1Fee, readL1FeeParameters, type L1FeeParameters } from './l1Fee.js'
import { limitsOf } from './limits.js'
import { select, type PoolSelection } from './selection.js'
import { clear, forget, insert, newPoolState } from './state.js'

/** Accounts that are read again before a block because others can change them; they take turns. */
const WATCHED_PER_BLOCK = 256
/** Accounts that are read before a block because it is known that they changed. */
const SUSPECTS_PER_BLOCK = 1_024
/** Senders of the journal that are recovered together. */
const RECOVER_CHUNK = 1_024
/** milliseconds between two looks for what waits in vain */
const SWEEP_INTERVAL = 60_000

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

export interface PoolParts {
  chain: ChainConfig
  store: ChainStore
  engine: ExecutionEngine
  clock: Clock
  logger: Logger
  metrics: Metrics
  /** Recovers a sender, here or in another thread; throws when there is none. Default: in this thread, at once. */
  recoverSender?: (raw: Uint8Array) => Address | Promise<Address>
}

/** The mempool of a sequencer. Every list is bounded; what it took is journaled until a block has it (docs/spec/node.md, "Pool"). */
export function pool(options: PoolOptions, parts: PoolParts): Pool {
  const { chain, store, engine, clock, logger, metrics, recoverSender = recoverSenderHere } = parts
  const limits = limitsOf(options)
  const state = newPoolState(limits)
  const journal = createJournal(store, { durable: limits.durable })
  const arriving = new Set<Hash>()
  /** In the block that is being built: too late to replace. */
  let building = new Set<Hash>()
  const reading = new Map<Address, Promise<Account>>()
  const listeners = new Set<(transaction: PooledTransaction) => void>()
  const size = metrics.gauge({ name: 'rollup_pool_transactions', help: 'Transactions that wait.' })
  const dropped = metrics.counter({
    name: 'rollup_pool_dropped_total',
    help: 'Transactions that left the pool without a block.',
    labels: ['reason'],
  })
  let feeCache: { head: Hash; parameters: Promise<L1FeeParameters | undefined> } | undefined
  let unsubscribe: (() => void) | undefined
  let sweepAt = 0

  const baseFee = () => nextBaseFee(chain, store.head('latest'))

  const l1Parameters = () => {
    const head = store.head('latest')
    if (feeCache?.head !== head.hash) {
      const parameters = readL1FeeParameters(chain, engine.stateAt(head))
      feeCache = { head: head.hash, parameters }
      // A read that failed is tried again.
      parameters.catch(() => (feeCache = undefined))
    }
    return feeCache.parameters
  }

  /** Removes for good, from the journal too. */
  function remove(gone: readonly { tx: Pooled; reason: string | undefined }[]): void {
    if (gone.length === 0) return
    for (const { tx, reason } of gone) {
      forget(state, tx)
      if (reason !== undefined) dropped.inc(1, { reason })
    }
    size.set(state.byHash.size)
    journal.write({ delete: gone.map(({ tx }) => tx.hash) }).catch((error: unknown) => {
      logger.warn('the pool journal could not be written', { error: String(error) })
    })
  }

  /** Lets go of what an account cannot keep any more. */
  function settle(account: Account): void {
    const gone = untenable(account, limits.maxQueuedPerAccount)
    // A deposit takes its sender's next nonce too, from a transaction that waits.
    remove(
      gone.map(({ tx, reason }) =>
        reason === 'nonceTooLow' && store.transaction(tx.hash) ? { tx, reason: undefined } : { tx, reason },
      ),
    )
  }

  async function read(address: Address): Promise<Account> {
    const account = state.accounts.get(address) ?? newAccount(address)
    // The head may move while the state is read: then it is read again.
    for (let attempt = 0; attempt < 8; attempt++) {
      const head = store.head('latest')
      const found = await engine.stateAt(head).getAccount(address)
      if (store.head('latest').hash !== head.hash) continue
      account.nonce = found?.nonce ?? 0n
      account.balance = found?.balance ?? 0n
      account.delegated = found !== undefined && found.codeHash !== EMPTY_CODE
      account.readAt = head.hash
      account.version++
      break
    }
    state.suspects.delete(address)
    if (state.accounts.get(address) !== account) return state.accounts.get(address) ?? account
    if (account.delegated) state.watched.add(address)
    settle(account)
    note(state.ranking, account)
    return account
  }

  /** The account as the head's state has it. Who asks while it is read waits for the same read. */
  async function accountOf(address: Address): Promise<Account> {
    for (let attempt = 0; ; attempt++) {
      const known = state.accounts.get(address)
      if (known && known.readAt === store.head('latest').hash) return known
      const under = reading.get(address)
      const pending = under ?? read(address)
      if (!under) {
        reading.set(address, pending)
        pending.then(
          () => reading.delete(address),
          () => reading.delete(address),
        )
      }
      const account = await pending
      const current = state.accounts.get(address) ?? account
      if (current.readAt === store.head('latest').hash || attempt >= 8) return current
    }
  }

  function toPooled(
    hash: Hash,
    raw: Uint8Array,
    from: Address,
    tx: SignedTransaction,
    l1: bigint,
    since: number | undefined,
  ): Pooled {
    const { maxFee, maxTip } = feesOf(tx)
    return {
      hash,
      from,
      nonce: tx.nonce,
      raw,
      maxFee,
      maxTip,
      gasLimit: tx.gasLimit,
      cost: tx.gasLimit * maxFee + tx.value + l1,
      weight: Math.max(state.slot, raw.length),
      arrival: state.arrivals++,
      since: since ?? clock.now(),
      restored: since === undefined,
      floorFee: maxFee,
      floorTip: maxTip,
    }
  }

  /** Decides whether a transaction gets a place, and who gives it up. @throws BaseError `POOL_…` when it gets none */
  function placesFor(account: Account, tx: Pooled): Pooled[] {
    const fee = baseFee()
    const standing = standingOf(tx, account, placeOf(account, tx.nonce), fee)
    const replaced = transactionAt(account, tx.nonce)
    if (!replaced) checkShare(account, tx, standing.kind === 2, state)
    const need = state.weight + tx.weight - (replaced?.weight ?? 0) - state.capacity
    if (need <= 0) return []
    const leaving = victims(state.ranking, state.accounts, { tx, standing }, need, fee)
    if (leaving) return leaving
    throw standing.kind === 2
      ? poolError('POOL_UNDERPRICED', 'transaction underpriced: the pool is full')
      : poolError('POOL_FULL', 'txpool is full')
  }

  /** Puts a transaction in, with what it replaces and displaces out, in one step of the pool and one write of the journal. */
  async function admit(account: Account, tx: Pooled): Promise<void> {
    checkAgainst(account, tx, limits)
    // An answer is a promise: of two transactions with one nonce never the one in the block while the other was acknowledged last.
    const older = transactionAt(account, tx.nonce)
    if (older && building.has(older.hash))
      throw poolError(
        'POOL_NONCE_TOO_LOW',
        `nonce too low: next nonce ${tx.nonce + 1n}, tx nonce ${tx.nonce}: ${older.hash} is going into a block`,
      )
    const leaving = placesFor(account, tx)
    for (const victim of leaving) {
      forget(state, victim)
      dropped.inc(1, { reason: 'evicted' })
    }
    const replaced = insert(state, tx, account)
    if (replaced) dropped.inc(1, { reason: 'replaced' })
    size.set(state.byHash.size)
    const gone = [...leaving, ...(replaced ? [replaced] : [])]
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

  /** Drops what has waited too long for something that did not come: a missing nonce, funds, or a lower base fee. */
  function sweep(): void {
    const now = clock.now()
    if (now < sweepAt) return
    sweepAt = now + SWEEP_INTERVAL
    const fee = baseFee()
    const { gasLimit } = store.head('latest')
    const gone: { tx: Pooled; reason: string }[] = []
    for (const account of state.accounts.values()) {
      const runs = executable(account)
      account.transactions.forEach((tx, at) => {
        if (tx.gasLimit > gasLimit) gone.push({ tx, reason: 'gasLimit' })
        else if (
          now - tx.since > limits.queuedLifetimeSeconds * 1000 &&
          (at >= runs || floors(account, at).fee < fee)
        )
          gone.push({ tx, reason: 'expired' })
      })
    }
    remove(gone)
    shrink()
  }

  /** Comes back within the bounds, after blocks were taken back or a start with other limits. */
  function shrink(): void {
    const excess = state.weight - state.capacity
    if (excess <= 0) return
    const leaving = victims(state.ranking, state.accounts, undefined, excess, baseFee()) ?? []
    remove(leaving.map((tx) => ({ tx, reason: 'evicted' })))
  }

  /** What a block that left the chain carried waits again. */
  function takeBack({ transactions }: ChainEvent['removed'][number]): void {
    for (const { hash, from, raw, receipt } of transactions) {
      if (state.accounts.has(from)) state.suspects.add(from)
      if (receipt.type === 0x7e || state.byHash.has(hash)) continue
      const decoded = decodeTransaction(raw)
      if (decoded.type === 0x7e) continue
      const tx = toPooled(hash, raw, from, decoded, receipt.l1Fee?.l1Fee ?? 0n, undefined)
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
  function leave({ transactions }: ChainEvent['added'][number]): void {
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

  function onChain({ removed, added }: ChainEvent): void {
    outdate(state.ranking)
    building.clear()
    for (const block of [...removed].reverse()) takeBack(block)
    for (const block of added) leave(block)
    size.set(state.byHash.size)
    sweep()
  }

  /** Reads what may have changed behind the pool's back: what is known to have, then in turns what others can change. */
  async function readSuspects(): Promise<void> {
    let left = SUSPECTS_PER_BLOCK
    for (const address of [...state.suspects]) {
      if (left-- <= 0) break
      if (state.accounts.has(address)) await accountOf(address)
      state.suspects.delete(address)
    }
    left = WATCHED_PER_BLOCK
    for (const address of [...state.watched].slice(0, left)) {
      state.watched.delete(address)
      if (!state.accounts.has(address)) continue
      const account = await accountOf(address)
      if (!state.accounts.has(address)) continue
      if (account.delegated || account.transactions.some(({ restored }) => restored))
        state.watched.add(address)
    }
  }

  async function readJournal(): Promise<void> {
    const entries = [...store.journal()]
    const stale: Hash[] = []
    const found: Pooled[] = []
    for (let at = 0; at < entries.length; at += RECOVER_CHUNK)
      await Promise.all(
        entries.slice(at, at + RECOVER_CHUNK).map(async ({ raw, since }) => {
          const hash = transactionHash(raw)
          try {
            const tx = decodeTransaction(raw)
            if (tx.type !== 0x7e) found.push(toPooled(hash, raw, await recoverSender(raw), tx, 0n, since))
          } catch (error) {
            stale.push(hash)
            logger.warn('a transaction of the journal is unreadable', { error: String(error) })
          }
        }),
      )
    // Two with one nonce: one of them came back with a block that left the chain. The word that was given to the pool itself counts.
    found.sort((a, b) => (a.restored === b.restored ? a.since - b.since : a.restored ? -1 : 1))
    for (const tx of found) {
      const other = state.accounts.get(tx.from) && transactionAt(state.accounts.get(tx.from)!, tx.nonce)
      if (other && other.restored === tx.restored && outbids(other, tx, 0) && !outbids(tx, other, 0))
        stale.push(tx.hash)
      else {
        tx.arrival = state.arrivals++
        const replaced = insert(state, tx)
        if (replaced) stale.push(replaced.hash)
      }
    }
    if (stale.length > 0) await journal.write({ delete: stale })
  }

  return {
    async open() {
      unsubscribe = store.subscribe(onChain)
      sweepAt = 0
      await readJournal()
      for (const address of [...state.accounts.keys()]) await accountOf(address)
      sweep()
      size.set(state.byHash.size)
    },
    async close() {
      unsubscribe?.()
      unsubscribe = undefined
      await journal.idle()
      clear(state)
    },

    async add(raw) {
      const hash = transactionHash(raw)
      if (state.byHash.has(hash) || arriving.has(hash)) throw poolError('POOL_ALREADY_KNOWN', 'already known')
      const head = store.head('latest')
      const tx = checkTransaction(raw, { chain, genesis: store.head('earliest'), head, limits })
      arriving.add(hash)
      try {
        let from
        try {
          const recovered = recoverSender(raw)
          from = typeof recovered === 'string' ? recovered : await recovered
        } catch (cause) {
          throw poolError('POOL_INVALID_SENDER', 'invalid sender', cause)
        }
        const pooled = toPooled(hash, raw, from, tx, l1Fee(raw, await l1Parameters()), clock.now())
        await admit(await accountOf(from), pooled)
        for (const listener of [...listeners]) listener(pooled)
        return hash
      } finally {
        arriving.delete(hash)
      }
    },

    get: (hash) => state.byHash.get(hash),

    async pendingNonce(address) {
      return firstGap(await accountOf(address))
    },

    content() {
      const pending: PooledTransaction[] = []
      const queued: PooledTransaction[] = []
      for (const account of state.accounts.values()) {
        const runs = gapless(account)
        account.transactions.forEach((tx, at) => (at < runs ? pending : queued).push(tx))
      }
      return { pending, queued }
    },

    status() {
      let pending = 0
      for (const account of state.accounts.values()) pending += gapless(account)
      return { pending, queued: state.byHash.size - pending }
    },

    *contentByAccount(only?: Address): Iterable<PooledAccount> {
      const own = only === undefined ? undefined : state.accounts.get(only)
      const accounts = only === undefined ? state.accounts.values() : own ? [own] : []
      for (const account of accounts) {
        const runs = gapless(account)
        const { address, transactions } = account
        yield { address, pending: transactions.slice(0, runs), queued: transactions.slice(runs) }
      }
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    get hasPending() {
      for (const account of state.accounts.values()) if (gapless(account) > 0) return true
      return false
    },

    async select(fee) {
      await readSuspects()
      const mine = (building = new Set())
      return select(state.accounts, {
        baseFee: fee,
        onTaken: ({ hash }) => mine.add(hash),
        // The builder knows better: the account is read again before the next block.
        onSkip: ({ from }) => state.accounts.has(from) && state.suspects.add(from),
      })
    },

    drop(hash, reason) {
      const tx = state.byHash.get(hash)
      if (!tx) return
      remove([{ tx, reason }])
      if (state.accounts.has(tx.from)) state.suspects.add(tx.from)
    },
  }
}

/** Hash of no code. */
const EMPTY_CODE: Hash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
