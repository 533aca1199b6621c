import type { InboxRules } from '@animechain/core'

/** Seconds in which the fee ceiling doubles while blocks wait. */
const CEILING_DOUBLES_SECONDS = 300
/** A refused batch is tried again with this part of its blocks, down to one. */
const SHRINK = 4

/** What waits to be posted. */
export interface Waiting {
  /** raw, counted up to what decides */
  bytes: number
  /** Whether neither a transaction nor a deposit of a user is in it. */
  idle: boolean
  /** of the oldest block, seconds */
  age: number
  blocks: number
}

export interface DueBounds {
  maxAgeSeconds: number
  maxIdleAgeSeconds: number
  /** encoded bytes at which a batch is posted at once */
  target: number
  /** encoded bytes for each raw byte, as last seen */
  ratio: number
  rules: Pick<InboxRules, 'maxBlocksPerBatch' | 'forceDelaySeconds'>
}

/** Whether what waits is to be posted: it is old, much, or as many blocks as one batch takes. docs/spec/node.md, "Posting" */
export function isDue({ bytes, idle, age, blocks }: Waiting, bounds: DueBounds): boolean {
  const { maxAgeSeconds, maxIdleAgeSeconds, target, ratio, rules } = bounds
  if (blocks >= rules.maxBlocksPerBatch) return true
  // Not longer than half of the delay: deposits that are overdue could be forced past the blocks that wait.
  const idleAge = Math.max(maxAgeSeconds, Math.min(maxIdleAgeSeconds, rules.forceDelaySeconds / 2))
  return age >= (idle ? idleAge : maxAgeSeconds) || bytes * ratio >= target
}

/** The ceiling on a fee, wei, rises while blocks wait and is gone at half of the time after which deposits are forced. */
export function feeCeiling(
  limit: bigint | undefined,
  ageSeconds: number,
  forceDelaySeconds: number,
): bigint | undefined {
  if (limit === undefined || ageSeconds >= forceDelaySeconds / 2) return undefined
  return (limit * BigInt(Math.round(1000 * 2 ** (ageSeconds / CEILING_DOUBLES_SECONDS)))) / 1000n
}

/** What the inbox refused of the batch that begins with `block`. */
export interface Refusal {
  block: bigint
  /** blocks of the next try; undefined: as many as fit */
  maxBlocks: number | undefined
  /** Whether the largest batch ended before the newest block: what lies behind cannot be posted with it. */
  fellShort: boolean
}

/**
 * After a refusal: fewer blocks, down to one. When not even one was taken, `force` says that no batch will be: the largest falls short of a block that the
 * inbox insists on, because that reads an overdue deposit or is young enough. The next try is whole again, in any case.
 */
export function afterRefusal(
  before: Refusal | undefined,
  { first, blockCount, head }: { first: bigint; blockCount: number; head: bigint },
): { refused: Refusal | undefined; force: boolean } {
  const known = before?.block === first ? before : undefined
  const fellShort = known?.fellShort ?? first + BigInt(blockCount) - 1n < head
  if (blockCount === 1) return { refused: undefined, force: fellShort }
  return { refused: { block: first, maxBlocks: Math.ceil(blockCount / SHRINK), fellShort }, force: false }
}
