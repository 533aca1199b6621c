import { readFileSync } from 'node:fs'
import { BaseError, redactUrls, type Address, type Hex } from '@animechain/core'

/** What a type of the table gives in TypeScript. */
interface FieldTypes {
  string: string
  /** a whole number */
  integer: number
  number: number
  bigint: bigint
  boolean: boolean
  /** http, https, ws or wss */
  url: string
  /** URLs separated by commas; a JSON list in a file; at least one */
  urls: readonly string[]
  /** a file or folder */
  path: string
  hex: Hex
  address: Address
  /** 32 bytes of hex; always treated as a secret */
  privateKey: Hex
  /** text separated by commas; a JSON list in a file */
  list: readonly string[]
}

type ConfigValue = FieldTypes[keyof FieldTypes]

/** One row of the table. */
export interface ConfigField {
  type: keyof FieldTypes
  /** One line, for `--help` and the documentation. */
  help: string
  /** Taken when nothing else says otherwise. In the type's own TypeScript form. */
  default?: ConfigValue
  /** Without a default the key must be given. */
  required?: boolean
  /** Without the dashes. Default: the key in kebab-case. */
  flag?: string
  /** Default: prefix and the key in upper snake case. */
  env?: string
  choices?: readonly string[]
  /** numbers and bigints */
  min?: number | bigint
  max?: number | bigint
  /** Never printed; may also be given as a file named by the environment variable with `_FILE` behind its name. */
  secret?: boolean
  /** Unit for the documentation: `ms`, `wei`, `bytes`... */
  unit?: string
  /** Says what was expected when the value will not do. */
  check?: (value: never) => string | undefined
}

export type ConfigTable = Record<string, ConfigField>

type FieldValue<F extends ConfigField> = F['choices'] extends readonly (infer C)[] ? C : FieldTypes[F['type']]

/** The values of a table, typed: what has a default or is required is always there. */
export type ConfigValues<T extends ConfigTable> = {
  [K in keyof T]: T[K] extends { default: ConfigValue } | { required: true }
    ? FieldValue<T[K]>
    : FieldValue<T[K]> | undefined
}

export interface ConfigOptions {
  /** Command name, for the help. */
  program?: string
  /** One or two lines on top of the help. */
  summary?: string
  /** In front of derived environment names. Default `ANIMECHAIN_`. */
  envPrefix?: string
  /** Shown by `--version`. */
  version?: string
  /** Shown in the usage line; without it words that are no flags are refused. */
  positionals?: string
}

export interface ConfigInput {
  /** Arguments behind the program: `process.argv.slice(2)`. */
  argv?: readonly string[]
  env?: Readonly<Record<string, string | undefined>>
  /** Reads the configuration file and `_FILE` secrets. Default: from the file system. */
  readFile?: (path: string) => string
}

export interface LoadedConfig<T extends ConfigTable> {
  values: ConfigValues<T>
  /** Where each value came from: `--port`, `ANIMECHAIN_PORT`, a file's name, or `default`. */
  sources: Record<keyof T & string, string>
  positionals: string[]
  /** Every value with its source as JSON-representable fields for a log line; secrets hidden. */
  describe(): Record<string, { value: unknown; source: string }>
}

export type ConfigResult<T extends ConfigTable> =
  | ({ status: 'ok' } & LoadedConfig<T>)
  /** `--help` or `--version` was asked for: print the text and end with exit code 0. */
  | { status: 'text'; text: string }

export interface ConfigProblem {
  key: string
  source: string
  expected: string
  /** As given; hidden for secrets. */
  got: string
  fix: string
}

/** The configuration will not do. Lists every problem, not only the first. `code` is `CONFIG_INVALID`. */
export class ConfigError extends BaseError {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(
      problems.length === 1
        ? 'The configuration has a problem.'
        : `The configuration has ${problems.length} problems.`,
      {
        code: 'CONFIG_INVALID',
        metaMessages: problems.flatMap(({ key, source, expected, got, fix }) => [
          `${key} (${source}): expected ${expected}, got ${got}.`,
          `  ${fix}`,
        ]),
      },
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export interface ConfigDefinition<T extends ConfigTable> {
  readonly table: T
  /**
   * Flags win over the environment, the environment over the file (`--config`), the file over the defaults.
   * @throws ConfigError with all problems.
   */
  load(input?: ConfigInput): ConfigResult<T>
  help(): string
  /** The table for documentation, in Markdown. */
  markdown(): string
}

interface Row {
  key: string
  field: ConfigField
  flag: string
  env: string
  secret: boolean
}

/** Longest configuration file that is read, bytes. */
const MAX_FILE_BYTES = 2 ** 20

const words = (key: string) => key.replace(/([a-z0-9])([A-Z])/g, '$1-$2')

/** Number of edits between two words, for "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}

function nearest(word: string, candidates: readonly string[]): string | undefined {
  const best = candidates
    .map((candidate) => ({ candidate, edits: distance(word, candidate) }))
    .sort((a, b) => a.edits - b.edits)[0]
  return best && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined
}

function expectation(field: ConfigField): string {
  if (field.choices) return `one of ${field.choices.join(', ')}`
  const bounds =
    field.min !== undefined && field.max !== undefined
      ? ` from ${field.min} to ${field.max}`
      : field.min !== undefined
        ? ` of at least ${field.min}`
        : field.max !== undefined
          ? ` of at most ${field.max}`
          : ''
  switch (field.type) {
    case 'integer':
    case 'bigint':
      return `a whole number${bounds}`
    case 'number':
      return `a number${bounds}`
    case 'boolean':
      return 'true or false'
    case 'url':
      return 'a URL such as http://127.0.0.1:8545'
    case 'urls':
      return 'a URL such as http://127.0.0.1:8545, or several separated by commas'
    case 'path':
      return 'a path'
    case 'hex':
      return 'hex that starts with 0x'
    case 'address':
      return 'an address: 0x and 40 hex digits'
    case 'privateKey':
      return 'a private key: 0x and 64 hex digits, from 1 to below the order of secp256k1'
    case 'list':
      return 'a list separated by commas'
    case 'string':
      return 'text'
  }
}

/** Order of secp256k1 (SEC 2, section 2.4.1). Libraries print a key beyond it in their errors: it must not get there. */
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const isSecp256k1Key = (key: bigint) => key > 0n && key < SECP256K1_ORDER

/** The parts of a text between commas, or of a JSON list; without empty ones. */
function items(given: unknown): string[] | undefined {
  const list = Array.isArray(given)
    ? given
    : typeof given === 'string'
      ? given.split(',').map((item) => item.trim())
      : undefined
  return list?.every((item) => typeof item === 'string') ? list.filter((item) => item !== '') : undefined
}

const isUrl = (text: string) => /^(https?|wss?):\/\//i.test(text) && URL.canParse(text)

/** The value of a text or a JSON value, or undefined when it is none of this type. */
function parse(field: ConfigField, given: unknown): unknown {
  if (field.type === 'urls') {
    const urls = items(given)
    return urls?.length && urls.every(isUrl) ? urls : undefined
  }
  if (field.type === 'list') {
    const list = items(given)
    if (!list) return undefined
    return field.choices && !list.every((item) => field.choices!.includes(item)) ? undefined : list
  }
  if (field.type === 'boolean') {
    if (typeof given === 'boolean') return given
    if (given === 'true' || given === '1') return true
    return given === 'false' || given === '0' ? false : undefined
  }
  if (typeof given !== 'string' && typeof given !== 'number') return undefined
  // A JSON number that large was rounded already when it was read: it must be a string.
  if (field.type === 'bigint' && typeof given === 'number' && !Number.isSafeInteger(given)) return undefined
  const text = String(given).trim()
  const within = <N extends number | bigint>(value: N) =>
    (field.min === undefined || value >= field.min) && (field.max === undefined || value <= field.max)
      ? value
      : undefined
  switch (field.type) {
    case 'integer': {
      const digits = text.replace(/(?<=\d)[_,](?=\d)/g, '')
      const value = Number(digits)
      return /^-?\d+$/.test(digits) && Number.isSafeInteger(value) ? within(value) : undefined
    }
    case 'number': {
      const value = Number(text)
      return text !== '' && Number.isFinite(value) ? within(value) : undefined
    }
    case 'bigint': {
      const digits = text.replace(/(?<=\d)[_,](?=\d)/g, '')
      return /^(-?\d+|0x[0-9a-fA-F]+)$/.test(digits) ? within(BigInt(digits)) : undefined
    }
    case 'url':
      return typeof given === 'string' && isUrl(text) ? text : undefined
    case 'hex':
      return /^0x([0-9a-fA-F]{2})*$/.test(text) ? text.toLowerCase() : undefined
    case 'address':
      return /^0x[0-9a-fA-F]{40}$/.test(text) ? text.toLowerCase() : undefined
    case 'privateKey':
      return /^0x[0-9a-fA-F]{64}$/.test(text) && isSecp256k1Key(BigInt(text)) ? text.toLowerCase() : undefined
    case 'string':
    case 'path':
      if (typeof given !== 'string' || text === '') return undefined
      return field.choices && !field.choices.includes(text) ? undefined : text
  }
}

function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_name, item) => (typeof item === 'bigint' ? `${item}` : item))
  return redactUrls(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

/** How a default looks in help and documentation. */
function showDefault(field: ConfigField): string {
  return field.default === undefined
    ? field.required
      ? 'required'
      : ''
    : Array.isArray(field.default)
      ? field.default.join(',')
      : show(field.default)
}

/**
 * One table from which flags, environment names, a configuration file, `--help`, documentation and validation follow.
 *
 * ```ts
 * const config = defineConfig({ port: { type: 'integer', default: 9545, min: 0, max: 65535, help: 'JSON-RPC port' } })
 * const result = config.load({ argv: ['--port', '8000'], env: {} })
 * if (result.status === 'ok') result.values.port // number
 * ```
 *
 * @throws BaseError `CONFIG_TABLE` when two rows share a flag or an environment name, or a default is not of its type.
 */
export function defineConfig<const T extends ConfigTable>(
  table: T,
  options: ConfigOptions = {},
): ConfigDefinition<T> {
  const prefix = options.envPrefix ?? 'ANIMECHAIN_'
  const program = options.program ?? 'program'
  const configEnv = `${prefix}CONFIG`
  const rows: Row[] = Object.entries(table).map(([key, field]) => ({
    key,
    field,
    flag: field.flag ?? words(key).toLowerCase(),
    env: field.env ?? `${prefix}${words(key).replaceAll('-', '_').toUpperCase()}`,
    secret: field.secret === true || field.type === 'privateKey',
  }))
  const byFlag = new Map(rows.map((row) => [row.flag, row]))
  if (byFlag.size !== rows.length || new Set(rows.map((row) => row.env)).size !== rows.length)
    throw new BaseError('Two rows of the configuration table share a flag or an environment name.', {
      code: 'CONFIG_TABLE',
    })
  for (const { key, field, flag } of rows) {
    if (['help', 'version', 'config'].includes(flag))
      throw new BaseError(`The flag --${flag} is taken.`, { code: 'CONFIG_TABLE' })
    const given = field.default
    if (given !== undefined && parse(field, typeof given === 'bigint' ? `${given}` : given) === undefined)
      throw new BaseError(`The default of ${key} is not ${expectation(field)}.`, { code: 'CONFIG_TABLE' })
  }

  const help = () => {
    const lines: [string, string][] = rows.map(({ field, flag, env }) => [
      field.type === 'boolean'
        ? `--[no-]${flag}`
        : `--${flag} <${field.choices?.join('|') ?? field.type.toLowerCase()}>`,
      [
        field.help,
        ...(field.unit ? [`(${field.unit})`] : []),
        `[${[...(showDefault(field) ? [field.default === undefined ? 'required' : `default ${showDefault(field)}`] : []), `env ${env}`].join(', ')}]`,
      ].join(' '),
    ])
    lines.push(['--config <path>', `JSON file with the keys of this list in camelCase [env ${configEnv}]`])
    if (options.version !== undefined) lines.push(['--version', 'print the version'])
    lines.push(['--help', 'print this text'])
    const width = Math.min(36, Math.max(...lines.map(([left]) => left.length)))
    return [
      `Usage: ${program} [flags]${options.positionals ? ` ${options.positionals}` : ''}`,
      ...(options.summary ? ['', options.summary] : []),
      '',
      'Flags win over environment variables, those over the file, the file over defaults.',
      '',
      ...lines.map(([left, right]) =>
        left.length > width
          ? `  ${left}\n  ${' '.repeat(width)}  ${right}`
          : `  ${left.padEnd(width)}  ${right}`,
      ),
      '',
    ].join('\n')
  }

  const markdown = () =>
    [
      '| key | flag | environment | type | default | what it is |',
      '|---|---|---|---|---|---|',
      ...rows.map(({ key, field, flag, env, secret }) =>
        [
          '',
          `\`${key}\``,
          `\`--${flag}\``,
          `\`${env}\``,
          [
            field.choices?.map((choice) => `\`${choice}\``).join(' ') ?? field.type,
            ...(field.unit ? [field.unit] : []),
          ].join(', '),
          field.default === undefined ? showDefault(field) : `\`${showDefault(field)}\``,
          `${field.help}${secret ? ` Secret: \`${env}_FILE\` may name a file instead.` : ''}`,
          '',
        ]
          .map((cell) => cell.replaceAll('|', '\\|'))
          .join(' | ')
          .trim(),
      ),
      '',
    ].join('\n')

  function load(input: ConfigInput = {}): ConfigResult<T> {
    const argv = input.argv ?? []
    const env = input.env ?? {}
    const readFile = input.readFile ?? ((path: string) => readFileSync(path, 'utf8'))
    const problems: ConfigProblem[] = []
    const fromFlags = new Map<string, string>()
    const positionals: string[] = []
    let configPath: { path: string; source: string } | undefined
    if (env[configEnv]) configPath = { path: env[configEnv], source: configEnv }

    for (let i = 0; i < argv.length; i++) {
      const word = argv[i]!
      if (word === '--help' || word === '-h') return { status: 'text', text: help() }
      if (word === '--version' && options.version !== undefined)
        return { status: 'text', text: `${options.version}\n` }
      if (!word.startsWith('--')) {
        if (options.positionals !== undefined) positionals.push(word)
        else
          problems.push({
            key: 'arguments',
            source: 'command line',
            expected: 'flags that start with --',
            got: show(word),
            fix: `Remove it, or see ${program} --help.`,
          })
        continue
      }
      const equals = word.indexOf('=')
      const name = word.slice(2, equals < 0 ? undefined : equals)
      const attached = equals < 0 ? undefined : word.slice(equals + 1)
      const negated = name.startsWith('no-') ? byFlag.get(name.slice(3)) : undefined
      const row = byFlag.get(name)
      if (row?.field.type === 'boolean') {
        const following =
          attached === undefined && /^(true|false)$/.test(argv[i + 1] ?? '') ? argv[++i] : undefined
        fromFlags.set(row.key, attached ?? following ?? 'true')
      } else if (row === undefined && negated?.field.type === 'boolean' && attached === undefined) {
        fromFlags.set(negated.key, 'false')
      } else if (row === undefined && name !== 'config') {
        const meant = nearest(name, [...byFlag.keys(), 'config', 'help'])
        problems.push({
          key: `--${name}`,
          source: 'command line',
          expected: 'a flag of this program',
          got: `--${name}`,
          fix: meant ? `Did you mean --${meant}?` : `See ${program} --help.`,
        })
      } else {
        const value = attached ?? argv[i + 1]
        if (attached === undefined) i++
        if (value === undefined || (attached === undefined && value.startsWith('--'))) {
          if (attached === undefined && value !== undefined) i--
          problems.push({
            key: row?.key ?? 'config',
            source: `--${name}`,
            expected: row ? expectation(row.field) : 'a path',
            got: 'nothing',
            fix: `Write --${name} <value>.`,
          })
        } else if (row === undefined) configPath = { path: value, source: '--config' }
        else fromFlags.set(row.key, value)
      }
    }

    let fromFile: Record<string, unknown> = {}
    if (configPath !== undefined) {
      const problem = (got: string, fix: string) =>
        problems.push({
          key: 'config',
          source: configPath.source,
          expected: 'a JSON file with one object',
          got,
          fix,
        })
      try {
        const text = readFile(configPath.path)
        const value: unknown = text.length > MAX_FILE_BYTES ? undefined : JSON.parse(text)
        if (typeof value === 'object' && value !== null && !Array.isArray(value))
          fromFile = value as Record<string, unknown>
        else
          problem(
            text.length > MAX_FILE_BYTES ? `${text.length} bytes` : show(value),
            `Correct ${configPath.path}.`,
          )
      } catch (error) {
        if (error instanceof SyntaxError)
          problem('text that is no JSON', `Correct ${configPath.path}: check commas and quotes.`)
        else problem(`no readable file at ${configPath.path}`, 'Check the path and its permissions.')
      }
      for (const key of Object.keys(fromFile)) {
        if (Object.hasOwn(table, key) || key === '$schema') continue
        const meant = nearest(key, Object.keys(table))
        problems.push({
          key,
          source: configPath.path,
          expected: 'a key of this program',
          got: `"${key}"`,
          fix: meant ? `Did you mean "${meant}"?` : `Remove it, or see ${program} --help.`,
        })
      }
    }

    const values: Record<string, unknown> = {}
    const sources: Record<string, string> = {}
    for (const { key, field, flag, env: name, secret } of rows) {
      let given: unknown
      let source = 'default'
      if (fromFlags.has(key)) [given, source] = [fromFlags.get(key), `--${flag}`]
      else if (env[name] !== undefined && env[name] !== '') [given, source] = [env[name], name]
      else if (secret && env[`${name}_FILE`]) {
        source = `${name}_FILE`
        try {
          given = readFile(env[source]!).trim()
        } catch {
          problems.push({
            key,
            source,
            expected: 'a readable file',
            got: env[source]!,
            fix: 'Check the path and its permissions.',
          })
          continue
        }
      } else if (Object.hasOwn(fromFile, key) && fromFile[key] !== null)
        [given, source] = [fromFile[key], configPath!.path]
      sources[key] = source
      if (source === 'default') {
        values[key] = field.default
        if (field.default === undefined && field.required)
          problems.push({
            key,
            source: 'not given',
            expected: expectation(field),
            got: 'nothing',
            fix: `Give --${flag}, ${name}${secret ? `, ${name}_FILE` : ''} or "${key}" in the file.`,
          })
        continue
      }
      const value = parse(field, given)
      const refused = value === undefined ? expectation(field) : field.check?.(value as never)
      if (refused !== undefined)
        problems.push({
          key,
          source,
          expected: refused,
          got: secret ? '*** (secret)' : show(given),
          fix: `Change ${source.startsWith('--') || source === name || source === `${name}_FILE` ? source : `"${key}" in ${source}`}${field.help ? ` (${field.help.replace(/\.$/, '')})` : ''}.`,
        })
      values[key] = value
    }
    if (problems.length > 0) throw new ConfigError(problems)
    return {
      status: 'ok',
      values: values as ConfigValues<T>,
      sources: sources as Record<keyof T & string, string>,
      positionals,
      describe: () =>
        Object.fromEntries(
          rows.map(({ key, secret }) => [
            key,
            {
              value:
                values[key] === undefined
                  ? null
                  : secret
                    ? '***'
                    : typeof values[key] === 'boolean' || typeof values[key] === 'number'
                      ? values[key]
                      : show(values[key]),
              source: sources[key]!,
            },
          ]),
        ),
    }
  }

  return { table, load, help, markdown }
}
