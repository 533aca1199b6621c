import { hexToBytes, type Address, type ChainConfig, type SkipReason } from '@animechain/core'
import {
  decodeTransaction,
  recoverSender,
  TransactionError,
  type DepositTransaction,
  type SignedTransaction,
  type Transaction,
} from '@animechain/tx'
import {
  GAS_PER_BLOB,
  MAX_BLOBS_PER_TRANSACTION,
  MAX_INIT_CODE_BYTES,
  TRANSACTION_GAS_CAP,
  type Rules,
} from './rules.js'
import { plainHex, type WorldState } from './worldState.js'

/** 2^64 - 1: an account with this nonce sends nothing any more (EIP-2681). */
export const MAX_NONCE = 0xffff_ffff_ffff_ffffn

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

interface IntrinsicFields {
  to?: Address
  data: Uint8Array
  accessList?: readonly { storageKeys: readonly unknown[] }[]
  authorizationList?: readonly unknown[]
}

/** Gas charged before the first instruction (EIP-2028, -2930, -3860, -7702), and the floor of EIP-7623. */
export function intrinsicGas(tx: IntrinsicFields, rules: Rules): { gas: bigint; floor: bigint } {
  let zeros = 0
  for (let i = 0; i < tx.data.length; i++) if (tx.data[i] === 0) zeros++
  const tokens = zeros + 4 * (tx.data.length - zeros)
  let gas = 21_000 + 4 * tokens
  if (tx.to === undefined) gas += 32_000 + 2 * Math.ceil(tx.data.length / 32)
  for (const { storageKeys } of tx.accessList ?? []) gas += 2_400 + 1_900 * storageKeys.length
  gas += 25_000 * (tx.authorizationList?.length ?? 0)
  return { gas: BigInt(gas), floor: rules.isPrague ? BigInt(21_000 + 10 * tokens) : 0n }
}

/**
 * Every rule that decides whether a user transaction may stand at its place, in the order of docs/spec/execution.md. Changes nothing.
 * @param l1Fee wei
 */
export function prepare(
  raw: Uint8Array,
  transaction: Exclude<Transaction, DepositTransaction>,
  options: {
    chain: ChainConfig
    rules: Rules
    room: BlockRoom
    state: WorldState
    l1Fee: bigint
    sender?: Address
  },
): Prepared | { skip: Skip } {
  const { chain, rules, room, state } = options
  const skip = (reason: SkipReason, detail?: string) => ({ skip: { reason, detail } })
  if (transaction.type === 3 && chain.rollup)
    return skip('unsupportedType', 'no blob transactions on this chain')
  if (transaction.type === 4 && !rules.isPrague)
    return skip('unsupportedType', 'set-code transactions need Prague')
  if (transaction.chainId !== undefined && transaction.chainId !== chain.chainId)
    return skip('wrongChainId', `expected ${chain.chainId}, got ${transaction.chainId}`)

  let sender = options.sender
  if (sender === undefined) {
    try {
      sender = recoverSender(raw)
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error
      return skip('invalidSignature', error.shortMessage)
    }
  }

  const gasLimit = transaction.gasLimit
  if (rules.isOsaka && gasLimit > TRANSACTION_GAS_CAP)
    return skip('gasLimitAboveCap', `expected at most ${TRANSACTION_GAS_CAP}, got ${gasLimit}`)
  if (gasLimit > room.gasLimit - room.gasUsed)
    return skip('gasLimitAboveBlock', `${room.gasLimit - room.gasUsed} gas left, got ${gasLimit}`)

  const key = plainHex(hexToBytes(sender))
  const account = state.account(key)
  const nonce = account?.nonce ?? 0n
  if (transaction.nonce < nonce) return skip('nonceTooLow', `expected ${nonce}, got ${transaction.nonce}`)
  if (transaction.nonce > nonce) return skip('nonceTooHigh', `expected ${nonce}, got ${transaction.nonce}`)
  if (nonce === MAX_NONCE) return skip('nonceMax')
  // EIP-3607, and EIP-7702 for accounts that delegate.
  const code = state.code(key)
  if (code.length > 0 && !(rules.isPrague && isDelegation(code))) return skip('senderNotEoa', sender)

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
    const hashes = transaction.blobVersionedHashes
    blobGas = BigInt(hashes.length) * GAS_PER_BLOB
    if (hashes.length === 0) return skip('blobInvalid', 'no blobs')
    if (hashes.length > rules.blobs.max || (rules.isOsaka && hashes.length > MAX_BLOBS_PER_TRANSACTION))
      return skip('blobInvalid', `${hashes.length} blobs`)
    if (room.blobGasUsed + blobGas > BigInt(rules.blobs.max) * GAS_PER_BLOB)
      return skip('blobInvalid', 'no room for its blobs')
    if (!hashes.every((hash) => hash.startsWith('0x01')))
      return skip('blobInvalid', 'unknown version of a hash')
    if (transaction.maxFeePerBlobGas < room.blobBaseFee)
      return skip('blobInvalid', `blob base fee ${room.blobBaseFee}, cap ${transaction.maxFeePerBlobGas}`)
    blobCost = transaction.maxFeePerBlobGas * blobGas
  }
  if (transaction.type === 4 && transaction.authorizationList.length === 0)
    return skip('emptyAuthorizationList')
  if (transaction.to === undefined && transaction.data.length > MAX_INIT_CODE_BYTES)
    return skip(
      'initCodeTooLarge',
      `expected at most ${MAX_INIT_CODE_BYTES} bytes, got ${transaction.data.length}`,
    )
  const { gas, floor } = intrinsicGas(transaction, rules)
  if (gasLimit < gas || gasLimit < floor)
    return skip('intrinsicGasTooLow', `expected at least ${gas > floor ? gas : floor}, got ${gasLimit}`)

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
    floorGas: floor,
    blobGas,
    maxCost,
  }
}

/** EIP-7702: `0xef0100 ‖ address`. */
export function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00
}
