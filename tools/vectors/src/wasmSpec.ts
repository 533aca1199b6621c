import { ModuleError, type CallOutcome } from '@animechain/proving-machine'
import { Mismatch, same } from './outcome.js'
import type { WasmInstance, WasmRunner } from './wasmRunners.js'

/** What wast2json makes of a script of WebAssembly's core tests. */
export interface WasmScript {
  source_filename: string
  commands: Command[]
}

interface Command {
  type: string
  line: number
  name?: string
  as?: string
  filename?: string
  module_type?: string
  action?: { type: string; module?: string; field: string; args?: Value[] }
  expected?: Value[]
  text?: string
}

interface Value {
  type: string
  value: string
}

/** What came of a script's commands. */
export interface WasmCounts {
  /** modules that were accepted and, where they have a start function, started */
  modules: number
  /** modules that were refused as outside of the subset, by reason */
  refused: Map<string, number>
  passed: number
  /** commands that need a module that was refused, by kind of command */
  notApplicable: Map<string, number>
  /** what did not come out as the script says */
  failures: string[]
}

export const newWasmCounts = (): WasmCounts => ({
  modules: 0,
  refused: new Map(),
  passed: 0,
  notApplicable: new Map(),
  failures: [],
})

const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1)

/** Thrown for a command about a module that was refused. */
class NotApplicable extends Error {}

/** Runs a script: modules live on from one command to the next. */
export class WasmScriptRun {
  readonly #runner: WasmRunner
  readonly #files: ReadonlyMap<string, Uint8Array>
  readonly #counts: WasmCounts
  /** undefined: it was refused */
  #present: WasmInstance | undefined
  readonly #named = new Map<string, WasmInstance | undefined>()

  constructor(runner: WasmRunner, files: ReadonlyMap<string, Uint8Array>, counts: WasmCounts) {
    this.#runner = runner
    this.#files = files
    this.#counts = counts
  }

  run(script: WasmScript): void {
    for (const command of script.commands) {
      try {
        if (this.#command(command)) this.#counts.passed++
      } catch (error) {
        if (error instanceof NotApplicable)
          count(this.#counts.notApplicable, `${command.type}: ${error.message}`)
        else {
          const text = error instanceof Error ? error.message.split('\n')[0] : String(error)
          this.#counts.failures.push(`${script.source_filename}:${command.line} ${command.type}: ${text}`)
        }
      }
    }
  }

  /** Returns whether the command asserts something, which then holds. */
  #command(command: Command): boolean {
    switch (command.type) {
      case 'module':
        this.#present = this.#load(command)
        if (command.name) this.#named.set(command.name, this.#present)
        return false
      case 'register':
        // Nothing can be imported from it; commands may name it.
        if (command.as) this.#named.set(command.as, this.#instance(command.name))
        return false
      case 'action':
        this.#returned(command)
        return false
      case 'assert_return':
        this.#assertReturn(command)
        return true
      case 'assert_trap':
      case 'assert_exhaustion':
        same('outcome', this.#act(command).status, command.type === 'assert_trap' ? 'trapped' : 'exhausted')
        return true
      case 'assert_uninstantiable':
        return this.#assertUninstantiable(command)
      case 'assert_malformed':
      case 'assert_invalid':
      case 'assert_unlinkable':
        return this.#assertRefused(command)
      default:
        throw new Mismatch('command', 'one of wast2json', command.type)
    }
  }

  #wasm({ filename }: Command): Uint8Array {
    const wasm = this.#files.get(filename ?? '')
    if (!wasm) throw new Error(`The file ${filename} is missing.`)
    return wasm
  }

  #load(command: Command): WasmInstance | undefined {
    let instance: WasmInstance
    try {
      instance = this.#runner.load(this.#wasm(command))
    } catch (error) {
      if (!(error instanceof ModuleError) || error.code !== 'PROVING_UNSUPPORTED_MODULE') throw error
      count(this.#counts.refused, error.reason)
      return undefined
    }
    same('start', instance.start().status, 'returned')
    this.#counts.modules++
    return instance
  }

  #instance(name: string | undefined): WasmInstance {
    const instance = name === undefined ? this.#present : this.#named.get(name)
    if (!instance) throw new NotApplicable('its module is outside of the subset')
    return instance
  }

  #act({ action }: Command): CallOutcome {
    const { type, module, field, args = [] } = action!
    const instance = this.#instance(module)
    if (type === 'get') return { status: 'returned', values: [instance.global(field)] }
    return instance.invoke(
      field,
      args.map(({ value }) => BigInt(value)),
    )
  }

  #returned(command: Command): bigint[] {
    const outcome = this.#act(command)
    same('outcome', outcome.status, 'returned')
    return outcome.status === 'returned' ? outcome.values : []
  }

  #assertReturn(command: Command): void {
    const values = this.#returned(command)
    same('values', values.join(), (command.expected ?? []).map(({ value }) => BigInt(value)).join())
  }

  /** The module is accepted and traps in its start function, or a segment is outside: that the loader refuses. */
  #assertUninstantiable(command: Command): boolean {
    try {
      same('start', this.#runner.load(this.#wasm(command)).start().status, 'trapped')
    } catch (error) {
      if (!(error instanceof ModuleError)) throw error
      if (/segment outside/.test(error.reason)) return true
      throw new NotApplicable('its module is outside of the subset')
    }
    return true
  }

  /** What is no module, or cannot be linked, must be refused for whatever reason. Text is not for us. */
  #assertRefused(command: Command): boolean {
    if (command.module_type === 'text') throw new NotApplicable('text format')
    try {
      this.#runner.load(this.#wasm(command))
    } catch (error) {
      if (error instanceof ModuleError) return true
      throw error
    }
    throw new Mismatch('module', `refused (${command.text})`, 'accepted')
  }
}
