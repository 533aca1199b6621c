import { BaseError, bytesToHex, hexToBytes, InvalidInputError, type Hash, type Hex } from '@animechain/core'
import {
  newDataKey,
  newHeader,
  sealStripes,
  type ByteSource,
  type SealedFile,
} from '@animechain/vault-format'
import { toJson, type Manifest, type Signed } from '@animechain/vault-protocol'
import type { VaultContext } from './context.js'
import { dealManifest, knownManifest, type Dealt, type Known, type Place } from './manifests.js'

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

/** How far a put is. Bytes of content while `sealing`, bytes of all shards while `sending`. */
export type PutProgress = { stage: 'sealing' | 'sending'; done: number; total: number }

/** Settings of a put. */
export interface PutRenditionOptions {
  signal?: AbortSignal | undefined
  progress?: ((progress: PutProgress) => void) | undefined
  /** shards more than three that nodes must have; default 1. 0 accepts a put that no loss is allowed for. */
  margin?: number | undefined
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
interface Upload {
  dataKey: Hex
  header: Hex
  fingerprint: string
  epoch: number
  file: SealedFile
}

const uploadKey = (object: Hash, rendition: number) => `uploads/${object}/${rendition}`.toLowerCase()

async function savedUpload(
  context: VaultContext,
  object: Hash,
  rendition: number,
): Promise<Upload | undefined> {
  const text = await context.store.get(uploadKey(object, rendition))
  if (text === undefined) return undefined
  try {
    const upload = JSON.parse(text) as Upload & { file: { descriptor: { length: string } } }
    const { descriptor } = upload.file
    return {
      ...upload,
      file: { ...upload.file, descriptor: { ...descriptor, length: BigInt(descriptor.length) } },
    }
  } catch {
    return undefined
  }
}

/** Counts the content that goes by, and holds it against the length that was told. */
async function* counted(content: Content, tell: (done: number) => void): AsyncGenerator<Uint8Array> {
  let done = 0
  const source = content.open()
  const pieces = source instanceof Uint8Array ? [source] : (source as AsyncIterable<Uint8Array>)
  for await (const piece of pieces) {
    done += piece.length
    tell(done)
    yield piece
  }
  if (done !== content.length)
    throw new BaseError(
      `The content has ${done} bytes, expected ${content.length}: it changed while it was read.`,
      {
        code: 'VAULT_CONTENT_CHANGED',
      },
    )
}

async function finished<T, R>(generator: AsyncGenerator<T, R>): Promise<R> {
  for (;;) {
    const next = await generator.next()
    if (next.done) return next.value
  }
}

/** The key and the sealed form of the content: of a put that was cut off where it is the same content, else new ones. */
async function prepare(
  context: VaultContext,
  place: Place & { object: Hash },
  content: Content,
  epoch: number,
  options: PutRenditionOptions,
): Promise<Upload> {
  const { project, object, rendition } = place
  const saved = await savedUpload(context, object, rendition)
  if (
    saved &&
    content.fingerprint !== undefined &&
    saved.fingerprint === content.fingerprint &&
    saved.epoch === epoch
  )
    return saved
  const dataKey = newDataKey()
  const header = await newHeader(dataKey)
  const tell = (done: number) => options.progress?.({ stage: 'sealing', done, total: content.length })
  const file = await finished(
    sealStripes({ content: counted(content, tell), dataKey, header, project, ...signalOf(options) }),
  )
  const upload: Upload = {
    ...{ dataKey: bytesToHex(dataKey), header: bytesToHex(header), file, epoch },
    fingerprint: content.fingerprint ?? '',
  }
  if (content.fingerprint !== undefined) await context.store.set(uploadKey(object, rendition), toJson(upload))
  return upload
}

const signalOf = ({ signal }: PutRenditionOptions) => (signal ? { signal } : {})

/**
 * Seals content under a new key and puts it as the next version and epoch of a rendition: bytes to the storage nodes, shares to the key nodes, a wrap to the
 * owner. The content is read twice: once to know the id of what is sealed, once to send it; memory is bounded by a few stripes.
 * @param options.known what there is, where the caller knows: the put then fails where somebody else put the next epoch first
 * @throws {BaseError} `VAULT_CONFLICT`, `VAULT_NOT_DEALT`, `VAULT_CONTENT_CHANGED`
 */
export async function putRendition(
  context: VaultContext,
  place: Place & { object: Hash },
  content: Content,
  options: PutRenditionOptions & { known?: Known | undefined; sameContent?: boolean } = {},
): Promise<PutResult> {
  const { object, rendition, path, project } = place
  if (!Number.isSafeInteger(content.length) || content.length < 0)
    throw new InvalidInputError('content', 'a length in bytes', content.length)
  const { signal, progress, margin } = options
  const known = options.known ?? (await knownManifest(context, place, signal))
  const epoch = known.epoch + 1
  const version = (known.manifest?.message.version ?? 0) + (options.sameContent ? 0 : 1)
  const upload = await prepare(context, place, content, epoch, options)
  const dataKey = hexToBytes(upload.dataKey)
  const header = hexToBytes(upload.header)
  const stripes = () =>
    sealStripes({
      content: counted(content, () => undefined),
      dataKey,
      header,
      project,
      ...signalOf(options),
    })
  const outcome = await context.storage.put(upload.file, stripes, {
    ...{ signal, margin },
    progress: (done, total) => progress?.({ stage: 'sending', done, total }),
  })
  const dealt = await dealManifest(context, {
    ...{ project, path, rendition, version, epoch, dataKey, signal },
    blob: upload.file.blob,
  })
  await context.store.delete(uploadKey(object, rendition))
  dataKey.fill(0)
  return {
    ...{ object, rendition, version, epoch, blob: upload.file.blob, margin: outcome.margin },
    length: upload.file.contentLength,
    sealedLength: Number(upload.file.descriptor.length),
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
