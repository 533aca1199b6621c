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
  S3_SERVER_MISSING: {
    cause: 'There is no OpenStack Swift for Debian’s Python, and it could not be installed.',
    remedy: 'As root on Debian: `apt-get install python3-swift`.',
  },
  S3_SERVER_START: {
    cause: 'The S3 server for tests ended before it served, or took too long.',
    remedy: 'See what it printed, below the message.',
  },
  POSTGRES_MISSING: {
    cause: 'The programs of PostgreSQL are not on this machine.',
    remedy: 'Install them: `apt-get install postgresql`.',
  },
  POSTGRES_START: {
    cause: 'PostgreSQL ended before it answered.',
    remedy: 'See what it printed, below the message.',
  },
  TIMEOUT: {
    cause: 'A test waited for something that did not happen in time.',
    remedy: 'See the details for the last reason. On a slow machine give it more time.',
  },
} as const satisfies ErrorCatalogue
