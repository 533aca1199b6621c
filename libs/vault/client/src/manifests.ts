import { BaseError, bytesToHex, hexToBytes, type Address, type Hash } from '@animechain/core'
import { dealKey, unwrapKey, wrapKey } from '@animechain/vault-format'
import { messageHash, objectAt, signMessage, type Manifest, type Signed } from '@animechain/vault-protocol'
import { powers } from './chain.js'
import { manifestHash, ownerKeyOf, secondsOf, type VaultContext } from './context.js'
import type { CommitteeNode, KeyCommittee } from './nodes.js'
import { manifestStore } from './store.js'

/** What is asked for. */
export interface Place {
  project: Hash
  /** salts from the project to the object */
  path: readonly Hash[]
  rendition: number
}

/** Id of the object at a place. */
export const objectOf = ({ project, path }: Pick<Place, 'project' | 'path'>): Hash => objectAt(project, path)

const samePath = (a: readonly Hash[], b: readonly Hash[]): boolean =>
  a.length === b.length && a.every((salt, i) => salt.toLowerCase() === b[i]!.toLowerCase())

/** Whether a manifest is of the place and signed by who may. */
async function isRight(context: VaultContext, place: Place, manifest: Signed<Manifest>): Promise<boolean> {
  const { message, signature } = manifest
  if (message.project.toLowerCase() !== place.project.toLowerCase()) return false
  if (message.rendition !== place.rendition || !samePath(message.path, place.path)) return false
  if (message.object.toLowerCase() !== objectOf(place)) return false
  const hash = messageHash(context.chain.domain, 'Manifest', message)
  return (await context.chain.signerFor(place.project, powers.manifest, hash, signature)) !== undefined
}

/** Whether a manifest is newer: by epoch, then by committee. */
const isNewer = ({ message: a }: Signed<Manifest>, { message: b }: Signed<Manifest>): boolean =>
  a.epoch === b.epoch ? a.committee > b.committee : a.epoch > b.epoch

const newestOf = (manifests: readonly Signed<Manifest>[]): Signed<Manifest> | undefined =>
  manifests.reduce<Signed<Manifest> | undefined>(
    (best, each) => (!best || isNewer(each, best) ? each : best),
    undefined,
  )

/** What key nodes say of a manifest. */
interface Votes {
  /** signed by who may */
  manifests: { manifest: Signed<Manifest>; holders: number }[]
  /** nodes that know that there is none */
  absent: number
  unreachable: string[]
  /** nodes that have not answered yet */
  pending: number
}

/** Milliseconds for which others are waited for once what they say changes nothing: they may tell of a put that was cut off. */
const GRACE_MS = 250

/**
 * Whether what has come says which manifest is read, whatever the others say. One that the threshold t of n nodes has is among the answers of any n - t + 1: so
 * there is none that nobody named; and of those that were named, none that is newer than the greatest with t holders may have as many yet.
 */
export function isDecided({ manifests, absent, pending }: Votes, nodes: number, threshold: number): boolean {
  const answered = manifests.reduce((sum, { holders }) => sum + holders, absent)
  if (answered < nodes - threshold + 1) return false
  if (manifests.length === 0) return true
  const held = manifests.filter(({ holders }) => holders >= threshold)
  const best = newestOf(held.map(({ manifest }) => manifest))
  return (
    best !== undefined &&
    manifests.every(({ manifest, holders }) => !isNewer(manifest, best) || holders + pending < threshold)
  )
}

/**
 * Asks all key nodes at once. Resolves when all have answered, or a moment after what has come decides: a node that is silent is not waited for.
 * @param signal rejects
 */
async function askNodes(
  context: VaultContext,
  committee: KeyCommittee,
  place: Place,
  signal?: AbortSignal,
): Promise<Votes> {
  const { clientOf, timeoutMs } = context
  const votes: Votes = { manifests: [], absent: 0, unreachable: [], pending: committee.nodes.length }
  const byHash = new Map<Hash, { right: Promise<boolean>; vote: Votes['manifests'][number] }>()
  const stop = new AbortController()
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  let grace: ReturnType<typeof setTimeout> | undefined
  let done = () => {}
  const enough = new Promise<void>((resolve) => (done = resolve))

  async function count(manifest: Signed<Manifest>): Promise<void> {
    const hash = manifestHash(context, manifest)
    const vote = { manifest, holders: 0 }
    const known = byHash.get(hash) ?? { right: isRight(context, place, manifest), vote }
    byHash.set(hash, known)
    if (!(await known.right)) return
    if (known.vote.holders++ === 0) votes.manifests.push(known.vote)
  }
  async function ask(node: CommitteeNode): Promise<void> {
    const asked = { signal: either, timeoutMs }
    const answer = await clientOf(node).manifest(objectOf(place), place.rendition, asked)
    if (answer.status === 'refused' && answer.http === 404) votes.absent++
    else if (answer.status === 'ok') await count(answer.value)
    else votes.unreachable.push(`${node.address}: ${answer.message}`)
    votes.pending--
    if (votes.pending > 0 && isDecided(votes, committee.nodes.length, committee.threshold))
      grace ??= setTimeout(done, GRACE_MS)
  }
  const all = Promise.all(committee.nodes.map(ask))
  // Those that are left reject when they are stopped.
  all.catch(() => {})
  try {
    await Promise.race([all, enough])
  } finally {
    clearTimeout(grace)
    stop.abort()
  }
  return { ...votes, manifests: votes.manifests.map((vote) => ({ ...vote })) }
}

/** What there is of a rendition. */
export interface Known {
  /** what is read: absent where there is none */
  manifest?: Signed<Manifest>
  /** highest epoch that anybody has, 0 for none: the next put takes the one after */
  epoch: number
}

const heldBy = ({ manifests }: Votes, { threshold }: KeyCommittee): Signed<Manifest> | undefined =>
  newestOf(manifests.filter(({ holders }) => holders >= threshold).map(({ manifest }) => manifest))

/** What key nodes say, those of earlier committees where too few of the newest have a manifest: its shares may not have been moved yet. */
async function askCommittees(context: VaultContext, place: Place, signal?: AbortSignal) {
  const manifests: Signed<Manifest>[] = []
  const unreachable: string[] = []
  let held: Signed<Manifest> | undefined
  let isAbsent = true
  for (const committee of [context.committee, ...context.earlier]) {
    const votes = await askNodes(context, committee, place, signal)
    manifests.push(...votes.manifests.map(({ manifest }) => manifest))
    unreachable.push(...votes.unreachable)
    isAbsent &&= votes.absent + committee.threshold > committee.nodes.length
    held = heldBy(votes, committee)
    if (held) break
  }
  return { manifests, held, isAbsent, unreachable }
}

/**
 * The newest manifest of a rendition, its signature checked on chain. Of those that at least the threshold of key nodes has, and the client's own copy, the
 * greatest; else the greatest at all: a put that was cut off hides no older one, and no node takes the client back behind what it has seen. Where too few key
 * nodes answer, the client's own copy. A node that is silent is waited for only where its answer may change which one it is.
 * @throws {BaseError} `VAULT_TOO_FEW_NODES`
 */
export async function knownManifest(
  context: VaultContext,
  place: Place,
  signal?: AbortSignal,
): Promise<Known> {
  const { manifests, held, isAbsent, unreachable } = await askCommittees(context, place, signal)
  const copies = manifestStore(context.store)
  const saved = await copies.load(objectOf(place), place.rendition)
  const copy = saved && (await isRight(context, place, saved)) ? [saved] : []
  const epoch = Math.max(0, ...[...manifests, ...copy].map(({ message }) => message.epoch))
  if (held) await copies.save(newestOf([held, ...copy])!)
  const manifest = newestOf([...(held ? [held] : []), ...copy]) ?? newestOf(manifests)
  if (manifest) return { manifest, epoch }
  if (isAbsent) return { epoch }
  throw new BaseError('Too few key nodes tell what they have of the object.', {
    code: 'VAULT_TOO_FEW_NODES',
    metaMessages: unreachable,
  })
}

/** A manifest's data key by the owner's wrap: needs no key node. */
export async function unwrapped(context: VaultContext, { message }: Signed<Manifest>): Promise<Uint8Array> {
  const { privateKey } = ownerKeyOf(context, 'Opening without key nodes')
  return unwrapKey({ id: message, sealed: hexToBytes(message.ownerWrap), privateKey })
}

/** What a dealt manifest was answered with. */
export interface Dealt {
  manifest: Signed<Manifest>
  /** key nodes that have their share */
  holders: readonly Address[]
  /** the others, and why */
  missing: readonly { node: Address; message: string }[]
}

/** What a manifest is made of. */
export interface DealOptions extends Place {
  version: number
  epoch: number
  blob: Hash
  dataKey: Uint8Array
  /** the committee that gets the shares, default the context's */
  committee?: KeyCommittee
  signal?: AbortSignal | undefined
}

/**
 * Splits a data key among the key nodes, signs the manifest and gives each node its share.
 * @throws {BaseError} `VAULT_OVERTAKEN` where somebody else put the same epoch first, `VAULT_NOT_DEALT` where fewer nodes than the threshold took it
 */
export async function dealManifest(context: VaultContext, options: DealOptions): Promise<Dealt> {
  const { chain, signer, clientOf, timeoutMs } = context
  const {
    project,
    path,
    rendition,
    version,
    epoch,
    blob,
    dataKey,
    committee = context.committee,
    signal,
  } = options
  const id = { object: objectOf(options), rendition, epoch }
  const { publicKey } = ownerKeyOf(context, 'A put')
  const deal = await dealKey({
    ...{ id, dataKey, committee: committee.epoch, threshold: committee.threshold },
    to: committee.nodes.map(({ shareKey }) => hexToBytes(shareKey)),
  })
  const manifest = await signMessage(signer, chain.domain, 'Manifest', {
    ...{ project, ...id, path, version, blob },
    ...{ committee: committee.epoch, threshold: committee.threshold },
    shareCommitments: deal.commitments,
    ownerWrap: bytesToHex(await wrapKey({ id, dataKey, to: publicKey })),
    createdAt: secondsOf(context),
  })
  const holders: Address[] = []
  const missing: { node: Address; message: string }[] = []
  let conflict = false
  await Promise.all(
    committee.nodes.map(async (node, i) => {
      const sealedShare = bytesToHex(deal.sealedShares[i]!)
      const answer = await clientOf(node).putManifest(
        { manifest, index: i + 1, sealedShare },
        { signal, timeoutMs },
      )
      if (answer.status === 'ok') return holders.push(node.address)
      if (answer.status === 'refused' && answer.http === 409) conflict = true
      return missing.push({ node: node.address, message: answer.message })
    }),
  )
  if (holders.length >= committee.threshold) {
    await manifestStore(context.store).save(manifest)
    return { manifest, holders, missing }
  }
  throw new BaseError(
    conflict
      ? `Somebody else has put epoch ${epoch} of rendition ${rendition} of ${id.object} in the meantime.`
      : `${holders.length} of ${committee.nodes.length} key nodes took their share, ${committee.threshold} are needed.`,
    {
      code: conflict ? 'VAULT_OVERTAKEN' : 'VAULT_NOT_DEALT',
      metaMessages: missing.map(({ node, message }) => `${node}: ${message}`),
    },
  )
}
