import { definitionOf, type ConfigOptions } from './config/table.js'
import { help, markdown } from './config/help.js'
import { load, type ConfigInput, type ConfigResult } from './config/load.js'
import type { ConfigTable } from './config/field.js'

export type { ConfigField, ConfigTable, ConfigValues } from './config/field.js'
export type { ConfigInput, ConfigResult, LoadedConfig } from './config/load.js'
export { ConfigError, type ConfigProblem } from './config/problem.js'
export type { ConfigOptions } from './config/table.js'

/** A program's configuration: the table of its options, and what can be done with it. */
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
  const definition = definitionOf(table, options)
  return {
    table,
    load: (input = {}) => load<T>(definition, input),
    help: () => help(definition),
    markdown: () => markdown(definition),
  }
}
