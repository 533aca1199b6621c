import { op, opNames, type OpName } from '@animechain/proving-machine'
import { grouped } from '../arguments.js'
import type { TakenStep } from './compare.js'

// Which instructions of flat code were stepped on L1: all that the loader can give, reads of preimages by their kind.

/** Where a step comes from: made up at an edge, or of a run. */
export type Source = 'edges' | 'program' | 'core' | 'reads'

/** Steps of one instruction. */
export interface KindCount {
  steps: Record<Source, number>
  /** those of them that trapped */
  traps: number
}

const PREIMAGE_KINDS = 5
/** words of the proof of the code leaf, and of a slot */
const [CODE_WORDS, SLOT_WORDS] = [20, 17]

/** Every instruction that a program can hold, with a kind of preimage each for those. */
export const allKinds: readonly string[] = opNames.flatMap((name) => {
  if (name === undefined) return []
  if (name !== 'preimage') return [name]
  return Array.from({ length: PREIMAGE_KINDS }, (_, kind) => `${name} ${kind}`)
})

/** Instructions that read from outside of the machine, or write to it. */
export const hostKinds = allKinds.filter((name) =>
  (['input', 'preimage', 'output'] satisfies OpName[]).some((host) => name.startsWith(host)),
)

/** An instruction's name; of a read of a preimage with its kind, the operand that is read last. */
export function nameOf({ opcode, witness: { state, proof } }: TakenStep): string {
  const name = opNames[opcode] ?? `0x${opcode.toString(16)}`
  const leaf = proof[CODE_WORDS + 3 * SLOT_WORDS]
  if (opcode !== op.preimage || leaf === undefined) return name
  const end = 2 + 16 * (((state.sp - 4) % 4) + 1)
  return `${name} ${Number(`0x${leaf.slice(end - 8, end)}`)}`
}

export const total = ({ steps }: KindCount): number => Object.values(steps).reduce((sum, n) => sum + n, 0)

/** Whether an instruction was done, and not only trapped; `unreachable` does nothing else. */
const wasDone = (name: string, count: KindCount | undefined): boolean =>
  count !== undefined && total(count) > (name === 'unreachable' ? 0 : count.traps)

/** The instructions of `kinds` that were never stepped. */
export const missing = (kinds: readonly string[], counts: ReadonlyMap<string, KindCount>): string[] =>
  kinds.filter((name) => !wasDone(name, counts.get(name)))

/** The instructions of `kinds` of which no step is of a run, so that no replayer's hash was compared. */
export const neverReplayed = (kinds: readonly string[], counts: ReadonlyMap<string, KindCount>): string[] =>
  kinds.filter((name) => {
    const count = counts.get(name)
    return count === undefined || total(count) === count.steps.edges
  })

const columns: Record<Source, string> = {
  edges: 'at edges',
  program: 'proof program',
  core: 'core tests',
  reads: 'host reads',
}

/** A line for each instruction, with a head. */
export function coverageTable(counts: ReadonlyMap<string, KindCount>): string[] {
  const row = (name: string, cells: readonly string[]) =>
    `${name.padEnd(20)}${cells.map((cell) => cell.padStart(15)).join('')}`
  const sources = Object.keys(columns) as Source[]
  return [
    row('instruction', [...sources.map((source) => columns[source]), 'trapped']),
    ...[...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { steps, traps }]) =>
        row(name, [...sources.map((source) => grouped(steps[source])), grouped(traps)]),
      ),
  ]
}
