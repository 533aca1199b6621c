import { silentLogger, silentMetrics, systemClock, type DataAvailability } from '@animechain/core'
import { batchCodec } from '@animechain/codec'
import { maxBatchBytes } from '../batching/context.js'
import type { BatcherOptions, ProposerOptions, RollupOptions, ChallengerOptions } from '../types.js'

type Defaulted = 'codec' | 'role' | 'blockTime' | 'logger' | 'metrics' | 'clock'
type OnOrOff = 'batcher' | 'proposer' | 'challenger'

/** The options with their defaults. */
export interface Settings
  extends Required<Pick<RollupOptions, Defaulted>>, Omit<RollupOptions, Defaulted | OnOrOff | 'readers'> {
  /** The one that this node writes to comes first. */
  readers: readonly DataAvailability[]
  /** Of the services that run here; undefined: this node has none. */
  batcher: BatcherOptions | undefined
  proposer: ProposerOptions | undefined
  challenger: ChallengerOptions | undefined
  /** bytes that one batch of this node takes, encoded */
  batchBytes: number
}

/** The options of a service that can be switched on and off. */
export function serviceOptions<T extends object>(
  option: T | boolean | undefined,
  byDefault: boolean,
): T | undefined {
  if (option === false || (option === undefined && !byDefault)) return undefined
  return typeof option === 'object' ? option : ({} as T)
}

export function settingsOf(options: RollupOptions): Settings {
  const {
    da,
    codec = batchCodec(),
    role = 'sequencer',
    blockTime = 1000,
    logger = silentLogger,
    metrics = silentMetrics,
    clock = systemClock,
  } = options
  const isSequencer = role === 'sequencer'
  const batcher = serviceOptions(options.batcher, isSequencer)
  return {
    ...options,
    ...{ codec, role, blockTime, logger, metrics, clock },
    readers: [da, ...(options.readers ?? []).filter((reader) => reader !== da)],
    batcher,
    proposer: serviceOptions(options.proposer, isSequencer),
    challenger: serviceOptions(options.challenger, !isSequencer),
    batchBytes: maxBatchBytes({ da, codec }, batcher?.maxBytes),
  }
}
