import type { From } from '@animechain/runtime'

/** Every read begins as a short one and may become a long one, then one of the longest. */
export const SHORT = 0
export const LONG = 1
export const LONGEST = 2
export type Tier = typeof SHORT | typeof LONG | typeof LONGEST

/** What of a read that runs decides which place it has. */
export interface Placed {
  from: From
  /** Which places it is in, or waits for. */
  tier: Tier
  /** It has had its slice as a long read: it goes on until another one needs its place. */
  overdue: boolean
  /** asked to end, to begin again later */
  preempted: boolean
}

/** Which reads may run beside those that do. */
export interface Places<W extends Placed> {
  /** Whether nothing runs in places of a tier or a longer one. */
  isEmpty(tier: Tier): boolean
  /** Whether a read of this tier has a place, whoever's it is. */
  isFree(tier: Tier): boolean
  /** Whether a read of this client may take a place; `own`: where it is by now. */
  mayRun(tier: Tier, client: string, own?: Tier): boolean
  /** The read whose place a long one of this client can have, if that is what it lacks. */
  replaceable(client: string): W | undefined
}

/** One thread is kept for short reads, one place for the long reads of others, and one for those that are not among the longest. */
export function places<W extends Placed>(threads: number, running: ReadonlyMap<unknown, W>): Places<W> {
  const placesOf = (tier: Tier) => Math.max(1, threads - tier)
  const placesOfClient = (tier: Tier) => Math.max(1, threads - tier - 1)
  /** Those in places of a tier or a longer one, without those that are giving them up. */
  const inPlaces = (tier: Tier, client?: string) => {
    let count = 0
    for (const work of running.values())
      if (work.tier >= tier && !work.preempted && (client === undefined || work.from.client === client))
        count++
    return count
  }
  const hasPlace = (tier: Tier, client: string, own: Tier) =>
    inPlaces(tier) - (own >= tier ? 1 : 0) < placesOf(tier) &&
    inPlaces(tier, client) - (own >= tier ? 1 : 0) < placesOfClient(tier)
  return {
    isEmpty: (tier) => inPlaces(tier) === 0,
    isFree: (tier) => inPlaces(tier) < placesOf(tier),
    mayRun: (tier, client, own = SHORT) =>
      hasPlace(LONG, client, own) && (tier < LONGEST || hasPlace(LONGEST, client, own)),
    replaceable(client) {
      const ofClient = inPlaces(LONG, client) >= placesOfClient(LONG)
      for (const work of running.values())
        if (work.overdue && !work.preempted && (!ofClient || work.from.client === client)) return work
      return undefined
    },
  }
}
