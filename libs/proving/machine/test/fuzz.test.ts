import { expect, test } from '@jest/globals'
import { bytesToHex, isBaseError, type Hash } from '@animechain/core'
import {
  callExport,
  checkStep,
  CodeTree,
  hostData,
  inputsHash,
  loadProgram,
  Machine,
  ModuleError,
  opNames,
  parts,
  RamTree,
  stateHash,
  status,
  witness,
  type L1Checks,
  type Program,
} from '../src/index.js'
import { keccakModule } from '../../../core/src/keccakModule.js'
import { agree } from './agree.js'
import { fuzzCalls, fuzzModule, type Random } from './fuzzModule.js'

/** xorshift32: the same numbers in every run. */
function randomOf(seed: number): Random {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const ZERO: Hash = `0x${'00'.repeat(32)}`
const l1: L1Checks = { blobValue: () => false, precompile: () => undefined }

/** Loads, and runs what is accepted for a while; every hundredth step is proven. */
function survive(wasm: Uint8Array, entry: string | null): 'run' | 'refused' {
  let machine: Machine
  try {
    machine = new Machine(loadProgram(wasm, { entry }))
  } catch (error) {
    if (error instanceof ModuleError) return 'refused'
    throw error
  }
  try {
    for (let i = 0; i < 5 && machine.registers.status === status.running; i++) {
      const { witness } = machine.witness()
      const next = stateHash(checkStep(witness, l1))
      machine.run(1)
      expect(machine.hash()).toBe(next)
      machine.run(100)
    }
  } catch (error) {
    if (!isBaseError(error) || error.code !== 'PROVING_MISSING_PREIMAGE') throw error
  }
  return 'run'
}

test('random bytes are refused with an error of their own', () => {
  const random = randomOf(7)
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  for (let i = 0; i < 2_000; i++) {
    const bytes = Array.from({ length: random(200) }, () => random(256))
    survive(Uint8Array.from(i % 2 ? [...header, ...bytes] : bytes), null)
  }
  expect(survive(Uint8Array.from(header), null)).toBe('run')
})

test('modules with bytes changed, inserted and removed are refused or run', () => {
  const random = randomOf(11)
  const seeds = [keccakModule(), ...Array.from({ length: 20 }, () => fuzzModule(random))]
  const outcomes = { run: 0, refused: 0 }
  for (let i = 0; i < 1_500; i++) {
    const bytes = [...seeds[random(seeds.length)]!]
    for (let n = 1 + random(3); n > 0; n--) {
      const at = 8 + random(bytes.length - 8)
      if (random(4) === 0)
        bytes.splice(at, random(3), ...Array.from({ length: random(3) }, () => random(256)))
      else bytes[at] = random(256)
    }
    outcomes[survive(Uint8Array.from(bytes), null)]++
  }
  expect(outcomes.run).toBeGreaterThan(50)
  expect(outcomes.refused).toBeGreaterThan(50)
})

test('random programs give what V8 gives', () => {
  const random = randomOf(13)
  let values = 0
  for (let i = 0; i < 150; i++) {
    const outcomes = agree(fuzzModule(random), fuzzCalls(random, 6))
    values += outcomes.filter((outcome) => outcome !== 'trap').length
  }
  // Most programs get to their end.
  expect(values).toBeGreaterThan(300)
})

test('steps of random programs are proven', () => {
  const random = randomOf(17)
  let proven = 0
  for (let i = 0; i < 25; i++) {
    const program = loadProgram(fuzzModule(random), { entry: null })
    const machine = new Machine(program)
    for (const [name, ...values] of fuzzCalls(random, 4)) {
      let steps = 0
      callExport(
        {
          registers: machine.registers,
          slot: (index) => machine.slot(index),
          setSlot: (index, value) => machine.setSlot(index, value),
          run: () => {
            for (; machine.registers.status === status.running; steps++) {
              if (steps >= 60 && steps % 50 !== 0) {
                machine.run(1)
                continue
              }
              const next = stateHash(checkStep(machine.witness().witness, l1))
              machine.run(1)
              if (machine.hash() !== next) throw new Error(`program ${i}, ${name}, step ${steps}`)
              proven++
            }
          },
        },
        program,
        name,
        values,
      )
    }
  }
  expect(proven).toBeGreaterThan(2_000)
})

test('any state has one next state: code that no translation makes, registers and leaves at random', () => {
  const random = randomOf(23)
  const edges = [0, 1, 2, 31, 32, 65_535, 65_536, 2 ** 20 - 1, 2 ** 20, 2 ** 31, 2 ** 32 - 1]
  const number = () => (random(2) ? random(40) : edges[random(edges.length)]!)
  const codes = opNames.flatMap((name, code) => (name ? [code] : []))
  const statuses = new Map<number, number>()
  for (let i = 0; i < 1_500; i++) {
    const code = new Uint8Array(32)
    const view = new DataView(code.buffer)
    code[0] = random(20) ? codes[random(codes.length)]! : random(256)
    view.setUint32(4, random(3) ? random(8) : number())
    view.setBigInt64(8, random(3) ? BigInt(random(12) - 4) : BigInt(number()) << BigInt(random(2) * 31))
    const ram = new RamTree()
    for (let slot = 0; slot < 40; slot++)
      ram.patch(
        parts.slots.first + (slot >> 2),
        8 * (slot & 3),
        Uint8Array.from({ length: 8 }, (_, at) => (at < 4 ? random(9) && 0 : random(3) && 32 * random(8))),
      )
    ram.write(parts.memory.first + random(8), new Uint8Array(32).fill(random(256)))
    const codeTree = new CodeTree(code)
    const state = {
      ...{
        status: 0,
        pc: random(30) ? 0 : number(),
        sp: number(),
        fp: number(),
        pages: random(3) ? 1 : number(),
      },
      ...{ codeRoot: bytesToHex(codeTree.root()), ramRoot: bytesToHex(ram.root()) },
      ...{ inputs: inputsHash([ZERO, ZERO]), output: ZERO },
    }
    const host = hostData({ inputs: [ZERO, ZERO], preimages: [] })
    let made: ReturnType<typeof witness>
    try {
      made = witness(state, { codeTree } as Program, ram, host)
    } catch (error) {
      if (!isBaseError(error) || error.code !== 'PROVING_MISSING_PREIMAGE') throw error
      continue
    }
    const { next } = made
    expect(checkStep(made.witness, l1)).toEqual(next)
    for (const value of [next.pc, next.sp, next.fp, next.pages])
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true)
    if (next.status === status.trapped) expect(next).toEqual({ ...state, status: status.trapped })
    statuses.set(next.status, (statuses.get(next.status) ?? 0) + 1)
  }
  expect(statuses.get(status.running)).toBeGreaterThan(200)
  expect(statuses.get(status.trapped)).toBeGreaterThan(200)
})
