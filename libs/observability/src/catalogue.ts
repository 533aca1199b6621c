import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  CONFIG_INVALID: {
    cause:
      'One or more settings will not do. The message lists each with its source, what was expected and what came.',
    remedy: 'Correct them as the message says; `--help` lists all settings.',
  },
  CONFIG_TABLE: {
    cause:
      'A table of settings contradicts itself: two rows with one flag, or a default that is not of its type.',
    remedy: 'Correct the table: a fault of the program that defines it.',
  },
  HEALTH_LISTEN: {
    cause: 'The port of health and metrics cannot be opened.',
    remedy: 'Give another `--metrics-port`, or 0 for any free one; below 1024 a process needs the right to.',
  },
  METRIC_TYPE: {
    cause: 'Two parts of a program register one metric name with two types.',
    remedy: 'Rename one: a fault of the program.',
  },
} as const satisfies ErrorCatalogue
