import {
  gasPerBlob,
  hexToBytes,
  isDelegation,
  maxInitCodeBytes,
  maxNonce,
  maxTransactionGas,
  type Address,
  type ChainConfig,
  type SkipReason,
} from '@animechain/core'
import {
  decodeTransaction,
  intrinsicGas,
  recoverSender,
  TransactionError,
  type BlobTransaction,
  type SignedTransaction,
  type Transaction,
} from '@animechain/tx'
import { MAX_BLOBS_PER_TRANSACTION, type Rules } from './rules.js'
import { plainHex, type WorldState } from './worldState.js'

export interface Skip {
  reason: SkipReason
  detail?: string
}

/** What of a block decides whether a transaction fits. */
export interface BlockRoom {
  gasLimit: bigint
  gasUsed: bigint
  baseFeePerGas: bigint
  blobBaseFee: bigint
  blobGasUsed: bigint
}

/** A user transaction with everything that can be told of it before it runs. */
export interface Prepared {
  transaction: SignedTransaction
  sender: Address
  /** wei per gas */
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  /** wei per gas, what is paid */
  gasPrice: bigint
  intrinsicGas: bigint
  /** EIP-7623; 0 before Prague */
  floorGas: bigint
  blobGas: bigint
  /** wei, what the sender Must own besides the L1 fee */
  maxCost: bigint
}

export type Decoded = { transaction: Transaction } | { skip: Skip }

/** Decodes raw bytes and tells the errors apart. */
export function decode(raw: Uint8Array): Decoded {
  try {
    return { transaction: decodeTransaction(raw) }
  } catch (error) {
    if (!(error instanceof TransactionError)) throw error
    return {
      skip: {
        reason: error.code === 'TX_UNSUPPORTED_TYPE' ? 'unsupportedType' : 'undecodable',
        detail: error.shortMessage,
      },
    }
  }
}

interface PrepareOptions {
  chain: ChainConfig
  rules: Rules
  room: BlockRoom
  state: WorldState
  /** wei */
  l1Fee: bigint
  sender?: Address
}

/** Every rule that decides whether a user transaction may stand at its place, in the order of docs/spec/execution.md. Changes nothing. */
export function prepare(
  raw: Uint8Array,
  transaction: SignedTransaction,
  options: PrepareOptions,
): Prepared | { skip: Skip } {
  const { chain, rules, room, state } = options
  const kindFault = faultOfKind(transaction, chain, rules)
  if (kindFault) return { skip: kindFault }
  const sender = options.sender ?? senderOf(raw)
  if (typeof sender !== 'string') return sender
  const { gasLimit } = transaction
  const gasFault = faultOfGasLimit(gasLimit, rules, room)
  if (gasFault) return { skip: gasFault }

  const key = plainHex(hexToBytes(sender))
  const account = state.account(key)
  const senderFault = faultOfSender(transaction, sender, account?.nonce ?? 0n, state.code(key), rules)
  if (senderFault) return { skip: senderFault }

  const maxFeePerGas = 'maxFeePerGas' in transaction ? transaction.maxFeePerGas : transaction.gasPrice
  const maxPriorityFeePerGas =
    'maxPriorityFeePerGas' in transaction ? transaction.maxPriorityFeePerGas : transaction.gasPrice
  if (maxPriorityFeePerGas > maxFeePerGas)
    return skip('priorityAboveFeeCap', `cap ${maxFeePerGas}, priority ${maxPriorityFeePerGas}`)
  if (maxFeePerGas < room.baseFeePerGas)
    return skip('feeCapBelowBaseFee', `base fee ${room.baseFeePerGas}, cap ${maxFeePerGas}`)

  let blobGas = 0n
  let blobCost = 0n
  if (transaction.type === 3) {
    const blobFault = faultOfBlobs(transaction, rules, room)
    if (blobFault) return { skip: blobFault }
    blobGas = blobGasOf(transaction)
    blobCost = transaction.maxFeePerBlobGas * blobGas
  }
  const contentFault = faultOfContent(transaction)
  if (contentFault) return { skip: contentFault }
  const { gas, floor } = intrinsicGas(transaction)
  const floorGas = rules.isPrague ? floor : 0n
  if (gasLimit < gas || gasLimit < floorGas)
    return skip('intrinsicGasTooLow', `expected at least ${gas > floorGas ? gas : floorGas}, got ${gasLimit}`)

  const maxCost = gasLimit * maxFeePerGas + transaction.value + blobCost
  const owned = account?.balance ?? 0n
  if (owned < maxCost + options.l1Fee)
    return skip('insufficientFunds', `expected ${maxCost + options.l1Fee} wei, got ${owned}`)
  const wanted = room.baseFeePerGas + maxPriorityFeePerGas
  return {
    transaction,
    sender,
    maxFeePerGas,
    maxPriorityFeePerGas,
    gasPrice: wanted < maxFeePerGas ? wanted : maxFeePerGas,
    intrinsicGas: gas,
    floorGas,
    blobGas,
    maxCost,
  }
}

const fault = (reason: SkipReason, detail?: string): Skip => ({ reason, detail })
const skip = (reason: SkipReason, detail?: string) => ({ skip: fault(reason, detail) })

/** Whether the chain has such transactions, and this one is for it. */
function faultOfKind(tx: SignedTransaction, chain: ChainConfig, rules: Rules): Skip | undefined {
  if (tx.type === 3 && chain.rollup) return fault('unsupportedType', 'no blob transactions on this chain')
  if (tx.type === 4 && !rules.isPrague) return fault('unsupportedType', 'set-code transactions need Prague')
  if (tx.chainId !== undefined && tx.chainId !== chain.chainId)
    return fault('wrongChainId', `expected ${chain.chainId}, got ${tx.chainId}`)
  return undefined
}

function senderOf(raw: Uint8Array): Address | { skip: Skip } {
  try {
    return recoverSender(raw)
  } catch (error) {
    if (!(error instanceof TransactionError)) throw error
    return skip('invalidSignature', error.shortMessage)
  }
}

function faultOfGasLimit(gasLimit: bigint, rules: Rules, room: BlockRoom): Skip | undefined {
  if (rules.isOsaka && gasLimit > maxTransactionGas)
    return fault('gasLimitAboveCap', `expected at most ${maxTransactionGas}, got ${gasLimit}`)
  if (gasLimit > room.gasLimit - room.gasUsed)
    return fault('gasLimitAboveBlock', `${room.gasLimit - room.gasUsed} gas left, got ${gasLimit}`)
  return undefined
}

/** Whether the account sends it next, and is one that sends at all. */
function faultOfSender(
  { nonce }: SignedTransaction,
  sender: Address,
  next: bigint,
  code: Uint8Array,
  rules: Rules,
): Skip | undefined {
  if (nonce < next) return fault('nonceTooLow', `expected ${next}, got ${nonce}`)
  if (nonce > next) return fault('nonceTooHigh', `expected ${next}, got ${nonce}`)
  if (next === maxNonce) return fault('nonceMax')
  // EIP-3607, and EIP-7702 for accounts that delegate.
  if (code.length > 0 && !(rules.isPrague && isDelegation(code))) return fault('senderNotEoa', sender)
  return undefined
}

const blobGasOf = (tx: BlobTransaction): bigint => BigInt(tx.blobVersionedHashes.length) * gasPerBlob

/** EIP-4844. */
function faultOfBlobs(tx: BlobTransaction, rules: Rules, room: BlockRoom): Skip | undefined {
  const hashes = tx.blobVersionedHashes
  if (hashes.length === 0) return fault('blobInvalid', 'no blobs')
  if (hashes.length > rules.blobs.max || (rules.isOsaka && hashes.length > MAX_BLOBS_PER_TRANSACTION))
    return fault('blobInvalid', `${hashes.length} blobs`)
  if (room.blobGasUsed + blobGasOf(tx) > BigInt(rules.blobs.max) * gasPerBlob)
    return fault('blobInvalid', 'no room for its blobs')
  if (!hashes.every((hash) => hash.startsWith('0x01')))
    return fault('blobInvalid', 'unknown version of a hash')
  if (tx.maxFeePerBlobGas < room.blobBaseFee)
    return fault('blobInvalid', `blob base fee ${room.blobBaseFee}, cap ${tx.maxFeePerBlobGas}`)
  return undefined
}

/** EIP-7702, EIP-3860. */
function faultOfContent(tx: SignedTransaction): Skip | undefined {
  if (tx.type === 4 && tx.authorizationList.length === 0) return fault('emptyAuthorizationList')
  if (tx.to === undefined && tx.data.length > maxInitCodeBytes)
    return fault('initCodeTooLarge', `expected at most ${maxInitCodeBytes} bytes, got ${tx.data.length}`)
  return undefined
}
