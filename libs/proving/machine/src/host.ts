import type { Hash } from '@animechain/core'
import type { MachineState } from './state.js'

/** Kinds of data that `preimage` reads (docs/spec/machine.md, section 6). */
export const preimageKind = { keccak256: 0, blob: 1, chunked: 2, precompile: 3 } as const

/** What a run reads from outside. The same answers, whoever gives them, or the run is another. */
export interface HostData {
  /** words of 32 bytes */
  readonly inputs: readonly Hash[]
  /**
   * The data that a kind and a key name: the bytes of kinds 0 and 2, the 131,072 bytes of a blob, the result of a precompile in its three parts joined.
   * undefined when nobody has it: the step can then be neither run nor proven.
   */
  preimage(kind: number, key: Hash): Uint8Array | undefined
  /** Number and input of a precompile's result (kind 3). Only witnesses ask. */
  precompile?(key: Hash): { number: number; input: Uint8Array } | undefined
  /** Commitment and proof (48 bytes each) of a blob's value at the point z (32 bytes, big-endian). Only witnesses ask. */
  blobProof?(blob: Uint8Array, z: Uint8Array): { commitment: Uint8Array; proof: Uint8Array }
}

/** What L1 takes to check one step (docs/spec/machine.md, section 7). */
export interface StepWitness {
  state: MachineState
  proof: Hash[]
  data: Uint8Array
}

/** Where a witness takes leaves and siblings of the state before the step from: a {@link RamTree}, or a replayer that has stopped there. */
export interface LeafSource {
  /** the 32 bytes of a leaf of the RAM tree, by generalised index */
  leaf(index: number): Uint8Array
  /** siblings of a leaf, from its own up to the root's child */
  siblings(index: number): readonly Uint8Array[]
}
