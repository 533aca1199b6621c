import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DA_KZG: {
    cause: 'The KZG commitments of a batch could not be computed, or their thread ended.',
    remedy:
      'None once: the batch is posted again. If it goes on, check memory, and that the packages of KZG are installed.',
  },
} as const satisfies ErrorCatalogue
