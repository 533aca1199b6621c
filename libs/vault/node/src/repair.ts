import { equalBytes, type Address, type Hash, type Logger, type Metrics } from '@animechain/core'
import {
  DATA_UNITS,
  layoutOf,
  reconstructStripe,
  shardOf,
  UNITS,
  unitOf,
  unitRoot,
  unitRootAt,
} from '@animechain/vault-format'
import {
  fieldsOf,
  hexOf,
  integerOf,
  routes,
  signMessage,
  signedFromJson,
  toJson,
  type ErasureOrder,
  type MessageSigner,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committee, Committees, CommitteeMember } from './committees.js'
import { forbidden } from './http/refusal.js'
import { descriptorFromJson, type KnownBlob } from './storage/descriptors.js'
import type { StorageService } from './storage/types.js'

/** Where members of a committee list their blobs to each other. Not a part of the published API. */
export const heldRoute = '/v1/held'
/** Blobs of a page. */
const PAGE = 256
/** Milliseconds for one question to a peer. */
const TIMEOUT_MS = 15_000
/** Bytes of an answer of a peer at most. */
const MOST_BYTES = 64 * 2 ** 20
const READ_SECONDS = 300
/** Shards of one round. */
const MOST_WANTED = 100_000
const zeroHash: Hash = `0x${'00'.repeat(32)}`

/** A shard that a peer has, or that is wanted. */
interface Wanted {
  blob: Hash
  shard: number
  known: KnownBlob
}

/** What one round of repair did. */
export interface RepairReport {
  /** shards that are here now and were not, or were damaged */
  repaired: number
  /** shards that too few peers have units of */
  failed: number
}

/** Everything that repair needs of a node. */
export interface RepairParts {
  service: StorageService
  committees: Committees
  signer: MessageSigner
  domain: VaultDomain
  logger: Logger
  metrics: Metrics
  /** seconds */
  now: () => number
  fetch?: typeof globalThis.fetch
}

/**
 * Checks that a member of the current committee asks for the list of blobs, and gives a page of it. @throws {Refusal}
 */
export async function heldPage(
  parts: Pick<RepairParts, 'service' | 'committees' | 'domain' | 'signer' | 'now'>,
  who: (read: ReturnType<typeof signedFromJson<'ProjectRead'>>) => Promise<Address | undefined>,
  json: unknown,
): Promise<unknown> {
  const fields = fieldsOf(json, 'body', ['read', 'after'])
  const read = signedFromJson('ProjectRead', fields.read, 'body.read')
  const { project, node, notAfter } = read.message
  const isFor = project === zeroHash && node === (parts.signer.address.toLowerCase() as Address)
  const now = BigInt(Math.floor(parts.now()))
  if (!isFor || notAfter < now || notAfter > now + BigInt(READ_SECONDS))
    throw forbidden('Expected a reading of this node, of now.')
  const signer = await who(read)
  const committee = await parts.committees.at(await parts.committees.current(), 'storage')
  if (!committee?.members.some(({ key }) => key === signer))
    throw forbidden('Expected a member of the committee.')
  const after = fields.after === null ? undefined : fieldsOf(fields.after, 'body.after', ['blob', 'shard'])
  const page = await parts.service.list(
    after && {
      blob: hexOf(after.blob, 'body.after.blob', 32),
      shard: integerOf(after.shard, 'body.after.shard', UNITS - 1),
    },
    PAGE,
  )
  return { shards: page.map(({ blob, shard, descriptor, eraser }) => ({ blob, shard, descriptor, eraser })) }
}

/** A node as its peers see it: asks them, within bounds. */
function peerClient({ signer, domain, now, fetch = globalThis.fetch }: RepairParts) {
  /** The bytes of an answer; undefined where there is none that counts. */
  async function ask(
    peer: CommitteeMember,
    path: string,
    init: RequestInit,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    try {
      const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
      const response = await fetch(`${peer.url}${path}`, { ...init, signal: either, redirect: 'error' })
      const length = Number(response.headers.get('content-length') ?? Infinity)
      if (response.ok && length <= MOST_BYTES) return new Uint8Array(await response.arrayBuffer())
      await response.body?.cancel()
    } catch {}
    return undefined
  }

  return {
    ask,
    /** Shows a peer the order by which a blob is gone here: it was away when the order came. It judges for itself. */
    async tell(peer: CommitteeMember, order: ErasureOrder, signal: AbortSignal): Promise<void> {
      const { erase, manifest, newer } = order
      const [path, body] = newer
        ? [routes.supersede, { erase, retirement: manifest, newer }]
        : [routes.erase, { erase, manifests: [manifest] }]
      const headers = { 'content-type': 'application/json' }
      await ask(peer, path, { method: 'POST', headers, body: toJson(body) }, signal)
    },
    /** Every shard that a peer has. Throws where its list is none. */
    async *heldBy(peer: CommitteeMember, signal: AbortSignal): AsyncIterable<Wanted> {
      let after: { blob: Hash; shard: number } | null = null
      for (;;) {
        const notAfter = BigInt(Math.floor(now()) + 60)
        const read = await signMessage(signer, domain, 'ProjectRead', {
          project: zeroHash,
          node: peer.key,
          notAfter,
        })
        const headers = { 'content-type': 'application/json' }
        const bytes = await ask(
          peer,
          heldRoute,
          { method: 'POST', headers, body: toJson({ read, after }) },
          signal,
        )
        if (bytes === undefined) return
        const { shards } = JSON.parse(Buffer.from(bytes).toString()) as { shards: Record<string, unknown>[] }
        for (const each of shards) {
          const blob = hexOf(each.blob, 'blob', 32)
          const shard = integerOf(each.shard, 'shard', UNITS - 1)
          const known = {
            descriptor: descriptorFromJson(each.descriptor),
            eraser: hexOf(each.eraser, 'eraser', 20),
          }
          after = { blob, shard }
          yield { blob, shard, known }
        }
        if (shards.length < PAGE) return
      }
    },
  }
}

type Peers = ReturnType<typeof peerClient>

/** A shard that is to be computed from those of others. */
interface Task extends Wanted {
  /** by shard */
  peers: ReadonlyMap<number, CommitteeMember>
  signal: AbortSignal
}

/** The unit of a stripe that belongs to a shard, from three others that are right. */
async function unitFrom(
  { ask }: Peers,
  task: Task,
  roots: Uint8Array,
  stripe: number,
): Promise<Uint8Array | undefined> {
  const { blob, known, shard, peers, signal } = task
  const layout = layoutOf(known.descriptor.length)
  const lengths = Array.from({ length: UNITS }, (_, unit) => layout.unitLength(stripe, unit))
  const units: (Uint8Array | undefined)[] = lengths.map((length) =>
    length === 0 ? new Uint8Array(0) : undefined,
  )
  const have = () => units.filter(Boolean).length
  for (let unit = 0; unit < UNITS && have() < DATA_UNITS; unit++) {
    const from = shardOf(stripe, unit)
    const peer = peers.get(from)
    if (units[unit] !== undefined || from === shard || peer === undefined) continue
    const bytes = await ask(peer, routes.unit(blob, from, stripe), {}, signal)
    if (bytes === undefined || bytes.length !== lengths[unit]) continue
    // Whoever gives another one lies, or is damaged: the rest is asked.
    if (equalBytes(unitRoot(bytes), unitRootAt(roots, stripe, unit))) units[unit] = bytes
  }
  return have() < DATA_UNITS ? undefined : reconstructStripe(units, lengths)[unitOf(stripe, shard)]
}

/** Computes a shard, and keeps it. @returns false where too few peers have right units */
async function repairShard(service: StorageService, client: Peers, task: Task): Promise<boolean> {
  const { blob, known, shard, peers, signal } = task
  let roots = await service.roots(blob).catch(() => undefined)
  for (const peer of peers.values()) {
    if (roots) break
    const found = await client.ask(peer, routes.units(blob), {}, signal)
    if (found && (await service.adopt(blob, known, found).catch(() => false))) roots = found
  }
  if (!roots) return false
  const { stripes } = layoutOf(known.descriptor.length)
  async function* units(from: Uint8Array) {
    for (let stripe = 0; stripe < stripes; stripe++) {
      const unit = await unitFrom(client, task, from, stripe)
      if (!unit) return
      yield unit
    }
  }
  return service.putRepaired(blob, shard, units(roots))
}

/** What a node should have and has not: what is damaged here, and what members of the committee have of blobs that came while it was away. */
async function wantedBy(
  parts: RepairParts,
  client: Peers,
  committee: Committee,
  mine: number,
  signal: AbortSignal,
) {
  const { service, logger } = parts
  const wanted = new Map<string, Wanted>()
  const { damaged } = await service.scrub(signal)
  for (const { blob, shard, descriptor, eraser } of damaged)
    wanted.set(`${blob} ${shard}`, { blob, shard, known: { descriptor, eraser } })
  for (const [place, peer] of committee.members.entries()) {
    if (place === mine) continue
    try {
      for await (const { blob, known } of client.heldBy(peer, signal)) {
        const here = await service.known(blob)
        if (here?.status === 'gone') {
          if (here.order) await client.tell(peer, here.order, signal)
        } else if (wanted.size < MOST_WANTED && !(await service.has(blob, mine)))
          wanted.set(`${blob} ${mine}`, { blob, known, shard: mine })
      }
    } catch (error) {
      const { message } = error as Error
      logger.warn('a member of the committee listed its shards wrongly', { peer: peer.key, error: message })
    }
  }
  return [...wanted.values()]
}

/** Brings the shards of a node back to what its place in the committee says: what was lost here, and what came while it was away. */
export function repairer(parts: RepairParts) {
  const { service, committees, signer, logger, metrics } = parts
  const self = signer.address.toLowerCase() as Address
  const client = peerClient(parts)
  const done = metrics.counter({
    name: 'vault_repaired_shards_total',
    help: 'Shards that were computed again from those of others.',
  })
  const failures = metrics.counter({
    name: 'vault_repair_failures_total',
    help: 'Shards that could not be computed again.',
  })

  return async (signal: AbortSignal): Promise<RepairReport> => {
    const report: RepairReport = { repaired: 0, failed: 0 }
    const committee = await committees.at(await committees.current(), 'storage')
    const mine = committee?.members.findIndex(({ key }) => key === self) ?? -1
    if (!committee || mine < 0 || mine >= UNITS) return report
    const peers = new Map([...committee.members.entries()].filter(([place]) => place !== mine))
    for (const each of await wantedBy(parts, client, committee, mine, signal)) {
      if (signal.aborted) break
      const isRepaired = await repairShard(service, client, { ...each, peers, signal }).catch(
        (error: unknown) => {
          const { blob, shard } = each
          logger.warn('a shard could not be repaired', { blob, shard, error: (error as Error).message })
          return false
        },
      )
      if (isRepaired) report.repaired++
      else report.failed++
    }
    done.inc(report.repaired)
    failures.inc(report.failed)
    if (report.repaired + report.failed > 0) logger.info('repaired', { ...report })
    return report
  }
}
