import { concatBytes } from '@animechain/core'

/** EIP-4844: field elements of a blob, and their size in bytes. */
const FIELD_ELEMENTS = 4_096
const ELEMENT_BYTES = 32
/** The first byte of an element stays zero, so that it is below the BLS modulus. */
const USED_BYTES = ELEMENT_BYTES - 1
const LENGTH_BYTES = 4

export const bytesPerBlob = FIELD_ELEMENTS * ELEMENT_BYTES
const dataPerBlob = FIELD_ELEMENTS * USED_BYTES
/** docs/spec/protocol.md 1.3 */
export const maxBlobs = 6
/** Bytes that fit in `maxBlobs` blobs. */
export const maxBlobDataBytes = maxBlobs * dataPerBlob - LENGTH_BYTES

/** Data as the least number of blobs. The caller has checked the size. */
export function encodeBlobs(data: Uint8Array): Uint8Array[] {
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, data.length)
  const all = concatBytes(length, data)
  const blobs: Uint8Array[] = []
  for (let at = 0; at < all.length; at += dataPerBlob) {
    const blob = new Uint8Array(bytesPerBlob)
    for (let element = 0; element < FIELD_ELEMENTS; element++) {
      const from = at + element * USED_BYTES
      if (from >= all.length) break
      blob.set(all.subarray(from, Math.min(from + USED_BYTES, all.length)), element * ELEMENT_BYTES + 1)
    }
    blobs.push(blob)
  }
  return blobs
}

/** Bytes that blobs carry, or why they carry none: not every blob is one that this library encoded. */
export type DecodedBlobs = { ok: true; data: Uint8Array } | { ok: false; reason: string }

/** Data of blobs. Total and strict: exactly one list of blobs decodes to given data. */
export function decodeBlobs(blobs: readonly Uint8Array[]): DecodedBlobs {
  if (blobs.length === 0 || blobs.length > maxBlobs)
    return { ok: false, reason: `expected 1 to ${maxBlobs} blobs, got ${blobs.length}` }
  const all = new Uint8Array(blobs.length * dataPerBlob)
  for (const [index, blob] of blobs.entries()) {
    if (blob.length !== bytesPerBlob) return { ok: false, reason: `blob ${index} has ${blob.length} bytes` }
    for (let element = 0; element < FIELD_ELEMENTS; element++) {
      const from = element * ELEMENT_BYTES
      if (blob[from] !== 0)
        return { ok: false, reason: `element ${element} of blob ${index} does not start with zero` }
      all.set(blob.subarray(from + 1, from + ELEMENT_BYTES), index * dataPerBlob + element * USED_BYTES)
    }
  }
  const length = new DataView(all.buffer).getUint32(0)
  const end = LENGTH_BYTES + length
  if (end > all.length) return { ok: false, reason: `length ${length} is beyond the blobs` }
  if (Math.ceil(end / dataPerBlob) !== blobs.length)
    return { ok: false, reason: `${blobs.length} blobs are more than ${length} bytes need` }
  for (let at = end; at < all.length; at++)
    if (all[at] !== 0) return { ok: false, reason: 'unused bytes are not zero' }
  return { ok: true, data: all.slice(LENGTH_BYTES, end) }
}
