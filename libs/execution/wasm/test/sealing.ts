import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { bigIntToBytes, concatBytes, keccak256, type SealedBatch } from '@animechain/core'

// Sealed batches written from docs/spec/vault.md, section 2, apart from the library that the store uses.

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const sha256 = (...parts: Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHash('sha256')
      .update(concatBytes(...parts))
      .digest(),
  )
const CHUNK = 262_144
const PIECE = 4_096

const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))

/** RFC 9162, 2.1.1 */
function root(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!)
  let left = 1
  while (2 * left < leaves.length) left *= 2
  return sha256(Uint8Array.of(1), root(leaves.slice(0, left)), root(leaves.slice(left)))
}

/** Content with zeros and its length behind it, of a length that Padmé gives. */
export function pad(content: Uint8Array): Uint8Array {
  const least = content.length + 8
  const exponent = Math.floor(Math.log2(least))
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1)
  const length = Math.ceil(least / step) * step
  return concatBytes(content, new Uint8Array(length - least), bigIntToBytes(BigInt(content.length), 8))
}

/** What may be done otherwise than the specification says. */
export interface Bent {
  /** the padded content */
  padded?: (padded: Uint8Array) => Uint8Array
  header?: (header: Uint8Array) => Uint8Array
  /** all ciphertext, before its tree is made */
  body?: (body: Uint8Array) => Uint8Array
  descriptor?: (descriptor: Uint8Array) => Uint8Array
}

const keysOf = (key: Uint8Array, salt: Uint8Array) => {
  const keys = new Uint8Array(
    hkdfSync('sha256', key, salt, concatBytes(text('animechain/vault/1'), Uint8Array.of(1)), 64),
  )
  return { chunkKey: keys.subarray(0, 32), keyTag: keys.subarray(32) }
}
const nonceOf = (header: Uint8Array, index: number, isLast: boolean): Uint8Array =>
  concatBytes(header.subarray(40, 47), bigIntToBytes(BigInt(index), 4), Uint8Array.of(isLast ? 1 : 0))

/** Seals content as a batch. Shards are nothing that the proof program looks at: their roots are noise. */
export function seal(
  content: Uint8Array,
  key: Uint8Array,
  random: (length: number) => Uint8Array,
  bent: Bent = {},
): SealedBatch {
  const same = <T>(value: T): T => value
  const salt = random(32)
  const { chunkKey, keyTag } = keysOf(key, salt)
  const start = concatBytes(text('AVLT'), Uint8Array.of(1, 1, 18, 0))
  const header = (bent.header ?? same)(concatBytes(start, salt, random(7), Uint8Array.of(0), keyTag))
  const chunks = cut((bent.padded ?? same)(pad(content)), CHUNK)
  const body = (bent.body ?? same)(
    concatBytes(
      ...chunks.flatMap((chunk, i) => {
        const cipher = createCipheriv('aes-256-gcm', chunkKey, nonceOf(header, i, i === chunks.length - 1))
        cipher.setAAD(header)
        return [cipher.update(chunk), cipher.final(), cipher.getAuthTag()]
      }),
    ),
  )
  const units = cut(body, CHUNK + 16).map((unit) => root(cut(unit, PIECE)))
  const descriptor = concatBytes(
    ...[text('animechain/vault/blob/1'), header, bigIntToBytes(BigInt(body.length), 8), root(units)],
    ...[random(160), new Uint8Array(32)],
  )
  return { descriptor: (bent.descriptor ?? same)(descriptor), body, key }
}

/** Kind 4's commitment to it; it names the length that the descriptor names. */
export const sealedCommitment = ({ descriptor, key }: SealedBatch): Uint8Array =>
  concatBytes(
    ...[Uint8Array.of(4, 1), sha256(descriptor), keccak256(key), descriptor.subarray(103, 111)],
    bigIntToBytes(1n, 8),
  )

/** The content of what was sealed right; undefined of anything else that these tests make. */
export function openSealed({ descriptor, body, key }: SealedBatch): Uint8Array | undefined {
  const header = descriptor.subarray(23, 103)
  const { chunkKey, keyTag } = keysOf(key, header.subarray(8, 40))
  const isRight =
    descriptor.length === 335 &&
    Buffer.compare(descriptor.subarray(0, 23), text('animechain/vault/blob/1')) === 0 &&
    Buffer.compare(header.subarray(0, 8), concatBytes(text('AVLT'), Uint8Array.of(1, 1, 18, 0))) === 0 &&
    header[47] === 0 &&
    Buffer.compare(header.subarray(48), keyTag) === 0 &&
    Buffer.compare(descriptor.subarray(103, 111), bigIntToBytes(BigInt(body.length), 8)) === 0 &&
    Buffer.compare(
      descriptor.subarray(111, 143),
      root(cut(body, CHUNK + 16).map((unit) => root(cut(unit, PIECE)))),
    ) === 0 &&
    descriptor.subarray(303).every((byte) => byte === 0)
  if (!isRight) return undefined
  const sealed = cut(body, CHUNK + 16)
  try {
    const padded = concatBytes(
      ...sealed.flatMap((chunk, i) => {
        const cipher = createDecipheriv('aes-256-gcm', chunkKey, nonceOf(header, i, i === sealed.length - 1))
        cipher.setAAD(header)
        cipher.setAuthTag(chunk.subarray(-16))
        return [cipher.update(chunk.subarray(0, -16)), cipher.final()]
      }),
    )
    const length = Number(new DataView(padded.buffer).getBigUint64(padded.length - 8))
    if (length > padded.length - 8) return undefined
    const content = padded.subarray(0, length)
    return Buffer.compare(pad(content), padded) === 0 ? content : undefined
  } catch {
    return undefined
  }
}
