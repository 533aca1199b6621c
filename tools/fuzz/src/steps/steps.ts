import { op, opNames, status } from '@animechain/proving-machine'
import { grouped, positive, readFlags, type Output } from '../arguments.js'
import { randomFrom, type Random } from '../random.js'
import { compare, type Difference, type TakenStep } from './compare.js'
import { edgeStep } from './edgeSteps.js'
import { readable, type Readable } from './hostReads.js'
import { l1Prover, type L1Prover } from './l1Prover.js'
import { blockProgram, generatedBlock, realSteps } from './realSteps.js'

export const STEPS_HELP = `Takes steps of the machine in TypeScript and on a real L1, and compares the hashes of the states after them.

  npm run steps -- [--real <n>] [--edges <n>] [--seed <n>]

  --real   steps of the proof program on generated blocks (default 100,000)
  --edges  generated steps where something ends: the stack, the memory, a leaf, a number, the data (default 10,000)
  --seed   of the numbers that decide everything (default 1)

One witness out of eight is sent once more, with a bit, a byte or a word changed, and must be refused. Prints how often each instruction was taken and how often it
trapped. Exit code: 0 when nothing differs, 1 when something does.
`

/** Steps that are asked for at once. */
const BATCH = 500
/** Steps of a block that are looked at; the next ones are of another block. */
const STEPS_OF_A_BLOCK = 5_000
/** Steps that a run makes for one that is looked at. */
const EVERY = 400
/** Edges between which the data that they read stays the same. */
const EDGES_OF_ONE_HOST = 1_000
const MAX_SHOWN = 20

/** What was compared so far. */
export interface Tally {
  steps: number
  mutated: number
  /** by instruction, reads of preimages by their kind: steps, and those of them that trapped */
  byName: Map<string, { steps: number; traps: number }>
  differences: Difference[]
}

export const newTally = (): Tally => ({ steps: 0, mutated: 0, byName: new Map(), differences: [] })

/** words of the proof of the code leaf, and of a slot */
const [CODE_WORDS, SLOT_WORDS] = [20, 17]

/** An instruction's name; of a read of a preimage with its kind, the operand that is read last. */
function nameOf({ opcode, witness: { state, proof } }: TakenStep): string {
  const name = opNames[opcode] ?? `0x${opcode.toString(16)}`
  const leaf = proof[CODE_WORDS + 3 * SLOT_WORDS]
  if (opcode !== op.preimage || leaf === undefined) return name
  const end = 2 + 16 * (((state.sp - 4) % 4) + 1)
  return `${name} ${Number(`0x${leaf.slice(end - 8, end)}`)}`
}

/** Compares steps as they come, many at a time. */
async function compareAll(
  l1: L1Prover,
  random: Random,
  steps: Iterable<TakenStep>,
  tally: Tally,
): Promise<void> {
  let waiting: TakenStep[] = []
  const flush = async () => {
    const { mutated, differences } = await compare(l1, waiting, random)
    tally.steps += waiting.length
    tally.mutated += mutated
    tally.differences.push(...differences)
    waiting = []
  }
  for (const step of steps) {
    const name = nameOf(step)
    const seen = tally.byName.get(name) ?? { steps: 0, traps: 0 }
    tally.byName.set(name, {
      steps: seen.steps + 1,
      traps: seen.traps + (step.next.status === status.trapped ? 1 : 0),
    })
    waiting.push(step)
    if (waiting.length === BATCH) await flush()
  }
  if (waiting.length > 0) await flush()
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const item of items) {
    if (left-- <= 0) return
    yield item
  }
}

function* edges(random: Random, data: Readable, count: number): Generator<TakenStep> {
  for (let i = 0; i < count; i++) yield edgeStep(random, data)
}

/** Compares so many generated steps. */
export async function compareEdges(l1: L1Prover, seed: number, count: number, tally: Tally): Promise<void> {
  for (let done = 0; done < count; done += EDGES_OF_ONE_HOST) {
    const random = randomFrom(seed + done)
    const data = await readable(random, l1, 30)
    await compareAll(l1, random, edges(random, data, Math.min(EDGES_OF_ONE_HOST, count - done)), tally)
  }
}

/** Compares so many steps of runs of the proof program. */
export async function compareReal(
  l1: L1Prover,
  seed: number,
  count: number,
  tally: Tally,
  { every = EVERY, ofABlock = STEPS_OF_A_BLOCK } = {},
): Promise<void> {
  const program = await blockProgram()
  const before = tally.steps
  for (let block = 0; tally.steps - before < count; block++) {
    const random = randomFrom(seed + block)
    const witness = await generatedBlock(random)
    const steps = realSteps(program, witness, random, { every, most: Infinity })
    await compareAll(l1, random, take(steps, Math.min(ofABlock, count - (tally.steps - before))), tally)
  }
}

function describe({ step, mutation, expected, got }: Difference): string {
  const { pc, sp, fp, pages } = step.witness.state
  const name = opNames[step.opcode] ?? `opcode ${step.opcode}`
  const changed = mutation === undefined ? '' : `, with ${mutation} changed`
  return `${name} at pc ${pc}, sp ${sp}, fp ${fp}, ${pages} pages${changed}: expected ${expected}, got ${got}`
}

/** `npm run steps` */
export async function steps(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, ['--real', '--edges', '--seed'])
  const seed = positive(flags, '--seed') ?? 1
  const tally = newTally()
  const l1 = await l1Prover()
  try {
    await compareEdges(l1, seed, positive(flags, '--edges') ?? 10_000, tally)
    output.line(`${grouped(tally.steps)} steps at edges, ${tally.differences.length} differences`)
    await compareReal(l1, seed, positive(flags, '--real') ?? 100_000, tally)
  } finally {
    await l1.stop()
  }
  for (const [name, { steps: taken, traps }] of [...tally.byName].sort(([a], [b]) => (a < b ? -1 : 1)))
    output.line(`${name.padEnd(24)}${grouped(taken).padStart(10)}, ${grouped(traps)} trapped`)
  for (const difference of tally.differences.slice(0, MAX_SHOWN)) output.error(describe(difference))
  const { steps: compared, mutated, differences } = tally
  output.line(
    `${grouped(compared)} steps, ${grouped(mutated)} changed witnesses, seed ${seed}, ${differences.length} differences`,
  )
  return differences.length === 0 ? 0 : 1
}
