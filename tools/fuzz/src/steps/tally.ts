import { opNames, status } from '@animechain/proving-machine'
import type { Random } from '../random.js'
import { compare, type Difference, type TakenStep } from './compare.js'
import { nameOf, type KindCount, type Source } from './coverage.js'
import type { L1Prover } from './l1Prover.js'

/** Steps that are asked for at once. */
const BATCH = 500

/** What was compared so far. */
export interface Tally {
  steps: number
  /** those of them that have the replayer's hash */
  replayed: number
  mutated: number
  /** by instruction, reads of preimages by their kind */
  byName: Map<string, KindCount>
  differences: Difference[]
}

export const newTally = (): Tally => ({
  steps: 0,
  replayed: 0,
  mutated: 0,
  byName: new Map(),
  differences: [],
})

function count(tally: Tally, source: Source, step: TakenStep): void {
  const name = nameOf(step)
  const seen = tally.byName.get(name) ?? { steps: { edges: 0, program: 0, core: 0, reads: 0 }, traps: 0 }
  seen.steps[source]++
  if (step.next.status === status.trapped) seen.traps++
  tally.byName.set(name, seen)
  tally.steps++
  if (step.hash !== undefined) tally.replayed++
}

/** Compares steps as they come, many at a time. */
export async function compareAll(
  l1: L1Prover,
  random: Random,
  source: Source,
  steps: Iterable<TakenStep> | AsyncIterable<TakenStep>,
  tally: Tally,
): Promise<void> {
  let waiting: TakenStep[] = []
  const flush = async () => {
    const { mutated, differences } = await compare(l1, waiting, random)
    tally.mutated += mutated
    tally.differences.push(...differences)
    waiting = []
  }
  for await (const step of steps) {
    count(tally, source, step)
    waiting.push(step)
    if (waiting.length === BATCH) await flush()
  }
  if (waiting.length > 0) await flush()
}

export function* take<T>(items: Iterable<T>, most: number): Generator<T> {
  let left = most
  if (left <= 0) return
  for (const item of items) {
    yield item
    if (--left <= 0) return
  }
}

export function describe({ step, mutation, expected, got }: Difference): string {
  const { pc, sp, fp, pages } = step.witness.state
  const name = opNames[step.opcode] ?? `opcode ${step.opcode}`
  const changed = mutation === undefined ? '' : `, ${mutation}`
  return `${name} at pc ${pc}, sp ${sp}, fp ${fp}, ${pages} pages${changed}: expected ${expected}, got ${got}`
}
