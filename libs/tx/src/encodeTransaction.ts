import { concatBytes, depositTransactionType, hexToBytes } from '@animechain/core'
import { rlpEncode, uintToBytes, type RlpItem } from './rlp.js'
import type { AccessList, Authorization, DepositTransaction, Transaction } from './transaction.js'

const EMPTY = new Uint8Array(0)

/** The bytes of a transaction as it is broadcast. The inverse of `decodeTransaction`. */
export function encodeTransaction(tx: Transaction): Uint8Array {
  if (tx.type === depositTransactionType) return encodeDeposit(tx)
  const fields = unsignedFields(tx)
  const signature = [
    uintToBytes(tx.type === 0 ? tx.v : BigInt(tx.yParity)),
    uintToBytes(tx.r),
    uintToBytes(tx.s),
  ]
  return envelope(tx.type, [...fields, ...signature])
}

/** `0x7E ‖ rlp([sourceHash, from, to, mint, value, gas, isSystemTx, data])` (docs/spec/protocol.md 3.2). */
export function encodeDeposit(tx: Omit<DepositTransaction, 'type'>): Uint8Array {
  return envelope(depositTransactionType, [
    hexToBytes(tx.sourceHash),
    hexToBytes(tx.from),
    tx.to === undefined ? EMPTY : hexToBytes(tx.to),
    uintToBytes(tx.mint),
    uintToBytes(tx.value),
    uintToBytes(tx.gasLimit),
    tx.isSystemTx ? Uint8Array.of(1) : EMPTY,
    tx.data,
  ])
}

/** What the sender signs: for legacy transactions with the three fields of EIP-155 when `chainId` is given. */
export function signingPayload(tx: UnsignedTransaction): Uint8Array {
  const fields = unsignedFields(tx)
  if (tx.type === 0 && tx.chainId !== undefined) fields.push(uintToBytes(tx.chainId), EMPTY, EMPTY)
  return envelope(tx.type, fields)
}

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never

/** A transaction before it is signed. */
export type UnsignedTransaction = DistributiveOmit<
  Exclude<Transaction, DepositTransaction>,
  'v' | 'yParity' | 'r' | 's'
>

function envelope(type: number, fields: RlpItem[]): Uint8Array {
  const body = rlpEncode(fields)
  return type === 0 ? body : concatBytes(Uint8Array.of(type), body)
}

function unsignedFields(tx: UnsignedTransaction): RlpItem[] {
  const to = tx.to === undefined ? EMPTY : hexToBytes(tx.to)
  const nonce = uintToBytes(tx.nonce)
  const gasLimit = uintToBytes(tx.gasLimit)
  const value = uintToBytes(tx.value)
  if (tx.type === 0) return [nonce, uintToBytes(tx.gasPrice), gasLimit, to, value, tx.data]
  const chainId = uintToBytes(tx.chainId)
  const accessList = accessListItem(tx.accessList)
  if (tx.type === 1)
    return [chainId, nonce, uintToBytes(tx.gasPrice), gasLimit, to, value, tx.data, accessList]
  const fees = [uintToBytes(tx.maxPriorityFeePerGas), uintToBytes(tx.maxFeePerGas)]
  const fields: RlpItem[] = [chainId, nonce, ...fees, gasLimit, to, value, tx.data, accessList]
  if (tx.type === 3) fields.push(uintToBytes(tx.maxFeePerBlobGas), tx.blobVersionedHashes.map(hexToBytes))
  if (tx.type === 4) fields.push(tx.authorizationList.map(authorizationItem))
  return fields
}

function accessListItem(list: AccessList): RlpItem {
  return list.map(({ address, storageKeys }) => [hexToBytes(address), storageKeys.map(hexToBytes)])
}

function authorizationItem(a: Authorization): RlpItem {
  return [
    uintToBytes(a.chainId),
    hexToBytes(a.address),
    uintToBytes(a.nonce),
    uintToBytes(BigInt(a.yParity)),
    uintToBytes(a.r),
    uintToBytes(a.s),
  ]
}
