import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DA_BLOB_ARCHIVE: {
    cause: 'The archive of blobs could not be read or written.',
    remedy:
      'None once. If it goes on, see the details: a folder’s rights and room, a bucket’s address and credentials. Until then batches in blobs wait.',
  },
  DA_BLOB_SERVER: {
    cause: 'The server of archived blobs could not listen on its address.',
    remedy: 'Choose another port, or 0.',
  },
  DA_KZG: {
    cause: 'The KZG commitments of a batch could not be computed, or their thread ended.',
    remedy:
      'None once: the batch is posted again. If it goes on, check memory, and that the packages of KZG are installed.',
  },
} as const satisfies ErrorCatalogue
