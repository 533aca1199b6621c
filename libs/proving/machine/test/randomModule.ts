/** Random valid modules of the machine's subset: every kind of instruction, branches that drop and keep values, calls, accesses across leaves and beyond the end. */

import { build, call, I32, I64, i32, s, u } from './moduleBuilder.js'

type Type = 'i32' | 'i64'
interface Signature {
  parameters: Type[]
  results: Type[]
}

const code: Record<Type, number> = { i32: I32, i64: I64 }
const vector = (items: number[][]) => [...u(items.length), ...items.flat()]
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
/** [opcode, operands' type] by the type of the result */
const unary: Record<Type, [number, Type][]> = {
  i32: [0x45, 0x67, 0x68, 0x69, 0xc0, 0xc1]
    .map((o): [number, Type] => [o, 'i32'])
    .concat([
      [0x50, 'i64'],
      [0xa7, 'i64'],
    ]),
  i64: [0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4]
    .map((o): [number, Type] => [o, 'i64'])
    .concat([
      [0xac, 'i32'],
      [0xad, 'i32'],
    ]),
}
const binary: Record<Type, [number, Type][]> = {
  i32: [...range(0x46, 0x4f), ...range(0x6a, 0x78)]
    .map((o): [number, Type] => [o, 'i32'])
    .concat(range(0x51, 0x5a).map((o): [number, Type] => [o, 'i64'])),
  i64: range(0x7c, 0x8a).map((o): [number, Type] => [o, 'i64']),
}
const loads: Record<Type, number[]> = { i32: [0x28, ...range(0x2c, 0x2f)], i64: [0x29, ...range(0x30, 0x35)] }
const stores: Record<Type, number[]> = { i32: [0x36, 0x3a, 0x3b], i64: [0x37, 0x3c, 0x3d, 0x3e] }

/** Numbers below a bound, always the same ones for a seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 0x9e3779b1 + 0x7f4a7c15) >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) % below
  }
}

const HOST: Signature[] = [
  { parameters: ['i32', 'i32'], results: [] },
  { parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  { parameters: ['i32'], results: [] },
]
const OUTPUT = 2
const GLOBALS: Type[] = ['i32', 'i32', 'i64', 'i64', 'i32']
/** The first global counts down, so that everything ends. */
const FUEL = 0
const TABLE = 6

class Body {
  readonly bytes: number[] = []
  readonly locals: Type[]

  constructor(
    private readonly random: (below: number) => number,
    private readonly functions: readonly Signature[],
    /** functions that may be called: those before this one, and now and then this one */
    private readonly own: number,
    readonly type: Signature,
  ) {
    this.locals = [...type.parameters, ...Array.from({ length: random(4) }, () => this.#type())]
    this.#fuel()
    for (let i = 1 + random(5); i > 0; i--) this.#statement(3)
    for (const t of type.results) this.#value(t, 3)
    if (random(6) === 0) this.#put(0x0f)
  }

  #put(...bytes: number[]): void {
    this.bytes.push(...bytes)
  }

  #type(): Type {
    return this.random(2) === 0 ? 'i32' : 'i64'
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.random(items.length)]!
  }

  /** Counts down, and returns zeros when nothing is left. */
  #fuel(): void {
    this.#put(0x23, FUEL, 0x45, 0x04, 0x40)
    for (const t of this.type.results) this.#put(t === 'i32' ? 0x41 : 0x42, 0)
    this.#put(0x0f, 0x0b, 0x23, FUEL, 0x41, 1, 0x6b, 0x24, FUEL)
  }

  #constant(t: Type): void {
    const small = BigInt(this.random(64) - 8)
    const large = BigInt.asIntN(
      t === 'i32' ? 32 : 64,
      (BigInt(this.random(2 ** 31)) << 33n) ^ BigInt(this.random(2 ** 31)),
    )
    const edge = this.#pick([0n, -1n, 1n, t === 'i32' ? -(2n ** 31n) : -(2n ** 63n), 2n ** 31n - 1n])
    this.#put(t === 'i32' ? 0x41 : 0x42, ...s(this.#pick([small, small, large, edge])))
  }

  /** An address that mostly exists, often next to the end of a leaf, of a group or of a page. */
  #address(depth: number): void {
    this.#value('i32', depth - 1)
    if (this.random(200) > 0) this.#put(0x41, ...s(0x1ff8), 0x71)
  }

  #offset(): number[] {
    const small = [0, 1, 7, 25, 28, 29, 31, 250, 255]
    return u(this.#pick(this.random(50) > 0 ? small : [57_350, 131_000, 0xffff_ffff]))
  }

  /** A pointer to a word. */
  #word(depth: number): void {
    this.#value('i32', depth - 1)
    this.#put(0x41, ...s(this.random(100) > 0 ? 0x1fe0 : 0x1fff), 0x71)
  }

  /** A function with one result of a type, or any. */
  #callable(results: Type | undefined): number | undefined {
    const found = range(HOST.length, this.random(8) === 0 ? this.own : this.own - 1).filter(
      (i) => results === undefined || this.functions[i]!.results.join() === results,
    )
    return found.length > 0 ? this.#pick(found) : undefined
  }

  #call(index: number, depth: number): void {
    for (const t of this.functions[index]!.parameters) this.#value(t, depth - 1)
    if (this.random(6) > 0) this.#put(0x10, ...u(index))
    else {
      // Mostly another function than this one, or none.
      this.#put(0x41, ...s(this.random(TABLE + 1)), 0x11, ...u(index), 0)
    }
  }

  /** Code that leaves one value. */
  #value(t: Type, depth: number): void {
    const simple = depth <= 0
    switch (this.random(simple ? 3 : 14)) {
      case 0:
        return this.#constant(t)
      case 1: {
        const places = this.locals.flatMap((type, i) => (type === t ? [i] : []))
        if (places.length === 0) return this.#constant(t)
        return this.#put(0x20, this.#pick(places))
      }
      case 2: {
        const places = GLOBALS.flatMap((type, i) => (type === t ? [i] : []))
        return this.#put(0x23, this.#pick(places))
      }
      case 3:
      case 4: {
        const [opcode, operand] = this.#pick(unary[t])
        this.#value(operand, depth - 1)
        return this.#put(opcode)
      }
      case 5:
      case 6: {
        const [opcode, operand] = this.#pick(binary[t])
        this.#value(operand, depth - 1)
        this.#value(operand, depth - 1)
        // Odd divisors, mostly.
        if (((opcode >= 0x6d && opcode <= 0x70) || (opcode >= 0x7f && opcode <= 0x82)) && this.random(20) > 0)
          this.#put(...(operand === 'i32' ? [0x41, 1, 0x72] : [0x42, 1, 0x84]))
        return this.#put(opcode)
      }
      case 7:
      case 8:
        this.#address(depth)
        return this.#put(this.#pick(loads[t]), 0, ...this.#offset())
      case 9:
        this.#value(t, depth - 1)
        this.#value(t, depth - 1)
        this.#value('i32', depth - 1)
        return this.#put(0x1b)
      case 10:
        return this.#branching(t, depth)
      case 11: {
        const index = this.#callable(t)
        return index === undefined ? this.#constant(t) : this.#call(index, depth)
      }
      case 12: {
        const places = this.locals.flatMap((type, i) => (type === t ? [i] : []))
        this.#value(t, depth - 1)
        if (places.length > 0) this.#put(0x22, this.#pick(places))
        return
      }
      default:
        return this.#rare(t, depth)
    }
  }

  #rare(t: Type, depth: number): void {
    if (t === 'i64') return this.#constant(t)
    const which = this.random(4)
    if (which === 0) return this.#put(0x3f, 0)
    if (which === 1) {
      this.#put(0x41, ...s(this.#pick([0, 0, 1, 5, -1])))
      return this.#put(0x40, 0)
    }
    if (which === 2) {
      this.#put(0x41, ...s(this.random(40) > 0 ? this.random(4) : 4))
      this.#put(0x41, ...s(0))
      this.#put(0x41, ...s(32 * this.random(8) + (this.random(60) === 0 ? 1 : 0)))
      this.#word(depth)
      return this.#put(0x10, 1)
    }
    this.#value('i32', depth - 1)
    this.#put(0x04, code.i32)
    this.#value('i32', depth - 1)
    this.#put(0x05)
    this.#value('i32', depth - 1)
    this.#put(0x0b)
  }

  /** A block that is left early, with values below those that are kept. */
  #branching(t: Type, depth: number): void {
    this.#put(0x02, code[t])
    const below = this.random(3)
    for (let i = 0; i < below; i++) this.#value(this.#type(), depth - 2)
    this.#value(t, depth - 1)
    this.#value('i32', depth - 1)
    if (this.random(3) > 0) {
      this.#put(0x0d, 0)
      this.#put(0x1a)
      for (let i = 0; i < below; i++) this.#put(0x1a)
      this.#value(t, depth - 1)
    } else {
      this.#put(0x02, 0x40, 0x0b, 0x0e, ...vector([[0], [0]]), 0)
    }
    this.#put(0x0b)
  }

  /** Code that leaves nothing. */
  #statement(depth: number): void {
    switch (this.random(depth <= 0 ? 4 : 12)) {
      case 0: {
        const t = this.#type()
        const places = this.locals.flatMap((type, i) => (type === t ? [i] : []))
        this.#value(t, depth)
        return places.length > 0 ? this.#put(0x21, this.#pick(places)) : this.#put(0x1a)
      }
      case 1: {
        const index = 1 + this.random(GLOBALS.length - 1)
        this.#value(GLOBALS[index]!, depth)
        return this.#put(0x24, index)
      }
      case 2:
      case 3: {
        const t = this.#type()
        this.#address(depth)
        this.#value(t, depth)
        return this.#put(this.#pick(stores[t]), 0, ...this.#offset())
      }
      case 4:
        this.#value('i32', depth - 1)
        this.#put(0x04, 0x40)
        this.#statement(depth - 1)
        if (this.random(2) === 0) {
          this.#put(0x05)
          this.#statement(depth - 1)
        }
        return this.#put(0x0b)
      case 5:
        this.#put(0x03, 0x40)
        this.#fuel()
        this.#statement(depth - 1)
        this.#value('i32', depth - 1)
        return this.#put(0x0d, 0, 0x0b)
      case 6:
        return this.#table(depth)
      case 7:
      case 8: {
        for (let i = 0; i < 2; i++) this.#address(depth)
        this.#put(0x41, ...s(this.#pick([0, 1, 7, 31, 32, 33, 64, 100, 300, this.random(20) > 0 ? 5 : -1])))
        // The two addresses near each other, so that they overlap: the second takes the place of the first, shifted.
        return this.random(2) === 0 ? this.#put(0xfc, 10, 0, 0) : this.#put(0xfc, 11, 0)
      }
      case 9: {
        const index = this.#callable(undefined)
        if (index === undefined) return this.#put(0x01)
        this.#call(index, depth)
        return this.#put(...this.functions[index]!.results.map(() => 0x1a))
      }
      case 10:
        this.#put(0x41, ...s(this.random(40) > 0 ? this.random(2) : 2))
        this.#word(depth)
        return this.#put(0x10, 0)
      default:
        return this.#overlap()
    }
  }

  /** A copy onto itself, a few bytes on or back. */
  #overlap(): void {
    const at = this.random(0x1f00) + 64
    this.#put(0x41, ...s(at + this.random(128) - 64), 0x41, ...s(at))
    this.#put(0x41, ...s(this.random(200)), 0xfc, 10, 0, 0)
  }

  #table(depth: number): void {
    const cases = 1 + this.random(3)
    for (let i = 0; i <= cases; i++) this.#put(0x02, 0x40)
    this.#value('i32', depth - 1)
    this.#put(0x0e, ...vector(range(0, cases - 1).map((i) => [i])), cases)
    for (let i = 0; i <= cases; i++) {
      this.#put(0x0b)
      this.#statement(depth - 1)
    }
  }
}

/** A module with an exported function `run`, for hosts with two inputs. */
export function randomModule(seed: number): Uint8Array {
  const random = randomNumbers(seed)
  const type = (): Type => (random(2) === 0 ? 'i32' : 'i64')
  const list = (length: number) => Array.from({ length }, type)
  const signatures: Signature[] = [
    ...HOST,
    ...Array.from({ length: 2 + random(5) }, () => ({
      parameters: list(random(4)),
      results: list(random(3)),
    })),
    { parameters: [], results: [] },
  ]
  const codes = (types: readonly Type[]) => types.map((t) => code[t])
  const functions = signatures.slice(HOST.length).map((f, i) => {
    const body = new Body(random, signatures, HOST.length + i, f)
    const last = i + HOST.length === signatures.length - 1
    return {
      ...(last ? { name: 'run' } : {}),
      parameters: codes(f.parameters),
      results: codes(f.results),
      locals: codes(body.locals.slice(f.parameters.length)),
      body: last && random(4) > 0 ? [...body.bytes, ...i32(32), ...call(OUTPUT)] : body.bytes,
    }
  })
  return build({
    imports: ['input', 'preimage', 'output'].map((name, i) => ({
      name,
      parameters: codes(HOST[i]!.parameters),
      results: codes(HOST[i]!.results),
    })),
    functions,
    memory: [1, 3],
    // One entry stays empty.
    table: {
      size: TABLE,
      elements: [[0, Array.from({ length: TABLE - 1 }, () => random(signatures.length))]],
    },
    globals: GLOBALS.map((t, i) => ({
      type: code[t],
      value: BigInt(i === FUEL ? 100 + random(200) : random(1000) - 500),
    })),
    data: [[8_000, Array.from({ length: 100 }, () => random(256))]],
  })
}
