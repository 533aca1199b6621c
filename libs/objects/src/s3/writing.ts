import { createHash } from 'node:crypto'
import { AbortedError, concatBytes } from '@animechain/core'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { aborted, pieces, putFailure } from '../bodies.js'
import { badKey } from '../keys.js'
import type { ObjectBody, ObjectPutOptions, ObjectPutResult } from '../store.js'
import { failureOf } from './failures.js'
import { head, type Bucket } from './reading.js'

/** Parts of an object, by S3's bound. */
export const MAX_PARTS = 10_000

/** How large objects are cut. */
export interface Parts {
  partBytes: number
  parallel: number
  maxBytes: number
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64')

/** Bytes in parts of one length, the last one shorter, at least one. */
async function* inParts(body: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array[] = []
  let bytes = 0
  let given = false
  for await (const piece of body) {
    let rest = piece
    while (bytes + rest.length > length) {
      const taken = length - bytes
      yield concatBytes(...kept, rest.subarray(0, taken))
      given = true
      kept = []
      bytes = 0
      rest = rest.subarray(taken)
    }
    // A copy, which `slice` of a Buffer is not: whose stream it is may use its memory again.
    if (rest.length > 0) kept.push(Uint8Array.from(rest))
    bytes += rest.length
  }
  if (bytes > 0 || !given) yield concatBytes(...kept)
}

/** Sends parts, some at a time. Whatever fails, the upload is given up, and nothing of it is seen. */
async function upload(
  place: Bucket,
  key: string,
  parts: AsyncIterable<Uint8Array>,
  { parallel, signal }: { parallel: number; signal: AbortSignal | undefined },
): Promise<number> {
  const { sdk, client } = await place.connect()
  const object = { Bucket: place.bucket, Key: place.prefix + key }
  const begun = await client.send(new sdk.CreateMultipartUploadCommand(object), { abortSignal: signal })
  const upload = { ...object, UploadId: begun.UploadId }
  const sending: Promise<CompletedPart>[] = []
  const done: CompletedPart[] = []
  let size = 0
  const send = async (bytes: Uint8Array, PartNumber: number): Promise<CompletedPart> => {
    const part = { ...upload, PartNumber, Body: bytes, ContentLength: bytes.length, ContentMD5: md5(bytes) }
    const { ETag } = await client.send(new sdk.UploadPartCommand(part), { abortSignal: signal })
    return { PartNumber, ETag }
  }
  try {
    for await (const bytes of parts) {
      size += bytes.length
      const part = send(bytes, done.length + sending.length + 1)
      part.catch(() => {})
      sending.push(part)
      if (sending.length >= parallel) done.push(await sending.shift()!)
    }
    done.push(...(await Promise.all(sending)))
    await complete(place, key, { ...upload, MultipartUpload: { Parts: done } }, { size, signal })
    return size
  } catch (error) {
    await Promise.allSettled(sending)
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

/** Makes the parts an object. When the answer got lost and the request was repeated, the upload is gone and the object there. */
async function complete(
  place: Bucket,
  key: string,
  upload: {
    Bucket: string
    Key: string
    UploadId: string | undefined
    MultipartUpload: { Parts: CompletedPart[] }
  },
  { size, signal }: { size: number; signal: AbortSignal | undefined },
): Promise<void> {
  const { sdk, client } = await place.connect()
  try {
    await client.send(new sdk.CompleteMultipartUploadCommand(upload), { abortSignal: signal })
  } catch (error) {
    if ((error as Error).name !== 'NoSuchUpload') throw error
    const found = await head(place, key, { signal })
    if (found.status !== 'object' || found.size !== size) throw error
  }
}

async function write(
  place: Bucket,
  key: string,
  body: AsyncIterable<Uint8Array>,
  { partBytes, parallel, signal }: Parts & { signal: AbortSignal | undefined },
): Promise<number> {
  const parts = inParts(body, partBytes)
  const first = (await parts.next()).value as Uint8Array
  const second = await parts.next()
  if (!second.done) {
    async function* all() {
      yield first
      yield second.value as Uint8Array
      yield* parts
    }
    return upload(place, key, all(), { parallel, signal })
  }
  if (signal?.aborted) throw new AbortedError('The put')
  const { sdk, client } = await place.connect()
  const whole = { Body: first, ContentLength: first.length, ContentMD5: md5(first) }
  const object = { Bucket: place.bucket, Key: place.prefix + key, ...whole }
  await client.send(new sdk.PutObjectCommand(object), { abortSignal: signal })
  return first.length
}

export async function put(
  place: Bucket,
  key: string,
  body: ObjectBody,
  { size, signal, ...parts }: ObjectPutOptions & Parts,
): Promise<ObjectPutResult> {
  const { maxBytes } = parts
  const bad = badKey(key) ?? (signal?.aborted ? aborted('The put') : undefined)
  if (bad) return bad
  try {
    const checked = pieces(body, { size, maxBytes, signal })
    return { status: 'ok', size: await write(place, key, checked, { ...parts, signal }) }
  } catch (error) {
    return putFailure(error, maxBytes, (cause) => failureOf('The put to S3', cause, signal))
  }
}
