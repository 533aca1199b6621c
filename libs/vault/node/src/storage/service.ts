import {
  hexToBytes,
  type Address,
  type BaseError,
  type Clock,
  type Hash,
  type Hex,
  type Logger,
  type Metrics,
} from '@animechain/core'
import type { ObjectStore } from '@animechain/objects'
import { HASH_BYTES, layoutOf, UNITS } from '@animechain/vault-format'
import {
  availabilityTypedData,
  fieldsOf,
  signedFromJson,
  signMessage,
  toJson,
  type Acknowledgement,
  type BlobDescriptor,
  type CertificateDomain,
  type MessageSigner,
  type Signed,
  type Upload,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { TypedDataDefinition } from 'viem'
import { conflict, malformed, unavailable, unknown } from '../http/refusal.js'
import { locks } from '../locks.js'
import { entriesOf, type MetadataStore } from '../metadata/store.js'
import { readCertify, stripeOfBatch } from './certify.js'
import { descriptorFromJson, descriptors, expectDescriptor, type KnownBlob } from './descriptors.js'
import { room, storageLimits, type StorageLimits } from './room.js'
import { shards, type Blob, type StoredUnit } from './shards.js'
import { uploads } from './uploads.js'

/** A complete shard, as the node remembers it. */
export interface HeldShard extends KnownBlob {
  blob: Hash
  shard: number
  /** epoch of the committee that the node was in when it came */
  committee: bigint
  /** kept until, seconds */
  until: bigint
}

/** What came of a part of a shard. */
export type PartResult =
  { status: 'more'; offset: number } | { status: 'complete'; acknowledgement: Signed<Acknowledgement> }

/** A part of a shard, as `content-range` says it. `first` undefined: it has no bytes, all of them should be here. */
export interface Part {
  first?: number
  total: number
  length: number
}

/** What a storage node does, apart from HTTP. Methods throw a `Refusal` for what they do not do. */
export interface StorageService {
  start(): Promise<void>
  putBlob(blob: Hash, json: unknown): Promise<void>
  descriptor(blob: Hash): Promise<BlobDescriptor>
  putRoots(blob: Hash, source: AsyncIterable<Uint8Array>): Promise<void>
  roots(blob: Hash): Promise<Uint8Array>
  putPart(blob: Hash, shard: number, part: Part, source: AsyncIterable<Uint8Array>): Promise<PartResult>
  state(blob: Hash, shard: number): Promise<{ offset: number; complete: boolean }>
  cancel(blob: Hash, shard: number): Promise<void>
  unit(blob: Hash, shard: number, stripe: number): Promise<StoredUnit>
  certify(blob: Hash, json: unknown): Promise<Hex>
  /** Deletes every shard of a blob, and everything that is known of it but that it is gone. Idempotent. */
  erase(blob: Hash): Promise<void>
  /** Reads every shard again, removes what is over, and expires unfinished ones. */
  scrub(signal?: AbortSignal): Promise<{ checked: number; damaged: readonly HeldShard[] }>
  /** Keeps a blob that another member of the committee has. */
  adopt(blob: Hash, known: KnownBlob, roots: Uint8Array): Promise<boolean>
  /** Keeps a shard that was computed from others. @returns false where it is not the shard */
  putRepaired(blob: Hash, shard: number, units: AsyncIterable<Uint8Array>): Promise<boolean>
  /** Complete shards after a place in their order, `blob` and `shard`. */
  list(after: { blob: Hash; shard: number } | undefined, limit: number): Promise<readonly HeldShard[]>
  has(blob: Hash, shard: number): Promise<boolean>
  usage(): { bytes: number; shards: number; unfinished: number }
}

/** What a storage node is made of. */
export interface StorageParts {
  metadata: MetadataStore
  objects: ObjectStore
  /** folder of unfinished shards, on this machine */
  uploadFolder: string
  signer: MessageSigner
  domain: VaultDomain
  /** where it certifies; absent: it does not */
  certificates?: CertificateDomain
  /** epoch of the committee that is in force */
  committee: () => Promise<bigint>
  /**
   * Who may have a blob stored: the owner of its project, zero for batches. @throws {Refusal} unless the owner, a delegate, or a batcher signed
   */
  mayUpload: (upload: Signed<Upload>) => Promise<Address>
  limits?: Partial<StorageLimits>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

const shardKey = (blob: Hash, shard: number) => `shard/${blob}/${shard}`
async function* none() {}
/** Longest leave to upload, seconds. */
const LEAVE_SECONDS = 7n * 86_400n

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

type Held = Omit<HeldShard, keyof KnownBlob>

/** The storage part of a node. */
export function storageService(parts: StorageParts): StorageService {
  const { metadata, objects, signer, domain, clock, logger, metrics, certificates, committee } = parts
  const limits: StorageLimits = { ...storageLimits, ...parts.limits }
  const stored = shards(objects)
  const pending = uploads(parts.uploadFolder)
  const blobs = descriptors(metadata)
  const locked = locks()
  const kept = metrics.gauge({
    name: 'vault_storage_bytes',
    help: 'Bytes of shards that are stored or have begun.',
  })
  const damages = metrics.counter({
    name: 'vault_damaged_shards_total',
    help: 'Shards that were found damaged.',
  })
  const space = room(limits, (bytes) => kept.set(bytes))
  const seconds = () => BigInt(Math.floor(clock.now() / 1_000))
  const sizeOf = ({ length }: BlobDescriptor, shard: number) => layoutOf(length).shardLength(shard)

  async function held(blob: Hash, shard: number): Promise<Held | undefined> {
    const found = await metadata.get(shardKey(blob, shard))
    if (!found) return undefined
    const json = JSON.parse(Buffer.from(found).toString()) as { committee: string; until: string }
    return { blob, shard, committee: BigInt(json.committee), until: BigInt(json.until) }
  }

  const acknowledge = ({ descriptor, eraser }: KnownBlob, { blob, shard, committee: epoch, until }: Held) =>
    signMessage(signer, domain, 'Acknowledgement', {
      node: signer.address.toLowerCase() as Address,
      blob,
      shard,
      eraser,
      length: BigInt(sizeOf(descriptor, shard)),
      committee: epoch,
      until,
    })

  /** Notes that a shard is on disk, and so that it may be acknowledged. */
  async function note(blob: Hash, { descriptor }: KnownBlob, shard: number): Promise<Held> {
    const record = { committee: await committee(), until: seconds() + BigInt(limits.retention) }
    const isNew = (await held(blob, shard)) === undefined
    await metadata.batch([{ type: 'put', key: shardKey(blob, shard), value: Buffer.from(toJson(record)) }])
    if (isNew) space.keep(descriptor.project, sizeOf(descriptor, shard))
    return { blob, shard, ...record }
  }

  async function finish(blob: Hash, known: KnownBlob, shard: number): Promise<PartResult> {
    const { descriptor } = known
    const size = sizeOf(descriptor, shard)
    if (size > 0) await pending.sync(blob, shard)
    const result = await stored.put(
      { id: blob, descriptor },
      shard,
      size === 0 ? none : () => pending.read(blob, shard),
    )
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
    space.free(shardKey(blob, shard))
    const record = await note(blob, known, shard)
    await pending.remove(blob, shard)
    return { status: 'complete', acknowledgement: await acknowledge(known, record) }
  }

  const removeShard = (blob: Hash, { project, length }: BlobDescriptor, shard: number) =>
    locked(shardKey(blob, shard), async () => {
      const had = await held(blob, shard)
      await stored.remove(blob, shard)
      await pending.remove(blob, shard)
      space.free(shardKey(blob, shard))
      if (!had) return
      await metadata.batch([{ type: 'delete', key: shardKey(blob, shard) }])
      space.drop(project, layoutOf(length).shardLength(shard))
    })

  /** What is left to do of an erasure, also after a crash. */
  async function removeBlob(blob: Hash): Promise<void> {
    const found = await blobs.find(blob)
    if (!found) return
    for (let shard = 0; shard < UNITS; shard++) await removeShard(blob, found.descriptor, shard)
    await stored.removeRoots(blob)
    await blobs.forget(blob)
  }

  async function* all(): AsyncIterable<HeldShard> {
    for await (const [key] of entriesOf(metadata, 'shard/')) {
      const [, blob, shard] = key.split('/') as [string, Hash, string]
      const record = await held(blob, Number(shard))
      const known = await blobs.find(blob)
      if (record && known) yield { ...record, ...known }
    }
  }

  const blobOf = async (id: Hash): Promise<Blob & KnownBlob> => ({ id, ...(await blobs.get(id)) })

  /** A refusal of what is stored, as those who ask are told: it comes back with the next repair, it is not gone. */
  function unreadable(error: unknown, where: Record<string, unknown>): Error {
    const { code, message } = error as BaseError
    if (code === 'VAULT_DAMAGED') damages.inc()
    logger.warn('stored bytes cannot be read', { ...where, error: message })
    return unavailable('It cannot be read at the moment.', error)
  }

  return {
    async start() {
      await pending.start()
      for await (const { descriptor, shard } of all())
        space.keep(descriptor.project, sizeOf(descriptor, shard))
      for (const { blob, shard } of await pending.list()) {
        const known = await blobs.find(blob)
        if (known === undefined || (await held(blob, shard))) await pending.remove(blob, shard)
        else space.reserve(shardKey(blob, shard), known.descriptor.project, sizeOf(known.descriptor, shard))
      }
      for await (const [key] of entriesOf(metadata, 'gone/'))
        await removeBlob(key.slice('gone/'.length) as Hash)
    },
    async putBlob(blob, json) {
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
      await blobs.put(blob, { descriptor, eraser: await parts.mayUpload(upload) })
    },
    descriptor: async (blob) => (await blobs.get(blob)).descriptor,
    async putRoots(id, source) {
      const blob = await blobOf(id)
      const size = layoutOf(blob.descriptor.length).stripes * UNITS * HASH_BYTES
      if (!(await stored.putRoots(blob, await collected(source, size))))
        throw malformed('Expected the roots of units that the blob’s roots are made of.')
    },
    async roots(id) {
      const found = await stored.roots(await blobOf(id)).catch((error: unknown) => {
        throw unreadable(error, { blob: id })
      })
      if (!found) throw unknown(`The roots of units of ${id} are not here.`)
      return found
    },
    async putPart(id, shard, { first, total, length }, source) {
      const blob = await blobOf(id)
      const size = sizeOf(blob.descriptor, shard)
      if (total !== size) throw malformed(`Expected a shard of ${size} bytes, got ${total}.`)
      return locked(shardKey(id, shard), async () => {
        const record = await held(id, shard)
        if (record) return { status: 'complete', acknowledgement: await acknowledge(blob, record) }
        if (!(await stored.roots(blob))) throw conflict('Expected the roots of all units before a shard.')
        space.reserve(shardKey(id, shard), blob.descriptor.project, size)
        const offset = await pending.offset(id, shard)
        const isRest =
          first === undefined
            ? offset === size
            : first === offset || (offset === size && first + length === size)
        if (!isRest)
          throw conflict(`Expected bytes from ${offset} on, got ${first ?? 'none'}.`, {
            'upload-offset': `${offset}`,
          })
        const now =
          offset < size
            ? await pending.append(id, shard, offset, source, Math.min(length, size - offset))
            : size
        return now === size ? finish(id, blob, shard) : { status: 'more', offset: now }
      })
    },
    async state(id, shard) {
      const { descriptor } = await blobs.get(id)
      if (await held(id, shard)) return { offset: sizeOf(descriptor, shard), complete: true }
      return { offset: await pending.offset(id, shard), complete: false }
    },
    cancel: (id, shard) =>
      locked(shardKey(id, shard), async () => {
        await blobs.get(id)
        if (await held(id, shard)) throw conflict(`Shard ${shard} of ${id} is complete.`)
        await pending.remove(id, shard)
        space.free(shardKey(id, shard))
      }),
    async unit(id, shard, stripe) {
      const blob = await blobOf(id)
      if (!(await held(id, shard))) throw unknown(`Shard ${shard} of ${id} is not here.`)
      if (stripe >= layoutOf(blob.descriptor.length).stripes)
        throw unknown(`Blob ${id} has no stripe ${stripe}.`)
      return stored.unit(blob, shard, stripe).catch((error: unknown) => {
        throw unreadable(error, { blob: id, shard, stripe })
      })
    },
    async certify(id, json) {
      const { descriptor } = await blobs.get(id)
      const { body, keyHash, until, committee: epoch } = readCertify(json)
      if (!certificates) throw unavailable('This node does not certify: it knows no PrivateDA on L1.')
      const now = seconds()
      if (epoch !== (await committee()))
        throw conflict(`Expected committee ${await committee()}, got ${epoch}.`)
      if (until <= now || until > now + BigInt(limits.retention))
        throw malformed(`Expected an end from now to ${now + BigInt(limits.retention)}, got ${until}.`)
      if (!stripeOfBatch(descriptor, hexToBytes(body)))
        throw malformed('Expected the body of this blob, a batch of one stripe.')
      let mine = 0
      for (let shard = 0; shard < UNITS; shard++) if (await held(id, shard)) mine++
      if (mine === 0) throw conflict(`No shard of ${id} is complete here.`)
      const message = { blob: id, keyHash, length: descriptor.length, committee: epoch, until }
      return signer.signTypedData(
        availabilityTypedData(certificates, message) as unknown as TypedDataDefinition,
      )
    },
    async erase(blob) {
      // First of all: whatever happens from here on, it is not taken again, and the next start removes what is left.
      await blobs.markGone(blob)
      await removeBlob(blob)
    },
    async scrub(signal) {
      for (const { blob, shard, at } of await pending.list())
        if (clock.now() - at > limits.uploadExpiry * 1_000)
          await locked(shardKey(blob, shard), async () => {
            await pending.remove(blob, shard)
            space.free(shardKey(blob, shard))
          })
      let checked = 0
      const damaged: HeldShard[] = []
      for await (const each of all()) {
        if (signal?.aborted) break
        const { blob, shard, descriptor } = each
        if (await blobs.isGone(blob)) continue
        if (each.until < seconds()) {
          await removeShard(blob, descriptor, shard)
          continue
        }
        if (!(await stored.check({ id: blob, descriptor }, shard, signal))) damaged.push(each)
        checked++
      }
      damages.inc(damaged.length)
      return { checked, damaged }
    },
    async adopt(id, known, roots) {
      expectDescriptor(id, known.descriptor, limits.blobBytes)
      await blobs.put(id, known)
      return stored.putRoots({ id, descriptor: known.descriptor }, roots)
    },
    async putRepaired(id, shard, units) {
      const blob = await blobOf(id)
      const size = sizeOf(blob.descriptor, shard)
      return locked(shardKey(id, shard), async () => {
        if (!(await held(id, shard))) space.reserve(shardKey(id, shard), blob.descriptor.project, size)
        await pending.remove(id, shard)
        if (size > 0) await pending.append(id, shard, 0, units, size)
        if (size > 0) await pending.sync(id, shard)
        const result = await stored.put(blob, shard, size === 0 ? none : () => pending.read(id, shard))
        await pending.remove(id, shard)
        space.free(shardKey(id, shard))
        if (result.status === 'kept') await note(id, blob, shard)
        return result.status === 'kept'
      })
    },
    async list(after, limit) {
      const gte = after ? `${shardKey(after.blob, after.shard)}!` : 'shard/'
      const listed: HeldShard[] = []
      for (const [key] of await metadata.list({ gte, lt: 'shard0', limit })) {
        const [, blob, shard] = key.split('/') as [string, Hash, string]
        const record = await held(blob, Number(shard))
        const known = await blobs.find(blob)
        if (record && known) listed.push({ ...record, ...known })
      }
      return listed
    },
    has: async (blob, shard) => (await held(blob, shard)) !== undefined,
    usage: () => ({ bytes: space.bytes, shards: space.shards, unfinished: space.unfinished }),
  }
}
