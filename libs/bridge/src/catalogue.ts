import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  BRIDGE_STEP_REVERTED: {
    cause: 'A proving or finalising transaction of the relayer reverted on L1.',
    remedy:
      'None at first: the bridge looks again and repeats the step. If it goes on, the status of the withdrawal says why, and its owner can finish it with `animechain-bridge`.',
  },
  BRIDGE_WITHDRAWAL_GONE: {
    cause: 'After a reorg the transaction on L2 no longer makes this withdrawal.',
    remedy: 'Look whether the transaction is in the chain again; otherwise send the withdrawal again.',
  },
  BRIDGE_WRONG_CHAIN: {
    cause: 'The endpoint of L1 or L2 has another chain id than the deployment.',
    remedy: 'Correct `--l1-rpc-url`, `--l2-rpc-url` or `--deployment`.',
  },
} as const satisfies ErrorCatalogue
