import { bytesToHex, keccak256Hex, type ChainKnowledge, type Hash, type ProofInputs } from '@animechain/core'
import { hostData, loadProgram, Machine, type Program } from '@animechain/proving-machine'

const op = {
  ...{ loop: 0x03, end: 0x0b, brIf: 0x0d, call: 0x10, drop: 0x1a, get: 0x20, set: 0x21, tee: 0x22 },
  ...{ load64: 0x29, store64: 0x37, i32: 0x41, add32: 0x6a, add64: 0x7c, mul64: 0x7e, empty: 0x40 },
}
const u = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...u(value >>> 7)])
const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)]
const section = (id: number, items: readonly number[][]): number[] => {
  const content = [...u(items.length), ...items.flat()]
  return [id, ...u(content.length), ...content]
}
/** A constant below 8,192. */
const i32 = (value: number): number[] => [op.i32, (value & 0x7f) | 0x80, value >>> 7]
const load = (address: number): number[] => [...i32(address), op.load64, 3, 0]

const [INPUT, PREIMAGE, OUTPUT] = [0, 1, 2]
const I32 = 0x7f
/** Where the words of the secret come to stand: far from what else is written. */
const SECRET_AT = 1_024
/** Words of the secret that the program reads. */
export const WORDS_READ = 4

/** Mixes words of a secret, which is named by the last input, into the output root before the block. */
const body = [
  ...[...i32(0), ...i32(0), op.call, INPUT, ...i32(2), ...i32(32), op.call, INPUT],
  ...[...i32(3), ...i32(64), op.call, INPUT],
  ...Array.from({ length: WORDS_READ }, (_, word) => [
    ...[...i32(0), ...i32(64), ...i32(32 * word), ...i32(SECRET_AT + 32 * word), op.call, PREIMAGE, op.drop],
  ]).flat(),
  ...[...i32(6), op.set, 0, op.loop, op.empty],
  ...[...i32(0), ...load(0), ...load(SECRET_AT), op.mul64, ...load(SECRET_AT + 64), op.add64],
  ...[...load(56), op.add64, op.store64, 3, 0],
  ...[op.get, 0, op.i32, 0x7f, op.add32, op.tee, 0, op.brIf, 0, op.end],
  ...[...i32(0), op.call, OUTPUT, op.end],
]

export const secretProgram: Program = loadProgram(
  Uint8Array.from([
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
  ]),
)

/** Sixteen words that stand nowhere else. */
export const secret: Uint8Array = Uint8Array.from({ length: 512 }, (_, i) =>
  Number((BigInt(keccak256Hex(Uint8Array.of(i >> 5))) >> BigInt(8 * (i & 31))) & 0xffn),
)
export const secretRules: Hash = keccak256Hex(secret)
export const secretGenesis: Hash = `0x${'a7'.repeat(32)}`

/** What a node knows of one batch of blocks of the program. From `wrongFrom` on its outputs are made up. */
export function secretChain(
  { acc, lastBlock }: { acc: Hash; lastBlock: bigint },
  wrongFrom?: bigint,
): ChainKnowledge {
  const inputsOf = (before: Hash, block: bigint): ProofInputs => ({
    inputs: [before, acc, `0x${block.toString(16).padStart(64, '0')}`, secretRules],
    preimages: [secret],
    blobs: [],
    precompiles: [],
    sha256: [],
  })
  const right = [secretGenesis]
  for (let block = 1n; block <= lastBlock; block++) {
    const machine = new Machine(secretProgram, hostData(inputsOf(right.at(-1)!, block)))
    machine.run(10_000)
    right.push(machine.state().output)
  }
  const made = (block: bigint): Hash => keccak256Hex(new TextEncoder().encode(`made up ${block}`))
  return {
    batch: async (index) => (index === 0n ? { firstBlock: 1n, lastBlock, acc } : undefined),
    outputRoot: async (block) =>
      wrongFrom !== undefined && block >= wrongFrom && block <= lastBlock
        ? made(block)
        : right[Number(block)],
    proofInputs: async ({ block }) => inputsOf(right[Number(block - 1n)] ?? right.at(-1)!, block),
  }
}

export const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2)
