import { batchCodec } from '@animechain/codec'
import {
  batchAccumulator,
  bytesToHex,
  concatBytes,
  depositAccumulator,
  emptyAccumulator,
  keccak256,
  type BatchBody,
  type BatchEvidence,
  type ChainConfig,
  type DepositEntry,
  type Genesis,
  type Hash,
  type L1Context,
  type SealedHeader,
} from '@animechain/core'
import { encodeBlobs, loadKzg, pointProofs, versionedHash } from '@animechain/da-blob'
import { deriveBatch } from '@animechain/derivation'
import { wasm, witnessHost } from '@animechain/execution-wasm'
import type { HostData } from '@animechain/proving-machine'
import { memoryStorage } from '@animechain/storage-memory'

/** Between blocks, seconds. */
const BLOCK_TIME = 2

/** A chain that follows batches of an inbox in memory, as a node follows those on L1. */
export interface BatchChain {
  readonly headers: readonly SealedHeader[]
  /** Queues a deposit for the next batch. */
  deposit(entry: Partial<Pick<DepositEntry, 'kind' | 'from' | 'to' | 'opaqueData'>>): void
  /** Appends a batch and executes its blocks, which have these transactions; the first one reads all deposits. @throws when a transaction is not included */
  append(da: 'calldata' | 'blobs', blocks: readonly (readonly Uint8Array[])[]): Promise<void>
  /** What the proof program reads for a block after the batch that it is in, and its output root. */
  prove(block: number): Promise<{ host: HostData; outputRoot: Hash }>
  close(): Promise<void>
}

/** Commitment and data of a batch, as its accumulator and the program take them. */
async function published(da: 'calldata' | 'blobs', bytes: Uint8Array) {
  if (da === 'calldata') return { commitment: concatBytes(Uint8Array.of(1), keccak256(bytes)), data: bytes }
  const kzg = await loadKzg()
  const data = encodeBlobs(bytes)
  const hashes = data.map((blob) => versionedHash(kzg.blobToKzgCommitment(blob)))
  const named = hashes.map((hash) => Uint8Array.from(Buffer.from(hash.slice(2), 'hex')))
  return { commitment: concatBytes(Uint8Array.of(2), ...named), data }
}

/** The context of L1 that an entry of the inbox was made in. */
function contextOf(l1Block: bigint, gasLimit: bigint): L1Context {
  return {
    number: l1Block,
    timestamp: 12n * l1Block,
    baseFee: 10n ** 9n + l1Block,
    blobBaseFee: l1Block,
    parentHash: bytesToHex(keccak256(new TextEncoder().encode(`L1 ${l1Block}`))),
    gasLimit,
    baseFeeScalar: 1_000,
    blobBaseFeeScalar: 2_000,
  }
}

/** The batch that a block is in, and the one before. */
function batchOf(batches: readonly BatchEvidence[], block: number) {
  const at = batches.findIndex(({ header }) => BigInt(block) < header.firstBlock + BigInt(header.blockCount))
  return { batch: batches[at]!, previous: batches[at - 1] }
}

/** Opens a chain at its genesis. */
export async function batchChain(chain: ChainConfig, genesis: Genesis): Promise<BatchChain> {
  const [engine, storage, codec] = [wasm(), memoryStorage(), batchCodec()]
  await storage.start()
  const headers: SealedHeader[] = []
  const blockHash = (number: bigint) => headers[Number(number)]?.hash
  headers.push(await engine.open({ chain, genesis, storage, blockHash }))
  const blobProof = await pointProofs()
  const [batches, entries]: [BatchEvidence[], DepositEntry[]] = [[], []]
  let l1Block = 100n
  const context = () => contextOf(l1Block++, genesis.gasLimit)

  const execute = async (batch: BatchEvidence, body: BatchBody) => {
    const { blocks, fallback } = deriveBatch({
      ...{ header: batch.header, entries: batch.entries, parent: headers.at(-1)! },
      body: await codec.decode(await codec.encode(body)),
    })
    if (fallback !== undefined)
      throw new Error(`expected a batch that says its blocks, got one with ${fallback}`)
    for (const block of blocks) {
      const { header, skipped } = await engine.executeBlock(headers.at(-1)!, block)
      if (skipped.length > 0)
        throw new Error(`expected transactions that can be included, one is not: ${skipped[0]!.reason}`)
      headers.push(header)
    }
  }

  return {
    headers,
    deposit({ kind = 0, from, to, opaqueData = new Uint8Array(0) }) {
      const nobody = `0x${'00'.repeat(20)}` as const
      const entry = { kind, from: from ?? nobody, to: to ?? nobody, opaqueData, context: context() }
      const acc = depositAccumulator(entries.at(-1)?.acc ?? emptyAccumulator, entry)
      entries.push({ ...entry, index: BigInt(entries.length), acc })
    },
    async append(da, blocks) {
      const last = batches.at(-1)
      const read = entries.slice(Number(last?.header.depositsReadAfter ?? 0n))
      const users = read.filter(({ kind }) => kind === 0)
      const body: BatchBody = {
        blocks: blocks.map((transactions, i) => ({
          timestampDelta: BLOCK_TIME,
          depositCount: i === 0 ? read.length : 0,
          transactions,
        })),
        labels: users.map((_, logIndex) => ({
          l1BlockHash: bytesToHex(keccak256(Uint8Array.of(7))),
          logIndex,
        })),
      }
      const parent = headers.at(-1)!
      const batch: BatchEvidence = {
        index: BigInt(batches.length),
        header: {
          firstBlock: parent.number + 1n,
          blockCount: blocks.length,
          depositsReadAfter: BigInt(entries.length),
          lastTimestamp: parent.timestamp + BigInt(BLOCK_TIME * blocks.length),
        },
        ...(await published(da, await codec.encode(body))),
        context: context(),
        depositAcc: entries.at(-1)?.acc ?? emptyAccumulator,
        accBefore: last ? batchAccumulator(last.accBefore, last) : emptyAccumulator,
        entries: read,
      }
      batches.push(batch)
      await execute(batch, body)
    },
    async prove(block) {
      const { batch, previous } = batchOf(batches, block)
      const witness = await engine.recordBatchWitness({
        ...{ agreed: headers[block - 1]!, batches: [batch], block: BigInt(block) },
        ...(previous && { previous }),
      })
      return { host: { ...witnessHost(witness), blobProof }, outputRoot: witness.outputRoot }
    },
    async close() {
      await engine.close()
      await storage.stop()
    },
  }
}
