import type { Address, Hash } from '@animechain/core'
import type { SealedDescriptor, SealedFile, SealedStripe } from '@animechain/vault-format'

/** Settings of one put of sealed bytes. */
export interface PutOptions {
  signal?: AbortSignal | undefined
  /** told the bytes of all shards that nodes have, and how many there are to be */
  progress?: ((sent: number, total: number) => void) | undefined
  /** shards more than the three that open, that must be acknowledged; default 1 */
  margin?: number | undefined
}

/** How a put ended. */
export interface PutOutcome {
  /** shards acknowledged, less three */
  margin: number
}

/** Sealed bytes of one blob, as a committee has them: whatever a node gives is compared with the blob's id before it is used. */
export interface BlobReader {
  readonly descriptor: SealedDescriptor
  /** Sealed chunk `index`, verified. */
  chunk(index: number, signal?: AbortSignal): Promise<Uint8Array>
}

/** The storage nodes of a committee, as the client uses them. */
export interface BlobStorage {
  /**
   * Puts the shards of a sealed file. `stripes` seals it anew, to the same bytes, and may be called more than once: what nodes have already
   * is not sent again, so that a put that was cut off goes on by calling this again.
   */
  put(
    file: SealedFile,
    stripes: () => AsyncGenerator<SealedStripe, SealedFile>,
    options?: PutOptions,
  ): Promise<PutOutcome>
  /** The reader of a blob. Rejects where fewer than three nodes answer. */
  open(blob: Hash, signal?: AbortSignal): Promise<BlobReader>
  /** The storage nodes. */
  readonly nodes: readonly { address: Address; url: string }[]
}
