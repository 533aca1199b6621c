import { BaseError, type Address, type Hash } from '@animechain/core'
import {
  objectAt,
  renditions as namedRenditions,
  signMessage,
  type Erase,
  type Manifest,
  type Signed,
} from '@animechain/vault-protocol'
import { everyKeyNode, projectOf, secondsOf, type VaultContext } from './context.js'
import { indexPath, ledgerRendition } from './documents.js'
import { renditionNumbers } from './grants.js'
import { changeLedger, readLedger } from './ledger.js'
import { dealManifest, knownManifest, objectOf, unwrapped, type Place } from './manifests.js'
import { nodeClient, type KeyCommittee, type NodeAnswer } from './nodes.js'
import { changeIndex, openPlace, readIndex } from './objects.js'
import { entriesBelow, withRendition, withoutObject, type IndexEntry, type Ledger } from './projectIndex.js'
import { putRendition } from './put.js'
import { acknowledgedBlobs, manifestStore, sentOrders } from './store.js'
import { sendSuperseded, type SupersededBlob } from './superseded.js'

/** What a node answered to an order. */
export interface OrderAnswer {
  node: Address
  ok: boolean
  message?: string
}

/** What a revocation did. */
export interface Revoked {
  /** what each key node said to the order */
  nodes: readonly OrderAnswer[]
  transaction: Hash
  /** renditions that have a new key and new bytes: what the grant opened is of no use for them */
  resealed: readonly { name: string; rendition: number; epoch: number }[]
  /** blobs that the new bytes take the place of: who has not deleted them yet is asked again with the next revocation */
  superseded: readonly SupersededBlob[]
}

/** Settings of a revocation. */
export interface RevokeOptions {
  /** seal what the grant covered anew, default true. False: whoever opened it keeps the key that was released */
  reencrypt?: boolean
  signal?: AbortSignal | undefined
  progress?: ((about: { name: string; rendition: number; done: number; total: number }) => void) | undefined
}

const answerOf = (node: Address, answer: NodeAnswer<undefined>): OrderAnswer =>
  answer.status === 'ok' ? { node, ok: true } : { node, ok: false, message: answer.message }

const none: Hash = `0x${'0'.repeat(64)}`

/** The owner's word to every key node, then to the chain. */
async function sayRevoked(context: VaultContext, project: Hash, grant: Hash) {
  const { chain, signer, clientOf, timeoutMs, store } = context
  const { policy } = await projectOf(context, project)
  const order = await signMessage(signer, chain.domain, 'RevokeNow', {
    ...{ project, grant, issuedAt: secondsOf(context) },
  })
  await sentOrders(store, project).add('RevokeNow', grant, order)
  const nodes = await Promise.all(
    everyKeyNode(context).map(async (node) =>
      answerOf(node.address, await clientOf(node).revokeNow(order, { timeoutMs })),
    ),
  )
  return { nodes, transaction: await chain.revoke(policy, order) }
}

/** Seals one rendition anew: a new key, new bytes, the same content. Streams. */
async function reseal(context: VaultContext, place: Place, entry: IndexEntry, options: RevokeOptions) {
  const { signal, progress } = options
  const { rendition } = place
  const about = entry.renditions[rendition]!
  const known = await knownManifest(context, place, signal)
  const file = await openPlace(context, place, { known, length: about.length, signal })
  const content = { open: () => file.stream(signal ? { signal } : {}), length: file.length }
  return putRendition(context, { ...place, object: objectOf(place) }, content, {
    ...{ known, sameContent: true, supersede: true, signal },
    progress: ({ stage, done, total }) =>
      stage === 'sending' && progress?.({ name: entry.name, rendition, done, total }),
  })
}

/**
 * Takes a grant back: at once at every key node that hears it, then on chain; and seals what it covered anew, so that keys that were released open nothing that is
 * put or fetched from then on.
 * @param grant EIP-712 hash; `all` for every grant of the project
 */
export async function revokeGrant(
  context: VaultContext,
  project: Hash,
  grant: Hash | 'all',
  options: RevokeOptions = {},
): Promise<Revoked> {
  const id = grant === 'all' ? none : grant
  const { nodes, transaction } = await sayRevoked(context, project, id)
  const ledger = await readLedger(context, project)
  const known = ledger.grants.filter((each) => id === none || each.id.toLowerCase() === id.toLowerCase())
  const revokedAt = Number(secondsOf(context))
  if (known.length > 0)
    await changeLedger(context, project, (before) => ({
      ...before,
      grants: before.grants.map((each) =>
        known.some((one) => one.id === each.id) ? { ...each, revokedAt } : each,
      ),
    }))
  if (options.reencrypt === false) return { nodes, transaction, resealed: [], superseded: [] }
  return { nodes, transaction, ...(await resealAll(context, project, known, options)) }
}

/** Seals everything that grants covered anew, and has the bytes before it deleted. */
async function resealAll(
  context: VaultContext,
  project: Hash,
  known: Ledger['grants'],
  options: RevokeOptions,
): Promise<Pick<Revoked, 'resealed' | 'superseded'>> {
  const index = await readIndex(context, project)
  const resealed: { name: string; rendition: number; epoch: number }[] = []
  const covered = new Map<string, { entry: IndexEntry; rendition: number }>()
  for (const { chain, scope } of known)
    for (const entry of entriesBelow(index, scope))
      for (const rendition of renditionNumbers(chain.at(-1)!.grant.renditions))
        if (entry.renditions[rendition]) covered.set(`${entry.object}/${rendition}`, { entry, rendition })
  // Names too, where the grant showed them.
  const sawNames = known.some(
    ({ chain }) => (chain.at(-1)!.grant.renditions >> BigInt(namedRenditions.index)) & 1n,
  )
  for (const { entry, rendition } of covered.values()) {
    const place = { project, path: entry.path, rendition }
    const { length, version, epoch } = await reseal(context, place, entry, options)
    const { type } = entry.renditions[rendition]!
    const now = Number(secondsOf(context))
    const { name, path } = entry
    const put = {
      name,
      path,
      rendition,
      now,
      length,
      version,
      epoch,
      ...(type === undefined ? {} : { type }),
    }
    await changeIndex(context, project, (before) => withRendition(before, project, put), sawNames)
    resealed.push({ name, rendition, epoch })
  }
  if (sawNames && covered.size === 0) await changeIndex(context, project, (before) => before, true)
  return { resealed, superseded: await sendSuperseded(context, project) }
}

/** What an erasure did. */
export interface Erased {
  /** what each node said, key nodes and storage nodes */
  nodes: readonly OrderAnswer[]
  transaction: Hash
  objects: readonly Hash[]
}

/** Manifests of what is erased: they tell storage nodes which blobs go. */
async function manifestsOf(context: VaultContext, project: Hash, entries: readonly IndexEntry[]) {
  const manifests: Signed<Manifest>[] = []
  for (const { path, renditions } of entries)
    for (const rendition of Object.keys(renditions).map(Number)) {
      const { manifest } = await knownManifest(context, { project, path, rendition })
      if (manifest) manifests.push(manifest)
    }
  return manifests
}

/** Manifests that one order takes. */
const MANIFESTS = 256

/** Shows the order to every node, with all manifests, as many times as they need. */
async function sayErased(
  context: VaultContext,
  erase: Signed<Erase>,
  manifests: readonly Signed<Manifest>[],
): Promise<OrderAnswer[]> {
  const { storageNodes, clientOf, timeoutMs } = context
  const keyNodes = everyKeyNode(context)
  const urls = new Set(keyNodes.map(({ url }) => url))
  const others = storageNodes.filter(({ url }) => !urls.has(url))
  const clients = [...keyNodes.map(clientOf), ...others.map(nodeClient)]
  const pages = Math.max(1, Math.ceil(manifests.length / MANIFESTS))
  return Promise.all(
    clients.map(async (client) => {
      for (let page = 0; page < pages; page++) {
        const shown = manifests.slice(page * MANIFESTS, (page + 1) * MANIFESTS)
        const answer = await client.erase({ erase, manifests: shown }, { timeoutMs })
        if (answer.status !== 'ok') return answerOf(client.node.address, answer)
      }
      return { node: client.node.address, ok: true }
    }),
  )
}

/**
 * Has an object and everything below it destroyed, for good: shares, wraps and ciphertext at every node, and a tombstone on chain.
 * @throws {BaseError} `VAULT_NOT_FOUND`
 */
export async function eraseObject(context: VaultContext, project: Hash, object: Hash): Promise<Erased> {
  const index = await readIndex(context, project)
  const below = index.entries.filter(({ path }) =>
    path.some((_, i) => objectAt(project, path.slice(0, i + 1)) === object),
  )
  if (below.length === 0 && object !== project)
    throw new BaseError(`There is no object ${object} in the project's index.`, { code: 'VAULT_NOT_FOUND' })
  const gone = object === project ? index.entries : below
  const manifests = await manifestsOf(context, project, gone)
  const { chain, signer, store } = context
  const erase = await signMessage(signer, chain.domain, 'Erase', {
    ...{ project, object, issuedAt: secondsOf(context) },
  })
  await sentOrders(store, project).add('Erase', object, erase)
  const nodes = await sayErased(context, erase, manifests)
  const transaction = await chain.erase(erase)
  context.keys.forget()
  const copies = manifestStore(store)
  const acknowledged = acknowledgedBlobs(store)
  for (const { message } of manifests) {
    await copies.remove(message.object, message.rendition)
    await acknowledged.remove(message.object, message.rendition)
  }
  if (object !== project)
    await changeIndex(context, project, (before) => withoutObject(before, project, object))
  return { nodes, transaction, objects: gone.map((each) => each.object) }
}

/**
 * Deals the keys of every rendition of a project to another committee, by the owner's wraps: same bytes, same keys, new shares.
 * @returns how many renditions were dealt
 */
export async function dealToCommittee(
  context: VaultContext,
  project: Hash,
  committee: KeyCommittee,
  options: { signal?: AbortSignal; progress?: (done: number, total: number) => void } = {},
): Promise<number> {
  const { entries } = await readIndex(context, project)
  const places: Place[] = [
    ...entries.flatMap(({ path, renditions }) =>
      Object.keys(renditions).map((rendition) => ({ project, path, rendition: Number(rendition) })),
    ),
    { project, path: indexPath, rendition: ledgerRendition },
    { project, path: indexPath, rendition: namedRenditions.index },
  ]
  let done = 0
  for (const [i, place] of places.entries()) {
    options.signal?.throwIfAborted()
    const { manifest } = await knownManifest(context, place, options.signal)
    if (manifest && manifest.message.committee < committee.epoch) {
      const dataKey = await unwrapped(context, manifest)
      const { version, epoch, blob } = manifest.message
      await dealManifest(context, {
        ...place,
        version,
        epoch,
        blob,
        dataKey,
        committee,
        signal: options.signal,
      })
      dataKey.fill(0)
      done++
    }
    options.progress?.(i + 1, places.length)
  }
  return done
}
