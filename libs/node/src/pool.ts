import { decodeTransaction, recoverSender, transactionHash, type SignedTransaction } from '@animechain/tx'
import {
  BaseError,
  type Address,
  type ChainConfig,
  type ChainEvent,
  type Clock,
  type ExecutionEngine,
  type Hash,
  type Logger,
  type Metrics,
  type PooledTransaction,
  type TransactionPool,
} from '@animechain/core'
import type { ChainStore } from './chainStore.js'
import { intrinsicGas, MAX_INIT_CODE_BYTES, MAX_TRANSACTION_GAS } from './intrinsicGas.js'
import { l1Fee, readL1FeeParameters, type L1FeeParameters } from './l1Fee.js'
import type { PoolOptions } from './types.js'

/** Part of the pool that is cleared at once when it is full, so that the search for the cheapest is paid rarely. */
const EVICTION_SHARE = 100

/** A transaction in the pool, with what ordering needs. */
export interface Pooled extends PooledTransaction {
  /** wei per gas */
  maxFee: bigint
  /** wei per gas */
  maxTip: bigint
  gasLimit: bigint
  /** most that it can cost, L1 fee at its arrival included, wei */
  cost: bigint
  arrival: number
  /** milliseconds since the Unix epoch */
  since: number
}

interface Account {
  transactions: Map<bigint, Pooled>
  /** next nonce in the state of the head */
  nonce: bigint
  /** wei */
  balance: bigint
  /** the two above Must be read again before use */
  dirty: boolean
  /** wei, of all transactions together */
  cost: bigint
  /** no nonce from `nonce` up to here is missing; may be behind */
  gap: bigint
}

const newAccount = (): Account => ({
  transactions: new Map(),
  nonce: 0n,
  balance: 0n,
  dirty: true,
  cost: 0n,
  gap: 0n,
})

/** Takes transactions for one block, best first. */
export interface PoolSelection {
  /** The best transaction that is left; stays the same until `taken` or `skipAccount`. */
  peek(): Pooled | undefined
  /** It is in the block: its sender's next one may come. */
  taken(): void
  /** No more of this sender in this block. */
  skipAccount(): void
}

export interface Pool extends TransactionPool {
  /** Reads the journal. */
  open(): Promise<void>
  close(): void
  /** Whether anything can go into the next block. */
  readonly hasPending: boolean
  /** Transactions that can go into the next block, by effective tip, then by arrival, nonces of an account in order. */
  select(baseFee: bigint): Promise<PoolSelection>
  drop(hash: Hash, reason: string): void
}

const poolError = (code: string, message: string): BaseError => new BaseError(message, { code })

/** The mempool of a sequencer. Every list is bounded; what it took is journaled until a block has it. */
export function pool(
  {
    maxTransactions = 50_000,
    maxBytes = 128 * 1024 * 1024,
    maxPerAccount = 5_000,
    maxQueuedPerAccount = 64,
    maxTransactionBytes = 131_072,
    priceBumpPercent = 10,
    minTip = 0n,
    queuedLifetimeSeconds = 10_800,
  }: PoolOptions,
  {
    chain,
    store,
    engine,
    clock,
    logger,
    metrics,
  }: {
    chain: ChainConfig
    store: ChainStore
    engine: ExecutionEngine
    clock: Clock
    logger: Logger
    metrics: Metrics
  },
): Pool {
  const accounts = new Map<Address, Account>()
  const byHash = new Map<Hash, Pooled>()
  const arriving = new Set<Hash>()
  const listeners = new Set<(transaction: PooledTransaction) => void>()
  const size = metrics.gauge({ name: 'rollup_pool_transactions', help: 'Transactions that wait.' })
  const dropped = metrics.counter({
    name: 'rollup_pool_dropped_total',
    help: 'Transactions that left the pool without a block.',
    labels: ['reason'],
  })
  const bump = BigInt(100 + priceBumpPercent)
  let bytes = 0
  let arrivals = 0
  let feeCache: { head: Hash; parameters: Promise<L1FeeParameters | undefined> } | undefined
  let unsubscribe: (() => void) | undefined
  let sweepAt = 0

  const l1Parameters = () => {
    const head = store.head('latest')
    if (feeCache?.head !== head.hash)
      feeCache = { head: head.hash, parameters: readL1FeeParameters(chain, engine.stateAt(head)) }
    return feeCache.parameters
  }

  async function refresh(address: Address, account: Account): Promise<void> {
    // The head may move while the state is read: then it is read again.
    for (let attempt = 0; account.dirty && attempt < 8; attempt++) {
      const head = store.head('latest')
      const state = await engine.stateAt(head).getAccount(address)
      if (store.head('latest').hash !== head.hash) continue
      // Not before it was read: whoever asks meanwhile, or after a failure, must not go by the old values.
      account.dirty = false
      account.nonce = state?.nonce ?? 0n
      if (account.gap > account.nonce) account.gap = account.nonce
      account.balance = state?.balance ?? 0n
    }
    for (const tx of account.transactions.values())
      // A deposit takes its sender's next nonce too, from a transaction that waits.
      if (tx.nonce < account.nonce) remove(tx, store.transaction(tx.hash) ? undefined : 'nonceTooLow')
  }

  async function accountOf(address: Address): Promise<Account> {
    const account = accounts.get(address) ?? newAccount()
    await refresh(address, account)
    return accounts.get(address) ?? account
  }

  function insert(tx: Pooled): void {
    const account = accounts.get(tx.from) ?? newAccount()
    const replaced = account.transactions.get(tx.nonce)
    if (replaced) forget(replaced)
    // `forget` lets go of an account without transactions.
    accounts.set(tx.from, account)
    account.transactions.set(tx.nonce, tx)
    account.cost += tx.cost
    byHash.set(tx.hash, tx)
    bytes += tx.raw.length
    size.set(byHash.size)
  }
  function forget(tx: Pooled): void {
    if (byHash.get(tx.hash) !== tx) return
    byHash.delete(tx.hash)
    bytes -= tx.raw.length
    const account = accounts.get(tx.from)
    if (account?.transactions.get(tx.nonce) === tx) {
      account.transactions.delete(tx.nonce)
      account.cost -= tx.cost
      if (tx.nonce < account.gap) account.gap = tx.nonce
    }
    if (account?.transactions.size === 0) accounts.delete(tx.from)
    size.set(byHash.size)
  }
  /** Removes for good, from the journal too. */
  function remove(tx: Pooled, reason?: string): void {
    forget(tx)
    if (reason !== undefined) dropped.inc(1, { reason })
    store.writeJournal({ delete: [tx.hash] }).catch((error: unknown) => {
      logger.warn('the pool journal could not be written', { error: String(error) })
    })
  }

  /** Next nonce that has no transaction, counting from the state. */
  function firstGap(account: Account): bigint {
    if (account.gap < account.nonce) account.gap = account.nonce
    while (account.transactions.has(account.gap)) account.gap++
    return account.gap
  }

  function toPooled(raw: Uint8Array, from: Address, tx: SignedTransaction, l1: bigint): Pooled {
    const maxFee = 'maxFeePerGas' in tx ? tx.maxFeePerGas : tx.gasPrice
    const maxTip = 'maxPriorityFeePerGas' in tx ? tx.maxPriorityFeePerGas : tx.gasPrice
    return {
      hash: transactionHash(raw),
      from,
      nonce: tx.nonce,
      raw,
      maxFee,
      maxTip,
      gasLimit: tx.gasLimit,
      cost: tx.gasLimit * maxFee + tx.value + l1,
      arrival: arrivals++,
      since: clock.now(),
    }
  }

  /** What needs no state. Messages are geth's. */
  function checkAlone(raw: Uint8Array): { tx: SignedTransaction; from: Address } {
    if (raw.length > maxTransactionBytes)
      throw poolError(
        'POOL_OVERSIZED',
        `oversized data: transaction size ${raw.length}, limit ${maxTransactionBytes}`,
      )
    let tx
    try {
      tx = decodeTransaction(raw)
    } catch (error) {
      if ((error as BaseError).code === 'TX_UNSUPPORTED_TYPE')
        throw poolError('POOL_TYPE_NOT_SUPPORTED', 'transaction type not supported')
      throw new BaseError('rlp: the transaction could not be decoded', {
        code: 'POOL_UNDECODABLE',
        cause: error,
      })
    }
    if (tx.type === 0x7e || tx.type === 3)
      throw poolError('POOL_TYPE_NOT_SUPPORTED', 'transaction type not supported')
    if (tx.chainId === undefined)
      throw poolError(
        'POOL_NOT_REPLAY_PROTECTED',
        'only replay-protected (EIP-155) transactions allowed over RPC',
      )
    if (tx.chainId !== chain.chainId)
      throw poolError(
        'POOL_WRONG_CHAIN_ID',
        `invalid chain id for signer: have ${tx.chainId} want ${chain.chainId}`,
      )
    if (tx.to === undefined && tx.data.length > MAX_INIT_CODE_BYTES)
      throw poolError(
        'POOL_INIT_CODE_TOO_LARGE',
        `max initcode size exceeded: code size ${tx.data.length}, limit ${MAX_INIT_CODE_BYTES}`,
      )
    if (tx.type === 4 && tx.authorizationList.length === 0)
      throw poolError(
        'POOL_EMPTY_AUTHORIZATION_LIST',
        'set code tx must have at least one authorization tuple',
      )
    if ('maxFeePerGas' in tx && tx.maxPriorityFeePerGas > tx.maxFeePerGas)
      throw poolError('POOL_TIP_ABOVE_FEE_CAP', 'max priority fee per gas higher than max fee per gas')
    if (tx.nonce >= (1n << 64n) - 1n) throw poolError('POOL_NONCE_MAX', 'nonce has max value')
    const head = store.head('latest')
    if (tx.gasLimit > head.gasLimit) throw poolError('POOL_GAS_LIMIT', 'exceeds block gas limit')
    const osaka = chain.hardforks.some((f) => f.name === 'osaka' && f.timestamp <= head.timestamp)
    if (osaka && tx.gasLimit > MAX_TRANSACTION_GAS)
      throw poolError(
        'POOL_GAS_LIMIT',
        `transaction gas limit too high (cap: ${MAX_TRANSACTION_GAS}, tx: ${tx.gasLimit})`,
      )
    const { intrinsic, floor } = intrinsicGas(tx)
    if (tx.gasLimit < intrinsic)
      throw poolError(
        'POOL_INTRINSIC_GAS',
        `intrinsic gas too low: gas ${tx.gasLimit}, minimum needed ${intrinsic}`,
      )
    if (tx.gasLimit < floor)
      throw poolError(
        'POOL_FLOOR_GAS',
        `insufficient gas for floor data gas cost: gas ${tx.gasLimit}, minimum needed ${floor}`,
      )
    let from
    try {
      from = recoverSender(raw)
    } catch (cause) {
      throw new BaseError('invalid sender', { code: 'POOL_INVALID_SENDER', cause })
    }
    return { tx, from }
  }

  /** What needs the sender's account. */
  function checkAgainst(account: Account, tx: Pooled): void {
    if (tx.nonce < account.nonce)
      throw poolError(
        'POOL_NONCE_TOO_LOW',
        `nonce too low: next nonce ${account.nonce}, tx nonce ${tx.nonce}`,
      )
    const replaced = account.transactions.get(tx.nonce)
    if (replaced && (tx.maxFee * 100n < replaced.maxFee * bump || tx.maxTip * 100n < replaced.maxTip * bump))
      throw poolError('POOL_REPLACEMENT_UNDERPRICED', 'replacement transaction underpriced')
    const queuedCost = account.cost - (replaced?.cost ?? 0n)
    if (account.balance < tx.cost + queuedCost)
      throw poolError(
        'POOL_INSUFFICIENT_FUNDS',
        queuedCost === 0n
          ? `insufficient funds for gas * price + value: balance ${account.balance}, tx cost ${tx.cost}, overshot ${tx.cost - account.balance}`
          : `insufficient funds for gas * price + value: balance ${account.balance}, queued cost ${queuedCost}, tx cost ${tx.cost}, overshot ${tx.cost + queuedCost - account.balance}`,
      )
    if (replaced) return
    if (account.transactions.size >= maxPerAccount)
      throw poolError('POOL_ACCOUNT_LIMIT', 'account limit exceeded: too many transactions wait')
    const gap = firstGap(account)
    const queued = account.transactions.size - Number(gap - account.nonce)
    if (tx.nonce > gap && queued >= maxQueuedPerAccount)
      throw poolError(
        'POOL_ACCOUNT_LIMIT',
        'account limit exceeded: too many transactions behind a nonce gap',
      )
  }

  /** Makes room by dropping the cheapest last transactions of accounts. @throws when the new one is the cheapest */
  function makeRoom(tx: Pooled, baseFee: bigint): void {
    if (byHash.size < maxTransactions && bytes + tx.raw.length <= maxBytes) return
    const tip = (t: Pooled) => effectiveTip(t, baseFee)
    const tails: Pooled[] = []
    for (const account of accounts.values()) {
      let tail: Pooled | undefined
      for (const candidate of account.transactions.values())
        if (!tail || candidate.nonce > tail.nonce) tail = candidate
      if (tail) tails.push(tail)
    }
    tails.sort((a, b) => compare(tip(a), tip(b)) || b.arrival - a.arrival)
    let room = Math.max(1, Math.floor(maxTransactions / EVICTION_SHARE))
    let evicted = 0
    for (const tail of tails) {
      if (room-- <= 0 && bytes + tx.raw.length <= maxBytes) break
      if (tip(tail) >= tip(tx) || tail.from === tx.from) break
      remove(tail, 'evicted')
      evicted++
    }
    if (byHash.size >= maxTransactions || bytes + tx.raw.length > maxBytes)
      throw poolError(
        evicted === 0 ? 'POOL_UNDERPRICED' : 'POOL_FULL',
        evicted === 0 ? 'transaction underpriced: the pool is full' : 'txpool is full',
      )
  }

  /** Drops what waits behind a gap for too long. */
  function sweep(): void {
    const now = clock.now()
    if (now < sweepAt) return
    sweepAt = now + 60_000
    for (const account of accounts.values()) {
      const gap = firstGap(account)
      for (const tx of account.transactions.values())
        if (tx.nonce > gap && now - tx.since > queuedLifetimeSeconds * 1000) remove(tx, 'expired')
    }
  }

  function onChain({ removed, added }: ChainEvent): void {
    for (const block of removed) {
      for (const { hash, from, raw, receipt } of block.transactions) {
        const account = accounts.get(from)
        if (account) account.dirty = true
        if (receipt.type === 0x7e || byHash.has(hash)) continue
        const decoded = decodeTransaction(raw)
        if (decoded.type === 0x7e) continue
        if (account && decoded.nonce < account.nonce) account.nonce = account.gap = decoded.nonce
        const tx = toPooled(raw, from, decoded, receipt.l1Fee?.l1Fee ?? 0n)
        const other = accounts.get(from)?.transactions.get(tx.nonce)
        // Somebody replaced it meanwhile: the newer word counts.
        if (!other) insert(tx)
      }
    }
    for (const block of added) {
      for (const { hash, from } of block.transactions) {
        const tx = byHash.get(hash)
        const account = accounts.get(from)
        if (tx) forget(tx)
        if (!account) continue
        // Balance and nonce are read again; until then the nonce that the block shows is right.
        account.dirty = true
        if (tx && tx.nonce >= account.nonce) account.nonce = tx.nonce + 1n
      }
      // Authorizations raise nonces of others (EIP-7702).
      if (block.transactions.some(({ receipt }) => receipt.type === 4))
        for (const account of accounts.values()) account.dirty = true
    }
    sweep()
  }

  return {
    async open() {
      unsubscribe = store.subscribe(onChain)
      const stale: Hash[] = []
      for (const raw of store.journal()) {
        try {
          const tx = decodeTransaction(raw)
          if (tx.type !== 0x7e) insert(toPooled(raw, recoverSender(raw), tx, 0n))
        } catch (error) {
          stale.push(transactionHash(raw))
          logger.warn('a transaction of the journal is unreadable', { error: String(error) })
        }
      }
      if (stale.length) await store.writeJournal({ delete: stale })
      for (const [address, account] of [...accounts]) await refresh(address, account)
    },
    close() {
      unsubscribe?.()
      unsubscribe = undefined
      accounts.clear()
      byHash.clear()
      bytes = 0
    },

    async add(raw) {
      const hash = transactionHash(raw)
      if (byHash.has(hash) || arriving.has(hash)) throw poolError('POOL_ALREADY_KNOWN', 'already known')
      const { tx, from } = checkAlone(raw)
      arriving.add(hash)
      try {
        const pooled = toPooled(raw, from, tx, l1Fee(raw, await l1Parameters()))
        const baseFee = store.head('latest').baseFeePerGas
        if (pooled.maxTip < minTip)
          throw poolError(
            'POOL_UNDERPRICED',
            `transaction underpriced: tip needed ${minTip}, tip permitted ${pooled.maxTip}`,
          )
        checkAgainst(await accountOf(from), pooled)
        makeRoom(pooled, baseFee)
        // Journaled before it is acknowledged.
        await store.writeJournal({ put: [{ hash, raw }] })
        const read = await accountOf(from)
        // Another transaction of a new account may have come first, between the answer and here.
        const account = accounts.get(from) ?? read
        try {
          checkAgainst(account, pooled)
        } catch (error) {
          await store.writeJournal({ delete: [hash] })
          throw error
        }
        const replaced = account.transactions.get(pooled.nonce)
        if (replaced) remove(replaced, 'replaced')
        insert(pooled)
        // Known already: no reason to read it again.
        const kept = accounts.get(from)!
        if (kept !== account) {
          kept.nonce = account.nonce
          kept.balance = account.balance
          kept.dirty = account.dirty
        }
        for (const listener of [...listeners]) listener(pooled)
        return hash
      } finally {
        arriving.delete(hash)
      }
    },

    get: (hash) => byHash.get(hash),

    async pendingNonce(address) {
      return firstGap(await accountOf(address))
    },

    content() {
      const pending: PooledTransaction[] = []
      const queued: PooledTransaction[] = []
      for (const account of accounts.values()) {
        const gap = firstGap(account)
        for (const tx of [...account.transactions.values()].sort((a, b) => compare(a.nonce, b.nonce)))
          (tx.nonce < gap ? pending : queued).push(tx)
      }
      return { pending, queued }
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    get hasPending() {
      for (const account of accounts.values())
        if (account.dirty || account.transactions.has(account.nonce)) return true
      return false
    },

    async select(baseFee) {
      for (const [address, account] of [...accounts]) if (account.dirty) await refresh(address, account)
      const heap: Pooled[] = []
      const better = (a: Pooled, b: Pooled) => {
        const order = compare(effectiveTip(b, baseFee), effectiveTip(a, baseFee))
        return (order || a.arrival - b.arrival) < 0
      }
      const offer = (tx: Pooled | undefined) => {
        if (tx && tx.maxFee >= baseFee) push(heap, tx, better)
      }
      for (const account of accounts.values()) offer(account.transactions.get(account.nonce))
      return {
        peek: () => heap[0],
        taken() {
          const tx = pop(heap, better)
          if (tx) offer(accounts.get(tx.from)?.transactions.get(tx.nonce + 1n))
        },
        skipAccount: () => void pop(heap, better),
      }
    },

    drop(hash, reason) {
      const tx = byHash.get(hash)
      if (tx) remove(tx, reason)
    },
  }
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** What the sequencer earns per gas, wei. */
export function effectiveTip(tx: Pick<Pooled, 'maxFee' | 'maxTip'>, baseFee: bigint): bigint {
  const room = tx.maxFee - baseFee
  return room < tx.maxTip ? room : tx.maxTip
}

function push<T>(heap: T[], item: T, before: (a: T, b: T) => boolean): void {
  let at = heap.length
  heap.push(item)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(heap[at]!, heap[parent]!)) return
    ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
    at = parent
  }
}

function pop<T>(heap: T[], before: (a: T, b: T) => boolean): T | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (heap.length === 0 || last === undefined) return top
  heap[0] = last
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    if (left >= heap.length) return top
    const right = left + 1
    const child = right < heap.length && before(heap[right]!, heap[left]!) ? right : left
    if (!before(heap[child]!, heap[at]!)) return top
    ;[heap[at], heap[child]] = [heap[child]!, heap[at]!]
    at = child
  }
}
