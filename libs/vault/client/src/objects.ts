import { BaseError, bytesToHex, type Hash } from '@animechain/core'
import { defaultCrypto } from '@animechain/vault-format'
import { accountSubject, purposes, renditions, type Purpose } from '@animechain/vault-protocol'
import { keyIdOf, projectOf, secondsOf, type VaultContext } from './context.js'
import { changeDocument, indexPath, readDocument, type OpenDocument } from './documents.js'
import { openFile, type VaultFile } from './files.js'
import { passEvidence, type Pass } from './grants.js'
import { releaseKey } from './keys.js'
import { knownManifest, objectOf, unwrapped, type Known, type Place } from './manifests.js'
import { putRendition, type Content, type PutRenditionOptions, type PutResult } from './put.js'
import {
  documentToJson,
  emptyIndex,
  entryOf,
  indexFromJson,
  placeName,
  withRendition,
  type IndexEntry,
  type ProjectIndex,
} from './projectIndex.js'
import { heldReceipts } from './store.js'

/** How somebody reads. */
export interface ReadOptions {
  /** what the reader was given; the owner needs none */
  pass?: Pass | undefined
  /** default `view` */
  purpose?: Purpose | undefined
  signal?: AbortSignal | undefined
  /** told when a key node lied; reading goes on with the others */
  onLiar?: ((liar: { node: string; message: string }) => void) | undefined
}

/** What is opened: rendition 0, the master, unless it says another. */
export interface OpenOptions extends ReadOptions {
  rendition?: number | undefined
}

/** What is put. */
export interface PutObjectOptions extends PutRenditionOptions {
  /** default 0, the master */
  rendition?: number | undefined
  /** media type */
  type?: string | undefined
  /** a C2PA manifest that was put as an object of its own */
  c2pa?: IndexEntry['c2pa']
}

const randomSalt = (): Hash => bytesToHex(defaultCrypto.randomBytes(32))

/** The data key of a manifest: by the owner's wrap where the reader has the owner's key and no pass, else from key nodes. */
async function dataKeyOf(
  context: VaultContext,
  place: Place,
  known: Known & { manifest: NonNullable<Known['manifest']> },
  options: ReadOptions,
): Promise<Uint8Array> {
  const { manifest } = known
  if (!options.pass && context.ownerKey) return unwrapped(context, manifest)
  if (!options.pass)
    throw new BaseError('Reading needs a pass, or the key of the owner.', { code: 'VAULT_NO_PASS' })
  const { pass, purpose = 'view', signal, onLiar } = options
  const { domain } = context.chain
  const subject = accountSubject({ chainId: domain.chainId, address: context.signer.address })
  return context.keys.get(`${keyIdOf(manifest.message)}/${subject}/${purpose}`, async () => {
    const released = await releaseKey({
      ...{ domain, manifest, signal, timeoutMs: context.timeoutMs, now: () => context.now() },
      ...{ committee: context.committee, earlier: context.earlier },
      ...{ committeeAt: context.committeeAt, clientOf: context.clientOf },
      session: await context.sessions.current(place.project),
      purpose: purposes[purpose],
      evidence: passEvidence(pass, place.path),
    })
    for (const liar of released.liars) onLiar?.(liar)
    await heldReceipts(context.store, place.project).add(released.receipts)
    return released
  })
}

/** Opens what is at a place. @throws {BaseError} `VAULT_NOT_FOUND`, and what {@link releaseKey} throws */
export async function openPlace(
  context: VaultContext,
  place: Place,
  options: ReadOptions & { length?: number | undefined; known?: Known | undefined } = {},
): Promise<VaultFile> {
  const known = options.known ?? (await knownManifest(context, place, options.signal))
  const { manifest } = known
  if (!manifest)
    throw new BaseError(`There is no rendition ${place.rendition} of ${objectOf(place)}.`, {
      code: 'VAULT_NOT_FOUND',
    })
  const found = { ...known, manifest }
  return openFile(context.storage, {
    ...{ blob: manifest.message.blob, length: options.length, signal: options.signal },
    dataKey: () => dataKeyOf(context, place, found, options),
  })
}

const documentOpener =
  (context: VaultContext, options: ReadOptions): OpenDocument =>
  (project, rendition, known) =>
    openPlace(context, { project, path: indexPath, rendition }, { ...options, known })

const indexDocument = (project: Hash) =>
  ({ project, rendition: renditions.index, read: indexFromJson, write: documentToJson }) as const

/** The project's index. */
export async function readIndex(
  context: VaultContext,
  project: Hash,
  options: ReadOptions = {},
): Promise<ProjectIndex> {
  const { document } = await readDocument(context, documentOpener(context, options), indexDocument(project))
  return document ?? emptyIndex
}

/**
 * Changes the project's index.
 * @param change gets the newest one, more than once where others change it too
 * @param supersede have the bytes of the index before it deleted
 */
export const changeIndex = (
  context: VaultContext,
  project: Hash,
  change: (index: ProjectIndex) => ProjectIndex,
  supersede = false,
): Promise<ProjectIndex> =>
  changeDocument(context, documentOpener(context, {}), {
    ...indexDocument(project),
    supersede,
    change: (index) => change(index ?? emptyIndex),
  })

/** Where a name or an id is, with the content's length where that is known: by the pass, else by the index. */
async function resolve(context: VaultContext, project: Hash, ref: string, options: ReadOptions) {
  const shown = options.pass?.objects?.find(
    ({ name, path }) => name === ref || objectOf({ project, path }) === ref.toLowerCase(),
  )
  if (shown) return { path: shown.path, lengths: shown.lengths ?? {} }
  const entry = entryOf(await readIndex(context, project, options), ref)
  if (!entry)
    throw new BaseError(`There is no object ${ref} in the project's index.`, { code: 'VAULT_NOT_FOUND' })
  const lengths = Object.entries(entry.renditions).map(([rendition, { length }]) => [rendition, length])
  return { path: entry.path, lengths: Object.fromEntries(lengths) as Record<number, number> }
}

/** Opens an object by its name or id. */
export async function openObject(
  context: VaultContext,
  project: Hash,
  ref: string,
  options: OpenOptions = {},
): Promise<VaultFile> {
  const { rendition = renditions.master, ...read } = options
  const { path, lengths } = await resolve(context, project, ref, read)
  return openPlace(context, { project, path, rendition }, { ...read, length: lengths[rendition] })
}

/** Puts a rendition of an object under a name: reserves the name, puts the content, then says in the index that it is there. */
export async function putObject(
  context: VaultContext,
  project: Hash,
  name: string,
  content: Content,
  options: PutObjectOptions = {},
): Promise<PutResult> {
  await projectOf(context, project)
  const { rendition = renditions.master, type, c2pa, ...rest } = options
  const now = Number(secondsOf(context))
  let index = await readIndex(context, project, { signal: options.signal })
  if (!entryOf(index, name))
    index = await changeIndex(context, project, (before) => {
      const placed = placeName(before, name, randomSalt)
      if (entryOf(before, name)) return before
      const object = objectOf({ project, path: placed.path })
      const entry = { name, object, path: placed.path, renditions: {}, createdAt: now, changedAt: now }
      return { ...placed.index, entries: [...placed.index.entries, entry] }
    })
  const { path, object } = entryOf(index, name)!
  const put = await putRendition(context, { project, path, object, rendition }, content, rest)
  const { length, version, epoch } = put
  await changeIndex(context, project, (before) =>
    withRendition(before, project, {
      ...{ name, path, rendition, now, length, version, epoch },
      ...(type === undefined ? {} : { type }),
      ...(c2pa === undefined ? {} : { c2pa }),
    }),
  )
  return put
}
