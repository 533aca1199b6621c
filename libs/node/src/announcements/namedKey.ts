import { steadyTime, type Address, type Clock, type Logger, type Settlement } from '@animechain/core'

/** How long the key that L1 names is taken for the one that it still names. milliseconds */
const FRESH_MS = 10_000
/** Least time between two questions to L1, whatever is signed by whomever. milliseconds */
const LEAST_MS = 2_000

/** Whether a key is the one that announces blocks, by what L1 names. */
export interface NamedKey {
  /** undefined: L1 did not say yet */
  is(key: Address): Promise<boolean | undefined>
  /** as last seen */
  readonly key: Address | undefined
}

/**
 * Follows the key that L1 names. It is asked again every ten seconds while announcements come, and sooner when another key signs: a change is seen with the first
 * announcement after it. While L1 does not answer, the last answer holds.
 */
export function namedKey({
  settlement,
  clock,
  logger,
}: {
  settlement: Pick<Settlement, 'sequencer'>
  clock: Clock
  logger: Logger
}): NamedKey {
  let named: Address | undefined
  let askedAt = -Infinity
  let asking: Promise<void> | undefined

  async function ask(): Promise<void> {
    askedAt = steadyTime(clock)
    try {
      const next = (await settlement.sequencer!()).toLowerCase() as Address
      if (named !== undefined && next !== named)
        logger.warn('L1 names another key for block announcements', { before: named, now: next })
      named = next
    } catch (error) {
      logger.debug('L1 did not name the key for block announcements', { error: String(error) })
    }
  }
  const refresh = () => (asking ??= ask().finally(() => (asking = undefined)))

  return {
    get key() {
      return named
    },
    async is(key) {
      const isNamed = () => named !== undefined && named === key.toLowerCase()
      const ageMs = steadyTime(clock) - askedAt
      if (asking || ageMs > (isNamed() ? FRESH_MS : LEAST_MS)) await refresh()
      return named === undefined ? undefined : isNamed()
    },
  }
}
