import {
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  equalBytes,
  keccak256,
  type Commitment,
  type DaVerdict,
} from '@animechain/core'

export const prefix = commitmentPrefixes.altda

/** First byte of an encoded commitment of the OP Stack: what the rest is. */
const KECCAK = 0
const GENERIC = 1
/** Longest encoded commitment that is read, bytes: certificates of EigenDA have some thousands. */
export const MAX_ENCODED_BYTES = 16_384

/**
 * A commitment of the OP Stack, decoded. `keccak`: the hash of the bytes. `generic`: `payload` is what the DA layer of that number says, and nothing
 * about the bytes follows from it without knowing the layer.
 */
export type OpCommitment =
  { type: 'keccak'; hash: Uint8Array } | { type: 'generic'; layer: number; payload: Uint8Array }

/** What a generic commitment of one DA layer is to. Both Must be pure and never throw. */
export interface LayerVerifier {
  /** Whether this can be a payload of the layer: what cannot is told from what was not found. Default: anything is. */
  wellFormed?(payload: Uint8Array): boolean
  /** Whether bytes are those of a payload. */
  verify(payload: Uint8Array, data: Uint8Array): DaVerdict | Promise<DaVerdict>
}

/** Verifiers by the DA layer's byte, 0 to 127. */
export type LayerVerifiers = Readonly<Record<number, LayerVerifier>>

/** For layers whose payload is keccak256 of the bytes, as that of the server here. */
export const keccakLayer: LayerVerifier = {
  wellFormed: (payload) => payload.length === 32,
  verify: (payload, data) =>
    equalBytes(payload, keccak256(data))
      ? { valid: true }
      : { valid: false, reason: 'the hash of the data is not the payload of the commitment' },
}

/** The encoded commitment `0x00 ‖ keccak256(data)`. */
export const keccakEncoded = (data: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(KECCAK), keccak256(data))

/** The encoded commitment `0x01 ‖ layer ‖ payload`. */
export const genericEncoded = (layer: number, payload: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(GENERIC, layer), payload)

/** What an encoded commitment of the OP Stack says; undefined where it is none. */
export function decodeOpCommitment(encoded: Uint8Array): OpCommitment | undefined {
  if (encoded.length > MAX_ENCODED_BYTES) return undefined
  if (encoded[0] === KECCAK)
    return encoded.length === 33 ? { type: 'keccak', hash: encoded.slice(1) } : undefined
  // The specification restricts the layer's byte to [0, 127).
  if (encoded[0] !== GENERIC || encoded.length < 3 || encoded[1]! >= 127) return undefined
  return { type: 'generic', layer: encoded[1]!, payload: encoded.slice(2) }
}

/** The commitment of this chain for an encoded one: its kind in front. */
export const commitmentOf = (encoded: Uint8Array): Commitment => concatBytes(Uint8Array.of(prefix), encoded)

/** The part of a commitment that alt-DA servers know; undefined where it is none of kind 3. */
export function encodedOf(commitment: Commitment): Uint8Array | undefined {
  if (commitment[0] !== prefix) return undefined
  const encoded = commitment.slice(1)
  return decodeOpCommitment(encoded) && encoded
}

/** Why nothing can be said of a commitment to a layer that has no verifier; undefined where something can. */
export function unverifiable(decoded: OpCommitment, verifiers: LayerVerifiers): string | undefined {
  if (decoded.type === 'keccak' || verifiers[decoded.layer]) return undefined
  return `there is no verifier for DA layer ${decoded.layer}, and the commitment alone does not bind the data`
}

/** Whether this can be a commitment at all. */
export const wellFormed = (decoded: OpCommitment, verifiers: LayerVerifiers): boolean =>
  decoded.type === 'keccak' || (verifiers[decoded.layer]?.wellFormed?.(decoded.payload) ?? true)

/** Whether bytes are those of an encoded commitment, never by the word of a server. */
export async function verdictOf(
  encoded: Uint8Array,
  data: Uint8Array,
  verifiers: LayerVerifiers,
): Promise<DaVerdict> {
  const decoded = decodeOpCommitment(encoded)
  if (!decoded)
    return {
      valid: false,
      reason: `expected 0x00 and 32 bytes, or 0x01, a layer below 127 and its payload, got ${encoded.length} bytes: ${bytesToHex(encoded.slice(0, 8))}…`,
    }
  if (decoded.type === 'keccak')
    return equalBytes(decoded.hash, keccak256(data))
      ? { valid: true }
      : { valid: false, reason: 'the hash of the data is not the commitment' }
  const unknown = unverifiable(decoded, verifiers)
  if (unknown) return { valid: false, reason: unknown }
  if (!wellFormed(decoded, verifiers))
    return { valid: false, reason: `no payload of DA layer ${decoded.layer}` }
  return verifiers[decoded.layer]!.verify(decoded.payload, data)
}
