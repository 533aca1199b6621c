import { kinds, op, opNames } from '../src/index.js'
import {
  access,
  brIf,
  brTable,
  build,
  call,
  copy,
  EMPTY,
  fill,
  get,
  I32,
  I64,
  i32,
  i64,
  set,
  tee,
  u,
  wasm,
} from './moduleBuilder.js'

/** A whole number from zero to below the bound. */
export type Random = (below: number) => number

const EDGES = [
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  64n,
  255n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 63n,
  (1n << 64n) - 1n,
]

const named = (code: number) => opNames[code]!
const typeNamed = (code: number) => (named(code).startsWith('i64') ? I64 : I32)
const codesOf = (kind: string) => kinds.flatMap((k, code) => (k === kind ? [code] : []))
const isTest = (code: number) => /_(eqz|eq|ne|[lg][te]_[su])$/.test(named(code))
const gives = (code: number) => (isTest(code) ? I32 : typeNamed(code))
const takes = (code: number) =>
  code === op.i32_wrap_i64 ? I64 : named(code).includes('extend_i32') ? I32 : typeNamed(code)

/** Signatures of the functions of a program, by index; each calls only those before it. */
const SIGNATURES: [parameters: number[], results: number[]][] = [
  [[I32, I64], [I32]],
  [[I64], [I64]],
  [
    [I32, I64],
    [I32, I64],
  ],
]
/** Locals of every function after its parameters: values of both types, then counters of loops. */
const LOCALS = [I32, I64, I32, I64, I32, I32, I32]
const COUNTERS = 3

/** A random valid program: three functions f0, f1 and f2 (with parameters as in `calls`), memory, globals and a table. It ends. */
export function fuzzModule(random: Random): Uint8Array {
  const functions = SIGNATURES.map(([parameters, results], index) => ({
    name: `f${index}`,
    parameters,
    results,
    locals: LOCALS,
    body: new Body(random, index).body(),
  }))
  return build({
    functions,
    memory: [1, 2],
    table: { size: 4, elements: [[0, [0, 1]]] },
    globals: [
      { type: I32, value: BigInt(random(100)), name: 'a' },
      { type: I64, value: BigInt(random(100)), name: 'b' },
    ],
    data: [[16, Array.from({ length: 64 }, () => random(256))]],
  })
}

/** Calls of such a program, with values at the edges. */
export function fuzzCalls(random: Random, count: number): [string, ...bigint[]][] {
  return Array.from({ length: count }, () => {
    const index = random(SIGNATURES.length)
    const values = SIGNATURES[index]![0].map((type) =>
      BigInt.asUintN(type === I32 ? 32 : 64, EDGES[random(EDGES.length)]!),
    )
    return [`f${index}`, ...values]
  })
}

class Body {
  readonly #random: Random
  readonly #index: number
  readonly #parameters: number[]
  /** counters of loops in use */
  #loops = 0

  constructor(random: Random, index: number) {
    this.#random = random
    this.#index = index
    this.#parameters = SIGNATURES[index]![0]
  }

  body(): number[] {
    const results = SIGNATURES[this.#index]![1]
    return [...this.#statements(3, 4), ...results.flatMap((type) => this.#value(type, 3))]
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random(items.length)]!
  }

  #local(type: number): number {
    const all = [...this.#parameters, ...LOCALS.slice(0, -COUNTERS)]
    return this.#pick(all.flatMap((t, i) => (t === type ? [i] : [])))
  }

  #constant(type: number): number[] {
    const value = this.#random(2) ? this.#pick(EDGES) : BigInt(this.#random(300))
    return type === I32 ? i32(Number(BigInt.asIntN(32, value))) : i64(value)
  }

  /** Mostly inside of the memory. */
  #address(depth: number): number[] {
    if (this.#random(30) === 0) return this.#value(I32, depth)
    return [...this.#value(I32, depth), ...i32(this.#pick([0x7f, 0xff, 0xffff])), op.i32_and]
  }

  /** Instructions that leave one value. */
  #value(type: number, depth: number): number[] {
    if (depth === 0) return this.#random(2) ? get(this.#local(type)) : this.#constant(type)
    const d = depth - 1
    const block = [wasm.block, type]
    switch (this.#random(12)) {
      case 0:
        return [op.global_get, type === I32 ? 0 : 1]
      case 1:
      case 2: {
        const code = this.#pick(codesOf('unary').filter((c) => gives(c) === type))
        return [...this.#value(takes(code), d), code]
      }
      case 3:
      case 4:
      case 5: {
        const code = this.#pick(codesOf('binary').filter((c) => gives(c) === type))
        return [...this.#value(takes(code), d), ...this.#value(takes(code), d), code]
      }
      case 6: {
        const code = this.#pick(codesOf('load').filter((c) => typeNamed(c) === type))
        return [...this.#address(d), ...access(code, this.#random(40))]
      }
      case 7:
        return [...this.#value(type, d), ...this.#value(type, d), ...this.#value(I32, d), op.select]
      case 8:
        return [
          ...this.#value(I32, d),
          wasm.if,
          type,
          ...this.#value(type, d),
          wasm.else,
          ...this.#value(type, d),
          wasm.end,
        ]
      case 9:
        // A branch that drops a value below the one that it keeps.
        return [
          ...block,
          ...this.#value(I64, d),
          ...this.#value(type, d),
          ...this.#value(I32, d),
          ...brIf(0),
          ...set(this.#local(type)),
          op.drop,
          ...this.#value(type, d),
          wasm.end,
        ]
      case 10:
        return this.#called(type, d)
      default:
        return [...this.#value(type, d), ...tee(this.#local(type))]
    }
  }

  #called(type: number, depth: number): number[] {
    const callee = type === I32 ? 0 : 1
    if (callee >= this.#index) return this.#constant(type)
    const values = SIGNATURES[callee]![0].flatMap((t) => this.#value(t, depth))
    if (this.#random(3)) return [...values, ...call(callee)]
    // Mostly the right entry; others trap.
    const entry = this.#random(8) ? i32(callee) : this.#value(I32, depth)
    return [...values, ...entry, op.callIndirect, ...u(callee), 0]
  }

  #statements(depth: number, count: number): number[] {
    return Array.from({ length: 1 + this.#random(count) }, () => this.#statement(depth)).flat()
  }

  #statement(depth: number): number[] {
    const d = depth - 1
    const type = this.#pick([I32, I64])
    if (depth === 0) return [...this.#value(type, 1), ...set(this.#local(type))]
    switch (this.#random(10)) {
      case 0:
        return [...this.#value(type, d), op.global_set, type === I32 ? 0 : 1]
      case 1:
      case 2: {
        const code = this.#pick(codesOf('store'))
        return [...this.#address(d), ...this.#value(typeNamed(code), d), ...access(code, this.#random(40))]
      }
      case 3: {
        const length = [...this.#value(I32, d), ...i32(0x7f), op.i32_and]
        return [...this.#address(d), ...this.#address(d), ...length, ...this.#pick([copy, fill])]
      }
      case 4:
        return [
          ...i32(this.#random(2)),
          op.memory_grow,
          0,
          op.drop,
          op.memory_size,
          0,
          ...set(this.#local(I32)),
        ]
      case 5:
        return [
          wasm.block,
          EMPTY,
          ...this.#statements(d, 2),
          ...this.#value(I32, d),
          ...brIf(0),
          ...this.#statements(d, 2),
          wasm.end,
        ]
      case 6:
        return this.#loop(d)
      case 7: {
        const open = [wasm.block, EMPTY, wasm.block, EMPTY, wasm.block, EMPTY]
        const table = [...this.#value(I32, d), ...i32(3), op.i32_and, ...brTable([0, 1, 2], this.#random(3))]
        return [
          ...open,
          ...table,
          wasm.end,
          ...this.#statements(d, 2),
          wasm.end,
          ...this.#statements(d, 1),
          wasm.end,
        ]
      }
      default:
        return [...this.#value(type, depth), ...set(this.#local(type))]
    }
  }

  /** A loop of a few rounds, with a counter of its own. */
  #loop(depth: number): number[] {
    if (this.#loops === COUNTERS) return this.#statement(0)
    const counter = this.#parameters.length + LOCALS.length - COUNTERS + this.#loops++
    const rounds = [...i32(1 + this.#random(4)), ...set(counter), wasm.loop, EMPTY]
    const again = [...get(counter), ...i32(1), op.i32_sub, ...tee(counter), ...brIf(0), wasm.end]
    const out = [...rounds, ...this.#statements(depth, 2), ...again]
    this.#loops--
    return out
  }
}
