import {
  callExport,
  loadProgram,
  Machine,
  opNames,
  replayerModule,
  status,
  type Callable,
  type Program,
  type Registers,
  type Replayer,
} from '@animechain/proving-machine'
import {
  newWasmCounts,
  readFolders,
  WasmScriptRun,
  type WasmCounts,
  type WasmInstance,
  type WasmRunner,
} from '@animechain/tool-vectors/suites'
import type { Random } from '../random.js'
import type { TakenStep } from './compare.js'
import { opcodeAt, openReplayer, stepOfBoth } from './lockstep.js'

const module = await replayerModule()
const NOTHING = { inputs: [], preimage: () => undefined }

/** Steps of an instruction that are taken whatever comes, steps at most, and traps at most. */
const [FIRST, MOST, MOST_TRAPS] = [20, 200, 60]
/** After the first ones one of so many is taken. */
const EVERY = 500

/** Chooses which steps of the core tests are compared: some of every instruction, and of its traps. */
class Choice {
  readonly #random: Random
  readonly #taken = opNames.map(() => 0)
  readonly #traps = opNames.map(() => 0)

  constructor(random: Random) {
    this.#random = random
  }

  step(opcode: number): boolean {
    const taken = this.#taken[opcode]!
    const chosen = taken < FIRST || (taken < MOST && this.#random.rarely(EVERY))
    if (chosen) this.#taken[opcode]!++
    return chosen
  }

  trap(opcode: number): boolean {
    return this.#traps[opcode]!++ < MOST_TRAPS
  }
}

/** A machine and a replayer that make the same calls, and give some of the steps. */
class Lockstep implements Callable {
  readonly registers: Registers
  readonly #program: Program
  readonly #machine: Machine
  readonly #replayer: Replayer
  readonly #choice: Choice
  readonly #give: (step: TakenStep) => void
  #slots = new Map<number, bigint>()

  constructor(program: Program, choice: Choice, give: (step: TakenStep) => void) {
    this.#program = program
    this.#machine = new Machine(program)
    this.#replayer = openReplayer(module, program, NOTHING)
    this.registers = this.#machine.registers
    this.#choice = choice
    this.#give = give
  }

  slot(index: number): bigint {
    return this.#replayer.slot(index)
  }

  global(index: number): bigint {
    return this.#replayer.global(index)
  }

  setSlot(index: number, value: bigint): void {
    this.#machine.setSlot(index, value)
    this.#slots.set(index, value)
  }

  run(steps: number): void {
    this.#replayer.restart(this.registers, this.#slots)
    this.#slots = new Map()
    const hasTrapped = () => this.registers.status === status.trapped
    let done = 0
    while (done < steps && this.registers.status === status.running) {
      const opcode = opcodeAt(this.#program, this.registers.pc)
      const chosen = this.#choice.step(opcode)
      if (chosen) this.#give(stepOfBoth(this.#machine, this.#replayer, BigInt(done)))
      this.#machine.run(1)
      // A trap changes nothing but the status.
      if (hasTrapped() && !chosen && this.#choice.trap(opcode)) {
        this.registers.status = status.running
        this.#give(stepOfBoth(this.#machine, this.#replayer, BigInt(done)))
        this.#machine.run(1)
      }
      done++
    }
    this.#replayer.seek(BigInt(done))
    const [expected, got] = [this.registers, this.#replayer.registers].map(
      ({ status: ended, pc, sp, fp, pages }) =>
        `status ${ended}, pc ${pc}, sp ${sp}, fp ${fp}, ${pages} pages`,
    )
    if (expected !== got)
      throw new Error(`The replayer ends a call elsewhere: expected ${expected}, got ${got}.`)
  }
}

function runner(choice: Choice, give: (step: TakenStep) => void): WasmRunner {
  return {
    name: 'both',
    load(wasm): WasmInstance {
      const program = loadProgram(wasm, { entry: null })
      const both = new Lockstep(program, choice, give)
      return {
        start: () => callExport(both, program, undefined),
        invoke: (name, values) => callExport(both, program, name, values),
        global: (name) => both.global(program.globals.get(name)!.index),
      }
    },
  }
}

/**
 * Runs the core tests of WebAssembly below a folder on the machine and the replayer, and gives some steps of every instruction.
 * @returns what came of the tests themselves
 */
export async function* coreSteps(fixtures: string, random: Random): AsyncGenerator<TakenStep, WasmCounts> {
  const counts = newWasmCounts()
  const choice = new Choice(random)
  const folders = await readFolders(fixtures, (text) => void counts.failures.push(text))
  for (const { scripts, modules } of folders.values())
    for (const script of scripts.values()) {
      const taken: TakenStep[] = []
      new WasmScriptRun(
        runner(choice, (step) => void taken.push(step)),
        modules,
        counts,
      ).run(script)
      yield* taken
    }
  return counts
}
