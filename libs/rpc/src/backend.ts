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

/** Every bound of the server. */
export interface RpcLimits {
  /** bytes of a request body or a WebSocket message */
  bodyBytes: number
  /** requests in one batch */
  batchItems: number
  /** bytes of the answer to a batch */
  responseBytes: number
  /** HTTP requests and WebSocket messages worked on at once, all clients together */
  inFlight: number
  /** calls, estimates, traces, proofs and log searches at once; as many again as `heavyQueue` wait */
  heavy: number
  heavyQueue: number
  /** open connections, both kinds together */
  connections: number
  /** blocks that one eth_getLogs may search; 0 for any number, within its time */
  logBlocks: bigint
  /** logs in one answer about several blocks; one block is answered whole */
  logResults: number
  /** milliseconds of one eth_getLogs, eth_getFilterLogs, eth_getFilterChanges */
  logTimeoutMs: number
  /** gas of eth_call and its kin */
  callGas: bigint
  /** milliseconds of eth_call, eth_estimateGas, eth_createAccessList */
  callTimeoutMs: number
  /** milliseconds of one trace */
  traceTimeoutMs: number
  /** blocks in eth_feeHistory */
  feeHistoryBlocks: number
  /** filters of all clients */
  filters: number
  /** milliseconds after which a filter that nobody asks for is gone */
  filterLifetimeMs: number
  /** hashes of waiting transactions that are kept for all filters; one that falls behind more of them is dropped */
  filterItems: number
  /** subscriptions of one connection */
  subscriptions: number
  /** bytes that may wait for a slow WebSocket client before it is cut off */
  socketBufferBytes: number
  /** messages of one WebSocket worked on at once; more are left in the socket */
  socketInFlight: number
  /** storage keys of one eth_getProof */
  proofKeys: number
  /** calls of eth_sendRawTransactionSync that wait */
  syncWaiters: number
  /** milliseconds that eth_sendRawTransactionSync waits unless told otherwise, and at most */
  syncTimeoutMs: number
  syncMaxTimeoutMs: number
  /** milliseconds in which a request's bytes must have come */
  requestTimeoutMs: number
  /** milliseconds that `stop` gives to requests under way */
  stopGraceMs: number
}

/** Generous for a node of one's own, small enough for two cores. */
export const defaultLimits: RpcLimits = {
  bodyBytes: 10 * 2 ** 20,
  batchItems: 1_000,
  responseBytes: 25 * 2 ** 20,
  inFlight: 512,
  heavy: 4,
  heavyQueue: 1_000,
  connections: 1_024,
  logBlocks: 0n,
  logResults: 10_000,
  logTimeoutMs: 5_000,
  callGas: 50_000_000n,
  callTimeoutMs: 5_000,
  traceTimeoutMs: 5_000,
  feeHistoryBlocks: 1_024,
  filters: 1_000,
  filterLifetimeMs: 300_000,
  filterItems: 50_000,
  subscriptions: 100,
  socketBufferBytes: 16 * 2 ** 20,
  socketInFlight: 16,
  proofKeys: 1_024,
  syncWaiters: 1_000,
  syncTimeoutMs: 10_000,
  syncMaxTimeoutMs: 60_000,
  requestTimeoutMs: 30_000,
  stopGraceMs: 2_000,
}
