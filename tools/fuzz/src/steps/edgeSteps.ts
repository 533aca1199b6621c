import { bytesToHex, hexToBytes } from '@animechain/core'
import {
  RamTree,
  accessBytes,
  kinds,
  limits,
  op,
  opNames,
  type MachineState,
  type StepWitness,
} from '@animechain/proving-machine'
import type { Random } from '../random.js'
import type { Readable } from './hostReads.js'
import { setInstruction, setMemory, setWord, takeStep, type Instruction, type MadeState } from './state.js'

// States and instructions where something ends: the stack, the memory, a leaf, a table, the range of a number, the data.

const LEAF = 32
const PAGE = 65_536
/** Instructions to choose from: all, and more often those that read and write most. */
const known = [
  ...opNames.flatMap((name, opcode) => (name === undefined ? [] : [opcode])),
  ...[op.memory_copy, op.memory_fill, op.callIndirect, op.input, op.output].flatMap((code) => [code, code]),
  ...new Array<number>(16).fill(op.preimage),
]

/** Numbers where ranges, signs, widths and distances end. */
const numbers = [
  ...[0n, 1n, 2n, 3n, 7n, 8n, 31n, 32n, 33n, 63n, 64n, 65n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn],
  ...[0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0001n],
  ...[0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_8000_0000n],
  ...[0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn],
]

function number(random: Random): bigint {
  if (random.rarely(4)) return BigInt(bytesToHex(random.bytes(8)))
  return random.pick(numbers)
}

/** The low 32 bits that an operand of 32 bits has, below others that do not count. */
function withDirt(random: Random, value: number): bigint {
  const high = random.rarely(4) ? BigInt(random.below(2 ** 32)) << 32n : 0n
  return high | BigInt(value >>> 0)
}

/** An address at the edge of a leaf or of the memory. */
function address(random: Random, pages: number): number {
  const end = pages * PAGE
  const base = random.rarely(4) ? end - LEAF * random.below(3) : LEAF * random.below(6)
  return Math.max(0, base + random.below(2 * LEAF + 1) - LEAF)
}

/** Which host data an operand names is decided with the key. */
interface Draft extends MadeState {
  random: Random
  readable: Readable
}

/** Sets the operand so many below the top. */
function operand(draft: Draft, below: number, value: bigint): void {
  setWord(draft.ram, 'slots', draft.sp - 1 - below, value)
}

const offset = (random: Random, fp: number): number =>
  random.rarely(6)
    ? random.pick([-fp - 1, -fp, limits.slots - fp - 1, limits.slots - fp, -(2 ** 31), 2 ** 31 - 1])
    : random.below(12) - Math.min(fp, 6)

function makeMemoryAccess(draft: Draft, opcode: number): Instruction {
  const { random, pages } = draft
  const at = address(random, pages)
  const part = random.rarely(3) ? random.pick([0, at, Math.floor(at / 2), 0xffff_ffff]) : 0
  const b = BigInt(part)
  operand(draft, kinds[opcode] === 'store' ? 1 : 0, withDirt(random, at - part))
  if (kinds[opcode] === 'store') operand(draft, 0, number(random))
  for (let i = 0; i < 2; i++) setMemory(draft.ram, LEAF * (Math.floor(at / LEAF) + i), random.bytes(LEAF))
  return { opcode, b }
}

function makeBulk(draft: Draft, opcode: number): Instruction {
  const { random, pages, ram } = draft
  const to = address(random, pages)
  // Overlapping ones in either direction, and others.
  const from = random.rarely(3) ? address(random, pages) : Math.max(0, to + random.below(70) - 35)
  const count = random.pick([0, 1, 2, 31, 32, 33, 64, 100, 0xffff_ffff, random.below(40)])
  for (const at of [from, to, from + count, to + count])
    for (let i = -1; i < 2; i++) {
      const leaf = Math.floor(at / LEAF) + i
      if (leaf >= 0 && leaf * LEAF < 2 ** 32) setMemory(ram, LEAF * leaf, random.bytes(LEAF))
    }
  operand(draft, 2, withDirt(random, to))
  operand(draft, 1, opcode === op.memory_fill ? number(random) : withDirt(random, from))
  operand(draft, 0, withDirt(random, count))
  return { opcode }
}

function pointer(draft: Draft): number {
  const { random, pages } = draft
  if (random.rarely(8)) return address(random, pages)
  return Math.max(0, LEAF * random.pick([0, 1, 2, 3, 4, pages * (PAGE / LEAF) - 1]))
}

function makeHost(draft: Draft, opcode: number): Instruction {
  const { random, ram, readable } = draft
  const out = pointer(draft)
  operand(draft, 0, withDirt(random, out))
  if (opcode === op.output) setMemory(ram, out - (out % LEAF), random.bytes(LEAF))
  if (opcode === op.input) operand(draft, 1, withDirt(random, random.pick([0, 1, 2, 3, 4, 0xffff_ffff])))
  if (opcode === op.preimage) {
    const kind = random.rarely(12) ? 5 + random.below(9) : random.below(5)
    const named = random.pick(readable.keys[kind % 5]!)
    const at = pointer(draft)
    setMemory(ram, at - (at % LEAF), hexToBytes(named.key))
    const where = random.rarely(3)
      ? random.pick([named.length, 2 ** 32 - LEAF, 131_072])
      : random.below(named.length + 1)
    const aligned = random.rarely(12) ? where : where - (where % LEAF)
    operand(draft, 1, withDirt(random, aligned))
    operand(draft, 2, withDirt(random, at))
    operand(draft, 3, withDirt(random, kind))
  }
  return { opcode }
}

function makeControl(draft: Draft, opcode: number): Instruction {
  const { random, ram, fp } = draft
  const target = random.pick([0, 1, 77, limits.instructions - 1, limits.instructions, 2 ** 32 - 1])
  switch (opcode) {
    case op.branch:
    case op.return: {
      const height = random.pick([-fp - 1, -fp, 0, 1, limits.slots - fp, limits.slots - fp + 1])
      const b = random.rarely(8) ? number(random) : BigInt(height)
      operand(draft, 0, number(random))
      return { opcode, a: target, b }
    }
    case op.jumpTable: {
      const n = random.pick([0, 1, 5, limits.instructions - 1, limits.instructions, 2 ** 32 - 1])
      operand(draft, 0, random.rarely(2) ? BigInt(n) : number(random))
      return { opcode, a: n }
    }
    case op.callIndirect: {
      const entries = random.pick([1n, 5n, 6n, 65_535n, 65_536n, 65_537n, 2n ** 64n - 1n])
      const index = random.rarely(2) ? random.below(6) : random.pick([65_534, 65_535, 65_536, 2 ** 32 - 1])
      const type = random.pick([0, 1, 2, 65_535, 2 ** 31 - 1, 2 ** 31])
      const own = (1n << 63n) | (BigInt(type) << 32n) | 9n
      const entry = random.rarely(2) ? own : random.pick([0n, (BigInt(type) << 32n) | 9n, 1n << 63n])
      setWord(ram, 'table', index, entry)
      operand(draft, 0, withDirt(random, index))
      return { opcode, a: type, b: entries }
    }
    default: {
      for (let i = 0; i < 3; i++) operand(draft, i, random.rarely(2) ? withDirt(random, 0) : number(random))
      return { opcode, a: target }
    }
  }
}

function makeVariable(draft: Draft, opcode: number): Instruction {
  const { random, ram, fp, pages } = draft
  const a = offset(random, fp)
  setWord(ram, 'slots', fp + a, number(random))
  operand(draft, 0, number(random))
  if (opcode === op.global_get || opcode === op.global_set) {
    const global = random.pick([0, 1, 2, 3, 1_022, 1_023, 1_024, 2 ** 32 - 1])
    setWord(ram, 'globals', global, number(random))
    return { opcode, a: global }
  }
  if (opcode === op.memory_grow) {
    operand(draft, 0, withDirt(random, random.pick([0, 1, 2, 10, 65_535, 65_536, 2 ** 32 - 1])))
    return { opcode, a: random.pick([0, pages, pages + 1, pages + 10, 32_768, 2 ** 32 - 1]) }
  }
  if (opcode === op.move) return { opcode, a, b: BigInt(offset(random, fp)) }
  return { opcode, a, b: number(random) }
}

function makeInstruction(draft: Draft, opcode: number): Instruction {
  const { random } = draft
  if (accessBytes[opcode]) return makeMemoryAccess(draft, opcode)
  if (opcode === op.memory_copy || opcode === op.memory_fill) return makeBulk(draft, opcode)
  if (opcode >= op.input && opcode <= op.output) return makeHost(draft, opcode)
  if (opcode < op.local_get) return makeControl(draft, opcode)
  if (kinds[opcode] === undefined) return makeVariable(draft, opcode)
  const [x, y] = [number(random), number(random)]
  operand(draft, 0, y)
  operand(draft, 1, random.rarely(4) ? y : x)
  return { opcode, a: Number(BigInt.asUintN(32, x)), b: y }
}

const anyOpcode = (random: Random): number => (random.rarely(20) ? random.below(256) : random.pick(known))

/** A step that ends at some edge, with the state after it by the TypeScript machine. */
export function edgeStep(
  random: Random,
  readable: Readable,
  opcode = anyOpcode(random),
): { opcode: number; witness: StepWitness; next: MachineState } {
  // Most states have operands, and room for more.
  const sp = random.rarely(8)
    ? random.pick([0, 1, 2, 3, 4, limits.slots - 1, limits.slots, limits.slots + 1, 2 ** 32 - 1])
    : 4 + random.below(30)
  const fp = random.rarely(10)
    ? random.pick([0, limits.slots - 1, limits.slots, 2 ** 32 - 1])
    : Math.max(0, Math.min(sp, limits.slots) - random.below(12))
  const pages = random.rarely(6) ? random.pick([0, 32_768, 65_535, 65_536, 65_537]) : 1 + random.below(3)
  const pc = random.below(8)
  const code = random.bytes(16 * 8)
  const draft: Draft = { pc, sp, fp, pages, ram: new RamTree(), code, host: readable.host, random, readable }
  setWord(draft.ram, 'slots', fp, number(random))
  setInstruction(code, pc, makeInstruction(draft, opcode))
  if (random.rarely(200)) draft.pc = random.pick([limits.instructions, 2 ** 32 - 1])
  return { opcode, ...takeStep(draft) }
}
