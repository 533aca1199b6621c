import type { Hash } from '@animechain/core'
import type { SignedAnnouncement } from './port.js'

/** Announcements kept for one number: the first, and one more in case L1 was reorganised under the sequencer. */
const PER_NUMBER = 2

/** An announced block that may be put on the chain. */
export interface Candidate extends SignedAnnouncement {
  /** heads of L1 at which it came to something else than it was announced as */
  failedAt: Set<Hash>
  /** head of L1 at which what it reads was not there */
  waitedAt: Hash | undefined
  /** times in a row that nobody had its payload, and when it is asked for again: milliseconds of a clock that nobody sets */
  misses: number
  retryAt: number
}

/** `equivocation`: another block of a number that was announced before. `full`: not kept, for there are two of its number. */
export type Taken = 'new' | 'known' | 'old' | 'equivocation' | 'full'

/** Announced blocks above the safe one, in the order in which they came. Pure but for what it keeps. */
export interface Candidates {
  readonly size: number
  /** the highest number that was announced */
  readonly highest: bigint | undefined
  /** @param safe number of the safe block, up to which nothing is kept */
  add(announcement: SignedAnnouncement, safe: bigint): Taken
  /** Of the blocks on top of this one the one that was announced first, and may be tried now. */
  next(parent: { number: bigint; hash: Hash }, at: { l1Head: Hash; now: number }): Candidate | undefined
  drop(candidate: Candidate): void
  /** Forgets what is not above the safe block. */
  prune(safe: bigint): void
  clear(): void
}

/**
 * First seen wins: where the sequencer announced two blocks on top of one, the second is looked at only after the first came to nothing.
 * @param most numbers that are kept; beyond, the lowest gives way, which L1 brings first
 */
export function candidates(most: number): Candidates {
  const byNumber = new Map<bigint, Candidate[]>()
  let safeAtPrune = -1n

  const extreme = (isBeyond: (a: bigint, b: bigint) => boolean): bigint | undefined => {
    let found: bigint | undefined
    for (const number of byNumber.keys()) if (found === undefined || isBeyond(number, found)) found = number
    return found
  }
  return {
    get size() {
      return byNumber.size
    },
    get highest() {
      return extreme((a, b) => a > b)
    },
    add(announcement, safe) {
      const { number, hash } = announcement
      if (number <= safe) return 'old'
      const kept = byNumber.get(number) ?? []
      if (kept.some((each) => each.hash === hash)) return 'known'
      if (kept.length >= PER_NUMBER) return 'full'
      byNumber.set(number, [
        ...kept,
        { ...announcement, failedAt: new Set(), waitedAt: undefined, misses: 0, retryAt: 0 },
      ])
      if (byNumber.size > most) byNumber.delete(extreme((a, b) => a < b)!)
      return kept.length > 0 ? 'equivocation' : 'new'
    },
    next({ number, hash }, { l1Head, now }) {
      const mayBeTried = ({ failedAt, waitedAt, retryAt }: Candidate) =>
        waitedAt !== l1Head && !failedAt.has(l1Head) && retryAt <= now
      return byNumber.get(number + 1n)?.find((each) => each.parentHash === hash && mayBeTried(each))
    },
    drop({ number, hash }) {
      const left = (byNumber.get(number) ?? []).filter((each) => each.hash !== hash)
      if (left.length > 0) byNumber.set(number, left)
      else byNumber.delete(number)
    },
    prune(safe) {
      if (safe === safeAtPrune) return
      safeAtPrune = safe
      for (const number of byNumber.keys()) if (number <= safe) byNumber.delete(number)
    },
    clear() {
      byNumber.clear()
      safeAtPrune = -1n
    },
  }
}
