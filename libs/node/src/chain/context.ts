import {
  BaseError,
  type ChainEvent,
  type Hash,
  type KeyValueStore,
  type Logger,
  type SealedHeader,
} from '@animechain/core'
import { boundedMap, emitter, type BoundedMap, type Emitter } from '@animechain/runtime'
import { blockCache, type BlockCache } from './blockCache.js'
import type { BlockMeta } from './blockCodec.js'
import type { Heads } from './heads.js'
import { journalKeys, type JournalKeys } from './journalKeys.js'

/** Headers and blocks kept decoded. */
const HEADER_CACHE = 4096
const BLOCK_CACHE = 128
/** Transactions in cached blocks together: as many as a batch holds, because the batcher reads each block twice. */
const BLOCK_CACHE_TRANSACTIONS = 32_768
/** Logs in cached blocks together: two for each transaction of a batch. A transaction can write thousands of them. */
const BLOCK_CACHE_LOGS = 65_536

export interface ChainParts {
  storage: KeyValueStore
  logger: Logger
  /** Whether the transactions of blocks that leave the chain wait again: of a node with a pool. Default true. */
  hasPool?: boolean
}

/** The state of a chain with all that its changes work with. */
export interface ChainContext extends Required<ChainParts> {
  /** undefined: it was not opened yet */
  heads: Heads | undefined
  headers: BoundedMap<Hash, { header: SealedHeader; meta: BlockMeta }>
  /** hashes of canonical blocks by number */
  numbers: BoundedMap<bigint, Hash>
  blocks: BlockCache
  journal: JournalKeys
  events: Emitter<{ change: ChainEvent }>
}

export const newContext = ({ storage, logger, hasPool = true }: ChainParts): ChainContext => ({
  storage,
  logger,
  hasPool,
  heads: undefined,
  headers: boundedMap(HEADER_CACHE),
  numbers: boundedMap(HEADER_CACHE),
  blocks: blockCache({
    blocks: BLOCK_CACHE,
    transactions: BLOCK_CACHE_TRANSACTIONS,
    logs: BLOCK_CACHE_LOGS,
  }),
  journal: journalKeys(),
  events: emitter(logger),
})

/** @throws {BaseError} `NODE_NOT_STARTED` before the chain was opened */
export function headsOf({ heads }: Pick<ChainContext, 'heads'>): Heads {
  if (!heads) throw new BaseError('The node was not started.', { code: 'NODE_NOT_STARTED' })
  return heads
}
