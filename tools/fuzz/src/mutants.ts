import { grouped, positive, readFlags, type Output } from './arguments.js'
import { bugs } from './bugs.js'
import { engines } from './plant.js'
import { runSeed } from './seed.js'

export const MUTANTS_HELP = `Plants one bug after another, each a small change of an engine's source, and says how soon the fuzzer finds it.

  npm run mutants -- [--seconds <n>] [--seed <n>] [--only <pattern>]

  --seconds  after which a bug counts as missed (default 60)
  --seed     the first seed for each bug (default 1)
  --only     the bugs whose name matches this regular expression

Exit code: 0 when all were found, 1 when one was not.
`

export async function findMutants(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, ['--seconds', '--seed', '--only'])
  const limit = positive(flags, '--seconds') ?? 60
  const first = positive(flags, '--seed') ?? 1
  const only = new RegExp(flags.get('--only') ?? '')
  const chosen = bugs.filter(({ name }) => only.test(name))
  const times: number[] = []
  for (const bug of chosen) {
    const pair = await engines(bug)
    const started = performance.now()
    const seconds = () => (performance.now() - started) / 1000
    let transactions = 0
    let what: string | undefined
    for (let seed = first; what === undefined && seconds() < limit; seed++) {
      const outcome = await runSeed(seed, pair)
      transactions += outcome.transactions
      what = outcome.found?.difference.what
    }
    if (what !== undefined) times.push(seconds())
    output.line(
      `${what === undefined ? 'MISSED' : 'found '} ${seconds().toFixed(1).padStart(5)} s, ${grouped(transactions).padStart(7)} transactions: ` +
        `${bug.name} (${bug.engine}, ${bug.file})${what === undefined ? '' : `, ${what}`}`,
    )
  }
  times.sort((a, b) => a - b)
  output.line(
    `${times.length} of ${chosen.length} bugs found within ${limit} s each, half of them within ${(times[times.length >> 1] ?? 0).toFixed(1)} s`,
  )
  return times.length === chosen.length ? 0 : 1
}
