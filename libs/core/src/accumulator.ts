import { bigIntToBytes, concatBytes, hexToBytes, type Hash } from './bytes.js'
import type { Commitment } from './da.js'
import { keccak256, keccak256Hex } from './keccak.js'
import { zeroHash } from './protocol.js'
import type { BatchHeader, DepositEntry, L1Context } from './settlement.js'

const word = (value: bigint | number): Uint8Array => bigIntToBytes(BigInt(value), 32)
const addressWord = (address: string): Uint8Array => concatBytes(new Uint8Array(12), hexToBytes(address))

function contextWords(context: L1Context): Uint8Array {
  return concatBytes(
    word(context.number),
    word(context.timestamp),
    word(context.baseFee),
    word(context.blobBaseFee),
    hexToBytes(context.parentHash),
    word(context.gasLimit),
    word(context.baseFeeScalar),
    word(context.blobBaseFeeScalar),
  )
}

/** The accumulator before the first entry of either chain. */
export const emptyAccumulator: Hash = zeroHash

type QueueEntry = Pick<DepositEntry, 'kind' | 'from' | 'to' | 'opaqueData' | 'context'>

/** What {@link depositAccumulator} is the hash of. */
export function depositPreimage(before: Hash, entry: QueueEntry): Uint8Array {
  return concatBytes(
    hexToBytes(before),
    word(entry.kind),
    addressWord(entry.from),
    addressWord(entry.to),
    keccak256(entry.opaqueData),
    contextWords(entry.context),
  )
}

/** Accumulator of the deposit queue with one more entry (docs/spec/protocol.md 1.1). */
export function depositAccumulator(before: Hash, entry: QueueEntry): Hash {
  return keccak256Hex(depositPreimage(before, entry))
}

/** A batch as its accumulator commits to it. `depositAcc` is the queue's at `header.depositsReadAfter`. */
export interface AccumulatedBatch {
  index: bigint
  header: BatchHeader
  depositAcc: Hash
  commitment: Commitment
  context: L1Context
}

/** What {@link batchAccumulator} is the hash of. */
export function batchPreimage(before: Hash, batch: AccumulatedBatch): Uint8Array {
  return concatBytes(
    hexToBytes(before),
    word(batch.index),
    word(batch.header.firstBlock),
    word(batch.header.blockCount),
    word(batch.header.depositsReadAfter),
    word(batch.header.lastTimestamp),
    hexToBytes(batch.depositAcc),
    word(batch.commitment[0] ?? 0),
    keccak256(batch.commitment),
    contextWords(batch.context),
  )
}

/** Accumulator of the batches with one more batch (docs/spec/protocol.md 1.2). */
export function batchAccumulator(before: Hash, batch: AccumulatedBatch): Hash {
  return keccak256Hex(batchPreimage(before, batch))
}
