import { unsafeGauge } from '../chain/headGauges.js'
import {
  BaseError,
  type BatchCodec,
  type Clock,
  type DataAvailability,
  type ExecutionEngine,
  type InboxView,
  type Logger,
  type Metrics,
  type Settlement,
} from '@animechain/core'
import type { Emitter, Mutex } from '@animechain/runtime'
import type { AppliedBatch } from '../chain/batchCodec.js'
import type { ChainStore } from '../chain/store.js'
import type { DerivationOptions, RollupEvents, RollupRole } from '../types.js'
import { confirmation, l1Heads, trouble } from './l1Watch.js'

/** How long a head of L1 below the one seen before is taken for an answer of a server that lags behind the others of its load balancer. milliseconds */
const LAG_MS = 20_000
/** How long L1 may stand still: ten slots of Ethereum. milliseconds */
const STALE_MS = 120_000

/** What the rest of a node sees of derivation. */
export interface Derivation {
  /** What the last complete step saw. */
  readonly view: InboxView | undefined
  /** Whether every batch of that view is applied, so that the chain is known to be L1's. Stays true while L1 cannot be read. */
  readonly caughtUp: boolean
  /**
   * Whether blocks may be built on the newest one: where the chain is caught up, and where it was until L1 was reorganised under it and has not been
   * readable since. What is built then may have to give way, as any block that L1 does not have.
   */
  readonly mayBuild: boolean
  /** Runs a step now. */
  tick(): Promise<void>
  wake(): void
}

export interface DerivationParts {
  role: RollupRole
  /** Whether this node has blocks above the safe one, its own or announced: those that fit what L1 has stay. */
  keepsUnsafe: boolean
  store: ChainStore
  engine: ExecutionEngine
  settlement: Settlement
  readers: readonly DataAvailability[]
  codec: BatchCodec
  lock: Mutex
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

export interface DerivationState {
  view: InboxView | undefined
  caughtUp: boolean
  /** Since the last look that succeeded one has failed, and not because two answers came from two chains. */
  isFailing: boolean
}

/** The state of derivation with all that its steps work with. */
export interface DerivationContext extends DerivationParts {
  options: Required<DerivationOptions>
  state: DerivationState
  meters: ReturnType<typeof meters>
  heads: ReturnType<typeof l1Heads>
  troubles: ReturnType<typeof trouble>
  confirmed: ReturnType<typeof confirmation>
}

function meters(metrics: Metrics) {
  return {
    unsafe: unsafeGauge(metrics),
    safe: metrics.gauge({ name: 'rollup_safe_block', help: 'Newest block derived from L1.' }),
    finalized: metrics.gauge({
      name: 'rollup_finalized_block',
      help: 'Newest block derived from final L1 blocks.',
    }),
    l1: metrics.gauge({ name: 'rollup_l1_block', help: 'Newest L1 block seen.' }),
    batches: metrics.gauge({ name: 'rollup_batches', help: 'Batches applied.' }),
    reorgs: metrics.counter({
      name: 'rollup_l1_reorgs_total',
      help: 'L1 reorgs that undid something here.',
    }),
    fallbacks: metrics.counter({
      name: 'rollup_fallback_batches_total',
      help: 'Batches whose bytes were of no use.',
    }),
    lies: metrics.counter({
      name: 'rollup_wrong_labels_total',
      help: 'Deposit labels that are not those of L1.',
    }),
  }
}

export const newState = (): DerivationState => ({
  view: undefined,
  caughtUp: false,
  isFailing: false,
})

export function newContext(
  {
    pollMs = 1000,
    batchesPerStep = 16,
    undoFinalized = false,
    lagMs = LAG_MS,
    staleMs = STALE_MS,
  }: DerivationOptions,
  parts: DerivationParts,
): DerivationContext {
  const { clock, logger, metrics } = parts
  return {
    ...parts,
    options: { pollMs, batchesPerStep, undoFinalized, lagMs, staleMs },
    state: newState(),
    meters: meters(metrics),
    heads: l1Heads({ clock, lagMs, staleMs }),
    troubles: trouble({ clock, logger }),
    confirmed: confirmation(clock),
  }
}

/** The newest batch that is applied. */
export const cursor = (store: ChainStore): AppliedBatch | undefined =>
  store.appliedBatch(store.batchCount - 1n)

export const reorged = (what: string): BaseError =>
  new BaseError(`L1 changed while it was read: ${what}.`, { code: 'SETTLEMENT_REORGED' })
