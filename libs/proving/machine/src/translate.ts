import type { Code } from './code.js'
import { accessBytes, kinds, refusedName, wasm } from './instructions.js'
import { readValueType, type FunctionType, type Module } from './module.js'
import { limits, op, opNames } from './opcodes.js'
import type { Reader } from './reader.js'

/** A block of structured control that is open. Heights are in slots above `fp`. */
interface Block {
  kind: 'function' | 'block' | 'loop' | 'if' | 'else'
  /** below its parameters */
  height: number
  parameters: number
  results: number
  /** of a loop: its first instruction */
  start: number
  /** jumps to its end, to be filled in */
  toEnd: number[]
  /** of an if: the jump over its first part */
  toElse: number | undefined
}

/** Body of an imported function: its parameters copied, the host instruction, the return. */
export function translateHost(code: Code, name: keyof typeof op, type: FunctionType): void {
  const p = type.parameters.length
  for (let k = 0; k < p; k++) code.emit(op.local_get, k - p)
  code.emit(op[name])
  emitReturn(code, 1 + type.results.length, p, type.results.length)
}

/** The return sequence from a given height of the frame. */
function emitReturn(code: Code, height: number, p: number, r: number): void {
  code.emit(op.frame)
  for (let k = 0; k < r; k++) code.emit(op.move, k - p, height - r + k)
  code.emit(op.return, 0, r - p)
}

/** Translates one function after the other; calls are left to be filled in, since functions are called before their place is known. */
export class Translator {
  /** calls by place, with the function that each is of */
  readonly calls: [place: number, index: number][] = []
  readonly #code: Code
  readonly #module: Module
  #reader!: Reader
  #type!: FunctionType
  #locals = 0
  /** slots above `fp` in use */
  #height = 0
  #blocks: Block[] = []
  /** start of the present instruction */
  #at = 0

  constructor(code: Code, module: Module) {
    this.#code = code
    this.#module = module
  }

  /** @throws {ModuleError} when it is malformed or uses an instruction outside of the subset */
  function(reader: Reader, type: FunctionType): void {
    this.#reader = reader
    this.#type = type
    this.#locals = this.#readLocals()
    for (let i = 0; i < this.#locals; i++) this.#code.emit(op.i64_const)
    this.#height = 1 + this.#locals
    this.#blocks = []
    this.#open('function', 0, type.results.length)
    while (this.#blocks.length > 0) {
      this.#at = reader.at
      const code = reader.byte('an instruction')
      // What ends a reachable stretch: the rest of the block is read, not emitted.
      if (this.#instruction(code)) this.#skip()
    }
    if (!reader.done) throw reader.invalid('the end of the function', `${reader.end - reader.at} bytes more`)
  }

  #readLocals(): number {
    const reader = this.#reader
    let sum = 0
    reader.vector('groups of locals', () => {
      const at = reader.at
      sum += reader.u32('number of locals')
      readValueType(reader)
      if (sum > limits.values)
        throw reader.unsupported('too many locals', at, `at most ${limits.values}`, `${sum}`)
    })
    return sum
  }

  #invalid(expected: string, got: string) {
    return this.#reader.invalid(expected, got, this.#at)
  }

  #pop(count: number): void {
    const { height } = this.#blocks.at(-1)!
    if (this.#height - count < height) throw this.#invalid(`${count} operands`, `${this.#height - height}`)
    this.#height -= count
  }

  #open(kind: Block['kind'], parameters: number, results: number): Block {
    if (kind !== 'function') this.#pop(parameters)
    const block: Block = {
      kind,
      height: this.#height,
      parameters,
      results,
      start: this.#code.count,
      toEnd: [],
      toElse: undefined,
    }
    this.#height += parameters
    this.#blocks.push(block)
    return block
  }

  /** Reads and translates the operands of an instruction. Returns whether what follows it is out of reach. */
  #instruction(code: number): boolean {
    switch (code) {
      case op.unreachable:
        this.#code.emit(op.unreachable)
        return true
      case wasm.nop:
        return false
      case wasm.block:
      case wasm.loop: {
        const [parameters, results] = this.#blockType()
        this.#open(code === wasm.block ? 'block' : 'loop', parameters, results)
        return false
      }
      case wasm.if: {
        const [parameters, results] = this.#blockType()
        this.#pop(1)
        const toElse = this.#code.emit(op.jumpIfZero)
        this.#open('if', parameters, results).toElse = toElse
        return false
      }
      case wasm.else:
        this.#else(true)
        return false
      case wasm.end:
        this.#end(true)
        return false
      case wasm.br:
        this.#branch(this.#label())
        return true
      case wasm.br_if:
        this.#branchIf(this.#label())
        return false
      case wasm.br_table:
        this.#branchTable()
        return true
      case op.return:
        this.#need(this.#type.results.length)
        this.#return()
        return true
      default:
        this.#plain(code)
        return false
    }
  }

  /** Reads on to the end or else of the present block, whose first instruction out of reach comes next. */
  #skip(): void {
    const reader = this.#reader
    for (let depth = 0; ;) {
      this.#at = reader.at
      const code = reader.byte('an instruction')
      if (code === wasm.block || code === wasm.loop || code === wasm.if) {
        this.#blockType()
        depth++
      } else if (code === wasm.end) {
        if (depth-- === 0) return this.#end(false)
      } else if (code === wasm.else) {
        if (depth === 0) return this.#else(false)
      } else if (code === wasm.br || code === wasm.br_if) reader.u32('a label')
      else if (code === wasm.br_table) {
        reader.vector('labels', () => reader.u32('a label'))
        reader.u32('a label')
      } else if (code !== wasm.nop && code !== op.unreachable && code !== op.return) this.#operands(code)
    }
  }

  #else(reachable: boolean): void {
    const block = this.#blocks.at(-1)!
    if (block.kind !== 'if') throw this.#invalid('else within if', `else within ${block.kind}`)
    if (reachable) {
      this.#atEnd(block)
      block.toEnd.push(this.#code.emit(op.jump))
    }
    this.#code.setA(block.toElse!, this.#code.count)
    block.kind = 'else'
    this.#height = block.height + block.parameters
  }

  #end(reachable: boolean): void {
    const block = this.#blocks.at(-1)!
    if (reachable) this.#atEnd(block)
    if (block.kind === 'if') this.#code.setA(block.toElse!, this.#code.count)
    for (const place of block.toEnd) this.#code.setA(place, this.#code.count)
    this.#height = block.height + block.results
    if (block.kind === 'function' && reachable) this.#return()
    this.#blocks.pop()
  }

  /** At the end of a block its results are all that is above its height. */
  #atEnd({ height, results }: Block): void {
    if (this.#height !== height + results)
      throw this.#invalid(`${results} results of the block`, `${this.#height - height} values`)
  }

  #need(count: number): void {
    this.#pop(count)
    this.#height += count
  }

  #return(): void {
    const { parameters, results } = this.#type
    emitReturn(this.#code, this.#height, parameters.length, results.length)
  }

  /** A block type: how many parameters and results. */
  #blockType(): [number, number] {
    const reader = this.#reader
    const next = reader.bytes[reader.at]
    if (next === 0x40) {
      reader.at++
      return [0, 0]
    }
    // Value types are negative numbers of one byte.
    if (next !== undefined && next >= 0x40 && next < 0x80) {
      readValueType(reader)
      return [0, 1]
    }
    const index = Number(reader.signed(33, 'type of a block'))
    const type = this.#module.types[index]
    if (!type) throw this.#invalid(`a type below ${this.#module.types.length}`, `${index}`)
    return [type.parameters.length, type.results.length]
  }

  #label(): Block {
    const depth = this.#reader.u32('a label')
    const block = this.#blocks.at(-1 - depth)
    if (!block) throw this.#invalid(`a label below ${this.#blocks.length}`, `${depth}`)
    return block
  }

  /** Whether a branch from here is one jump. */
  #isPlain(block: Block): boolean {
    return block.kind !== 'function' && this.#height === block.height + keptBy(block)
  }

  /** A jump of some kind to a block's label. */
  #jump(code: number, block: Block): void {
    this.#target(this.#code.emit(code), block)
  }

  #target(place: number, block: Block): void {
    if (block.kind === 'loop') this.#code.setA(place, block.start)
    else block.toEnd.push(place)
  }

  /** An unconditional branch, from the present height. */
  #branch(block: Block): void {
    const kept = keptBy(block)
    this.#need(kept)
    if (block.kind === 'function') return this.#return()
    if (this.#isPlain(block)) return this.#jump(op.jump, block)
    for (let k = 0; k < kept; k++) this.#code.emit(op.move, block.height + k, this.#height - kept + k)
    this.#target(this.#code.emit(op.branch, 0, block.height + kept), block)
  }

  #branchIf(block: Block): void {
    this.#pop(1)
    if (this.#isPlain(block)) return this.#jump(op.jumpIf, block)
    const past = this.#code.emit(op.jumpIfZero)
    this.#branch(block)
    this.#code.setA(past, this.#code.count)
  }

  #branchTable(): void {
    const labels = this.#reader.vector('labels', () => this.#label())
    labels.push(this.#label())
    this.#pop(1)
    const table = this.#code.emit(op.jumpTable, labels.length - 1) + 1
    for (let i = 0; i < labels.length; i++) this.#code.emit(op.jump)
    for (const [i, block] of labels.entries()) {
      if (this.#isPlain(block)) this.#target(table + i, block)
      else {
        this.#code.setA(table + i, this.#code.count)
        this.#branch(block)
      }
    }
  }

  /** An instruction that is no control. */
  #plain(code: number): void {
    const { flat = code, a, b, pops, pushes, callee } = this.#operands(code)
    this.#pop(pops)
    this.#height += pushes
    const place = this.#code.emit(flat, a, b)
    if (callee !== undefined) this.calls.push([place, callee])
  }

  /** Reads and checks what follows an opcode; refuses those that the machine does not run. */
  #operands(code: number): Plain {
    const reader = this.#reader
    const kind = kinds[code]
    if (kind === 'unary') return { pops: 1, pushes: 1 }
    if (kind === 'binary') return { pops: 2, pushes: 1 }
    if (kind) return { ...this.#memoryArgument(code), ...(kind === 'load' ? takesOne : takesTwo) }
    switch (code) {
      case op.call:
      case op.callIndirect:
        return this.#call(code)
      case op.drop:
        return { pops: 1, pushes: 0 }
      case op.select:
        return { pops: 3, pushes: 1 }
      case op.local_get:
        return { a: this.#local(), pops: 0, pushes: 1 }
      case op.local_set:
        return { a: this.#local(), pops: 1, pushes: 0 }
      case op.local_tee:
        return { a: this.#local(), pops: 1, pushes: 1 }
      case op.global_get:
        return { a: this.#global(), pops: 0, pushes: 1 }
      case op.global_set:
        return { a: this.#global(), pops: 1, pushes: 0 }
      case op.memory_size:
        this.#memory()
        return { pops: 0, pushes: 1 }
      case op.memory_grow:
        return { a: this.#memory(), pops: 1, pushes: 1 }
      case op.i32_const:
        return { b: BigInt.asUintN(32, reader.signed(32, 'a constant')), pops: 0, pushes: 1 }
      case op.i64_const:
        return { b: reader.signed(64, 'a constant'), pops: 0, pushes: 1 }
      case wasm.prefix:
        return this.#prefixed()
      default:
        throw this.#refused(refusedName(code))
    }
  }

  #refused(name: string) {
    return this.#reader.unsupported(`instruction ${name}`, this.#at)
  }

  #prefixed(): Plain {
    const code = this.#reader.u32('an instruction')
    if (code !== wasm.memory_copy && code !== wasm.memory_fill) throw this.#refused(refusedName(code, true))
    this.#memory()
    if (code === wasm.memory_copy) this.#memory()
    return { flat: code === wasm.memory_copy ? op.memory_copy : op.memory_fill, pops: 3, pushes: 0 }
  }

  #call(code: number): Plain {
    const reader = this.#reader
    const { functions, types, distinct, table } = this.#module
    const index = reader.u32(code === op.call ? 'index of a function' : 'index of a type')
    const type = types[code === op.call ? functions[index]! : index]
    if (!type) throw this.#invalid(code === op.call ? 'a function of the module' : 'a type', `${index}`)
    const [takes, gives] = [type.parameters.length, type.results.length]
    if (code === op.call) return { pops: takes, pushes: gives, callee: index }
    if (reader.u32('index of a table') !== 0 || table === undefined)
      throw this.#invalid('table 0', 'another, or none in the module')
    return { a: distinct[index]!, b: table, pops: takes + 1, pushes: gives }
  }

  #memoryArgument(code: number): { b: number } {
    const reader = this.#reader
    if (!this.#module.memory) throw this.#invalid('a memory', 'none in the module')
    const alignment = reader.u32('an alignment')
    // Bit 6 names another memory.
    if (2 ** alignment > accessBytes[code]!)
      throw this.#invalid(
        `alignment of ${opNames[code]} of at most ${accessBytes[code]} bytes`,
        `2^${alignment}`,
      )
    return { b: reader.u32('an offset') }
  }

  /** Index of a memory; returns the memory's greatest size in pages. */
  #memory(): number {
    const index = this.#reader.u32('index of a memory')
    const { memory } = this.#module
    if (index !== 0 || !memory) throw this.#invalid('memory 0', memory ? `${index}` : 'none in the module')
    return memory.maximum
  }

  #local(): number {
    const p = this.#type.parameters.length
    const index = this.#reader.u32('index of a local')
    if (index >= p + this.#locals) throw this.#invalid(`a local below ${p + this.#locals}`, `${index}`)
    return index < p ? index - p : 1 + index - p
  }

  #global(): number {
    const index = this.#reader.u32('index of a global')
    const { length } = this.#module.globals
    if (index >= length) throw this.#invalid(`a global below ${length}`, `${index}`)
    return index
  }
}

/** An instruction that is no control: its operands in the flat code, and its effect on the stack. */
interface Plain {
  /** where it differs from WebAssembly's */
  flat?: number
  a?: number
  b?: number | bigint
  pops: number
  pushes: number
  /** function that is called */
  callee?: number
}

const takesOne = { pops: 1, pushes: 1 }
const takesTwo = { pops: 2, pushes: 0 }

/** How many values a branch to a block's label keeps. */
const keptBy = ({ kind, parameters, results }: Block) => (kind === 'loop' ? parameters : results)
