import { describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  keccak256Hex,
  sha256,
  type Hash,
} from '@animechain/core'
import {
  blobPoint,
  checkStep,
  chunkedKey,
  hostData,
  loadProgram,
  Machine,
  op,
  precompileKey,
  precompileResult,
  stateHash,
  status,
  type HostContents,
  type L1Checks,
  type StepWitness,
} from '../src/index.js'
import { access, build, call, copy, fill, get, I32, I64, i32, i64, type ModuleSpec } from './moduleBuilder.js'

/** The imports in their order: functions 0, 1 and 2. */
const imports: ModuleSpec['imports'] = [
  { name: 'input', parameters: [I32, I32], results: [] },
  { name: 'preimage', parameters: [I32, I32, I32, I32], results: [I32] },
  { name: 'output', parameters: [I32], results: [] },
]
const [INPUT, PREIMAGE, OUTPUT] = [0, 1, 2] as const
const word = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
const bytes = (length: number, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7) & 0xff)

const blob = bytes(131_072, 3)
const versionedHash: Hash = `0x01${'ab'.repeat(31)}`
/** In place of KZG, which is the host's: what is tested is what is asked and handed on. */
const commitment = new Uint8Array(48).fill(1)
const proofOf = (z: Uint8Array, value: Uint8Array) =>
  concatBytes(keccak256(concatBytes(z, value)), new Uint8Array(16))
const elements = new Map([0, 5, 4095].map((index) => [bytesToHex(blobPoint(index)), index]))
const l1: L1Checks = {
  blobValue: ({ versionedHash: hash, z, value, commitment: c, proof }) =>
    hash === versionedHash &&
    bytesToHex(c) === bytesToHex(commitment) &&
    bytesToHex(proof) === bytesToHex(proofOf(z, value)),
  precompile: (number, input) => (number === 6 ? bytes(64, input.length) : undefined),
}

const preimages = [bytes(100), new Uint8Array()]
const chunked = [bytes(3 * 4096 + 50), bytes(20), new Uint8Array()]
const hashed = [bytes(4_097), new Uint8Array()]
const added = { number: 6, input: bytes(128) }
const failed = { number: 8, input: bytes(192) }
const contents: HostContents = {
  inputs: [word(11), word(22), word(33)],
  preimages,
  chunked,
  sha256: hashed,
  blobs: [{ versionedHash, blob }],
  precompiles: [
    { ...added, output: bytes(64, 128) },
    { ...failed, output: undefined },
  ],
  blobProof: (whole, z) => {
    const index = elements.get(bytesToHex(z))!
    return { commitment, proof: proofOf(z, whole.subarray(32 * index, 32 * index + 32)) }
  },
}

/** Runs to the end; every step is proven and checked, and its state compared with the run's. */
function everyStep(machine: Machine, steps = 10_000): StepWitness[] {
  const shown: StepWitness[] = []
  for (let i = 0; i < steps && machine.registers.status === status.running; i++) {
    const { witness, next } = machine.witness()
    const checked = stateHash(checkStep(witness, l1))
    machine.run(1)
    const expected = machine.hash()
    if (checked !== expected || stateHash(next) !== expected)
      throw new Error(
        `step ${i}, pc ${witness.state.pc}: expected ${expected}, got ${checked}, ${stateHash(next)}`,
      )
    shown.push(witness)
  }
  return shown
}

/** A program that does a little of everything, then gives the word at 32, an input, as output. */
const everything = build({
  imports,
  functions: [
    {
      name: 'run',
      locals: [I32, I64],
      body: [
        ...[...i32(29), ...i64(0x1122_3344_5566_7788n), ...access(op.i64_store)],
        ...[...i32(27), ...access(op.i64_load), op.local_tee, 1, op.global_set, 0],
        ...[...i32(61), ...i32(1), ...i32(40), ...copy, ...i32(64), ...i32(70), ...i32(70), ...copy],
        ...[...i32(100), ...i32(7), ...i32(50), ...fill],
        ...[...i32(1), op.memory_grow, 0, op.drop, op.memory_size, 0, op.drop],
        ...[...i32(1), ...i32(32), ...call(INPUT)],
        ...[op.global_get, 0, op.i32_wrap_i64, ...get(0), ...i32(0), op.select, op.local_set, 0],
        // The second function, whose type is the fifth.
        ...[...i32(0), op.callIndirect, 4, 0, op.drop, op.drop],
        ...[...i32(32), ...call(OUTPUT)],
      ],
    },
    { results: [I32, I64], body: [...i32(3), ...i64(4n)] },
  ],
  memory: [1, 2],
  table: { size: 1, elements: [[0, [4]]] },
  globals: [{ type: I64, value: 9n }],
  data: [[0, [...bytes(90)]]],
})

describe('a step', () => {
  test('of every kind is proven, and the run halts with its output', () => {
    const machine = new Machine(loadProgram(everything), hostData(contents))
    const shown = everyStep(machine)
    expect(machine.registers).toMatchObject({ status: status.halted, output: word(22) })
    expect(shown.length).toBeGreaterThan(60)
    // A state that is not running stays, and its witness is empty.
    const { witness, next } = machine.witness()
    expect([witness.proof, witness.data, next]).toEqual([[], new Uint8Array(), machine.state()])
    expect(checkStep(witness, l1)).toEqual(machine.state())
  })

  test('is refused when its witness has any word changed, one less or one more', () => {
    const machine = new Machine(loadProgram(everything), hostData(contents))
    const shown = everyStep(machine)
    const fails = (witness: StepWitness) =>
      expect(() => checkStep(witness, l1)).toThrow(
        expect.objectContaining({ code: 'PROVING_INVALID_WITNESS' }),
      )
    // One step with each number of words, so that each kind of access is there.
    const kinds = new Map(shown.map((witness) => [witness.proof.length, witness]))
    expect(kinds.size).toBeGreaterThan(8)
    for (const witness of kinds.values()) {
      for (const [i, value] of witness.proof.entries()) {
        const other = bytesToHex(hexToBytes(value).map((byte, at) => (at === i % 32 ? byte ^ 1 : byte)))
        fails({ ...witness, proof: witness.proof.with(i, other) })
      }
      fails({ ...witness, proof: witness.proof.slice(0, -1) })
      fails({ ...witness, proof: [...witness.proof, word(0)] })
      fails({ ...witness, data: concatBytes(witness.data, Uint8Array.of(0)) })
    }
  })

  test('that traps changes nothing but the status', () => {
    const machine = new Machine(
      loadProgram(
        build({
          functions: [{ name: 'run', body: [...i32(0), op.global_set, 0, op.unreachable] }],
          globals: [{ type: I32, value: 5n }],
        }),
      ),
    )
    machine.run(3)
    const before = machine.state()
    expect(before.pc).toBe(4)
    everyStep(machine)
    expect(machine.state()).toEqual({ ...before, status: status.trapped })
  })

  test('at the bounds of the state traps by the state alone', () => {
    const machine = new Machine(loadProgram(everything), hostData(contents))
    const state = machine.state()
    const traps = (changed: object) => {
      const { state: _, ...proof } = machine.witness().witness
      return (words: number) => {
        const checked = checkStep(
          { ...proof, proof: proof.proof.slice(0, words), state: { ...state, ...changed } },
          l1,
        )
        expect(checked).toEqual({ ...state, ...changed, status: status.trapped })
      }
    }
    // The first instruction is a call: it pushes.
    traps({ sp: 65_536 })(20)
    traps({ sp: 0xffff_ffff })(20)
    traps({ pc: 2 ** 20 })(0)
    traps({ pages: 65_537 })(0)
  })
})

/** Reads 32 bytes of what kind and key name, puts the count behind them, and gives them as output. */
const reading = (kind: number, key: Hash, offset: number, [out, keyAt] = [64, 0]) =>
  loadProgram(
    build({
      imports,
      functions: [
        {
          name: 'run',
          body: [
            ...[...i32(96), ...i32(kind), ...i32(keyAt), ...i32(offset), ...i32(out), ...call(PREIMAGE)],
            ...[...access(op.i32_store), ...i32(64), ...call(OUTPUT)],
          ],
        },
      ],
      memory: [1],
      data: [[0, [...hexToBytes(key)]]],
    }),
  )

const padded = (data: Uint8Array, offset: number) => {
  const out = new Uint8Array(32)
  out.set(data.subarray(offset, offset + 32))
  return bytesToHex(out)
}

describe('host reads', () => {
  const sum = precompileResult(bytes(64, 128))
  const failure = precompileResult(undefined)
  const cases: [string, number, Hash, Uint8Array, number[]][] = [
    ['a hash', 0, keccak256Hex(preimages[0]!), preimages[0]!, [0, 32, 64, 96, 128, 0xffff_ffe0]],
    ['the hash of nothing', 0, keccak256Hex(preimages[1]!), preimages[1]!, [0]],
    ['a blob', 1, versionedHash, blob, [0, 160, 131_040, 131_072, 0xffff_ffe0]],
    ['chunks', 2, chunkedKey(chunked[0]!), chunked[0]!, [0, 4064, 4096, 8192 + 32, 12_288, 12_320, 12_352]],
    ['one chunk', 2, chunkedKey(chunked[1]!), chunked[1]!, [0, 32]],
    ['no chunk', 2, chunkedKey(chunked[2]!), chunked[2]!, [0]],
    ['a result of a precompile', 3, precompileKey(added), sum, [0, 32, 64, 96, 128]],
    ['a failed precompile', 3, precompileKey(failed), failure, [0, 32, 64]],
    ['a SHA-256 hash', 4, bytesToHex(sha256(hashed[0]!)), hashed[0]!, [0, 32, 4_064, 4_096, 4_128]],
    ['the SHA-256 hash of nothing', 4, bytesToHex(sha256(hashed[1]!)), hashed[1]!, [0]],
  ]
  test.each(cases)('%s: bytes, count and witness', (_, kind, key, data, offsets) => {
    for (const offset of offsets) {
      const machine = new Machine(reading(kind, key, offset), hostData(contents))
      const shown = everyStep(machine)
      expect(machine.registers).toMatchObject({ status: status.halted, output: padded(data, offset) })
      expect(machine.memory()[96]).toBe(Math.min(32, Math.max(0, data.length - offset)))
      const read = shown.filter(({ data: d }) => d.length > 0)
      for (const witness of read)
        for (const i of [0, 31, 32, 63, 64, 127, witness.data.length - 1].filter(
          (i) => i < witness.data.length,
        )) {
          const other = Uint8Array.from(witness.data, (byte, at) => (at === i ? byte ^ 1 : byte))
          expect(() => checkStep({ ...witness, data: other }, l1)).toThrow('does not fit')
        }
    }
  })

  test('with pointers, kinds and offsets that are wrong trap, without data', () => {
    const key = keccak256Hex(preimages[0]!)
    const wrong = [
      reading(5, key, 0),
      reading(0, key, 16),
      reading(0, key, 0, [65, 0]),
      reading(0, key, 0, [65_536, 0]),
      reading(0, key, 0, [64, 8]),
      reading(0, key, 0, [64, 65_536]),
    ]
    for (const program of wrong) {
      const machine = new Machine(program, hostData(contents))
      const shown = everyStep(machine)
      expect(machine.registers.status).toBe(status.trapped)
      expect(shown.every(({ data }) => data.length === 0)).toBe(true)
    }
  })

  test('of an input that there is not trap, showing all inputs', () => {
    const body = [...i32(3), ...i32(0), ...call(INPUT)]
    const machine = new Machine(
      loadProgram(build({ imports, functions: [{ name: 'run', body }], memory: [1] })),
      hostData(contents),
    )
    const shown = everyStep(machine)
    expect(machine.registers.status).toBe(status.trapped)
    expect(shown.at(-1)!.data.length).toBe(96)
  })

  test('of what the host does not have are an error that says what is missing', () => {
    const machine = new Machine(reading(0, word(5), 0), hostData(contents))
    expect(() => machine.run()).toThrow(
      expect.objectContaining({
        code: 'PROVING_MISSING_PREIMAGE',
        message: expect.stringContaining(`kind 0, key ${word(5)}`),
      }),
    )
  })
})

test('the points of a blob are the roots of unity of EIP-4844, in bit-reversed order', () => {
  const modulus = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
  const point = (index: number) => BigInt(bytesToHex(blobPoint(index)))
  expect(point(0)).toBe(1n)
  expect(point(1)).toBe(modulus - 1n)
  // Index 2^11 is the first power of the primitive root of order 4,096; index 2^10 its square.
  expect(bytesToHex(blobPoint(2048))).toBe(
    '0x564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306',
  )
  expect((point(2048) * point(2048)) % modulus).toBe(point(1024))
  expect((point(2) * point(2)) % modulus).toBe(point(1))
})
