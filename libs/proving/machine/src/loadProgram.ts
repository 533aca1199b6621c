import { bytesToHex } from '@animechain/core'
import { Code } from './code.js'
import { readModule, type Module } from './module.js'
import { LEAF_BYTES, op, parts } from './opcodes.js'
import type { ExportedFunction, Program } from './program.js'
import { ModuleError } from './reader.js'
import { programHash } from './state.js'
import { Translator, translateHost } from './translate.js'
import { CodeTree, RamTree } from './tree.js'

/** What of WebAssembly is used, under whatever host. */
interface WebAssemblyHost {
  WebAssembly: {
    validate(bytes: Uint8Array): boolean
    Module: new (bytes: Uint8Array) => unknown
  }
}

/** How a module is loaded. */
export interface LoadOptions {
  /**
   * The exported function to run after the start function; it takes and gives nothing. null for none: the program then runs its start function
   * only and traps, which is for tools that call functions by themselves. default: 'run'
   */
  entry?: string | null
}

/**
 * Loads a WebAssembly module: checks that it is within the machine's subset, translates it and hashes it (docs/spec/machine.md, sections 1 to 3).
 * @throws {ModuleError} with code `PROVING_UNSUPPORTED_MODULE` and the instruction or section and byte, when it is outside of the subset or its bounds;
 * with code `PROVING_INVALID_MODULE` when it is no valid module
 */
export function loadProgram(wasm: Uint8Array, { entry = 'run' }: LoadOptions = {}): Program {
  const module = readModule(wasm)
  const flat = translate(module, entry)
  validate(wasm)
  const code = flat.code.finish()
  const ram = firstLeaves(module, flat.places)
  const codeTree = new CodeTree(code)
  const codeRoot = bytesToHex(codeTree.root())
  const ramRoot = bytesToHex(new RamTree(ram).root())
  const pages = module.memory?.pages ?? 0
  return {
    hash: programHash({ codeRoot, ramRoot, pages }),
    ...{ codeRoot, codeTree, ramRoot, pages, code, ram },
    instructions: flat.code.count,
    entryEnd: flat.entryEnd,
    ...exportsOf(module, flat.places),
  }
}

/** The engine's own check, after ours has said more precisely what it can. */
function validate(wasm: Uint8Array): void {
  const { WebAssembly } = globalThis as unknown as WebAssemblyHost
  if (WebAssembly.validate(wasm)) return
  let cause: unknown
  try {
    new WebAssembly.Module(wasm)
  } catch (error) {
    cause = error
  }
  throw new ModuleError('PROVING_INVALID_MODULE', 'invalid WebAssembly', { cause })
}

function entryFunction({ exports, functions, types }: Module, entry: string): number {
  const found = exports.get(entry)
  const type = found?.kind === 0 ? types[functions[found.index]!] : undefined
  if (!found || !type || type.parameters.length + type.results.length > 0)
    throw new ModuleError('PROVING_UNSUPPORTED_MODULE', 'no entry', {
      section: 'export section',
      expected: `an exported function "${entry}" without parameters and results`,
      got: type ? 'one with' : 'none',
    })
  return found.index
}

/** Flat code of a module, and where each function begins. */
function translate(module: Module, entry: string | null) {
  const code = new Code()
  const translator = new Translator(code, module)
  const first = [module.start, entry === null ? undefined : entryFunction(module, entry)]
  for (const index of first) if (index !== undefined) translator.calls.push([code.emit(op.call), index])
  const entryEnd = code.emit(op.unreachable)
  const places = module.functions.map((typeIndex, index) => {
    const place = code.count
    const type = module.types[typeIndex]!
    const host = module.imports[index]
    if (host) translateHost(code, host, type)
    else translator.function(module.bodies[index - module.imports.length]!, type)
    return place
  })
  for (const [place, index] of translator.calls) code.setA(place, places[index]!)
  return { code, places, entryEnd }
}

function exportsOf({ exports, functions, types, globals }: Module, places: readonly number[]) {
  const out = {
    functions: new Map<string, ExportedFunction>(),
    globals: new Map<string, { index: number; type: 'i32' | 'i64' }>(),
  }
  for (const [name, { kind, index }] of exports) {
    if (kind === 0) out.functions.set(name, { pc: places[index]!, ...types[functions[index]!]! })
    if (kind === 3) out.globals.set(name, { index, type: globals[index]!.type })
  }
  return out
}

/** Leaves that the module fills before it starts. */
function firstLeaves(module: Module, places: readonly number[]): Map<number, Uint8Array> {
  const leaves = new Map<number, Uint8Array>()
  const leafOf = (index: number) => {
    let leaf = leaves.get(index)
    if (!leaf) leaves.set(index, (leaf = new Uint8Array(LEAF_BYTES)))
    return leaf
  }
  const putSlot = (part: 'globals' | 'table', at: number, value: bigint) => {
    const leaf = leafOf(parts[part].first + (at >>> 2))
    new DataView(leaf.buffer).setBigUint64(8 * (at & 3), value)
  }
  module.globals.forEach(({ value }, i) => putSlot('globals', i, value))
  for (const { offset, functions } of module.elements)
    functions.forEach((index, i) => {
      const type = module.distinct[module.functions[index]!]!
      putSlot('table', offset + i, (1n << 63n) | (BigInt(type) << 32n) | BigInt(places[index]!))
    })
  for (const { offset, bytes } of module.data)
    for (let done = 0; done < bytes.length;) {
      const at = offset + done
      const part = bytes.subarray(done, done + LEAF_BYTES - (at % LEAF_BYTES))
      leafOf(parts.memory.first + Math.floor(at / LEAF_BYTES)).set(part, at % LEAF_BYTES)
      done += part.length
    }
  for (const [index, leaf] of leaves) if (leaf.every((byte) => byte === 0)) leaves.delete(index)
  return leaves
}
