import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Random } from './random.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
export const word = (value: bigint, bytes = 32) => value.toString(16).padStart(2 * bytes, '0')
const key = new Uint8Array(32).fill(7)
const digest = new Uint8Array(32).fill(9)

export const bnPoint = (n: bigint) => {
  const { x, y } = bn254.G1.Point.BASE.multiply(n).toAffine()
  return word(x) + word(y)
}
export const bnTwist = (n: bigint) => {
  const { x, y } = bn254.G2.Point.BASE.multiply(n).toAffine()
  return word(x.c1) + word(x.c0) + word(y.c1) + word(y.c0)
}
export const blsPoint = (n: bigint) => {
  const { x, y } = bls12_381.G1.Point.BASE.multiply(n).toAffine()
  return word(x, 64) + word(y, 64)
}
export const blsTwist = (n: bigint) => {
  const { x, y } = bls12_381.G2.Point.BASE.multiply(n).toAffine()
  return word(x.c0, 64) + word(x.c1, 64) + word(y.c0, 64) + word(y.c1, 64)
}

/** Input that each precompile accepts, by its address; the costly ones apart. */
function accepted(): {
  cheap: [address: number, input: string][]
  costly: [address: number, input: string][]
} {
  const signed = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' })
  const ecrecover = hex(digest) + word(27n + BigInt(signed[0]!)) + hex(signed.slice(1))
  const p256Key = p256.getPublicKey(key, false)
  const p256Input = hex(digest) + hex(p256.sign(digest, key, { prehash: false })) + hex(p256Key.slice(1))
  const modexp = (base: number, exponent: number, modulus: number) =>
    [base, exponent, modulus].map((length) => word(BigInt(length))).join('') +
    'c7'.repeat(base + exponent + modulus)
  /** An exponent that begins with zeros: its price is that of its first bit. */
  const smallExponent = (zeros: number, rest: string) =>
    [32, zeros + rest.length / 2, 32].map((length) => word(BigInt(length))).join('') +
    'c7'.repeat(32) +
    '00'.repeat(zeros) +
    rest +
    'c7'.repeat(32)
  // No two words of the message are alike, or it would not matter which of them a round takes.
  const message = hex(Uint8Array.from({ length: 128 }, (_, i) => 2 * i + 1))
  const blake = (rounds: number, last: string) =>
    word(BigInt(rounds), 4) + '5b'.repeat(64) + message + '11'.repeat(16) + last
  const minus = bn254.fields.Fr.ORDER - 1n
  const infinity = `c0${'00'.repeat(47)}`
  const versioned = sha256(Buffer.from(infinity, 'hex'))
  versioned[0] = 1
  return {
    cheap: [
      [1, ecrecover],
      [1, ecrecover],
      [2, '61'.repeat(70)],
      [3, '62'.repeat(120)],
      [4, '63'.repeat(90)],
      [5, modexp(32, 2, 32)],
      [5, modexp(5, 40, 7)],
      [5, modexp(0, 0, 1)],
      [5, `${[1, 1, 1].map((length) => word(BigInt(length))).join('')}c70001`],
      [5, modexp(64, 33, 65)],
      [5, smallExponent(16, `05${'c7'.repeat(15)}`)],
      [5, smallExponent(33, '03')],
      [6, bnPoint(1n) + bnPoint(2n)],
      [6, bnPoint(5n) + bnPoint(minus)],
      [7, bnPoint(3n) + word(77n)],
      [9, blake(12, '01')],
      [9, blake(11, '01')],
      [9, blake(3, '00')],
      [11, blsPoint(2n) + blsPoint(9n)],
      [13, blsTwist(2n) + blsTwist(3n)],
      [0x100, p256Input],
    ],
    costly: [
      [8, bnPoint(1n) + bnTwist(1n)],
      [8, bnPoint(1n) + bnTwist(2n) + bnPoint(minus) + bnTwist(2n)],
      // The polynomial that is zero everywhere: commitment and proof are the point at infinity.
      [10, hex(versioned) + word(3n) + word(0n) + infinity + infinity],
      [12, blsPoint(2n) + word(5n) + blsPoint(3n) + word(9n)],
      [14, blsTwist(2n) + word(5n)],
      [15, blsPoint(1n) + blsTwist(1n)],
      [16, word(123n, 64)],
      [17, word(4n, 64) + word(5n, 64)],
    ],
  }
}

let vectors: ReturnType<typeof accepted> | undefined

/** A precompile and bytes for it, in hex: mostly what it accepts, sometimes with one byte changed. */
export function precompileInput({ below, pick, rarely }: Random): { address: number; input: string } {
  vectors ??= accepted()
  const [address, input] = pick(rarely(12) ? vectors.costly : vectors.cheap)
  // Hashes pad where their blocks end.
  if (address === 2 || address === 3)
    return { address, input: '61'.repeat(pick([0, 1, 55, 56, 57, 63, 64, 65, 119, 120])) }
  if (!rarely(3)) return { address, input }
  const at = 2 * below(input.length / 2)
  return { address, input: input.slice(0, at) + word(BigInt(below(256)), 1) + input.slice(at + 2) }
}
