import type { Address, Hash, Hex } from './bytes.js'
import type { ChainConfig, Genesis, GenesisAccount } from './chain.js'
import type {
  ExecutedBlock,
  ExecutedTransaction,
  Log,
  SealedHeader,
  SkipReason,
  Withdrawal,
} from './block.js'
import type { BatchWitnessParameters } from './batchEvidence.js'
import type { ProofInputs } from './proofInputs.js'
import type { KeyValueStore } from './storage.js'
import type { ThreadModule } from './thread.js'

/** Everything that decides a block before its transactions run: what derivation (or the sequencer) fixes. */
export interface BlockAttributes {
  number: bigint
  /** seconds, greater than the parent's */
  timestamp: bigint
  beneficiary: Address
  /** gas */
  gasLimit: bigint
  prevRandao: Hash
  extraData: Hex
  parentBeaconBlockRoot: Hash
  /** EIP-4895; plain Ethereum chains only */
  withdrawals?: Withdrawal[]
  /** wei per gas; default: EIP-1559 from the parent. Official state tests set it. */
  baseFeePerGas?: bigint
  /** default: EIP-4844 from the parent. Official state tests set it. */
  excessBlobGas?: bigint
  /** Whether the system contracts of EIP-4788, -2935, -7002, -7251 are called; default true. Official state tests run without. */
  systemCalls?: boolean
}

/** A block to execute: its attributes and its transactions, deposits first. */
export interface BlockInput extends BlockAttributes {
  transactions: readonly Uint8Array[]
}

/** What came of adding a transaction to a block. */
export type AddOutcome =
  | { status: 'included'; transaction: ExecutedTransaction }
  /** Could not be included; the block is as it was before. */
  | { status: 'skipped'; reason: SkipReason; detail?: string }

/**
 * A block under construction. One at a time for each engine.
 * Every builder Must end with `seal` or `abort`.
 */
export interface BlockBuilder {
  readonly attributes: BlockAttributes
  readonly baseFeePerGas: bigint
  /** gas used so far */
  readonly gasUsed: bigint
  /**
   * Runs one transaction on top. A transaction that is not includable is skipped and changes nothing.
   * `sender` may be given when it has been recovered before; a wrong one is the caller's bug, it is not checked again.
   */
  add(raw: Uint8Array, options?: { sender?: Address }): Promise<AddOutcome>
  /** Ends the block and persists its state. */
  seal(): Promise<ExecutedBlock>
  abort(): Promise<void>
}

/** What an engine needs to open a chain. */
export interface EngineOpenOptions {
  chain: ChainConfig
  genesis: Genesis
  /** Where state is kept. The engine owns the keys under its prefix and nothing else. */
  storage: KeyValueStore
  /** BLOCKHASH: hashes of ancestors of the block that is executed. undefined gives zero. */
  blockHash: (number: bigint) => Hash | undefined
}

/** An account as the state trie holds it: the four fields of the yellow paper, section 4.1. */
export interface AccountState {
  /** wei */
  balance: bigint
  nonce: bigint
  codeHash: Hash
  storageRoot: Hash
}

/** EIP-1186. */
export interface AccountProof extends AccountState {
  address: Address
  accountProof: Hex[]
  storageProof: { key: Hex; value: bigint; proof: Hex[] }[]
}

/** A call as JSON-RPC's `eth_call` takes it. Absent fields are free: no balance is needed for gas unless a price is given. */
export interface CallRequest {
  from?: Address
  to?: Address
  /** gas */
  gas?: bigint
  gasPrice?: bigint
  maxFeePerGas?: bigint
  maxPriorityFeePerGas?: bigint
  /** wei */
  value?: bigint
  data?: Hex
  nonce?: bigint
  accessList?: { address: Address; storageKeys: Hash[] }[]
  authorizationList?: {
    chainId: bigint
    address: Address
    nonce: bigint
    yParity: number
    r: bigint
    s: bigint
  }[]
}

/** What EIP-7702 says is wrong with a call's authorizations, in geth's words. */
export function authorizationFault({ to, authorizationList }: CallRequest): string | undefined {
  if (authorizationList === undefined) return undefined
  if (to === undefined) return 'EIP-7702 transaction cannot be used to create contract'
  return authorizationList.length === 0 ? 'EIP-7702 transaction with empty auth list' : undefined
}

/** geth's state override set: `state` replaces the storage, `stateDiff` patches it. */
export interface StateOverride extends Omit<GenesisAccount, 'storage'> {
  state?: Record<Hash, Hash>
  stateDiff?: Record<Hash, Hash>
  movePrecompileToAddress?: Address
}

/** Fields of the block that a call believes it runs in, as geth's `eth_call` overrides them. What is absent is that of the real block. */
export interface BlockOverride {
  number?: bigint
  /** seconds */
  timestamp?: bigint
  /** gas */
  gasLimit?: bigint
  beneficiary?: Address
  prevRandao?: Hash
  /** wei per gas */
  baseFeePerGas?: bigint
  /** wei per blob gas, as BLOBBASEFEE shows it */
  blobBaseFee?: bigint
}

/** Who asks for a read, for engines that share their time among many. All others ignore what they cannot use. */
export interface ReadOrigin {
  /** the client, e.g. its IP address */
  client?: string
  /** its connection */
  connection?: string
  /** The work ends when this is aborted, with an error of code `ABORTED`. */
  signal?: ReadSignal
}

/** What of an `AbortSignal` an engine looks at in the middle of its work. */
export interface ReadSignal {
  readonly aborted: boolean
}

/** Bounds of a read that executes, and what it sees changed. */
export interface CallOptions {
  /** On whose behalf it is read: clients share what reads take. */
  origin?: ReadOrigin
  /** Upper bound of gas for calls that name none, and of what a caller may name. gas */
  gasCap?: bigint
  /** milliseconds of wall clock; default 5,000 */
  timeoutMs?: number
  stateOverrides?: Record<Address, StateOverride>
  blockOverrides?: BlockOverride
}

/** What came of a call. Gas is what it used; `returnData` of a `revert` is what it reverted with. */
export type CallResult =
  | { status: 'success'; returnData: Hex; gasUsed: bigint; logs: Log[] }
  | { status: 'revert'; returnData: Hex; gasUsed: bigint; logs: Log[] }
  /** exceptional halt: out of gas, invalid opcode... */
  | { status: 'halt'; reason: string; gasUsed: bigint; logs: Log[] }

/** Answer of `eth_estimateGas`: the least gas limit with which the call succeeds, or how it fails with any. */
export type EstimateResult =
  | { status: 'success'; gas: bigint }
  | { status: 'revert'; returnData: Hex }
  | { status: 'halt'; reason: string }

/** Answer of `eth_createAccessList`: the list also where the call fails, and gas with that list. */
export type AccessListResult =
  | { status: 'success'; accessList: { address: Address; storageKeys: Hash[] }[]; gasUsed: bigint }
  | {
      status: 'revert' | 'halt'
      reason: string
      accessList: { address: Address; storageKeys: Hash[] }[]
      gasUsed: bigint
    }

/** Tracers that look at a transaction by themselves, by geth's names. */
export type SingleTracerName =
  'callTracer' | 'flatCallTracer' | 'prestateTracer' | '4byteTracer' | 'noopTracer'

/** Each tracer heeds its own fields. */
export interface TracerConfig {
  onlyTopCall?: boolean
  withLog?: boolean
  diffMode?: boolean
  disableCode?: boolean
  disableStorage?: boolean
  /** of `flatCallTracer`: errors in Parity's words */
  convertParityErrors?: boolean
  /** of `flatCallTracer`: with calls of precompiles */
  includePrecompiles?: boolean
}

/** A tracer by geth's name and configuration: struct logs when `tracer` is absent. Results are JSON values in geth's shape. */
export interface TracerOptions {
  tracer?: SingleTracerName | 'muxTracer'
  tracerConfig?: TracerConfig
  /** of `muxTracer`: the tracers that it runs, with their configurations */
  mux?: Partial<Record<SingleTracerName, TracerConfig>>
  /** The block that is traced, for tracers that name it; absent for a call. */
  block?: { hash: Hash; number: bigint }
  disableStack?: boolean
  disableStorage?: boolean
  enableMemory?: boolean
  enableReturnData?: boolean
  /** Struct logs after which no more are made, as in geth. Without it all are, or EXECUTION_TRACE_TOO_LARGE is thrown: never a part unasked. */
  limit?: number
  /** milliseconds of wall clock; default 5,000 */
  timeoutMs?: number
  origin?: ReadOrigin
  /** The result may come as {@link JsonText}: for callers who would only make text of it. */
  asText?: boolean
}
/** What a tracer answers: JSON in the shape that geth gives the same tracer. */
export type TraceResult = unknown

/** A JSON value as its text. Made where there is time for it: large traces take long to copy and to write out. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** Reads of one block's state. Cheap to make; holds no resource. */
export interface StateReader {
  getAccount(address: Address): Promise<AccountState | undefined>
  getCode(address: Address): Promise<Uint8Array>
  getStorage(address: Address, slot: Hash): Promise<Hash>
  getProof(address: Address, slots: readonly Hash[], origin?: ReadOrigin): Promise<AccountProof>
}

/**
 * What a block does to the state.
 *
 * - Must be deterministic: two engines given the same inputs give the same headers, receipts and proofs, byte for byte.
 * - Must execute on any parent whose state it still has; switching branches needs no ceremony.
 * - Must persist a sealed block's state before `seal` or `executeBlock` resolves: after a crash, the state of every block that it returned is there.
 * - Must be total on transactions: bad bytes are skipped with a reason, they never throw. It throws `BaseError` for attributes that no chain rule
 *   allows (`code: EXECUTION_INVALID_ATTRIBUTES`) and for a state it does not have (`code: EXECUTION_STATE_MISSING`).
 * - Calls to `openBlock` and `executeBlock` are serialised by the caller; reads may run at any time.
 * - Long reads look at the clock, and at the signal of their origin, about every millisecond where they can.
 */
export interface ExecutionEngine {
  readonly id: string
  /** How another thread makes an engine of this kind, to read with. */
  readonly reader?: ThreadModule
  /** Whether calls and traces wait for their turn in here, by {@link ReadOrigin}, so that their caller need not limit them. */
  readonly queuesReads?: boolean
  /** Opens the state and writes the genesis when the storage is empty. Returns the genesis header. Throws when the storage holds another genesis. */
  open(options: EngineOpenOptions): Promise<SealedHeader>
  close(): Promise<void>
  openBlock(parent: SealedHeader, attributes: BlockAttributes): Promise<BlockBuilder>
  executeBlock(parent: SealedHeader, input: BlockInput): Promise<ExecutedBlock>
  /** @throws EXECUTION_STATE_MISSING lazily, on the first read. */
  stateAt(header: SealedHeader): StateReader
  hasState(header: SealedHeader): Promise<boolean>
  call(header: SealedHeader, request: CallRequest, options?: CallOptions): Promise<CallResult>
  /** Least gas limit with which the transaction does what it does with all gas. */
  estimateGas(header: SealedHeader, request: CallRequest, options?: CallOptions): Promise<EstimateResult>
  createAccessList(
    header: SealedHeader,
    request: CallRequest,
    options?: CallOptions,
  ): Promise<AccessListResult>
  /** Re-executes a block on its parent; one result for each transaction, or only that of `index`. */
  traceBlock(
    parent: SealedHeader,
    input: BlockInput,
    tracer: TracerOptions,
    index?: number,
  ): Promise<TraceResult[]>
  /** @throws EXECUTION_REJECTED `tracing failed: …` for a call that cannot begin: for want of funds, gas, or with a fee that is too low. */
  traceCall(
    header: SealedHeader,
    request: CallRequest,
    tracer: TracerOptions,
    options?: CallOptions,
  ): Promise<TraceResult>
  /**
   * Everything that the program of fraud proofs reads for a stretch of the chain that was executed here. Absent: the engine has no such program.
   * @throws EXECUTION_STATE_MISSING
   */
  proofInputs?(stretch: BatchWitnessParameters): Promise<ProofInputs>
  /** Lets go of state older than this block; Must keep it and everything after. May do nothing. */
  prune(oldest: SealedHeader): Promise<void>
}
