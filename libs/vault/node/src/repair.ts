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
  type MessageSigner,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committees, CommitteeMember } from './committees.js'
import { forbidden } from './http/refusal.js'
import { descriptorFromJson, type KnownBlob } from './storage/descriptors.js'
import type { StorageService } from './storage/service.js'

/** Where members of a committee list their blobs to each other. Not a part of the published API. */
export const heldRoute = '/v1/held'
/** Blobs of a page. */
const PAGE = 256
/** Milliseconds for one question to a peer. */
const TIMEOUT_MS = 15_000
/** Bytes of an answer of a peer at most. */
const MOST_BYTES = 64 * 2 ** 20
const READ_SECONDS = 300
const zeroHash: Hash = `0x${'00'.repeat(32)}`

/** A shard that a peer has. */
interface PeerShard {
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

/** Brings the shards of a node back to what its place in the committee says: what was lost here, and what came while it was away. */
export function repairer(parts: RepairParts) {
  const { service, committees, signer, domain, logger, metrics, fetch = globalThis.fetch } = parts
  const self = signer.address.toLowerCase() as Address
  const done = metrics.counter({
    name: 'vault_repaired_shards_total',
    help: 'Shards that were computed again from those of others.',
  })
  const failures = metrics.counter({
    name: 'vault_repair_failures_total',
    help: 'Shards that could not be computed again.',
  })

  async function ask(
    peer: CommitteeMember,
    path: string,
    init: RequestInit,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    try {
      const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
      const response = await fetch(`${peer.url}${path}`, { ...init, signal: either, redirect: 'error' })
      if (!response.ok || Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) {
        await response.body?.cancel()
        return undefined
      }
      const bytes = new Uint8Array(await response.arrayBuffer())
      return bytes.length <= MOST_BYTES ? bytes : undefined
    } catch {
      return undefined
    }
  }

  async function* heldBy(peer: CommitteeMember, signal: AbortSignal): AsyncIterable<PeerShard> {
    for (let after: { blob: Hash; shard: number } | null = null; ;) {
      const notAfter = BigInt(Math.floor(parts.now()) + 60)
      const read = await signMessage(signer, domain, 'ProjectRead', {
        project: zeroHash,
        node: peer.key,
        notAfter,
      })
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: toJson({ read, after }),
      }
      const bytes = await ask(peer, heldRoute, init, signal)
      if (bytes === undefined) return
      const { shards } = JSON.parse(Buffer.from(bytes).toString()) as { shards: Record<string, unknown>[] }
      for (const each of shards) {
        const blob = hexOf(each.blob, 'blob', 32)
        const known = {
          descriptor: descriptorFromJson(each.descriptor),
          eraser: hexOf(each.eraser, 'eraser', 20),
        }
        after = { blob, shard: integerOf(each.shard, 'shard', UNITS - 1) }
        yield { ...after, known }
      }
      if (shards.length < PAGE) return
    }
  }

  /** The unit of a stripe that belongs to a shard, from three others that are right. */
  async function unitFrom(
    { blob, known, roots }: { blob: Hash; known: KnownBlob; roots: Uint8Array },
    shard: number,
    stripe: number,
    peers: ReadonlyMap<number, CommitteeMember>,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const layout = layoutOf(known.descriptor.length)
    const lengths = Array.from({ length: UNITS }, (_, unit) => layout.unitLength(stripe, unit))
    const units: (Uint8Array | undefined)[] = lengths.map((length) =>
      length === 0 ? new Uint8Array(0) : undefined,
    )
    for (let unit = 0; unit < UNITS; unit++) {
      if (units.filter(Boolean).length >= DATA_UNITS) break
      const from = shardOf(stripe, unit)
      const peer = peers.get(from)
      if (units[unit] !== undefined || from === shard || peer === undefined) continue
      const bytes = await ask(peer, routes.unit(blob, from, stripe), {}, signal)
      if (bytes === undefined || bytes.length !== lengths[unit]) continue
      // Whoever gives another one lies, or is damaged: the rest is asked.
      if (equalBytes(unitRoot(bytes), unitRootAt(roots, stripe, unit))) units[unit] = bytes
    }
    if (units.filter(Boolean).length < DATA_UNITS) return undefined
    return reconstructStripe(units, lengths)[unitOf(stripe, shard)]
  }

  async function repair(
    blob: Hash,
    known: KnownBlob,
    shard: number,
    members: readonly CommitteeMember[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const peers = new Map(members.flatMap((member, i) => (member.key === self ? [] : [[i, member] as const])))
    let roots = await service.roots(blob).catch(() => undefined)
    for (const peer of peers.values()) {
      if (roots) break
      const found = await ask(peer, routes.units(blob), {}, signal)
      if (found && (await service.adopt(blob, known, found).catch(() => false))) roots = found
    }
    if (!roots) return false
    const { stripes } = layoutOf(known.descriptor.length)
    const from = { blob, known, roots }
    async function* units() {
      for (let stripe = 0; stripe < stripes; stripe++) {
        const unit = await unitFrom(from, shard, stripe, peers, signal)
        if (!unit) return
        yield unit
      }
    }
    return service.putRepaired(blob, shard, units())
  }

  /** Looks for what is missing here and computes it. */
  return async (signal: AbortSignal): Promise<RepairReport> => {
    const report: RepairReport = { repaired: 0, failed: 0 }
    const committee = await committees.at(await committees.current(), 'storage')
    const mine = committee?.members.findIndex(({ key }) => key === self) ?? -1
    if (!committee || mine < 0 || mine >= UNITS) return report
    const wanted = new Map<string, { blob: Hash; known: KnownBlob; shard: number }>()
    const { damaged } = await service.scrub(signal)
    for (const { blob, shard, descriptor, eraser } of damaged)
      wanted.set(`${blob} ${shard}`, { blob, shard, known: { descriptor, eraser } })
    for (const peer of committee.members) {
      if (peer.key === self) continue
      try {
        for await (const { blob, known } of heldBy(peer, signal))
          if (wanted.size < 100_000 && !(await service.has(blob, mine)))
            wanted.set(`${blob} ${mine}`, { blob, known, shard: mine })
      } catch (error) {
        logger.warn('a member of the committee listed its shards wrongly', {
          peer: peer.key,
          error: (error as Error).message,
        })
      }
    }
    for (const { blob, known, shard } of wanted.values()) {
      if (signal.aborted) break
      const isRepaired = await repair(blob, known, shard, committee.members, signal).catch(
        (error: unknown) => {
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
