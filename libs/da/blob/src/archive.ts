import { BaseError, type Hash, type KeyValueStore } from '@animechain/core'
import type { ObjectStore } from '@animechain/objects'
import { boundedMap } from '@animechain/runtime'
import { bytesPerBlob } from './encoding.js'
import type { BlobSource } from './sources.js'

/**
 * Blobs that were posted or read before, so that they can be served after L1 has dropped them.
 * `put` is durable when it resolves, and throws where it cannot be.
 */
export interface BlobArchive extends BlobSource {
  put(versionedHash: Hash, blob: Uint8Array): Promise<void>
}

/** Blobs that are known to be in a place. */
const MAX_KNOWN = 10_000

const keyIn = (versionedHash: Hash) => new TextEncoder().encode(`blob/${versionedHash}`)

/** An archive in a key-value store. Trailing zeros are not kept. */
export function storeArchive(store: KeyValueStore): BlobArchive {
  return {
    id: 'archive',
    async get(versionedHash) {
      const kept = store.get(keyIn(versionedHash))
      if (!kept) return undefined
      const blob = new Uint8Array(bytesPerBlob)
      blob.set(kept)
      return blob
    },
    async put(versionedHash, blob) {
      if (store.get(keyIn(versionedHash))) return
      let end = blob.length
      while (end > 0 && blob[end - 1] === 0) end--
      await store.batch([{ type: 'put', key: keyIn(versionedHash), value: blob.subarray(0, end) }])
    },
  }
}

const failed = (what: string, versionedHash: Hash, cause: unknown) =>
  new BaseError(`${what} blob ${versionedHash} in the archive failed.`, {
    code: 'DA_BLOB_ARCHIVE',
    cause: typeof cause === 'string' ? new Error(cause) : cause,
  })

/** Name of a blob in a store of objects. */
const objectOf = (versionedHash: Hash) => `blobs/${versionedHash.toLowerCase()}`

/**
 * An archive in a store of objects: a folder or a bucket that several nodes may write to, and others read. A blob is the object `blobs/0x…` of 131,072 bytes. The store is started and
 * stopped by whoever made it.
 */
export function objectArchive(objects: ObjectStore): BlobArchive {
  const known = boundedMap<Hash, true>(MAX_KNOWN)
  return {
    id: 'archive',
    async get(versionedHash, _location, signal) {
      const found = await objects.get(objectOf(versionedHash), { maxBytes: bytesPerBlob, signal })
      switch (found.status) {
        case 'object':
          return found.body
        case 'missing':
          return undefined
        case 'tooLarge':
          throw failed('Reading', versionedHash, `expected ${bytesPerBlob} bytes, got ${found.size}`)
        case 'unavailable':
          throw failed('Reading', versionedHash, found.error)
        default:
          throw failed('Reading', versionedHash, found.reason)
      }
    },
    async put(versionedHash, blob) {
      if (known.get(versionedHash)) return
      const key = objectOf(versionedHash)
      const there = await objects.head(key)
      if (there.status !== 'object' || there.size !== blob.length) {
        const put = await objects.put(key, blob)
        if (put.status !== 'ok')
          throw failed(
            'Keeping',
            versionedHash,
            'error' in put ? put.error : 'reason' in put ? put.reason : put.status,
          )
      }
      known.set(versionedHash, true)
    },
  }
}

/** What a backend was given, as an archive. */
export const archiveOf = (archive: KeyValueStore | BlobArchive): BlobArchive =>
  'put' in archive ? archive : storeArchive(archive)
