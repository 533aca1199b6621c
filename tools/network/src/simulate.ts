// npm run simulate:network: what strategies of verifiers earn, and which parameters follow from it. The same flags give the same output.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { curves } from './simulator/curves.js'
import { productionRules } from './simulator/rules.js'
import { markdown, page, type Page } from './simulator/tables.js'

const HELP = `npm run simulate:network -- [flags]

  --epochs 10000   days that are simulated
  --seed 1
  --write          puts tables and curves into docs/spec/network.md, section 12

Exit code 1: a lazy strategy earned as much as an honest one, or a wei is missing.`

/** From dist/ and from src/ it is the same. */
const docs = (name: string) => fileURLToPath(new URL(`../../../docs/spec/${name}`, import.meta.url))

/** A page with its tables replaced: each stands after a comment that names it, up to the next empty line. */
export function filled(text: string, { tables }: Pick<Page, 'tables'>): string {
  return Object.entries(tables).reduce((all, [name, table]) => {
    const mark = `<!-- simulate:network ${name} -->\n\n`
    const at = all.indexOf(mark)
    if (at < 0) throw new Error(`Expected ${mark.trim()} in docs/spec/network.md, found none.`)
    const from = at + mark.length
    const end = all.indexOf('\n\n', from)
    return `${all.slice(0, from)}${markdown(table)}${all.slice(end)}`
  }, text)
}

function flagsOf(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      epochs: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const number = (name: 'epochs' | 'seed', min: number) => {
    const value = Number(values[name])
    if (!/^[0-9]{1,7}$/.test(values[name]) || value < min)
      throw new Error(`Expected a whole number from ${min} to 9,999,999 as --${name}, got ${values[name]}.`)
    return value
  }
  // Batches of the standard error have four epochs at least.
  return { ...values, epochs: number('epochs', 200), seed: number('seed', 0) }
}

/** Runs the command; gives the exit code. */
export function main(argv: readonly string[]): number {
  let flags
  try {
    flags = flagsOf(argv)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    return 2
  }
  if (flags.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const result = page(productionRules, flags)
  for (const [name, table] of Object.entries(result.tables))
    process.stdout.write(`${name}\n\n${markdown(table)}\n\n`)
  if (flags.write) {
    const path = docs('network.md')
    writeFileSync(path, filled(readFileSync(path, 'utf8'), result))
    writeFileSync(docs('network.svg'), curves(result.leads, productionRules))
  }
  const bad = result.lazyWins
  for (const name of bad) process.stderr.write(`${name} earned as much as an honest verifier\n`)
  return bad.length === 0 ? 0 : 1
}
