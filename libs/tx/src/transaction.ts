import { BaseError, type Address, type Hash } from '@animechain/core'

/** An address and storage slots of it that a transaction announces to touch (EIP-2930). */
export interface AccessListItem {
  address: Address
  /** slots, 32 bytes each */
  storageKeys: Hash[]
}
/** What a transaction announces to touch (EIP-2930), in the order in which it was signed. */
export type AccessList = AccessListItem[]

/** EIP-7702. `yParity`, `r` and `s` may be out of range: such an authorization has no effect, its transaction has. */
export interface Authorization {
  chainId: bigint
  address: Address
  nonce: bigint
  yParity: number
  r: bigint
  s: bigint
}

interface Common {
  nonce: bigint
  /** gas */
  gasLimit: bigint
  /** undefined creates a contract */
  to?: Address
  /** wei */
  value: bigint
  data: Uint8Array
  r: bigint
  s: bigint
}

/** Before EIP-2718. */
export interface LegacyTransaction extends Common {
  type: 0
  /** EIP-155; undefined for transactions before it */
  chainId?: bigint
  /** wei per gas */
  gasPrice: bigint
  v: bigint
}

/** EIP-2930. */
export interface AccessListTransaction extends Common {
  type: 1
  chainId: bigint
  /** wei per gas */
  gasPrice: bigint
  accessList: AccessList
  yParity: 0 | 1
}

/** EIP-1559. */
export interface FeeMarketTransaction extends Common {
  type: 2
  chainId: bigint
  /** wei per gas */
  maxPriorityFeePerGas: bigint
  /** wei per gas */
  maxFeePerGas: bigint
  accessList: AccessList
  yParity: 0 | 1
}

/** EIP-4844, as it stands in a block: without its blobs. */
export interface BlobTransaction extends Common {
  type: 3
  chainId: bigint
  /** wei per gas */
  maxPriorityFeePerGas: bigint
  /** wei per gas */
  maxFeePerGas: bigint
  to: Address
  accessList: AccessList
  /** wei per blob gas */
  maxFeePerBlobGas: bigint
  blobVersionedHashes: Hash[]
  yParity: 0 | 1
}

/** EIP-7702. */
export interface SetCodeTransaction extends Common {
  type: 4
  chainId: bigint
  /** wei per gas */
  maxPriorityFeePerGas: bigint
  /** wei per gas */
  maxFeePerGas: bigint
  to: Address
  accessList: AccessList
  authorizationList: Authorization[]
  yParity: 0 | 1
}

/** A deposit from L1, type 0x7E (docs/spec/protocol.md 3.2; OP Stack specification, "Deposited transaction type"). */
export interface DepositTransaction {
  type: 0x7e
  sourceHash: Hash
  from: Address
  /** undefined creates a contract */
  to?: Address
  /** wei, credited to the sender before anything else */
  mint: bigint
  /** wei */
  value: bigint
  /** gas */
  gasLimit: bigint
  isSystemTx: boolean
  data: Uint8Array
}

/** Signed by its sender. */
export type SignedTransaction =
  LegacyTransaction | AccessListTransaction | FeeMarketTransaction | BlobTransaction | SetCodeTransaction

/** A decoded transaction of any type: from before EIP-2718, its envelopes 0x01 to 0x04, and deposits (0x7e). */
export type Transaction = SignedTransaction | DepositTransaction

/** `TX_UNDECODABLE`: no transaction of a known type; `TX_UNSUPPORTED_TYPE`; `TX_INVALID_SIGNATURE`: no sender can be told. */
export type TransactionErrorCode = 'TX_UNDECODABLE' | 'TX_UNSUPPORTED_TYPE' | 'TX_INVALID_SIGNATURE'

export class TransactionError extends BaseError {
  declare readonly code: TransactionErrorCode
  constructor(message: string, code: TransactionErrorCode, cause?: unknown) {
    super(message, { code, cause, docsPath: '/spec/protocol.md' })
    this.name = 'TransactionError'
  }
}
