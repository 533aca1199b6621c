import { bytesToHex, type Hash } from '@animechain/core'
import type { HostData } from './host.js'
import { LEAF_BYTES, PAGE_BYTES, parts, status } from './opcodes.js'
import type { Program } from './program.js'
import { inputsHash, stateHash, ZERO_WORD, type MachineState, type Registers } from './state.js'
import { slotBytes, slotOf, step, type Leaves } from './step.js'
import { RamTree } from './tree.js'
import { Host, witness, type StepWitness } from './witness.js'

/**
 * A run of a program, step by step, on a tree of plain maps: what the specification says, without care for speed (about a million steps a second).
 * For long runs there is the replayer, which it is held against.
 */
export class Machine {
  readonly program: Program
  readonly registers: Registers
  readonly ram: RamTree
  readonly #host: HostData
  readonly #reads: Host
  readonly #leaves: Leaves
  readonly #inputs: Hash

  /** @param host what it reads; without inputs and data by default */
  constructor(program: Program, host: HostData = { inputs: [], preimage: () => undefined }) {
    this.program = program
    this.registers = { status: status.running, pc: 0, sp: 0, fp: 0, pages: program.pages, output: ZERO_WORD }
    this.ram = new RamTree(program.ram)
    this.#host = host
    this.#reads = new Host(host)
    this.#inputs = inputsHash(host.inputs)
    this.#leaves = {
      code: (leaf) => program.codeTree.leaf(leaf),
      read: (index) => this.ram.leaf(index),
      write: (index, at, bytes) => this.ram.patch(index, at, bytes),
    }
  }

  /** Runs up to so many steps, less when it halts or traps. Returns how many were done. */
  run(steps = Infinity): number {
    let done = 0
    while (done < steps && this.registers.status === status.running) {
      step(this.registers, this.#leaves, this.#reads)
      done++
    }
    return done
  }

  slot(index: number): bigint {
    return slotOf(this.ram.leaf(parts.slots.first + (index >>> 2)), index)
  }

  setSlot(index: number, value: bigint): void {
    this.ram.patch(parts.slots.first + (index >>> 2), 8 * (index & 3), slotBytes(value))
  }

  global(index: number): bigint {
    return slotOf(this.ram.leaf(parts.globals.first + (index >>> 2)), index)
  }

  /** Puts bytes into the memory, between runs. */
  writeMemory(address: number, bytes: Uint8Array): void {
    if (address + bytes.length > this.registers.pages * PAGE_BYTES)
      throw new RangeError(
        `expected bytes inside of ${this.registers.pages} pages, got ${bytes.length} at ${address}`,
      )
    for (let done = 0; done < bytes.length;) {
      const [leaf, at] = [Math.floor((address + done) / LEAF_BYTES), (address + done) % LEAF_BYTES]
      const part = bytes.subarray(done, done + LEAF_BYTES - at)
      this.ram.patch(parts.memory.first + leaf, at, part)
      done += part.length
    }
  }

  /** A copy of the whole memory. */
  memory(): Uint8Array {
    const { first, leaves } = parts.memory
    const out = new Uint8Array(this.registers.pages * PAGE_BYTES)
    for (const [index, leaf] of this.ram.leaves())
      if (index >= first && index < first + leaves) out.set(leaf, (index - first) * LEAF_BYTES)
    return out
  }

  /** The present state. */
  state(): MachineState {
    const { codeRoot } = this.program
    return { ...this.registers, codeRoot, ramRoot: bytesToHex(this.ram.root()), inputs: this.#inputs }
  }

  hash(): Hash {
    return stateHash(this.state())
  }

  /** The witness of the next step, and the state after it; the machine stays where it is. */
  witness(): { witness: StepWitness; next: MachineState } {
    return witness(this.state(), this.program, this.ram, this.#host)
  }
}
