import { bigIntToBytes, bytesToBigInt, concatBytes } from '@animechain/core'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Random } from './random.js'

/** A precompile that a proof runs on L1 (docs/spec/execution.md, "Precompiles"). */
export interface PrecompileCases {
  number: number
  name: string
  /** Input as the guest hands it over, of a length that it allows. */
  make(random: Random): Uint8Array
  /** The largest input, where one is set; it is tried once. */
  largest?(random: Random): Uint8Array
  /** gas of a call on L1, no less */
  gas(length: number): number
}

const MAX_WORD = (1n << 256n) - 1n

/** Numbers around which a precompile may go wrong, for a field or a group of this order. */
const edges = (order: bigint): readonly bigint[] => [0n, 1n, 2n, order - 2n, order - 1n, order, order + 1n]

const below = (random: Random, limit: bigint) => bytesToBigInt(random.bytes(64)) % limit

/** A 256-bit scalar: of the group, at an edge of it, or any. */
function scalar(random: Random, order: bigint): bigint {
  if (random.rarely(3)) return random.pick([...edges(order), MAX_WORD, MAX_WORD - 1n, 1n << 255n])
  return random.rarely(2) ? below(random, order) : bytesToBigInt(random.bytes(32))
}

const word = (value: bigint, length = 32) => bigIntToBytes(value, length)
const zeros = (length: number) => new Uint8Array(length)

/** One bit of some bytes flipped. */
function flipped(random: Random, bytes: Uint8Array): Uint8Array {
  const out = bytes.slice()
  const at = random.below(out.length)
  out[at] = out[at]! ^ (1 << random.below(8))
  return out
}

/** Mostly whole; else cut off, which means zeros behind. */
const cut = (random: Random, bytes: Uint8Array) =>
  random.rarely(6) ? bytes.slice(0, random.below(bytes.length + 1)) : bytes

// Points -------------------------------------------------------------------------------------------------------------------------

interface GroupPoint<P> {
  add(other: P): P
  negate(): P
  double(): P
  multiplyUnsafe(scalar: bigint): P
  is0(): boolean
}

/** Multiples of a group's generator, by scalars that are known: sums of two of them are as many points as one likes, at the cost of an addition. */
interface Pool<P> {
  scalars: readonly bigint[]
  points: readonly P[]
}

const POOL = 48

function poolOf<P extends GroupPoint<P>>(base: P, order: bigint): Pool<P> {
  const scalars = [1n, 2n, 3n, order - 1n, order - 2n, (order + 1n) / 2n]
  for (let k = 5n; scalars.length < POOL; k = (k * k * k + 7n) % order) scalars.push(k)
  return { scalars, points: scalars.map((k) => base.multiplyUnsafe(k)) }
}

const one = <P>(random: Random, pool: Pool<P>): P => random.pick(pool.points)

/** A point of the group, infinity among them. */
const member = <P extends GroupPoint<P>>(random: Random, pool: Pool<P>): P =>
  random.rarely(4) ? one(random, pool) : one(random, pool).add(one(random, pool))

/** How the points of a group stand in a precompile's input. */
interface Encoding<P> {
  pool: Pool<P>
  /** bytes of an element of the base field */
  width: number
  /** of the base field */
  order: bigint
  /** coordinates, as elements of the base field in the order of the input; infinity is all zeros */
  coordinates(point: P): readonly bigint[]
  /** A point of the curve that is not in the group, where the curve has such; undefined for most of what is tried. */
  outside?(random: Random): P | undefined
}

/** Coordinates that are none, or hardly any. */
function broken<P>(random: Random, e: Encoding<P>, coordinates: readonly bigint[]): readonly bigint[] {
  const at = random.below(coordinates.length)
  const replaced = (value: bigint) => coordinates.map((c, i) => (i === at ? value : c))
  const largest = (1n << BigInt(8 * e.width)) - 1n
  switch (random.below(6)) {
    case 0:
      return replaced(random.pick([...edges(e.order), largest]))
    case 1:
      return coordinates.map(() => random.pick([...edges(e.order), largest]))
    // The same element of the field, not in its shortest form
    case 2:
      return replaced(coordinates[at]! + e.order)
    case 3:
      return replaced((coordinates[at]! + 1n) % e.order)
    case 4:
      return coordinates.map(() => below(random, e.order))
    default:
      return [...coordinates].reverse()
  }
}

/** Bytes of a point: mostly of the group, else infinity, outside of the group, or no point. */
function point<P extends GroupPoint<P>>(random: Random, e: Encoding<P>, sound = 4): Uint8Array {
  const bytes = (coordinates: readonly bigint[]) => concatBytes(...coordinates.map((c) => word(c, e.width)))
  const inside = e.coordinates(member(random, e.pool))
  if (!random.rarely(sound)) return bytes(inside)
  const choice = random.below(8)
  if (choice === 0) return zeros(e.width * inside.length)
  if (choice < 3) {
    const other = e.outside?.(random)
    if (other !== undefined) return bytes(e.coordinates(other))
  }
  return choice === 3 ? flipped(random, bytes(inside)) : bytes(broken(random, e, inside))
}

const affine = <C>(p: { is0(): boolean; toAffine(): { x: C; y: C } }, zero: C): [C, C] => {
  if (p.is0()) return [zero, zero]
  const { x, y } = p.toAffine()
  return [x, y]
}

type Fp2 = { c0: bigint; c1: bigint }
const ZERO_2: Fp2 = { c0: 0n, c1: 0n }

/** The square root of a number of a field, undefined where it has none. */
function root<T>(field: { sqrt(value: T): T }, value: T): T | undefined {
  try {
    return field.sqrt(value)
  } catch {
    return undefined
  }
}

function encodings() {
  const bn = bn254.fields
  const bls = bls12_381.fields
  const bn1: Encoding<typeof bn254.G1.Point.BASE> = {
    pool: poolOf(bn254.G1.Point.BASE, bn.Fr.ORDER),
    width: 32,
    order: bn.Fp.ORDER,
    coordinates: (p) => affine(p, 0n),
  }
  const bn2: Encoding<typeof bn254.G2.Point.BASE> = {
    pool: poolOf(bn254.G2.Point.BASE, bn.Fr.ORDER),
    width: 32,
    order: bn.Fp.ORDER,
    coordinates: (p) => affine(p, ZERO_2).flatMap(({ c0, c1 }) => [c1, c0]),
    outside(random) {
      const x = { c0: below(random, bn.Fp.ORDER), c1: below(random, bn.Fp.ORDER) }
      const { Fp2: field } = bn
      const y = root(field, field.add(field.mul(field.sqr(x), x), bn254.G2.Point.CURVE().b))
      return y && bn254.G2.Point.fromAffine({ x, y })
    },
  }
  const bls1: Encoding<typeof bls12_381.G1.Point.BASE> = {
    pool: poolOf(bls12_381.G1.Point.BASE, bls.Fr.ORDER),
    width: 64,
    order: bls.Fp.ORDER,
    coordinates: (p) => affine(p, 0n),
    outside(random) {
      const x = random.rarely(8) ? 0n : below(random, bls.Fp.ORDER)
      const y = root(bls.Fp, bls.Fp.add(bls.Fp.mul(bls.Fp.sqr(x), x), bls12_381.G1.Point.CURVE().b))
      return y === undefined ? undefined : bls12_381.G1.Point.fromAffine({ x, y })
    },
  }
  const bls2: Encoding<typeof bls12_381.G2.Point.BASE> = {
    pool: poolOf(bls12_381.G2.Point.BASE, bls.Fr.ORDER),
    width: 64,
    order: bls.Fp.ORDER,
    coordinates: (p) => affine(p, ZERO_2).flatMap(({ c0, c1 }) => [c0, c1]),
    outside(random) {
      const { Fp2: field } = bls
      const x = { c0: below(random, bls.Fp.ORDER), c1: below(random, bls.Fp.ORDER) }
      const y = root(field, field.add(field.mul(field.sqr(x), x), bls12_381.G2.Point.CURVE().b))
      return y && bls12_381.G2.Point.fromAffine({ x, y })
    },
  }
  return { bn1, bn2, bls1, bls2 }
}

// Signatures ---------------------------------------------------------------------------------------------------------------------

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (a > 1n) {
    const q = b / a
    ;[a, b, x, y] = [b - q * a, a, y - q * x, x]
  }
  return ((x % modulus) + modulus) % modulus
}

function ecrecover(): PrecompileCases['make'] {
  const { n, p } = secp256k1.Point.CURVE()
  const nonces = poolOf(secp256k1.Point.BASE, n)
  const rs = nonces.points.map((point) => point.toAffine().x)
  return (random) => {
    const at = random.below(POOL)
    let hash = bytesToBigInt(random.bytes(32))
    let v = 27n + BigInt(random.below(2))
    let r = rs[at]!
    let s = 1n + below(random, n - 1n)
    switch (random.below(12)) {
      case 0:
        // r is no x of the curve half of the time
        r = below(random, n)
        break
      case 1:
        r = random.pick([...edges(n), ...edges(p), MAX_WORD])
        break
      case 2:
        s = random.pick([...edges(n), n / 2n, n / 2n + 1n, MAX_WORD])
        break
      case 3:
        v = random.pick([0n, 1n, 26n, 29n, 30n, 27n + 256n, 28n + (1n << 255n), MAX_WORD])
        break
      case 4:
        // The key is infinity for one of the two parities.
        hash = (s * nonces.scalars[at]!) % n
        break
      case 5:
        hash = random.pick([...edges(n), MAX_WORD])
        break
      default:
    }
    return cut(random, concatBytes(word(hash), word(v), word(r), word(s)))
  }
}

function p256Verify(): PrecompileCases['make'] {
  const { n, p } = p256.Point.CURVE()
  const keys = poolOf(p256.Point.BASE, n)
  const places = keys.points.map((point) => point.toAffine())
  const inverses = keys.scalars.map((k) => inverse(k, n))
  return (random) => {
    const key = random.below(POOL)
    const nonce = random.below(POOL)
    const secret = keys.scalars[key]!
    let { x, y } = places[key]!
    let hash = random.rarely(8) ? random.pick([...edges(n), MAX_WORD]) : bytesToBigInt(random.bytes(32))
    let r = places[nonce]!.x % n
    if (random.rarely(10)) hash = (((n - r) * secret) % n) + (random.rarely(2) ? n : 0n)
    hash &= MAX_WORD
    let s = (inverses[nonce]! * (hash + r * secret)) % n
    if (s === 0n) s = 1n + below(random, n - 1n)
    switch (random.below(12)) {
      case 0:
        r = random.pick([...edges(n), MAX_WORD])
        break
      case 1:
        s = random.pick([...edges(n), MAX_WORD, s])
        break
      case 2:
        s = n - s
        break
      case 3:
        x = random.pick([...edges(p), x + p, MAX_WORD]) & MAX_WORD
        break
      case 4:
        y = random.pick([...edges(p), p - y, (y + 1n) % p, MAX_WORD])
        break
      case 5:
        if (random.rarely(2)) x = y = 0n
        else hash ^= 1n
        break
      case 6:
        return flipped(random, concatBytes(...[hash, r, s, x, y].map((value) => word(value))))
      default:
    }
    return concatBytes(...[hash, r, s, x, y].map((value) => word(value)))
  }
}

// KZG ----------------------------------------------------------------------------------------------------------------------------

/** [τ]₁ of Ethereum's trusted setup: the commitment to the polynomial X. */
const TAU_G1 =
  'ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81'

/** Proofs of polynomials aX + b, whose quotient is a wherever they are opened. */
function kzg(): PrecompileCases['make'] {
  const { BASE, ZERO } = bls12_381.G1.Point
  const r = bls12_381.fields.Fr.ORDER
  const ones = poolOf(BASE, r)
  const taus = poolOf(bls12_381.G1.Point.fromHex(TAU_G1), r)
  const outside = encodings().bls1.outside!
  const infinity = concatBytes(Uint8Array.of(0xc0), zeros(47))
  const { ORDER } = bls12_381.fields.Fp
  /** 48 bytes, as EIP-4844 has them; of any point of the curve. */
  const bytesOf = (point: typeof BASE): Uint8Array => {
    if (point.is0()) return infinity
    const { x, y } = point.toAffine()
    const out = word(x, 48)
    out[0] = out[0]! | (y > (ORDER - 1n) / 2n ? 0xa0 : 0x80)
    return out
  }
  const compressed = (random: Random, point: typeof BASE): Uint8Array => {
    const bytes = bytesOf(point)
    if (!random.rarely(12)) return bytes
    switch (random.below(5)) {
      case 0:
        return flipped(random, bytes)
      case 1: {
        // Any combination of the three flags
        const flags = bytes.slice()
        flags[0] = (flags[0]! & 0x1f) | (random.below(8) << 5)
        return flags
      }
      case 2:
        return bytesOf(outside(random) ?? ZERO)
      case 3:
        return infinity
      default: {
        const x = word(random.pick(edges(ORDER)), 48)
        x[0] = x[0]! | random.pick([0x80, 0xa0, 0xc0, 0xe0])
        return x
      }
    }
  }
  return (random) => {
    const [i, j] = [random.below(POOL), random.below(POOL)]
    const flat = random.rarely(8)
    const a = flat ? 0n : ones.scalars[i]!
    const commitment = (flat ? ZERO : taus.points[i]!).add(random.rarely(12) ? ZERO : ones.points[j]!)
    const b = commitment.equals(flat ? ZERO : taus.points[i]!) ? 0n : ones.scalars[j]!
    let z = random.rarely(8) ? random.pick([...edges(r), MAX_WORD]) : below(random, r)
    let y = (a * z + b) % r
    if (random.rarely(10)) y = random.pick([...edges(r), y + r, MAX_WORD]) & MAX_WORD
    if (random.rarely(16)) z = (z + r) & MAX_WORD
    const commitmentBytes = compressed(random, commitment)
    const hash = sha256(commitmentBytes)
    hash[0] = 1
    return concatBytes(
      random.rarely(20) ? flipped(random, hash) : hash,
      word(z),
      word(y),
      commitmentBytes,
      compressed(random, flat ? ZERO : ones.points[i]!),
    )
  }
}

// All of them ----------------------------------------------------------------------------------------------------------------------

/** Parts after one another, 1 to 3 of them. */
const several = (random: Random, part: () => Uint8Array) =>
  concatBytes(...Array.from({ length: 1 + (random.rarely(3) ? random.below(3) : 0) }, part))

const many = (count: number, part: () => Uint8Array) => concatBytes(...Array.from({ length: count }, part))

/** Pairs whose product of pairings is 1 mostly: e(aP, bQ) · e(-bP, aQ). */
function pairs<P extends GroupPoint<P>, Q extends GroupPoint<Q>>(
  random: Random,
  first: Encoding<P>,
  second: Encoding<Q>,
): Uint8Array {
  const bytes = <T>(e: Encoding<T>, p: T) =>
    concatBytes(...e.coordinates(p).map((coordinate) => word(coordinate, e.width)))
  if (random.rarely(2))
    return several(random, () => concatBytes(point(random, first, 3), point(random, second, 3)))
  const [i, j] = [random.below(POOL), random.below(POOL)]
  return concatBytes(
    bytes(first, first.pool.points[i]!),
    bytes(second, second.pool.points[j]!),
    bytes(first, random.rarely(4) ? first.pool.points[j]! : first.pool.points[j]!.negate()),
    bytes(second, second.pool.points[i]!),
  )
}

/** Every precompile that the proof asks L1 for, with a source of input that it accepts, refuses, or hardly accepts. */
export function precompileCases(): readonly PrecompileCases[] {
  const { bn1, bn2, bls1, bls2 } = encodings()
  const bnOrder = bn254.fields.Fr.ORDER
  const blsOrder = bls12_381.fields.Fr.ORDER
  const element = (random: Random): Uint8Array => {
    const { ORDER } = bls12_381.fields.Fp
    if (random.rarely(40)) return flipped(random, word(below(random, ORDER), 64))
    return word(
      random.rarely(8)
        ? random.pick([...edges(ORDER), (1n << 384n) - 1n, (1n << 512n) - 1n])
        : below(random, ORDER),
      64,
    )
  }
  /** The same twice, or its opposite, where addition has a case of its own. */
  const summands = <P extends GroupPoint<P>>(random: Random, e: Encoding<P>) => {
    if (!random.rarely(6)) return concatBytes(point(random, e, 6), point(random, e, 6))
    const p = (random.rarely(3) ? e.outside?.(random) : undefined) ?? member(random, e.pool)
    const bytes = (q: P) => concatBytes(...e.coordinates(q).map((c) => word(c, e.width)))
    return concatBytes(bytes(p), bytes(random.rarely(2) ? p : p.negate()))
  }
  const product = <P extends GroupPoint<P>>(random: Random, e: Encoding<P>) =>
    concatBytes(point(random, e), word(scalar(random, blsOrder)))
  return [
    { number: 1, name: 'ecrecover', make: ecrecover(), gas: () => 3_000 },
    { number: 6, name: 'bn254 add', make: (random) => cut(random, summands(random, bn1)), gas: () => 150 },
    {
      number: 7,
      name: 'bn254 multiply',
      make: (random) => cut(random, concatBytes(point(random, bn1), word(scalar(random, bnOrder)))),
      gas: () => 6_000,
    },
    {
      number: 8,
      name: 'bn254 pairing',
      make: (random) => (random.rarely(50) ? zeros(192 * random.below(3)) : pairs(random, bn1, bn2)),
      largest: (random) =>
        many(192, () => concatBytes(point(random, bn1, 1_000_000), point(random, bn2, 1_000_000))),
      gas: (length) => 45_000 + 34_000 * (length / 192),
    },
    { number: 10, name: 'KZG', make: kzg(), gas: () => 50_000 },
    { number: 11, name: 'BLS G1 add', make: (random) => summands(random, bls1), gas: () => 375 },
    {
      number: 12,
      name: 'BLS G1 multi-scalar',
      make: (random) => several(random, () => product(random, bls1)),
      largest: (random) =>
        many(256, () => concatBytes(point(random, bls1, 1_000_000), word(scalar(random, blsOrder)))),
      gas: (length) => 12_000 * (length / 160),
    },
    { number: 13, name: 'BLS G2 add', make: (random) => summands(random, bls2), gas: () => 600 },
    {
      number: 14,
      name: 'BLS G2 multi-scalar',
      make: (random) => several(random, () => product(random, bls2)),
      largest: (random) =>
        many(128, () => concatBytes(point(random, bls2, 1_000_000), word(scalar(random, blsOrder)))),
      gas: (length) => 22_500 * (length / 288),
    },
    {
      number: 15,
      name: 'BLS pairing',
      make: (random) => pairs(random, bls1, bls2),
      largest: (random) =>
        many(96, () => concatBytes(point(random, bls1, 1_000_000), point(random, bls2, 1_000_000))),
      gas: (length) => 37_700 + 32_600 * (length / 384),
    },
    { number: 16, name: 'BLS map to G1', make: element, gas: () => 5_500 },
    {
      number: 17,
      name: 'BLS map to G2',
      make: (random) => concatBytes(element(random), element(random)),
      gas: () => 23_800,
    },
    { number: 256, name: 'p256', make: p256Verify(), gas: () => 6_900 },
  ]
}
