import type { BaseError, BatchCodec, BatchBody } from '@animechain/core'

/** Part of what a batch may hold that one block may fill unseen: labels, columns and incompressible data need the rest. */
const UNSEEN_SHARE = 0.9
/** Part that a larger block is meant to fill, as the one before it was encoded, and that it may. */
const WANTED_SHARE = 0.85
const CHECKED_SHARE = 0.98
/** Part of the unseen size from which on a block tells how well such blocks are encoded. */
const TELLING_SHARE = 0.5
/** Blocks that stay at the unseen size after one that did not fit. */
const CAUTIOUS_BLOCKS = 60

/** How large blocks may be, so that each fits a batch. */
export interface BlockRoom {
  /** of the transactions that the next block may have, raw; bytes */
  readonly bytes: number
  /** transactions that it may have */
  readonly transactions: number
  /** Whether a block that is about to be sealed can be posted, as a batch of its own. */
  fits(block: BatchBody): Promise<boolean>
}

/** What a block may have as long as nobody looks how it is encoded; bytes */
export const unseenBytes = (batchBytes: number): number => Math.floor(batchBytes * UNSEEN_SHARE)

/**
 * Blocks that encode well may be larger than a batch. Up to `unseenBytes` of raw transactions any block fits, whatever it holds. Beyond that the last
 * large one says how far the next may go, and none is sealed that was not encoded before: a block that cannot be posted would stop the chain. One that
 * does not fit is given up, and its transactions come with smaller ones.
 *
 * `fixedBytes`: no block is larger, and none is looked at.
 */
export function blockRoom(options: {
  codec: BatchCodec
  batchBytes: number
  fixedBytes?: number
}): BlockRoom {
  const { codec, batchBytes, fixedBytes } = options
  const unseen = fixedBytes ?? unseenBytes(batchBytes)
  /** encoded bytes for each raw one, as seen last */
  let ratio = 1
  let cautious = 0
  let measuring = false

  async function encodedBytes(block: BatchBody): Promise<number> {
    try {
      return (await codec.encode(block)).length
    } catch (error) {
      if ((error as BaseError).code === 'CODEC_TOO_LARGE') return Infinity
      throw error
    }
  }
  /** For the next block; this one does not wait. */
  function measure(block: BatchBody, raw: number): void {
    if (measuring) return
    measuring = true
    encodedBytes(block)
      .then(
        (encoded) => (ratio = encoded / raw),
        () => undefined,
      )
      .finally(() => (measuring = false))
  }

  return {
    get bytes() {
      if (fixedBytes !== undefined || cautious > 0) return unseen
      const wanted = Math.min(
        (batchBytes * WANTED_SHARE) / ratio,
        codec.limits.decompressedBytes * UNSEEN_SHARE,
      )
      return Math.max(unseen, Math.floor(wanted))
    },
    transactions: codec.limits.transactions,
    async fits(block) {
      const raw = block.blocks.reduce(
        (sum, { transactions }) => transactions.reduce((bytes, { length }) => bytes + length, sum),
        0,
      )
      if (fixedBytes !== undefined) return true
      if (raw <= unseen) {
        cautious = Math.max(0, cautious - 1)
        if (raw > unseen * TELLING_SHARE) measure(block, raw)
        return true
      }
      const encoded = await encodedBytes(block)
      if (encoded <= batchBytes * CHECKED_SHARE) {
        ratio = encoded / raw
        return true
      }
      ratio = 1
      cautious = CAUTIOUS_BLOCKS
      return false
    },
  }
}
