import {
  bytesToHex,
  depositTransactionType,
  emptyOmmersHash,
  hexToBytes,
  keccak256,
  type Address,
  type ChainBlock,
  type ExecutedTransaction,
  type Hash,
  type Hex,
  type Log,
  type PooledTransaction,
  type Receipt,
  type SealedHeader,
} from '@animechain/core'
import { decodeTransaction, rlpEncode, uintToBytes, type AccessList, type Transaction } from '@animechain/tx'

/** A JSON value of an answer. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined }
type JsonObject = { [name: string]: Json | undefined }

const ZERO_NONCE = '0x0000000000000000'

/** A QUANTITY. */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** Bytes as DATA. */
export function hex(bytes: Uint8Array): Hex {
  return bytesToHex(bytes)
}

/** A header as eth_getBlockBy… and newHeads show it. */
export function encodeHeader(header: SealedHeader): JsonObject {
  return {
    number: quantity(header.number),
    hash: header.hash,
    parentHash: header.parentHash,
    nonce: ZERO_NONCE,
    mixHash: header.prevRandao,
    sha3Uncles: emptyOmmersHash,
    logsBloom: header.logsBloom,
    transactionsRoot: header.transactionsRoot,
    stateRoot: header.stateRoot,
    receiptsRoot: header.receiptsRoot,
    miner: header.beneficiary,
    difficulty: '0x0',
    extraData: header.extraData,
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    baseFeePerGas: quantity(header.baseFeePerGas),
    withdrawalsRoot: header.withdrawalsRoot,
    blobGasUsed: quantity(header.blobGasUsed),
    excessBlobGas: quantity(header.excessBlobGas),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    ...(header.requestsHash === undefined ? {} : { requestsHash: header.requestsHash }),
  }
}

/** A block with its transactions' hashes, or with whole transactions. */
export function encodeBlock(block: ChainBlock, full: boolean): JsonObject {
  return {
    ...encodeHeader(block.header),
    size: quantity(block.size),
    uncles: [],
    transactions: full
      ? block.transactions.map((_, index) => encodeMined(block, index))
      : block.transactions.map((transaction) => transaction.hash),
    withdrawals: [],
  }
}

const encodeAccessList = (list: AccessList): Json =>
  list.map(({ address, storageKeys }) => ({ address, storageKeys }))

/** The fields that a transaction brings itself. */
function encodeFields(tx: Transaction, receipt: Receipt | undefined): JsonObject {
  const common: JsonObject = {
    type: quantity(tx.type),
    to: tx.to ?? null,
    value: quantity(tx.value),
    gas: quantity(tx.gasLimit),
    input: hex(tx.data),
  }
  if (tx.type === depositTransactionType)
    return {
      ...common,
      nonce: quantity(receipt?.depositNonce ?? 0n),
      gasPrice: '0x0',
      sourceHash: tx.sourceHash,
      mint: quantity(tx.mint),
      isSystemTx: tx.isSystemTx,
      v: '0x0',
      r: '0x0',
      s: '0x0',
    }
  const signed: JsonObject = { ...common, nonce: quantity(tx.nonce), r: quantity(tx.r), s: quantity(tx.s) }
  if (tx.type === 0)
    return {
      ...signed,
      ...(tx.chainId === undefined ? {} : { chainId: quantity(tx.chainId) }),
      gasPrice: quantity(tx.gasPrice),
      v: quantity(tx.v),
    }
  const typed: JsonObject = {
    ...signed,
    chainId: quantity(tx.chainId),
    accessList: encodeAccessList(tx.accessList),
    v: quantity(tx.yParity),
    yParity: quantity(tx.yParity),
  }
  if (tx.type === 1) return { ...typed, gasPrice: quantity(tx.gasPrice) }
  return {
    ...typed,
    maxFeePerGas: quantity(tx.maxFeePerGas),
    maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas),
    // Mined: what was paid. Waiting: what would be paid at most.
    gasPrice: quantity(receipt?.effectiveGasPrice ?? tx.maxFeePerGas),
    ...(tx.type === 3
      ? { maxFeePerBlobGas: quantity(tx.maxFeePerBlobGas), blobVersionedHashes: tx.blobVersionedHashes }
      : {}),
    ...(tx.type === 4
      ? {
          authorizationList: tx.authorizationList.map((item) => ({
            chainId: quantity(item.chainId),
            address: item.address,
            nonce: quantity(item.nonce),
            yParity: quantity(item.yParity),
            r: quantity(item.r),
            s: quantity(item.s),
          })),
        }
      : {}),
  }
}

/** A transaction of a block. */
export function encodeMined(block: ChainBlock, index: number): JsonObject {
  const { hash, from, raw, receipt } = block.transactions[index]!
  return {
    blockHash: block.header.hash,
    blockNumber: quantity(block.header.number),
    blockTimestamp: quantity(block.header.timestamp),
    transactionIndex: quantity(index),
    hash,
    from,
    ...encodeFields(decodeTransaction(raw), receipt),
  }
}

/** A transaction that waits. */
export function encodePooled(transaction: PooledTransaction): JsonObject {
  return {
    blockHash: null,
    blockNumber: null,
    transactionIndex: null,
    hash: transaction.hash,
    from: transaction.from,
    ...encodeFields(decodeTransaction(transaction.raw), undefined),
  }
}

/** A log in its place; `logIndex` counts within the block. */
export function encodeLog(
  log: Log,
  place: {
    header: SealedHeader
    transactionHash: Hash
    transactionIndex: number
    logIndex: number
    removed: boolean
  },
): JsonObject {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: quantity(place.header.number),
    blockHash: place.header.hash,
    blockTimestamp: quantity(place.header.timestamp),
    transactionHash: place.transactionHash,
    transactionIndex: quantity(place.transactionIndex),
    logIndex: quantity(place.logIndex),
    removed: place.removed,
  }
}

/**
 * Where a transaction goes, and what address it creates, whether that succeeded or not: as geth, CREATE's of sender and nonce. A transaction is
 * decoded for it, but only when a receipt is asked for.
 */
function destination({ raw, from, receipt }: ExecutedTransaction): { to: Json; contractAddress: Json } {
  const tx = decodeTransaction(raw)
  if (tx.to !== undefined) return { to: tx.to, contractAddress: null }
  const nonce = tx.type === depositTransactionType ? (receipt.depositNonce ?? 0n) : tx.nonce
  return { to: null, contractAddress: receipt.contractAddress ?? createAddress(from, nonce) }
}

/** Yellow paper, section 7: of a creation by a transaction or by CREATE. */
function createAddress(from: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(rlpEncode([hexToBytes(from), uintToBytes(nonce)])).subarray(12))
}

/** Parts per million as a decimal fraction: `l1FeeScalar` of the OP Stack's receipts. */
const scalar = (ppm: number) => String(ppm / 1_000_000)

function encodeReceiptAt(block: ChainBlock, index: number, firstLog: number): JsonObject {
  const { header } = block
  const transaction = block.transactions[index]!
  const { receipt, hash } = transaction
  const fee = receipt.l1Fee
  return {
    type: quantity(receipt.type),
    status: quantity(receipt.status),
    transactionHash: hash,
    transactionIndex: quantity(index),
    blockHash: header.hash,
    blockNumber: quantity(header.number),
    from: transaction.from,
    ...destination(transaction),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    logsBloom: receipt.logsBloom,
    logs: receipt.logs.map((log, i) =>
      encodeLog(log, {
        header,
        transactionHash: hash,
        transactionIndex: index,
        logIndex: firstLog + i,
        removed: false,
      }),
    ),
    ...(fee === undefined
      ? {}
      : {
          l1Fee: quantity(fee.l1Fee),
          l1GasUsed: quantity(fee.l1GasUsed),
          l1GasPrice: quantity(fee.l1GasPrice),
          l1BlobBaseFee: quantity(fee.l1BlobBaseFee),
          l1BaseFeeScalar: quantity(fee.baseFeeScalar),
          l1BlobBaseFeeScalar: quantity(fee.blobBaseFeeScalar),
          l1FeeScalar: scalar(fee.baseFeeScalar),
        }),
    ...(receipt.type === depositTransactionType
      ? { depositNonce: quantity(receipt.depositNonce ?? 0n) }
      : {}),
  }
}

/** A receipt with the place of its logs in the block. */
export function encodeReceipt(block: ChainBlock, index: number): JsonObject {
  let firstLog = 0
  for (let i = 0; i < index; i++) firstLog += block.transactions[i]!.receipt.logs.length
  return encodeReceiptAt(block, index, firstLog)
}

/** Receipts of a block, each made when it is asked for. */
export function* encodeReceipts(block: ChainBlock): Generator<JsonObject> {
  let firstLog = 0
  for (const [index, { receipt }] of block.transactions.entries()) {
    yield encodeReceiptAt(block, index, firstLog)
    firstLog += receipt.logs.length
  }
}

/** Bytes within, or zero: a storage word. */
export function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

/** Makes JSON of a value that may hold bigints and bytes. */
export function plainJson(value: unknown): Json {
  return JSON.parse(
    JSON.stringify(value, (_name, item: unknown) => {
      if (typeof item === 'bigint')
        return item <= BigInt(Number.MAX_SAFE_INTEGER) && item >= -BigInt(Number.MAX_SAFE_INTEGER)
          ? Number(item)
          : item.toString()
      return item instanceof Uint8Array ? bytesToHex(item) : item
    }) ?? 'null',
  ) as Json
}
