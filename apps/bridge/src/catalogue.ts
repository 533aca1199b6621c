import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  BRIDGE_FEES: {
    cause: 'Fees of L1 are above what the command pays.',
    remedy: 'Try again when they are lower.',
  },
  BRIDGE_NOTHING_TO_FORCE: {
    cause:
      'The inbox takes no forced batch now: nothing waits, or not for long enough. The message has what it said.',
    remedy: 'Wait until a deposit is older than the force-inclusion delay.',
  },
  BRIDGE_NO_BATCH: {
    cause: 'There is no batch on L1, so there is no output to assert.',
    remedy: 'Wait for the first batch, or force one: `animechain-bridge force`.',
  },
  BRIDGE_NO_WITHDRAWAL: {
    cause: 'The transaction on L2 makes no withdrawal: L1 owes nothing for it.',
    remedy: 'Check the hash and the chain of `--l2-rpc-url`, and that the transaction succeeded.',
  },
  BRIDGE_REFUSED: {
    cause: 'L1 refused the transaction of the command. The message has the reason.',
    remedy: 'Correct what the reason names.',
  },
  BRIDGE_REVERTED: {
    cause: 'A transaction of the transfer was included and reverted.',
    remedy:
      'Look at the transaction: allowance, balance, and whether the receiver takes what is sent. After a deposit the ether is with the sender on L2, or its alias.',
  },
  BRIDGE_TIMEOUT: {
    cause: 'The withdrawal was not complete within `--timeout`. Nothing is lost.',
    remedy:
      'Go on with `animechain-bridge status <transaction>`, or raise `--timeout`: the challenge period may be a week.',
  },
} as const satisfies ErrorCatalogue
