import { InvalidInputError, type Hash } from '@animechain/core'
import type { BlobStorage } from './storage.js'

/** An object that was opened: any range of it can be read alone, verified and decrypted. */
export interface VaultFile {
  /** id of the sealed bytes */
  readonly blob: Hash
  /** bytes of the content */
  readonly length: number
  /** At most `length` bytes from `offset`; fewer at the end. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /**
   * The bytes from `start` up to `end`, exclusive, by default all, in pieces of at most 256 KiB.
   * @param options.ahead chunks of 256 KiB that are fetched ahead, default 8
   */
  stream(options?: StreamOptions): AsyncGenerator<Uint8Array>
}

/** Part of a file. */
export interface StreamOptions {
  start?: number
  end?: number
  ahead?: number
  signal?: AbortSignal
}

function checkRange(start: number, end: number): void {
  if (!Number.isSafeInteger(start) || start < 0 || !Number.isSafeInteger(end) || end < start)
    throw new InvalidInputError('range', 'a start from 0 and an end behind it', { start, end })
}

/**
 * An opened blob.
 * @param options.dataKey asked for at each read: what is remembered of it, and how long, is the caller's business. The bytes are overwritten after use.
 * @param options.length bytes of the content where they are known from an index: else the last chunk is read for it
 */
export async function openFile(
  storage: BlobStorage,
  options: {
    blob: Hash
    dataKey: () => Promise<Uint8Array>
    length?: number | undefined
    signal?: AbortSignal | undefined
  },
): Promise<VaultFile> {
  const { blob } = options
  const withKey = async <T>(use: (dataKey: Uint8Array) => Promise<T>): Promise<T> => {
    const dataKey = await options.dataKey()
    try {
      return await use(dataKey)
    } finally {
      dataKey.fill(0)
    }
  }
  const signalOf = (signal: AbortSignal | undefined) => (signal ? { signal } : {})
  // Also where the length is known: an account that may not open it hears so now, not at the first read.
  const length = await withKey(
    async (dataKey) =>
      options.length ?? storage.contentLength({ blob, dataKey, ...signalOf(options.signal) }),
  )
  async function* stream({ start = 0, end = length, ahead, signal }: StreamOptions = {}) {
    checkRange(start, Math.max(start, end))
    const stop = Math.min(end, length)
    if (start >= stop) return
    const dataKey = await options.dataKey()
    try {
      yield* storage.read({
        ...{ blob, dataKey, offset: start, length: stop - start, ...signalOf(signal) },
        ...(ahead === undefined ? {} : { ahead }),
      })
    } finally {
      dataKey.fill(0)
    }
  }
  return {
    blob,
    length,
    stream,
    async read(offset, count, signal) {
      checkRange(offset, offset + count)
      const size = Math.max(0, Math.min(length - offset, count))
      const out = new Uint8Array(size)
      let at = 0
      for await (const piece of stream({ start: offset, end: offset + size, ...signalOf(signal) })) {
        out.set(piece, at)
        at += piece.length
      }
      return at === size ? out : out.subarray(0, at)
    },
  }
}
