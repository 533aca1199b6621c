import { BaseError } from '@animechain/core'
import type { ConfigField, ConfigTable } from './field.js'
import { expectation, parse } from './value.js'

/** What the help says, and how environment variables are named. */
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

/** A row with the names that follow from its key. */
export interface Row {
  key: string
  field: ConfigField
  flag: string
  env: string
  secret: boolean
}

/** A table that is sound, with all that follows from it. */
export interface Definition {
  table: ConfigTable
  rows: readonly Row[]
  byFlag: ReadonlyMap<string, Row>
  options: ConfigOptions
  program: string
  /** environment name of the configuration file's path */
  configEnv: string
}

const words = (key: string) => key.replace(/([a-z0-9])([A-Z])/g, '$1-$2')

const rowOf = (key: string, field: ConfigField, prefix: string): Row => ({
  key,
  field,
  flag: field.flag ?? words(key).toLowerCase(),
  env: field.env ?? `${prefix}${words(key).replaceAll('-', '_').toUpperCase()}`,
  secret: field.secret === true || field.type === 'privateKey',
})

/** @throws {BaseError} `CONFIG_TABLE` for a flag that every program has, and for a default that is not of its type */
function expectSound({ key, field, flag }: Row): void {
  if (['help', 'version', 'config'].includes(flag))
    throw new BaseError(`The flag --${flag} is taken.`, { code: 'CONFIG_TABLE' })
  const given = field.default
  if (given !== undefined && parse(field, typeof given === 'bigint' ? `${given}` : given) === undefined)
    throw new BaseError(`The default of ${key} is not ${expectation(field)}.`, { code: 'CONFIG_TABLE' })
}

/** @throws {BaseError} `CONFIG_TABLE` when two rows share a flag or an environment name, or a default is not of its type. */
export function definitionOf(table: ConfigTable, options: ConfigOptions): Definition {
  const prefix = options.envPrefix ?? 'ANIMECHAIN_'
  const rows = Object.entries(table).map(([key, field]) => rowOf(key, field, prefix))
  const byFlag = new Map(rows.map((row) => [row.flag, row]))
  if (byFlag.size !== rows.length || new Set(rows.map((row) => row.env)).size !== rows.length)
    throw new BaseError('Two rows of the configuration table share a flag or an environment name.', {
      code: 'CONFIG_TABLE',
    })
  rows.forEach(expectSound)
  const program = options.program ?? 'program'
  return { table, rows, byFlag, options, program, configEnv: `${prefix}CONFIG` }
}
