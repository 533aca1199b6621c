import type { Address, Hash } from '@animechain/core'
import type { ByteSource } from '@animechain/vault-format'
import type { Acknowledgement, BlobDescriptor, Signed, Upload } from '@animechain/vault-protocol'

/** What is put, as `storageCommittee` of `@animechain/vault-committee` takes it. */
export interface StoragePut {
  /** gives the same bytes each time */
  content: () => ByteSource | Promise<ByteSource>
  dataKey: Uint8Array
  /** of an earlier attempt with the same content, to go on with it */
  header: Uint8Array
  project: Hash
  /** the project's leave for this blob, asked for before anything is sent: where it rejects, nothing was */
  upload: (descriptor: BlobDescriptor, blob: Hash) => Promise<Signed<Upload>>
  /** accept three shards: then none may be lost */
  degraded?: boolean
  onProgress?: (progress: { phase: 'sealing' | 'sending'; bytes: number; total?: number }) => void
  signal?: AbortSignal
}

/** What was stored. */
export interface StoredBlob {
  blob: Hash
  descriptor: BlobDescriptor
  /** bytes */
  contentLength: number
  /** shards that may be lost */
  margin: number
  /** what nodes signed for it: what they can be challenged for on L1 */
  acknowledgements?: readonly Signed<Acknowledgement>[]
}

/** Which bytes of a blob are read, with which key. */
export interface StorageRead {
  blob: Hash
  dataKey: Uint8Array
  /** default 0 */
  offset?: number
  /** default: to the end */
  length?: number
  /** chunks that are fetched ahead */
  ahead?: number
  signal?: AbortSignal
}

/** The storage nodes of a committee: what they give is verified and decrypted before anybody sees it. */
export interface BlobStorage {
  put(options: StoragePut): Promise<StoredBlob>
  contentLength(options: Pick<StorageRead, 'blob' | 'dataKey' | 'signal'>): Promise<number>
  read(options: StorageRead): AsyncGenerator<Uint8Array>
}

/** A storage node, for orders of the owner. */
export interface StorageNodeAddress {
  address: Address
  url: string
}
