import { keccak256Hex } from '@animechain/core'
import { engineNames, loadEngine, type EngineUnderTest } from './engines.js'
import { stat } from 'node:fs/promises'
import { fixtureFiles, type FixtureFile, type UnreadableFile } from './fixtures.js'
import type { TestFile } from './outcome.js'
import { failing, parseFile } from './parse.js'

const HELP = `Runs official Ethereum test vectors against an execution engine.

  npm run conformance -- --fixtures <folder> [--engine wasm|ethereumjs] [--only <pattern>] [--sample <n>] [--proof]
                         [--part <k>/<n>] [--failures <n>] [--verbose]

  --fixtures  folder (or file) with state, blockchain, transaction, trie and RLP tests in the shapes of ethereum/tests and
              execution-spec-tests: JSON files, or archives (.tar, .tar.gz, .tgz, .tar.xz), which are read and not unpacked
  --engine    which engine (default wasm)
  --only      runs the cases whose name (path::test::fork::index) contains this text or matches it as a regular expression
  --sample    runs this many cases, always the same ones for the same fixtures
  --part      runs the k-th of n parts, for runs in pieces: 1/4, 2/4, 3/4 and 4/4 are the whole
  --proof     with the engine wasm: every block is recorded and proved too; the proof build, fed by the recorded preimages alone, must
              come to the same output root (state tests: their transaction as a block; transaction, trie and RLP tests have no blocks)
  --failures  how many failures are printed (default 50)
  --verbose   prints every case with its time

Forks from Cancun to Osaka and the transitions between them are run, older ones are counted as skipped.
Exit code: 0 when nothing failed, 1 when something did, 2 when nothing could be run.
`

export interface Arguments {
  fixtures: string
  engine: string
  /** the text, and the regular expression that it is, if it is one */
  only?: { text: string; pattern?: RegExp }
  sample?: number
  part?: { index: number; of: number }
  proof: boolean
  failures: number
  verbose: boolean
}

export interface Output {
  line(text: string): void
  error(text: string): void
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** @returns the arguments, or a text that says what is wrong with them (empty: help was asked for) */
export function parseArguments(argv: readonly string[]): Arguments | string {
  const out: Partial<Arguments> = { engine: 'wasm', proof: false, failures: 50, verbose: false }
  for (let i = 0; i < argv.length; i++) {
    const [flag, inline] = argv[i]!.split(/=(.*)/s)
    const value = () => {
      const given = inline ?? argv[++i]
      if (given === undefined) throw new Error(`${flag} needs a value.`)
      return given
    }
    try {
      if (flag === '--help' || flag === '-h') return ''
      else if (flag === '--fixtures') out.fixtures = value()
      else if (flag === '--engine') out.engine = value()
      else if (flag === '--only') out.only = pattern(value())
      else if (flag === '--sample') out.sample = natural(flag, value())
      else if (flag === '--part') out.part = fraction(flag, value())
      else if (flag === '--proof') out.proof = true
      else if (flag === '--failures') out.failures = natural(flag, value())
      else if (flag === '--verbose') out.verbose = true
      else return `Unknown argument ${flag}.`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  if (out.fixtures === undefined) return '--fixtures is missing.'
  if (!(engineNames as readonly string[]).includes(out.engine!))
    return `--engine: expected ${engineNames.join(' or ')}, got ${out.engine}.`
  if (out.proof && out.engine !== 'wasm') return `--proof: expected --engine wasm, got ${out.engine}.`
  return out as Arguments
}

/** Names of cases have brackets and stars in them: a text that is no regular expression is still one to look for. */
function pattern(text: string): { text: string; pattern?: RegExp } {
  try {
    return { text, pattern: new RegExp(text) }
  } catch {
    return { text }
  }
}

function fraction(flag: string, text: string): { index: number; of: number } {
  const [index = 0, of = 0] = /^[1-9]\d*\/[1-9]\d*$/.test(text) ? text.split('/').map(Number) : []
  if (index < 1 || index > of) throw new Error(`${flag}: expected k/n with k from 1 to n, got ${text}.`)
  return { index, of }
}

function natural(flag: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${flag}: expected a positive integer, got ${text}.`)
  return Number(text)
}

/** A case's place in the sample: as good as random, and always the same. */
const rank = (id: string) => keccak256Hex(new TextEncoder().encode(id))

/** The cases of a file; a file that cannot be read is a case that fails, as nobody knows what it would have shown. */
function parsed(file: FixtureFile | UnreadableFile, engine: EngineUnderTest): TestFile | undefined {
  try {
    if ('unreadable' in file) throw new Error(file.unreadable)
    return parseFile(file, engine)
  } catch (error) {
    return { cases: [failing(file.path, error)], skipped: {} }
  }
}

/** Runs everything; the process's exit code. */
export async function main(argv: readonly string[], output: Output): Promise<number> {
  const args = parseArguments(argv)
  if (typeof args === 'string') {
    if (args !== '') output.error(`${args}\n`)
    output.line(HELP)
    return args === '' ? 0 : 2
  }
  try {
    await stat(args.fixtures)
  } catch (error) {
    output.error(`--fixtures: ${error instanceof Error ? error.message : String(error)}.`)
    output.line('0 passed, 0 failed, 0 skipped')
    return 2
  }
  const asked = (id: string) =>
    args.only === undefined || id.includes(args.only.text) || (args.only.pattern?.test(id) ?? false)
  const engine = await loadEngine(args.engine, { proof: args.proof })
  let limit: string | undefined
  if (args.sample !== undefined) {
    const ranks: string[] = []
    for await (const file of fixtureFiles(args.fixtures))
      for (const { id } of parsed(file, engine)?.cases ?? []) if (asked(id)) ranks.push(rank(id))
    ranks.sort()
    limit = ranks[Math.min(args.sample, ranks.length) - 1]
  }

  const folders = new Map<string, Counts>()
  const skippedWhy = new Map<string, number>()
  const total: Counts = { passed: 0, failed: 0, skipped: 0 }
  const skip = (counts: Counts, why: string, count: number) => {
    counts.skipped += count
    total.skipped += count
    skippedWhy.set(why, (skippedWhy.get(why) ?? 0) + count)
  }
  const started = performance.now()
  for await (const file of fixtureFiles(args.fixtures)) {
    const tests = parsed(file, engine)
    if (tests === undefined) continue
    const folder = file.path.split('/').slice(0, -1).slice(0, 3).join('/') || '.'
    let counts = folders.get(folder)
    if (counts === undefined) folders.set(folder, (counts = { passed: 0, failed: 0, skipped: 0 }))
    for (const [why, count] of Object.entries(tests.skipped)) skip(counts, why, count)
    for (const { id, run } of tests.cases) {
      if (!asked(id)) {
        skip(counts, 'not asked for by --only', 1)
        continue
      }
      if (engine.leftOut?.pattern.test(id)) {
        skip(counts, engine.leftOut.why, 1)
        continue
      }
      if (
        args.part !== undefined &&
        Number(BigInt(rank(id)) % BigInt(args.part.of)) !== args.part.index - 1
      ) {
        skip(counts, 'in another part', 1)
        continue
      }
      if (limit !== undefined && rank(id) > limit) {
        skip(counts, 'not in the sample', 1)
        continue
      }
      const from = performance.now()
      try {
        await run()
        counts.passed++
        total.passed++
        if (args.verbose) output.line(`ok ${id} ${Math.round(performance.now() - from)} ms`)
      } catch (error) {
        counts.failed++
        total.failed++
        if (total.failed <= args.failures)
          output.error(
            `FAILED ${id}\n  ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
          )
      }
    }
  }

  const width = Math.max(10, ...[...folders.keys()].map((folder) => folder.length))
  output.line(
    `${'folder'.padEnd(width)}  ${'passed'.padStart(7)} ${'failed'.padStart(7)} ${'skipped'.padStart(7)}`,
  )
  for (const [folder, counts] of folders)
    output.line(
      `${folder.padEnd(width)}  ${`${counts.passed}`.padStart(7)} ${`${counts.failed}`.padStart(7)} ${`${counts.skipped}`.padStart(7)}`,
    )
  for (const [why, count] of skippedWhy) output.line(`skipped, ${why}: ${count}`)
  if (engine.proof)
    output.line(
      `${engine.proof.blocks} blocks came to the same output root in the proof build, ${engine.proof.refused} were refused by both builds`,
    )
  output.line(`engine ${engine.name}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  if (total.failed + total.passed === 0)
    output.error(
      total.skipped === 0
        ? `Nothing was run: expected test vectors below ${args.fixtures}.`
        : 'Nothing was run: every case was skipped.',
    )
  output.line(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  if (total.failed > 0) return 1
  return total.passed > 0 ? 0 : 2
}
