import { InvalidInputError, equalBytes } from '@animechain/core'
import type { Hash } from '@animechain/core'
import { otherRecord, refusedFile, tooLarge } from '../errors.js'
import { limits } from '../limits.js'
import type { MediaFormat } from '../media/parts.js'
import { contentHash, splitMedia } from '../media/split.js'
import { checkVaultAsset } from '../output.js'
import type { VerifyOptions } from '../verify.js'
import { verifyManifest } from '../verify.js'

/** The manifest of an output, kept outside of its file. */
export interface ManifestRecord {
  vaultAsset: Hash
  /** Of what the file shows, as `contentHash` says. */
  contentHash: Hash
  format: MediaFormat
  /** The manifest store's bytes, 16 MiB at most. */
  manifest: Uint8Array
}

/**
 * Manifests by vault asset ids: finds those of files that lost theirs. Records hold hashes of plaintext: who may read a store can tell whether
 * a file that he has is in it. Not for a chain, and no more public than the outputs are.
 */
export interface ManifestStore {
  /**
   * Keeps a record. The same record again is no error.
   * @throws {BaseError} `C2PA_OTHER_RECORD` when the output has another one; `MEDIA_TOO_LARGE` when the store, or what it has of one content, is full.
   */
  put(record: ManifestRecord): Promise<void>
  /** The record of an output. */
  get(vaultAsset: Hash): Promise<ManifestRecord | undefined>
  /** The outputs with a content, ascending, 64 at most. */
  withContent(contentHash: Hash): Promise<Hash[]>
}

const formats: readonly MediaFormat[] = ['image/png', 'image/jpeg', 'image/webp', 'video/mp4']

/** Checks a record's shape. @throws {InvalidInputError} for the first field that is wrong. */
export function checkRecord(record: ManifestRecord): ManifestRecord {
  const { format, manifest } = record
  if (!formats.includes(format)) throw new InvalidInputError('format', formats.join(', '), format)
  if (!(manifest instanceof Uint8Array) || manifest.length < 1 || manifest.length > limits.manifestBytes)
    throw new InvalidInputError('manifest', `1 to ${limits.manifestBytes} bytes`, manifest?.length)
  return {
    vaultAsset: checkVaultAsset(record.vaultAsset),
    contentHash: checkVaultAsset(record.contentHash, 'contentHash'),
    ...{ format, manifest },
  }
}

/** Whether two records say the same. */
export const sameRecord = (a: ManifestRecord, b: ManifestRecord): boolean =>
  a.vaultAsset === b.vaultAsset &&
  a.contentHash === b.contentHash &&
  a.format === b.format &&
  equalBytes(a.manifest, b.manifest)

/**
 * A store in memory, for browsers and tests.
 * @param most Records that it takes at most.
 */
export function memoryManifestStore(most = 10_000): ManifestStore {
  const records = new Map<Hash, ManifestRecord>()
  const byContent = new Map<Hash, Set<Hash>>()
  return {
    async put(given) {
      const record = checkRecord(given)
      const known = records.get(record.vaultAsset)
      if (known && !sameRecord(known, record)) throw otherRecord(record.vaultAsset)
      if (known) return
      if (records.size >= most) throw tooLarge('records of a store', most, records.size + 1)
      const same = byContent.get(record.contentHash) ?? new Set()
      if (same.size >= limits.sameContent)
        throw tooLarge('outputs with the same content', limits.sameContent, same.size + 1)
      records.set(record.vaultAsset, { ...record, manifest: record.manifest.slice() })
      byContent.set(record.contentHash, same.add(record.vaultAsset))
    },
    async get(vaultAsset) {
      const record = records.get(checkVaultAsset(vaultAsset))
      return record && { ...record, manifest: record.manifest.slice() }
    },
    withContent: async (hash) => [...(byContent.get(checkVaultAsset(hash, 'contentHash')) ?? [])].sort(),
  }
}

/**
 * Records the manifest of a signed file, if the file is accepted.
 * @throws {BaseError} `C2PA_REFUSED` when it is not, and what {@link ManifestStore.put} throws.
 */
export async function recordManifest(
  store: ManifestStore,
  media: Uint8Array,
  options: VerifyOptions,
): Promise<ManifestRecord> {
  const verdict = await verifyManifest(media, options)
  if (!verdict.ok) throw refusedFile(verdict.reason, verdict.expected, verdict.got)
  const { claim, report } = verdict
  const record = {
    vaultAsset: claim.vaultAsset,
    contentHash: await contentHash(splitMedia(media)),
    ...{ format: report.format, manifest: report.manifest },
  }
  await store.put(record)
  return record
}

/**
 * The records of a file's content, whether or not the file still has a manifest: an exact match of what is shown, so a file that was coded anew
 * is not found. What they say is as good as the store; to check it, see {@link restoreManifest}.
 * @param media PNG, JPEG, WebP or MP4, 256 MiB at most.
 * @returns In the order of vault asset ids; none for content that the store does not know.
 */
export async function findManifests(store: ManifestStore, media: Uint8Array): Promise<ManifestRecord[]> {
  const hash = await contentHash(splitMedia(media))
  const assets = await store.withContent(hash)
  const records = await Promise.all(assets.slice(0, limits.sameContent).map((asset) => store.get(asset)))
  return records.filter((record) => record !== undefined && record.contentHash === hash) as ManifestRecord[]
}
