import type { DepositLabel } from './settlement.js'

/** What one L2 block contributes to a batch body (docs/spec/codec.md). */
export interface BatchBlock {
  /** seconds since the block before, at least 1 */
  timestampDelta: number
  /** entries of the deposit queue that the block reads */
  depositCount: number
  /** user transactions as broadcast */
  transactions: readonly Uint8Array[]
}

/** What the bytes of a batch say once they are decoded (docs/spec/codec.md): what L1 does not know. */
export interface BatchBody {
  blocks: readonly BatchBlock[]
  /** one for each user deposit (kind 0) that the batch reads, in order */
  labels: readonly DepositLabel[]
}

/** Bounds of decoding. Exceeding one is a decoding error, never an allocation. */
export interface BatchLimits {
  /** bytes as posted */
  compressedBytes: number
  /** bytes after decompression */
  decompressedBytes: number
  blocks: number
  transactions: number
  labels: number
}

/** What a codec made of the bytes of a batch. Bytes that are no batch are no error: every verifier must come to the same `ok: false`. */
export type BatchDecodeResult = { ok: true; body: BatchBody } | { ok: false; reason: string }

/**
 * - `encode` Must be deterministic within a version of the library; MessagePack is not canonical, so nothing hashes its output as meaning.
 * - `decode` Must be total, bounded, and Must accept exactly one language: two implementations agree on every byte string.
 */
export interface BatchCodec {
  readonly id: string
  readonly limits: BatchLimits
  encode(body: BatchBody): Promise<Uint8Array>
  decode(bytes: Uint8Array): Promise<BatchDecodeResult>
}
