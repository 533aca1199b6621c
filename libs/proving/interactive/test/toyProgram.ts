import { concatBytes, hexToBytes, keccak256Hex, type Hash } from '@animechain/core'
import { hostData, loadProgram, Machine, type Program } from '@animechain/proving-machine'

const op = {
  ...{ loop: 0x03, if: 0x04, end: 0x0b, brIf: 0x0d, call: 0x10, drop: 0x1a },
  ...{ get: 0x20, set: 0x21, tee: 0x22, load64: 0x29, load8: 0x2d, store64: 0x37, i32: 0x41, i64: 0x42 },
  ...{ less: 0x49, add32: 0x6a, add64: 0x7c, mul64: 0x7e, extend: 0xad, empty: 0x40 },
  ...{ grow: 0x40, copy: [0xfc, 0x0a], fill: [0xfc, 0x0b] },
}

/** unsigned LEB128 */
const u = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...u(value >>> 7)])
const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)]
const section = (id: number, items: readonly number[][]): number[] => {
  const content = [...u(items.length), ...items.flat()]
  return [id, ...u(content.length), ...content]
}
/** A constant below 8,192. */
const i32 = (value: number): number[] => [op.i32, (value & 0x7f) | 0x80, value >>> 7]

const [INPUT, PREIMAGE, OUTPUT] = [0, 1, 2]
const I32 = 0x7f

/** Turns of the loop: some hundred steps. */
const TURNS = 12

/**
 * The output root before the block, its first eight bytes mixed with the block's number `TURNS` times, where the block is in the batch (its first block and number of
 * blocks are read from what the accumulator hashes); else as it was.
 */
const body = [
  ...[0, 1, 2].flatMap((index) => [...i32(index), ...i32(32 * index), op.call, INPUT]),
  // words 2 and 3 of the preimage of input 1
  ...[2, 3].flatMap((word) => [
    ...i32(0),
    ...i32(32),
    ...i32(32 * word),
    ...i32(32 + 32 * word),
    op.call,
    PREIMAGE,
    op.drop,
  ]),
  // number < first + count
  ...[...i32(95), op.load8, 0, 0, ...i32(127), op.load8, 0, 0, ...i32(159), op.load8, 0, 0],
  ...[op.add32, op.less, op.if, op.empty, ...i32(TURNS), op.set, 0, op.loop, op.empty],
  ...[...i32(0), ...i32(0), op.load64, 3, 0, op.i64, 0xad, 0xfe, 0xd5, 0xe4, 0x05, op.mul64],
  ...[...i32(95), op.load8, 0, 0, op.extend, op.add64, op.store64, 3, 0],
  // counts down
  ...[op.get, 0, op.i32, 0x7f, op.add32, op.tee, 0, op.brIf, 0, op.end, op.end],
  // A page more, with some bytes that are filled, and copied to where they overlap.
  ...[...i32(1), op.grow, 0, op.drop],
  ...[...i32(1_024), ...i32(7), ...i32(80), ...op.fill, 0],
  ...[...i32(1_040), ...i32(1_024), ...i32(80), ...op.copy, 0, 0],
  ...[...i32(0), op.call, OUTPUT, op.end],
]

/** A program of some hundred steps that reads its inputs and a preimage, grows its memory, fills and copies. */
export const toyModule: Uint8Array = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [
    [0x60, 2, I32, I32, 0],
    [0x60, 4, I32, I32, I32, I32, 1, I32],
    [0x60, 1, I32, 0],
    [0x60, 0, 0],
  ]),
  ...section(
    2,
    ['input', 'preimage', 'output'].map((name, i) => [...text('host'), ...text(name), 0, i]),
  ),
  ...section(3, [[3]]),
  ...section(5, [[0, 1]]),
  ...section(7, [[...text('run'), 0, 3]]),
  ...section(10, [[...u(body.length + 3), 1, 1, I32, ...body]]),
])

export const toyProgram: Program = loadProgram(toyModule)

/** What the program reads for a block. `batch` is what the accumulator hashes. */
export const toyInputs = (before: Hash, batch: Uint8Array, block: bigint, rules: Hash) => ({
  inputs: [before, keccak256Hex(batch), `0x${block.toString(16).padStart(64, '0')}` as Hash, rules],
  preimages: [batch],
  blobs: [],
  precompiles: [],
  sha256: [],
})

/** The output root after a block. */
export function toyOutput(before: Hash, batch: Uint8Array, block: bigint, rules: Hash): Hash {
  const machine = new Machine(toyProgram, hostData(toyInputs(before, batch, block, rules)))
  machine.run(100_000)
  return machine.state().output
}

/** Something for the accumulator to hash, with the two words that the program reads in their places. */
export function toyBatch(index: number, firstBlock: bigint, blocks: number): Uint8Array {
  const word = (value: bigint): Uint8Array => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
  return concatBytes(word(0n), word(BigInt(index)), word(firstBlock), word(BigInt(blocks)))
}
