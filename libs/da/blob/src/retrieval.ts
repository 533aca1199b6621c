import type { DaBlobsResult, DaGetResult, DaLocation, Hash } from '@animechain/core'
import { bytesPerBlob, decodeBlobs } from './encoding.js'
import type { BlobArchive } from './archive.js'
import { short, type BlobSource } from './sources.js'

export interface BlobRetrieval {
  /** Asked one after the other. */
  sources: readonly BlobSource[]
  /** Keeps what was read, where it is not from there. */
  archive?: BlobArchive | undefined
  hashOf: (blob: Uint8Array) => Promise<Hash>
  /** milliseconds for one source */
  timeoutMs: number
}

/** One blob, verified, from the first source that has it; undefined where none has it, an error where one failed. */
export async function fetchBlob(
  { sources, archive, hashOf, timeoutMs }: BlobRetrieval,
  hash: Hash,
  location: DaLocation | undefined,
  signal?: AbortSignal,
): Promise<Uint8Array | Error | undefined> {
  let failure: Error | undefined
  for (const source of sources) {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const bytes = await source.get(hash, location, signal ? AbortSignal.any([signal, timeout]) : timeout)
      if (!bytes) continue
      if (bytes.length !== bytesPerBlob || (await hashOf(bytes)) !== hash) {
        failure = new Error(`${source.id} gave another blob for ${short(hash)}`)
        continue
      }
      if (archive && source !== archive) await archive.put(hash, bytes)
      return bytes
    } catch (error) {
      failure = new Error(`${source.id}: ${(error as Error).message}`, { cause: error })
    }
  }
  return failure
}

/** The blobs with these hashes. */
export async function fetchBlobs(
  retrieval: BlobRetrieval,
  hashes: readonly Hash[],
  location: DaLocation | undefined,
  signal?: AbortSignal,
): Promise<DaBlobsResult> {
  const blobs: Uint8Array[] = []
  for (const hash of hashes) {
    if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
    const found = await fetchBlob(retrieval, hash, location, signal)
    if (found instanceof Error) return { status: 'unavailable', error: found }
    if (!found) return { status: 'missing', authoritative: false }
    blobs.push(found)
  }
  return { status: 'blobs', blobs }
}

/** The data of blobs with these hashes. */
export async function fetchData(...wanted: Parameters<typeof fetchBlobs>): Promise<DaGetResult> {
  const found = await fetchBlobs(...wanted)
  if (found.status !== 'blobs') return found
  const decoded = decodeBlobs(found.blobs)
  return decoded.ok ? { status: 'data', data: decoded.data } : { status: 'invalid', reason: decoded.reason }
}
