import { isBaseError } from '@animechain/core'
import {
  checkStep,
  loadProgram,
  Machine,
  status,
  stateHash,
  type L1Checks,
} from '../../../libs/proving/machine/src/index.js'
import { compare } from '../../../libs/proving/machine/test/compare.js'
import { fuzzCalls, fuzzModule } from '../../../libs/proving/machine/test/fuzzModule.js'
import { replaySeed } from '../../../libs/proving/machine/test/replaySeed.js'
import { grouped, positive, readFlags, type Output } from './arguments.js'
import { mutate } from './mutate.js'
import { randomFrom, type Random } from './random.js'

export const MACHINE_HELP = `Runs random WebAssembly programs on V8 and on the proving machine, proves steps of them, replays them, and loads mutated modules.

  npm run machine -- [--programs <n>] [--minutes <n>] [--seed <n>]

  --programs  how many (default 2,000)
  --minutes   instead: for so long
  --seed      of the first program; the next one has the next (default 1)

Values, traps, memory and globals must be V8's; a step that is proven must be checked to the state that the machine comes to; the replayer must have the machine's
state hash after every step; a mutated module must be refused with an error of the loader, or run. Exit code: 0 when nothing differed, 1 when something did.
`

const CALLS = 6
const MUTATIONS = 4
/** steps of a mutated program that are run */
const MUTATED_STEPS = 2_000
/** One step in so many is proven. */
const PROVEN_EVERY = 50
const PROGRESS_EVERY = 30_000
const MAX_SHOWN = 20

interface Counts {
  programs: number
  calls: number
  traps: number
  steps: number
  proven: number
  mutated: number
  refused: number
  /** steps after which replayer and machine had the same state */
  replayed: number
  differences: number
}

/** Random programs read nothing from outside. */
const l1: L1Checks = { blobValue: () => false, precompile: () => undefined }

/** One step, proven and checked. @throws when another state comes of it */
function provenStep(machine: Machine): void {
  const checked = stateHash(checkStep(machine.witness().witness, l1))
  const { pc } = machine.registers
  machine.run(1)
  if (checked !== machine.hash())
    throw new Error(`step at pc ${pc}: expected ${machine.hash()}, got ${checked}`)
}

function runProving(machine: Machine, random: Random, counts: Counts): void {
  while (machine.registers.status === status.running) {
    counts.steps += machine.run(random.below(2 * PROVEN_EVERY))
    if (machine.registers.status !== status.running) return
    provenStep(machine)
    counts.steps++
    counts.proven++
  }
}

/** A module with bytes changed: refused by the loader, or a program that runs or asks for data that there is not. */
function runMutated(wasm: Uint8Array, counts: Counts): void {
  counts.mutated++
  try {
    new Machine(loadProgram(wasm, { entry: null })).run(MUTATED_STEPS)
  } catch (error) {
    if (!isBaseError(error) || !error.code.startsWith('PROVING_')) throw error
    counts.refused++
  }
}

async function runSeed(seed: number, counts: Counts): Promise<string[]> {
  const random = randomFrom(seed)
  try {
    const wasm = fuzzModule(random.below)
    const calls = fuzzCalls(random.below, CALLS)
    const { outcomes, differences } = compare(wasm, calls, (machine) => runProving(machine, random, counts))
    counts.calls += outcomes.length
    counts.traps += outcomes.filter((outcome) => outcome === 'trap').length
    for (let i = 0; i < MUTATIONS; i++) runMutated(mutate(random, wasm), counts)
    const replayed = await replaySeed(seed)
    counts.replayed += replayed.steps
    return [...differences, ...replayed.differences]
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}

export async function machine(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, ['--programs', '--minutes', '--seed'])
  const minutes = positive(flags, '--minutes')
  const programs = positive(flags, '--programs') ?? 2_000
  const first = positive(flags, '--seed') ?? 1
  const counts: Counts = {
    programs: 0,
    calls: 0,
    traps: 0,
    steps: 0,
    proven: 0,
    mutated: 0,
    refused: 0,
    replayed: 0,
    differences: 0,
  }
  const started = performance.now()
  let shown = started
  const goesOn = () =>
    minutes === undefined ? counts.programs < programs : performance.now() - started < minutes * 60_000
  const line = () => {
    const { programs, calls, traps, steps, proven, mutated, refused, replayed, differences } = counts
    const seeds = `seeds ${first} to ${first + programs - 1}`
    const runs = `${grouped(programs)} programs, ${grouped(calls)} calls (${grouped(traps)} trapped), ${grouped(steps)} steps, ${grouped(proven)} proven, ${grouped(replayed)} replayed`
    return `${runs}, ${grouped(mutated)} mutated modules (${grouped(refused)} refused), ${seeds}, ${differences} differences`
  }
  while (goesOn()) {
    const seed = first + counts.programs
    const differences = await runSeed(seed, counts)
    counts.programs++
    if (differences.length > 0 && counts.differences++ < MAX_SHOWN)
      output.error(`DIFFERENCE seed ${seed}\n  ${differences.join('\n  ')}`)
    if (performance.now() - shown > PROGRESS_EVERY) {
      shown = performance.now()
      output.line(line())
    }
  }
  output.line(line())
  return counts.differences === 0 ? 0 : 1
}
