// npm run zoo -- [--only name,name] [--list]
import { parseArgs } from 'node:util'
import { period, l1World } from '../../../libs/proving/interactive/test/l1World.js'
import { match, type Verdict } from './match.js'
import { strategies } from './strategies/index.js'

const HELP = `Usage: npm run zoo -- [options]

Plays strategies of liars against one honest player of the dispute game, on a real L1 with the real contracts and the real one-step prover. After
each: the right claim is accepted in time, its rivals are rejected, every wei is accounted for, the honest player has lost no bond.

  --only <names>  separated by commas; default: all
  --list          prints the strategies, and plays none
`

const cell = (value: unknown, width: number) => String(value).padEnd(width)
const ether = (wei: bigint) => (Number(wei) / 1e18).toFixed(4)
const widths = [24, 6, 4, 11, 6, 6, 9, 9, 9]
const row = (cells: readonly unknown[]) =>
  cells
    .map((each, i) => cell(each, widths[i] ?? 0))
    .join(' ')
    .trimEnd()

function line(verdict: Verdict): string {
  const { strategy, moves, transactions, gas, afterClaim, afterFirst, purse, lost, edges, violations } =
    verdict
  let made = 0
  for (const count of moves.values()) made += count
  return row([
    ...[strategy, made, transactions, gas.toLocaleString('en-US')],
    ...[(afterClaim / period).toFixed(3), (afterFirst / period).toFixed(3)],
    ...[ether(purse), ether(lost), edges],
    violations.length > 0 ? `BEATEN: ${violations.join('; ')}` : '',
  ])
}

async function run(names: readonly string[]): Promise<number> {
  console.log(row(['strategy', 'moves', 'tx', 'gas', 'claim', 'first', 'purse', 'lost', 'edges']))
  let beaten = 0
  const w = await l1World({ batches: 2 })
  try {
    for (const strategy of strategies.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const verdict = await match(w, strategy).catch((error: Error) => error)
      if (verdict instanceof Error || verdict.violations.length > 0) beaten++
      console.log(verdict instanceof Error ? row([strategy.name, `BEATEN: ${verdict.stack}`]) : line(verdict))
    }
  } finally {
    await w.stop()
  }
  console.log(beaten === 0 ? 'No strategy beat a bound.' : `${beaten} STRATEGIES BEAT A BOUND.`)
  return beaten === 0 ? 0 : 1
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const names = values.only.split(',').filter((name) => name !== '')
const unknown = names.filter((name) => !strategies.some((strategy) => strategy.name === name))
if (values.help) console.log(HELP)
else if (unknown.length > 0) {
  console.error(`There is no strategy ${unknown.join(', ')}.\n`)
  process.exitCode = 2
} else if (values.list) for (const { name, what } of strategies) console.log(`${cell(name, 24)} ${what}`)
else process.exitCode = await run(names)
