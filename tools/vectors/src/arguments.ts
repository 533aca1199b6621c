import { engineNames } from './engines.js'
import { wasmRunners } from './wasmRunners.js'

export const HELP = `Runs official Ethereum test vectors against an execution engine.

  npm run vectors -- --fixtures <folder> [--engine wasm|ethereumjs] [--only <pattern>] [--sample <n>] [--proof] [--replay]
                         [--part <k>/<n>] [--failures <n>] [--verbose]
  npm run vectors -- --suite wasm-spec --fixtures <folder> [--engine stepper|replayer] [--only <pattern>] [--failures <n>]
  npm run vectors -- --suite crypto|codec --fixtures <folder> [--only <pattern>] [--sample <n>] [--failures <n>]

  --fixtures  folder (or file) with state, blockchain, transaction, trie and RLP tests in the shapes of ethereum/tests and
              execution-spec-tests: JSON files, or archives (.tar, .tar.gz, .tgz, .tar.xz), which are read and not unpacked
  --engine    which engine (default wasm; of wasm-spec: stepper)
  --suite     wasm-spec: WebAssembly's core tests, as wast2json writes them, on the proving machine; only --engine, --only and --failures go with it
              crypto: Wycheproof, RFC 9180 and c-kzg-4844, codec: Reed-Solomon, against the code of this project that uses them
  --only      runs the cases whose name (path::test::fork::index) contains this text or matches it as a regular expression
  --sample    runs this many cases, always the same ones for the same fixtures
  --part      runs the k-th of n parts, for runs in pieces: 1/4, 2/4, 3/4 and 4/4 are the whole
  --proof     with the engine wasm: every block is recorded and proved too; the proof build, fed by the recorded preimages alone, must
              come to the same output root (state tests: their transaction as a block; transaction, trie and RLP tests have no blocks)
  --replay    as --proof, and the proof build runs once more on the proving machine's replayer, to the same output
  --failures  how many failures are printed (default 50)
  --verbose   prints every case with its time

Forks from Cancun to Osaka and the transitions between them are run, older ones are counted as skipped.
Exit code: 0 when nothing failed, 1 when something did, 2 when nothing could be run.
`

export interface Arguments {
  suite: 'ethereum' | 'wasm-spec' | 'crypto' | 'codec'
  fixtures: string
  engine: string
  /** the text, and the regular expression that it is, if it is one */
  only?: { text: string; pattern?: RegExp }
  sample?: number
  part?: { index: number; of: number }
  proof: boolean
  replay: boolean
  failures: number
  verbose: boolean
}

/** @returns the arguments, or a text that says what is wrong with them (empty: help was asked for) */
export function parseArguments(argv: readonly string[]): Arguments | string {
  const out: Partial<Arguments> = {
    suite: 'ethereum',
    ...{ proof: false, replay: false, failures: 50, verbose: false },
  }
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
      else if (flag === '--suite') out.suite = suite(value())
      else if (flag === '--only') out.only = pattern(value())
      else if (flag === '--sample') out.sample = natural(flag, value())
      else if (flag === '--part') out.part = fraction(flag, value())
      else if (flag === '--proof') out.proof = true
      else if (flag === '--replay') out.proof = out.replay = true
      else if (flag === '--failures') out.failures = natural(flag, value())
      else if (flag === '--verbose') out.verbose = true
      else return `Unknown argument ${flag}.`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  if (out.fixtures === undefined) return '--fixtures is missing.'
  const engines: readonly string[] = out.suite === 'wasm-spec' ? Object.keys(wasmRunners) : engineNames
  out.engine ??= out.suite === 'wasm-spec' ? engines[0]! : 'wasm'
  if (!engines.includes(out.engine)) return `--engine: expected ${engines.join(' or ')}, got ${out.engine}.`
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

function suite(text: string): Arguments['suite'] {
  const names = ['ethereum', 'wasm-spec', 'crypto', 'codec'] as const
  const found = names.find((name) => name === text)
  if (found === undefined) throw new Error(`--suite: expected ${names.join(', ')}, got ${text}.`)
  return found
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
