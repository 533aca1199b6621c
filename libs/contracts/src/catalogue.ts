import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DEPLOY_FAILED: {
    cause:
      'A transaction of the deployment reverted, was not mined in time, or left no code. The message names the step.',
    remedy:
      'Check balance and fees of the deploying account, then run the deployment again: it resumes where it stopped.',
  },
  DEPLOY_PENDING: {
    cause:
      'The deploying account has transactions that L1 does not include: those of the deployment would wait behind them.',
    remedy: 'Replace or cancel the waiting transactions, or wait, then run it again.',
  },
  DEPLOY_STATE_CORRUPT: {
    cause: 'The record of the deployment is not readable: it was changed, or cut off while it was written.',
    remedy: 'Restore the file. Without a copy, remove it to deploy anew.',
  },
  DEPLOY_STATE_MISMATCH: {
    cause: 'The record is of another deployment: another L1, deployer or configuration.',
    remedy: 'Give each deployment a record of its own, or run it with the arguments it began with.',
  },
} as const satisfies ErrorCatalogue
