import {
  batchAccumulator,
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  depositAccumulator,
  emptyAccumulator,
  keccak256,
  type Address,
  type BatchEvidence,
  type BatchHeader,
  type BlockInput,
  type DepositEntry,
  type Hash,
  type L1Context,
  type SealedHeader,
} from '@animechain/core'
import { batchCodec } from '@animechain/codec'
import { decodeBlobs } from '@animechain/da-blob'
import { deriveBatch } from '@animechain/derivation'
import { openSealed, sealedCommitment } from './sealing.js'

const codec = batchCodec()

/** An inbox without its rules: two hash chains in memory. */
export interface TestInbox {
  readonly batches: readonly BatchEvidence[]
  /** Appends an entry to the queue. */
  deposit(entry: Partial<Pick<DepositEntry, 'kind' | 'from' | 'to' | 'opaqueData'>>): void
  /** Appends a batch of `blockCount` blocks that reads all that is in the queue. `data`: bytes, blobs for kind 2, what was sealed for kind 4. */
  append(parameters: {
    kind: 0 | 1 | 2 | 3 | 4
    data: BatchEvidence['data']
    blockCount: number
    /** between the last blocks of the batch before and of this one */
    seconds: bigint
  }): BatchEvidence
  /** The blocks of a batch as a node derives them. */
  derive(batch: BatchEvidence, parent: SealedHeader): Promise<{ blocks: BlockInput[]; fallback?: string }>
}

export const accOf = (batch: BatchEvidence): Hash => batchAccumulator(batch.accBefore, batch)

/** In place of a versioned hash, which takes KZG to compute: the program only hands it on, and L1 checks what is read by it. */
function standIn(blob: Uint8Array): Uint8Array {
  const hash = keccak256(blob)
  hash[0] = 1
  return hash
}

function commitmentOf(kind: number, data: BatchEvidence['data']): Uint8Array {
  if (!(data instanceof Uint8Array) && 'descriptor' in data) return sealedCommitment(data)
  const hashes = data instanceof Uint8Array ? [keccak256(data)] : data.map(standIn)
  return concatBytes(Uint8Array.from(kind === 3 ? [kind, 0] : [kind]), ...hashes)
}

/** What the data of a batch holds. */
function bytesOf(data: BatchEvidence['data']): Uint8Array | undefined {
  if (data instanceof Uint8Array) return data
  if ('descriptor' in data) return openSealed(data)
  const decoded = decodeBlobs(data)
  return decoded.ok ? decoded.data : undefined
}

export function testInbox(genesisTimestamp: bigint): TestInbox {
  const entries: DepositEntry[] = []
  const batches: BatchEvidence[] = []
  let l1 = 100n
  const context = (): L1Context => {
    l1++
    return {
      number: l1,
      timestamp: 12n * l1,
      baseFee: 10n ** 9n + l1,
      blobBaseFee: l1,
      parentHash: bytesToHex(keccak256(bigIntToBytes(l1, 8))),
      gasLimit: 20_000_000n + l1,
      baseFeeScalar: 1000,
      blobBaseFeeScalar: 2000,
    }
  }
  return {
    batches,
    deposit({ kind = 0, from, to, opaqueData = new Uint8Array(0) }) {
      const nobody: Address = `0x${'00'.repeat(20)}`
      const entry = { kind, from: from ?? nobody, to: to ?? nobody, opaqueData, context: context() }
      const acc = depositAccumulator(entries.at(-1)?.acc ?? emptyAccumulator, entry)
      entries.push({ ...entry, index: BigInt(entries.length), acc })
    },
    append({ kind, data, blockCount, seconds }) {
      const last = batches.at(-1)
      const header: BatchHeader = {
        firstBlock: last ? last.header.firstBlock + BigInt(last.header.blockCount) : 1n,
        blockCount,
        depositsReadAfter: BigInt(entries.length),
        lastTimestamp: (last?.header.lastTimestamp ?? genesisTimestamp) + seconds,
      }
      const batch: BatchEvidence = {
        index: BigInt(batches.length),
        header,
        commitment: commitmentOf(kind, data),
        context: context(),
        depositAcc: entries.at(-1)?.acc ?? emptyAccumulator,
        accBefore: last ? accOf(last) : emptyAccumulator,
        entries: entries.slice(Number(last?.header.depositsReadAfter ?? 0n)),
        data,
      }
      batches.push(batch)
      return batch
    },
    async derive({ header, data, entries: read }, parent) {
      const bytes = bytesOf(data)
      const body = bytes ? await codec.decode(bytes) : { ok: false as const, reason: 'it encodes nothing' }
      const { blocks, fallback } = deriveBatch({ header, body, entries: read, parent })
      return fallback === undefined ? { blocks } : { blocks, fallback }
    },
  }
}
