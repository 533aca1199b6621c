import type { Address, Hash, Hex } from './bytes.js'

/** An Ethereum block header (yellow paper 4.4 with EIP-1559, -4895, -4844, -4788, -7685). Post-merge constants are left out: ommers empty, difficulty 0, nonce 0. */
export interface Header {
  parentHash: Hash
  beneficiary: Address
  stateRoot: Hash
  transactionsRoot: Hash
  receiptsRoot: Hash
  logsBloom: Hex
  number: bigint
  /** gas */
  gasLimit: bigint
  /** gas */
  gasUsed: bigint
  /** seconds since the Unix epoch */
  timestamp: bigint
  extraData: Hex
  prevRandao: Hash
  /** wei per gas */
  baseFeePerGas: bigint
  withdrawalsRoot: Hash
  blobGasUsed: bigint
  excessBlobGas: bigint
  parentBeaconBlockRoot: Hash
  /** EIP-7685; undefined before Prague. */
  requestsHash?: Hash
}

/** A header with its hash. */
export interface SealedHeader extends Header {
  hash: Hash
}

/** An event that a contract emitted: yellow paper, section 4.4.1. Up to four topics of 32 bytes. */
export interface Log {
  /** contract that emitted it */
  address: Address
  topics: Hash[]
  data: Hex
}

/** What a transaction left behind, without what its place in the chain tells. */
export interface Receipt {
  /** transaction type: 0, 1, 2, 3, 4 or 0x7e */
  type: number
  status: 0 | 1
  /** gas */
  gasUsed: bigint
  /** gas, with the transactions before it in the block */
  cumulativeGasUsed: bigint
  logs: Log[]
  logsBloom: Hex
  /** set by a successful contract creation */
  contractAddress?: Address
  /** wei per gas; 0 for deposits */
  effectiveGasPrice: bigint
  /** L1 data fee, absent on deposits and on plain Ethereum chains */
  l1Fee?: L1FeeReceipt
  /** deposits: the sender's nonce before */
  depositNonce?: bigint
}

/** docs/spec/protocol.md, section 4. */
export interface L1FeeReceipt {
  /** wei charged */
  l1Fee: bigint
  /** calldata gas counted */
  l1GasUsed: bigint
  /** wei per gas: the L1 base fee in force */
  l1GasPrice: bigint
  /** wei per blob gas */
  l1BlobBaseFee: bigint
  baseFeeScalar: number
  blobBaseFeeScalar: number
}

/** EIP-4895. Plain Ethereum chains only. */
export interface Withdrawal {
  index: bigint
  validatorIndex: bigint
  address: Address
  /** Gwei */
  amount: bigint
}

/** A transaction with what is known of it after it was executed. */
export interface ExecutedTransaction {
  hash: Hash
  from: Address
  /** as broadcast: `type ‖ payload`, or a legacy RLP list */
  raw: Uint8Array
  receipt: Receipt
}

/** A block as an engine returns it. */
export interface ExecutedBlock {
  header: SealedHeader
  transactions: ExecutedTransaction[]
  /** transactions of the input that could not be included, with the reason (docs/spec/protocol.md, section 3) */
  skipped: SkippedTransaction[]
  withdrawals?: Withdrawal[]
}

/** A transaction that a block left out, as it was broadcast, and why. */
export interface SkippedTransaction {
  raw: Uint8Array
  reason: SkipReason
}

/** Why a transaction cannot be included at its place. Names follow geth's errors; the numbers are shared with the wasm engine. */
export const skipReasons = {
  undecodable: 1,
  wrongChainId: 2,
  unsupportedType: 3,
  invalidSignature: 4,
  nonceTooLow: 5,
  nonceTooHigh: 6,
  nonceMax: 7,
  insufficientFunds: 8,
  feeCapBelowBaseFee: 9,
  priorityAboveFeeCap: 10,
  intrinsicGasTooLow: 11,
  gasLimitAboveBlock: 12,
  gasLimitAboveCap: 13,
  senderNotEoa: 14,
  initCodeTooLarge: 15,
  emptyAuthorizationList: 16,
  blobInvalid: 17,
  /** a deposit where only user transactions may stand */
  depositNotAllowed: 18,
} as const
/** Why a transaction cannot be included, in a word of {@link skipReasons}. */
export type SkipReason = keyof typeof skipReasons
