import {
  callExport,
  loadProgram,
  Machine,
  Replayer,
  replayerModule,
  type Callable,
  type CallOutcome,
  type Registers,
} from '@animechain/proving-machine'

/** A module that was accepted, its functions called one after the other. */
export interface WasmInstance {
  /** Runs the start function. */
  start(): CallOutcome
  /** Calls an exported function; values are unsigned. */
  invoke(name: string, values: readonly bigint[]): CallOutcome
  /** An exported global. */
  global(name: string): bigint
}

/** What the core tests are run on. */
export interface WasmRunner {
  readonly name: string
  /** @throws {ModuleError} when it refuses the module */
  load(wasm: Uint8Array): WasmInstance
}

/** The specification's stepper in TypeScript. */
export const stepper: WasmRunner = {
  name: 'stepper',
  load(wasm) {
    const program = loadProgram(wasm, { entry: null })
    const machine = new Machine(program)
    return {
      start: () => callExport(machine, program, undefined),
      invoke: (name, values) => callExport(machine, program, name, values),
      global: (name) => machine.global(program.globals.get(name)!.index),
    }
  },
}

/** A replayer whose functions are called from outside. */
class CallableReplayer implements Callable {
  readonly registers: Registers
  readonly #replayer: Replayer
  #slots = new Map<number, bigint>()

  constructor(replayer: Replayer) {
    this.#replayer = replayer
    this.registers = replayer.registers
  }

  slot(index: number): bigint {
    return this.#replayer.slot(index)
  }

  setSlot(index: number, value: bigint): void {
    this.#slots.set(index, value)
  }

  run(steps: number): void {
    this.#replayer.restart(this.registers, this.#slots)
    this.#slots = new Map()
    this.#replayer.run(BigInt(steps))
    Object.assign(this.registers, this.#replayer.registers)
  }
}

const module = await replayerModule()

/** What replays runs of millions of steps, in WebAssembly. */
export const replayer: WasmRunner = {
  name: 'replayer',
  load(wasm) {
    const program = loadProgram(wasm, { entry: null })
    const machine = new Replayer(module, program, { inputs: [], preimage: () => undefined })
    const callable = new CallableReplayer(machine)
    return {
      start: () => callExport(callable, program, undefined),
      invoke: (name, values) => callExport(callable, program, name, values),
      global: (name) => machine.global(program.globals.get(name)!.index),
    }
  },
}

/** Runners by the names that `--engine` takes. */
export const wasmRunners: Readonly<Record<string, WasmRunner>> = { stepper, replayer }
