import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { grouped, positive, readFlags, UsageError, type Output } from './arguments.js'
import { bugs } from './bugs.js'
import { decodeCase, encodeCase } from './case.js'
import { corpus, engines } from './plant.js'
import { replay, type Difference } from './run.js'
import { runSeed } from './seed.js'
import { shrink } from './shrink.js'

export const FUZZ_HELP = `Runs generated contracts and transactions on both engines and compares every outcome, receipt, header and state root.

  npm run fuzz -- [--transactions <n>] [--minutes <n>] [--seed <n>] [--differences <n>] [--keep <folder>] [--engine-bug <name>]

  --transactions  how many, at least (default 10,000)
  --minutes       instead: for so long, e.g. 480 for a night
  --seed          the first seed (default 1); the next ones follow. A seed always gives the same world
  --differences   stops after so many (default 5)
  --keep          where failing cases are written, made smaller first (default tools/fuzz/corpus, whose cases "npm test" replays)
  --engine-bug    plants a bug, to see that it is found, e.g. "${bugs[0]!.name}"; an unknown name prints them all

Cases of the corpus are run first. The last line has the transactions, the seeds, the differences and the rate.
Exit code: 0 when the engines agree, 1 when they do not, 2 when nothing could be run.
`

const PROGRESS_EVERY = 30_000

export function describe({ block, transaction, what, reference, subject }: Difference): string {
  const where = transaction === undefined ? `block ${block}` : `block ${block}, transaction ${transaction}`
  return `${where}: ${what}\n  ethereumjs ${reference}\n  wasm       ${subject}`
}

/** Cases of a folder, by the names of their files. */
export async function keptCases(folder: string): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })))
}

export async function fuzz(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, [
    '--transactions',
    '--minutes',
    '--seed',
    '--differences',
    '--keep',
    '--engine-bug',
  ])
  const minutes = positive(flags, '--minutes')
  const wanted = minutes === undefined ? (positive(flags, '--transactions') ?? 10_000) : Infinity
  const first = positive(flags, '--seed') ?? 1
  const most = positive(flags, '--differences') ?? 5
  const keep = flags.get('--keep') ?? corpus
  const bugName = flags.get('--engine-bug')
  const bug = bugs.find(({ name }) => name === bugName)
  if (bugName !== undefined && bug === undefined)
    throw new UsageError(
      `--engine-bug: expected one of ${bugs.map(({ name }) => `"${name}"`).join(', ')}, got "${bugName}".`,
    )

  const pair = await engines(bug)
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  let transactions = 0
  let included = 0
  let differences = 0
  for (const { name, text } of await keptCases(keep)) {
    const difference = await replay(pair, decodeCase(text))
    if (difference === undefined) continue
    differences++
    output.error(`DIFFERENCE in the kept case ${name}, ${describe(difference)}`)
  }
  let seed = first
  let shown = performance.now()
  for (; transactions < wanted && differences < most; seed++) {
    if (minutes !== undefined && seconds() > minutes * 60) break
    const outcome = await runSeed(seed, pair)
    transactions += outcome.transactions
    included += outcome.included
    if (outcome.found) {
      differences++
      output.error(
        `DIFFERENCE with seed ${seed} after ${seconds().toFixed(1)} s, ${describe(outcome.found.difference)}`,
      )
      const { recorded, difference } = await shrink(pair, outcome.found.recorded)
      if (difference === undefined)
        output.error('  It does not show again when the recorded case is run alone.')
      else output.error(`  Made smaller, ${describe(difference)}`)
      if (bug === undefined) {
        await mkdir(keep, { recursive: true })
        const file = join(keep, `seed-${seed}.json`)
        await writeFile(file, encodeCase(recorded))
        output.error(`  Kept as ${file}`)
      }
    }
    if (performance.now() - shown > PROGRESS_EVERY) {
      shown = performance.now()
      output.line(
        `seed ${seed}: ${grouped(transactions)} transactions, ${grouped(transactions / seconds())}/s`,
      )
    }
  }
  output.line(
    `${grouped(transactions)} transactions (${grouped(included)} included), seeds ${first} to ${seed - 1}, ` +
      `${differences} differences, ${seconds().toFixed(0)} s, ${grouped(transactions / seconds())}/s`,
  )
  if (differences > 0) return 1
  return transactions > 0 ? 0 : 2
}
