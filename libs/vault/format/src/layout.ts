import { InvalidInputError } from '@animechain/core'

/** Bytes of content in a chunk. docs/spec/vault.md 2.3 */
export const CHUNK_BYTES = 262_144
/** Bytes of the tag behind each sealed chunk. */
export const TAG_BYTES = 16
/** Bytes of a sealed chunk that is not the last. */
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
/** Chunks of a stripe. docs/spec/vault.md 2.5 */
export const DATA_UNITS = 3
/** Units of a stripe, and shards of a blob. */
export const UNITS = 5
/** Chunks of a file, at most. */
export const MAX_CHUNKS = 2 ** 32
/** Bytes of a piece, a leaf of a unit's tree. docs/spec/vault.md 2.4 */
export const PIECE_BYTES = 4_096

/** Where a chunk is: unit `unit` of stripe `stripe`, in shard `shard` at `offset`. */
export interface ChunkPlace {
  stripe: number
  unit: number
  shard: number
  /** bytes into the shard */
  offset: number
  /** bytes of the sealed chunk */
  length: number
}

/** How many bytes are where in a blob whose chunks are `length` bytes together. Shards and units count from 0. */
export interface Layout {
  /** bytes of all sealed chunks */
  readonly length: number
  /** bytes of the padded content */
  readonly paddedLength: number
  readonly chunks: number
  readonly stripes: number
  /** bytes of a sealed chunk */
  chunkLength(index: number): number
  /** where a chunk is */
  placeOf(chunk: number): ChunkPlace
  /** bytes of a unit; 0 where the last stripe has no such chunk */
  unitLength(stripe: number, unit: number): number
  /** bytes into its shard at which every unit of this stripe begins */
  unitOffset(stripe: number): number
  shardLength(shard: number): number
}

/** Shard that has unit `unit` of stripe `stripe`. */
export const shardOf = (stripe: number, unit: number): number => (unit + stripe) % UNITS

/** Unit of stripe `stripe` that is in shard `shard`. */
export const unitOf = (stripe: number, shard: number): number => (shard + UNITS - (stripe % UNITS)) % UNITS

/** Whether some sealed file has chunks of `length` bytes together. */
export function isBodyLength(length: bigint | number): boolean {
  const bytes = BigInt(length)
  const chunk = BigInt(SEALED_CHUNK_BYTES)
  if (bytes <= BigInt(TAG_BYTES) || bytes > BigInt(MAX_CHUNKS) * chunk) return false
  const last = bytes % chunk
  return last === 0n || last > BigInt(TAG_BYTES)
}

/**
 * The layout of a blob.
 * @param length bytes of all sealed chunks, as in the blob's descriptor
 * @throws {InvalidInputError} where no sealed file has that length
 */
export function layoutOf(length: bigint | number): Layout {
  if (!isBodyLength(length))
    throw new InvalidInputError(
      'length of a blob',
      `${SEALED_CHUNK_BYTES} for each chunk, the last of 17 to ${SEALED_CHUNK_BYTES}`,
      length,
    )
  const bytes = Number(length)
  const chunks = Math.ceil(bytes / SEALED_CHUNK_BYTES)
  const stripes = Math.ceil(chunks / DATA_UNITS)
  const chunkLength = (index: number): number =>
    index < chunks - 1 ? SEALED_CHUNK_BYTES : index === chunks - 1 ? bytes - index * SEALED_CHUNK_BYTES : 0
  const unitLength = (stripe: number, unit: number): number =>
    chunkLength(stripe * DATA_UNITS + (unit < DATA_UNITS ? unit : 0))
  const unitOffset = (stripe: number): number => stripe * SEALED_CHUNK_BYTES
  return {
    length: bytes,
    paddedLength: bytes - chunks * TAG_BYTES,
    chunks,
    stripes,
    chunkLength,
    placeOf(chunk) {
      const stripe = Math.floor(chunk / DATA_UNITS)
      const unit = chunk % DATA_UNITS
      return {
        stripe,
        unit,
        shard: shardOf(stripe, unit),
        offset: unitOffset(stripe),
        length: chunkLength(chunk),
      }
    },
    unitLength,
    unitOffset,
    shardLength: (shard) => unitOffset(stripes - 1) + unitLength(stripes - 1, unitOf(stripes - 1, shard)),
  }
}

/** Chunks that hold a range of the content, and where it begins in the first of them. */
export interface ChunkRange {
  first: number
  /** the last one, included */
  last: number
  /** bytes of the first chunk that are before the range */
  skip: number
}

/**
 * Chunks of `length` bytes of the content from `offset` on.
 * @throws {InvalidInputError} where the range is empty or no whole numbers
 */
export function chunksOfRange({ offset, length }: { offset: number; length: number }): ChunkRange {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 1)
    throw new InvalidInputError('range', 'an offset from 0 and a length from 1', { offset, length })
  const first = Math.floor(offset / CHUNK_BYTES)
  return {
    first,
    last: Math.floor((offset + length - 1) / CHUNK_BYTES),
    skip: offset - first * CHUNK_BYTES,
  }
}
