import { bytesToHex, depositTransactionType, type Address, type Hash } from '@animechain/core'
import { RlpError, RlpReader } from './rlp.js'
import {
  TransactionError,
  type AccessList,
  type Authorization,
  type DepositTransaction,
  type Transaction,
} from './transaction.js'

/**
 * Decodes a transaction as it is broadcast: `type ‖ payload` (EIP-2718) or a legacy RLP list.
 * Accepts exactly one encoding of each transaction: canonical RLP, integers without leading zeros and within their width
 * (nonce and gas limit 64 bits, the rest 256), addresses of 20 bytes, no bytes left over. Signatures are not checked here;
 * `yParity` of a typed transaction is 0 or 1. `data` is a view of the input.
 * @throws TransactionError `TX_UNDECODABLE`, `TX_UNSUPPORTED_TYPE`
 */
export function decodeTransaction(raw: Uint8Array): Transaction {
  const first = raw[0]
  if (first === undefined)
    throw new TransactionError('Expected a transaction, got no bytes.', 'TX_UNDECODABLE')
  try {
    if (first >= 0xc0) return decodeLegacy(raw)
    switch (first) {
      case 1:
        return decodeAccessList(open(raw, 1))
      case 2:
        return decodeFeeMarket(open(raw, 1))
      case 3:
        return decodeBlob(open(raw, 1))
      case 4:
        return decodeSetCode(open(raw, 1))
      case depositTransactionType:
        return decodeDepositBody(open(raw, 1))
    }
  } catch (error) {
    if (!(error instanceof RlpError)) throw error
    throw new TransactionError(
      `The bytes are no transaction of type ${first >= 0xc0 ? 0 : first}.`,
      'TX_UNDECODABLE',
      error,
    )
  }
  throw new TransactionError(
    `Expected a transaction of type 0, 1, 2, 3, 4 or 126, got ${first}.`,
    'TX_UNSUPPORTED_TYPE',
  )
}

/**
 * {@link decodeTransaction} for deposits alone.
 * @throws TransactionError `TX_UNDECODABLE`; `TX_UNSUPPORTED_TYPE` when it is not one.
 */
export function decodeDeposit(raw: Uint8Array): DepositTransaction {
  const tx = decodeTransaction(raw)
  if (tx.type !== depositTransactionType)
    throw new TransactionError(`Expected a deposit (type 126), got type ${tx.type}.`, 'TX_UNSUPPORTED_TYPE')
  return tx
}

/** The one list that makes up a transaction, with nothing after it. */
export function open(raw: Uint8Array, at: number): RlpReader {
  const outer = new RlpReader(raw, at)
  const fields = outer.list()
  outer.finish()
  return fields
}

function decodeLegacy(raw: Uint8Array): Transaction {
  const f = open(raw, 0)
  const nonce = f.uint(8)
  const gasPrice = f.uint()
  const gasLimit = f.uint(8)
  const to = recipient(f)
  const value = f.uint()
  const data = f.string()
  const v = f.uint()
  const r = f.uint()
  const s = f.uint()
  f.finish()
  const chainId = v >= 35n ? (v - 35n) >> 1n : undefined
  return { type: 0, chainId, nonce, gasPrice, gasLimit, to, value, data, v, r, s }
}

function decodeAccessList(f: RlpReader): Transaction {
  const chainId = f.uint()
  const nonce = f.uint(8)
  const gasPrice = f.uint()
  const gasLimit = f.uint(8)
  const to = recipient(f)
  const value = f.uint()
  const data = f.string()
  const accessList = readAccessList(f)
  const yParity = parity(f)
  const r = f.uint()
  const s = f.uint()
  f.finish()
  return { type: 1, chainId, nonce, gasPrice, gasLimit, to, value, data, accessList, yParity, r, s }
}

function decodeFeeMarket(f: RlpReader): Transaction {
  const chainId = f.uint()
  const nonce = f.uint(8)
  const maxPriorityFeePerGas = f.uint()
  const maxFeePerGas = f.uint()
  const gasLimit = f.uint(8)
  const to = recipient(f)
  const value = f.uint()
  const data = f.string()
  const accessList = readAccessList(f)
  const yParity = parity(f)
  const r = f.uint()
  const s = f.uint()
  f.finish()
  return {
    type: 2,
    chainId,
    nonce,
    maxPriorityFeePerGas,
    maxFeePerGas,
    gasLimit,
    to,
    value,
    data,
    accessList,
    yParity,
    r,
    s,
  }
}

function decodeBlob(f: RlpReader): Transaction {
  const chainId = f.uint()
  const nonce = f.uint(8)
  const maxPriorityFeePerGas = f.uint()
  const maxFeePerGas = f.uint()
  const gasLimit = f.uint(8)
  const to = bytesToHex(f.fixed(20))
  const value = f.uint()
  const data = f.string()
  const accessList = readAccessList(f)
  const maxFeePerBlobGas = f.uint()
  const hashes = f.list()
  const blobVersionedHashes: Hash[] = []
  while (!hashes.done) blobVersionedHashes.push(bytesToHex(hashes.fixed(32)))
  const yParity = parity(f)
  const r = f.uint()
  const s = f.uint()
  f.finish()
  return {
    type: 3,
    chainId,
    nonce,
    maxPriorityFeePerGas,
    maxFeePerGas,
    gasLimit,
    to,
    value,
    data,
    accessList,
    maxFeePerBlobGas,
    blobVersionedHashes,
    yParity,
    r,
    s,
  }
}

function decodeSetCode(f: RlpReader): Transaction {
  const chainId = f.uint()
  const nonce = f.uint(8)
  const maxPriorityFeePerGas = f.uint()
  const maxFeePerGas = f.uint()
  const gasLimit = f.uint(8)
  const to = bytesToHex(f.fixed(20))
  const value = f.uint()
  const data = f.string()
  const accessList = readAccessList(f)
  const authorizationList = readAuthorizations(f)
  const yParity = parity(f)
  const r = f.uint()
  const s = f.uint()
  f.finish()
  return {
    type: 4,
    chainId,
    nonce,
    maxPriorityFeePerGas,
    maxFeePerGas,
    gasLimit,
    to,
    value,
    data,
    accessList,
    authorizationList,
    yParity,
    r,
    s,
  }
}

function decodeDepositBody(f: RlpReader): Transaction {
  const sourceHash = bytesToHex(f.fixed(32))
  const from = bytesToHex(f.fixed(20))
  const to = recipient(f)
  const mint = f.uint()
  const value = f.uint()
  const gasLimit = f.uint(8)
  const isSystemTx = parity(f) === 1
  const data = f.string()
  f.finish()
  return { type: depositTransactionType, sourceHash, from, to, mint, value, gasLimit, isSystemTx, data }
}

function recipient(f: RlpReader): Address | undefined {
  const bytes = f.string()
  if (bytes.length === 0) return undefined
  if (bytes.length !== 20) throw new RlpError(`Expected an address of 20 bytes or none, got ${bytes.length}.`)
  return bytesToHex(bytes)
}

function parity(f: RlpReader): 0 | 1 {
  const bytes = f.scalar(1)
  if (bytes.length === 0) return 0
  if (bytes[0] !== 1) throw new RlpError(`Expected 0 or 1, got ${bytes[0]}.`)
  return 1
}

function readAccessList(f: RlpReader): AccessList {
  const list = f.list()
  const out: AccessList = []
  while (!list.done) {
    const item = list.list()
    const address = bytesToHex(item.fixed(20))
    const keys = item.list()
    item.finish()
    const storageKeys: Hash[] = []
    while (!keys.done) storageKeys.push(bytesToHex(keys.fixed(32)))
    out.push({ address, storageKeys })
  }
  return out
}

function readAuthorizations(f: RlpReader): Authorization[] {
  const list = f.list()
  const out: Authorization[] = []
  while (!list.done) {
    const item = list.list()
    const chainId = item.uint()
    const address = bytesToHex(item.fixed(20))
    const nonce = item.uint(8)
    const yParity = Number(item.uint(1))
    const r = item.uint()
    const s = item.uint()
    item.finish()
    out.push({ chainId, address, nonce, yParity, r, s })
  }
  return out
}
