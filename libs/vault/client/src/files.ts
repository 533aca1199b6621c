import { AbortedError, BaseError, InvalidInputError, concatBytes, hexToBytes } from '@animechain/core'
import {
  CHUNK_BYTES,
  chunkOpener,
  contentLengthOf,
  layoutOf,
  type ChunkOpener,
  type Layout,
} from '@animechain/vault-format'
import { semaphore } from '@animechain/runtime'
import type { BlobReader } from './storage.js'

/** Chunks of one file that are kept opened: 2 MiB. */
const KEPT_CHUNKS = 8
/** Chunks that are fetched at the same time for one file. */
const PARALLEL = 4
/** Chunks that wait for that; more are refused. */
const MAX_WAITING = 256
/** Bytes of the trailer with the content's length. */
const TRAILER = 8

/** An object that was opened: any range of it can be read alone, verified and decrypted. */
export interface VaultFile {
  /** bytes of the content */
  readonly length: number
  /** bytes of ciphertext that were fetched so far */
  readonly fetched: number
  /** bytes of all ciphertext */
  readonly sealedLength: number
  /** At most `length` bytes from `offset`; fewer at the end. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** The bytes from `start` up to `end`, exclusive, by default all, in pieces of at most 256 KiB. Nothing is read ahead. */
  stream(options?: { start?: number; end?: number; signal?: AbortSignal }): AsyncGenerator<Uint8Array>
}

interface Chunks {
  /** the padded content of a chunk */
  get(index: number, signal?: AbortSignal): Promise<Uint8Array>
  fetched(): number
}

const busy = () =>
  new BaseError(`More than ${MAX_WAITING} chunks of one file are waited for.`, { code: 'VAULT_BUSY' })

/** Opened chunks, the newest few kept; one that is on its way is not asked for twice. */
function chunkSource(reader: BlobReader, opener: ChunkOpener, layout: Layout): Chunks {
  const kept = new Map<number, Promise<Uint8Array>>()
  const slots = semaphore(PARALLEL, MAX_WAITING, busy)
  let fetched = 0
  const load = async (index: number) => {
    const sealed = await slots(() => reader.chunk(index))
    fetched += sealed.length
    return opener.open(index, index === layout.chunks - 1, sealed)
  }
  return {
    fetched: () => fetched,
    async get(index, signal) {
      let chunk = kept.get(index)
      if (!chunk) {
        chunk = load(index)
        chunk.catch(() => kept.delete(index))
      }
      // The newest last.
      kept.delete(index)
      kept.set(index, chunk)
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT_CHUNKS) break
        kept.delete(oldest)
      }
      return abortable(chunk, signal)
    },
  }
}

/** What is awaited by others too is left running. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(new AbortedError('Reading', signal.reason))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

async function contentLength(chunks: Chunks, layout: Layout): Promise<number> {
  const last = layout.chunks - 1
  let tail = await chunks.get(last)
  // The trailer may begin in the chunk before.
  if (tail.length < TRAILER && last > 0) tail = concatBytes(await chunks.get(last - 1), tail)
  return contentLengthOf(tail, layout.paddedLength)
}

function checkRange(offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length) || length < 0)
    throw new InvalidInputError('range', 'an offset and a length from 0', { offset, length })
}

/**
 * Opens a blob with its data key.
 * @param options.length bytes of the content where they are known from an index: else the last chunk is read for it
 * @throws {BaseError} `VAULT_WRONG_KEY`, `VAULT_BAD_HEADER`; reads throw `VAULT_BAD_CHUNK`, `VAULT_BAD_PADDING`
 */
export async function openFile(
  reader: BlobReader,
  dataKey: Uint8Array,
  options: { length?: number | undefined } = {},
): Promise<VaultFile> {
  const { descriptor } = reader
  const layout = layoutOf(descriptor.length)
  const opener = await chunkOpener(hexToBytes(descriptor.header), dataKey)
  const chunks = chunkSource(reader, opener, layout)
  const known = options.length
  const isPossible = known !== undefined && known >= 0 && known <= layout.paddedLength - TRAILER
  const length = isPossible ? known : await contentLength(chunks, layout)

  const part = async (index: number, start: number, end: number, signal?: AbortSignal) => {
    const chunk = await chunks.get(index, signal)
    const from = index * CHUNK_BYTES
    return chunk.subarray(Math.max(0, start - from), Math.min(chunk.length, end - from))
  }
  const chunkAt = (position: number) => Math.floor(position / CHUNK_BYTES)
  return {
    length,
    get fetched() {
      return chunks.fetched()
    },
    sealedLength: layout.length,
    async read(offset, count, signal) {
      checkRange(offset, count)
      const end = Math.min(length, offset + count)
      if (offset >= end) return new Uint8Array(0)
      const out = new Uint8Array(end - offset)
      let next = chunkAt(offset)
      const lastChunk = chunkAt(end - 1)
      const work = async () => {
        for (let index = next++; index <= lastChunk; index = next++) {
          const bytes = await part(index, offset, end, signal)
          out.set(bytes, Math.max(0, index * CHUNK_BYTES - offset))
        }
      }
      await Promise.all(Array.from({ length: Math.min(PARALLEL, lastChunk - next + 1) }, work))
      return out
    },
    async *stream({ start = 0, end = length, signal } = {}) {
      checkRange(start, Math.max(0, end - start))
      const stop = Math.min(end, length)
      for (let at = start; at < stop;) {
        const index = chunkAt(at)
        const bytes = await part(index, at, stop, signal)
        yield bytes
        at += bytes.length
      }
    },
  }
}
