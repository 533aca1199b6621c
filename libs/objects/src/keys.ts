import type { ObjectFailure, ObjectListOptions, ObjectRange } from './store.js'

/** Names that every file system and every S3 server keeps as they are: no capitals, no dot in front, so neither `.` nor `..`. */
const SEGMENT = '[a-z0-9_-][a-z0-9._-]{0,199}'
const KEY = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`)
const PREFIX = new RegExp(`^(?:${SEGMENT}/)*(?:${SEGMENT})?$`)
/** S3 takes 1,024; the rest is for a prefix of the store's own. */
const MAX_KEY_LENGTH = 512
const MAX_PAGE = 1_000

/**
 * Whether a text is a key: names of `a-z 0-9 . _ -` joined by `/`, each of 1 to 200 characters with no dot in front, at most 512
 * characters in all.
 */
export const isObjectKey = (key: string): boolean => key.length <= MAX_KEY_LENGTH && KEY.test(key)

type Invalid = Extract<ObjectFailure, { status: 'invalid' }>

const shown = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** Why a key is none; undefined where it is one. */
export const badKey = (key: string): Invalid | undefined =>
  isObjectKey(key)
    ? undefined
    : {
        status: 'invalid',
        reason: `expected a key (names of a-z 0-9 . _ - joined by /, at most ${MAX_KEY_LENGTH} characters), got ${shown(key)}`,
      }

/** Why a range is none; undefined where it is one, or where there is none. */
export function badRange(range: ObjectRange | undefined): Invalid | undefined {
  if (!range) return undefined
  const { offset, length } = range
  return [offset, length, offset + length].every((value) => Number.isSafeInteger(value) && value >= 0)
    ? undefined
    : {
        status: 'invalid',
        reason: `expected a range of whole bytes from 0 on, got offset ${offset}, length ${length}`,
      }
}

/** What is listed, with its defaults, or why not. */
export function listed({
  prefix = '',
  after = '',
  limit = MAX_PAGE,
}: ObjectListOptions): { status: 'asked'; prefix: string; after: string; limit: number } | Invalid {
  if (prefix.length > MAX_KEY_LENGTH || !PREFIX.test(prefix))
    return { status: 'invalid', reason: `expected the beginning of a key as prefix, got ${shown(prefix)}` }
  if (after !== '' && !isObjectKey(after))
    return { status: 'invalid', reason: `expected a key to list after, got ${shown(after)}` }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    return { status: 'invalid', reason: `expected a limit of 1 to ${MAX_PAGE}, got ${limit}` }
  return { status: 'asked', prefix, after, limit }
}

/** The part of an object of `size` bytes that a range means. */
export function partOf(size: number, range: ObjectRange | undefined): { start: number; length: number } {
  if (!range) return { start: 0, length: size }
  const start = Math.min(range.offset, size)
  return { start, length: Math.min(range.length, size - start) }
}
