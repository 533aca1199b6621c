import {
  batchPreimage,
  bigIntToBytes,
  bytesToHex,
  commitmentPrefixes,
  depositPreimage,
  emptyAccumulator,
  gasPerBlob,
  type AccumulatedBatch,
  type ChainConfig,
  type DepositEntry,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { ExecutionError } from './errors.js'
import { encodeHeader } from './header.js'
import type { NodeStore } from './nodeStore.js'
import { encodeRules, outputOf, record, type BatchInputs, type ProofWitness } from './proof.js'

/** One byte of gas each (EIP-4844). */
const BLOB_BYTES = Number(gasPerBlob)

/** A batch with what its accumulator takes from elsewhere. */
export interface InboxBatch extends AccumulatedBatch {
  /** accumulator of the batches before it */
  accBefore: Hash
}

/** A batch with everything that its accumulator commits to. */
export interface BatchEvidence extends InboxBatch {
  /** entries of the deposit queue that it reads, in order */
  entries: readonly DepositEntry[]
  /**
   * What the commitment is to: the bytes for kinds 0 and 1; for kind 2 the blobs, 131,072 bytes each, in the commitment's order, whether or not they
   * encode anything.
   */
  data: Uint8Array | readonly Uint8Array[]
}

/** Which stretch of the chain a witness shall prove: from a block that both sides agree on, through batches of the inbox. */
export interface BatchWitnessParameters {
  /** The block to start from: the last one before `batches`, or one inside the first of them. Its state must be here. */
  agreed: SealedHeader
  /** One batch, or several that follow one another. */
  batches: readonly BatchEvidence[]
  /** The batch before the first of `batches`; absent when that is the inbox's first. */
  previous?: InboxBatch
  /** Block at which to stop; absent: the last block of `batches`. */
  block?: bigint
}

/** Everything that the program reads to get from one output root to another through batches of the inbox. */
export interface BatchWitness extends ProofWitness {
  inputs: BatchInputs
  /** what the program gives */
  outputRoot: Hash
}

/**
 * Records every preimage that the program reads for batches that the node has applied (the states of their blocks are here), by running
 * that very program with the node's storage behind it.
 * @throws EXECUTION_STATE_MISSING when a state, a header or a part of the evidence is not here
 */
export async function recordBatchWitness(
  chain: ChainConfig,
  store: NodeStore,
  { agreed, batches, previous, block }: BatchWitnessParameters,
  module?: WebAssembly.Module,
): Promise<BatchWitness> {
  const last = batches.at(-1)
  if (last === undefined) throw new ExecutionError('A proof needs a batch.', 'EXECUTION_REJECTED')
  const known = new Map<Hash, Uint8Array>()
  const blobs = new Map<Hash, Uint8Array>()
  const hashed = (bytes: Uint8Array): Hash => {
    const hash = bytesToHex(keccak_256(bytes))
    known.set(hash, bytes)
    return hash
  }
  if (previous !== undefined) hashed(batchPreimage(previous.accBefore, previous))
  let acc: Hash = emptyAccumulator
  let depositAcc = previous?.depositAcc ?? emptyAccumulator
  for (const batch of batches) {
    for (const entry of batch.entries) {
      hashed(entry.opaqueData)
      depositAcc = hashed(depositPreimage(depositAcc, entry))
    }
    acc = hashed(batchPreimage(batch.accBefore, batch))
    hashed(batch.commitment)
    if (batch.data instanceof Uint8Array) hashed(batch.data)
    else if (batch.commitment[0] === commitmentPrefixes.blob)
      for (const [i, blob] of batch.data.entries())
        if (blob.length === BLOB_BYTES)
          blobs.set(bytesToHex(batch.commitment.subarray(1 + 32 * i, 33 + 32 * i)), blob)
  }
  const output = outputOf(store, agreed)
  known.set(output.root, output.preimage)
  hashed(encodeHeader(agreed))
  const lastBlock = last.header.firstBlock + BigInt(last.header.blockCount) - 1n
  const inputs: BatchInputs = [
    output.root,
    acc,
    bytesToHex(bigIntToBytes(block ?? lastBlock, 32)),
    hashed(encodeRules(chain)),
  ]
  return { inputs, ...(await record(inputs, store, known, blobs, module)) }
}
