import { bytesToHex, type Hash } from '@animechain/core'
import type { RamTree } from '@animechain/proving-machine'
import {
  CodeTree,
  inputsHash,
  parts,
  programHash,
  witness,
  type HostData,
  type MachineState,
  type StepWitness,
} from '@animechain/proving-machine'

/** bytes of a leaf and of an instruction */
const [LEAF, INSTRUCTION] = [32, 16]

/** An instruction of flat code. */
export interface Instruction {
  opcode: number
  /** taken modulo 2^32 */
  a?: number
  /** taken modulo 2^64 */
  b?: bigint
}

/** A state that no run need have led to: registers, and the leaves that are not zero. */
export interface MadeState {
  pc: number
  sp: number
  fp: number
  pages: number
  ram: RamTree
  code: Uint8Array
  host: HostData
}

/** Puts a slot, a global or an entry of the table into the tree; nothing for a place that is none. */
export function setWord(
  ram: RamTree,
  part: 'slots' | 'globals' | 'table',
  place: number,
  value: bigint,
): void {
  if (place < 0 || place >= 4 * parts[part].leaves) return
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value))
  ram.patch(parts[part].first + (place >>> 2), 8 * (place & 3), bytes)
}

/** Puts bytes into one leaf of the memory; those that do not fit in it are left out. */
export function setMemory(ram: RamTree, address: number, bytes: Uint8Array): void {
  const leaf = Math.floor(address / LEAF)
  if (leaf >= parts.memory.leaves) return
  ram.patch(parts.memory.first + leaf, address % LEAF, bytes.subarray(0, LEAF - (address % LEAF)))
}

/** Writes an instruction into flat code. */
export function setInstruction(
  code: Uint8Array,
  place: number,
  { opcode, a = 0, b = 0n }: Instruction,
): void {
  const view = new DataView(code.buffer, code.byteOffset + INSTRUCTION * place, INSTRUCTION)
  view.setUint8(0, opcode)
  view.setUint32(4, a >>> 0)
  view.setBigUint64(8, BigInt.asUintN(64, b))
}

/** The witness of the step from a state, and the state after it, by the TypeScript machine. */
export function takeStep(made: MadeState): { witness: StepWitness; next: MachineState } {
  const { pc, sp, fp, pages, ram, code, host } = made
  const codeTree = new CodeTree(code)
  const codeRoot = bytesToHex(codeTree.root())
  const ramRoot = bytesToHex(ram.root())
  const state: MachineState = {
    ...{ status: 0, pc, sp, fp, pages, codeRoot, ramRoot },
    inputs: inputsHash(host.inputs),
    output: ZERO,
  }
  const program = {
    ...{ codeRoot, codeTree, ramRoot, pages, code, ram: ram.leaves() },
    hash: programHash({ codeRoot, ramRoot, pages }),
    instructions: code.length / INSTRUCTION,
    functions: new Map(),
    globals: new Map(),
    entryEnd: 0,
  }
  return witness(state, program, ram, host)
}

const ZERO: Hash = `0x${'0'.repeat(64)}`
