import { InvalidInputError } from '@animechain/core'

/** Systematic Reed-Solomon code over GF(2^8). */
export interface ReedSolomon {
  readonly data: number
  readonly parity: number
  /** Rows of parity, by the shards of data. */
  readonly matrix: readonly (readonly number[])[]
  /** Parity of `data` shards of one length. */
  encode(shards: readonly Uint8Array[]): Uint8Array[]
  /** Every shard, from any `data` of them; those that are there are the same arrays. */
  reconstruct(shards: readonly (Uint8Array | undefined)[]): Uint8Array[]
}

/** x^8 + x^4 + x^3 + x^2 + 1 */
const POLYNOMIAL = 0x11d

const exponents = new Uint8Array(510)
const logarithms = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) {
  exponents[i] = exponents[i + 255] = x
  logarithms[x] = i
  x = (x << 1) ^ (x & 0x80 ? POLYNOMIAL : 0)
}

const multiply = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : exponents[logarithms[a]! + logarithms[b]!]!
const inverse = (a: number): number => exponents[255 - logarithms[a]!]!
const power = (a: number, n: number): number =>
  n === 0 ? 1 : a === 0 ? 0 : exponents[(logarithms[a]! * n) % 255]!

type Matrix = number[][]

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, c) => row.reduce((sum, x, i) => sum ^ multiply(x, b[i]![c]!), 0)))

/** Gauss and Jordan. The matrices here have inverses, whichever rows they are made of. */
function inverted(matrix: Matrix): Matrix {
  const size = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let i = 0; i < size; i++) {
    const pivot = rows.findIndex((row, r) => r >= i && row[i] !== 0)
    ;[rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!]
    const scale = inverse(rows[i]![i]!)
    rows[i] = rows[i]!.map((x) => multiply(x, scale))
    for (let r = 0; r < size; r++) {
      const factor = r === i ? 0 : rows[r]![i]!
      if (factor !== 0) rows[r] = rows[r]!.map((x, c) => x ^ multiply(factor, rows[i]![c]!))
    }
  }
  return rows.map((row) => row.slice(size))
}

/** Four bytes as one word where a shard's place in memory allows it. */
function wordsOf(bytes: Uint8Array, count: number): Int32Array {
  if (bytes.byteOffset % 4 === 0) return new Int32Array(bytes.buffer, bytes.byteOffset, count)
  return new Int32Array(bytes.slice(0, 4 * count).buffer)
}

/** Four bytes times two, each in its field. */
const doubled = (x: number): number => ((x & 0x7f7f7f7f) << 1) ^ Math.imul((x >>> 7) & 0x01010101, 0x1d)

/**
 * Sum of shards times coefficients. By Horner's rule over the bits of the coefficients, four bytes at a time: as many doublings as the
 * highest coefficient has bits, whatever the number of shards.
 */
function combine(coefficients: readonly number[], shards: readonly Uint8Array[]): Uint8Array {
  const length = shards[0]!.length
  const count = length >>> 2
  const out = new Uint8Array(length)
  const sum = new Int32Array(out.buffer, 0, count)
  const words = shards.map((shard) => wordsOf(shard, count))
  const bits = 32 - Math.clz32(Math.max(...coefficients))
  if (words.length === 3) combineThree(coefficients, words as Three, sum, bits)
  else
    for (let i = 0; i < count; i++) {
      let x = 0
      for (let bit = bits - 1; bit >= 0; bit--) {
        x = doubled(x)
        for (let s = 0; s < words.length; s++) if ((coefficients[s]! >>> bit) & 1) x ^= words[s]![i]!
      }
      sum[i] = x
    }
  for (let i = 4 * count; i < length; i++)
    out[i] = shards.reduce((x, shard, s) => x ^ multiply(coefficients[s]!, shard[i]!), 0)
  return out
}

type Three = [Int32Array, Int32Array, Int32Array]

/**
 * The same for three shards, without a branch inside: for each bit of each coefficient a mask of ones or zeros. Four bits at a time, which is
 * all that the parity of stripes needs.
 */
function combineThree(
  coefficients: readonly number[],
  [a, b, c]: Three,
  sum: Int32Array,
  bits: number,
): void {
  const masks = (bit: number) => coefficients.map((each) => -((each >>> bit) & 1)) as [number, number, number]
  const count = sum.length
  if (bits === 1) {
    const [a0, b0, c0] = masks(0)
    for (let i = 0; i < count; i++) sum[i] = (a[i]! & a0) ^ (b[i]! & b0) ^ (c[i]! & c0)
    return
  }
  sum.fill(0)
  for (let low = bits > 4 ? 4 : 0; low >= 0; low -= 4) {
    const [[a3, b3, c3], [a2, b2, c2], [a1, b1, c1], [a0, b0, c0]] = [3, 2, 1, 0].map((bit) =>
      masks(low + bit),
    ) as [Masks, Masks, Masks, Masks]
    for (let i = 0; i < count; i++) {
      const x = a[i]!
      const y = b[i]!
      const z = c[i]!
      let s = doubled(sum[i]!) ^ (x & a3) ^ (y & b3) ^ (z & c3)
      s = doubled(s) ^ (x & a2) ^ (y & b2) ^ (z & c2)
      s = doubled(s) ^ (x & a1) ^ (y & b1) ^ (z & c1)
      sum[i] = doubled(s) ^ (x & a0) ^ (y & b0) ^ (z & c0)
    }
  }
}

type Masks = [number, number, number]

/**
 * The code of docs/spec/vault.md 2.5: the Vandermonde matrix of `data + parity` rows (element (r, c) is r^c), times the inverse of its upper
 * square.
 */
export function reedSolomon(data: number, parity: number): ReedSolomon {
  const vandermonde = Array.from({ length: data + parity }, (_, r) =>
    Array.from({ length: data }, (_, c) => power(r, c)),
  )
  const all = product(vandermonde, inverted(vandermonde.slice(0, data)))
  const matrix = all.slice(data)
  const checked = (shards: readonly (Uint8Array | undefined)[], count: number) => {
    const lengths = new Set(shards.flatMap((shard) => shard?.length ?? []))
    if (shards.length !== count || lengths.size > 1)
      throw new InvalidInputError(
        'shards',
        `${count} of one length`,
        shards.map((shard) => shard?.length),
      )
  }
  return {
    data,
    parity,
    matrix,
    encode(shards) {
      checked(shards, data)
      return matrix.map((row) => combine(row, shards))
    },
    reconstruct(shards) {
      checked(shards, data + parity)
      const there = shards.flatMap((shard, i) => (shard ? [i] : [])).slice(0, data)
      if (there.length < data) throw new InvalidInputError('shards', `at least ${data}`, there.length)
      const from = there.map((i) => shards[i]!)
      const back = inverted(there.map((i) => all[i]!))
      return shards.map((shard, i) => shard ?? combine(product([all[i]!], back)[0]!, from))
    },
  }
}
