import { limits, op, valueTypes } from './opcodes.js'
import { hex, Reader } from './reader.js'
import type { ValueType } from './program.js'

/** The host functions that may be imported, with what they take and give. */
export const hostFunctions = {
  input: { parameters: ['i32', 'i32'], results: [] },
  preimage: { parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  output: { parameters: ['i32'], results: [] },
} as const satisfies Record<string, FunctionType>

export type HostFunction = keyof typeof hostFunctions

export interface FunctionType {
  parameters: readonly ValueType[]
  results: readonly ValueType[]
}

/** A module taken apart: indices are WebAssembly's. */
export interface Module {
  types: FunctionType[]
  /** by type, its place among the distinct types */
  distinct: number[]
  imports: HostFunction[]
  /** types of all functions, imports first */
  functions: number[]
  /** number of entries; undefined without a table */
  table: number | undefined
  memory: { pages: number; maximum: number } | undefined
  globals: { type: ValueType; value: bigint }[]
  exports: Map<string, { kind: number; index: number }>
  start: number | undefined
  elements: { offset: number; functions: number[]; at: number }[]
  /** bodies of the functions that are not imports */
  bodies: Reader[]
  data: { offset: number; bytes: Uint8Array; at: number }[]
}

const sectionNames = [
  ...['custom', 'type', 'import', 'function', 'table', 'memory', 'global'],
  ...['export', 'start', 'element', 'code', 'data', 'data count', 'tag'],
]
/** The data count (12) stands before the code. */
const sectionOrder = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10]
const kindNames = ['function', 'table', 'memory', 'global', 'tag']
const otherTypes = new Map([
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])

export function readValueType(reader: Reader): ValueType {
  const at = reader.at
  const code = reader.byte('a value type')
  if (code === valueTypes.i32) return 'i32'
  if (code === valueTypes.i64) return 'i64'
  throw reader.unsupported(`type ${otherTypes.get(code) ?? `0x${hex(code)}`}`, at)
}

function readTypes(reader: Reader, module: Module): void {
  const values = (what: string) => {
    const at = reader.at
    const types = reader.vector(what, () => readValueType(reader))
    if (types.length > limits.values)
      throw reader.unsupported(`too many ${what}`, at, `at most ${limits.values}`, `${types.length}`)
    return types
  }
  const seen = new Map<string, number>()
  reader.vector('types', (index) => {
    if (index === limits.types)
      throw reader.unsupported('too many types', reader.at, `at most ${index}`, 'more')
    const at = reader.at
    const form = reader.byte('a function type')
    if (form !== 0x60) throw reader.unsupported('types other than of functions', at)
    const type = { parameters: values('parameters'), results: values('results') }
    const key = `${type.parameters.join()}:${type.results.join()}`
    if (!seen.has(key)) seen.set(key, seen.size)
    module.distinct.push(seen.get(key)!)
    module.types.push(type)
  })
}

function typeIndex(reader: Reader, module: Module): number {
  const at = reader.at
  const index = reader.u32('index of a type')
  if (index >= module.types.length)
    throw reader.invalid(`a type below ${module.types.length}`, `${index}`, at)
  return index
}

function functionIndex(reader: Reader, module: Module): number {
  const at = reader.at
  const index = reader.u32('index of a function')
  if (index >= module.functions.length)
    throw reader.invalid(`a function below ${module.functions.length}`, `${index}`, at)
  return index
}

function readImports(reader: Reader, module: Module): void {
  reader.vector('imports', () => {
    const at = reader.at
    const from = reader.name('name of a module')
    const name = reader.name('name of an import')
    const kind = reader.byte('kind of an import')
    if (kind !== 0) throw reader.unsupported(`import of a ${kindNames[kind] ?? `kind 0x${hex(kind)}`}`, at)
    const index = typeIndex(reader, module)
    const host = Object.hasOwn(hostFunctions, name) ? hostFunctions[name as HostFunction] : undefined
    if (from !== 'host' || !host)
      throw reader.unsupported('import of an unknown function', at, 'one of host', `${from}.${name}`)
    const type = module.types[index]!
    if (type.parameters.join() !== host.parameters.join() || type.results.join() !== host.results.join())
      throw reader.unsupported('import with another type', at, typeText(host), typeText(type))
    module.imports.push(name as HostFunction)
    module.functions.push(index)
  })
}

const typeText = ({ parameters, results }: FunctionType) => `(${parameters.join()}) -> (${results.join()})`

/** Limits of a table or memory: the initial size, and the maximum if there is one. */
function readLimits(reader: Reader, what: string): { initial: number; maximum: number | undefined } {
  const at = reader.at
  const flags = reader.byte(`limits of a ${what}`)
  if (flags > 1) throw reader.unsupported(`shared or 64-bit ${what}`, at, 'flags 0 or 1', `${flags}`)
  const initial = reader.u32(`size of a ${what}`)
  return { initial, maximum: flags === 1 ? reader.u32(`maximum of a ${what}`) : undefined }
}

function readTable(reader: Reader, module: Module): void {
  reader.vector('tables', (index) => {
    const at = reader.at
    if (index === 1) throw reader.unsupported('more than one table', at)
    const type = reader.byte('type of a table')
    if (type !== 0x70) throw reader.unsupported('table of other than funcref', at)
    const { initial } = readLimits(reader, 'table')
    if (initial > limits.tableEntries)
      throw reader.unsupported('too large a table', at, `at most ${limits.tableEntries}`, `${initial}`)
    module.table = initial
  })
}

function readMemory(reader: Reader, module: Module): void {
  reader.vector('memories', (index) => {
    const at = reader.at
    if (index === 1) throw reader.unsupported('more than one memory', at)
    const { initial, maximum = limits.pages } = readLimits(reader, 'memory')
    if (initial > limits.pages)
      throw reader.unsupported('too large a memory', at, `at most ${limits.pages} pages`, `${initial}`)
    module.memory = { pages: initial, maximum: Math.min(maximum, limits.pages) }
  })
}

/** A constant expression: one constant. */
function readConstant(reader: Reader): { type: ValueType; value: bigint } {
  const at = reader.at
  const code = reader.byte('a constant')
  if (code !== op.i32_const && code !== op.i64_const)
    throw reader.unsupported('constant expression of another kind', at)
  const type = code === op.i32_const ? 'i32' : 'i64'
  const value = reader.signed(code === op.i32_const ? 32 : 64, 'a constant')
  const end = reader.at
  if (reader.byte('the end of a constant') !== 0x0b)
    throw reader.unsupported('constant expression of several instructions', end)
  return { type, value: BigInt.asUintN(code === op.i32_const ? 32 : 64, value) }
}

function readOffset(reader: Reader): number {
  const at = reader.at
  const { type, value } = readConstant(reader)
  if (type !== 'i32') throw reader.invalid('an offset of type i32', type, at)
  return Number(value)
}

function readGlobals(reader: Reader, module: Module): void {
  reader.vector('globals', (index) => {
    const at = reader.at
    if (index === limits.globals)
      throw reader.unsupported('too many globals', at, `at most ${limits.globals}`, 'more')
    const type = readValueType(reader)
    const mutability = reader.byte('mutability of a global')
    if (mutability > 1) throw reader.invalid('mutability 0 or 1', `${mutability}`, at)
    const constant = readConstant(reader)
    if (constant.type !== type) throw reader.invalid(`a constant of type ${type}`, constant.type, at)
    module.globals.push(constant)
  })
}

function readExports(reader: Reader, module: Module): void {
  reader.vector('exports', () => {
    const at = reader.at
    const name = reader.name('name of an export')
    const kind = reader.byte('kind of an export')
    if (kind > 3) throw reader.unsupported(`export of a ${kindNames[kind] ?? `kind 0x${hex(kind)}`}`, at)
    const index = reader.u32('index of an export')
    const sizes = [
      module.functions.length,
      module.table === undefined ? 0 : 1,
      module.memory ? 1 : 0,
      module.globals.length,
    ]
    if (index >= sizes[kind]!)
      throw reader.invalid(`a ${kindNames[kind]} below ${sizes[kind]}`, `${index}`, at)
    if (module.exports.has(name)) throw reader.invalid('names of exports that differ', `"${name}" twice`, at)
    module.exports.set(name, { kind, index })
  })
}

function readElements(reader: Reader, module: Module): void {
  reader.vector('element segments', () => {
    const at = reader.at
    const flags = reader.u32('flags of an element segment')
    if (flags !== 0 && flags !== 2)
      throw reader.unsupported('element segment that is passive, declared or of references', at)
    if (flags === 2 && reader.u32('index of a table') !== 0)
      throw reader.unsupported('more than one table', at)
    const offset = readOffset(reader)
    if (flags === 2) reader.only(0, 'elements that are functions')
    const functions = reader.vector('functions', () => functionIndex(reader, module))
    const size = module.table ?? 0
    if (offset + functions.length > size)
      throw reader.unsupported(
        'element segment outside of its table',
        at,
        `at most ${size}`,
        `${offset + functions.length}`,
      )
    module.elements.push({ offset, functions, at })
  })
}

function readData(reader: Reader, module: Module): void {
  reader.vector('data segments', () => {
    const at = reader.at
    const flags = reader.u32('flags of a data segment')
    if (flags === 1) throw reader.unsupported('passive data segment', at)
    if (flags !== 0 && flags !== 2) throw reader.invalid('flags 0 to 2', `${flags}`, at)
    if (flags === 2 && reader.u32('index of a memory') !== 0)
      throw reader.unsupported('more than one memory', at)
    const offset = readOffset(reader)
    const bytes = reader.take(reader.u32('length of a data segment'), 'data')
    const size = (module.memory?.pages ?? 0) * 65_536
    if (offset + bytes.length > size)
      throw reader.unsupported(
        'data segment outside of its memory',
        at,
        `at most ${size}`,
        `${offset + bytes.length}`,
      )
    module.data.push({ offset, bytes, at })
  })
}

function readBodies(reader: Reader, module: Module): void {
  reader.vector('bodies', (index) => {
    const type = module.imports.length + index
    if (type >= module.functions.length)
      throw reader.invalid(`${module.functions.length - module.imports.length} bodies`, 'more')
    module.bodies.push(reader.part(reader.u32('length of a body'), `function ${type}`))
  })
}

const sections: Record<number, (reader: Reader, module: Module) => void> = {
  1: readTypes,
  2: readImports,
  3: (reader, module) => {
    reader.vector('functions', () => module.functions.push(typeIndex(reader, module)))
  },
  4: readTable,
  5: readMemory,
  6: readGlobals,
  7: readExports,
  8: (reader, module) => {
    module.start = functionIndex(reader, module)
  },
  9: readElements,
  10: readBodies,
  11: readData,
  // The number of data segments, for instructions that are refused.
  12: (reader) => void reader.u32('number of data segments'),
}

function readSections(reader: Reader, module: Module): void {
  let last = 0
  while (!reader.done) {
    const at = reader.at
    const id = reader.byte('a section')
    const name = sectionNames[id] ?? `0x${hex(id)}`
    const content = reader.part(reader.u32('length of a section'), `${name} section`)
    if (id === 0) {
      content.name('name of a custom section')
      continue
    }
    const read = sections[id]
    if (!read) throw reader.unsupported(`section ${name}`, at)
    if (sectionOrder[id]! <= last) throw reader.invalid('sections in their order', `${name} section`, at)
    last = sectionOrder[id]!
    read(content, module)
    if (!content.done)
      throw content.invalid('the end of the section', `${content.end - content.at} bytes more`)
  }
}

/**
 * Takes a module apart, without its functions' instructions.
 * @throws {ModuleError} when it is malformed or outside of the subset.
 */
export function readModule(bytes: Uint8Array): Module {
  const reader = new Reader(bytes, 'module')
  for (const value of [0x00, 0x61, 0x73, 0x6d]) reader.only(value, 'magic number of WebAssembly')
  for (const value of [1, 0, 0, 0]) reader.only(value, 'version 1')
  const module: Module = {
    types: [],
    distinct: [],
    imports: [],
    functions: [],
    table: undefined,
    memory: undefined,
    globals: [],
    exports: new Map(),
    start: undefined,
    elements: [],
    bodies: [],
    data: [],
  }
  readSections(reader, module)
  const bodies = module.functions.length - module.imports.length
  if (module.bodies.length !== bodies) throw reader.invalid(`${bodies} bodies`, `${module.bodies.length}`)
  return module
}
