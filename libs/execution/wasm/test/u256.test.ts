import { describe, expect, test } from '@jest/globals'
import { compilePart, randomBytes } from './parts.js'

const guest = compilePart('u256')
const size = 1n << 256n
const random = randomBytes(7)

const toBigInt = (bytes: Uint8Array) => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
const toLimbs = (value: bigint) => {
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn)
  return bytes
}
const signed = (value: bigint) => BigInt.asIntN(256, value)
const wrap = (value: bigint) => BigInt.asUintN(256, value)

/** Numbers where carries, borrows and quotient estimates go wrong, among random ones of every length. */
const edges = [
  0n,
  1n,
  2n,
  3n,
  31n,
  32n,
  255n,
  256n,
  size - 1n,
  size - 2n,
  size / 2n,
  size / 2n - 1n,
  size / 2n + 1n,
]
for (const bits of [32n, 64n, 96n, 128n, 160n, 192n, 224n]) {
  edges.push(1n << bits, (1n << bits) - 1n, (1n << bits) + 1n, size - (1n << bits))
}
/** Limbs at which estimates of a quotient's digit are wrong. */
const limbs = [0n, 1n, 2n, 1n << 31n, 1n << 32n, 1n << 63n].flatMap((limb) => [
  limb,
  BigInt.asUintN(64, limb - 1n),
  BigInt.asUintN(64, -limb),
  BigInt.asUintN(64, ~limb - 1n),
])
const ofLimbs = (count: number) =>
  Array.from(random(count)).reduce((value, index) => (value << 64n) | limbs[index % limbs.length]!, 0n)
const pick = () => {
  const [kind, index, length] = random(3) as unknown as [number, number, number]
  if (kind < 64) return edges[index % edges.length]!
  return kind < 160 ? ofLimbs(1 + (length % 4)) : toBigInt(random(1 + (length % 32)))
}
/** A number close to a multiple of another, where digits and remainders are at their limits. */
const nearMultiple = (of: bigint) => wrap(of * pick() - BigInt(random(1)[0]! % 2))

const run = (name: string, ...values: bigint[]) => {
  guest.exports.reset!()
  const out = guest.reserve(32)
  guest.exports[name]!(out, ...values.map((value) => guest.put(toLimbs(value))))
  return toBigInt(guest.read(out, 32).reverse())
}

const power = (base: bigint, exponent: bigint, modulus: bigint) => {
  let result = 1n % modulus
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus)
    if (e & 1n) result = (result * b) % modulus
  return result
}
const extend = (k: bigint, x: bigint) => (k > 30n ? x : wrap(BigInt.asIntN(Number(k) * 8 + 8, x)))

const binary: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => wrap(a + b),
  sub: (a, b) => wrap(a - b),
  mul: (a, b) => wrap(a * b),
  div: (a, b) => (b ? a / b : 0n),
  mod: (a, b) => (b ? a % b : 0n),
  sdiv: (a, b) => (b ? wrap(signed(a) / signed(b)) : 0n),
  smod: (a, b) => (b ? wrap(signed(a) % signed(b)) : 0n),
  exp: (a, b) => power(a, b, size),
  signextend: extend,
  byte: (i, x) => (i < 32n ? (x >> (248n - 8n * i)) & 0xffn : 0n),
  shl: (n, x) => (n < 256n ? wrap(x << n) : 0n),
  shr: (n, x) => (n < 256n ? x >> n : 0n),
  sar: (n, x) => wrap(signed(x) >> (n < 256n ? n : 256n)),
}

describe.each(Object.entries(binary))('%s', (name, reference) => {
  test('agrees with integer arithmetic on edges and random numbers', () => {
    for (let i = 0; i < 4000; i++) {
      const b = pick()
      const a = i % 4 ? pick() : nearMultiple(b)
      const got = run(name, a, b)
      if (got !== reference(a, b)) expect({ a, b, got }).toEqual({ a, b, got: reference(a, b) })
    }
    expect(run(name, 7n, 3n)).toBe(reference(7n, 3n))
  })

  test('may overwrite either of its inputs', () => {
    for (let i = 0; i < 200; i++) {
      const a = pick()
      const b = pick()
      for (const target of [0, 1] as const) {
        guest.exports.reset!()
        const pointers = [guest.put(toLimbs(a)), guest.put(toLimbs(b))] as const
        guest.exports[name]!(pointers[target], ...pointers)
        expect(toBigInt(guest.read(pointers[target], 32).reverse())).toBe(reference(a, b))
      }
    }
  })
})

describe.each([
  ['addmod', (a: bigint, b: bigint, m: bigint) => (m ? (a + b) % m : 0n)],
  ['mulmod', (a: bigint, b: bigint, m: bigint) => (m ? (a * b) % m : 0n)],
] as const)('%s', (name, reference) => {
  test('agrees with integer arithmetic on edges and random numbers', () => {
    for (let i = 0; i < 4000; i++) {
      const [b, m] = [pick(), pick()]
      const a = i % 4 ? pick() : nearMultiple(m)
      const got = run(name, a, b, m)
      if (got !== reference(a, b, m)) expect({ a, b, m, got }).toEqual({ a, b, m, got: reference(a, b, m) })
    }
    expect(run(name, 7n, 5n, 4n)).toBe(reference(7n, 5n, 4n))
  })
})

test('bitLength counts the bits of every power of two', () => {
  for (let i = 0n; i < 256n; i++) {
    guest.exports.reset!()
    expect(guest.exports.bitLength!(guest.put(toLimbs(1n << i)))).toBe(Number(i) + 1)
  }
})

describe('modexp', () => {
  const bytesOf = (value: bigint, length: number) =>
    Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn))
  const call = (base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array, truncate = 0) => {
    guest.exports.reset!()
    const all = [32, base.length, 32, exponent.length, 32, modulus.length]
    const head = [1, 3, 5].flatMap((i) => [...bytesOf(BigInt(all[i]!), 32)])
    const input = Uint8Array.from([...head, ...base, ...exponent, ...modulus]).subarray(
      0,
      96 + base.length + exponent.length + modulus.length - truncate,
    )
    const at = guest.put(input)
    const out = guest.reserve(modulus.length + 8)
    guest.exports.modexp!(at, input.length, base.length, exponent.length, modulus.length, out)
    return toBigInt(guest.read(out, modulus.length))
  }

  test('agrees with square and multiply on numbers of every length', () => {
    for (let i = 0; i < 300; i++) {
      const [b, e, m] = random(3) as unknown as [number, number, number]
      const digits = (length: number) =>
        i % 2 ? random(length) : bytesOf(ofLimbs(9), 72).subarray(72 - length)
      const base = digits(b % 72)
      const exponent = random(e % 20)
      const modulus = digits(1 + (m % 72))
      const n = toBigInt(modulus)
      expect(call(base, exponent, modulus)).toBe(n ? power(toBigInt(base), toBigInt(exponent), n) : 0n)
    }
  })

  test('takes bytes behind the end of the input as zeros', () => {
    expect(call(Uint8Array.of(3), Uint8Array.of(2), Uint8Array.of(7, 9), 1)).toBe(9n % 0x0700n)
  })

  test('gives 0 for a modulus of 0 or 1', () => {
    expect(call(Uint8Array.of(5), Uint8Array.of(0), Uint8Array.of(0))).toBe(0n)
    expect(call(Uint8Array.of(5), Uint8Array.of(0), Uint8Array.of(0, 1))).toBe(0n)
  })
})
