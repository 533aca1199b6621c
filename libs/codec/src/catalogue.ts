import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  CODEC_COMPRESSION_FAILED: {
    cause: 'zstd gave no frame for the batch: want of memory.',
    remedy: 'Give the process more memory. The batcher tries again by itself.',
  },
  CODEC_TOO_LARGE: {
    cause:
      'A batch holds more blocks, transactions or bytes than the format allows. The message has which and how many.',
    remedy: 'Encode fewer blocks at once. The batcher halves the batch by itself.',
  },
} as const satisfies ErrorCatalogue
