import { InvalidInputError } from '@animechain/core'
import { aborted, collected, unavailable } from '../bodies.js'
import { badKey, isObjectKey, listed } from '../keys.js'
import type { ObjectListOptions, ObjectListResult, ObjectStore } from '../store.js'
import { connect, type Connection, type S3ObjectsOptions } from './client.js'
import { failureOf, isMissing } from './failures.js'
import { head, open, type Bucket } from './reading.js'
import { MAX_PARTS, put } from './writing.js'

export type { S3Credentials, S3ObjectsOptions } from './client.js'

/** S3 takes no shorter part but the last. bytes */
const MIN_PART_BYTES = 5 * 2 ** 20
const PART_BYTES = 8 * 2 ** 20
/** Pages of keys that are nobody's here, one after the other, before a list is given up. */
const MAX_FOREIGN_PAGES = 100

async function list(place: Bucket, options: ObjectListOptions): Promise<ObjectListResult> {
  const asked = listed(options)
  if (asked.status !== 'asked') return asked
  const { signal } = options
  if (signal?.aborted) return aborted('Listing')
  const own = place.prefix
  try {
    const { sdk, client } = await place.connect()
    let ContinuationToken: string | undefined
    for (let pages = 0; pages < MAX_FOREIGN_PAGES; pages++) {
      const page = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket: place.bucket,
          Prefix: own + asked.prefix,
          ...(asked.after ? { StartAfter: own + asked.after } : {}),
          MaxKeys: asked.limit,
          ...(ContinuationToken ? { ContinuationToken } : {}),
        }),
        { abortSignal: signal },
      )
      const objects = (page.Contents ?? [])
        .map(({ Key = '', Size = 0 }) => ({ key: Key.slice(own.length), size: Size }))
        // A bucket may hold what others put there.
        .filter(({ key }) => isObjectKey(key))
      if (!page.IsTruncated) return { status: 'page', objects }
      if (objects.length > 0) return { status: 'page', objects, next: objects.at(-1)!.key }
      ContinuationToken = page.NextContinuationToken
    }
    return unavailable('Listing S3', new Error(`more than ${MAX_FOREIGN_PAGES} pages of keys that are none`))
  } catch (error) {
    return failureOf('Listing S3', error, signal)
  }
}

/** A client that is made when it is first needed, and can be given up. */
function connection(options: S3ObjectsOptions) {
  let made: Promise<Connection> | undefined
  return {
    open: () => {
      made ??= connect(options)
      made.catch(() => (made = undefined))
      return made
    },
    async close() {
      const was = await made?.catch(() => undefined)
      made = undefined
      was?.client.destroy()
    },
  }
}

/**
 * Objects in a bucket of S3, or of a server that speaks as it does. What is longer than a part is put in parts, which become an object at once or not at
 * all; parts of a put that was killed stay in the bucket until its own rule removes them (`AbortIncompleteMultipartUpload`). It needs the package @aws-sdk/client-s3.
 * @throws {InvalidInputError} for options out of range
 */
export function s3Objects(options: S3ObjectsOptions): ObjectStore {
  const { bucket, prefix = '', timeoutMs = 60_000, partBytes = PART_BYTES, parallel = 3 } = options
  if (!bucket) throw new InvalidInputError('bucket', 'a name', bucket)
  if (!(partBytes >= MIN_PART_BYTES))
    throw new InvalidInputError('partBytes', `at least ${MIN_PART_BYTES} bytes`, partBytes)
  if (prefix !== '' && (!prefix.endsWith('/') || !isObjectKey(prefix.slice(0, -1))))
    throw new InvalidInputError('prefix', 'a key with / at its end', prefix)
  const { open: connected, close } = connection(options)
  const place: Bucket = { connect: connected, bucket, prefix, timeoutMs }
  const maxBytes = partBytes * MAX_PARTS
  return {
    id: 's3',
    maxBytes,
    async start() {
      await connected()
    },
    stop: close,
    put: (key, body, putting = {}) => put(place, key, body, { ...putting, partBytes, parallel, maxBytes }),
    get: async (key, reading = {}) => collected(await open(place, key, reading), reading),
    open: (key, reading) => open(place, key, reading),
    head: (key, asking) => head(place, key, asking),
    async delete(key, { signal } = {}) {
      const bad = badKey(key) ?? (signal?.aborted ? aborted('Deleting') : undefined)
      if (bad) return bad
      try {
        const { sdk, client } = await connected()
        await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: prefix + key }), {
          abortSignal: signal,
        })
        return { status: 'ok' }
      } catch (error) {
        // Some servers say so; S3 itself does not.
        return isMissing(error) ? { status: 'ok' } : failureOf('Deleting an object of S3', error, signal)
      }
    },
    list: (asked = {}) => list(place, asked),
    async health() {
      try {
        const { sdk, client } = await connected()
        await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }))
        return { ok: true }
      } catch (error) {
        const failure = failureOf('Asking for the bucket', error, undefined)
        const detail = failure.status === 'unavailable' ? failure.error.message : failure.reason
        return { ok: false, detail: `bucket ${bucket}: ${detail}` }
      }
    },
  }
}
