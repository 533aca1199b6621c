import { hexToBytes, type BaseError, type Hash, type Hex } from '@animechain/core'
import { layoutOf, UNITS } from '@animechain/vault-format'
import { availabilityTypedData } from '@animechain/vault-protocol'
import type { TypedDataDefinition } from 'viem'
import { conflict, malformed, unavailable, unknown } from '../http/refusal.js'
import { readCertify, stripeOfBatch } from './certify.js'
import { shardKeeper, type ShardKeeper } from './keeper.js'
import type { Blob } from './shards.js'
import { shardTaker } from './taker.js'
import type { StorageParts, StorageService } from './types.js'

/** The storage part of a node. */
export function storageService(parts: StorageParts): StorageService {
  const keeper = shardKeeper(parts)
  const { blobs, stored, held, has, space } = keeper
  const damages = parts.metrics.counter({
    name: 'vault_damaged_shards_total',
    help: 'Shards that were found damaged.',
  })
  const blobOf = async (id: Hash): Promise<Blob> => ({ id, ...(await blobs.get(id)) })

  /** A refusal of what is stored, as those who ask are told: it comes back with the next repair, it is not gone. */
  const unreadable =
    (where: Record<string, unknown>) =>
    (error: unknown): never => {
      const { code, message } = error as BaseError
      if (code === 'VAULT_DAMAGED') damages.inc()
      parts.logger.warn('stored bytes cannot be read', { ...where, error: message })
      throw unavailable('It cannot be read at the moment.', error)
    }

  return {
    ...shardTaker(parts, keeper),
    start: keeper.start,
    list: keeper.list,
    has,
    descriptor: async (blob) => (await blobs.get(blob)).descriptor,
    async roots(id) {
      const found = await stored.roots(await blobOf(id)).catch(unreadable({ blob: id }))
      if (!found) throw unknown(`The roots of units of ${id} are not here.`)
      return found
    },
    async unit(id, shard, stripe) {
      const blob = await blobOf(id)
      if (!(await held(id, shard))) throw unknown(`Shard ${shard} of ${id} is not here.`)
      if (stripe >= layoutOf(blob.descriptor.length).stripes)
        throw unknown(`Blob ${id} has no stripe ${stripe}.`)
      return stored.unit(blob, shard, stripe).catch(unreadable({ blob: id, shard, stripe }))
    },
    certify: certifier(parts, keeper),
    async erase(blob, order) {
      // First of all: whatever happens from here on, it is not taken again, and the next start removes what is left.
      await blobs.markGone(blob, order)
      await keeper.removeBlob(blob)
    },
    async known(id) {
      const order = await blobs.orderOf(id)
      if (order || (await blobs.isGone(id))) return { status: 'gone', ...(order && { order }) }
      const blob = await blobs.find(id)
      return blob && { status: 'here', blob }
    },
    async scrub(signal) {
      const report = await keeper.scrub(signal)
      damages.inc(report.damaged.length)
      return report
    },
    usage: () => ({ bytes: space.bytes, shards: space.shards, unfinished: space.unfinished }),
  }
}

/** Signs certificates for L1. docs/spec/vault.md, section 6 */
function certifier(
  { certificates, committee, signer }: StorageParts,
  { blobs, has, seconds, limits }: ShardKeeper,
) {
  return async (id: Hash, json: unknown): Promise<Hex> => {
    const { descriptor } = await blobs.get(id)
    const { body, keyHash, until, committee: epoch } = readCertify(json)
    if (!certificates) throw unavailable('This node does not certify: it knows no PrivateDA on L1.')
    const current = await committee()
    if (epoch !== current) throw conflict(`Expected committee ${current}, got ${epoch}.`)
    const now = seconds()
    const latest = now + BigInt(limits.retention)
    if (until <= now || until > latest)
      throw malformed(`Expected an end from now to ${latest}, got ${until}.`)
    if (!stripeOfBatch(descriptor, hexToBytes(body)))
      throw malformed('Expected the body of this blob, a batch of one stripe.')
    const mine = await Promise.all(Array.from({ length: UNITS }, (_, shard) => has(id, shard)))
    if (!mine.includes(true)) throw conflict(`No shard of ${id} is complete here.`)
    const message = { blob: id, keyHash, length: descriptor.length, committee: epoch, until }
    return signer.signTypedData(
      availabilityTypedData(certificates, message) as unknown as TypedDataDefinition,
    )
  }
}
