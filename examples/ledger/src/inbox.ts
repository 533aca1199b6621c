import {
  batchAccumulator,
  batchPreimage,
  concatBytes,
  emptyAccumulator,
  keccak256,
  zeroHash,
  type Hash,
} from '@animechain/core'

/** A batch of the inbox with its bytes. */
export interface LedgerBatch {
  firstBlock: bigint
  blockCount: number
  /** accumulator with this batch */
  acc: Hash
  /** what `acc` is the hash of (docs/spec/protocol.md, 1.2) */
  record: Uint8Array
  commitment: Uint8Array
  /** what the commitment is to; undefined for kinds that the ledger does not read */
  body: Uint8Array | undefined
}

/** The chain of batches that an inbox on L1 keeps, without its rules. */
export class Inbox {
  readonly batches: LedgerBatch[] = []

  /** @param kind of the DA adapter: 0 memory, 1 calldata, others as they stand in `body`, the commitment without its first byte */
  append(body: Uint8Array, blockCount: number, kind = 1): LedgerBatch {
    const last = this.batches.at(-1)
    const firstBlock = last ? last.firstBlock + BigInt(last.blockCount) : 1n
    const read = kind <= 1
    const commitment = concatBytes(Uint8Array.of(kind), read ? keccak256(body) : body)
    const index = BigInt(this.batches.length)
    const fields = {
      index,
      header: { firstBlock, blockCount, depositsReadAfter: 0n, lastTimestamp: 0n },
      depositAcc: emptyAccumulator,
      commitment,
      // The ledger reads nothing of it.
      context: {
        number: index,
        timestamp: index,
        baseFee: 0n,
        blobBaseFee: 0n,
        parentHash: zeroHash,
        gasLimit: 0n,
        baseFeeScalar: 0,
        blobBaseFeeScalar: 0,
      },
    }
    const before = last?.acc ?? emptyAccumulator
    const batch = {
      firstBlock,
      blockCount,
      acc: batchAccumulator(before, fields),
      record: batchPreimage(before, fields),
      commitment,
      body: read ? body : undefined,
    }
    this.batches.push(batch)
    return batch
  }
}
