/** Where a challenge stands, as `IAvailabilityChallenge.Status` counts. */
export const status = { none: 0, opened: 1, drawn: 2, closed: 3 } as const

/** Blocks back to which L1 knows hashes: a leaf is drawn within them. */
const KNOWN_BLOCKS = 256n
/** Seconds over which spending is bounded. */
export const DAY = 86_400n

/** What a challenge shows of how far it is. */
export interface Standing {
  status: number
  drawBlock: bigint
  openedAt: bigint
  deadline: bigint
}

/** What a challenger does next: `wait`s for L1's clock, `draw`s the leaf, ends what nobody drew (`expire`) or answered (`fail`), or is `done`. */
export type Move = 'wait' | 'draw' | 'expire' | 'fail' | 'done'

/** The next move in a challenge at a block of L1, number and time in seconds. Pure. */
export function nextMove(
  { status: at, drawBlock, openedAt, deadline }: Standing,
  now: { number: bigint; timestamp: bigint },
  drawTime: bigint,
): Move {
  if (at === status.opened) {
    // A transaction is in a later block than the newest one, which has to know the hash still.
    const isLate = now.number + 1n > drawBlock + KNOWN_BLOCKS || now.timestamp > openedAt + drawTime
    return isLate ? 'expire' : now.number >= drawBlock ? 'draw' : 'wait'
  }
  if (at === status.drawn) return now.timestamp > deadline ? 'fail' : 'wait'
  return 'done'
}

/** `count` of the items by chance, each at most once: `below(n)` is a random number from 0 to n - 1. */
export function sampled<T>(items: readonly T[], count: number, below: (n: number) => number): T[] {
  const left = [...items]
  const taken: T[] = []
  while (taken.length < count && left.length > 0) {
    const at = below(left.length)
    taken.push(left[at]!)
    left[at] = left.at(-1)!
    left.pop()
  }
  return taken
}

/** Wei that were put into challenges within a day before `now`, seconds. */
export const spentWithin = (records: readonly { at: bigint; cost: bigint }[], now: bigint): bigint =>
  records.reduce((sum, { at, cost }) => (at + DAY > now ? sum + cost : sum), 0n)
