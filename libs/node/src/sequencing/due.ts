import type { DepositEntry } from '@animechain/core'

/** Why no block is built although one is due. */
export type BuildStop =
  /** Not every batch of L1 is applied, and L1 is being read: what to build on will be known. */
  | 'notCaughtUp'
  | 'tooManyUnsafe'
  /** The newest block is too far ahead of time. */
  | 'clock'

export interface UnsafeFacts {
  /** blocks that L1 does not have */
  ahead: bigint
  maxUnsafeBlocks: number
  /** timestamp of the newest block, seconds */
  parentTimestamp: bigint
  /** timestamp of L1's newest block, seconds */
  l1Timestamp: bigint
  /** The inbox's, once it is known. seconds */
  maxLagSeconds: number | undefined
}

/** Whether too many blocks wait for L1. Not when the newest will soon be too old to end a batch: then another is due, however many wait. */
export function areTooManyUnsafe(facts: UnsafeFacts): boolean {
  const { ahead, maxUnsafeBlocks, parentTimestamp, l1Timestamp, maxLagSeconds } = facts
  const isAging = maxLagSeconds !== undefined && l1Timestamp > parentTimestamp + BigInt(maxLagSeconds) / 2n
  return ahead >= BigInt(maxUnsafeBlocks) && !isAging
}

export interface WantedFacts {
  emptyBlocks: 'always' | 'whenTransactions'
  maxIdleSeconds: number
  /** since the block before, seconds */
  idleSeconds: bigint
  hasTransactions: boolean
  /** that the block reads */
  entries: readonly Pick<DepositEntry, 'kind'>[]
}

/** Whether a block is wanted: someone waits for it, or it was quiet for long enough. */
export const isWanted = (facts: WantedFacts): boolean =>
  facts.emptyBlocks === 'always' ||
  facts.idleSeconds >= BigInt(facts.maxIdleSeconds) ||
  facts.hasTransactions ||
  facts.entries.some((entry) => entry.kind === 0)

/** Milliseconds until the next block, after so many of this step. Never longer than `blockTime`, also when the clock was set back meanwhile. */
export const untilNext = (blockTime: number, tookMs: number): number =>
  Math.max(0, blockTime - Math.max(0, tookMs))
