import type { ConfigValues } from '@animechain/observability'
import type { commandConfig } from '../memberConfig.js'
import type { NetworkAt } from './l1.js'

/** Settings of a command. */
export type CommandValues = ConfigValues<(typeof commandConfig)['table']>

/** A command under way. */
export interface CommandContext {
  values: CommandValues
  at: NetworkAt
  /** Prints for people, or JSON. */
  say(lines: readonly string[], json: unknown): void
}
