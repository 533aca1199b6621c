import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  ANVIL_MISSING: {
    cause: 'There is no anvil for this platform among the installed packages.',
    remedy: 'Run `npm install` with optional dependencies.',
  },
  ANVIL_RPC: {
    cause: 'anvil answered a request with an error.',
    remedy: 'See the message of anvil in it.',
  },
  ANVIL_START: {
    cause: 'anvil ended before it answered, or its port is taken.',
    remedy: 'See what anvil printed, below the message. Choose another port, or 0.',
  },
  NO_FREE_PORT: {
    cause: 'No port of the range for tests is free on 127.0.0.1.',
    remedy: 'End programs that still listen there.',
  },
  TIMEOUT: {
    cause: 'A test waited for something that did not happen in time.',
    remedy: 'See the details for the last reason. On a slow machine give it more time.',
  },
} as const satisfies ErrorCatalogue
