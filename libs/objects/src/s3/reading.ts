import type { Readable } from 'node:stream'
import { AbortedError, BaseError } from '@animechain/core'
import { aborted, exactly, unavailable } from '../bodies.js'
import { badKey, badRange, partOf } from '../keys.js'
import type {
  ObjectCallOptions,
  ObjectHeadResult,
  ObjectOpenResult,
  ObjectRange,
  ObjectReadOptions,
} from '../store.js'
import type { Connection } from './client.js'
import { failureOf, isMissing, statusOf } from './failures.js'

/** A bucket, connected. */
export interface Bucket {
  connect(): Promise<Connection>
  bucket: string
  prefix: string
  timeoutMs: number
}

/** An answer's body, given up when the signal fires or nothing comes for too long. */
async function* pieces(
  body: Readable,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const giveUp = () => body.destroy(new AbortedError('Reading'))
  const late = () => body.destroy(new Error(`nothing came for ${timeoutMs} ms`))
  signal?.addEventListener('abort', giveUp)
  let timer = setTimeout(late, timeoutMs)
  try {
    if (signal?.aborted) giveUp()
    for await (const piece of body) {
      // A reader may take its time: that is not the server's.
      clearTimeout(timer)
      yield new Uint8Array(piece as Buffer)
      timer = setTimeout(late, timeoutMs)
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
    body.destroy()
  }
}

const streamOf = (
  size: number,
  length: number,
  body: AsyncIterable<Uint8Array>,
  cancel: () => void = () => {},
): ObjectOpenResult => ({ status: 'stream', size, length, body, cancel: async () => cancel() })

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Size of the whole object by `bytes 0-9/10`, where it is about the part that was asked for. */
function sizeBy(contentRange: string | undefined, { offset, length }: ObjectRange): number | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '')?.map(Number) ?? []
  if (first !== offset || size === undefined) return undefined
  return last === Math.min(offset + length, size) - 1 ? size : undefined
}

export async function head(
  place: Bucket,
  key: string,
  { signal }: ObjectCallOptions = {},
): Promise<ObjectHeadResult> {
  const bad = badKey(key) ?? (signal?.aborted ? aborted('Reading') : undefined)
  if (bad) return bad
  const { bucket: Bucket, prefix } = place
  try {
    const { sdk, client } = await place.connect()
    const found = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: prefix + key }), {
      abortSignal: signal,
    })
    if (found.ContentLength === undefined)
      return unavailable('Reading an object of S3', new Error('no length'))
    return { status: 'object', size: found.ContentLength }
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 403)
      return failureOf('Reading an object of S3', error, signal)
  }
  // An answer to HEAD has no body that tells a missing object from a missing bucket, or a refusal from a proxy's.
  const opened = await open(place, key, { range: { offset: 0, length: 1 }, signal })
  if (opened.status !== 'stream') return opened
  await opened.cancel()
  return { status: 'object', size: opened.size }
}

/** Nothing of an object, if it is there. */
async function openNothing(
  place: Bucket,
  key: string,
  options: ObjectReadOptions,
): Promise<ObjectOpenResult> {
  const found = await head(place, key, options)
  return found.status === 'object' ? streamOf(found.size, 0, nothing()) : found
}

export async function open(
  place: Bucket,
  key: string,
  options: ObjectReadOptions = {},
): Promise<ObjectOpenResult> {
  const { range, signal } = options
  const bad = badKey(key) ?? badRange(range) ?? (signal?.aborted ? aborted('Reading') : undefined)
  if (bad) return bad
  if (range?.length === 0) return openNothing(place, key, options)
  const { bucket: Bucket, prefix, timeoutMs } = place
  try {
    const { sdk, client } = await place.connect()
    const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`
    const found = await client.send(new sdk.GetObjectCommand({ Bucket, Key: prefix + key, Range }), {
      abortSignal: signal,
    })
    const body = found.Body as Readable
    // The answer may be the whole object where it is no longer than what was asked for.
    const whole = found.ContentRange === undefined && (range?.offset ?? 0) === 0
    const size = whole ? found.ContentLength : range && sizeBy(found.ContentRange, range)
    const part = size === undefined ? undefined : partOf(size, range)
    if (size === undefined || part === undefined || part.length !== found.ContentLength) {
      body.destroy()
      const got = `${found.ContentLength} bytes, range ${found.ContentRange ?? 'none'}`
      return unavailable('Reading an object of S3', new Error(`expected ${Range ?? 'all of it'}, got ${got}`))
    }
    const what = 'An object of S3'
    return streamOf(
      size,
      part.length,
      readable(exactly(pieces(body, timeoutMs, signal), part.length, what)),
      () => body.destroy(),
    )
  } catch (error) {
    if (isMissing(error)) return { status: 'missing' }
    // The range begins behind the end.
    if (statusOf(error) === 416 && range) return openNothing(place, key, options)
    return failureOf('Reading an object of S3', error, signal)
  }
}

/** Errors of sockets as errors of this package. */
async function* readable(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (cause) {
    if (cause instanceof BaseError) throw cause
    throw new BaseError('Reading an object of S3 failed.', { code: 'OBJECT_STORE', cause })
  }
}
