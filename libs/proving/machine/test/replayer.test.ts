import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { bytesToHex, hexToBytes, type Hash } from '@animechain/core'
import { Machine, Replayer, hashNode, loadProgram, parts, witness, type HostData } from '../src/index.js'
import { counter, deepening, preimageReader } from './modules.js'
import { randomModule, randomNumbers } from './randomModule.js'
import { hashesOf, host, replaySeed } from './replaySeed.js'

const none: HostData = { inputs: [], preimage: () => undefined }

test('the replayer is what its source compiles to', async () => {
  // In a process of its own: the compiler is slow to load in a test.
  const script = fileURLToPath(new URL('../scripts/buildReplayer.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--check'])
  expect(stdout).toMatch(/^\d+ bytes$/m)
})

describe('on random modules, the replayer', () => {
  test('has the state hash of the machine after every step, and the end that V8 comes to', async () => {
    const ends = { halted: 0, trapped: 0, running: 0 }
    let steps = 0
    for (let seed = 1; steps < 40_000; seed++) {
      const outcome = await replaySeed(seed)
      expect([seed, outcome.differences]).toEqual([seed, []])
      steps += outcome.steps
      ends[outcome.end]++
    }
    expect(Math.min(ends.halted, ends.trapped)).toBeGreaterThan(10)
  }, 300_000)

  test('goes to any step in any order, and gives the same witness there', async () => {
    const random = randomNumbers(7)
    for (const seed of [13, 20, 39]) {
      const program = loadProgram(randomModule(seed))
      const { hashes } = hashesOf(program, 10_000)
      const replayer = await Replayer.create(program, host)
      for (let i = 0; i < 60; i++) {
        const step = random(hashes.length + 20)
        replayer.seek(BigInt(step))
        const reached = Math.min(step, hashes.length)
        expect(replayer.position).toBe(BigInt(step))
        if (reached > 0) expect([step, replayer.stateHash()]).toEqual([step, hashes[reached - 1]])
        if (i % 6 > 0) continue
        const machine = new Machine(program, host)
        machine.run(reached)
        expect(replayer.state).toEqual(machine.state())
        expect(witness(replayer.state, program, replayer, host)).toEqual(machine.witness())
      }
    }
  }, 60_000)

  test('starts over with other inputs and data as a new one does, wherever it stood', async () => {
    const random = randomNumbers(11)
    const other: HostData = {
      ...host,
      inputs: [`0x${'5c'.repeat(32)}`, `0x${'f1'.repeat(32)}`],
      preimage: (kind, key) => hexToBytes(`${key}1${kind}`).slice(2),
    }
    let differ = 0
    for (const seed of [13, 20, 39, 41, 57]) {
      const program = loadProgram(randomModule(seed))
      const replayer = await Replayer.create(program, host, { snapshots: { states: 2 } })
      const reached: string[] = []
      for (const data of [other, host, other]) {
        replayer.seek(BigInt(random(10_000)))
        replayer.startOver(data)
        expect(replayer.snapshots).toEqual([0n])
        expect([replayer.position, replayer.end]).toEqual([0n, undefined])
        const fresh = await Replayer.create(program, data)
        for (const step of [0n, BigInt(random(1_000)), 10_000n]) {
          for (const one of [replayer, fresh]) one.seek(step)
          expect(replayer.state).toEqual(fresh.state)
          expect(replayer.end).toEqual(fresh.end)
        }
        reached.push(replayer.stateHash())
      }
      expect(reached[2]).toBe(reached[0])
      if (reached[1] !== reached[0]) differ++
    }
    expect(differ).toBe(5)
    const replayer = await Replayer.create(loadProgram(randomModule(13)), host)
    const inputs = Array<Hash>(2_049).fill(other.inputs[0]!)
    expect(() => replayer.startOver({ ...host, inputs })).toThrow('expected at most 2048 words, got 2049')
  }, 60_000)

  test('gives every leaf and its siblings', async () => {
    const program = loadProgram(randomModule(13))
    const { machine } = hashesOf(program, 1_000)
    const replayer = await Replayer.create(program, host)
    replayer.seek(1_000n)
    const ends = Object.values(parts).flatMap(({ first, leaves }) => [first, first + leaves - 1])
    for (const index of [...machine.ram.leaves().keys(), ...ends]) {
      expect(replayer.leaf(index)).toEqual(machine.ram.leaf(index))
      expect(replayer.siblings(index)).toEqual(machine.ram.siblings(index))
    }
    for (const place of [0, 1, 7, Math.ceil(program.instructions / 2) - 1, 2 ** 19 - 1]) {
      const { leaf, siblings } = replayer.codeLeaf(place)
      expect(leaf).toEqual(program.codeTree.leaf(place))
      expect(siblings).toEqual(program.codeTree.siblings(place))
    }
    expect(() => replayer.leaf(5)).toThrow('expected the index of a leaf of the RAM tree, got 5')
    expect(() => replayer.codeLeaf(2 ** 19)).toThrow('expected 0 to 524287, got 524288')
  })

  test('commits to strides of any length from any step', async () => {
    const program = loadProgram(randomModule(20))
    const { hashes } = hashesOf(program, 10_000)
    const replayer = await Replayer.create(program, host)
    for (const [from, height, log2Stride] of [
      [0, 5, 4],
      [3, 4, 3],
      [100, 6, 0],
      [64, 20, 5],
      [hashes.length - 1, 3, 0],
      [hashes.length, 2, 10],
      [hashes.length + 1, 0, 30],
    ] as const) {
      const commitment = replayer.commit({ from: BigInt(from), height, log2Stride })
      const leafAt = (i: number) => hashes[Math.min(from + (i + 1) * 2 ** log2Stride, hashes.length) - 1]!
      const leaves = Math.min(2 ** height, 64)
      for (let i = 0; i < leaves; i++) expect([from, i, commitment.leaf(i)]).toEqual([from, i, leafAt(i)])
      expect(commitment.leaf(2 ** height - 1)).toBe(leafAt(2 ** height - 1))
      if (height > 6) continue
      let nodes = Array.from({ length: leaves }, (_, i) => hexToBytes(leafAt(i)))
      while (nodes.length > 1)
        nodes = nodes.flatMap((node, i) => (i % 2 ? [] : [hashNode(node, nodes[i + 1]!)]))
      expect(commitment.root).toBe(bytesToHex(nodes[0]!))
    }
  })
})

describe('on long runs, the replayer', () => {
  test('keeps bounded states to go back to, and comes to the same hashes from each', async () => {
    const program = loadProgram(counter(2_500_000))
    const replayer = await Replayer.create(program, none, { snapshots: { states: 3, pages: 120 } })
    const length = replayer.run()!
    expect(length).toBeGreaterThan(3n * 2n ** 24n)
    expect(replayer.registers.status).toBe(1)
    expect(replayer.touchedPages).toBe(33)
    expect(replayer.snapshots.length).toBeGreaterThan(1)
    expect(replayer.snapshots.length).toBeLessThanOrEqual(3)
    expect(replayer.snapshots[0]).toBe(0n)
    const strides = replayer.commit({ from: 0n, height: 20, log2Stride: 20 })
    expect(strides.distinct).toBe(Number(length >> 20n) + 1)
    replayer.seek(length)
    expect(strides.leaf(2 ** 20 - 1)).toBe(replayer.stateHash())
    const other = await Replayer.create(program, none, { snapshots: { states: 1 } })
    for (const i of [0, 40, 17, 49, 16, 31, 1]) {
      replayer.seek(BigInt(i + 1) << 20n)
      expect([i, replayer.stateHash()]).toEqual([i, strides.leaf(i)])
    }
    expect(replayer.snapshots.length).toBeLessThanOrEqual(3)
    // Strides longer than what is run at a time, and without anything to go back to but the beginning.
    const coarse = other.commit({ from: 0n, height: 3, log2Stride: 23 })
    expect(coarse.leaf(2)).toBe(strides.leaf(23))
    expect(coarse.leaf(7)).toBe(strides.leaf(63))
    expect(other.snapshots).toEqual([0n])
  }, 120_000)

  test('traps at the bound of slots as the machine does', async () => {
    const program = loadProgram(deepening)
    const machine = new Machine(program)
    const length = machine.run()
    expect(machine.registers.status).toBe(2)
    expect(machine.registers.sp).toBe(65_536)
    const replayer = await Replayer.create(program, none)
    expect(replayer.run()).toBe(BigInt(length))
    expect(replayer.stateHash()).toBe(machine.hash())
    // Step by step, far up the stack.
    const last = replayer.commit({ from: BigInt(length - 64), height: 6, log2Stride: 0 })
    const again = new Machine(program)
    again.run(length - 64)
    for (let i = 0; i < 64; i++) {
      again.run(1)
      expect([i, last.leaf(i)]).toEqual([i, again.hash()])
    }
  }, 60_000)

  test('tells how far it is, and ends when that throws', async () => {
    const replayer = await Replayer.create(loadProgram(counter(100_000)), none)
    const seen: number[] = []
    const options = {
      from: 0n,
      height: 10,
      log2Stride: 10,
      onProgress: (strides: number) => void seen.push(strides),
    }
    const { distinct } = replayer.commit(options)
    expect(seen.at(-1)).toBe(distinct)
    const stop = new Error('enough')
    const onProgress = () => {
      throw stop
    }
    expect(() => replayer.commit({ ...options, onProgress })).toThrow(stop)
    expect(replayer.commit({ from: 0n, height: 10, log2Stride: 10 }).distinct).toBe(distinct)
  })
})

describe('what a run cannot go on without', () => {
  test('is named when nobody has a preimage, and the run goes on when somebody has', async () => {
    const program = loadProgram(preimageReader)
    const given = Uint8Array.from({ length: 50 }, (_, i) => i)
    const data: Uint8Array[] = []
    let asked = 0
    const late: HostData = { inputs: [], preimage: () => (asked++, data[0]) }
    const replayer = await Replayer.create(program, late)
    const before = new Machine(program, { inputs: [], preimage: () => undefined })
    let error: unknown
    try {
      before.run()
    } catch (cause) {
      error = cause
    }
    expect(error).toMatchObject({ code: 'PROVING_MISSING_PREIMAGE' })
    for (let i = 0; i < 2; i++)
      expect(() => replayer.run()).toThrow(
        expect.objectContaining({
          code: 'PROVING_MISSING_PREIMAGE',
          message: expect.stringContaining(`Nobody has the data of preimage 0x${'00'.repeat(32)}.`),
        }),
      )
    expect(replayer.state).toEqual(before.state())
    expect(() => replayer.commit({ from: 0n, height: 4, log2Stride: 2 })).toThrow('Nobody has the data')
    data.push(given)
    asked = 0
    const length = replayer.run()!
    expect(asked).toBe(1)
    const machine = new Machine(program, late)
    expect(BigInt(machine.run())).toBe(length)
    expect(replayer.state).toEqual(machine.state())
    expect(replayer.registers).toMatchObject({
      status: 1,
      output: `0x${bytesToHex(given.subarray(32)).slice(2).padEnd(64, '0')}`,
    })
  })

  test('is named when it writes to more memory than it may', async () => {
    const program = loadProgram(counter(100_000))
    const replayer = await Replayer.create(program, none, { pageLimit: 20 })
    expect(() => replayer.run()).toThrow(
      expect.objectContaining({
        code: 'PROVING_MEMORY',
        message: expect.stringMatching(/written to before step \d+, instruction \d+: 20\./),
      }),
    )
    const machine = new Machine(program)
    machine.run(Number(replayer.position))
    expect(replayer.stateHash()).toBe(machine.hash())
    await expect(Replayer.create(loadProgram(counter(1)), none, { pageLimit: 0 })).rejects.toThrow(
      'Invalid pageLimit: expected an integer from 1 to 32768, got 0.',
    )
  }, 60_000)

  test('is named when the program is no code that was loaded', async () => {
    const program = loadProgram(counter(1))
    const code = program.code.slice()
    code[0] = 0x03
    code.set([0xff, 0xff, 0xff, 0xff], 4)
    await expect(Replayer.create({ ...program, code }, none)).rejects.toThrow(
      'Invalid program: expected code that loadProgram made, got another at instruction 0.',
    )
  })
})
