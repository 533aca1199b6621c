import { InvalidInputError, type Address } from '@animechain/core'

/** Signers of a certificate at most: the largest set of active members. */
export const maxSigners = 64

/** A cap of this many parts per million is none. */
export const millionParts = 1_000_000n

/** An active member at an epoch, as the registry has it. */
export interface ActiveMember {
  /** its hot key at that epoch */
  key: Address
  /** wei */
  stake: bigint
}

/** Weights of an epoch. Keys are in lower case. */
export interface EpochWeights {
  epoch: bigint
  /** sum of all weights, wei */
  total: bigint
  /** of each active member's key, wei */
  of: ReadonlyMap<Address, bigint>
}

/**
 * Weights of the active members: `min(stake, floor(sum of stakes · cap / 1,000,000))`.
 * @param cap parts per million; 1,000,000: none
 * @throws {InvalidInputError} for a cap out of range, a negative stake or a key that comes twice
 */
export function weightsOf(epoch: bigint, members: readonly ActiveMember[], cap: bigint): EpochWeights {
  if (cap < 1n || cap > millionParts)
    throw new InvalidInputError('cap', '1 to 1,000,000 parts per million', cap)
  let stakes = 0n
  for (const { stake } of members) {
    if (stake < 0n) throw new InvalidInputError('stake', 'wei from 0 on', stake)
    stakes += stake
  }
  const most = (stakes * cap) / millionParts
  const of = new Map<Address, bigint>()
  let total = 0n
  for (const { key, stake } of members) {
    const at = key.toLowerCase() as Address
    if (of.has(at)) throw new InvalidInputError('members', 'each key once', key)
    const weight = stake < most ? stake : most
    of.set(at, weight)
    total += weight
  }
  return { epoch, total, of }
}

/** Whether a weight is two thirds of the total, or more: `3 · weight >= 2 · total`, exactly; never of nothing. */
export const isQuorum = (weight: bigint, total: bigint): boolean => total > 0n && 3n * weight >= 2n * total

/** The least weight that {@link isQuorum | is a quorum}: two thirds of the total, rounded up. */
export const quorumOf = (total: bigint): bigint => (2n * total + 2n) / 3n

/** How L1 counts epochs of stake. Both are seconds. */
export interface EpochRules {
  epochStart: bigint
  epochLength: bigint
}

/**
 * Epoch of a time of L1, counted from 1; 0 before the first.
 * @throws {InvalidInputError} for a length below 1 s
 */
export function epochAt(time: bigint, { epochStart, epochLength }: EpochRules): bigint {
  if (epochLength < 1n) throw new InvalidInputError('epochLength', 'seconds from 1 on', epochLength)
  return time < epochStart ? 0n : (time - epochStart) / epochLength + 1n
}
