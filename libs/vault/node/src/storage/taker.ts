import type { Hash } from '@animechain/core'
import { HASH_BYTES, layoutOf, UNITS } from '@animechain/vault-format'
import { fieldsOf, signedFromJson } from '@animechain/vault-protocol'
import { conflict, malformed } from '../http/refusal.js'
import { descriptorFromJson, expectDescriptor, type KnownBlob } from './descriptors.js'
import { shardName, shardSize, type ShardKeeper } from './keeper.js'
import type { Part, PartResult, StorageParts, StorageService } from './types.js'

/** Longest leave to upload, seconds. */
const LEAVE_SECONDS = 7n * 86_400n

async function* none() {}

async function collected(source: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size)
  let at = 0
  for await (const part of source) {
    if (at + part.length > size) throw malformed(`Expected ${size} bytes, got more.`)
    bytes.set(part, at)
    at += part.length
  }
  if (at < size) throw malformed(`Expected ${size} bytes, got ${at}.`)
  return bytes
}

/** Whether a part goes on where the bytes that are here end, or says again how they ended. */
function goesOn({ first, length }: Part, offset: number, size: number): boolean {
  if (first === undefined) return offset === size
  return first === offset || (offset === size && first + length === size)
}

/** Keeps a shard whose bytes are all here. */
function finisher({ stored, pending, space, note, acknowledge }: ShardKeeper) {
  return async (blob: Hash, known: KnownBlob, shard: number): Promise<PartResult> => {
    const { descriptor } = known
    const size = shardSize(descriptor, shard)
    if (size > 0) await pending.sync(blob, shard)
    const source = size === 0 ? none : () => pending.read(blob, shard)
    const result = await stored.put({ id: blob, descriptor }, shard, source)
    if (result.status === 'wrong') {
      // What is right before it need not be sent again.
      const offset = layoutOf(descriptor.length).unitOffset(result.stripe)
      await pending.cut(blob, shard, offset)
      throw conflict(
        `Stripe ${result.stripe} of shard ${shard} has another root than was said: send it again.`,
        {
          'upload-offset': `${offset}`,
        },
      )
    }
    space.free(shardName(blob, shard))
    const record = await note(blob, known, shard)
    await pending.remove(blob, shard)
    return { status: 'complete', acknowledgement: await acknowledge(known, record) }
  }
}

/** Takes what a blob's id is the hash of, with leave. */
function blobTaker(mayUpload: StorageParts['mayUpload'], { blobs, limits, seconds }: ShardKeeper) {
  return async (blob: Hash, json: unknown): Promise<void> => {
    const fields = fieldsOf(json, 'body', ['descriptor', 'upload'])
    const descriptor = descriptorFromJson(fields.descriptor)
    const upload = signedFromJson('Upload', fields.upload, 'body.upload')
    expectDescriptor(blob, descriptor, limits.blobBytes)
    const { message } = upload
    if (
      message.blob !== blob ||
      message.project !== descriptor.project ||
      message.length !== descriptor.length
    )
      throw malformed('The leave to upload is for another blob, project or length.')
    if (message.notAfter < seconds() || message.notAfter > seconds() + LEAVE_SECONDS)
      throw malformed(`Expected a leave to upload that ends within ${LEAVE_SECONDS} s from now.`)
    await blobs.put(blob, { descriptor, eraser: await mayUpload(upload) })
  }
}

/** Takes blobs from those who may store them, and from members of the committee. */
export function shardTaker(
  { mayUpload }: StorageParts,
  keeper: ShardKeeper,
): Pick<StorageService, 'putBlob' | 'putRoots' | 'putPart' | 'state' | 'cancel' | 'adopt' | 'putRepaired'> {
  const { blobs, stored, pending, space, limits, locked, held, note, acknowledge } = keeper
  const finish = finisher(keeper)

  return {
    putBlob: blobTaker(mayUpload, keeper),
    async putRoots(id, source) {
      const { descriptor } = await blobs.get(id)
      const bytes = await collected(source, layoutOf(descriptor.length).stripes * UNITS * HASH_BYTES)
      if (!(await stored.putRoots({ id, descriptor }, bytes)))
        throw malformed('Expected the roots of units that the blob’s roots are made of.')
    },
    async putPart(id, shard, part, source) {
      const known = await blobs.get(id)
      const { descriptor } = known
      const size = shardSize(descriptor, shard)
      if (part.total !== size) throw malformed(`Expected a shard of ${size} bytes, got ${part.total}.`)
      return locked(shardName(id, shard), async () => {
        const record = await held(id, shard)
        if (record) return { status: 'complete', acknowledgement: await acknowledge(known, record) }
        if (!(await stored.roots({ id, descriptor })))
          throw conflict('Expected the roots of all units before a shard.')
        space.reserve(shardName(id, shard), descriptor.project, size)
        const offset = await pending.offset(id, shard)
        if (!goesOn(part, offset, size))
          throw conflict(`Expected bytes from ${offset} on, got ${part.first ?? 'none'}.`, {
            'upload-offset': `${offset}`,
          })
        const most = Math.min(part.length, size - offset)
        const now = offset < size ? await pending.append(id, shard, offset, source, most) : size
        return now === size ? finish(id, known, shard) : { status: 'more', offset: now }
      })
    },
    async state(id, shard) {
      const { descriptor } = await blobs.get(id)
      if (await held(id, shard)) return { offset: shardSize(descriptor, shard), complete: true }
      return { offset: await pending.offset(id, shard), complete: false }
    },
    cancel: (id, shard) =>
      locked(shardName(id, shard), async () => {
        await blobs.get(id)
        if (await held(id, shard)) throw conflict(`Shard ${shard} of ${id} is complete.`)
        await pending.remove(id, shard)
        space.free(shardName(id, shard))
      }),
    async adopt(id, known, roots) {
      expectDescriptor(id, known.descriptor, limits.blobBytes)
      await blobs.put(id, known)
      return stored.putRoots({ id, descriptor: known.descriptor }, roots)
    },
    async putRepaired(id, shard, units) {
      const known = await blobs.get(id)
      const size = shardSize(known.descriptor, shard)
      return locked(shardName(id, shard), async () => {
        if (!(await held(id, shard))) space.reserve(shardName(id, shard), known.descriptor.project, size)
        await pending.remove(id, shard)
        if (size > 0) await pending.append(id, shard, 0, units, size)
        if (size > 0) await pending.sync(id, shard)
        const source = size === 0 ? none : () => pending.read(id, shard)
        const result = await stored.put({ id, descriptor: known.descriptor }, shard, source)
        await pending.remove(id, shard)
        space.free(shardName(id, shard))
        if (result.status === 'kept') await note(id, known, shard)
        return result.status === 'kept'
      })
    },
  }
}
