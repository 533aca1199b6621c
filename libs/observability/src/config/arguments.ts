import { nearest } from './nearest.js'
import type { ConfigProblem } from './problem.js'
import type { Definition } from './table.js'
import { expectation, show } from './value.js'

/** What a word of the command line says, with the one after it where that is its value. */
type Said =
  | { is: 'help' | 'version' }
  | { is: 'positional'; word: string }
  | { is: 'config'; path: string }
  | { is: 'flag'; key: string; value: string }
  | { is: 'problem'; problem: ConfigProblem }

/** What the command line gives. */
export interface Arguments {
  /** values by key, as they were written */
  flags: Map<string, string>
  positionals: string[]
  /** of the configuration file */
  configPath: string | undefined
  /** Asked for: nothing else counts. */
  text: 'help' | 'version' | undefined
  problems: ConfigProblem[]
}

const unexpectedWord = (word: string, program: string): ConfigProblem => ({
  key: 'arguments',
  source: 'command line',
  expected: 'flags that start with --',
  got: show(word),
  fix: `Remove it, or see ${program} --help.`,
})

function unknownFlag(name: string, { byFlag, program }: Definition): ConfigProblem {
  const meant = nearest(name, [...byFlag.keys(), 'config', 'help'])
  return {
    key: `--${name}`,
    source: 'command line',
    expected: 'a flag of this program',
    got: `--${name}`,
    fix: meant ? `Did you mean --${meant}?` : `See ${program} --help.`,
  }
}

const missingValue = (name: string, key: string, expected: string): ConfigProblem => ({
  key,
  source: `--${name}`,
  expected,
  got: 'nothing',
  fix: `Write --${name} <value>.`,
})

/** A flag with its value, which is attached to it (`--flag=value`) or the next word. `taken`: the words that it has. */
function readFlag(
  definition: Definition,
  word: string,
  next: string | undefined,
): { said: Said; taken: 1 | 2 } {
  const { byFlag } = definition
  const equals = word.indexOf('=')
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const attached = equals < 0 ? undefined : word.slice(equals + 1)
  const row = byFlag.get(name)
  if (row?.field.type === 'boolean') {
    const hasWord = attached === undefined && (next === 'true' || next === 'false')
    const value = attached ?? (hasWord ? next : 'true')
    return { said: { is: 'flag', key: row.key, value }, taken: hasWord ? 2 : 1 }
  }
  const negated = name.startsWith('no-') ? byFlag.get(name.slice(3)) : undefined
  if (!row && negated?.field.type === 'boolean' && attached === undefined)
    return { said: { is: 'flag', key: negated.key, value: 'false' }, taken: 1 }
  if (!row && name !== 'config')
    return { said: { is: 'problem', problem: unknownFlag(name, definition) }, taken: 1 }

  // Another flag is no value, unless it is attached.
  const value = attached ?? (next?.startsWith('--') ? undefined : next)
  if (value === undefined) {
    const problem = missingValue(name, row?.key ?? 'config', row ? expectation(row.field) : 'a path')
    return { said: { is: 'problem', problem }, taken: 1 }
  }
  const said: Said = row ? { is: 'flag', key: row.key, value } : { is: 'config', path: value }
  return { said, taken: attached === undefined ? 2 : 1 }
}

function readWord(
  definition: Definition,
  word: string,
  next: string | undefined,
): { said: Said; taken: 1 | 2 } {
  const { options, program } = definition
  if (word === '--help' || word === '-h') return { said: { is: 'help' }, taken: 1 }
  if (word === '--version' && options.version !== undefined) return { said: { is: 'version' }, taken: 1 }
  if (word.startsWith('--')) return readFlag(definition, word, next)
  return options.positionals !== undefined
    ? { said: { is: 'positional', word }, taken: 1 }
    : { said: { is: 'problem', problem: unexpectedWord(word, program) }, taken: 1 }
}

/** Reads a command line. Of two values for a flag the last one counts. */
export function readArguments(definition: Definition, argv: readonly string[]): Arguments {
  const found: Arguments = {
    flags: new Map(),
    positionals: [],
    configPath: undefined,
    text: undefined,
    problems: [],
  }
  for (let i = 0; i < argv.length;) {
    const { said, taken } = readWord(definition, argv[i]!, argv[i + 1])
    i += taken
    switch (said.is) {
      case 'help':
      case 'version':
        return { ...found, text: said.is }
      case 'positional':
        found.positionals.push(said.word)
        break
      case 'config':
        found.configPath = said.path
        break
      case 'flag':
        found.flags.set(said.key, said.value)
        break
      case 'problem':
        found.problems.push(said.problem)
    }
  }
  return found
}
