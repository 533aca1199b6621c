import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  ALTDA_LISTEN: {
    cause: 'The alt-DA server could not listen on its address.',
    remedy: 'Give another port, or 0 for any free one; look what listens there.',
  },
  ALTDA_EXPIRED: {
    cause:
      'A commitment was challenged on L1 and nobody posted its bytes in time, or nobody took it before it became stale.',
    remedy:
      'None: the batch is announced anew. If it goes on, give the batcher enough ether to resolve challenges.',
  },
  ALTDA_L1: {
    cause: 'L1 did not take a transaction to the AltDA contract, or did not answer.',
    remedy: 'See the details. Check the balance of the account, and that it is the batcher of SystemConfig.',
  },
} as const satisfies ErrorCatalogue
