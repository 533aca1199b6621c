import { BaseError, equalBytes, type Hash } from '@animechain/core'
import type { ObjectFailure, ObjectStore } from '@animechain/objects'
import { boundedMap, turns } from '@animechain/runtime'
import {
  layoutOf,
  rootsTree,
  unitOf,
  unitRoot,
  unitRootAt,
  verifyUnitRoots,
  type HashTree,
} from '@animechain/vault-format'
import type { BlobDescriptor } from '@animechain/vault-protocol'

/** A unit with the path to its shard's root. */
export interface StoredUnit {
  bytes: Uint8Array
  path: readonly Uint8Array[]
}

/** A blob by its id. */
export interface Blob {
  id: Hash
  descriptor: BlobDescriptor
}

/** What came of keeping a shard. `wrong`: the bytes are others, from this stripe on. */
export type KeepResult = { status: 'kept' } | { status: 'wrong'; stripe: number }

/** Shards that are complete and right, and the roots of units, in a store of objects. */
export interface Shards {
  /** Keeps the roots of all units, five for each stripe. @returns false where the blob's roots are not made of them */
  putRoots(blob: Blob, roots: Uint8Array): Promise<boolean>
  /** Undefined: they did not come yet. */
  roots(blob: Blob): Promise<Uint8Array | undefined>
  /** Keeps a shard once every unit of it has its root. It is durable when this resolves. */
  put(blob: Blob, shard: number, source: () => AsyncIterable<Uint8Array>): Promise<KeepResult>
  /** @throws {BaseError} `VAULT_DAMAGED` where what is stored is not what was put, `VAULT_OBJECTS` where the place does not answer */
  unit(blob: Blob, shard: number, stripe: number): Promise<StoredUnit>
  /** Reads all of it again. False: it is damaged or gone. */
  check(blob: Blob, shard: number, signal?: AbortSignal): Promise<boolean>
  remove(blob: Hash, shard: number): Promise<void>
  removeRoots(blob: Hash): Promise<void>
}

const folderOf = (blob: Hash) => `${blob.slice(2, 4)}/${blob.slice(2)}`
const shardKey = (blob: Hash, shard: number) => `shards/${folderOf(blob)}/${shard}`
const rootsKey = (blob: Hash) => `roots/${folderOf(blob)}`
/** Trees in memory; one of a shard of 1 GiB has half a megabyte. */
const TREES = 64
/** Milliseconds of hashing after which others have their turn. */
const SLICE_MS = 10

const objectsFailed = (what: string, result: ObjectFailure | { status: string }) =>
  new BaseError(`The object store could not ${what}: ${result.status}.`, {
    code: 'VAULT_OBJECTS',
    cause: 'error' in result ? result.error : undefined,
    ...('reason' in result && { metaMessages: [result.reason] }),
  })

const damaged = (blob: Hash, what: string) =>
  new BaseError(`Stored bytes of ${blob} are damaged: ${what}.`, { code: 'VAULT_DAMAGED' })

/** The units of a shard from its bytes as they come. Bytes beyond its end are another unit, which no shard has. */
export async function* unitsOf(
  { length }: Pick<BlobDescriptor, 'length'>,
  shard: number,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const layout = layoutOf(length)
  const lengthOf = (stripe: number) =>
    stripe < layout.stripes ? layout.unitLength(stripe, unitOf(stripe, shard)) : 0
  let stripe = 0
  let unit = new Uint8Array(lengthOf(0))
  let filled = 0
  for await (const bytes of source)
    for (let at = 0; at < bytes.length;) {
      if (unit.length === 0) return yield bytes.subarray(at)
      const taken = bytes.subarray(at, at + unit.length - filled)
      unit.set(taken, filled)
      filled += taken.length
      at += taken.length
      if (filled < unit.length) continue
      yield unit
      unit = new Uint8Array(lengthOf(++stripe))
      filled = 0
    }
  if (filled > 0) return yield unit.subarray(0, filled)
  // Only the last stripe may have an empty unit.
  if (stripe < layout.stripes && unit.length === 0) yield unit
}

const rootsOfShard = (roots: Uint8Array, stripes: number, shard: number) =>
  Array.from({ length: stripes }, (_, stripe) => unitRootAt(roots, stripe, unitOf(stripe, shard)))

/** The first stripe whose unit has another root than it should, and the first that is missing where the bytes end early. Undefined: all are right. */
async function firstWrong(
  { descriptor }: Blob,
  shard: number,
  roots: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { stripes } = layoutOf(descriptor.length)
  const turn = turns(SLICE_MS)
  let stripe = 0
  for await (const unit of unitsOf(descriptor, shard, source)) {
    signal?.throwIfAborted()
    if (stripe === stripes || !equalBytes(unitRoot(unit), unitRootAt(roots, stripe, unitOf(stripe, shard))))
      return stripe
    stripe++
    await turn()
  }
  return stripe === stripes ? undefined : stripe
}

/** Roots of units, and the trees over those of shards, as paths are made of them. */
function rootsStore(objects: ObjectStore) {
  const known = boundedMap<Hash, Uint8Array>(TREES)
  const trees = boundedMap<string, HashTree>(TREES)
  const store = {
    known,
    trees,
    async find({ id, descriptor }: Blob): Promise<Uint8Array | undefined> {
      const kept = known.get(id)
      if (kept) return kept
      const found = await objects.get(rootsKey(id))
      if (found.status === 'missing') return undefined
      if (found.status !== 'object') throw objectsFailed('read roots', found)
      if (!verifyUnitRoots(descriptor, found.body)) throw damaged(id, 'roots of units')
      known.set(id, found.body)
      return found.body
    },
    async expect(blob: Blob): Promise<Uint8Array> {
      const found = await store.find(blob)
      if (found === undefined) throw damaged(blob.id, 'there are no roots of units')
      return found
    },
    async treeOf(blob: Blob, shard: number): Promise<HashTree> {
      const key = `${blob.id} ${shard}`
      const kept = trees.get(key)
      if (kept) return kept
      const { stripes } = layoutOf(blob.descriptor.length)
      const made = rootsTree(rootsOfShard(await store.expect(blob), stripes, shard))
      trees.set(key, made)
      return made
    },
    async put({ id, descriptor }: Blob, bytes: Uint8Array): Promise<boolean> {
      if (!verifyUnitRoots(descriptor, bytes)) return false
      const kept = await objects.put(rootsKey(id), bytes)
      if (kept.status !== 'ok') throw objectsFailed('keep roots', kept)
      known.set(id, bytes)
      return true
    },
    async remove(blob: Hash): Promise<void> {
      known.delete(blob)
      const removed = await objects.delete(rootsKey(blob))
      if (removed.status !== 'ok') throw objectsFailed('delete roots', removed)
    },
  }
  return store
}

/** Shards in a store of objects. */
export function shards(objects: ObjectStore): Shards {
  const roots = rootsStore(objects)
  return {
    putRoots: (blob, bytes) => roots.put(blob, bytes),
    roots: (blob) => roots.find(blob),
    removeRoots: (blob) => roots.remove(blob),
    async put(blob, shard, source) {
      const wrong = await firstWrong(blob, shard, await roots.expect(blob), source())
      if (wrong !== undefined) return { status: 'wrong', stripe: wrong }
      const size = layoutOf(blob.descriptor.length).shardLength(shard)
      const kept = await objects.put(shardKey(blob.id, shard), size === 0 ? new Uint8Array(0) : source(), {
        size,
      })
      if (kept.status !== 'ok') throw objectsFailed('keep a shard', kept)
      return { status: 'kept' }
    },
    async unit(blob, shard, stripe) {
      const { id, descriptor } = blob
      const layout = layoutOf(descriptor.length)
      const place = unitOf(stripe, shard)
      const length = layout.unitLength(stripe, place)
      const path = (await roots.treeOf(blob, shard)).path(stripe)
      if (length === 0) return { bytes: new Uint8Array(0), path }
      const found = await objects.get(shardKey(id, shard), {
        range: { offset: layout.unitOffset(stripe), length },
      })
      if (found.status === 'missing') throw damaged(id, `shard ${shard} is missing`)
      if (found.status !== 'object') throw objectsFailed('read a unit', found)
      const right = unitRootAt(await roots.expect(blob), stripe, place)
      if (found.body.length !== length || !equalBytes(unitRoot(found.body), right))
        throw damaged(id, `stripe ${stripe} of shard ${shard}`)
      return { bytes: found.body, path }
    },
    async check(blob, shard, signal) {
      // As they are on disk, not as they are remembered.
      roots.known.delete(blob.id)
      const right = await roots.find(blob).catch((error: BaseError) => {
        if (error.code === 'VAULT_DAMAGED') return undefined
        throw error
      })
      if (right === undefined) return false
      const found = await objects.open(shardKey(blob.id, shard), signal && { signal })
      if (found.status === 'missing') return false
      if (found.status !== 'stream') throw objectsFailed('read a shard', found)
      try {
        return (await firstWrong(blob, shard, right, found.body, signal)) === undefined
      } finally {
        await found.cancel()
      }
    },
    async remove(blob, shard) {
      roots.trees.delete(`${blob} ${shard}`)
      const removed = await objects.delete(shardKey(blob, shard))
      if (removed.status !== 'ok') throw objectsFailed('delete a shard', removed)
    },
  }
}
