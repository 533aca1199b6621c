import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DA_PRIVATE_UNCERTIFIED: {
    cause: 'A sealed batch came to too few storage nodes, or too few of them signed that they have it.',
    remedy: 'None once: the batch is posted again. If it goes on, look at the nodes of the committee.',
  },
  DA_PRIVATE_VIEW_KEY: {
    cause: 'The view key is another chain’s, or the file holds something else.',
    remedy: 'Ask whoever runs the chain for its view key: `--view-key`.',
  },
  DA_PRIVATE_READER: {
    cause: 'A backend that was made to read was asked to post a batch: it has no view key or no account.',
    remedy: 'Give it `viewKey` and `uploader`.',
  },
} as const satisfies ErrorCatalogue
