import type { Hardfork } from '@animechain/core'

/** Forks as the guest numbers them. */
export const forkNumbers: Record<Hardfork, number> = { cancun: 0, prague: 1, osaka: 2 }
