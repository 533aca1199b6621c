import {
  batchPreimage,
  bigIntToBytes,
  bytesToHex,
  commitmentPrefixes,
  depositPreimage,
  emptyAccumulator,
  gasPerBlob,
  type BatchWitnessParameters,
  type ChainConfig,
  type Hash,
  type ProofInputs,
} from '@animechain/core'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { ExecutionError } from './errors.js'
import { encodeHeader } from './header.js'
import type { NodeStore } from './nodeStore.js'
import { sealedPreimages } from './sealedBatch.js'
import { precompile } from './precompiles.js'
import { encodeRules, outputOf, record, type BatchInputs, type ProofWitness } from './proof.js'

/** One byte of gas each (EIP-4844). */
const BLOB_BYTES = Number(gasPerBlob)

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
  const sha256 = new Map<Hash, Uint8Array>()
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
    else if ('descriptor' in batch.data) {
      hashed(batch.data.key)
      for (const [hash, bytes] of sealedPreimages(batch.data)) sha256.set(hash, bytes)
    } else if (batch.commitment[0] === commitmentPrefixes.blob)
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
  return { inputs, ...(await record(inputs, store, { known, blobs, sha256 }, module)) }
}

/** A witness in the form in which proof systems take it. */
export const proofInputs = ({
  inputs,
  preimages,
  blobs,
  precompiles,
  sha256,
}: BatchWitness): ProofInputs => ({
  inputs,
  preimages: [...preimages.values()],
  sha256: [...sha256.values()],
  blobs: [...blobs].map(([versionedHash, blob]) => ({ versionedHash, blob })),
  precompiles: [...precompiles.values()].map((call) => ({
    ...call,
    output: precompile(call.number, call.input),
  })),
})
