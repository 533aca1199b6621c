import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  PROVING_STORE: {
    cause: 'What was kept on disk for a dispute is damaged, or was written by another version.',
    remedy: 'Delete the directory of the disputes: all of it is computed again from the chain.',
  },
  PROVING_PROGRAM_DIFFERS: {
    cause:
      'The proof program gives another output root for a block than the node, does not end, or is not the one that L1 proves. Nothing can be defended then.',
    remedy:
      'Check that program, chain configuration and contracts belong together, and the memory of the machine. If they do, report it: a claim could be wrong that looks right.',
  },
  PROVING_INPUTS_MISSING: {
    cause: 'The node does not have what the program reads for a disputed block.',
    remedy:
      'Keep states, batches and blobs for as long as a dispute can last; sync the node again if they are gone.',
  },
  PROVING_L1_REORGED: {
    cause: 'L1 reorganised while its state was read.',
    remedy: 'Nothing: it is read again.',
  },
} as const satisfies ErrorCatalogue
