import { recoverSender, type SignedTransaction } from '@animechain/tx'
import type {
  Address,
  ChainConfig,
  Clock,
  ExecutionEngine,
  Hash,
  Logger,
  Metrics,
  PooledTransaction,
} from '@animechain/core'
import { emitter, type Emitter } from '@animechain/runtime'
import type { ChainStore } from '../chain/store.js'
import type { PoolOptions } from '../types.js'
import type { Account, Pooled } from './account.js'
import { feesOf } from './checks.js'
import { nextBaseFee } from './fees.js'
import { journal, type Journal } from './journal.js'
import type { L1FeeParameters } from './l1Fee.js'
import { limitsOf, type Limits } from './limits.js'
import { forget, newPoolState, type PoolState } from './state.js'

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

/** The pool's state with all that its steps work with. */
export interface PoolContext extends Required<PoolParts> {
  limits: Limits
  state: PoolState
  journal: Journal
  /** hashes that are being checked */
  arriving: Set<Hash>
  /** In the block that is being built: too late to replace. */
  building: Set<Hash>
  /** accounts that are being read */
  reading: Map<Address, Promise<Account>>
  events: Emitter<{ added: PooledTransaction }>
  l1Fees: { head: Hash; parameters: Promise<L1FeeParameters | undefined> } | undefined
  /** milliseconds since the Unix epoch: when to look next for what waits in vain */
  sweepAt: number
  /** Shows how many wait. */
  showSize(): void
  countDropped(reason: string): void
}

export function newContext(options: PoolOptions, parts: PoolParts): PoolContext {
  const limits = limitsOf(options)
  const state = newPoolState(limits)
  const { metrics } = parts
  const size = metrics.gauge({ name: 'rollup_pool_transactions', help: 'Transactions that wait.' })
  const dropped = metrics.counter({
    name: 'rollup_pool_dropped_total',
    help: 'Transactions that left the pool without a block.',
    labels: ['reason'],
  })
  for (const reason of ['evicted', 'expired', 'gasLimit', 'nonceTooLow', 'replaced'])
    dropped.inc(0, { reason })
  return {
    recoverSender,
    ...parts,
    limits,
    state,
    journal: journal(parts.store, { durable: limits.durable }),
    arriving: new Set(),
    building: new Set(),
    reading: new Map(),
    events: emitter(parts.logger),
    l1Fees: undefined,
    sweepAt: 0,
    showSize: () => size.set(state.byHash.size),
    countDropped: (reason) => dropped.inc(1, { reason }),
  }
}

/** Base fee of the next block, wei per gas. */
export const baseFee = ({ chain, store }: PoolContext): bigint => nextBaseFee(chain, store.head('latest'))

/** A transaction as the pool keeps it. `since` undefined: it comes back from a block that left the chain. */
export function toPooled(
  { state, clock }: PoolContext,
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
    weightThrough: 0,
  }
}

/** Removes for good, from the journal too. `reason` undefined: a block has it. */
export function remove(
  context: PoolContext,
  gone: readonly { tx: Pooled; reason: string | undefined }[],
): void {
  if (gone.length === 0) return
  for (const { tx, reason } of gone) {
    forget(context.state, tx)
    if (reason !== undefined) context.countDropped(reason)
  }
  context.showSize()
  context.journal.write({ delete: gone.map(({ tx }) => tx.hash) }).catch((error: unknown) => {
    context.logger.warn('the pool journal could not be written', { error: String(error) })
  })
}
