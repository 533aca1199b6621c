import type { Hash, L1BlockRef } from '@animechain/core'

/** A batch that was applied: the cursor of derivation is the newest of them (docs/spec/node.md). */
export interface AppliedBatch {
  index: bigint
  acc: Hash
  /** accumulator of the deposit queue at `depositsReadAfter` */
  depositAcc: Hash
  firstBlock: bigint
  lastBlock: bigint
  lastBlockHash: Hash
  lastTimestamp: bigint
  depositsReadAfter: bigint
  l1Block: L1BlockRef
  /** of the batch's last block */
  outputRoot: Hash
}

/** All but its index, which is its key. */
export function encodeApplied({ index: _index, ...batch }: AppliedBatch): Uint8Array {
  const text = JSON.stringify(batch, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return new TextEncoder().encode(text)
}

export function decodeApplied(index: bigint, bytes: Uint8Array): AppliedBatch {
  const plain = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string> & {
    l1Block: Record<string, string>
  }
  return {
    index,
    acc: plain.acc as Hash,
    depositAcc: plain.depositAcc as Hash,
    firstBlock: BigInt(plain.firstBlock!),
    lastBlock: BigInt(plain.lastBlock!),
    lastBlockHash: plain.lastBlockHash as Hash,
    lastTimestamp: BigInt(plain.lastTimestamp!),
    depositsReadAfter: BigInt(plain.depositsReadAfter!),
    l1Block: {
      number: BigInt(plain.l1Block.number!),
      hash: plain.l1Block.hash as Hash,
      timestamp: BigInt(plain.l1Block.timestamp!),
    },
    outputRoot: plain.outputRoot as Hash,
  }
}
