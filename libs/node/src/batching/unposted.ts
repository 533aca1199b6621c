import type { Clock, InboxRules, Settlement } from '@animechain/core'
import { stopwatch } from '@animechain/runtime'
import type { ChainStore } from '../chain/store.js'
import type { ProgressFacts } from '../progress.js'
import type { BatcherOptions } from '../types.js'
import { MAX_AGE_SECONDS } from './context.js'

/** Watches for how long the oldest block that L1 does not have has been waiting. */
export interface UnpostedBlocks {
  /** How long it has waited by now, and how long it may. */
  age(): NonNullable<ProgressFacts['unposted']>
  /** The inbox's; undefined before the first look. */
  readonly rules: InboxRules | undefined
  /** To be called now and then: a block waits from the look that finds it. */
  look(): Promise<void>
}

/** For how long a block may wait on purpose, milliseconds: the ceiling on fees falls away at half of the delay. */
export const allowedMs = (
  { maxAgeSeconds = MAX_AGE_SECONDS, maxIdleAgeSeconds = maxAgeSeconds }: BatcherOptions,
  rules: Pick<InboxRules, 'forceDelaySeconds'> | undefined,
): number => Math.max(maxAgeSeconds, maxIdleAgeSeconds, (rules?.forceDelaySeconds ?? Infinity) / 2) * 1000

export function unpostedBlocks(
  { store, settlement, clock }: { store: ChainStore; settlement: Settlement; clock: Clock },
  options: BatcherOptions,
): UnpostedBlocks {
  const since = stopwatch(clock)
  let oldest: bigint | undefined
  let rules: InboxRules | undefined
  const age = () => {
    const block = store.head('safe').number + 1n
    if (block > store.head('latest').number || block !== oldest) since.restart()
    oldest = block
    return { block, ageMs: since.elapsed(), allowedMs: allowedMs(options, rules) }
  }
  return {
    age,
    get rules() {
      return rules
    },
    async look() {
      rules ??= await settlement.rules()
      age()
    },
  }
}
