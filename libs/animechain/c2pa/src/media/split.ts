import { InvalidInputError, bytesToHex, concatBytes } from '@animechain/core'
import type { Hash } from '@animechain/core'
import { badMedia, tooLarge, unknownMedia } from '../errors.js'
import { limits } from '../limits.js'
import { splitJpeg } from './jpeg.js'
import { splitMp4 } from './mp4.js'
import type { MediaFormat, MediaParts } from './parts.js'
import { PartsBuilder, nameAt } from './parts.js'
import { PNG_SIGNATURE, splitPng } from './png.js'
import { splitWebp } from './webp.js'

const splitters = {
  'image/png': splitPng,
  'image/jpeg': splitJpeg,
  'image/webp': splitWebp,
  'video/mp4': splitMp4,
} as const

function formatOf(bytes: Uint8Array): MediaFormat {
  if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return 'image/png'
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'image/jpeg'
  if (nameAt(bytes, 0) === 'RIFF' && nameAt(bytes, 8) === 'WEBP') return 'image/webp'
  if (nameAt(bytes, 4) === 'ftyp') return 'video/mp4'
  throw unknownMedia(bytes.length === 0 ? 'nothing' : bytesToHex(bytes.subarray(0, 12)))
}

/**
 * Takes a media file apart into its content and its manifest, by the file's own first bytes. Reads the structure only: neither pixels nor
 * checksums, and no manifest.
 * @param bytes PNG, JPEG, WebP or MP4, 256 MiB at most.
 * @throws {BaseError} `MEDIA_UNKNOWN`, `MEDIA_MALFORMED` (cut, lengths that do not fit, more than one manifest), `MEDIA_TOO_LARGE`.
 */
export function splitMedia(bytes: Uint8Array): MediaParts {
  if (!(bytes instanceof Uint8Array)) throw new InvalidInputError('media', 'a Uint8Array', typeof bytes)
  if (bytes.length > limits.mediaBytes)
    throw tooLarge('bytes of a media file', limits.mediaBytes, bytes.length)
  const format = formatOf(bytes)
  const parts = new PartsBuilder()
  splitters[format](bytes, parts)
  const { content, manifests } = parts
  // Readers would differ in which one counts.
  if (manifests.length > 1) throw badMedia(format, `expected at most one manifest, got ${manifests.length}`)
  return { format, content, manifest: manifests[0] }
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

/** Length of a piece, 8 bytes. */
function lengthOf(piece: Uint8Array): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(piece.length))
  return out
}

/**
 * Hash of what a file shows or plays, the same with and without manifest and metadata: SHA-256 as docs/spec/animechain-media.md says. A file
 * that was coded anew (scaled, recompressed, converted) has another one.
 *
 * It is an unsalted hash of plaintext: it belongs into a {@link ManifestStore}, and never on a chain.
 */
export async function contentHash(parts: MediaParts): Promise<Hash> {
  const pieces = parts.content.flatMap(({ name, bytes }) => [latin1(name), lengthOf(bytes), bytes])
  const all = concatBytes(latin1(`animechain-content-1\0${parts.format}\0`), ...pieces)
  return bytesToHex(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', all)))
}
