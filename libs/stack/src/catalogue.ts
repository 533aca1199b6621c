import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DEPLOYMENT_FILE: {
    cause: 'The deployment file cannot be read, or is not what the deployment writes.',
    remedy: 'Give `--deployment` the `chain.json` of the deployment.',
  },
  DEPLOYMENT_GENESIS: {
    cause: 'The genesis block of the node is not the one of the deployment file.',
    remedy: 'Use the data folder of this chain, and the deployment file as it was written.',
  },
  NODE_FOLDER: {
    cause: 'The data folder belongs to a node of another chain or role, or its `node.json` is not readable.',
    remedy:
      'Give each node a folder of its own (`--data-dir`). Restore or remove an unreadable file as the message says.',
  },
  PROVING_THREAD: {
    cause:
      'The thread that replays disputed blocks ended before it answered, for want of memory or by a fault, or could not be started.',
    remedy:
      'Nothing at first: it is started again. If it goes on, give the process more memory (a disputed block takes up to 2 GiB) and report it.',
  },
} as const satisfies ErrorCatalogue
