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
  DA_PRIVATE_FALSE_BODY: {
    cause:
      'What storage nodes gave for a batch is not what its commitment names: parity that was false, which a committee certified all the same.',
    remedy:
      'The node waits and asks again. Look at which nodes of the committee have the chunks, and bring them back.',
  },
  DA_PRIVATE_READER: {
    cause: 'A backend that was made to read was asked to post a batch: it has no view key or no account.',
    remedy: 'Give it `viewKey` and `uploader`.',
  },
} as const satisfies ErrorCatalogue
