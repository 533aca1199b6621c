import { BaseError, bytesToHex, hexToBytes, keccak256, sha256, type Hash } from '@animechain/core'
import { blobPoint } from './blobPoint.js'
import { CHUNK_BYTES, chunkDepth, openChunked } from './chunked.js'
import { precompileKey, precompileResult, preimageKind } from './host.js'
import { CODE_DEPTH, LEAF_BYTES } from './opcodes.js'
import type { MachineState, Registers } from './state.js'
import { step, type HostReads, type Leaves } from './step.js'
import { depthOf, rootFrom } from './tree.js'
import type { StepWitness } from './witness.js'

/** What L1 can do by itself: the point evaluation precompile and calls of others. */
export interface L1Checks {
  /** Whether a blob with this versioned hash has this value at z, by commitment and proof. */
  blobValue(read: {
    versionedHash: Hash
    z: Uint8Array
    value: Uint8Array
    commitment: Uint8Array
    proof: Uint8Array
  }): boolean
  /** What a precompile returns; undefined when it fails. */
  precompile(number: number, input: Uint8Array): Uint8Array | undefined
}

/** Numbers of the precompiles that programs may ask for. */
const precompiles = new Set([1, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 256])
const BLOB_BYTES = 131_072

function invalid(expected: string, got: string): BaseError {
  return new BaseError('The witness does not fit the state.', {
    code: 'PROVING_INVALID_WITNESS',
    docsPath: '/spec/machine.md',
    metaMessages: [`Expected ${expected}, got ${got}.`],
  })
}

/** Leaves out of a proof: each is checked against the roots as it is accessed. */
class ProofLeaves implements Leaves {
  ramRoot: Uint8Array
  readonly #codeRoot: Uint8Array
  readonly #proof: readonly Uint8Array[]
  #used = 0

  constructor(state: MachineState, proof: readonly Hash[]) {
    this.ramRoot = hexToBytes(state.ramRoot)
    this.#codeRoot = hexToBytes(state.codeRoot)
    this.#proof = proof.map(hexToBytes)
  }

  code(leaf: number): Uint8Array {
    return this.#take(2 ** CODE_DEPTH + leaf, this.#codeRoot, 'code').leaf
  }

  read(index: number): Uint8Array {
    return this.#take(index, this.ramRoot, 'RAM').leaf
  }

  write(index: number, at: number, bytes: Uint8Array): void {
    const { leaf, siblings } = this.#take(index, this.ramRoot, 'RAM')
    const next = leaf.slice()
    next.set(bytes, at)
    this.ramRoot = rootFrom(index, keccak256(next), siblings)
  }

  /** All of a proof counts. */
  finish(): void {
    if (this.#used !== this.#proof.length)
      throw invalid(`${this.#used} words of proof`, `${this.#proof.length}`)
  }

  #take(
    index: number,
    root: Uint8Array,
    tree: string,
  ): { leaf: Uint8Array; siblings: readonly Uint8Array[] } {
    const end = this.#used + 1 + depthOf(index)
    if (end > this.#proof.length) throw invalid(`${end} or more words of proof`, `${this.#proof.length}`)
    const [leaf, ...siblings] = this.#proof.slice(this.#used, end) as [Uint8Array, ...Uint8Array[]]
    this.#used = end
    const got = bytesToHex(rootFrom(index, keccak256(leaf), siblings))
    if (leaf.length !== LEAF_BYTES || got !== bytesToHex(root))
      throw invalid(`leaf ${index} of the ${tree} tree with root ${bytesToHex(root)}`, got)
    return { leaf, siblings }
  }
}

/** Host reads out of a witness's data. */
class ShownData implements HostReads {
  readonly #data: Uint8Array
  readonly #state: MachineState
  readonly #l1: L1Checks
  #used = false

  constructor({ state, data }: StepWitness, l1: L1Checks) {
    this.#state = state
    this.#data = data
    this.#l1 = l1
  }

  finish(): void {
    if (!this.#used && this.#data.length > 0) throw invalid('no data', `${this.#data.length} bytes`)
  }

  input(index: number): Hash | undefined {
    this.#used = true
    const data = this.#data
    if (data.length % 32 !== 0 || bytesToHex(keccak256(data)) !== this.#state.inputs)
      throw invalid(`inputs with hash ${this.#state.inputs}`, `${data.length} other bytes`)
    const at = index * 32
    return at < data.length ? bytesToHex(data.subarray(at, at + 32)) : undefined
  }

  preimage(kind: number, key: Hash, offset: number): { bytes: Uint8Array; count: number } {
    this.#used = true
    if (kind === preimageKind.blob) return this.#blob(key, offset)
    if (kind === preimageKind.chunked) return this.#chunked(key, offset)
    if (kind === preimageKind.precompile) return this.#precompile(key, offset)
    const hash = kind === preimageKind.sha256 ? sha256 : keccak256
    if (bytesToHex(hash(this.#data)) !== key) throw invalid(`data with hash ${key}`, 'other data')
    return part(this.#data, offset)
  }

  #blob(key: Hash, offset: number) {
    const data = this.#data
    const length = offset < BLOB_BYTES ? 128 : 0
    if (data.length !== length) throw invalid(`${length} bytes of data`, `${data.length}`)
    if (length === 0) return { bytes: new Uint8Array(LEAF_BYTES), count: 0 }
    const [commitment, proof, value] = [data.subarray(0, 48), data.subarray(48, 96), data.subarray(96)]
    const z = blobPoint(offset / LEAF_BYTES)
    if (!this.#l1.blobValue({ versionedHash: key, z, value, commitment, proof }))
      throw invalid(`the value of blob ${key} at ${offset}`, 'another')
    return { bytes: value, count: LEAF_BYTES }
  }

  #chunked(key: Hash, offset: number) {
    const open = openChunked(key, this.#data)
    if (!open) throw invalid(`length and root of ${key}`, 'others')
    const { length, root, rest } = open
    const depth = chunkDepth(length)
    const left = length - BigInt(offset)
    const wanted = left > 0n ? CHUNK_BYTES + 32 * depth : 0
    if (rest.length !== wanted) throw invalid(`${wanted} bytes of chunk and path`, `${rest.length}`)
    if (wanted === 0) return { bytes: new Uint8Array(LEAF_BYTES), count: 0 }
    const chunk = rest.subarray(0, CHUNK_BYTES)
    const path = Array.from({ length: depth }, (_, i) =>
      rest.subarray(CHUNK_BYTES + 32 * i, CHUNK_BYTES + 32 * i + 32),
    )
    if (bytesToHex(rootFrom(Math.floor(offset / CHUNK_BYTES), keccak256(chunk), path)) !== bytesToHex(root))
      throw invalid(`a chunk of ${key}`, 'another')
    const at = offset % CHUNK_BYTES
    return part(chunk.subarray(at, at + (left < BigInt(LEAF_BYTES) ? Number(left) : LEAF_BYTES)), 0)
  }

  #precompile(key: Hash, offset: number) {
    const data = this.#data
    const number = data.length < 32 ? -1n : BigInt(bytesToHex(data.subarray(0, 32)))
    const call = { number: Number(number), input: data.subarray(32) }
    if (!precompiles.has(call.number) || precompileKey(call) !== key)
      throw invalid(`number and input of ${key}`, 'others')
    return part(precompileResult(this.#l1.precompile(call.number, call.input)), offset)
  }
}

/** 32 bytes from an offset on, zeros beyond the end. */
function part(data: Uint8Array, offset: number): { bytes: Uint8Array; count: number } {
  const bytes = new Uint8Array(LEAF_BYTES)
  bytes.set(data.subarray(offset, offset + LEAF_BYTES))
  return { bytes, count: Math.min(Math.max(data.length - offset, 0), LEAF_BYTES) }
}

/**
 * Checks one step as L1 does: from the state and what the witness shows of it alone.
 * @returns the state after the step
 * @throws {BaseError} `PROVING_INVALID_WITNESS` when the witness is not the one of the step
 */
export function checkStep(shown: StepWitness, l1: L1Checks): MachineState {
  const { state } = shown
  const { status, pc, sp, fp, pages, output } = state
  const registers: Registers = { status, pc, sp, fp, pages, output }
  const leaves = new ProofLeaves(state, shown.proof)
  const data = new ShownData(shown, l1)
  step(registers, leaves, data)
  leaves.finish()
  data.finish()
  return { ...state, ...registers, ramRoot: bytesToHex(leaves.ramRoot) }
}
