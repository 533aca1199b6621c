import { InvalidInputError, concatBytes } from '@animechain/core'
import { TRAILER_BYTES, badPadding } from './errors.js'
import { CHUNK_BYTES, MAX_CHUNKS } from './layout.js'

/** Bytes of content in one file, at most. */
export const MAX_CONTENT_BYTES = CHUNK_BYTES * MAX_CHUNKS - TRAILER_BYTES

/** Padmé: `n` rounded up so that log log n bits of it are seen. At most 12% more. docs/spec/vault.md 2.1 */
export function padme(n: number): number {
  if (n < 2) return n
  const exponent = floorLog2(n)
  const step = 2 ** (exponent - floorLog2(exponent) - 1)
  return Math.ceil(n / step) * step
}

function floorLog2(n: number): number {
  if (n < 1) return 0
  let exponent = Math.floor(Math.log2(n))
  // The logarithm of a large number just below a power of two is rounded up.
  if (2 ** exponent > n) exponent--
  else if (2 ** (exponent + 1) <= n) exponent++
  return exponent
}

/**
 * Bytes of the padded content.
 * @throws {InvalidInputError} where `length` is none, or above {@link MAX_CONTENT_BYTES}
 */
export function paddedLength(length: number): number {
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_CONTENT_BYTES)
    throw new InvalidInputError(
      'length of content',
      `a whole number from 0 to ${MAX_CONTENT_BYTES}`,
      `${length}`,
    )
  return padme(length + TRAILER_BYTES)
}

/** The trailer of content of `length` bytes: `u64 length`. */
export function trailerOf(length: number): Uint8Array {
  const out = new Uint8Array(TRAILER_BYTES)
  new DataView(out.buffer).setBigUint64(0, BigInt(length))
  return out
}

/**
 * Length of the content, by the end of what was padded.
 * @param tail the last bytes of the padded content, 8 or more
 * @param padded bytes of the padded content
 * @throws {BaseError} `VAULT_BAD_PADDING`
 */
export function contentLengthOf(tail: Uint8Array, padded: number): number {
  if (tail.length < TRAILER_BYTES) throw badPadding('it is shorter than its trailer')
  const view = new DataView(tail.buffer, tail.byteOffset + tail.length - TRAILER_BYTES, TRAILER_BYTES)
  const length = view.getBigUint64(0)
  if (length > BigInt(padded - TRAILER_BYTES)) throw badPadding(`it says ${length} bytes of content`)
  if (padme(Number(length) + TRAILER_BYTES) !== padded)
    throw badPadding(`${length} bytes of content are padded to another length than ${padded}`)
  return Number(length)
}

const zeros = new Uint8Array(CHUNK_BYTES)

/** Zeros in pieces of at most a chunk. */
export function* zeroPieces(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= CHUNK_BYTES) yield zeros.slice(0, Math.min(left, CHUNK_BYTES))
}

function trailingZeros(bytes: Uint8Array): number {
  let at = bytes.length
  while (at > 0 && bytes[at - 1] === 0) at--
  return bytes.length - at
}

/**
 * Takes padding off while the padded content goes by: what may be padding is counted, not kept. Every piece that it gives is content; only
 * `finish` tells that it was all.
 */
export class Unpadder {
  private held: Uint8Array | undefined
  private zeros = 0
  private given = 0
  private total = 0;

  /** The next chunk, not the last. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    if (this.held) yield* this.give(this.held)
    this.held = chunk
    this.total += chunk.length
  }

  /**
   * The last chunk; its return value is the length of the content.
   * @throws {BaseError} `VAULT_BAD_PADDING`
   */
  *finish(chunk: Uint8Array): Generator<Uint8Array, number> {
    // The trailer may begin in the chunk before.
    const tail = this.held ? concatBytes(this.held, chunk) : chunk
    const before = this.total - (this.held?.length ?? 0)
    this.total += chunk.length
    const length = contentLengthOf(tail, this.total)
    const padding = tail.subarray(Math.max(0, length - before), tail.length - TRAILER_BYTES)
    if (trailingZeros(padding) !== padding.length || this.given > length)
      throw badPadding('bytes between content and trailer are not zero')
    yield* zeroPieces(Math.min(length, before) - this.given)
    if (length > before) yield tail.subarray(0, length - before)
    return length
  }

  private *give(bytes: Uint8Array): Generator<Uint8Array> {
    const trailing = trailingZeros(bytes)
    if (trailing === bytes.length) {
      this.zeros += trailing
      return
    }
    yield* zeroPieces(this.zeros)
    yield bytes.subarray(0, bytes.length - trailing)
    this.given += this.zeros + bytes.length - trailing
    this.zeros = trailing
  }
}
