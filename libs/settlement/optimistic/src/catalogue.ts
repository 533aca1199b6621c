import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  SETTLEMENT_L1_UNREADABLE: {
    cause: 'The L1 endpoint is not there, does not answer in time, or answers with an error.',
    remedy:
      'Check that the endpoint of `--l1-rpc-url` runs and lets this machine call it. The node goes on by itself when it answers.',
  },
  SETTLEMENT_NO_CONTRACT: {
    cause: 'There is no code at the address of the inbox.',
    remedy:
      'Use the L1 of the deployment file, and the deployment file of this L1. After a reset of L1 deploy again.',
  },
  SETTLEMENT_NO_KEY: {
    cause: 'A transaction is to be sent to L1 and no key was given for its role.',
    remedy:
      'Give the key: `--batcher-key`, `--proposer-key` or `--challenger-key`, or `accounts` in a program.',
  },
  SETTLEMENT_WRONG_CHAIN: {
    cause: 'The L1 endpoint has another chain id than the deployment.',
    remedy: 'Correct `--l1-rpc-url` or `--deployment`.',
  },
} as const satisfies ErrorCatalogue
