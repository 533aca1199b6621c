import type { Address, Hash } from './bytes.js'
import type { ExecutedTransaction, SealedHeader } from './block.js'
import type { BlockInput } from './execution.js'

/** Names of blocks: the first, the newest, the newest derived from L1, and the newest derived from what L1 has finalised. */
export type BlockTag = 'earliest' | 'latest' | 'safe' | 'finalized'

/** A block of the canonical chain with everything that a reader of the chain asks for. */
export interface ChainBlock {
  header: SealedHeader
  transactions: ExecutedTransaction[]
  /** bytes of the block in RLP */
  size: number
}

/** A change of the canonical chain: blocks that left it, then blocks that joined it. One that only grows has none removed. */
export interface ChainEvent {
  /** Blocks that left the canonical chain, newest first. */
  removed: ChainBlock[]
  /** Blocks that joined it, oldest first. */
  added: ChainBlock[]
}

/**
 * What is asked of blooms (yellow paper 4.3.1): every group must hold, of a group one value, of a value each of its bits. A bit is 0 to 2047,
 * 0 the lowest of the last byte. Without a group every block with logs is meant.
 */
export type BloomQuery = readonly (readonly (readonly number[])[])[]

/** Blocks whose bloom lets a query through, ascending, among those up to and with `to`. */
export interface LogCandidates {
  numbers: bigint[]
  to: bigint
}

/** Reads of the canonical chain. Synchronous where a lookup is one key. */
export interface ChainReader {
  head(tag: BlockTag): SealedHeader
  headerByNumber(number: bigint): SealedHeader | undefined
  headerByHash(hash: Hash): SealedHeader | undefined
  blockByHash(hash: Hash): ChainBlock | undefined
  blockByNumber(number: bigint): ChainBlock | undefined
  /** Where a transaction stands in the canonical chain. */
  transaction(hash: Hash): { block: ChainBlock; index: number } | undefined
  /** The input that gives this block again when executed on its parent. */
  blockInput(hash: Hash): BlockInput | undefined
  /**
   * Asks an index of the blooms for a part of `from` to `to` that begins at `from`. undefined where nothing is indexed there, and absent
   * without an index: then the headers are to be looked at.
   */
  logCandidates?(query: BloomQuery, from: bigint, to: bigint): LogCandidates | undefined
  /** Called after every change of the canonical chain. Returns the way to stop it. */
  subscribe(listener: (event: ChainEvent) => void): () => void
}

/** A transaction that waits in the pool, with what its signature says. */
export interface PooledTransaction {
  hash: Hash
  from: Address
  nonce: bigint
  /** as broadcast (EIP-2718) */
  raw: Uint8Array
}

/** What waits of one account, by nonce. */
export interface PooledAccount {
  address: Address
  /** follows the nonce of the state without a gap */
  pending: readonly PooledTransaction[]
  /** behind a gap */
  queued: readonly PooledTransaction[]
}

/** Transactions that wait for a block. */
export interface TransactionPool {
  /**
   * Takes a raw signed transaction.
   * @throws BaseError with a code of `POOL_…` and geth's message ("nonce too low", "replacement transaction underpriced"...) when it cannot be taken.
   */
  add(raw: Uint8Array): Promise<Hash>
  get(hash: Hash): PooledTransaction | undefined
  /** Next nonce of an account, counting what waits without a gap. */
  pendingNonce(address: Address): Promise<bigint>
  content(): { pending: PooledTransaction[]; queued: PooledTransaction[] }
  /** How many wait, without looking at each. */
  status?(): { pending: number; queued: number }
  /**
   * What waits, account by account, or of one account only. Each step looks at the pool as it is then, so that a reader may pause between two;
   * nothing is held but the account that it is at.
   */
  contentByAccount?(only?: Address): Iterable<PooledAccount>
  subscribe(listener: (transaction: PooledTransaction) => void): () => void
}

/** Where L1, batches and L2 stand, as `optimism_syncStatus` tells it. */
export interface SyncStatus {
  l1: { head: bigint; safe: bigint; finalized: bigint }
  l2: { unsafe: SealedHeader; safe: SealedHeader; finalized: SealedHeader }
  batchCount: bigint
  /** newest batch applied, undefined before the first */
  safeBatch?: bigint
}
