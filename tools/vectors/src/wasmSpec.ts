import { ModuleError, type CallOutcome } from '@animechain/proving-machine'
import { Mismatch, same } from './outcome.js'
import { reduceModule, STUB_COUNTER, STUB_WITH_EFFECTS, type Reduced } from './wasmReduce.js'
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
  /** modules of which a part was accepted: see {@link reduceModule} */
  reduced: number
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
  reduced: 0,
  refused: new Map(),
  passed: 0,
  notApplicable: new Map(),
  failures: [],
})

const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1)

/** Thrown for a command about a module that was refused, or about a part of one that was. */
class NotApplicable extends Error {
  /** whether memory, table or globals would be others if it had been done */
  readonly hasEffects: boolean

  constructor(why: string, hasEffects = false) {
    super(why)
    this.hasEffects = hasEffects
  }
}

interface TestedInstance extends WasmInstance {
  /** A call that is made for its effects was not made: what comes after it would see another state. */
  fallBehind?(): void
}

/** A module of which only a part can be run: what needs the rest is not applicable. */
function partOf(instance: WasmInstance, { lost }: Reduced): TestedInstance {
  let stubs = instance.global(STUB_COUNTER)
  let isBehind = false
  const checked = (act: () => CallOutcome): CallOutcome => {
    if (isBehind) throw new NotApplicable('a call before it could not be made')
    const outcome = act()
    const called = instance.global(STUB_COUNTER) - stubs
    stubs += called
    if (called === 0n) return outcome
    throw new NotApplicable('it calls a function outside of the subset', called >= STUB_WITH_EFFECTS)
  }
  const kept = (name: string) => {
    const how = lost.get(name)
    if (how) throw new NotApplicable('its function or global is outside of the subset', how.hasEffects)
  }
  return {
    start: () => checked(() => instance.start()),
    invoke: (name, values) => {
      kept(name)
      return checked(() => instance.invoke(name, values))
    },
    global: (name) => {
      kept(name)
      return instance.global(name)
    },
    fallBehind: () => {
      isBehind = true
    },
  }
}

/** Runs a script: modules live on from one command to the next. */
export class WasmScriptRun {
  readonly #runner: WasmRunner
  readonly #files: ReadonlyMap<string, Uint8Array>
  readonly #counts: WasmCounts
  /** why the last module was refused */
  #reason = ''
  /** undefined: it was refused */
  #present: TestedInstance | undefined
  readonly #named = new Map<string, TestedInstance | undefined>()

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

  #load(command: Command): TestedInstance | undefined {
    const wasm = this.#wasm(command)
    let instance: TestedInstance | undefined = this.#accepted(wasm)
    const whole = instance !== undefined
    if (!whole) {
      const reduced = reduceModule(wasm)
      const part = reduced && this.#accepted(reduced.wasm)
      instance = part && partOf(part, reduced)
    }
    if (!instance) {
      count(this.#counts.refused, this.#reason)
      return undefined
    }
    same('start', instance.start().status, 'returned')
    if (whole) this.#counts.modules++
    else this.#counts.reduced++
    return instance
  }

  /** A module, unless it is refused as outside of the subset; the first refusal's reason is kept. */
  #accepted(wasm: Uint8Array): WasmInstance | undefined {
    try {
      return this.#runner.load(wasm)
    } catch (error) {
      if (!(error instanceof ModuleError) || error.code !== 'PROVING_UNSUPPORTED_MODULE') throw error
      this.#reason = error.reason
      return undefined
    }
  }

  #instance(name: string | undefined): TestedInstance {
    const instance = name === undefined ? this.#present : this.#named.get(name)
    if (!instance) throw new NotApplicable('its module is outside of the subset')
    return instance
  }

  #act(command: Command): CallOutcome {
    const { type, module, field, args = [] } = command.action!
    const instance = this.#instance(module)
    if (type === 'get') return { status: 'returned', values: [instance.global(field)] }
    const values = args.map(({ value }) => BigInt(value))
    try {
      return instance.invoke(field, values)
    } catch (error) {
      const { type: kind, expected = [] } = command
      const isForEffects = kind === 'action' || (kind === 'assert_return' && expected.length === 0)
      if (isForEffects && error instanceof NotApplicable && error.hasEffects) instance.fallBehind?.()
      throw error
    }
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
