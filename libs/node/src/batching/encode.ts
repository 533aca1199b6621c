import { BaseError } from '@animechain/core'
import { assemble, fewerBlocks, type Assembled } from './assemble.js'
import type { BatcherContext } from './context.js'

/** Raw bytes from which on a batch tells how well blocks are encoded. */
const TELLING_BYTES = 4_096

/** The largest batch from `first` on that fits, encoded. */
export async function encode(
  context: BatcherContext,
  first: bigint,
  most: number,
): Promise<Assembled & { bytes: Uint8Array }> {
  const { store, codec, maxBytes } = context
  const { limits } = codec
  let maxBlocks = Math.min(most, limits.blocks)
  for (;;) {
    const assembled = assemble(store, first, { maxBlocks, maxBytes, ratio: context.ratio, limits })
    const { blockCount } = assembled.header
    let bytes: Uint8Array
    try {
      bytes = await codec.encode({ blocks: assembled.blocks, labels: assembled.labels })
    } catch (error) {
      // A bound that is not visible from here.
      if ((error as BaseError).code !== 'CODEC_TOO_LARGE' || blockCount === 1) throw error
      maxBlocks = Math.ceil(blockCount / 2)
      continue
    }
    if (assembled.rawBytes > TELLING_BYTES) context.ratio = bytes.length / assembled.rawBytes
    if (bytes.length <= maxBytes) return { ...assembled, bytes }
    if (blockCount === 1)
      throw new BaseError('A single block is larger than the data availability takes.', {
        code: 'BATCHER_BLOCK_TOO_LARGE',
        metaMessages: [
          `Expected at most ${maxBytes} bytes, got ${bytes.length} for block ${first}.`,
          'Lower maxBlockBytes of the sequencer.',
        ],
      })
    maxBlocks = fewerBlocks(blockCount, bytes.length, maxBytes)
  }
}
