import { readFileSync } from 'node:fs'
import { readArguments } from './arguments.js'
import type { ConfigField, ConfigTable, ConfigValues } from './field.js'
import { readConfigFile } from './file.js'
import { help } from './help.js'
import { ConfigError, type ConfigProblem } from './problem.js'
import type { Definition, Row } from './table.js'
import { expectation, parse, show } from './value.js'

/** Where values are looked for; by default those of the process. */
export interface ConfigInput {
  /** Arguments behind the program: `process.argv.slice(2)`. */
  argv?: readonly string[]
  env?: Readonly<Record<string, string | undefined>>
  /** Reads the configuration file and `_FILE` secrets. Default: from the file system. */
  readFile?: (path: string) => string
}

/** A configuration that can be used, with the source of every value. */
export interface LoadedConfig<T extends ConfigTable> {
  values: ConfigValues<T>
  /** Where each value came from: `--port`, `ANIMECHAIN_PORT`, a file's name, or `default`. */
  sources: Record<keyof T & string, string>
  positionals: string[]
  /** Every value with its source as JSON-representable fields for a log line; secrets hidden. */
  describe(): Record<string, { value: unknown; source: string }>
}

/** What came of loading: values, or a text to print. */
export type ConfigResult<T extends ConfigTable> =
  | ({ status: 'ok' } & LoadedConfig<T>)
  /** `--help` or `--version` was asked for: print the text and end with exit code 0. */
  | { status: 'text'; text: string }

/** What a value may come from, in the order of which wins. */
interface Origins {
  flags: ReadonlyMap<string, string>
  env: Readonly<Record<string, string | undefined>>
  readFile: (path: string) => string
  file: Readonly<Record<string, unknown>>
  filePath: string | undefined
}

/** A value as it was given, or that none was. */
type Found = { source: string; given: unknown } | { source: 'default' } | { problem: ConfigProblem }

/** Where the value of a row comes from. */
function find({ key, flag, env: name, secret }: Row, origins: Origins): Found {
  const { flags, env, readFile, file, filePath } = origins
  if (flags.has(key)) return { source: `--${flag}`, given: flags.get(key) }
  if (env[name] !== undefined && env[name] !== '') return { source: name, given: env[name] }
  const fileName = `${name}_FILE`
  const path = secret ? env[fileName] : undefined
  if (path) {
    try {
      return { source: fileName, given: readFile(path).trim() }
    } catch {
      const fix = 'Check the path and its permissions.'
      return { problem: { key, source: fileName, expected: 'a readable file', got: path, fix } }
    }
  }
  if (filePath !== undefined && Object.hasOwn(file, key) && file[key] !== null)
    return { source: filePath, given: file[key] }
  return { source: 'default' }
}

const missing = ({ key, field, flag, env, secret }: Row): ConfigProblem => ({
  key,
  source: 'not given',
  expected: expectation(field),
  got: 'nothing',
  fix: `Give --${flag}, ${env}${secret ? `, ${env}_FILE` : ''} or "${key}" in the file.`,
})

function refusal(row: Row, source: string, given: unknown, expected: string): ConfigProblem {
  const { key, field, env, secret } = row
  const isOwn = source.startsWith('--') || source === env || source === `${env}_FILE`
  const place = isOwn ? source : `"${key}" in ${source}`
  const about = field.help ? ` (${field.help.replace(/\.$/, '')})` : ''
  return {
    key,
    source,
    expected,
    got: secret ? '*** (secret)' : show(given),
    fix: `Change ${place}${about}.`,
  }
}

/** The value of a row, or what is wrong with it. */
interface Taken {
  value?: unknown
  problem?: ConfigProblem
}

/** What a row takes, and why what was given is not it, where the table says so. */
function expectedOf(field: ConfigField, given: unknown): string {
  const why = typeof given === 'string' ? field.refusals?.[given] : undefined
  return why === undefined ? expectation(field) : `${expectation(field)} (${why})`
}

function take(row: Row, found: Exclude<Found, { problem: ConfigProblem }>): Taken {
  const { field } = row
  if (!('given' in found)) {
    if (field.default === undefined && field.required) return { problem: missing(row) }
    return { value: field.default }
  }
  const value = parse(field, found.given)
  const refused = value === undefined ? expectedOf(field, found.given) : field.check?.(value as never)
  if (refused !== undefined) return { problem: refusal(row, found.source, found.given, refused) }
  return { value }
}

/** Every value with its source, secrets hidden. */
function describe(
  rows: readonly Row[],
  values: Readonly<Record<string, unknown>>,
  sources: Readonly<Record<string, string>>,
): Record<string, { value: unknown; source: string }> {
  const shown = (value: unknown, secret: boolean): unknown => {
    if (value === undefined) return null
    if (secret) return '***'
    return typeof value === 'boolean' || typeof value === 'number' ? value : show(value)
  }
  return Object.fromEntries(
    rows.map(({ key, secret }) => [key, { value: shown(values[key], secret), source: sources[key]! }]),
  )
}

/**
 * Reads a configuration from all that may give it.
 * @throws {ConfigError} with all problems
 */
export function load<T extends ConfigTable>(definition: Definition, input: ConfigInput): ConfigResult<T> {
  const { rows, options, configEnv } = definition
  const { argv = [], env = {}, readFile = (path: string) => readFileSync(path, 'utf8') } = input
  const { flags, positionals, configPath, text, problems } = readArguments(definition, argv)
  if (text) return { status: 'text', text: text === 'help' ? help(definition) : `${options.version}\n` }

  const filePath = configPath ?? (env[configEnv] || undefined)
  const source = configPath === undefined ? configEnv : '--config'
  const file =
    filePath === undefined ? undefined : readConfigFile(definition, { path: filePath, source }, readFile)
  problems.push(...(file?.problems ?? []))

  const origins = { flags, env, readFile, filePath, file: file?.values ?? {} }
  const values: Record<string, unknown> = {}
  const sources: Record<string, string> = {}
  for (const row of rows) {
    const found = find(row, origins)
    const { value, problem }: Taken = 'problem' in found ? found : take(row, found)
    if (problem) problems.push(problem)
    values[row.key] = value
    if ('source' in found) sources[row.key] = found.source
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    status: 'ok',
    values: values as ConfigValues<T>,
    sources: sources as Record<keyof T & string, string>,
    positionals,
    describe: () => describe(rows, values, sources),
  }
}
