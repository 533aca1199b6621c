import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  NETWORK_BAD_CERTIFICATE: {
    cause:
      'A certificate that is to be encoded has more votes than L1 takes, or a vote that is no compact signature with s in the lower half.',
    remedy: 'Make it with `assemble`, out of ballots whose signatures were verified.',
  },
} as const satisfies ErrorCatalogue
