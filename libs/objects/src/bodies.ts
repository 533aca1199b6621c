import { AbortedError, BaseError } from '@animechain/core'
import type {
  ObjectBody,
  ObjectFailure,
  ObjectGetOptions,
  ObjectGetResult,
  ObjectOpenResult,
} from './store.js'
import { defaultGetBytes } from './store.js'

/** A caller's stream failed, or had another length than it was said to have. */
export class CutError extends Error {
  override readonly name = 'CutError'
}

/** A caller's stream has more bytes than the place takes. */
export class TooLongError extends Error {
  override readonly name = 'TooLongError'
}

/** The pieces of a body, not empty, with its length held to `size` and `maxBytes`. Throws CutError, TooLongError or AbortedError, nothing else. */
export async function* pieces(
  body: ObjectBody,
  { size, maxBytes, signal }: { size?: number; maxBytes: number; signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  let length = 0
  const checked = (piece: Uint8Array) => {
    if (signal?.aborted) throw new AbortedError('The put')
    length += piece.length
    if (length > maxBytes) throw new TooLongError()
    if (size !== undefined && length > size) throw new CutError(`expected ${size} bytes, got more`)
    return piece
  }
  if (body instanceof Uint8Array) yield checked(body)
  else
    try {
      for await (const piece of body) if (piece.length > 0) yield checked(piece)
    } catch (error) {
      if (error instanceof CutError || error instanceof TooLongError || error instanceof AbortedError)
        throw error
      if (signal?.aborted) throw new AbortedError('The put', error)
      throw new CutError(`the stream failed: ${(error as Error)?.message ?? error}`, { cause: error })
    }
  if (size !== undefined && length !== size) throw new CutError(`expected ${size} bytes, got ${length}`)
}

/** What a put that ended in an error is told, with `otherwise` for errors of the place. */
export function putFailure(
  error: unknown,
  maxBytes: number,
  otherwise: (error: unknown) => ObjectFailure,
): ObjectFailure | { status: 'tooLarge'; maxBytes: number } | { status: 'cut'; error: Error } {
  if (error instanceof TooLongError) return { status: 'tooLarge', maxBytes }
  if (error instanceof CutError)
    return { status: 'cut', error: new BaseError(error.message, { code: 'OBJECT_CUT', cause: error.cause }) }
  return otherwise(error)
}

/** A failure on the way to the place or in it. */
export const unavailable = (what: string, cause: unknown): ObjectFailure => ({
  status: 'unavailable',
  error:
    cause instanceof AbortedError ? cause : new BaseError(`${what} failed.`, { code: 'OBJECT_STORE', cause }),
})

/** `signal` has fired already. */
export const aborted = (what: string): ObjectFailure => ({
  status: 'unavailable',
  error: new AbortedError(what),
})

/** A stream's bytes in memory. */
export async function collected(
  opened: ObjectOpenResult,
  { maxBytes = defaultGetBytes }: ObjectGetOptions,
): Promise<ObjectGetResult> {
  if (opened.status !== 'stream') return opened
  const { size, length } = opened
  if (length > maxBytes) {
    await opened.cancel()
    return { status: 'tooLarge', size }
  }
  const body = new Uint8Array(length)
  let at = 0
  try {
    for await (const piece of opened.body) {
      body.set(piece, at)
      at += piece.length
    }
  } catch (error) {
    return unavailable('Reading an object', error)
  }
  return { status: 'object', size, body }
}

/** Of a place's stream: exactly `length` bytes, or an error. */
export async function* exactly(
  body: AsyncIterable<Uint8Array>,
  length: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const piece of body) {
    at += piece.length
    if (at > length) break
    yield piece
  }
  if (at !== length)
    throw new BaseError(`${what}: expected ${length} bytes, got ${at > length ? 'more' : at}.`, {
      code: 'OBJECT_STORE',
    })
}
