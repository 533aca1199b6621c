import { InvalidInputError, concatBytes, type Hash } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import {
  CHUNK_BYTES,
  chunkOpener,
  chunksOfRange,
  contentLengthOf,
  layoutOf,
  type ChunkOpener,
} from '@animechain/vault-format'
import { checkSignal, linkedSignal, type Shared } from './members.js'
import { headerOf, type Blob, type Units } from './units.js'

/** A blob, and the key to it. */
export interface ReadOptions {
  blob: Hash
  dataKey: Uint8Array
  /** bytes into the content; default 0 */
  offset?: number
  /** bytes wanted; default: to the end. Beyond the end there is nothing more. */
  length?: number
  /** chunks that are fetched ahead; default 8: 2 MiB */
  ahead?: number
  signal?: AbortSignal
}

/** Reads content, verified. */
export interface Reader {
  contentLength(options: Pick<ReadOptions, 'blob' | 'dataKey' | 'signal'>): Promise<number>
  read(options: ReadOptions): AsyncGenerator<Uint8Array>
  body(options: Pick<ReadOptions, 'blob' | 'ahead' | 'signal'>): AsyncGenerator<Uint8Array>
}

const DEFAULT_AHEAD = 8
/** Shortest trailer that can begin in the chunk before the last. */
const TRAILER_BYTES = 8

/** Runs `get` for each number from `first` to `last`, at most `ahead` at once; gives the results in order. */
export async function* inOrder<value>(
  first: number,
  last: number,
  ahead: number,
  get: (index: number) => Promise<value>,
): AsyncGenerator<value> {
  const running: Promise<value>[] = []
  let next = first
  const fill = () => {
    for (; next <= last && running.length < ahead; next++) {
      const work = get(next)
      // It is waited for later, or not at all.
      work.catch(() => {})
      running.push(work)
    }
  }
  for (fill(); running.length > 0; fill()) yield await running.shift()!
}

/** {@link Reader} */
export function contentReader({ crypto }: Pick<Shared, 'crypto'>, units: Units): Reader {
  const lengths = boundedMap<Hash, number>(4_096)

  async function openedLength(blob: Blob, opener: ChunkOpener, signal?: AbortSignal): Promise<number> {
    const known = lengths.get(blob.id)
    if (known !== undefined) return known
    const layout = layoutOf(blob.descriptor.length)
    const open = async (index: number) =>
      opener.open(index, index === layout.chunks - 1, await units.chunk(blob, index, signal))
    let tail = await open(layout.chunks - 1)
    if (tail.length < TRAILER_BYTES && layout.chunks > 1)
      tail = concatBytes(await open(layout.chunks - 2), tail)
    const length = contentLengthOf(tail, layout.paddedLength)
    lengths.set(blob.id, length)
    return length
  }

  return {
    async contentLength({ blob: id, dataKey, signal }) {
      const blob = await units.blob(id, signal)
      return openedLength(blob, await chunkOpener(headerOf(blob), dataKey, crypto), signal)
    },
    async *read({ blob: id, dataKey, offset = 0, length = Infinity, ahead = DEFAULT_AHEAD, signal }) {
      if (!Number.isSafeInteger(offset) || offset < 0 || !(length >= 0))
        throw new InvalidInputError('range', 'an offset from 0 and a length from 0', { offset, length })
      const blob = await units.blob(id, signal)
      const opener = await chunkOpener(headerOf(blob), dataKey, crypto)
      const end = Math.min(offset + length, await openedLength(blob, opener, signal))
      if (end <= offset) return
      const { first, last } = chunksOfRange({ offset, length: end - offset })
      const { chunks } = layoutOf(blob.descriptor.length)
      const own = linkedSignal(signal)
      const opened = inOrder(first, last, ahead, async (index) =>
        opener.open(index, index === chunks - 1, await units.chunk(blob, index, own.signal)),
      )
      let at = first * CHUNK_BYTES
      try {
        for await (const plain of opened) {
          checkSignal(signal, 'Reading')
          yield plain.subarray(Math.max(0, offset - at), Math.min(plain.length, end - at))
          at += plain.length
        }
      } finally {
        // Who stops early needs nothing of what was fetched ahead.
        own.end()
      }
    },
    async *body({ blob: id, ahead = DEFAULT_AHEAD, signal }) {
      const blob = await units.blob(id, signal)
      const { chunks } = layoutOf(blob.descriptor.length)
      const own = linkedSignal(signal)
      try {
        yield* inOrder(0, chunks - 1, ahead, (index) => units.chunk(blob, index, own.signal, true))
      } finally {
        own.end()
      }
    },
  }
}
