import { BaseError, bytesToHex, hexToBytes, InvalidInputError, type Hash, type Hex } from '@animechain/core'
import { newDataKey, newHeader, paddedLength, type ByteSource } from '@animechain/vault-format'
import { signMessage, type Manifest, type Signed, type Upload } from '@animechain/vault-protocol'
import { secondsOf, type VaultContext } from './context.js'
import { acknowledgedBlobs } from './store.js'
import { dealManifest, knownManifest, type Dealt, type Known, type Place } from './manifests.js'
import { supersede } from './superseded.js'

/** Content that can be read more than once, each time the same bytes: a file, a Blob, an array. */
export interface Content {
  open(): ByteSource
  /** bytes */
  length: number
  /**
   * Says that the content is still the same: of a file its path, size and time of change. With it a put that was cut off goes on where it was, with the
   * same key; without it every put begins anew.
   */
  fingerprint?: string
}

/** How far a put is, in sealed bytes. */
export type PutProgress = { stage: 'sealing' | 'sending'; done: number; total: number }

/** Settings of a put. */
export interface PutRenditionOptions {
  signal?: AbortSignal | undefined
  progress?: ((progress: PutProgress) => void) | undefined
  /** shards more than three that nodes must have; default 1. 0 accepts a put that no loss is allowed for. */
  margin?: number | undefined
}

/** How a rendition takes the place of another one. */
export interface PutInPlace {
  /** what there is, where the caller knows */
  known?: Known | undefined
  sameContent?: boolean
  /** have the blob before it deleted by every storage node, once key nodes have the new manifest; sent by `sendSuperseded` */
  supersede?: boolean | undefined
}

/** What was put. */
export interface PutResult {
  object: Hash
  rendition: number
  version: number
  epoch: number
  blob: Hash
  /** bytes of the content */
  length: number
  /** bytes of all sealed chunks */
  sealedLength: number
  /** shards more than three that nodes have */
  margin: number
  manifest: Signed<Manifest>
  /** key nodes without their share, and why */
  missing: Dealt['missing']
}

/** What is kept of a put that is under way: secret, for it has the data key. */
interface Started {
  dataKey: Hex
  header: Hex
  fingerprint: string
  epoch: number
  /** what the content was sealed to; absent until it was read once */
  blob?: Hash
}

const uploadKey = (object: Hash, rendition: number) => `uploads/${object}/${rendition}`.toLowerCase()

async function savedPut(
  context: VaultContext,
  place: Place & { object: Hash },
): Promise<Started | undefined> {
  const text = await context.store.get(uploadKey(place.object, place.rendition))
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Started)
  } catch {
    return undefined
  }
}

/** Key and header of a put that was cut off where it is the same content, else new ones. */
async function start(
  context: VaultContext,
  place: Place & { object: Hash },
  { fingerprint }: Content,
  epoch: number,
): Promise<Started> {
  const saved = await savedPut(context, place)
  if (saved && fingerprint !== undefined && saved.fingerprint === fingerprint && saved.epoch === epoch)
    return saved
  const dataKey = newDataKey()
  const header = bytesToHex(await newHeader(dataKey))
  return { dataKey: bytesToHex(dataKey), header, epoch, fingerprint: fingerprint ?? '' }
}

/** Seconds that a storage node may take a blob of this put. */
const UPLOAD_SECONDS = 7n * 86_400n

/** Signs the leave for a blob, once it is known to be what an earlier attempt sent, and remembers it. */
async function leaveFor(
  context: VaultContext,
  place: Place & { object: Hash },
  { fingerprint }: Content,
  { started, blob, length }: { started: Started; blob: Hash; length: bigint },
): Promise<Signed<Upload>> {
  if (started.blob !== undefined && started.blob !== blob)
    throw new BaseError('The content is another one than when the put began; nothing of it was sent.', {
      code: 'VAULT_CONTENT_CHANGED',
    })
  if (fingerprint !== undefined)
    await context.store.set(uploadKey(place.object, place.rendition), JSON.stringify({ ...started, blob }))
  const notAfter = secondsOf(context) + UPLOAD_SECONDS
  const { project } = place
  return signMessage(context.signer, context.chain.domain, 'Upload', { project, blob, length, notAfter })
}

/**
 * Seals content under a new key and puts it as the next version and epoch of a rendition: bytes to the storage nodes, shares to the key nodes, a wrap to the
 * owner. The content is read twice: once to know the id of what is sealed, once to send it; memory is bounded by a few stripes.
 * @param options.known what there is, where the caller knows: the put then fails where somebody else put the next epoch first
 * @throws {BaseError} `VAULT_OVERTAKEN`, `VAULT_NOT_DEALT`, `VAULT_CONTENT_CHANGED`
 */
export async function putRendition(
  context: VaultContext,
  place: Place & { object: Hash },
  content: Content,
  options: PutRenditionOptions & PutInPlace = {},
): Promise<PutResult> {
  const { object, rendition, path, project } = place
  if (!Number.isSafeInteger(content.length) || content.length < 0)
    throw new InvalidInputError('content', 'a length in bytes', content.length)
  const { signal, progress, margin = 1 } = options
  const known = options.known ?? (await knownManifest(context, place, signal))
  const epoch = known.epoch + 1
  const version = (known.manifest?.message.version ?? 0) + (options.sameContent ? 0 : 1)
  const started = await start(context, place, content, epoch)
  const dataKey = hexToBytes(started.dataKey)
  const stored = await context.storage.put({
    ...{ content: () => content.open(), dataKey, header: hexToBytes(started.header), project },
    ...{ degraded: margin === 0, ...(signal ? { signal } : {}) },
    upload: ({ length }, blob) => leaveFor(context, place, content, { started, blob, length }),
    onProgress: ({ phase, bytes, total = paddedLength(content.length) }) =>
      progress?.({ stage: phase, done: Math.min(bytes, total), total }),
  })
  if (stored.contentLength !== content.length)
    throw new BaseError(`The content has ${stored.contentLength} bytes, expected ${content.length}.`, {
      code: 'VAULT_CONTENT_CHANGED',
    })
  const { blob, descriptor, acknowledgements } = stored
  if (acknowledgements)
    await acknowledgedBlobs(context.store).save({ object, rendition, descriptor, acknowledgements })
  const dealt = await dealManifest(context, {
    project,
    path,
    rendition,
    version,
    epoch,
    dataKey,
    signal,
    blob,
  })
  const before = known.manifest
  if (options.supersede && before && before.message.blob !== blob)
    await supersede(context, before, dealt.manifest)
  await context.store.delete(uploadKey(object, rendition))
  dataKey.fill(0)
  return {
    ...{ object, rendition, version, epoch, blob, margin: stored.margin },
    length: stored.contentLength,
    sealedLength: Number(stored.descriptor.length),
    manifest: dealt.manifest,
    missing: dealt.missing,
  }
}

/** Content of bytes in memory. */
export const bytesContent = (bytes: Uint8Array): Content => ({ open: () => bytes, length: bytes.length })

/** Content of a browser's `Blob` or `File`. */
export function blobContent(blob: Blob & { name?: string; lastModified?: number }): Content {
  const { name, lastModified, size } = blob
  return {
    open: () => readBlob(blob),
    length: size,
    ...(name !== undefined && lastModified !== undefined
      ? { fingerprint: `${name} ${size} ${lastModified}` }
      : {}),
  }
}

/** In slices of 1 MiB: some browsers read ahead of a stream without a bound. */
async function* readBlob(blob: Blob): AsyncGenerator<Uint8Array> {
  const slice = 1024 * 1024
  for (let at = 0; at < blob.size; at += slice)
    yield new Uint8Array(await blob.slice(at, at + slice).arrayBuffer())
}
