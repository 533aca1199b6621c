import { pair, type Hash, type Hashing } from './hashing.js'

/** Leaves from `start` on, up to the next run's start or the end. */
export interface Run {
  readonly start: number
  readonly leaf: Hash
}

/** A Merkle tree over 2^height leaves that are given as runs of equal ones: nodes are made when they are asked for, so that 2^20 leaves cost what their runs do. */
export interface Commitment {
  readonly height: number
  readonly runs: readonly Run[]
  readonly root: Hash
  /** The node at a height and position. */
  node(height: number, position: number): Hash
  leaf(index: number): Hash
  /** Siblings of the last leaf below a node, from the leaf up. */
  lastSiblings(height: number, position: number): readonly Hash[]
}

/** @throws RangeError unless the runs ascend from 0 and lie within the tree. */
export function commitment(hashing: Hashing, height: number, runs: readonly Run[]): Commitment {
  const isOrdered = runs.every(({ start }, i) => (i === 0 ? start === 0 : start > runs[i - 1]!.start))
  if (runs.length === 0 || !isOrdered || runs.at(-1)!.start >= 2 ** height)
    throw new RangeError(
      `Expected runs that ascend from 0 within 2^${height} leaves, got ${runs.map(({ start }) => start)}.`,
    )
  const nodes = new Map<number, Hash>()
  const uniform = new Map<Hash, Hash[]>()

  /** The last run that starts at or before a leaf. */
  const runAt = (index: number): number => {
    let low = 0
    let high = runs.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (runs[middle]!.start <= index) low = middle
      else high = middle - 1
    }
    return low
  }
  const uniformNode = (leaf: Hash, at: number): Hash => {
    let known = uniform.get(leaf)
    if (known === undefined) uniform.set(leaf, (known = [leaf]))
    while (known.length <= at) known.push(pair(hashing, known.at(-1)!, known.at(-1)!))
    return known[at]!
  }
  const node = (at: number, position: number): Hash => {
    const first = runAt(position * 2 ** at)
    const next = runs[first + 1]
    if (next === undefined || next.start >= (position + 1) * 2 ** at)
      return uniformNode(runs[first]!.leaf, at)
    const key = 2 ** (height - at) + position
    let known = nodes.get(key)
    if (known === undefined) {
      known = pair(hashing, node(at - 1, 2 * position), node(at - 1, 2 * position + 1))
      nodes.set(key, known)
    }
    return known
  }
  return {
    height,
    runs,
    root: node(height, 0),
    node,
    leaf: (index) => runs[runAt(index)]!.leaf,
    lastSiblings: (at, position) =>
      Array.from({ length: at }, (_, i) => node(i, (position + 1) * 2 ** (at - i) - 2)),
  }
}

/** The runs with those of `other` from leaf `from` on, up to leaf `until` (not included). */
export function spliceRuns(
  runs: readonly Run[],
  from: number,
  until: number,
  other: readonly Run[],
): readonly Run[] {
  const resumed = runs.filter(({ start }) => start <= until).at(-1)!
  const spliced = [
    ...runs.filter(({ start }) => start < from),
    ...other,
    { start: until, leaf: resumed.leaf },
    ...runs.filter(({ start }) => start > until),
  ]
  return spliced.filter(({ leaf }, i) => i === 0 || leaf !== spliced[i - 1]!.leaf)
}
