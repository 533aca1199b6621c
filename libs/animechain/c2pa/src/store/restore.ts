import { InvalidInputError, concatBytes } from '@animechain/core'
import { PNG_SIGNATURE } from '../media/png.js'
import { splitMedia } from '../media/split.js'

/** Bytes of a PNG up to where the library puts manifests: signature and IHDR. */
const BEFORE_MANIFEST = PNG_SIGNATURE.length + 12 + 13

/** CRC-32 as PNG has it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb8_8320 ^ (crc >>> 1) : crc >>> 1
  }
  return (crc ^ 0xffff_ffff) >>> 0
}

const word = (value: number): Uint8Array =>
  new Uint8Array([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff])

/**
 * Puts a manifest of a store back into a PNG that lost it. `verifyManifest` then tells by the signature, whoever keeps the store, whether the
 * file is the one that was signed: if the manifest is all that it lost. If other metadata went too, it says `tampered`.
 * @param media A PNG without manifest.
 * @throws {InvalidInputError} for other formats, in which the place of the manifest is not fixed, and for a file that has one.
 */
export function restoreManifest(media: Uint8Array, manifest: Uint8Array): Uint8Array {
  const parts = splitMedia(media)
  if (parts.format !== 'image/png') throw new InvalidInputError('media', 'a PNG', parts.format)
  if (parts.manifest) throw new InvalidInputError('media', 'a file without manifest', 'one that has one')
  const named = concatBytes(new TextEncoder().encode('caBX'), manifest)
  const chunk = concatBytes(word(manifest.length), named, word(crc32(named)))
  return concatBytes(media.subarray(0, BEFORE_MANIFEST), chunk, media.subarray(BEFORE_MANIFEST))
}
