import {
  depositTransactionType,
  type BatchBlock,
  type BatchHeader,
  type ChainBlock,
  type BatchLimits,
  type DepositLabel,
  type Hash,
} from '@animechain/core'
import type { BlockMeta } from '../chain/blockCodec.js'
import type { ChainStore } from '../chain/store.js'

/** Raw bytes of a batch before it is encoded, as a multiple of what it may be encoded: nothing compresses better here. */
const MAX_RATIO = 8
/** Part of what the codec takes before it compresses that transactions may fill; columns need the rest. */
const DECOMPRESSED_SHARE = 0.9
/** How much too large a batch is, going by how the last one was encoded, when another large block is not even tried. */
const HOPELESS = 1.2
/** Part of the largest size that the next try aims at after a batch that was too large. */
const AIM = 0.95

export interface Assembled {
  header: BatchHeader
  blocks: BatchBlock[]
  labels: DepositLabel[]
  transactions: number
  rawBytes: number
  /** accumulator of the deposit queue after the entries read */
  depositAcc: Hash
}

/** What a batch may hold. */
export interface BatchBounds {
  maxBlocks: number
  /** encoded */
  maxBytes: number
  /** encoded bytes for each raw byte, as last seen */
  ratio: number
  limits: BatchLimits
}

/** What a block brings into a batch. */
export interface BlockSize {
  transactions: number
  labels: number
  /** raw */
  bytes: number
  /** gas of its deposits */
  depositGas: bigint
}

export const userTransactions = (block: ChainBlock): Uint8Array[] =>
  block.transactions.filter((tx) => tx.receipt.type !== depositTransactionType).map((tx) => tx.raw)

/** About what a block brings into a batch before compression: its transactions, its labels, a few columns. bytes */
export const rawBytes = (raws: readonly Uint8Array[], { labels }: Pick<BlockMeta, 'labels'>): number =>
  raws.reduce((sum, raw) => sum + raw.length, 16 + 40 * labels.length)

/** Whether a block does not fit behind what a batch has already, by every bound but the encoded size. `gasLimit`: of all deposits in a batch, gas. */
export function overflows(
  has: BlockSize,
  block: BlockSize,
  gasLimit: bigint,
  { maxBytes, ratio, limits }: BatchBounds,
): boolean {
  const bytes = has.bytes + block.bytes
  return (
    has.transactions + block.transactions > limits.transactions ||
    has.labels + block.labels > limits.labels ||
    bytes > Math.min(maxBytes * MAX_RATIO, limits.decompressedBytes * DECOMPRESSED_SHARE) ||
    // What would be encoded for nothing: full blocks fill a batch each.
    (block.bytes > maxBytes / 2 && bytes * ratio > maxBytes * HOPELESS) ||
    has.depositGas + block.depositGas > gasLimit
  )
}

/** Blocks from `first` on that fit one batch by every bound but the encoded size. */
export function assemble(store: ChainStore, first: bigint, bounds: BatchBounds): Assembled {
  const parent = store.headerByNumber(first - 1n)!
  let before = store.meta(parent.hash)
  let { timestamp } = parent
  const blocks: BatchBlock[] = []
  const labels: DepositLabel[] = []
  const has: BlockSize = { transactions: 0, labels: 0, bytes: 0, depositGas: 0n }
  const head = store.head('latest').number
  for (let number = first; number <= head && blocks.length < bounds.maxBlocks; number++) {
    const block = store.blockByNumber(number)
    if (!block) break
    const { header } = block
    const meta = store.meta(header.hash)
    const raws = userTransactions(block)
    const size: BlockSize = {
      transactions: raws.length,
      labels: meta.labels.length,
      bytes: rawBytes(raws, meta),
      depositGas: meta.depositGas,
    }
    // As the inbox has it (docs/spec/protocol.md 1.2): the limits that L2 had before the batch and has after it, not the one that is set now.
    const gasLimit = parent.gasLimit > header.gasLimit ? parent.gasLimit : header.gasLimit
    // A block alone always goes: the sequencer bounds what one block holds.
    if (blocks.length > 0 && overflows(has, size, gasLimit, bounds)) break
    blocks.push({
      timestampDelta: Number(header.timestamp - timestamp),
      depositCount: Number(meta.depositsReadAfter - before.depositsReadAfter),
      transactions: raws,
    })
    labels.push(...meta.labels)
    has.transactions += size.transactions
    has.labels += size.labels
    has.bytes += size.bytes
    has.depositGas += size.depositGas
    timestamp = header.timestamp
    before = meta
  }
  return {
    header: {
      firstBlock: first,
      blockCount: blocks.length,
      depositsReadAfter: before.depositsReadAfter,
      lastTimestamp: timestamp,
    },
    ...{ blocks, labels, transactions: has.transactions, rawBytes: has.bytes },
    depositAcc: before.depositAcc,
  }
}

/** Blocks of the next try after a batch of so many was encoded to more than `maxBytes`; there is more than one. */
export const fewerBlocks = (blockCount: number, bytes: number, maxBytes: number): number =>
  Math.max(1, Math.min(blockCount - 1, Math.floor((blockCount * maxBytes * AIM) / bytes)))
