import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  VAULT_BAD_COLLECTION: {
    cause: 'The folder that `vault audit` is to look at, or to write to, is not as expected.',
    remedy: 'Collect into a new folder: `vault audit --collect <folder>`.',
  },
  VAULT_CHALLENGE_REFUSED: {
    cause:
      'L1 did not take a transaction of `vault committee challenge`, or the endpoint is that of another chain.',
    remedy: 'The message says why. What was begun is gone on with by the next run.',
  },
  VAULT_CHALLENGE_UNSEEN: {
    cause:
      'A transaction of `vault committee challenge` was not seen in a block of L1: the endpoint does not answer, or fees rose.',
    remedy: 'Run the command again: it finds what was mined, and goes on.',
  },
  VAULT_FILE_EXISTS: {
    cause: 'A file that must not be written over is there.',
    remedy: 'Move it away, or name another.',
  },
  VAULT_KEY_FILE: {
    cause:
      'The key file is not there, others may read it, it is encrypted and there is no passphrase, or another one.',
    remedy: 'The message says which. `vault init` makes a key file where there is none.',
  },
  VAULT_NO_CHALLENGES: {
    cause: 'The committee file does not say where storage nodes are challenged on L1.',
    remedy:
      'Add `availabilityChallenge`, and for batches `inbox` and `adapter`, as the deployment file of the chain names them.',
  },
  VAULT_NO_ETHER: {
    cause: 'A project is a transaction on L2, and the account of the key file has no ether there.',
    remedy: 'Send it some, then run `vault init` again.',
  },
  VAULT_NO_FILE: {
    cause: 'A file that the command line names cannot be read.',
    remedy: 'Check the path and who may read it.',
  },
} as const satisfies ErrorCatalogue
