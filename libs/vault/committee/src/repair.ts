import type { Hash } from '@animechain/core'
import { UNITS, layoutOf } from '@animechain/vault-format'
import type { Acknowledgement, Signed } from '@animechain/vault-protocol'
import { checkSignal, linkedSignal, type Shared } from './members.js'
import type { StorageNode } from './nodeClient.js'
import type { PutOptions } from './put.js'
import { inOrder } from './read.js'
import { ShardUpload } from './shardUpload.js'
import type { Units } from './units.js'

/** What is repaired. */
export interface RepairOptions extends Pick<PutOptions, 'upload' | 'signal'> {
  blob: Hash
  /** read every unit of the shards that are said to be there; default false */
  deep?: boolean
}

/** One shard after a repair. */
export interface RepairedShard {
  shard: number
  node: StorageNode
  /**
   * `complete`: it was there. `repaired`: it is there again. `damaged`: it is said to be there, and is not right: its node must bring it back
   * itself. `failed`: it is still not there.
   */
  status: 'complete' | 'repaired' | 'damaged' | 'failed'
  why?: string
  acknowledgement?: Signed<Acknowledgement>
}

/** Stripes that are computed ahead. */
const AHEAD = 4

/** A shard, unit by unit, from the other four: never from its own node. Verified by the roots of units. */
export async function* reconstructShard(
  units: Units,
  { blob: id, shard, signal }: { blob: Hash; shard: number; signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const blob = await units.blob(id, signal)
  const roots = await units.roots(blob, signal)
  const { stripes } = layoutOf(blob.descriptor.length)
  const own = linkedSignal(signal)
  try {
    yield* inOrder(0, stripes - 1, AHEAD, (stripe) => units.computed(blob, shard, stripe, roots, own.signal))
  } finally {
    own.end()
  }
}

async function firstWrong(
  units: Units,
  id: Hash,
  shard: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const blob = await units.blob(id, signal)
  const { stripes } = layoutOf(blob.descriptor.length)
  const all = inOrder(0, stripes - 1, AHEAD, (stripe) => units.unit(blob, shard, stripe, signal))
  for await (const got of all) if ('why' in got) return got.why
  return undefined
}

/** Brings shards that their nodes are without back to them. */
export async function repair(shared: Shared, units: Units, options: RepairOptions): Promise<RepairedShard[]> {
  const { blob: id, signal } = options
  const { descriptor } = await units.blob(id, signal)
  const out: RepairedShard[] = []
  let leave: Awaited<ReturnType<PutOptions['upload']>> | undefined
  for (let shard = 0; shard < UNITS; shard++) {
    checkSignal(signal, 'Repairing')
    const member = shared.members[shard]!
    const about = { shard, node: member.client.node }
    const state = await member.client.state(id, shard, signal)
    if (state.status === 'ok' && state.value.complete) {
      const why = options.deep ? await firstWrong(units, id, shard, signal) : undefined
      out.push({
        ...about,
        status: why === undefined ? 'complete' : 'damaged',
        ...(why !== undefined && { why }),
      })
      continue
    }
    if (state.status === 'unreachable') {
      out.push({ ...about, status: 'failed', why: state.why })
      continue
    }
    leave ??= await options.upload(descriptor, id)
    const unitRoots = await units.roots({ id, descriptor }, signal)
    const body = { descriptor, upload: leave }
    const upload = new ShardUpload(shared, member, shard, { blob: id, descriptor, unitRoots, body }, signal)
    await upload.begin()
    if (upload.state.status === 'running')
      for await (const bytes of reconstructShard(units, { blob: id, shard, signal })) {
        await upload.take(bytes)
        if (upload.state.status !== 'running') break
      }
    await upload.end()
    const { state: end } = upload
    if (end.status === 'complete')
      out.push({ ...about, status: 'repaired', acknowledgement: end.acknowledgement })
    else
      out.push({ ...about, status: 'failed', why: end.status === 'failed' ? end.why : 'it lost what it had' })
  }
  return out
}
