import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  EXECUTION_SHADOW_BEHIND: {
    cause: 'The second engine has no state that the chain still leads to.',
    remedy: 'Start with an empty data folder to derive the chain with both engines, or without `--shadow`.',
  },
  EXECUTION_SHADOW_DIFFERENCE: {
    cause: 'The two engines do not agree on a block: one of them has a fault.',
    remedy:
      'Keep `shadow-difference.json` of the data folder and report it. Run without `--shadow` until it is known which is right; trust nothing after that block.',
  },
} as const satisfies ErrorCatalogue
