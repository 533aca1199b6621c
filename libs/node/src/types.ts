import type {
  Address,
  Assertion,
  BatchCodec,
  BatchRecord,
  ChainConfig,
  ChainReader,
  Clock,
  DataAvailability,
  ExecutionEngine,
  Genesis,
  Hash,
  Hex,
  KeyValueStore,
  L1BlockRef,
  Lifecycle,
  Logger,
  Metrics,
  ProofSystem,
  SealedHeader,
  Settlement,
  SyncStatus,
  TransactionPool,
} from '@animechain/core'
import type { Announcements, BlockGossip } from './announcements/port.js'

/** `sequencer`: builds blocks and posts them. `verifier`: has only what it derives from L1. */
export type RollupRole = 'sequencer' | 'verifier'

/** The layers that a node is composed of, and how each of its services works. */
export interface RollupOptions {
  chain: ChainConfig
  genesis: Genesis
  execution: ExecutionEngine
  /** Where this node writes batches. It is read from too. */
  da: DataAvailability
  /** Further backends that batches may come from. */
  readers?: readonly DataAvailability[]
  settlement: Settlement
  proving: ProofSystem
  storage: KeyValueStore
  /** default: the columnar codec of `@animechain/codec` */
  codec?: BatchCodec
  /** default `sequencer` */
  role?: RollupRole
  /** milliseconds between blocks; default 1,000, and at least that: timestamps are whole seconds and rise with every block */
  blockTime?: number
  pool?: PoolOptions
  /** Recovers the sender of a transaction that arrives, e.g. in a thread; throws when there is none. Default: at once, in this thread. */
  recoverSender?: (raw: Uint8Array) => Address | Promise<Address>
  sequencer?: SequencerOptions
  derivation?: DerivationOptions
  /**
   * Blocks go from the sequencer to other nodes before L1 has them: a sequencer with a key announces its own, a verifier puts those that are announced above
   * its safe ones. Default: not.
   */
  announcements?: AnnouncementOptions
  /** `false`: this node posts no batches. Default: on for a sequencer, off for a verifier. */
  batcher?: BatcherOptions | boolean
  /** `false`: this node asserts nothing. Default: on for a sequencer, off for a verifier. */
  proposer?: ProposerOptions | boolean
  /** `false`: this node checks no assertions. Default: off for a sequencer, on for a verifier. */
  challenger?: ChallengerOptions | boolean
  logger?: Logger
  metrics?: Metrics
  clock?: Clock
}

/** Bounds of the transaction pool (docs/spec/node.md, "Pool"). Who pays more gets the place where they are reached. */
export interface PoolOptions {
  /** transactions in all; default 50,000. Each counts at least `maxBytes / maxTransactions` bytes. */
  maxTransactions?: number
  /** bytes in all; default 128 MiB */
  maxBytes?: number
  /** transactions of one account; default 5,000. As the pool fills, less: docs/spec/node.md, "Pool". */
  maxPerAccount?: number
  /** transactions of one account behind a nonce gap; default 64 */
  maxQueuedPerAccount?: number
  /** transactions of an account with a delegation (EIP-7702), whose funds others can move; default 16, none of them behind a nonce gap */
  maxPerDelegatedAccount?: number
  /** bytes of one transaction; default 131,072 as in geth, and at most what a block may hold */
  maxTransactionBytes?: number
  /** per cent by which both fees must rise to replace a transaction; default 10 */
  priceBumpPercent?: number
  /** least tip per gas that is taken, wei; default 0 */
  minTip?: bigint
  /** seconds after which a transaction is dropped that no block can include: behind a nonce gap, or below the base fee; default 10,800 */
  queuedLifetimeSeconds?: number
  /** Take transactions without a chain id, from before EIP-155: anybody can send them on every chain. Default false. */
  allowUnprotected?: boolean
  /** Acknowledge a transaction only when it would survive a power failure, and not only the death of the process; default true. */
  durable?: boolean
}

/** How blocks are built and what they may hold. Nothing here is a rule of the chain: verifiers take any block that derivation gives. */
export interface SequencerOptions {
  /** Whether a block is built when nothing waits; default `always`. */
  emptyBlocks?: 'always' | 'whenTransactions'
  /** seconds after which `whenTransactions` builds an empty block all the same; default 60 */
  maxIdleSeconds?: number
  /** L1 blocks on top of a deposit before it is read; default 0. More is safer against L1 reorgs and slower. */
  l1Confirmations?: number
  /** milliseconds of execution after which no more transactions are added to a block; default 80% of `blockTime` */
  buildBudgetMs?: number
  /** bytes of user transactions in a block; default: what one batch surely holds, and more where blocks like the ones before encode well */
  maxBlockBytes?: number
  /** deposits read by one block; default 500 */
  maxDepositsPerBlock?: number
  /** blocks that unsafe may be ahead of safe before building stops; default 4,096 */
  maxUnsafeBlocks?: number
  /** seconds that the newest block may be ahead of time before blocks come more slowly; default 10 */
  maxDriftSeconds?: number
}

/** How L1 is followed. */
export interface DerivationOptions {
  /** milliseconds between looks at L1; default 1,000 */
  pollMs?: number
  /** batches fetched together; default 16 */
  batchesPerStep?: number
  /**
   * Go back behind blocks that L1 had finalised when it shows another chain: for development chains that are set back. Default: such an L1 is not
   * followed, `DERIVATION_FINAL_CONFLICT`.
   */
  undoFinalized?: boolean
  /** How long an older head of L1 is taken for the answer of a server that lags behind; then it is an error. milliseconds; default 20,000 */
  lagMs?: number
  /** How long L1 may stand still before that is an error, milliseconds; default 120,000 */
  staleMs?: number
}

/** How blocks are announced and followed. docs/spec/node.md, "Announced blocks" */
export interface AnnouncementOptions {
  gossip: BlockGossip
  /** blocks that unsafe may be ahead of safe before no more are taken; default 4,096 */
  maxUnsafeBlocks?: number
  /** bytes of payloads that are kept for nodes that ask; default 64 MiB */
  payloadBytes?: number
}

/** When blocks are posted to L1, and for which fees. */
export interface BatcherOptions {
  /** milliseconds between looks; default 1,000 */
  pollMs?: number
  /** seconds after which waiting blocks are posted even if few; default 10 */
  maxAgeSeconds?: number
  /**
   * seconds after which blocks are posted that nobody waits for: neither a transaction nor a deposit of a user is in them. Default
   * `maxAgeSeconds`; not less than that, nor more than half of the inbox's `forceDelay`
   */
  maxIdleAgeSeconds?: number
  /** bytes at which a batch is posted at once; default 90% of what the DA takes */
  targetBytes?: number
  /** bytes that a batch may have; default and at most what the DA takes */
  maxBytes?: number
  /** wei per gas above which posting waits; default: no ceiling. The ceiling rises while blocks wait and falls away at half of the inbox's `forceDelay`. */
  maxFeePerGas?: bigint
  /** wei per blob gas, likewise */
  maxFeePerBlobGas?: bigint
}

/** When outputs are asserted on L1. Each assertion stakes the factory's bond. */
export interface ProposerOptions {
  /** milliseconds between looks; default 2,000 */
  pollMs?: number
  /** seconds between two assertions; default 0 */
  minIntervalSeconds?: number
  /** Accept assertions whose challenge period is over; default true. */
  resolve?: boolean
}

/** How assertions are checked and whether wrong ones are disputed, which stakes an assertion's bond. */
export interface ChallengerOptions {
  /** milliseconds between looks; default 1,000 */
  pollMs?: number
  /**
   * Dispute wrong assertions; default false. A proof system that enforces verdicts plays the disputes itself, with its own key. With any other the right assertion is
   * made beside a wrong one, for which the settlement needs a key.
   */
  challenge?: boolean
}

/** A part of a node that runs on its own. `stop` waits for the step under way. */
export interface Service extends Lifecycle {
  readonly name: ServiceName
  readonly running: boolean
  /** Runs one step now and waits for it; steps never overlap. Throws what the step throws. */
  tick(): Promise<void>
  /** The error of the last step, undefined after a good one. */
  readonly lastError: Error | undefined
}
/** Services of a node that can fail by themselves, as errors, metrics and the health report name them. */
export type ServiceName =
  'sequencer' | 'derivation' | 'batcher' | 'proposer' | 'challenger' | 'disputes' | 'announcer' | 'follower'

/** What a node tells its listeners, by name. A listener that throws is logged, and keeps nothing from going on. */
export interface RollupEvents {
  /** The safe head moved, forward by a batch or back by a reorg. */
  safe: { header: SealedHeader; batch: BatchRecord | undefined }
  finalized: { header: SealedHeader }
  /** A batch was applied. `fallback`: its bytes did not hold what its header announced. */
  batch: { record: BatchRecord; blocks: number; bytes: number; outputRoot: Hash; fallback?: string }
  /** This node's batcher appended a batch. */
  batchPosted: { firstBlock: bigint; lastBlock: bigint; transactions: number; bytes: number }
  /** L1 dropped batches or deposits that this node had applied. */
  l1Reorg: { safeBefore: SealedHeader; safeAfter: SealedHeader; batchesDropped: bigint }
  /** This node's proposer asserted. */
  asserted: { id: Hex | undefined; batchIndex: bigint; blockNumber: bigint; outputRoot: Hash }
  /**
   * An assertion was compared with this node's own output, once. `wrong`: another output root. `apart`: the same root with another history, or on another
   * parent, than this node would claim. A `right` one can turn out `apart` later, when L1 settles its parent.
   */
  assertionChecked: { assertion: Assertion; verdict: 'right' | 'wrong' | 'apart' }
  /** An assertion that this node's own execution contradicts. Once for each assertion. */
  wrongAssertion: {
    id: Hex
    batchIndex: bigint
    blockNumber: bigint
    claimed: Hash
    expected: Hash
    l1Block: L1BlockRef
    /** as L1 has it */
    assertion: Assertion
  }
  /** L1 accepted one of these. Until the acceptance is final in the contracts' sense the guardian can bar it. Again after a reorg that took it back. */
  wrongAssertionAccepted: { id: Hex; batchIndex: bigint; blockNumber: bigint; claimed: Hash; expected: Hash }
  /** A batch labels a deposit with another L1 log than the one it came from. */
  wrongLabel: { batchIndex: bigint; depositIndex: bigint; claimed: string; expected: string }
  serviceError: { service: ServiceName; error: Error }
}
/** Name of an event. */
export type RollupEvent = keyof RollupEvents

/** The output after a block, and the three hashes that its root is made of (docs/spec/protocol.md, section 5). */
export interface OutputInfo {
  blockNumber: bigint
  blockHash: Hash
  stateRoot: Hash
  /** storage root of the L2ToL1MessagePasser */
  withdrawalStorageRoot: Hash
  outputRoot: Hash
}

/** What this node derived from a batch. */
export interface DerivedBatch {
  index: bigint
  /** accumulator of the inbox after it, as this node read it: another history of L1 has another one */
  acc: Hash
  firstBlock: bigint
  lastBlock: bigint
  /** of its last block */
  outputRoot: Hash
}

/** A node: the composition of the layers with the services over them. */
export interface Rollup extends Lifecycle {
  readonly role: RollupRole
  readonly config: ChainConfig
  readonly chain: ChainReader
  readonly engine: ExecutionEngine
  readonly settlement: Settlement
  readonly da: DataAvailability
  /** Only of a sequencer. */
  readonly pool?: TransactionPool
  /** Only of a node with announcements. */
  readonly announcements?: Announcements
  /** Those that the options switch on. `start` of the rollup starts them all; each can be stopped and started alone. */
  readonly services: { readonly derivation: Service } & { readonly [name in ServiceName]?: Service }
  syncStatus(): SyncStatus
  /** @throws BaseError `NODE_BLOCK_UNKNOWN` for a block that is not in the canonical chain */
  outputAt(blockNumber: bigint): Promise<OutputInfo>
  /** undefined: not derived yet, or dropped by L1 */
  derivedBatch(index: bigint): DerivedBatch | undefined
  on<E extends RollupEvent>(event: E, listener: (payload: RollupEvents[E]) => void): () => void
  /** Not ok: something that is due does not go on, and `detail` says what. Ok with a `detail`: something to know. */
  health(): { ok: boolean; detail?: string }
}

/** The signature of {@link createRollup}. Checks that the parts fit; does no I/O. @throws CompositionError naming both parts */
export type CreateRollup = (options: RollupOptions) => Rollup
