import type { Address, Hash, Hex } from '@animechain/core'
import type {
  Acknowledgement,
  Combined,
  Dealing,
  Erase,
  Manifest,
  ProjectRead,
  Receipt,
  Request,
  RevokeNow,
  Session,
  ShareHeld,
  ShareSet,
  Signed,
  Upload,
} from './messages.js'

/** Paths of the HTTP API. docs/spec/vault.md, section 7 */
export const routes = {
  /** `GET` {@link NodeInfo} */
  info: '/v1/info',
  /** `PUT` {@link BlobBody} as JSON, first of all; `GET` the {@link BlobDescriptor} back */
  blob: (blob: Hash) => `/v1/blobs/${blob}`,
  /**
   * `PUT` bytes with `content-range: bytes a-b/total`; the last part is answered with a signed {@link Acknowledgement} once the shard is synced.
   * `HEAD` tells `upload-offset`, bytes that are here, and `x-vault-complete: 1` where that is all. `DELETE` takes an unfinished one back.
   */
  shard: (blob: Hash, shard: number) => `/v1/blobs/${blob}/${shard}`,
  /**
   * `PUT` the roots of all units, 32 bytes each, five for each stripe, before any shard: what the node holds the blob's roots, and each unit that comes,
   * against. `GET` them back: a unit that was reconstructed is held against them.
   */
  units: (blob: Hash) => `/v1/blobs/${blob}/units`,
  /** `GET` one unit of a shard, bytes, with its path to the shard's root in `x-vault-path` (hashes, hex, one after the other) */
  unit: (blob: Hash, shard: number, stripe: number) => `/v1/blobs/${blob}/${shard}/units/${stripe}`,
  /** `POST` {@link CertifyBody} (up to 2 MiB): a storage node's signature of an availability certificate, {@link CertifyAnswer} */
  certify: (blob: Hash) => `/v1/blobs/${blob}/certify`,
  /** `PUT` {@link ManifestBody} to a key node; `GET` the newest */
  manifest: (object: Hash, rendition: number) => `/v1/manifests/${object}/${rendition}`,
  /** `POST` {@link ReleaseBody}, answered by {@link ReleaseAnswer}, also where it is denied (HTTP 403) */
  release: '/v1/release',
  /** `POST` {@link RevokeNowBody} */
  revokeNow: '/v1/revoke-now',
  /** `POST` {@link EraseBody}, to key nodes and storage nodes */
  erase: '/v1/erase',
  /** `POST` {@link SupersedeBody}, to storage nodes: 204 once the blob is gone, 409 where the newer one is not here yet */
  supersede: '/v1/supersede',
  /** `POST` {@link ReceiptsBody}: what the node decided about a project */
  receipts: '/v1/receipts',
  /** `POST` {@link ReshareBody} to an old key node: it deals its share to the current committee, {@link ReshareAnswer} */
  reshare: '/v1/reshare',
  /** `POST` {@link CombineBody} to a new key node: it checks what was dealt to it, {@link CombineAnswer} */
  combine: '/v1/reshare/combine',
  /** `POST` {@link SignSetBody} to an old key node that dealt: its signature of the share set, {@link SignSetAnswer} */
  signSet: '/v1/reshare/sign',
  /** `PUT` {@link ShareSetBody} to a new key node: it keeps its share beside what it has, {@link ShareHeldAnswer} */
  shareSet: '/v1/share-sets',
  /** `POST` {@link HandOverBody} to new and old key nodes: the new shares count from now on, the old ones are destroyed */
  handOver: '/v1/reshare/hand-over',
} as const

/** JSON on the wire: bigints are decimal strings, bytes are hex. */
export interface NodeInfo {
  version: 1
  address: Address
  roles: readonly ('storage' | 'keys')[]
  /** X25519 key that shares are sealed to; of key nodes */
  shareKey?: Hash
  chainId: number
  registry: Address
  /** L2 block that the node sees, and its age in seconds */
  head?: { number: bigint; hash: Hash; age: number }
}

/** What a blob's id is the hash of. */
export interface BlobDescriptor {
  /** header of the sealed file, 80 bytes */
  header: Hex
  /** bytes of all chunks */
  length: bigint
  /** root over the chunks */
  dataRoot: Hash
  /** roots of the five shards */
  shardRoots: readonly Hash[]
  /** whose it is; zero for batches of a confidential rollup, which are erased by the committee's administrator alone */
  project: Hash
}

/** A descriptor, and the leave of the project's owner. */
export interface BlobBody {
  descriptor: BlobDescriptor
  upload: Signed<Upload>
}

/** What a storage node signs for L1, once it has the shard and the roots of all units. */
export interface CertifyBody {
  keyHash: Hash
  committee: bigint
  until: bigint
  /** the whole body, all chunks: a batch is one stripe, of which the node makes the parity itself before it signs, so that any three shards have the batch */
  body: Hex
}

/** Answer to a {@link CertifyBody}. */
export interface CertifyAnswer {
  /** of `Availability`, by the node's key */
  signature: Hex
}

/** Manifest and the share of the node that gets it. */
export interface ManifestBody {
  manifest: Signed<Manifest>
  /** index of the share, from 1 */
  index: number
  /** share and its opening, sealed to the node */
  sealedShare: Hex
}

/** A request with everything that a key node needs to decide. */
export interface ReleaseBody {
  session: Signed<Session>
  request: Signed<Request>
  /** ABI bytes for the policy */
  evidence: Hex
}

/** A decision, and the share where it is one to release. */
export interface ReleaseAnswer {
  receipt: Signed<Receipt>
  share?: {
    index: number
    /** share and its opening, sealed to the request's ephemeral key */
    sealed: Hex
    /** hash of the L2 block that was safe on L1 when it was decided, by which rule 6 was held */
    safe: Hash
    /** the share set it belongs to, where that is not the manifest's own */
    shareSet?: SignedShareSet
  }
}

/** A share set with the signatures of those who dealt it. */
export interface SignedShareSet {
  message: ShareSet
  signatures: readonly Hex[]
}

/** Receipts of a project, a page of at most 1,000. */
export interface ReceiptsBody {
  read: Signed<ProjectRead>
  from: bigint
  limit: number
}

/** What `share` of a receipt that released is the hash of: `releaseHash`. */
export interface ReleaseBinding {
  /** `sealedShareHash` of the share that was given */
  sealed: Hash
  /** hash of the L2 block that was safe on L1 when it was decided */
  safe: Hash
}

/** What a node decided, with what it was asked. Entries of other projects show the receipt alone. */
export interface ReceiptEntry {
  receipt: Signed<Receipt>
  body?: ReleaseBody
  /** of a release */
  bound?: ReleaseBinding
}

/** The newest anchor that a project's receipts are in: what shows that L2 has bound the node to them. */
export interface ReceiptsAnchor {
  /** receipts of all projects that the node had; `sequence` of the event `ReceiptsAnchored` */
  sequence: bigint
  /** `receipt` of the event */
  root: Hash
  salt: Hash
  /** from the leaf `keccak256(keccak256(project ‖ salt ‖ receipt))` up to the root, sorted pairs */
  proof: readonly Hash[]
  /** sequence after the anchored receipt's */
  next: bigint
  /** EIP-712 hash of the project's newest receipt then */
  receipt: Hash
}

/** A page of receipts. */
export interface ReceiptsAnswer {
  entries: readonly ReceiptEntry[]
  /** sequence after the newest */
  next: bigint
  /** absent before the first anchor */
  anchor?: ReceiptsAnchor
}

/** A key node deals its share of a rendition to the key nodes of another committee. */
export interface ReshareBody {
  object: Hash
  rendition: number
  /** epoch of the committee to deal to, as registered on L1 */
  committee: bigint
}

/** What a key node dealt, or has kept. The same question has the same dealing as its answer, so that what was cut off goes on anywhere. */
export interface ReshareAnswer {
  /** of a node that has a share of an earlier committee */
  dealt?: Dealt
  /** of a node of the new committee that has its share */
  kept?: { manifest: Signed<Manifest>; shareSet: SignedShareSet; held: Signed<ShareHeld> }
}

/** What an old key node dealt. */
export interface Dealt {
  manifest: Signed<Manifest>
  dealing: Signed<Dealing>
  /** a sub-share's opening for each new key node, sealed to it */
  sealed: readonly Hex[]
  /** the share set for that committee which the node has signed before: it signs no other */
  signed?: ShareSet
}

/** What was dealt to one new key node, in the order of the dealers' indices: by more nodes than the threshold, so that a lie shows. */
export interface CombineBody {
  manifest: Signed<Manifest>
  dealings: readonly Signed<Dealing>[]
  /** of each dealing, what is sealed to the node */
  sealed: readonly Hex[]
}

/** What a new key node found. */
export interface CombineAnswer {
  /** absent where a dealer lied */
  combined?: Signed<Combined>
  /** indices of dealers whose sub-share is not the one that they committed to */
  liars: readonly number[]
}

/** What all new key nodes found. */
export interface SignSetBody {
  object: Hash
  rendition: number
  /** in the order of the new key nodes, of every one of them */
  combined: readonly Signed<Combined>[]
}

/** The share set that follows from what the new key nodes found, and a dealer's signature of it. */
export interface SignSetAnswer {
  shareSet: ShareSet
  signature: Hex
}

/** What a member of the new committee gets: the set that its share is part of, and what its share is made of. */
export interface ShareSetBody {
  shareSet: SignedShareSet
  manifest: Signed<Manifest>
  /** those that the share set names */
  dealings: readonly Signed<Dealing>[]
  /** of each dealing, what is sealed to the node */
  sealed: readonly Hex[]
}

/** Answer to a {@link ShareSetBody}, once the share is synced. */
export interface ShareHeldAnswer {
  held: Signed<ShareHeld>
}

/** All new key nodes have their shares. */
export interface HandOverBody {
  object: Hash
  rendition: number
  /** the one that the share set names: a node that missed it destroys its share of one before */
  manifest: Signed<Manifest>
  shareSet: SignedShareSet
  /** in the order of the new key nodes, of every one of them */
  held: readonly Signed<ShareHeld>[]
}

/** Answer to a shard that is complete. */
export type AcknowledgementAnswer = Signed<Acknowledgement>
/** Body of {@link routes.revokeNow}. */
export type RevokeNowBody = Signed<RevokeNow>

/** Body of {@link routes.erase}. */
export interface EraseBody {
  erase: Signed<Erase>
  /**
   * Manifests of the object, at most 256: a node that has no manifests of its own, storage alone, learns from them which blobs are the object's. It deletes
   * those whose `project` and `object` are the order's.
   */
  manifests: readonly Signed<Manifest>[]
}

/** Body of {@link routes.supersede}: one blob is to go, for a newer manifest of its rendition has another one. */
export interface SupersedeBody {
  /** of the retirement's object */
  erase: Signed<Erase>
  /** `retirementOf` the manifest that named the blob */
  retirement: Signed<Manifest>
  /** the manifest that supersedes it */
  newer: Signed<Manifest>
}

/** Why a storage node has a blob no more: with `erase` and `manifest` it answers a challenge on L1. */
export interface ErasureOrder {
  erase: Signed<Erase>
  /** names the blob and the object of the order */
  manifest: Signed<Manifest>
  /** of a blob that was superseded: by which manifest */
  newer?: Signed<Manifest>
}

/** Every error of the API: `{ error: { code, message } }`. 404 is authoritative: the node knows that it has it not. */
export interface ApiError {
  error: { code: string; message: string }
}

const bigintFields = /^(0|[1-9][0-9]*)$/

/** JSON with bigints as decimal strings. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? each.toString() : each))

/** The bigint of a decimal string; undefined where it is none. */
export const bigintOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' && value.length <= 78 && bigintFields.test(value) ? BigInt(value) : undefined
