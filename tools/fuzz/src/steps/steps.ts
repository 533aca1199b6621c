import { stat } from 'node:fs/promises'
import { witnessHost } from '@animechain/execution-wasm'
import { op, opNames, status, type OpName } from '@animechain/proving-machine'
import type { WasmCounts } from '@animechain/tool-vectors/suites'
import { grouped, positive, readFlags, UsageError, type Output } from '../arguments.js'
import { randomFrom, type Random } from '../random.js'
import type { TakenStep } from './compare.js'
import { coreSteps } from './coreSteps.js'
import { allKinds, coverageTable, hostKinds, missing, nameOf, neverReplayed } from './coverage.js'
import { edgeStep } from './edgeSteps.js'
import { readingSteps } from './hostProgram.js'
import { readable, type Readable } from './hostReads.js'
import { l1Prover, type L1Prover } from './l1Prover.js'
import { realBlocks } from './realBlocks.js'
import { blockSteps } from './blockSteps.js'
import { blockProgram, generatedBlock, realSteps } from './realSteps.js'
import { compareAll, describe, newTally, take, type Tally } from './tally.js'

export const STEPS_HELP = `Takes steps of the machine in TypeScript, in the replayer and on a real L1, and compares the hashes of the states after them.

  npm run steps -- [--real <n>] [--edges <n>] [--core <folder>] [--seed <n>]
  npm run steps -- --blocks <n> [--fixtures <folder>] [--seed <n>]

  --real      steps of the proof program on generated blocks (default 100,000)
  --edges     generated steps where something ends: the stack, the memory, a leaf, a number, the data (default 10,000)
  --core      WebAssembly's core tests, as wast2json writes them: steps of every instruction of their runs are compared too
  --blocks    instead of these: so many random steps of whole runs over blocks, and every kind of host read of them: batches in blobs and in calldata, blocks of
              token transfers, of BLOCKHASH, of precompiles, generated ones
  --fixtures  official blockchain and state tests, for blocks: half of the random steps are of theirs
  --seed      of the numbers that decide everything (default 1)

A program that does nothing but read adds host reads that no block has. One witness out of eight is sent once more, with a bit, a byte or a word changed, and must be refused. Prints how
often each instruction was taken and how often it trapped. Exit code: 0 when nothing differs and every instruction that the loader accepts was stepped on L1 (with --core: in a run; with --blocks:
every host read), 1 otherwise.
`

/** Steps of a block that are looked at; the next ones are of another block. */
const STEPS_OF_A_BLOCK = 5_000
/** Steps that a run makes for one that is looked at. */
const EVERY = 400
/** Edges between which the data that they read stays the same. */
const EDGES_OF_ONE_HOST = 1_000
const MAX_SHOWN = 20
/** Calls of precompiles that made-up reads can ask for. */
const CALLS = 30

function* edges(random: Random, data: Readable, count: number): Generator<TakenStep> {
  for (let i = 0; i < count; i++) yield edgeStep(random, data)
}

/** Attempts at a step of an instruction that does not trap. */
const ATTEMPTS = 1_000

/** A step of each instruction that chance has not chosen yet. */
function* lacking(random: Random, data: Readable, tally: Tally): Generator<TakenStep> {
  for (const name of missing(allKinds, tally.byName)) {
    const opcode = opNames.indexOf(name.split(' ')[0] as OpName)
    for (let i = 0; i < ATTEMPTS; i++) {
      const step = edgeStep(random, data, opcode)
      if (nameOf(step) !== name || (step.next.status === status.trapped && opcode !== op.unreachable))
        continue
      yield step
      break
    }
  }
}

/** Compares so many generated steps, and then one of each instruction that is not among them. */
export async function compareEdges(l1: L1Prover, seed: number, count: number, tally: Tally): Promise<void> {
  for (let done = 0; done < count; done += EDGES_OF_ONE_HOST) {
    const random = randomFrom(seed + done)
    const data = await readable(random, l1, CALLS)
    const some = edges(random, data, Math.min(EDGES_OF_ONE_HOST, count - done))
    await compareAll(l1, random, 'edges', some, tally)
    if (done + EDGES_OF_ONE_HOST >= count)
      await compareAll(l1, random, 'edges', [...lacking(random, data, tally)], tally)
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
    const run = { host: witnessHost(witness), outputRoot: witness.outputRoot }
    const steps = realSteps(program, run, random, { every, most: Infinity })
    const some = take(steps, Math.min(ofABlock, count - (tally.steps - before)))
    await compareAll(l1, random, 'program', some, tally)
  }
}

/** Compares every host read of a program that does nothing else. */
export async function compareReads(l1: L1Prover, seed: number, tally: Tally): Promise<void> {
  const random = randomFrom(seed)
  await compareAll(l1, random, 'reads', readingSteps(await readable(random, l1, CALLS)), tally)
}

/** Compares steps of the core tests of WebAssembly; what came of the tests. */
export async function compareCore(
  l1: L1Prover,
  seed: number,
  fixtures: string,
  tally: Tally,
): Promise<WasmCounts> {
  const random = randomFrom(seed)
  const steps = coreSteps(fixtures, random)
  let counts: WasmCounts | undefined
  const counting = (async function* () {
    counts = yield* steps
  })()
  await compareAll(l1, random, 'core', counting, tally)
  return counts!
}

/** Compares random steps of whole runs over blocks, `count` and then host reads. Blocks and the steps of their runs. */
export async function compareBlocks(
  l1: L1Prover,
  seed: number,
  count: number,
  tally: Tally,
  options: { fixtures?: string | undefined; onBlock?: (name: string, steps: bigint) => void } = {},
): Promise<{ blocks: number; runSteps: bigint; random: number }> {
  const random = randomFrom(seed)
  const done = { blocks: 0, runSteps: 0n, random: 0 }
  for await (const block of realBlocks(random, { ...options, count })) {
    if (done.random >= count) break
    const wanted = Math.min(block.steps, count - done.random)
    const run = blockSteps(block, random, wanted)
    let runSteps = 0n
    const counting = (async function* () {
      runSteps = yield* run
    })()
    await compareAll(l1, random, 'program', counting, tally)
    done.blocks++
    done.random += wanted
    done.runSteps += runSteps
    options.onBlock?.(block.name, runSteps)
  }
  return done
}

/** What is wrong with what was covered. */
function complaints({ byName }: Tally, flags: ReadonlyMap<string, string>): string[] {
  const kinds = flags.has('--blocks') ? hostKinds : allKinds
  const out: string[] = []
  const never = missing(kinds, byName)
  if (never.length > 0) out.push(`Never stepped on L1: ${never.join(', ')}.`)
  const made = neverReplayed(kinds, byName).filter((name) => !never.includes(name))
  if (flags.has('--core') && made.length > 0) out.push(`Not stepped in any run: ${made.join(', ')}.`)
  return out
}

async function compareAsAsked(
  flags: ReadonlyMap<string, string>,
  tally: Tally,
  output: Output,
): Promise<string[]> {
  const seed = positive(flags, '--seed') ?? 1
  const [core, blocks] = [flags.get('--core'), positive(flags, '--blocks')]
  const l1 = await l1Prover()
  const say = (what: string) =>
    output.line(`${grouped(tally.steps)} steps with those ${what}, ${tally.differences.length} differences`)
  const failures: string[] = []
  try {
    if (blocks === undefined) {
      await compareEdges(l1, seed, positive(flags, '--edges') ?? 10_000, tally)
      say('at edges')
    } else {
      const fixtures = flags.get('--fixtures')
      const show = (name: string, steps: bigint) =>
        steps > 1_000_000n && output.line(`${name}: ${grouped(Number(steps))} steps`)
      const done = await compareBlocks(l1, seed, blocks, tally, { fixtures, onBlock: show })
      output.line(
        `${grouped(done.random)} random steps of ${grouped(done.blocks)} blocks, whose runs have ${grouped(Number(done.runSteps))}`,
      )
    }
    await compareReads(l1, seed, tally)
    say('of a program that reads')
    if (core !== undefined) {
      const { passed, failures: failed } = await compareCore(l1, seed, core, tally)
      say(`of core tests, of which ${grouped(passed)} assertions passed`)
      if (passed === 0) failures.push(`Expected core tests below ${core}, found none.`)
      failures.push(...failed)
    }
    if (blocks === undefined) await compareReal(l1, seed, positive(flags, '--real') ?? 100_000, tally)
  } finally {
    await l1.stop()
  }
  return failures
}

/** `npm run steps` */
export async function steps(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, ['--real', '--edges', '--core', '--blocks', '--fixtures', '--seed'])
  for (const flag of ['--core', '--fixtures']) await mustExist(flag, flags.get(flag))
  const tally = newTally()
  const failures = await compareAsAsked(flags, tally, output)
  for (const line of coverageTable(tally.byName)) output.line(line)
  for (const difference of tally.differences.slice(0, MAX_SHOWN)) output.error(describe(difference))
  const wrong = [...failures.slice(0, MAX_SHOWN), ...complaints(tally, flags)]
  for (const complaint of wrong) output.error(complaint)
  const { steps: compared, replayed, mutated, differences, byName } = tally
  const kinds = allKinds.length - missing(allKinds, byName).length
  output.line(`${kinds} of ${allKinds.length} kinds of instructions were stepped on L1`)
  output.line(
    `${grouped(compared)} steps, ${grouped(replayed)} of them with the replayer's hash, ${grouped(mutated)} changed witnesses, seed ${flags.get('--seed') ?? 1}, ${differences.length} differences`,
  )
  return differences.length === 0 && wrong.length === 0 ? 0 : 1
}

async function mustExist(flag: string, folder: string | undefined): Promise<void> {
  if (folder === undefined) return
  try {
    await stat(folder)
  } catch {
    throw new UsageError(`${flag}: expected a folder, got ${folder}.`)
  }
}
