import type { BatchCodec } from '@animechain/core'
import { Malformed } from './column.js'
import { decodeBody } from './decode.js'
import { encodeBody } from './encode.js'
import { codecLimits, type CodecLimits } from './limits.js'

/** How a codec differs from the protocol's. */
export interface BatchCodecOptions {
  /** Bounds below the protocol's; for tests. A chain's decoders Must all have the same. */
  limits?: Partial<CodecLimits>
}

/**
 * The codec of docs/spec/codec.md: columns of transaction fields in MessagePack, compressed with zstd, signatures and addresses beside them.
 * `encode` throws BaseError `CODEC_TOO_LARGE` when a body does not fit the limits. `decode` never throws.
 */
export function batchCodec(options: BatchCodecOptions = {}): BatchCodec & { readonly limits: CodecLimits } {
  const limits = { ...codecLimits, ...options.limits }
  return {
    id: 'columnar',
    limits,
    encode: (body) => encodeBody(body, limits),
    async decode(bytes) {
      try {
        return { ok: true, body: await decodeBody(bytes, limits) }
      } catch (error) {
        if (error instanceof Malformed) return { ok: false, reason: error.message }
        throw error
      }
    },
  }
}
