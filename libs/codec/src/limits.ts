import type { BatchLimits } from '@animechain/core'

export interface CodecLimits extends BatchLimits {
  /** bytes of all transactions of a body together, rebuilt */
  transactionBytes: number
}

/**
 * Part of the protocol (docs/spec/codec.md 5): every decoder of a chain has the same.
 * Compressed bytes are what six blobs hold (31 · 4096 · 6 - 4).
 */
export const codecLimits: CodecLimits = {
  compressedBytes: 761_852,
  decompressedBytes: 4_194_304,
  blocks: 8_192,
  transactions: 32_768,
  labels: 16_384,
  transactionBytes: 16_777_216,
}
