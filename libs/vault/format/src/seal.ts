import { bytesToHex, concatBytes, type Hash } from '@animechain/core'
import { blobId, type SealedDescriptor } from './blob.js'
import { defaultCrypto, type VaultCrypto } from './crypto.js'
import { TRAILER_BYTES, tooLong } from './errors.js'
import { chunkNonce, keysOf, newHeader } from './header.js'
import { CHUNK_BYTES, DATA_UNITS, TAG_BYTES, UNITS, shardOf } from './layout.js'
import { MAX_CONTENT_BYTES, paddedLength, trailerOf, zeroPieces } from './padding.js'
import { blocksOf, piecesOf, type ByteSource } from './source.js'
import { stripeUnits } from './stripes.js'
import { TreeBuilder, treeHash, unitRoot } from './tree.js'

/** Content, and what to seal it with. */
export interface SealOptions {
  content: ByteSource
  /** 32 bytes, of this rendition and epoch alone */
  dataKey: Uint8Array
  /**
   * Header of an earlier pass over the same content, which then gives the same bytes. Never with other content: that would give both away.
   * By default a new one.
   */
  header?: Uint8Array
  /** Give the same buffers again and again: what was given is overwritten when the next is asked for. A tenth faster. Default false */
  reuse?: boolean
  signal?: AbortSignal
  crypto?: VaultCrypto
}

/** One stripe of a sealed file. */
export interface SealedStripe {
  /** counts from 0 */
  stripe: number
  /** its five units; empty ones are chunks that the last stripe has not */
  units: readonly Uint8Array[]
  /** roots of the units */
  roots: readonly Uint8Array[]
}

/** A file that was sealed to its end. */
export interface SealedFile {
  /** id */
  blob: Hash
  descriptor: SealedDescriptor
  /** bytes of the content */
  contentLength: number
}

/** Content, padding and trailer, in pieces. */
async function* paddedPieces(
  content: AsyncIterable<Uint8Array>,
  told: { contentLength: number },
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    told.contentLength += piece.length
    if (told.contentLength > MAX_CONTENT_BYTES) throw tooLong(MAX_CONTENT_BYTES)
    yield piece
  }
  const { contentLength } = told
  yield* zeroPieces(paddedLength(contentLength) - contentLength - TRAILER_BYTES)
  yield trailerOf(contentLength)
}

/**
 * The chunks of a sealed file, one after the other; its return value is the content's length. At most two chunks are in memory, besides
 * the piece that the source gave.
 * @throws {AbortedError} once the signal is aborted
 */
export const sealChunks = (options: SealOptions): AsyncGenerator<Uint8Array, number> =>
  chunksInto(options, buffersOf(options, 1))

type Buffers = (index: number, length: number) => Uint8Array

/** New buffers, or `count` of them in turn. */
function buffersOf({ reuse, crypto = defaultCrypto }: SealOptions, count: number): Buffers {
  if (!reuse) return (_index, length) => crypto.buffer(length)
  const ring = Array.from({ length: count }, () => crypto.buffer(CHUNK_BYTES + TAG_BYTES))
  return (index, length) => ring[index % count]!.subarray(0, length)
}

async function* chunksInto(
  { content, dataKey, header: given, signal, crypto = defaultCrypto }: SealOptions,
  buffers: Buffers,
): AsyncGenerator<Uint8Array, number> {
  const header = given ?? (await newHeader(dataKey, { crypto }))
  const { chunkKey, prefix } = await keysOf(header, dataKey, crypto)
  const cipher = await crypto.cipher(chunkKey)
  const told = { contentLength: 0 }
  const pieces = paddedPieces(piecesOf(content, 'Sealing', signal), told)
  let index = 0
  for await (const { block, last } of blocksOf(pieces, CHUNK_BYTES)) {
    const chunk = buffers(index, block.length + TAG_BYTES)
    await cipher.seal(chunkNonce(prefix, index, last), header, block, chunk)
    yield chunk
    index++
  }
  return told.contentLength
}

/**
 * The stripes of a sealed file, one after the other, with the roots of their units; its return value is the descriptor and the id. Memory
 * is bounded by one stripe, its parity and the roots of trees.
 * @throws {AbortedError} once the signal is aborted
 */
export async function* sealStripes({
  project,
  ...options
}: SealOptions & { project: Hash }): AsyncGenerator<SealedStripe, SealedFile> {
  const crypto = options.crypto ?? defaultCrypto
  const header = options.header ?? (await newHeader(options.dataKey, { crypto }))
  const hash = treeHash(crypto)
  const data = new TreeBuilder(hash)
  const shards = Array.from({ length: UNITS }, () => new TreeBuilder(hash))
  let length = 0
  let stripe = 0
  const finished = (chunks: readonly Uint8Array[]): SealedStripe => {
    const units = stripeUnits(chunks)
    const roots = units.map((unit) => unitRoot(unit, crypto))
    for (let i = 0; i < chunks.length; i++) data.add(roots[i]!)
    for (let s = 0; s < UNITS; s++) shards[shardOf(stripe, s)]!.add(roots[s]!)
    return { stripe: stripe++, units, roots }
  }
  const buffers = buffersOf({ ...options, crypto }, DATA_UNITS)
  const sealing = chunksInto({ ...options, header, crypto }, buffers)
  let chunks: Uint8Array[] = []
  let next = await sealing.next()
  try {
    for (; !next.done; next = await sealing.next()) {
      chunks.push(next.value)
      length += next.value.length
      if (chunks.length < DATA_UNITS) continue
      yield finished(chunks)
      chunks = []
    }
    if (chunks.length > 0) yield finished(chunks)
  } finally {
    // A consumer that stops early ends the source too.
    if (!next.done) await sealing.return(0)
  }
  const descriptor: SealedDescriptor = {
    header: bytesToHex(header),
    length: BigInt(length),
    dataRoot: bytesToHex(data.root()),
    shardRoots: shards.map((shard) => bytesToHex(shard.root())),
    project,
  }
  return { blob: blobId(descriptor, crypto), descriptor, contentLength: next.value as number }
}

/** A sealed file in memory. */
export interface SealedBytes extends SealedFile {
  header: Uint8Array
  /** all chunks, one after the other */
  body: Uint8Array
  /** the five shards */
  shards: readonly Uint8Array[]
  /** roots of all units, as `verifyUnitRoots` takes them */
  unitRoots: Uint8Array
}

/** Seals small content at once: a batch, an index. */
export async function sealBytes(
  options: Omit<SealOptions, 'content' | 'reuse'> & { content: Uint8Array; project: Hash },
): Promise<SealedBytes> {
  const header = options.header ?? (await newHeader(options.dataKey, { crypto: options.crypto }))
  const stripes = sealStripes({ ...options, header })
  const body: Uint8Array[] = []
  const unitRoots: Uint8Array[] = []
  const shards: Uint8Array[][] = Array.from({ length: UNITS }, () => [])
  let next = await stripes.next()
  for (; !next.done; next = await stripes.next()) {
    const { stripe, units, roots } = next.value
    unitRoots.push(...roots)
    body.push(...units.slice(0, DATA_UNITS))
    for (const [unit, bytes] of units.entries()) shards[shardOf(stripe, unit)]!.push(bytes)
  }
  return {
    ...next.value,
    header,
    body: concatBytes(...body),
    shards: shards.map((units) => concatBytes(...units)),
    unitRoots: concatBytes(...unitRoots),
  }
}
