import type { Hash } from './bytes.js'

/** A call of one of L1's precompiles, by its address as a number. */
export interface WitnessedCall {
  number: number
  input: Uint8Array
  /** undefined: it failed */
  output: Uint8Array | undefined
}

/** What the proof program reads for one block: nothing else gets into it. docs/spec/machine.md, section 6. */
export interface ProofInputs {
  /** words of 32 bytes: output root before the block, accumulator of the batches, number of the block, hash of the rules */
  inputs: readonly Hash[]
  /** data that is read by its keccak256 hash */
  preimages: readonly Uint8Array[]
  /** data that is read by its SHA-256 hash: what a sealed batch consists of */
  sha256: readonly Uint8Array[]
  /** blobs of 131,072 bytes by versioned hash, as EIP-4844 stores them */
  blobs: readonly { versionedHash: Hash; blob: Uint8Array }[]
  precompiles: readonly WitnessedCall[]
}
