import type {
  ChainConfig,
  ChainReader,
  ExecutionEngine,
  Hash,
  SyncStatus,
  TransactionPool,
} from '@animechain/core'

/** What `optimism_outputAtBlock` tells of a block. */
export interface OutputAtBlock {
  blockHash: Hash
  stateRoot: Hash
  /** storage root of the L2ToL1MessagePasser */
  withdrawalStorageRoot: Hash
  outputRoot: Hash
}

/** What the server answers from. A node of `@animechain/node` fits with `chainConfig: rollup.config`. */
export interface RpcBackend {
  chainConfig: ChainConfig
  chain: ChainReader
  /** Absent on a node that builds no blocks: transactions then go to `sequencerUrl`. */
  pool?: TransactionPool
  /** Opened. The server never builds blocks with it. */
  engine: ExecutionEngine
  syncStatus(): SyncStatus | Promise<SyncStatus>
  outputAt(number: bigint): Promise<OutputAtBlock>
  /** Answer of `optimism_rollupConfig`; bigints become numbers where they fit, else decimal strings. */
  rollupConfig?: Readonly<Record<string, unknown>>
}
