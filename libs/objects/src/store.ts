import type { Lifecycle } from '@animechain/core'

/** Bytes of an object: whole, or as they come. A stream is read once. */
export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>

/** Why there is no answer about an object. None of these says that it is absent. */
export type ObjectFailure =
  /** The place did not answer, answered with an error of its own, or the call was aborted. Asking again may help. */
  | { status: 'unavailable'; error: Error }
  /** The place refuses: wrong credentials, or rights that are missing. */
  | { status: 'forbidden'; reason: string }
  /** The key, prefix or range is none. Nothing was asked. */
  | { status: 'invalid'; reason: string }

/** What came of storing an object. */
export type ObjectPutResult =
  /** It is durable, whole, and what readers get from now on. `size` in bytes */
  | { status: 'ok'; size: number }
  /** bytes */
  | { status: 'tooLarge'; maxBytes: number }
  /** The caller's stream failed, or did not have `size` bytes. Nothing was stored. */
  | { status: 'cut'; error: Error }
  | ObjectFailure

/** Authoritative: the place itself says that it has no such object. */
export interface ObjectMissing {
  status: 'missing'
}

/** An object, or the part of it that was asked for. `size` is that of the whole object, bytes. */
export type ObjectGetResult =
  | { status: 'object'; size: number; body: Uint8Array }
  /** What was asked for is longer than `maxBytes` of the call. `size` is that of the whole object, bytes. */
  | { status: 'tooLarge'; size: number }
  | ObjectMissing
  | ObjectFailure

/**
 * An object as a stream. `body` has exactly `length` bytes, or throws. What is not read to its end Must be given back by `cancel`.
 * `size` is that of the whole object, bytes.
 */
export type ObjectOpenResult =
  | {
      status: 'stream'
      size: number
      length: number
      body: AsyncIterable<Uint8Array>
      cancel(): Promise<void>
    }
  | ObjectMissing
  | ObjectFailure

/** Whether an object is there. `size` in bytes */
export type ObjectHeadResult = { status: 'object'; size: number } | ObjectMissing | ObjectFailure

/** `ok`: it is durably not there, whether or not it was. */
export type ObjectDeleteResult = { status: 'ok' } | ObjectFailure

/** A page of a list, in the order of keys' bytes. `next`: there is more, after this key. */
export type ObjectListResult =
  { status: 'page'; objects: readonly { key: string; size: number }[]; next?: string } | ObjectFailure

/** A part of an object, bytes. What lies beyond the end is left out, like in `slice`. */
export interface ObjectRange {
  offset: number
  length: number
}

/** How any call is given up. */
export interface ObjectCallOptions {
  signal?: AbortSignal
}

/** How an object is stored. */
export interface ObjectPutOptions extends ObjectCallOptions {
  /** bytes of a stream, where they are known: one with more or less is not stored */
  size?: number
}

/** How much of an object is wanted. */
export interface ObjectReadOptions extends ObjectCallOptions {
  range?: ObjectRange
}

/** How much of an object is wanted, in memory. */
export interface ObjectGetOptions extends ObjectReadOptions {
  /** bytes that are read at most; default 64 MiB */
  maxBytes?: number
}

/** Which keys are listed. */
export interface ObjectListOptions extends ObjectCallOptions {
  /** Keys that begin so; default all. */
  prefix?: string
  /** Keys after this one: `next` of the page before. */
  after?: string
  /** keys of a page, 1 to 1,000; default 1,000 */
  limit?: number
}

/**
 * Whole objects by key.
 *
 * - Keys are those of {@link isObjectKey}. One object may lie "below" another (`a` and `a/b`).
 * - `put` Must be atomic: a reader, and whoever comes after a crash, has the whole old object or the whole new one. When it says `ok` the object is
 *   durable. The same put again is the same object.
 * - Reading of one object while it is replaced or deleted gives all of the old one, or fails. It never gives a mixture.
 * - `missing` Must be the place's own word. Whatever fails on the way is `unavailable`.
 * - No method throws for what the place or the network does; a caller's stream that throws ends in `cut`. Every buffer is bounded.
 */
export interface ObjectStore extends Lifecycle {
  /** Kind of place: `memory`, `folder`, `s3`. */
  readonly id: string
  /** Largest object, bytes. */
  readonly maxBytes: number
  put(key: string, body: ObjectBody, options?: ObjectPutOptions): Promise<ObjectPutResult>
  get(key: string, options?: ObjectGetOptions): Promise<ObjectGetResult>
  open(key: string, options?: ObjectReadOptions): Promise<ObjectOpenResult>
  head(key: string, options?: ObjectCallOptions): Promise<ObjectHeadResult>
  delete(key: string, options?: ObjectCallOptions): Promise<ObjectDeleteResult>
  list(options?: ObjectListOptions): Promise<ObjectListResult>
  health(): Promise<{ ok: boolean; detail?: string }>
}

/** Bytes that `get` reads when it is not told. */
export const defaultGetBytes = 64 * 2 ** 20
