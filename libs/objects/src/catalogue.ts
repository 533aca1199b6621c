import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  OBJECT_STORE: {
    cause: 'A folder or bucket did not do what it was asked, or answered with something else.',
    remedy:
      'See the details. Of a folder: rights and room on the disk; of a bucket: address, network, name and the server’s own log.',
  },
  OBJECT_CUT: {
    cause:
      'What was to be stored ended early, or had another length than was said. Nothing of it was stored.',
    remedy: 'Send it again.',
  },
} as const satisfies ErrorCatalogue
