import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DEPLOY_FUNDS: {
    cause: 'The deploying account has less ether than the rest of the deployment costs at the fees of now.',
    remedy: 'Send it more, twice as much for fees that rise meanwhile, and run the command again.',
  },
  DEPLOY_L1: {
    cause:
      'The L1 endpoint is of another chain, or lacks something that a rollup needs of its L1. The message names it.',
    remedy: 'Correct `--l1-rpc-url` or `--l1-chain-id`, or take an endpoint that has it.',
  },
  DEPLOY_NOT_FINAL: {
    cause: 'The last block of the deployment did not become as final as asked for within the time for it.',
    remedy: 'Run the command again: it goes on waiting, and sends nothing twice.',
  },
  DEPLOY_VERIFY: {
    cause: 'A fact that was read back from L1 differs from the configuration. The message lists them.',
    remedy:
      'Check whether the owner changed it since, or the file is of another deployment. Do not run a chain on it before you know.',
  },
} as const satisfies ErrorCatalogue
