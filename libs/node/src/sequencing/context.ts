import type { Clock, ExecutionEngine, InboxRules, Logger, Metrics } from '@animechain/core'
import { stopwatch, type Mutex, type Stopwatch } from '@animechain/runtime'
import type { ChainStore } from '../chain/store.js'
import type { Derivation } from '../derivation/context.js'
import type { Pool } from '../pool/index.js'
import type { SequencerOptions } from '../types.js'
import type { BlockRoom } from './blockRoom.js'
import type { DepositFeed } from './deposits.js'
import type { BuildStop } from './due.js'
import { blockClock, type BlockClock } from './timestamp.js'

/** Default of the option. */
export const MAX_DRIFT_SECONDS = 10

export interface SequencerParts {
  store: ChainStore
  engine: ExecutionEngine
  feed: DepositFeed
  /** The inbox's, once they are known. */
  rules: () => InboxRules | undefined
  room: BlockRoom
  derivation: Derivation
  pool: Pool
  lock: Mutex
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** What building needs from one block to the next. */
export interface SequencerContext extends SequencerParts {
  options: Required<Omit<SequencerOptions, 'maxBlockBytes'>>
  /** milliseconds */
  blockTime: number
  time: BlockClock
  /** Why the last step built nothing although a block was due. */
  stop: BuildStop | undefined
  /** since a block was built, or none was wanted */
  sinceProgress: Stopwatch
  meters: ReturnType<typeof meters>
}

function meters(metrics: Metrics) {
  return {
    buildTime: metrics.histogram({
      name: 'rollup_block_build_seconds',
      help: 'Time to build a block.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    transactions: metrics.counter({
      name: 'rollup_sequenced_transactions_total',
      help: 'User transactions put into blocks.',
    }),
  }
}

export function newContext(
  {
    emptyBlocks = 'always',
    maxIdleSeconds = 60,
    l1Confirmations = 0,
    buildBudgetMs,
    maxDepositsPerBlock = 500,
    maxUnsafeBlocks = 4096,
    maxDriftSeconds = MAX_DRIFT_SECONDS,
  }: SequencerOptions,
  blockTime: number,
  parts: SequencerParts,
): SequencerContext {
  const { clock, metrics } = parts
  return {
    ...parts,
    options: {
      ...{ emptyBlocks, maxIdleSeconds, l1Confirmations, maxDepositsPerBlock, maxUnsafeBlocks },
      maxDriftSeconds,
      buildBudgetMs: buildBudgetMs ?? 0.8 * blockTime,
    },
    blockTime,
    time: blockClock(clock, maxDriftSeconds),
    stop: undefined,
    sinceProgress: stopwatch(clock),
    meters: meters(metrics),
  }
}
