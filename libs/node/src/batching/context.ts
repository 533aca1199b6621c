import type {
  BatchCodec,
  Clock,
  DataAvailability,
  Hash,
  InboxRules,
  Logger,
  Metrics,
  Settlement,
} from '@animechain/core'
import { stopwatch, type Emitter, type Stopwatch } from '@animechain/runtime'
import type { ChainStore } from '../chain/store.js'
import type { Derivation } from '../derivation/context.js'
import type { BatcherOptions, RollupEvents } from '../types.js'
import type { Refusal } from './due.js'

/** Part of the largest batch at which one is posted at once. */
const TARGET_SHARE = 0.9
/** Default of the option. */
export const MAX_AGE_SECONDS = 10

/** Bytes that a batch may have, encoded: what was asked for, and at most what the DA and the codec take. */
export const maxBatchBytes = (
  { da, codec }: Pick<BatcherParts, 'da' | 'codec'>,
  wanted: number | undefined,
): number => Math.min(wanted ?? Infinity, Number(da.capabilities.maxBytes), codec.limits.compressedBytes)

export interface BatcherParts {
  store: ChainStore
  settlement: Settlement
  da: DataAvailability
  codec: BatchCodec
  derivation: Derivation
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** What the batcher knows from one step to the next. None of it is needed after a restart. */
export interface BatcherContext extends BatcherParts {
  options: Required<Pick<BatcherOptions, 'pollMs' | 'maxAgeSeconds' | 'maxIdleAgeSeconds'>> &
    Pick<BatcherOptions, 'maxFeePerGas' | 'maxFeePerBlobGas'>
  /** of an encoded batch */
  maxBytes: number
  /** encoded bytes at which a batch is posted at once */
  target: number
  rules: InboxRules | undefined
  /** encoded bytes for each raw byte, as last seen */
  ratio: number
  refused: Refusal | undefined
  /** the blocks from `first` to `last`, as far as they were looked at */
  seen: { first: bigint; last: { number: bigint; hash: Hash }; bytes: number; idle: boolean } | undefined
  /** the oldest waiting block, and the time since it was seen first */
  oldest: bigint | undefined
  sinceOldest: Stopwatch
  meters: ReturnType<typeof meters>
}

function meters(metrics: Metrics) {
  return {
    bytes: metrics.counter({ name: 'rollup_batch_bytes_total', help: 'Bytes of batches posted.' }),
    transactions: metrics.counter({
      name: 'rollup_batch_transactions_total',
      help: 'Transactions in batches posted.',
    }),
    waiting: metrics.gauge({
      name: 'rollup_batcher_oldest_block_age_seconds',
      help: 'Age of the oldest block that is not on L1.',
    }),
  }
}

export function newContext(
  {
    pollMs = 1000,
    maxAgeSeconds = MAX_AGE_SECONDS,
    maxIdleAgeSeconds = maxAgeSeconds,
    targetBytes,
    maxBytes: wantedBytes,
    maxFeePerGas,
    maxFeePerBlobGas,
  }: BatcherOptions,
  parts: BatcherParts,
): BatcherContext {
  const maxBytes = maxBatchBytes(parts, wantedBytes)
  return {
    ...parts,
    options: { pollMs, maxAgeSeconds, maxIdleAgeSeconds, maxFeePerGas, maxFeePerBlobGas },
    maxBytes,
    target: Math.min(targetBytes ?? Math.floor(maxBytes * TARGET_SHARE), maxBytes),
    rules: undefined,
    ratio: 1,
    refused: undefined,
    seen: undefined,
    oldest: undefined,
    sinceOldest: stopwatch(parts.clock),
    meters: meters(parts.metrics),
  }
}
