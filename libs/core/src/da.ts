import type { SealedBatch } from './sealedBatch.js'
import type { Hash } from './bytes.js'
import type { Lifecycle } from './lifecycle.js'

/**
 * First byte of a commitment. A registry: two backends never share a prefix.
 * The same number is the inbox's `daKind`.
 */
export const commitmentPrefixes = { memory: 0, calldata: 1, blob: 2, altda: 3, private: 4 } as const
/** Kinds of data availability by name; the number is the first byte of their commitments. */
export type DaKind = keyof typeof commitmentPrefixes

/** What a backend can do, as data. Compositions are checked against it before anything starts. */
export interface DaCapabilities {
  id: string
  /** Registered prefix of its commitments. */
  prefix: number
  /** Of one that is composed of others: the prefixes of all commitments that it makes, `prefix` among them. */
  prefixes?: readonly number[]
  /** Is the commitment known before the put? */
  addressing: 'precomputed' | 'assigned'
  exposure: 'plaintext-public' | 'ciphertext-public' | 'private'
  /** Largest data of one put, bytes. */
  maxBytes: bigint
  /** Least billed size, bytes. */
  minBilled: bigint
  /** Does `get` take ranges? */
  ranged: boolean
  retentionSeconds?: number
  erasable: boolean
  proof: 'full' | 'merkle' | 'kzg' | 'certificate'
  challenge: 'none' | 'full' | 'sampled'
}

/** Versioned commitment: prefix byte, then what the backend defines (docs/spec/protocol.md 1.3). */
export type Commitment = Uint8Array

/** Where the bytes were seen, as a hint for `get`. Never trusted: what comes back is verified against the commitment. */
export interface DaLocation {
  l1TransactionHash?: Hash
  l1BlockNumber?: bigint
}

/**
 * What rides in the settlement's own inbox transaction, so that posting and appending are one L1 transaction.
 * `evidence` is the argument of `appendBatch`.
 */
export type DaAttachment =
  | { type: 'calldata'; evidence: Uint8Array }
  | { type: 'blobs'; evidence: Uint8Array; blobs: Uint8Array[] }
  /** nothing but the evidence: the bytes are elsewhere already */
  | { type: 'evidence'; evidence: Uint8Array }

/**
 * What came of storing bytes. `attachment` is what the settlement must carry in its transaction; `maxBytes` are bytes,
 * `retryAfterMs` milliseconds.
 */
export type DaPutResult =
  | { status: 'ok'; commitment: Commitment; location?: DaLocation; attachment?: DaAttachment }
  | { status: 'tooLarge'; maxBytes: bigint }
  | { status: 'rateLimited'; retryAfterMs: number }
  /** The backend asks to use another one for now. */
  | { status: 'failover'; reason: string }
  | { status: 'error'; error: Error; retryable: boolean }

/** What a backend has for a commitment. Derivation goes on with `data`, `invalid` and a proven `expired`; it waits while it gets anything else. */
export type DaGetResult =
  | { status: 'data'; data: Uint8Array }
  /** `authoritative`: it is known not to exist; otherwise it was only not found. */
  | { status: 'missing'; authoritative: boolean }
  /** Something was found that does not fit the commitment, and nothing that fits can exist. */
  | { status: 'invalid'; reason: string }
  /** Transport failure. Never the same as missing. */
  | { status: 'unavailable'; error: Error }
  | { status: 'forbidden'; reason: string }
  | { status: 'expired'; proven: boolean }

/** What a backend has of the blobs that a commitment names, in its order; the rest as in {@link DaGetResult}. `data`: the commitment is to bytes, not to blobs. */
export type DaBlobsResult = { status: 'blobs'; blobs: readonly Uint8Array[] } | DaGetResult

/** What a backend has of the sealed batch that a commitment names; the rest as in {@link DaGetResult}. */
export type DaSealedResult =
  { status: 'sealed'; sealed: SealedBatch } | Exclude<DaGetResult, { status: 'data' }>

/** How far what was put has come on L1. `lost`: a reorg dropped it, put it again. */
export type DaStatus = {
  status: 'unknown' | 'pending' | 'included' | 'final' | 'lost'
  location?: DaLocation
}
/** Whether bytes are those of a commitment, and why not. */
export type DaVerdict = { valid: true } | { valid: false; reason: string }

/** Price of a put. */
export interface DaQuote {
  /** bytes billed */
  billedBytes: bigint
  /** wei on the L1, undefined where the backend is not paid on an L1 */
  feeWei?: bigint
}

/** How `put` is repeated and given up. */
export interface DaPutOptions {
  /** Two puts with the same key are one put. */
  idempotencyKey?: string
  /**
   * What the settlement carries in its own transaction. A backend that is composed of others may then give such an `attachment` and send nothing
   * itself: the bytes are where they belong once the settlement has sent it.
   */
  attachments?: readonly DaAttachment['type'][]
  signal?: AbortSignal
}

/** How `get` finds the bytes of a commitment, and how much of them is wanted. */
export interface DaGetOptions {
  /** where L1 has the bytes, for backends that look there */
  location?: DaLocation
  /** part that is wanted, bytes */
  range?: { offset: number; length: number }
  signal?: AbortSignal
}

/**
 * Where the bytes are, and who can read them.
 *
 * - `prepare` Must ask no network: the commitment and the attachment, the same every time, for settlements that carry the bytes themselves. It may keep a copy.
 *   undefined: this backend is only written with `put`.
 * - `put` Must make the bytes retrievable by `get` from anywhere that has the commitment and the location; but for what `attachments` allows.
 * - `get` Must verify before it answers `data`. Derivation acts only on `data`, `invalid` and a proven `expired`; it waits on everything else.
 * - `getBlobs` of a backend that has commitments to blobs: the blobs themselves, verified, whether or not they encode anything. A proof about them reads them so. Of its other commitments it gives the bytes.
 * - `getSealed` of a backend whose commitments are to ciphertext, for who has the key: what a proof about it reads, verified against the commitment, whether or not it opens.
 * - `verify` Must be pure and Must not trust a server.
 * - No method throws for what the network does; results say it. A programming error throws.
 */
export interface DataAvailability extends Lifecycle {
  readonly capabilities: DaCapabilities
  prepare?(
    data: Uint8Array,
  ): Promise<{ commitment: Commitment; attachment: DaAttachment } | { status: 'tooLarge'; maxBytes: bigint }>
  put(data: Uint8Array, options?: DaPutOptions): Promise<DaPutResult>
  get(commitment: Commitment, options?: DaGetOptions): Promise<DaGetResult>
  getBlobs?(commitment: Commitment, options?: Omit<DaGetOptions, 'range'>): Promise<DaBlobsResult>
  getSealed?(commitment: Commitment, options?: Omit<DaGetOptions, 'range'>): Promise<DaSealedResult>
  verify(commitment: Commitment, data: Uint8Array): Promise<DaVerdict>
  status(commitment: Commitment, location?: DaLocation): Promise<DaStatus>
  quote(bytes: number): Promise<DaQuote>
  health(): Promise<{ ok: boolean; detail?: string }>
  erase?(commitment: Commitment): Promise<{ status: 'erased' | 'unknown' | 'unsupported' }>
}
