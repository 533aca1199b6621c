import { callExport, loadProgram, Machine, type CallOutcome } from '@animechain/proving-machine'

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

/** Runners by the names that `--engine` takes. */
export const wasmRunners: Readonly<Record<string, WasmRunner>> = { stepper }
