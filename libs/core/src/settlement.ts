import type { Address, Hash, Hex } from './bytes.js'
import type { Commitment, DaAttachment, DaGetResult, DaLocation } from './da.js'
import type { Lifecycle } from './lifecycle.js'

/** docs/spec/protocol.md 1. L1 as the inbox saw it when it appended an entry. */
export interface L1Context {
  number: bigint
  /** seconds */
  timestamp: bigint
  /** wei per gas */
  baseFee: bigint
  /** wei per blob gas */
  blobBaseFee: bigint
  parentHash: Hash
  /** L2 gas limit in force, gas */
  gasLimit: bigint
  baseFeeScalar: number
  blobBaseFeeScalar: number
}

/** An entry of the deposit queue with its place. `kind` 0 is a user deposit, 1 a context alone. */
export interface DepositEntry {
  /** place in the queue, from 0 */
  index: bigint
  kind: 0 | 1
  from: Address
  to: Address
  /** `mint(32) ‖ value(32) ‖ gasLimit(8) ‖ isCreation(1) ‖ data`; empty for kind 1 */
  opaqueData: Uint8Array
  context: L1Context
  /** accumulator with this entry */
  acc: Hash
  /** What viem computes the L2 hash from; undefined where the settlement does not know it. Not part of the accumulator. */
  label?: DepositLabel
}

/**
 * Which event on L1 a user deposit came from. The hash of the deposit transaction depends on it (docs/spec/protocol.md,
 * section 3.2), and contracts cannot know it, so batches bring it.
 */
export interface DepositLabel {
  l1BlockHash: Hash
  /** index of `TransactionDeposited` in its L1 block */
  logIndex: number
}

/**
 * What a batch announces to the inbox (docs/spec/protocol.md, section 1.2). The inbox checks it; a body that does not
 * fit it is replaced by the fallback.
 */
export interface BatchHeader {
  /** number of its first L2 block; the others follow without a gap */
  firstBlock: bigint
  blockCount: number
  /** length of the deposit prefix read once the batch is applied */
  depositsReadAfter: bigint
  /** of its last L2 block, seconds */
  lastTimestamp: bigint
}

/** A batch as the inbox recorded it, with everything that its accumulator binds. */
export interface BatchRecord {
  /** from 0 */
  index: bigint
  header: BatchHeader
  /** what binds the bytes of its body */
  commitment: Commitment
  /** L1 as it was when the batch was appended */
  context: L1Context
  /** accumulator of the inbox after it */
  acc: Hash
  location: DaLocation
  /** L1 block that carries the record */
  l1Block: L1BlockRef
}

/** A block of L1 by number and hash: the number says where, the hash which of several after a reorg. */
export interface L1BlockRef {
  number: bigint
  hash: Hash
  /** seconds */
  timestamp: bigint
}

/** A consistent view of the inbox at one L1 block. */
export interface InboxView {
  head: L1BlockRef
  safe: L1BlockRef
  finalized: L1BlockRef
  /** Counts at `head`. */
  batchCount: bigint
  depositCount: bigint
  /** Batches whose L1 block is final. */
  finalizedBatchCount: bigint
  /** Of the newest batch; of genesis when there is none. */
  lastBlock: bigint
  lastTimestamp: bigint
  depositsRead: bigint
  /**
   * Whether more than a server's word stands behind it: `head` chains with heads seen before, and the counts were shown against its state root. A node
   * goes back on such a view at once, on another one only after it was repeated. Absent: no.
   */
  proven?: boolean
}

/** Bounds that the inbox enforces. */
export interface InboxRules {
  maxBlocksPerBatch: number
  /** seconds that a batch's last timestamp may be ahead of L1 */
  maxDriftSeconds: number
  /** seconds that it may be behind L1, and after which without a batch anybody can force one */
  maxLagSeconds: number
  /** seconds after which an unread deposit can be forced */
  forceDelaySeconds: number
}

/**
 * What a batch builds on. The inbox takes it on top of nothing else, so that a transaction which L1 includes again after a reorg cannot become another batch.
 */
export interface BatchBase {
  /** accumulator of the batch before; zero before the first */
  parentAcc: Hash
  /** accumulator of the deposit queue after the entries that the batch reads */
  depositAcc: Hash
}

/** What a forced batch builds on: it reads whatever waits when L1 includes it, so `depositAcc` is that of the entries known when it was made. */
export interface ForcedBatchBase extends BatchBase {
  /** entries of the deposit queue that are known */
  depositsKnown: bigint
}

/**
 * State of an assertion on L1: `pending` has no rival, `disputed` has one, the others are final but for L1 reorgs and the owner of the contracts.
 */
export type AssertionStatus = 'pending' | 'disputed' | 'accepted' | 'rejected'

/** "From the output root of the parent, the batches up to batch i give this output root." docs/spec/game.md 1. */
export interface AssertionClaim {
  batchIndex: bigint
  batchAcc: Hash
  /** last L2 block of the batch */
  blockNumber: bigint
  outputRoot: Hash
  /** id of the assertion that it builds on; undefined: the genesis */
  parent: Hex | undefined
  /** commitment to the output roots of the blocks after the parent's, of {@link outputHistory} */
  history: Hash
}

/** A claim that somebody made. */
export interface Assertion extends AssertionClaim {
  /** Not for ever: after an L1 reorg another assertion may have it. */
  id: Hex
  /** place in the list of assertions, which may have gaps */
  index: bigint
  asserter: Address
  /** wei */
  bond: bigint
  status: AssertionStatus
  /** seconds */
  createdAt: bigint
  /** seconds: from here on it can be accepted when nobody has disputed it */
  challengeDeadline: bigint
}

/** What assertions must be like. They do not change. */
export interface AssertionRules {
  /** batches from an assertion's parent to it: batch `interval - 1` is the first that is asserted */
  interval: bigint
  /** depth of the tree of a history */
  historyHeight: number
}

/** What came of sending a batch to the inbox. Fees are wei per gas and wei per blob gas. */
export type SubmitResult =
  | { status: 'ok'; location: DaLocation }
  /** The inbox refused: the caller's view is old. Nothing was appended. */
  | { status: 'rejected'; reason: string }
  /** Not sent: L1 fees are above the caller's limit. */
  | { status: 'feeTooHigh'; baseFee: bigint; blobBaseFee: bigint }
  | { status: 'error'; error: Error; retryable: boolean }

/** Up to what fees a batch is sent, and how waiting for it is given up. */
export interface SubmitOptions {
  signal?: AbortSignal
  /** wei per gas; above it the call answers `feeTooHigh` */
  maxFeePerGas?: bigint
  /** wei per blob gas, likewise */
  maxFeePerBlobGas?: bigint
}

/** `finalized`: as of the newest L1 block that no reorg can take back; before there is one, nothing is there. Default `latest`. */
export interface AssertionReadOptions {
  at?: 'latest' | 'finalized'
}

/** What a settlement is and takes: composing a node checks it against the DA layer. */
export interface SettlementCapabilities {
  id: string
  /** Attachments that its inbox transaction carries itself. Others are put by the DA layer first. */
  attachments: readonly DaAttachment['type'][]
  /** DA prefixes it has an adapter for; undefined: any. */
  daPrefixes?: readonly number[]
  l1ChainId?: bigint
}

/**
 * When does L1 accept a state as final, and how do value and messages cross?
 *
 * - Reads at one `InboxView` Must be consistent: `getBatches` and `getDeposits` up to the counts of a view give the records of that view's chain, or throw
 *   `SETTLEMENT_REORGED` when L1 no longer has it.
 * - Records are final in content: the same index with the same accumulator is the same record. After a reorg an index may carry another one.
 * - Submissions Must be idempotent under retries as far as L1 makes it possible: `appendBatch` whose record is already there answers `rejected`, never appends twice.
 */
export interface Settlement extends Lifecycle {
  readonly capabilities: SettlementCapabilities
  rules(): Promise<InboxRules>
  view(): Promise<InboxView>
  /**
   * The key that announces blocks, as L1 names it now. Nothing that is derived depends on it. Absent: L1 names none, and no announcement is believed.
   */
  sequencer?(): Promise<Address>
  /** Records of [from, to), ascending. */
  getBatches(from: bigint, to: bigint): Promise<BatchRecord[]>
  getDeposits(from: bigint, to: bigint): Promise<DepositEntry[]>
  /**
   * Accumulator of the first `count` entries at the head of a view, and whether it was shown as in {@link InboxView.proven}. Absent: taken from the
   * records, and as good as the view.
   * @throws `SETTLEMENT_REORGED` when the view's head is not in L1's chain
   */
  accumulatorAt?(
    view: InboxView,
    queue: 'batches' | 'deposits',
    count: bigint,
  ): Promise<{ acc: Hash; proven: boolean }>
  /**
   * Bytes of a batch that stood in the settlement's own inbox transaction (DA kind calldata: forced batches among others), verified against the
   * commitment. So a node can follow forced batches whatever DA it writes to. `missing` for every other kind: whether those bytes are valid is for
   * their own reader to say. Absent: the settlement cannot read them.
   */
  getBody?(record: BatchRecord, options?: { signal?: AbortSignal }): Promise<DaGetResult>
  appendBatch(
    header: BatchHeader,
    base: BatchBase,
    commitment: Commitment,
    attachment: DaAttachment | undefined,
    location: DaLocation | undefined,
    options?: SubmitOptions,
  ): Promise<SubmitResult>
  /** Anyone may call it; docs/spec/protocol.md 1.2. `body` is the batch body with the labels. */
  forceBatch(body: Uint8Array, base: ForcedBatchBase, options?: SubmitOptions): Promise<SubmitResult>
  /** Appends a context entry so that L2 learns L1's fees. */
  appendContext(options?: SubmitOptions): Promise<SubmitResult>

  assertionRules(): Promise<AssertionRules>
  /** Makes a claim, with a bond. `proof`: the siblings of the history's last leaf. Two claims about one batch on one parent dispute each other. */
  assert(
    claim: AssertionClaim & { proof: readonly Hash[] },
    options?: SubmitOptions,
  ): Promise<SubmitResult & { id?: Hex }>
  /** Says that a claim that somebody else made is this proposer's too, so that clients find it. Absent: there is no list for clients. */
  endorse?(id: Hex, options?: SubmitOptions): Promise<SubmitResult>
  /** Assertions with index in [from, from + limit), in order of creation. */
  getAssertions(from: bigint, limit: number, options?: AssertionReadOptions): Promise<Assertion[]>
  assertionCount(options?: AssertionReadOptions): Promise<bigint>
  /** What `resolve` would make of an assertion now; undefined: it is not decided yet, or settled already. */
  decision(id: Hex): Promise<'accepted' | 'rejected' | undefined>
  /** Settles what is decided: what ran out without a rival, and what a dispute decided. Anyone may call it. */
  resolve(id: Hex, options?: SubmitOptions): Promise<SubmitResult>
  /** wei that wait for the keys of this settlement: bonds, stakes and rewards of what is settled */
  owed(options?: AssertionReadOptions): Promise<bigint>
  /** Has what is owed paid out to them, whoever settled it. `rejected` when nothing is owed. */
  claim(options?: SubmitOptions): Promise<SubmitResult>
}
