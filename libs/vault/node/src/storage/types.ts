import type { Address, Clock, Hash, Hex, Logger, Metrics } from '@animechain/core'
import type { ObjectStore } from '@animechain/objects'
import type {
  Acknowledgement,
  BlobDescriptor,
  CertificateDomain,
  ErasureOrder,
  MessageSigner,
  Signed,
  Upload,
  VaultDomain,
} from '@animechain/vault-protocol'
import type { MetadataStore } from '../metadata/store.js'
import type { KnownBlob } from './descriptors.js'
import type { StorageLimits } from './room.js'
import type { StoredUnit } from './shards.js'

/** A complete shard, as the node remembers it. */
export interface HeldShard extends KnownBlob {
  blob: Hash
  shard: number
  /** epoch of the committee that the node was in when it came */
  committee: bigint
  /** kept until, seconds */
  until: bigint
}

/** What came of a part of a shard. */
export type PartResult =
  { status: 'more'; offset: number } | { status: 'complete'; acknowledgement: Signed<Acknowledgement> }

/** A part of a shard, as `content-range` says it. `first` undefined: it has no bytes, all of them should be here. */
export interface Part {
  first?: number
  total: number
  length: number
}

/** What a storage node does, apart from HTTP. Methods throw a `Refusal` for what they do not do. */
export interface StorageService {
  start(): Promise<void>
  putBlob(blob: Hash, json: unknown): Promise<void>
  descriptor(blob: Hash): Promise<BlobDescriptor>
  putRoots(blob: Hash, source: AsyncIterable<Uint8Array>): Promise<void>
  roots(blob: Hash): Promise<Uint8Array>
  putPart(blob: Hash, shard: number, part: Part, source: AsyncIterable<Uint8Array>): Promise<PartResult>
  state(blob: Hash, shard: number): Promise<{ offset: number; complete: boolean }>
  cancel(blob: Hash, shard: number): Promise<void>
  unit(blob: Hash, shard: number, stripe: number): Promise<StoredUnit>
  certify(blob: Hash, json: unknown): Promise<Hex>
  /**
   * Deletes every shard of a blob, and everything that is known of it but that it is gone, and by whose order. Idempotent.
   * @param order what answers a challenge for it; none for batches
   */
  erase(blob: Hash, order?: ErasureOrder): Promise<void>
  /** What a blob is here: `gone` with the order by which it was deleted, where there was one. */
  known(
    blob: Hash,
  ): Promise<{ status: 'here'; blob: KnownBlob } | { status: 'gone'; order?: ErasureOrder } | undefined>
  /** Reads every shard again, removes what is over, and expires unfinished ones. */
  scrub(signal?: AbortSignal): Promise<{ checked: number; damaged: readonly HeldShard[] }>
  /** Keeps a blob that another member of the committee has. */
  adopt(blob: Hash, known: KnownBlob, roots: Uint8Array): Promise<boolean>
  /** Keeps a shard that was computed from others. @returns false where it is not the shard */
  putRepaired(blob: Hash, shard: number, units: AsyncIterable<Uint8Array>): Promise<boolean>
  /** Complete shards after a place in their order, `blob` and `shard`. */
  list(after: { blob: Hash; shard: number } | undefined, limit: number): Promise<readonly HeldShard[]>
  has(blob: Hash, shard: number): Promise<boolean>
  usage(): { bytes: number; shards: number; unfinished: number }
}

/** What a storage node is made of. */
export interface StorageParts {
  metadata: MetadataStore
  objects: ObjectStore
  /** folder of unfinished shards, on this machine */
  uploadFolder: string
  signer: MessageSigner
  domain: VaultDomain
  /** where it certifies; absent: it does not */
  certificates?: CertificateDomain
  /** epoch of the committee that is in force */
  committee: () => Promise<bigint>
  /**
   * Who may have a blob stored: the owner of its project, zero for batches. @throws {Refusal} unless the owner, a delegate, or a batcher signed
   */
  mayUpload: (upload: Signed<Upload>) => Promise<Address>
  limits?: Partial<StorageLimits>
  clock: Clock
  logger: Logger
  metrics: Metrics
}
