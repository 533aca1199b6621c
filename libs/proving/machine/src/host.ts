import { bytesToHex, concatBytes, hexToBytes, keccak256, sha256, type Hash } from '@animechain/core'
import { chunkedKey } from './chunked.js'
import { word } from './state.js'

/** Kinds of data that `preimage` reads (docs/spec/machine.md, section 6). */
export const preimageKind = { keccak256: 0, blob: 1, chunked: 2, precompile: 3, sha256: 4 } as const

/** What a run reads from outside. The same answers, whoever gives them, or the run is another. */
export interface HostData {
  /** words of 32 bytes */
  readonly inputs: readonly Hash[]
  /**
   * The data that a kind and a key name: the bytes of kinds 0, 2 and 4, the 131,072 bytes of a blob, the result of a precompile in its three parts joined.
   * undefined when nobody has it: the step can then be neither run nor proven.
   */
  preimage(kind: number, key: Hash): Uint8Array | undefined
  /** Number and input of a precompile's result (kind 3). Only witnesses ask. */
  precompile?(key: Hash): PrecompileCall | undefined
  /** Commitment and proof (48 bytes each) of a blob's value at the point z (32 bytes, big-endian). Only witnesses ask. */
  blobProof?(blob: Uint8Array, z: Uint8Array): BlobProof
}

/** A call of one of L1's precompiles, by its address as a number. */
export interface PrecompileCall {
  number: number
  input: Uint8Array
}

/** KZG commitment to a blob and proof of its value at a point, 48 bytes each. */
export interface BlobProof {
  commitment: Uint8Array
  proof: Uint8Array
}

/** What a host holds: see {@link hostData}. */
export interface HostContents {
  inputs?: readonly Hash[]
  /** data of kind 0, by its hash */
  preimages?: readonly Uint8Array[]
  /** blobs of 131,072 bytes with their versioned hashes */
  blobs?: readonly { versionedHash: Hash; blob: Uint8Array }[]
  /** data of kind 2 */
  chunked?: readonly Uint8Array[]
  /** calls of precompiles with what they returned; undefined when they failed */
  /** data of kind 4, by its hash */
  sha256?: readonly Uint8Array[]
  precompiles?: readonly (PrecompileCall & { output: Uint8Array | undefined })[]
  blobProof?: HostData['blobProof']
}

/** Key of a precompile's result (kind 3). */
export function precompileKey({ number, input }: PrecompileCall): Hash {
  return bytesToHex(keccak256(concatBytes(word(number), input)))
}

/** Result of a precompile as kind 3 reads it; `output` undefined when it failed. */
export function precompileResult(output: Uint8Array | undefined): Uint8Array {
  const bytes = output ?? new Uint8Array()
  return concatBytes(word(output ? 1 : 0), word(bytes.length), bytes)
}

/** A host over data in memory, each under the key that names it. */
export function hostData(contents: HostContents = {}): HostData {
  const { inputs = [], preimages = [], blobs = [], chunked = [], precompiles = [] } = contents
  const data = new Map<string, Uint8Array>()
  const calls = new Map<Hash, PrecompileCall>()
  for (const bytes of preimages) data.set(`0:${bytesToHex(keccak256(bytes))}`, bytes)
  for (const { versionedHash, blob } of blobs) data.set(`1:${versionedHash.toLowerCase()}`, blob)
  for (const bytes of chunked) data.set(`2:${chunkedKey(bytes)}`, bytes)
  for (const call of precompiles) {
    data.set(`3:${precompileKey(call)}`, precompileResult(call.output))
    calls.set(precompileKey(call), call)
  }
  for (const bytes of contents.sha256 ?? []) data.set(`4:${bytesToHex(sha256(bytes))}`, bytes)
  const { blobProof } = contents
  return {
    inputs,
    preimage: (kind, key) => data.get(`${kind}:${key}`),
    precompile: (key) => calls.get(key),
    ...(blobProof && { blobProof }),
  }
}

/** The inputs, joined. */
export function joinInputs(inputs: readonly Hash[]): Uint8Array {
  return concatBytes(...inputs.map(hexToBytes))
}
