import { bytesToHex, hexToBytes, type Hash } from '@animechain/core'
import { loadProgram, Machine, Replayer, type HostData, type Program } from '../src/index.js'
import { randomModule } from './randomModule.js'

const inputs: Hash[] = [`0x${'a1'.repeat(32)}`, `0x${'0b'.repeat(32)}`]
/** Has data for every key. */
export const host: HostData = {
  inputs,
  preimage: (kind, key) => hexToBytes(`${key}0${kind}`).slice(3),
  precompile: () => ({ number: 6, input: new Uint8Array(4) }),
}

/** Steps of a random module that are compared, and the height of a commitment to as many. */
const HEIGHT = 12

/** Runs a module on V8: its output when it halts, undefined when it traps. */
function runOnV8(wasm: Uint8Array): Hash | undefined {
  const halt = new Error('halted')
  let output: Hash | undefined
  const at = (pointer: number) => {
    const memory = new Uint8Array((instance.exports.memory as WebAssembly.Memory).buffer)
    check(pointer % 32 === 0 && (pointer >>> 0) + 32 <= memory.length)
    return memory.subarray(pointer >>> 0, (pointer >>> 0) + 32)
  }
  const check = (condition: boolean) => {
    if (!condition) throw new Error('trap')
  }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    host: {
      input(index: number, out: number) {
        check(inputs[index] !== undefined)
        at(out).set(hexToBytes(inputs[index]!))
      },
      preimage(kind: number, key: number, offset: number, out: number) {
        const word = at(out)
        const name = bytesToHex(at(key))
        check(offset % 32 === 0 && kind >>> 0 <= 3)
        const piece = host.preimage(kind, name)!.subarray(offset >>> 0, (offset >>> 0) + 32)
        word.fill(0)
        word.set(piece)
        return piece.length
      },
      output(value: number) {
        output = bytesToHex(at(value))
        throw halt
      },
    },
  })
  try {
    ;(instance.exports.run as () => void)()
  } catch (error) {
    if (error === halt) return output
  }
  return undefined
}

/** The state hash after each step of the machine that is written for clarity, up to the step with which it ends. */
export function hashesOf(program: Program, limit: number): { hashes: Hash[]; machine: Machine } {
  const machine = new Machine(program, host)
  const hashes: Hash[] = []
  while (hashes.length < limit && machine.run(1) === 1) hashes.push(machine.hash())
  return { hashes, machine }
}

/** What came of a random module. */
export interface SeedOutcome {
  steps: number
  end: 'halted' | 'trapped' | 'running'
  differences: string[]
}

/** Runs a random module step by step on the machine and in the replayer, and as a whole on V8: all states and the end must be the same. */
export async function replaySeed(seed: number): Promise<SeedOutcome> {
  const wasm = randomModule(seed)
  const program = loadProgram(wasm)
  const { hashes, machine } = hashesOf(program, 2 ** HEIGHT)
  const replayer = await Replayer.create(program, host)
  const differences: string[] = []
  const compare = (what: string, got: unknown, expected: unknown) => {
    if (got !== expected) differences.push(`${what}: expected ${String(expected)}, got ${String(got)}`)
  }
  compare('first state', replayer.stateHash(), new Machine(program, host).hash())
  const commitment = replayer.commit({ from: 0n, height: HEIGHT, log2Stride: 0 })
  const first = hashes.findIndex((hash, i) => hash !== commitment.leaf(i))
  compare('first step with another state', first, -1)
  const end = (['running', 'halted', 'trapped'] as const)[machine.registers.status]!
  if (end === 'running') return { steps: hashes.length, end, differences }
  compare('steps', replayer.end, BigInt(hashes.length))
  const output = runOnV8(wasm)
  compare('end', end, output === undefined ? 'trapped' : 'halted')
  if (output !== undefined) compare('output', replayer.registers.output, output)
  return { steps: hashes.length, end, differences }
}
