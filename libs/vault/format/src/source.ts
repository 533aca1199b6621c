import { AbortedError, InvalidInputError } from '@animechain/core'

/** A web stream, of which only this much is needed. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ done: boolean; value?: Uint8Array }>
    cancel(reason?: unknown): Promise<void>
    releaseLock(): void
  }
}

/** Bytes that come in pieces of any size: a stream of Node, a web stream, a generator, or all of them at once. */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ByteStream

const isIterable = (
  source: Exclude<ByteSource, Uint8Array>,
): source is AsyncIterable<Uint8Array> | Iterable<Uint8Array> =>
  Symbol.asyncIterator in source || Symbol.iterator in source

async function* readAll(stream: ByteStream): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      yield value!
    }
    ended = true
  } finally {
    if (!ended) await reader.cancel().catch(() => {})
    reader.releaseLock()
  }
}

/**
 * The pieces of a source, one at a time: nothing is read ahead.
 * @throws {AbortedError} between pieces, once the signal is aborted
 */
export async function* piecesOf(
  source: ByteSource,
  what: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const check = () => {
    if (signal?.aborted) throw new AbortedError(what, signal.reason)
  }
  check()
  if (typeof source !== 'object' || source === null) throw new InvalidInputError(what, 'bytes', typeof source)
  const pieces = source instanceof Uint8Array ? [source] : isIterable(source) ? source : readAll(source)
  for await (const piece of pieces) {
    check()
    if (!(piece instanceof Uint8Array)) throw new InvalidInputError(what, 'bytes', typeof piece)
    yield piece
  }
  check()
}

/**
 * Cuts a source into blocks of `size` bytes, the last one shorter or of that size. Where a piece of the source holds a whole block, the block
 * is a view of it. The last block comes with `last`; a source without bytes gives none.
 */
export async function* blocksOf(
  pieces: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ block: Uint8Array; last: boolean }> {
  let waiting: Uint8Array | undefined
  let partial: Uint8Array | undefined
  let filled = 0
  for await (const piece of pieces) {
    let at = 0
    while (at < piece.length) {
      if (waiting) yield { block: waiting, last: false }
      waiting = undefined
      if (!partial && piece.length - at >= size) {
        waiting = piece.subarray(at, at + size)
        at += size
        continue
      }
      partial ??= new Uint8Array(size)
      const taken = Math.min(size - filled, piece.length - at)
      partial.set(piece.subarray(at, at + taken), filled)
      at += taken
      filled += taken
      if (filled === size) {
        waiting = partial
        partial = undefined
        filled = 0
      }
    }
  }
  if (waiting) yield { block: waiting, last: partial === undefined }
  if (partial) yield { block: partial.subarray(0, filled), last: true }
}
