import { encodeHeader as rlpHeader, rlpHeaderLength } from '@animechain/tx'
import {
  concatBytes,
  emptyBloom,
  type Address,
  type ChainBlock,
  type ExecutedTransaction,
  type Hash,
  type Hex,
  type Log,
  type Receipt,
  type SealedHeader,
} from '@animechain/core'
import type { QueueReading } from '@animechain/derivation'

/** What a node remembers of a block besides the block. */
export type BlockMeta = QueueReading

const NUMBERS = [
  'number',
  'gasLimit',
  'gasUsed',
  'timestamp',
  'baseFeePerGas',
  'blobGasUsed',
  'excessBlobGas',
] as const

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const text = (value: bigint): string => value.toString(36)

function number(value: string): bigint {
  // Below 2^53 in base 36 are ten digits.
  if (value.length <= 10) return BigInt(parseInt(value, 36))
  let out = 0n
  for (const digit of value) out = out * 36n + BigInt(parseInt(digit, 36))
  return out
}

export function encodeHeader(header: SealedHeader, meta: BlockMeta): Uint8Array {
  const plain: Record<string, unknown> = { ...header }
  for (const name of NUMBERS) plain[name] = text(header[name])
  if (header.logsBloom === emptyBloom) delete plain.logsBloom
  plain.meta = {
    ...meta,
    depositsReadAfter: text(meta.depositsReadAfter),
    depositGas: text(meta.depositGas),
  }
  return encoder.encode(JSON.stringify(plain))
}

export function decodeHeader(bytes: Uint8Array): { header: SealedHeader; meta: BlockMeta } {
  const { meta, ...plain } = JSON.parse(decoder.decode(bytes)) as { meta: BlockMeta } & Record<
    string,
    unknown
  >
  const header = { logsBloom: emptyBloom, ...plain } as unknown as SealedHeader
  for (const name of NUMBERS) header[name] = number(plain[name] as string)
  return {
    header,
    meta: {
      ...meta,
      depositsReadAfter: number(meta.depositsReadAfter as unknown as string),
      depositGas: number(meta.depositGas as unknown as string),
    },
  }
}

type Row = [
  hash: Hash,
  from: Address,
  length: number,
  type: number,
  status: 0 | 1,
  gasUsed: string,
  cumulativeGasUsed: string,
  effectiveGasPrice: string,
  logs: [Address, Hash[], Hex][],
  bloom: Hex | 0,
  contractAddress: Address | 0,
  depositNonce: string | 0,
  l1Fee: [string, string, string, string, number, number] | 0,
]

const rowOf = ({ hash, from, raw, receipt: r }: ExecutedTransaction): Row => [
  hash,
  from,
  raw.length,
  r.type,
  r.status,
  text(r.gasUsed),
  text(r.cumulativeGasUsed),
  text(r.effectiveGasPrice),
  r.logs.map((log) => [log.address, log.topics, log.data]),
  r.logsBloom === emptyBloom ? 0 : r.logsBloom,
  r.contractAddress ?? 0,
  r.depositNonce === undefined ? 0 : text(r.depositNonce),
  r.l1Fee
    ? [
        text(r.l1Fee.l1Fee),
        text(r.l1Fee.l1GasUsed),
        text(r.l1Fee.l1GasPrice),
        text(r.l1Fee.l1BlobBaseFee),
        r.l1Fee.baseFeeScalar,
        r.l1Fee.blobBaseFeeScalar,
      ]
    : 0,
]

/** Transactions whose receipts are written between two turns. */
const SLICE = 256

/**
 * Four bytes of length, the receipts as JSON, then the transactions one after another.
 * @param turn waited for now and then: a full block takes tens of milliseconds
 */
export async function encodeBody(
  transactions: readonly ExecutedTransaction[],
  turn: () => Promise<void> | undefined = () => undefined,
): Promise<Uint8Array> {
  const slices: string[] = []
  for (let at = 0; at < transactions.length; at += SLICE) {
    await turn()
    slices.push(JSON.stringify(transactions.slice(at, at + SLICE).map(rowOf)).slice(1, -1))
  }
  const json = encoder.encode(`[${slices.join(',')}]`)
  await turn()
  const head = new Uint8Array(4)
  new DataView(head.buffer).setUint32(0, json.length)
  return concatBytes(head, json, ...transactions.map(({ raw }) => raw))
}

export function decodeBody(bytes: Uint8Array): ExecutedTransaction[] {
  const jsonLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const rows = JSON.parse(decoder.decode(bytes.subarray(4, 4 + jsonLength))) as Row[]
  let at = 4 + jsonLength
  return rows.map((row) => {
    const [hash, from, length, type, status, gasUsed, cumulative, price, logs, bloom, created, nonce, fee] =
      row
    const raw = bytes.slice(at, at + length)
    at += length
    const receipt: Receipt = {
      type,
      status,
      gasUsed: number(gasUsed),
      cumulativeGasUsed: number(cumulative),
      effectiveGasPrice: number(price),
      logs: logs.map(([address, topics, data]): Log => ({ address, topics, data })),
      logsBloom: bloom === 0 ? emptyBloom : bloom,
    }
    if (created !== 0) receipt.contractAddress = created
    if (nonce !== 0) receipt.depositNonce = number(nonce)
    if (fee !== 0)
      receipt.l1Fee = {
        l1Fee: number(fee[0]),
        l1GasUsed: number(fee[1]),
        l1GasPrice: number(fee[2]),
        l1BlobBaseFee: number(fee[3]),
        baseFeeScalar: fee[4],
        blobBaseFeeScalar: fee[5],
      }
    return { hash, from, raw, receipt }
  })
}

/** Bytes of a block in RLP: `[header, transactions, [], []]`. */
export function blockSize(header: SealedHeader, transactions: readonly { raw: Uint8Array }[]): number {
  let body = 0
  // A legacy transaction is a list already; a typed one is wrapped in a string.
  for (const { raw } of transactions)
    body += raw.length + (raw[0]! >= 0xc0 ? 0 : raw.length === 1 ? 0 : rlpHeaderLength(raw.length))
  const payload = rlpHeader(header).length + rlpHeaderLength(body) + body + 2
  return rlpHeaderLength(payload) + payload
}

export const chainBlock = (header: SealedHeader, transactions: ExecutedTransaction[]): ChainBlock => ({
  header,
  transactions,
  size: blockSize(header, transactions),
})
