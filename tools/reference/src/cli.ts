import { checkDashboards } from './ops.js'
import { makeReference, stalePages, writePages } from './reference.js'

const say = (line: string) => process.stdout.write(`${line}\n`)
const complain = (line: string) => process.stderr.write(`${line}\n`)

/** Prints what is wrong; 1 when something is. */
function verdict(problems: readonly string[], fine: string): number {
  for (const problem of problems) complain(problem)
  if (problems.length === 0) say(fine)
  else complain(`\n${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`)
  return problems.length === 0 ? 0 : 1
}

async function write(): Promise<number> {
  const { pages, problems } = await makeReference()
  // A page with gaps would look whole.
  if (problems.length > 0) return verdict(problems, '')
  writePages(pages)
  for (const path of pages.keys()) say(path)
  return 0
}

async function check(): Promise<number> {
  const { pages, problems } = await makeReference()
  const stale = problems.length > 0 ? [] : stalePages(pages)
  return verdict([...problems, ...stale], `${pages.size} pages of the reference are up to date.`)
}

async function dashboards(args: string[]): Promise<number> {
  const { problems, fine } = await checkDashboards(args)
  return verdict(problems, fine)
}

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = { write, check, dashboards }

const [word = '', ...args] = process.argv.slice(2)
const command = commands[word]
if (command === undefined) {
  complain(`Expected one of ${Object.keys(commands).join(', ')}, got ${word || 'nothing'}.`)
  process.exitCode = 2
} else process.exitCode = await command(args)
