import { unsafeGauge } from '../chain/headGauges.js'
import type { BatchCodec, Clock, ExecutionEngine, Hash, Logger, Metrics, Settlement } from '@animechain/core'
import { stopwatch, type Mutex, type Stopwatch } from '@animechain/runtime'
import type { ChainStore } from '../chain/store.js'
import type { Derivation } from '../derivation/context.js'
import type { AnnouncementOptions } from '../types.js'
import { candidates, type Candidates } from './candidates.js'
import type { NamedKey } from './namedKey.js'
import type { PayloadCache } from './payloadCache.js'
import type { BlockGossip } from './port.js'

/** Numbers of announced blocks that are kept: twice what a sequencer builds ahead of L1. */
const MAX_CANDIDATES = 8_192
/** Default of the option: as far as a sequencer builds ahead. */
const MAX_UNSAFE_BLOCKS = 4_096

/** What a follower of announcements works with. */
export interface FollowerParts {
  store: ChainStore
  engine: ExecutionEngine
  settlement: Settlement
  codec: BatchCodec
  derivation: Pick<Derivation, 'view' | 'caughtUp'>
  lock: Mutex
  gossip: BlockGossip
  named: NamedKey
  payloads: PayloadCache
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Where it stands. */
export interface FollowerContext extends FollowerParts {
  options: Required<Pick<AnnouncementOptions, 'maxUnsafeBlocks'>>
  table: Candidates
  /** payloads that are on their way, by hash */
  fetching: Map<Hash, Promise<Uint8Array | undefined>>
  /** Why the next block that was announced is not taken yet. */
  waiting: string | undefined
  /** the last block for which something was not to be had: what it reads of L1, or its payload */
  lacking: { number: bigint; reason: string } | undefined
  /** since an announcement came */
  sinceHeard: Stopwatch
  /** since a block was taken, or none was to be had */
  sinceTaken: Stopwatch
  meters: ReturnType<typeof meters>
}

function meters(metrics: Metrics) {
  const announcements = metrics.counter({
    name: 'rollup_announcements_total',
    help: 'Block announcements that came, by what they were.',
    labels: ['kind'],
  })
  const blocks = metrics.counter({
    name: 'rollup_announced_blocks_total',
    help: 'Blocks that were announced, by what came of executing them.',
    labels: ['outcome'],
  })
  for (const kind of ['equivocation', 'unsigned']) announcements.inc(0, { kind })
  for (const outcome of ['adopted', 'wrong', 'refused', 'missing']) blocks.inc(0, { outcome })
  return {
    announcements,
    blocks,
    unsafe: unsafeGauge(metrics),
  }
}

export function newContext(
  { maxUnsafeBlocks = MAX_UNSAFE_BLOCKS }: AnnouncementOptions,
  parts: FollowerParts,
): FollowerContext {
  const { clock, metrics } = parts
  return {
    ...parts,
    options: { maxUnsafeBlocks },
    table: candidates(MAX_CANDIDATES),
    fetching: new Map(),
    waiting: undefined,
    lacking: undefined,
    sinceHeard: stopwatch(clock),
    sinceTaken: stopwatch(clock),
    meters: meters(metrics),
  }
}
