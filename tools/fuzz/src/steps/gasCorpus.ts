import { bytesToHex, hexToBytes, keccak256Hex, sha256, type Hash } from '@animechain/core'
import {
  RamTree,
  chunkedKey,
  hostData,
  kinds,
  op,
  opNames,
  precompileKey,
  type HostContents,
  type MachineState,
  type StepWitness,
} from '@animechain/proving-machine'
import { blsPoint, blsTwist, bnPoint, bnTwist, word } from '../precompileInput.js'
import { randomFrom, type Random } from '../random.js'
import { linearBlob } from './hostReads.js'
import { setInstruction, setMemory, setWord, takeStep, type Instruction, type MadeState } from './state.js'

// The dearest step of every instruction and host read. What a step costs is what its calldata costs, so the dearest is the one with most accesses;
// leaves and siblings have hardly a zero byte.

const LEAF = 32
const SP = 22
/** field b of instructions that have one: an offset, a height */
const B = 5n

/** A step and what it is. */
export interface CorpusStep {
  name: string
  witness: StepWitness
  next: MachineState
}

/** Numbers of a step's own, so that its bytes, and with them its gas, stay when others come or go. */
function numbersOf(name: string): Random {
  return randomFrom(Number(BigInt(keccak256Hex(new TextEncoder().encode(name))) & 0xffff_ffffn))
}

/** A state with slots, globals, table and memory full of bytes. */
function fullState(random: Random, contents: HostContents = {}): MadeState {
  const ram = new RamTree()
  for (let slot = 0; slot < SP + 4; slot++) setWord(ram, 'slots', slot, BigInt(bytesToHex(random.bytes(8))))
  for (let global = 0; global < 8; global++)
    setWord(ram, 'globals', global, BigInt(bytesToHex(random.bytes(8))))
  for (let leaf = 0; leaf < 8; leaf++) setMemory(ram, LEAF * leaf, random.bytes(LEAF))
  const inputs = Array.from({ length: 4 }, () => bytesToHex(random.bytes(LEAF)))
  return {
    ...{ pc: 5, sp: SP, fp: 4, pages: 2, ram },
    code: random.bytes(16 * 8),
    host: hostData({ inputs, ...contents }),
  }
}

/** Sets the operands, the topmost first. */
function operands({ ram, sp }: MadeState, ...values: number[]): void {
  values.forEach((value, i) => setWord(ram, 'slots', sp - 1 - i, BigInt(value)))
}

/** The instruction in the form in which it has most accesses. */
function dearest(made: MadeState, opcode: number): Instruction {
  // The last byte of a leaf and, unless there is no more, what follows in the next. Field b is added to it.
  const last = LEAF - 1 - Number(B)
  if (kinds[opcode] === 'load') operands(made, last)
  if (kinds[opcode] === 'store') setWord(made.ram, 'slots', made.sp - 2, BigInt(last))
  switch (opcode) {
    case op.memory_copy:
      operands(made, 100, 3 * LEAF - 5, LEAF)
      break
    case op.memory_fill:
      operands(made, 100, 0xab, LEAF)
      break
    case op.callIndirect:
      operands(made, 2)
      setWord(made.ram, 'table', 2, (1n << 63n) | (7n << 32n) | 77n)
      return { opcode, a: 7, b: 8n }
    case op.i32_clz:
    case op.i64_clz:
    case op.i32_ctz:
    case op.i64_ctz:
      operands(made, 0)
      break
    case op.memory_grow:
      operands(made, 1)
      return { opcode, a: 100 }
    case op.input:
      operands(made, LEAF, 3)
      break
    case op.output:
      operands(made, LEAF)
      break
    default:
  }
  return { opcode, a: 3, b: B }
}

function stepOf(name: string, made: MadeState, instruction: Instruction): CorpusStep {
  setInstruction(made.code, made.pc, instruction)
  const { witness, next } = takeStep(made)
  if (next.status === 2) throw new Error(`${name}: expected a step that does not trap, got a trap`)
  return { name, witness, next }
}

const instructions = (): CorpusStep[] =>
  opNames.flatMap((name, opcode) => {
    if (name === undefined || opcode === op.unreachable || opcode === op.preimage) return []
    const made = fullState(numbersOf(name))
    return [stepOf(name.replace('_', '.'), made, dearest(made, opcode))]
  })

function readStep(
  name: string,
  read: HostContents & { kind: number; key: Hash; offset: number },
): CorpusStep {
  const { kind, key, offset, ...contents } = read
  const made = fullState(numbersOf(name), contents)
  setMemory(made.ram, 2 * LEAF, hexToBytes(key))
  operands(made, LEAF, offset, 2 * LEAF, kind)
  return stepOf(`preimage ${name}`, made, { opcode: op.preimage })
}

/** Bytes that are not zero: the dearest calldata. */
const dense = (random: Random, length: number) => random.bytes(length).map((byte) => byte || 1)

/** The largest of each kind that the proof program can ask for (docs/spec/machine.md, section 6). */
function reads(): CorpusStep[] {
  const preimage = dense(numbersOf('preimage'), 120_000)
  const { blob, versionedHash, commitment, proof } = linearBlob(2n ** 250n + 12_345n, 2n ** 251n + 54_321n)
  const leaf = dense(numbersOf('leaf'), 4_097)
  // 1,024 chunks and one more.
  const chunked = new Uint8Array(4_096 * 1_024 + 1).fill(0xc7)
  return [
    readStep('keccak256, 120,000 bytes', {
      ...{ kind: 0, key: keccak256Hex(preimage), offset: 64, preimages: [preimage] },
    }),
    readStep('blob', {
      ...{ kind: 1, key: versionedHash, offset: 32 * 2_731, blobs: [{ versionedHash, blob }] },
      blobProof: () => ({ commitment, proof }),
    }),
    readStep('chunked, 4 MiB', {
      ...{ kind: 2, key: chunkedKey(chunked), offset: 64, chunked: [chunked] },
    }),
    readStep('sha256, 4,097 bytes', {
      ...{ kind: 4, key: bytesToHex(sha256(leaf)), offset: 64, sha256: [leaf] },
    }),
  ]
}

/** Good input of every precompile, as long as a rollup takes it, and bad input as long; undefined where there is no bad one. */
function calls(): [name: string, number: number, good: string, bad?: string][] {
  const infinity = `c0${'00'.repeat(47)}`
  const zero = '010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014'
  const offCurve = (bytes: number) => 'f7'.repeat(bytes)
  const many = (item: string, bad: string, count: number): [string, string] => [
    item.repeat(count),
    item.repeat(count - 1) + bad,
  ]
  const scalar = (3n ** 160n).toString(16).padStart(64, '0').slice(-64)
  const signature = `${'5b'.repeat(32)}${word(28n)}${'4c'.repeat(32)}${'3d'.repeat(32)}`
  return [
    ['ecrecover', 1, signature, signature.replace('1c', '1d')],
    ['bn254 add', 6, bnPoint(5n) + bnPoint(7n), bnPoint(5n) + offCurve(64)],
    ['bn254 multiply', 7, bnPoint(5n) + scalar, offCurve(64) + scalar],
    ['bn254 pairing, 192 pairs', 8, ...many(bnPoint(5n) + bnTwist(6n), bnPoint(5n) + offCurve(128), 192)],
    [
      'point evaluation',
      10,
      zero + word(7n) + word(0n) + infinity + infinity,
      zero + word(7n) + word(1n) + infinity + infinity,
    ],
    ['BLS G1 add', 11, blsPoint(5n) + blsPoint(7n), blsPoint(5n) + offCurve(128)],
    ['BLS G1 multi-scalar, 256 products', 12, ...many(blsPoint(5n) + scalar, offCurve(160), 256)],
    ['BLS G2 add', 13, blsTwist(5n) + blsTwist(7n), blsTwist(5n) + offCurve(256)],
    ['BLS G2 multi-scalar, 128 products', 14, ...many(blsTwist(5n) + scalar, offCurve(288), 128)],
    ['BLS pairing, 96 pairs', 15, ...many(blsPoint(5n) + blsTwist(6n), offCurve(384), 96)],
    ['BLS map to G1', 16, word(3n ** 200n, 64), offCurve(64)],
    ['BLS map to G2', 17, word(3n ** 200n, 64) + word(3n ** 201n, 64), offCurve(128)],
    ['p256', 256, '5b'.repeat(160)],
  ]
}

/** A call, and whether the precompile takes the input: that is what the step reads, so nothing else of the result is needed. */
export function callStep(name: string, number: number, input: string, takes: boolean): CorpusStep {
  const call = { number, input: Uint8Array.from(Buffer.from(input, 'hex')) }
  return readStep(name, {
    ...{ kind: 3, key: precompileKey(call), offset: 0 },
    precompiles: [{ ...call, output: takes ? new Uint8Array() : undefined }],
  })
}

const precompiles = (): CorpusStep[] =>
  calls().flatMap(([name, number, good, bad]) => [
    callStep(name, number, good, true),
    // A signature that is not valid is no failure.
    ...(bad === undefined ? [] : [callStep(`${name}, refused`, number, bad, number === 1)]),
  ])

/** All of them; the same on every run. */
export const gasCorpus = (): CorpusStep[] => [...instructions(), ...reads(), ...precompiles()]
