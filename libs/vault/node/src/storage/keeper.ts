import type { Address, Hash } from '@animechain/core'
import { layoutOf, UNITS } from '@animechain/vault-format'
import { signMessage, toJson, type BlobDescriptor } from '@animechain/vault-protocol'
import { locks } from '../locks.js'
import { entriesOf } from '../metadata/store.js'
import { descriptors, type KnownBlob } from './descriptors.js'
import { room, storageLimits, type StorageLimits } from './room.js'
import { shards } from './shards.js'
import type { HeldShard, StorageParts } from './types.js'
import { uploads } from './uploads.js'

/** What is written about a complete shard. */
export type Held = Omit<HeldShard, keyof KnownBlob>

/** Name of a shard: of its entry, its lock and its reserved room. */
export const shardName = (blob: Hash, shard: number) => `shard/${blob}/${shard}`
/** Bytes of a shard. */
export const shardSize = ({ length }: BlobDescriptor, shard: number) => layoutOf(length).shardLength(shard)

/** The places of a node's shards. */
function baseOf(parts: StorageParts) {
  const { metadata, objects, clock } = parts
  const limits: StorageLimits = { ...storageLimits, ...parts.limits }
  const kept = parts.metrics.gauge({
    name: 'vault_storage_bytes',
    help: 'Bytes of shards that are stored or have begun.',
  })
  const held = async (blob: Hash, shard: number): Promise<Held | undefined> => {
    const found = await metadata.get(shardName(blob, shard))
    if (!found) return undefined
    const json = JSON.parse(Buffer.from(found).toString()) as { committee: string; until: string }
    return { blob, shard, committee: BigInt(json.committee), until: BigInt(json.until) }
  }
  return {
    limits,
    stored: shards(objects),
    pending: uploads(parts.uploadFolder),
    blobs: descriptors(metadata),
    locked: locks(),
    space: room(limits, (bytes) => kept.set(bytes)),
    seconds: () => BigInt(Math.floor(clock.now() / 1_000)),
    held,
    has: async (blob: Hash, shard: number): Promise<boolean> => (await held(blob, shard)) !== undefined,
  }
}

type Base = ReturnType<typeof baseOf>

/** Shards that are complete, in metadata and object store, with the room that they take. */
export function shardKeeper(parts: StorageParts) {
  const base = baseOf(parts)
  return { ...base, ...notes(parts, base), ...removal(parts, base), ...walks(parts, base) }
}

/** What a storage node has, and how it forgets. */
export type ShardKeeper = ReturnType<typeof shardKeeper>

function notes(
  { metadata, signer, domain, committee }: StorageParts,
  { held, space, seconds, limits }: Base,
) {
  return {
    /** Notes that a shard is on disk, and so that it may be acknowledged. */
    async note(blob: Hash, { descriptor }: KnownBlob, shard: number): Promise<Held> {
      const record = { committee: await committee(), until: seconds() + BigInt(limits.retention) }
      const isNew = (await held(blob, shard)) === undefined
      await metadata.batch([{ type: 'put', key: shardName(blob, shard), value: Buffer.from(toJson(record)) }])
      if (isNew) space.keep(descriptor.project, shardSize(descriptor, shard))
      return { blob, shard, ...record }
    },
    acknowledge: ({ descriptor, eraser }: KnownBlob, { blob, shard, committee: epoch, until }: Held) =>
      signMessage(signer, domain, 'Acknowledgement', {
        node: signer.address.toLowerCase() as Address,
        blob,
        shard,
        eraser,
        length: BigInt(shardSize(descriptor, shard)),
        committee: epoch,
        until,
      }),
  }
}

function removal({ metadata }: StorageParts, { stored, pending, blobs, locked, space, held }: Base) {
  const removeShard = (blob: Hash, descriptor: BlobDescriptor, shard: number) =>
    locked(shardName(blob, shard), async () => {
      const had = await held(blob, shard)
      await stored.remove(blob, shard)
      await pending.remove(blob, shard)
      space.free(shardName(blob, shard))
      if (!had) return
      await metadata.batch([{ type: 'delete', key: shardName(blob, shard) }])
      space.drop(descriptor.project, shardSize(descriptor, shard))
    })
  return {
    removeShard,
    /** What is left to do of an erasure, also after a crash. */
    async removeBlob(blob: Hash): Promise<void> {
      const found = await blobs.find(blob)
      if (!found) return
      for (let shard = 0; shard < UNITS; shard++) await removeShard(blob, found.descriptor, shard)
      await stored.removeRoots(blob)
      await blobs.forget(blob)
    },
  }
}

function walks(parts: StorageParts, base: Base) {
  const { metadata, clock } = parts
  const { limits, stored, pending, blobs, locked, space, seconds, held } = base
  const { removeShard, removeBlob } = removal(parts, base)

  async function entry(key: string): Promise<HeldShard | undefined> {
    const [, blob, shard] = key.split('/') as [string, Hash, string]
    const record = await held(blob, Number(shard))
    const known = await blobs.find(blob)
    return record && known && { ...record, ...known }
  }
  async function* all(): AsyncIterable<HeldShard> {
    for await (const [key] of entriesOf(metadata, 'shard/')) {
      const found = await entry(key)
      if (found) yield found
    }
  }
  async function expireUploads(): Promise<void> {
    for (const { blob, shard, at } of await pending.list())
      if (clock.now() - at > limits.uploadExpiry * 1_000)
        await locked(shardName(blob, shard), async () => {
          await pending.remove(blob, shard)
          space.free(shardName(blob, shard))
        })
  }

  return {
    async start(): Promise<void> {
      await pending.start()
      for await (const { descriptor, shard } of all())
        space.keep(descriptor.project, shardSize(descriptor, shard))
      for (const { blob, shard } of await pending.list()) {
        const known = await blobs.find(blob)
        if (known === undefined || (await held(blob, shard))) await pending.remove(blob, shard)
        else
          space.reserve(shardName(blob, shard), known.descriptor.project, shardSize(known.descriptor, shard))
      }
      for await (const [key] of entriesOf(metadata, 'gone/'))
        await removeBlob(key.slice('gone/'.length) as Hash)
    },
    async list(
      after: { blob: Hash; shard: number } | undefined,
      limit: number,
    ): Promise<readonly HeldShard[]> {
      const gte = after ? `${shardName(after.blob, after.shard)}!` : 'shard/'
      const page = await metadata.list({ gte, lt: 'shard0', limit })
      const found = await Promise.all(page.map(([key]) => entry(key)))
      return found.filter((each) => each !== undefined)
    },
    async scrub(signal?: AbortSignal): Promise<{ checked: number; damaged: readonly HeldShard[] }> {
      await expireUploads()
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
      return { checked, damaged }
    },
  }
}
