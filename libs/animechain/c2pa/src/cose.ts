import { bytesToBigInt, concatBytes } from '@animechain/core'
import { notSigned } from './errors.js'

/** Bytes of an ES256 signature: r and s. */
export const SIGNATURE_BYTES = 64

/** Head of a value of CBOR: major type, and length or number up to 2^32. */
function head(major: number, value: number): Uint8Array {
  const first = major << 5
  if (value < 24) return new Uint8Array([first | value])
  if (value < 2 ** 8) return new Uint8Array([first | 24, value])
  if (value < 2 ** 16) return new Uint8Array([first | 25, value >>> 8, value & 0xff])
  return new Uint8Array([first | 26, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff])
}
const bytes = (value: Uint8Array): Uint8Array => concatBytes(head(2, value.length), value)
const text = (value: string): Uint8Array => {
  const utf8 = new TextEncoder().encode(value)
  return concatBytes(head(3, utf8.length), utf8)
}

/** Protected header: ES256 (label 1) and the chain of certificates (label 33), of which a single one stands without an array. */
function protectedHeader(chain: readonly Uint8Array[]): Uint8Array {
  const chained = chain.map(bytes)
  const value = chain.length === 1 ? chained[0]! : concatBytes(head(4, chain.length), ...chained)
  return concatBytes(head(5, 2), head(0, 1), head(1, 6), head(0, 33), value)
}

function sign1(header: Uint8Array, signature: Uint8Array): Uint8Array {
  const nothing = new Uint8Array([0xf6])
  return concatBytes(head(6, 18), head(4, 4), bytes(header), head(5, 0), nothing, bytes(signature))
}

/** Bytes that a COSE_Sign1 of this chain has; the library wants to know before there is one. */
export const coseLength = (chain: readonly Uint8Array[]): number =>
  sign1(protectedHeader(chain), new Uint8Array(SIGNATURE_BYTES)).length

/**
 * A COSE_Sign1 (RFC 9052, tagged) with a detached payload, as C2PA has it.
 * @throws {BaseError} `C2PA_NOT_SIGNED` when the signature is not one of 64 bytes.
 */
export async function coseSign(
  claim: Uint8Array,
  chain: readonly Uint8Array[],
  sign: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const header = protectedHeader(chain)
  const signed = concatBytes(
    ...[head(4, 4), text('Signature1'), bytes(header), bytes(new Uint8Array(0)), bytes(claim)],
  )
  const signature = await sign(signed)
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES)
    throw notSigned(
      `expected an ES256 signature of ${SIGNATURE_BYTES} bytes (r, s), got ${signature instanceof Uint8Array ? `${signature.length} bytes` : typeof signature}`,
    )
  if (bytesToBigInt(signature) === 0n) throw notSigned('expected an ES256 signature, got 64 zero bytes')
  return sign1(header, signature)
}
