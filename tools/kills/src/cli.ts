import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kills, targets, type KillReport, type Target } from './index.js'

const help = `npm run kills -- [options]

Kills the programs of a devnet with SIGKILL under load, again and again, and looks for what was promised and is gone: transactions that were
acknowledged, receipts, blocks that sequencer and verifier do not have alike. Exit code 1 when there is any.

Of several transactions with one nonce the last that was acknowledged counts, or one that was sent after it and whose answer was lost.

  --kills <n>        how often; default 20
  --seed <n>         of whom and when; default from the clock, printed
  --targets <names>  of ${targets.join(', ')}; default sequencer,verifier,bridge,devnet.
                     devnet: all programs with the process that started them, while L1 ends in order;
                     everything: L1 as well, which then loses up to 15 s of its blocks
  --check-every <n>  kills between two looks at the whole chain; default 50
  --directory <path> of the devnet; kept. Default: a temporary one, kept when something is wrong
`

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    targets: { type: 'string', default: 'sequencer,verifier,bridge,devnet' },
    'check-every': { type: 'string', default: '50' },
    directory: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const positive = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  process.stderr.write(`--${name}: expected a whole number above 0, got ${text}\n`)
  process.exit(2)
}

function table(report: KillReport): string {
  const rows = targets
    .filter((target) => report.kills[target] > 0)
    .map(
      (target) =>
        `| ${target} | ${report.kills[target]} | ${((report.restart[target] ?? 0) / 1000).toFixed(1)} s |`,
    )
  return [
    '| killed | times | up again after (median) |',
    '| --- | ---: | ---: |',
    ...rows,
    '',
    '| checked | count |',
    '| --- | ---: |',
    `| nonces with an acknowledged transaction | ${report.acknowledged} |`,
    `| of them replaced, the replacement acknowledged | ${report.replaced} |`,
    `| replacements acknowledged at most 20 ms before a kill | ${report.replacedAtKill} |`,
    `| receipts present at the end | ${report.receipts} |`,
    `| deposits sent on L1 | ${report.deposits} |`,
    `| blocks equal at sequencer and verifier | ${report.blocks} |`,
    `| violations | ${report.violations.length} |`,
  ].join('\n')
}

if (values.help) process.stdout.write(help)
else {
  const chosen = values.targets.split(',') as Target[]
  const unknown = chosen.find((target) => !targets.includes(target))
  if (unknown !== undefined) {
    process.stderr.write(`--targets: expected some of ${targets.join(', ')}, got ${unknown}\n`)
    process.exit(2)
  }
  const seed = positive('seed', values.seed)
  const say = (text: string) => process.stdout.write(`${text}\n`)
  say(`seed ${seed}`)
  const began = Date.now()
  const report = await kills({
    kills: positive('kills', values.kills),
    seed,
    targets: chosen,
    checkEvery: positive('check-every', values['check-every']),
    host: join(dirname(fileURLToPath(import.meta.url)), 'host.js'),
    ...(values.directory === undefined ? {} : { directory: values.directory }),
    say,
  })
  say(`\n${table(report)}\n\n${((Date.now() - began) / 1000).toFixed(0)} s`)
  for (const [message, times] of report.surprises) say(`unexpected answer, ${times} times: ${message}`)
  for (const violation of report.violations.slice(0, 50)) say(`VIOLATION: ${violation}`)
  process.exit(report.violations.length > 0 ? 1 : 0)
}
