import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  PROVING_INVALID_DISPUTE: {
    cause: 'The blocks of a dispute do not end where its assertion does.',
    remedy: 'Give the blocks from the agreed parent up to the block of the assertion.',
  },
  PROVING_NOT_DETERMINISTIC: {
    cause: 'Executing a block again gives another hash or output than before.',
    remedy: 'Check the memory of the machine and that the same engine and version ran both times. Report it.',
  },
} as const satisfies ErrorCatalogue
