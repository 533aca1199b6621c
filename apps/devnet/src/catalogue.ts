import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DEVNET_DIRECTORY: {
    cause: 'The folder of the devnet is in use, damaged, of another chain, or not writable.',
    remedy: 'Stop the other devnet, start with `--reset` to begin anew, or choose another `--directory`.',
  },
  DEVNET_PORT: {
    cause: 'A port is taken, or two flags ask for one.',
    remedy: 'Stop what listens there, or give the flag in the message another port; 0 takes any.',
  },
  DEVNET_PROGRAM: {
    cause: 'A program of the devnet ended or did not answer in time.',
    remedy: 'See its log, whose path is in the message.',
  },
  DEVNET_COMMITTEE: {
    cause: 'The committee of the private store could not be formed on L1.',
    remedy: 'Start with `--reset`: the contracts of the folder may have been deployed without the store.',
  },
  DEVNET_NETWORK: {
    cause: 'The verifiers of the devnet could not join the network on L1.',
    remedy: 'Start with `--reset`: the contracts of the folder may have been deployed without the network.',
  },
} as const satisfies ErrorCatalogue
