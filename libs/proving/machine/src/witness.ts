import { BaseError, bytesToHex, concatBytes, hexToBytes, keccak256, type Hash } from '@animechain/core'
import { blobPoint } from './blobPoint.js'
import { chunkedWitness } from './chunked.js'
import { joinInputs, preimageKind, type HostData } from './host.js'
import { LEAF_BYTES } from './opcodes.js'
import type { Program } from './program.js'
import type { MachineState, Registers } from './state.js'
import { step, type HostReads, type Leaves } from './step.js'
import { hashNode } from './tree.js'

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

/** Reads of a host over its data. What a witness must show of a read is left in `data`. */
export class Host implements HostReads {
  data: Uint8Array = new Uint8Array()
  readonly #host: HostData
  readonly #witness: boolean

  /** @param witness whether to gather what a witness must show */
  constructor(host: HostData, witness = false) {
    this.#host = host
    this.#witness = witness
  }

  input(index: number): Hash | undefined {
    if (this.#witness) this.data = joinInputs(this.#host.inputs)
    return this.#host.inputs[index]
  }

  /** @throws {BaseError} `PROVING_MISSING_PREIMAGE` when the host does not have the data */
  preimage(kind: number, key: Hash, offset: number): { bytes: Uint8Array; count: number } {
    const data = this.#host.preimage(kind, key)
    if (!data) throw missing(kind, key, 'data')
    const bytes = new Uint8Array(LEAF_BYTES)
    bytes.set(data.subarray(offset, offset + LEAF_BYTES))
    if (this.#witness) this.data = this.#show(kind, key, offset, data)
    return { bytes, count: Math.min(Math.max(data.length - offset, 0), LEAF_BYTES) }
  }

  #show(kind: number, key: Hash, offset: number, data: Uint8Array): Uint8Array {
    if (kind === preimageKind.keccak256 || kind === preimageKind.sha256) return data
    if (kind === preimageKind.chunked) return chunkedWitness(data, offset)
    if (kind === preimageKind.precompile) {
      const call = this.#host.precompile?.(key)
      if (!call) throw missing(kind, key, 'number and input')
      return concatBytes(hexToBytes(`0x${call.number.toString(16).padStart(64, '0')}`), call.input)
    }
    if (offset >= data.length) return new Uint8Array()
    const shown = this.#host.blobProof?.(data, blobPoint(offset / LEAF_BYTES))
    if (!shown) throw missing(kind, key, 'KZG proof')
    return concatBytes(shown.commitment, shown.proof, data.subarray(offset, offset + LEAF_BYTES))
  }
}

function missing(kind: number, key: Hash, what: string): BaseError {
  return new BaseError('The witness has no preimage: the host does not know what the program reads.', {
    code: 'PROVING_MISSING_PREIMAGE',
    docsPath: '/spec/machine.md',
    metaMessages: [`Expected the ${what} of kind ${kind}, key ${key}, got none.`],
  })
}

/** Accesses leaves of a source and writes down what each needs to be checked: what earlier writes of the step changed is taken from them. */
class Recorder implements Leaves {
  readonly proof: Hash[] = []
  readonly #program: Program
  readonly #source: LeafSource
  readonly #leaves = new Map<number, Uint8Array>()
  readonly #nodes = new Map<number, Uint8Array>()

  constructor(program: Program, source: LeafSource) {
    this.#program = program
    this.#source = source
  }

  /** The root after the writes; undefined when there were none. */
  get root(): Hash | undefined {
    const root = this.#nodes.get(1)
    return root && bytesToHex(root)
  }

  code(leaf: number): Uint8Array {
    const { codeTree } = this.#program
    this.#put(codeTree.leaf(leaf), codeTree.siblings(leaf))
    return codeTree.leaf(leaf)
  }

  read(index: number): Uint8Array {
    const leaf = this.#leaves.get(index) ?? this.#source.leaf(index)
    this.#put(leaf, this.#siblings(index))
    return leaf
  }

  write(index: number, at: number, bytes: Uint8Array): void {
    const leaf = this.read(index).slice()
    leaf.set(bytes, at)
    this.#leaves.set(index, leaf)
    let node = keccak256(leaf)
    this.#nodes.set(index, node)
    let place = index
    for (const sibling of this.#siblings(index)) {
      node = (place & 1) === 0 ? hashNode(node, sibling) : hashNode(sibling, node)
      place >>>= 1
      this.#nodes.set(place, node)
    }
  }

  #siblings(index: number): Uint8Array[] {
    return this.#source
      .siblings(index)
      .map((sibling, level) => this.#nodes.get((index >>> level) ^ 1) ?? sibling)
  }

  #put(leaf: Uint8Array, siblings: readonly Uint8Array[]): void {
    this.proof.push(bytesToHex(leaf), ...siblings.map(bytesToHex))
  }
}

/**
 * The one witness of the step from a state, and the state after it.
 * @throws {BaseError} `PROVING_MISSING_PREIMAGE` when the step reads what the host does not have
 */
export function witness(
  state: MachineState,
  program: Program,
  source: LeafSource,
  host: HostData,
): { witness: StepWitness; next: MachineState } {
  const { status, pc, sp, fp, pages, output } = state
  const registers: Registers = { status, pc, sp, fp, pages, output }
  const recorder = new Recorder(program, source)
  const reads = new Host(host, true)
  step(registers, recorder, reads)
  return {
    witness: { state, proof: recorder.proof, data: reads.data },
    next: { ...state, ...registers, ramRoot: recorder.root ?? state.ramRoot },
  }
}
