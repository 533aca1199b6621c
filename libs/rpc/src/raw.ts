import {
  concatBytes,
  emptyOmmersHash,
  hexToBytes,
  type ChainBlock,
  type Receipt,
  type SealedHeader,
} from '@animechain/core'
import { rlpDecode, rlpEncode, uintToBytes, type RlpItem } from '@animechain/tx'

const EMPTY_OMMERS_HASH = hexToBytes(emptyOmmersHash)
const EMPTY = new Uint8Array(0)
const ZERO_NONCE = new Uint8Array(8)

function headerItem(header: SealedHeader): RlpItem[] {
  return [
    hexToBytes(header.parentHash),
    EMPTY_OMMERS_HASH,
    hexToBytes(header.beneficiary),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    hexToBytes(header.logsBloom),
    EMPTY,
    uintToBytes(header.number),
    uintToBytes(header.gasLimit),
    uintToBytes(header.gasUsed),
    uintToBytes(header.timestamp),
    hexToBytes(header.extraData),
    hexToBytes(header.prevRandao),
    ZERO_NONCE,
    uintToBytes(header.baseFeePerGas),
    hexToBytes(header.withdrawalsRoot),
    uintToBytes(header.blobGasUsed),
    uintToBytes(header.excessBlobGas),
    hexToBytes(header.parentBeaconBlockRoot),
    ...(header.requestsHash === undefined ? [] : [hexToBytes(header.requestsHash)]),
  ]
}

/** A header in RLP; its Keccak-256 is the block hash. */
export function rawHeader(header: SealedHeader): Uint8Array {
  return rlpEncode(headerItem(header))
}

/** A block in RLP: header, transactions, no ommers, no withdrawals (a rollup has none). */
export function rawBlock({ header, transactions }: ChainBlock): Uint8Array {
  // Typed transactions are byte strings within the list, legacy ones lists (EIP-2718).
  const items = transactions.map(({ raw }): RlpItem => (raw[0]! >= 0xc0 ? rlpDecode(raw) : raw))
  return rlpEncode([headerItem(header), items, [], []])
}

/** Receipts as the receipts trie holds them. */
export function rawReceipts({ transactions }: ChainBlock): Uint8Array[] {
  return transactions.map(({ receipt }) => rawReceipt(receipt))
}

function rawReceipt({ type, status, cumulativeGasUsed, logsBloom, logs }: Receipt): Uint8Array {
  const body = rlpEncode([
    uintToBytes(BigInt(status)),
    uintToBytes(cumulativeGasUsed),
    hexToBytes(logsBloom),
    logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), hexToBytes(data)]),
  ])
  return type === 0 ? body : concatBytes(Uint8Array.of(type), body)
}
