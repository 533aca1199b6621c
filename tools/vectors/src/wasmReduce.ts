import { kinds, op, valueTypes } from '@animechain/proving-machine'

/**
 * A module with what the machine does not run taken out, so that the rest of its functions can be tested: functions that use such things become stubs
 * that count and trap, their types and globals are replaced by others, what `spectest` exports is defined in the module itself. Indices stay.
 */
export interface Reduced {
  wasm: Uint8Array
  /** exports whose type is another now, which cannot be called or read */
  lost: ReadonlyMap<string, { hasEffects: boolean }>
}

/** Exported global that counts calls of stubs: one each, or this for a function that would change memory, table or globals. */
export const STUB_COUNTER = 'calls of stubs'
export const STUB_WITH_EFFECTS = 65_536

/** What cannot be reduced. */
class Irreducible extends Error {}

const { i32: I32, i64: I64 } = valueTypes
const END = 0x0b
const FUNCREF = 0x70

/** What the core tests' module `spectest` exports: https://github.com/WebAssembly/spec/tree/main/interpreter#spectest-host-module */
const spectest = {
  globals: new Map([
    ['global_i32', { type: I32, value: 666n }],
    ['global_i64', { type: I64, value: 666n }],
    ['global_f32', undefined],
    ['global_f64', undefined],
  ]),
  table: [0, 10],
  memory: [1, 1, 2],
}

interface FunctionType {
  parameters: number[]
  results: number[]
}

/** undefined: of a type that the machine does not have, or of unknown value */
type Global = { type: number; value: bigint; mutable: boolean } | undefined

class Bytes {
  at = 0
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  byte(): number {
    if (this.done) throw new Irreducible('the end')
    return this.bytes[this.at++]!
  }

  u32(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  signed(): bigint {
    let value = 0n
    for (let shift = 7n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << (shift - 7n)
      if (byte < 0x80) return BigInt.asIntN(Number(shift), value)
    }
  }

  take(length: number): Uint8Array {
    const out = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return out
  }

  name(): string {
    return Buffer.from(this.take(this.u32())).toString('utf8')
  }

  vector<T>(element: () => T): T[] {
    return Array.from({ length: this.u32() }, element)
  }

  limits(): number[] {
    const flags = this.byte()
    if (flags > 1) throw new Irreducible('limits')
    return [flags, ...Array.from({ length: flags + 1 }, () => this.u32())]
  }
}

const u = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...u(Math.floor(value / 0x80))]

function s(value: bigint): number[] {
  const byte = Number(value & 0x7fn)
  return value >= -64n && value < 64n ? [byte] : [byte | 0x80, ...s(value >> 7n)]
}

const vector = (items: readonly (readonly number[])[]) => [...u(items.length), ...items.flat()]
const sized = (content: readonly number[]) => [...u(content.length), ...content]
const isInteger = (type: number) => type === I32 || type === I64

class Reducer {
  types: FunctionType[] = []
  /** types that are not of integers only */
  readonly lostTypes = new Set<number>()
  /** by function, its type */
  functions: number[] = []
  #imported = 0
  table: number[] | undefined
  memory: number[] | undefined
  readonly globals: Global[] = []
  #exports: { name: string; kind: number; index: number }[] = []
  #start: number | undefined
  #elements: { offset: bigint; functions: number[] }[] = []
  #bodies: Uint8Array[] = []
  #data: { offset: bigint; bytes: Uint8Array }[] = []

  read(wasm: Uint8Array): void {
    const file = new Bytes(wasm)
    file.take(8)
    while (!file.done) {
      const id = file.byte()
      const content = new Bytes(file.take(file.u32()))
      this.#section(id, content)
    }
  }

  #section(id: number, r: Bytes): void {
    if (id === 1) this.types = r.vector(() => this.#type(r))
    else if (id === 2) r.vector(() => this.#import(r))
    else if (id === 3) r.vector(() => this.functions.push(r.u32()))
    else if (id === 4) r.vector(() => this.#table(r))
    else if (id === 5) r.vector(() => (this.memory ??= r.limits()))
    else if (id === 6) r.vector(() => this.#global(r))
    else if (id === 7) this.#exports = r.vector(() => ({ name: r.name(), kind: r.byte(), index: r.u32() }))
    else if (id === 8) this.#start = r.u32()
    else if (id === 9) r.vector(() => this.#element(r))
    else if (id === 10) this.#bodies = r.vector(() => r.take(r.u32()))
    else if (id === 11) r.vector(() => this.#segment(r))
  }

  #type(r: Bytes): FunctionType {
    if (r.byte() !== 0x60) throw new Irreducible('type')
    const values = () => r.vector(() => r.byte())
    const type = { parameters: values(), results: values() }
    return type
  }

  #import(r: Bytes): void {
    const [module, name, kind] = [r.name(), r.name(), r.byte()]
    if (module !== 'spectest') throw new Irreducible('import')
    if (kind === 0) {
      this.#imported = this.functions.push(r.u32())
    } else if (kind === 1) {
      r.byte()
      r.limits()
      this.table ??= spectest.table
    } else if (kind === 2) {
      r.limits()
      this.memory ??= spectest.memory
    } else if (kind === 3) {
      r.take(2)
      const known = spectest.globals.get(name)
      this.globals.push(known && { ...known, mutable: false })
    } else throw new Irreducible('import')
  }

  #table(r: Bytes): void {
    const type = r.byte()
    const limits = r.limits()
    // Only the first is one that functions can be called through.
    this.table ??= type === FUNCREF ? limits : [0, 0]
  }

  /** The value of a constant expression; undefined when it is of another kind. The reader is behind it. */
  #constant(r: Bytes): { type: number; value: bigint } | undefined {
    const code = r.byte()
    let out: { type: number; value: bigint } | undefined
    if (code === op.i32_const) out = { type: I32, value: r.signed() }
    else if (code === op.i64_const) out = { type: I64, value: r.signed() }
    else if (code === op.global_get) out = this.globals[r.u32()]
    else if (code === 0x43) r.take(4)
    else if (code === 0x44) r.take(8)
    else if (code === 0xd2) r.u32()
    else if (code === 0xd0) r.byte()
    else throw new Irreducible('constant')
    if (r.byte() !== END) throw new Irreducible('constant')
    return out
  }

  #global(r: Bytes): void {
    const [type, mutable] = [r.byte(), r.byte() === 1]
    const value = this.#constant(r)
    this.globals.push(value && isInteger(type) ? { ...value, mutable } : undefined)
  }

  #offset(r: Bytes): bigint {
    const value = this.#constant(r)
    if (value?.type !== I32) throw new Irreducible('offset')
    return value.value
  }

  /** Active segments of the first table; others are for instructions that become stubs. */
  #element(r: Bytes): void {
    const flags = r.u32()
    if (flags > 3) throw new Irreducible('elements')
    const table = flags === 2 ? r.u32() : 0
    const offset = (flags & 1) === 0 ? this.#offset(r) : undefined
    if (flags !== 0) r.byte()
    const functions = r.vector(() => r.u32())
    if (offset !== undefined && table === 0) this.#elements.push({ offset, functions })
  }

  #segment(r: Bytes): void {
    const flags = r.u32()
    if (flags === 2 && r.u32() !== 0) throw new Irreducible('data')
    const offset = flags === 1 ? undefined : this.#offset(r)
    const bytes = r.take(r.u32())
    if (offset !== undefined) this.#data.push({ offset, bytes })
  }

  /** What is known of every function; effects of those that are called are those of the caller. */
  #scans(): Scan[] {
    const scans = this.functions.map((_, index): Scan => {
      if (index < this.#imported)
        return { isPlain: true, hasEffects: false, calls: [], callsIndirectly: false }
      try {
        return new Body(this.#bodies[index - this.#imported]!, this).scan()
      } catch (error) {
        if (error instanceof Irreducible) return unknownBody()
        throw error
      }
    })
    for (let changed = true; changed;) {
      changed = false
      const any = scans.some(({ hasEffects }) => hasEffects)
      for (const scan of scans)
        if (
          !scan.hasEffects &&
          ((scan.callsIndirectly && any) || scan.calls.some((i) => scans[i]!.hasEffects))
        )
          scan.hasEffects = changed = true
    }
    return scans
  }

  /** What `spectest` prints goes nowhere; a body that is kept is kept as it is; others count, and trap. */
  #body(index: number, { isPlain, hasEffects }: Scan): number[] {
    if (index < this.#imported && this.types[this.functions[index]!]!.results.length === 0) return [0, END]
    if (index >= this.#imported && isPlain && !this.lostTypes.has(this.functions[index]!))
      return [...this.#bodies[index - this.#imported]!]
    const counter = u(this.globals.length)
    const one = s(BigInt(hasEffects ? STUB_WITH_EFFECTS : 1))
    const count = [op.global_get, ...counter, op.i32_const, ...one, op.i32_add, op.global_set, ...counter]
    return [0, ...count, op.unreachable, END]
  }

  write(): Reduced {
    const lostForms = new Map<string, number>()
    const types = this.types.map(({ parameters, results }, index) => {
      if ([...parameters, ...results].every(isInteger)) return { parameters, results }
      this.lostTypes.add(index)
      // Types that are equal stay equal, and become like no other.
      const form = `${parameters.join()}:${results.join()}`
      if (!lostForms.has(form)) lostForms.set(form, lostForms.size)
      return { parameters: Array<number>(100 + lostForms.get(form)!).fill(I64), results: [] }
    })
    const isLost = ({ kind, index }: { kind: number; index: number }) =>
      (kind === 0 && this.lostTypes.has(this.functions[index]!)) || (kind === 3 && !this.globals[index])
    const scans = this.#scans()
    const lost = new Map(
      this.#exports
        .filter(isLost)
        .map(({ name, kind, index }) => [name, { hasEffects: kind === 0 && scans[index]!.hasEffects }]),
    )
    const exports = this.#exports.filter(
      ({ name, kind, index }) =>
        kind === 0 || (kind === 3 && !lost.has(name)) || ((kind === 1 || kind === 2) && index === 0),
    )
    const constant = (type: number, value: bigint) => [
      type === I32 ? op.i32_const : op.i64_const,
      ...s(value),
      END,
    ]
    const globals = this.globals.map((global) => {
      const { type, value, mutable } = global ?? { type: I64, value: 0n, mutable: true }
      return [type, mutable ? 1 : 0, ...constant(type, value)]
    })
    globals.push([I32, 1, ...constant(I32, 0n)])
    const named = [...exports, { name: STUB_COUNTER, kind: 3, index: this.globals.length }]
    const section = (id: number, items: readonly (readonly number[])[]) =>
      items.length === 0 ? [] : [id, ...sized(vector(items))]
    const list = (values: readonly number[]) => vector(values.map((value) => [value]))
    const wasm = [
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(
        1,
        types.map(({ parameters, results }) => [0x60, ...list(parameters), ...list(results)]),
      ),
      ...section(3, this.functions.map(u)),
      ...section(4, this.table ? [[FUNCREF, this.table[0]!, ...this.table.slice(1).flatMap(u)]] : []),
      ...section(5, this.memory ? [[this.memory[0]!, ...this.memory.slice(1).flatMap(u)]] : []),
      ...section(6, globals),
      ...section(
        7,
        named.map(({ name, kind, index }) => [...sized([...Buffer.from(name)]), kind, ...u(index)]),
      ),
      ...(this.#start === undefined ? [] : [8, ...sized(u(this.#start))]),
      ...section(
        9,
        this.#elements.map(({ offset, functions }) => [
          0,
          ...constant(I32, offset),
          ...vector(functions.map(u)),
        ]),
      ),
      ...section(
        10,
        this.functions.map((_, index) => sized(this.#body(index, scans[index]!))),
      ),
      ...section(
        11,
        this.#data.map(({ offset, bytes }) => [0, ...constant(I32, offset), ...sized([...bytes])]),
      ),
    ]
    return { wasm: Uint8Array.from(wasm), lost }
  }
}

/** What is known of a function's body. */
interface Scan {
  /** it uses only what the machine runs */
  isPlain: boolean
  /** it can change memory, table or globals, by itself or through a function that it calls */
  hasEffects: boolean
  calls: number[]
  callsIndirectly: boolean
}

const unknownBody = (): Scan => ({ isPlain: false, hasEffects: true, calls: [], callsIndirectly: false })

/** How many numbers follow instructions behind the prefix 0xfc that the machine does not run. */
const prefixedOperands = new Map([
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((code) => [code, 0] as const),
  ...[8, 12, 14].map((code) => [code, 2] as const),
  ...[9, 13, 15, 16, 17].map((code) => [code, 1] as const),
])

/** Walks over the instructions of a body. */
class Body {
  readonly #r: Bytes
  readonly #module: Reducer
  readonly #scan: Scan = { isPlain: true, hasEffects: false, calls: [], callsIndirectly: false }

  constructor(bytes: Uint8Array, module: Reducer) {
    this.#r = new Bytes(bytes)
    this.#module = module
  }

  scan(): Scan {
    const r = this.#r
    let locals = 0
    for (let groups = r.u32(); groups > 0; groups--) {
      locals += r.u32()
      this.#needs(isInteger(r.byte()))
    }
    this.#needs(locals <= 1_000)
    while (!r.done) this.#instruction(r.byte())
    return this.#scan
  }

  /** What must hold for the body to be plain. */
  #needs(holds: boolean): void {
    if (!holds) this.#scan.isPlain = false
  }

  #instruction(code: number): void {
    const r = this.#r
    const kind = kinds[code]
    if (kind === 'unary' || kind === 'binary') return
    if (kind) {
      this.#needs(r.u32() < 8)
      r.u32()
      this.#scan.hasEffects ||= kind === 'store'
      return
    }
    if ([0x00, 0x01, 0x05, END, op.return, op.drop, op.select].includes(code)) return
    if (code === 0x02 || code === 0x03 || code === 0x04) this.#blockType()
    else if (code === 0x0c || code === 0x0d || (code >= op.local_get && code <= op.local_tee)) r.u32()
    else if (code === 0x0e) {
      r.vector(() => r.u32())
      r.u32()
    } else if (code === op.call) this.#call(r.u32())
    else if (code === op.callIndirect) {
      this.#scan.callsIndirectly = true
      this.#needs(!this.#module.lostTypes.has(r.u32()))
      this.#needs(r.u32() === 0 && this.#module.table !== undefined)
    } else if (code === op.global_get || code === op.global_set) {
      this.#scan.hasEffects ||= code === op.global_set
      this.#needs(this.#module.globals[r.u32()] !== undefined)
    } else if (code === op.memory_size || code === op.memory_grow) {
      this.#scan.hasEffects ||= code === op.memory_grow
      this.#needs(r.u32() === 0)
    } else if (code === op.i32_const || code === op.i64_const) r.signed()
    else if (code === 0xfc) this.#prefixed(r.u32())
    else this.#other(code)
  }

  #call(index: number): void {
    this.#scan.calls.push(index)
    this.#needs(!this.#module.lostTypes.has(this.#module.functions[index]!))
  }

  #prefixed(code: number): void {
    const r = this.#r
    if (code === 10 || code === 11) {
      this.#needs(r.u32() === 0)
      if (code === 10) this.#needs(r.u32() === 0)
      this.#scan.hasEffects = true
      return
    }
    const operands = prefixedOperands.get(code)
    if (operands === undefined) throw new Irreducible('instruction')
    for (let i = 0; i < operands; i++) r.u32()
    this.#needs(false)
    // What converts, and the size of a table, change nothing.
    this.#scan.hasEffects ||= code > 7 && code !== 16
  }

  /** Instructions that the machine does not run. */
  #other(code: number): void {
    const r = this.#r
    this.#needs(false)
    if (code === 0x2a || code === 0x2b || code === 0x38 || code === 0x39) {
      r.u32()
      r.u32()
      this.#scan.hasEffects ||= code >= 0x38
    } else if (code === 0x43) r.take(4)
    else if (code === 0x44) r.take(8)
    else if (code === 0x25 || code === 0x26 || code === 0xd2) {
      r.u32()
      this.#scan.hasEffects ||= code === 0x26
    } else if (code === 0xd0) r.byte()
    else if (code === 0x1c) r.vector(() => r.byte())
    else if (!(code >= 0x5b && code <= 0xbf) && code !== 0xd1) throw new Irreducible('instruction')
  }

  #blockType(): void {
    const type = Number(this.#r.signed())
    // Negative numbers are value types: -1 i32, -2 i64, -64 none.
    this.#needs(type < 0 ? type >= -2 || type === -64 : !this.#module.lostTypes.has(type))
  }
}

/** Takes out of a valid module what the machine does not run; undefined when that is more than single functions. */
export function reduceModule(wasm: Uint8Array): Reduced | undefined {
  const reducer = new Reducer()
  try {
    reducer.read(wasm)
    return reducer.write()
  } catch (error) {
    if (error instanceof Irreducible) return undefined
    throw error
  }
}
