import { bigIntToBytes, bytesToBigInt, concatBytes, hexToBytes, secp256k1Order } from '@animechain/core'
import { recovery } from '@animechain/tx'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'

// The precompiles that the guest asks its host for. Gas has been charged before. Each gives its output, empty where the
// precompile succeeds without one, or undefined when it fails.

type Precompile = (input: Uint8Array) => Uint8Array | undefined

const NOTHING = new Uint8Array(0)
const ONE = bigIntToBytes(1n, 32)
const ZERO = new Uint8Array(32)

/** `length` bytes from `at`, zeros where the input has ended. */
function slice(input: Uint8Array, at: number, length: number): Uint8Array {
  if (at + length <= input.length) return input.subarray(at, at + length)
  const out = new Uint8Array(length)
  if (at < input.length) out.set(input.subarray(at))
  return out
}

const word = (input: Uint8Array, at: number): bigint => bytesToBigInt(slice(input, at, 32))

const ecrecover: Precompile = (input) => {
  const v = word(input, 32)
  const r = word(input, 64)
  const s = word(input, 96)
  if ((v !== 27n && v !== 28n) || r === 0n || s === 0n || r >= secp256k1Order || s >= secp256k1Order)
    return NOTHING
  const point = recovery().recover(slice(input, 0, 32).slice(), slice(input, 64, 64).slice(), Number(v) - 27)
  if (point === undefined) return NOTHING
  const out = keccak_256(point)
  out.fill(0, 0, 12)
  return out
}

// bn254 (EIP-196, EIP-197) --------------------------------------------------------------------------------------------------

const BN_P = bn254.fields.Fp.ORDER
const Bn1 = bn254.G1.Point
const Bn2 = bn254.G2.Point

/** @throws when the coordinates are no point */
function bn1(input: Uint8Array, at: number) {
  const x = word(input, at)
  const y = word(input, at + 32)
  if (x >= BN_P || y >= BN_P) throw new RangeError('coordinate above the field')
  if (x === 0n && y === 0n) return Bn1.ZERO
  const point = Bn1.fromAffine({ x, y })
  point.assertValidity()
  return point
}

/** @throws when the coordinates are no point of the subgroup */
function bn2(input: Uint8Array, at: number) {
  const [x1, x0, y1, y0] = [0, 32, 64, 96].map((offset) => word(input, at + offset)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  if ([x1, x0, y1, y0].some((c) => c >= BN_P)) throw new RangeError('coordinate above the field')
  if (x1 === 0n && x0 === 0n && y1 === 0n && y0 === 0n) return Bn2.ZERO
  const point = Bn2.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } })
  point.assertValidity()
  if (!point.isTorsionFree()) throw new RangeError('not in the subgroup')
  return point
}

function bnBytes(point: ReturnType<typeof bn1>): Uint8Array {
  if (point.is0()) return new Uint8Array(64)
  const { x, y } = point.toAffine()
  return concatBytes(bigIntToBytes(x, 32), bigIntToBytes(y, 32))
}

const bnAdd: Precompile = (input) => bnBytes(bn1(input, 0).add(bn1(input, 64)))

const bnMul: Precompile = (input) => {
  const point = bn1(input, 0)
  const scalar = word(input, 64) % Bn1.Fn.ORDER
  return bnBytes(scalar === 0n || point.is0() ? Bn1.ZERO : point.multiplyUnsafe(scalar))
}

const bnPairing: Precompile = (input) => {
  const pairs = []
  for (let at = 0; at < input.length; at += 192) {
    const g1 = bn1(input, at)
    const g2 = bn2(input, at + 64)
    if (!g1.is0() && !g2.is0()) pairs.push({ g1, g2 })
  }
  if (pairs.length === 0) return ONE
  const { Fp12 } = bn254.fields
  return Fp12.eql(bn254.pairingBatch(pairs, true), Fp12.ONE) ? ONE : ZERO
}

// BLS12-381 (EIP-2537) --------------------------------------------------------------------------------------------------------

const BLS_P = bls12_381.fields.Fp.ORDER
const Bls1 = bls12_381.G1.Point
const Bls2 = bls12_381.G2.Point

/** A field element: 16 zero bytes and 48 bytes. @throws when it is none */
function fp(input: Uint8Array, at: number): bigint {
  const value = bytesToBigInt(input.subarray(at, at + 64))
  if (value >= BLS_P) throw new RangeError('not in the field')
  return value
}

function fp2(input: Uint8Array, at: number) {
  return { c0: fp(input, at), c1: fp(input, at + 64) }
}

/** @throws when it is no point of the curve, or of the subgroup where that is asked for */
function bls1(input: Uint8Array, at: number, subgroup: boolean) {
  const x = fp(input, at)
  const y = fp(input, at + 64)
  if (x === 0n && y === 0n) return Bls1.ZERO
  const { Fp } = bls12_381.fields
  if (!Fp.eql(Fp.sqr(y), Fp.add(Fp.mul(Fp.sqr(x), x), Bls1.CURVE().b)))
    throw new RangeError('not on the curve')
  const point = Bls1.fromAffine({ x, y })
  if (subgroup && !point.isTorsionFree()) throw new RangeError('not in the subgroup')
  return point
}

function bls2(input: Uint8Array, at: number, subgroup: boolean) {
  const x = fp2(input, at)
  const y = fp2(input, at + 128)
  if (x.c0 === 0n && x.c1 === 0n && y.c0 === 0n && y.c1 === 0n) return Bls2.ZERO
  const { Fp2 } = bls12_381.fields
  if (!Fp2.eql(Fp2.sqr(y), Fp2.add(Fp2.mul(Fp2.sqr(x), x), Bls2.CURVE().b)))
    throw new RangeError('not on the curve')
  const point = Bls2.fromAffine({ x, y })
  if (subgroup && !point.isTorsionFree()) throw new RangeError('not in the subgroup')
  return point
}

function bls1Bytes(point: ReturnType<typeof bls1>): Uint8Array {
  if (point.is0()) return new Uint8Array(128)
  const { x, y } = point.toAffine()
  return concatBytes(bigIntToBytes(x, 64), bigIntToBytes(y, 64))
}

function bls2Bytes(point: ReturnType<typeof bls2>): Uint8Array {
  if (point.is0()) return new Uint8Array(256)
  const { x, y } = point.toAffine()
  return concatBytes(...[x.c0, x.c1, y.c0, y.c1].map((c) => bigIntToBytes(c, 64)))
}

const g1Add: Precompile = (input) => bls1Bytes(bls1(input, 0, false).add(bls1(input, 128, false)))
const g2Add: Precompile = (input) => bls2Bytes(bls2(input, 0, false).add(bls2(input, 256, false)))

const g1Msm: Precompile = (input) => {
  let sum = Bls1.ZERO
  for (let at = 0; at < input.length; at += 160) {
    const point = bls1(input, at, true)
    const scalar = word(input, at + 128) % Bls1.Fn.ORDER
    if (scalar !== 0n && !point.is0()) sum = sum.add(point.multiplyUnsafe(scalar))
  }
  return bls1Bytes(sum)
}

const g2Msm: Precompile = (input) => {
  let sum = Bls2.ZERO
  for (let at = 0; at < input.length; at += 288) {
    const point = bls2(input, at, true)
    const scalar = word(input, at + 256) % Bls2.Fn.ORDER
    if (scalar !== 0n && !point.is0()) sum = sum.add(point.multiplyUnsafe(scalar))
  }
  return bls2Bytes(sum)
}

const blsPairing: Precompile = (input) => {
  const pairs = []
  for (let at = 0; at < input.length; at += 384) {
    const g1 = bls1(input, at, true)
    const g2 = bls2(input, at + 128, true)
    if (!g1.is0() && !g2.is0()) pairs.push({ g1, g2 })
  }
  if (pairs.length === 0) return ONE
  const { Fp12 } = bls12_381.fields
  return Fp12.eql(bls12_381.pairingBatch(pairs, true), Fp12.ONE) ? ONE : ZERO
}

/** SSWU map with the cofactor cleared: what the library's hasher does after expanding a message. */
const mapped = <P>(curve: { mapToCurve(element: never): unknown }, element: bigint | bigint[]): P =>
  curve.mapToCurve(element as never) as P

const mapToG1: Precompile = (input) => {
  return bls1Bytes(mapped<typeof Bls1.BASE>(bls12_381.G1, fp(input, 0)))
}

const mapToG2: Precompile = (input) => {
  const { c0, c1 } = fp2(input, 0)
  return bls2Bytes(mapped<typeof Bls2.BASE>(bls12_381.G2, [c0, c1]))
}

// KZG point evaluation (EIP-4844) ------------------------------------------------------------------------------------------------

/** [τ]₂ of Ethereum's trusted setup: `g2_monomial[1]` of consensus-specs' trusted_setup_4096.json. */
const TAU_G2 =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'
/** FIELD_ELEMENTS_PER_BLOB ‖ BLS_MODULUS. */
const KZG_RESULT = concatBytes(bigIntToBytes(4096n, 32), bigIntToBytes(Bls1.Fn.ORDER, 32))
let tau: ReturnType<typeof bls2> | undefined

/** @throws when the 48 bytes are no point of the subgroup */
function kzgPoint(bytes: Uint8Array) {
  const point = Bls1.fromBytes(bytes)
  if (point.is0()) return point
  point.assertValidity()
  return point
}

const kzgPointEvaluation: Precompile = (input) => {
  const commitmentBytes = input.subarray(96, 144)
  const hash = sha256(commitmentBytes)
  hash[0] = 1
  for (let i = 0; i < 32; i++) if (hash[i] !== input[i]) return undefined
  const z = word(input, 32)
  const y = word(input, 64)
  const r = Bls1.Fn.ORDER
  if (z >= r || y >= r) return undefined
  const commitment = kzgPoint(commitmentBytes)
  const proof = kzgPoint(input.subarray(144, 192))
  tau ??= Bls2.fromBytes(hexToBytes(TAU_G2))
  // e(C - [y]₁, -G₂) · e(π, [τ]₂ - [z]₂) = 1
  const left = y === 0n ? commitment : commitment.subtract(Bls1.BASE.multiplyUnsafe(y))
  const right = z === 0n ? tau : tau.subtract(Bls2.BASE.multiplyUnsafe(z))
  const pairs = [
    { g1: left, g2: Bls2.BASE.negate() },
    { g1: proof, g2: right },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0())
  const { Fp12 } = bls12_381.fields
  const holds = pairs.length === 0 || Fp12.eql(bls12_381.pairingBatch(pairs, true), Fp12.ONE)
  return holds ? KZG_RESULT : undefined
}

// P-256 (EIP-7951) -------------------------------------------------------------------------------------------------------------

const p256Verify: Precompile = (input) => {
  if (input.length !== 160) return NOTHING
  const [r, s, x, y] = [32, 64, 96, 128].map((at) => word(input, at)) as [bigint, bigint, bigint, bigint]
  const n = p256.Point.Fn.ORDER
  const p = p256.Point.Fp.ORDER
  if (r === 0n || s === 0n || r >= n || s >= n || x >= p || y >= p || (x === 0n && y === 0n)) return NOTHING
  const key = concatBytes(Uint8Array.of(4), input.subarray(96, 160))
  const valid = p256.verify(input.slice(32, 96), input.slice(0, 32), key, { prehash: false, lowS: false })
  return valid ? ONE : NOTHING
}

const precompiles: Record<number, Precompile> = {
  1: ecrecover,
  6: bnAdd,
  7: bnMul,
  8: bnPairing,
  10: kzgPointEvaluation,
  11: g1Add,
  12: g1Msm,
  13: g2Add,
  14: g2Msm,
  15: blsPairing,
  16: mapToG1,
  17: mapToG2,
  256: p256Verify,
}

/**
 * Runs a precompile by number. Undefined when it fails; input that is no point or no field element is such a failure.
 * The guest has checked the input's length where the precompile fixes one.
 */
export function precompile(address: number, input: Uint8Array): Uint8Array | undefined {
  const run = precompiles[address]
  if (run === undefined) return undefined
  try {
    return run(input)
  } catch {
    return undefined
  }
}

/** A call of a precompile that a proof asks L1 for, as L1 must be given it. */
export interface PrecompileCall {
  number: number
  input: Uint8Array
}

/**
 * The result of a precompile as a proof reads it (docs/spec/execution.md, "Preimages"): success and the size of the output in words, then the
 * output; a failure has none.
 */
export function precompileResult({ number, input }: PrecompileCall): Uint8Array {
  const output = precompile(number, input)
  if (output === undefined) return new Uint8Array(64)
  return concatBytes(ONE, bigIntToBytes(BigInt(output.length), 32), output)
}
