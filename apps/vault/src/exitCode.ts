import { isBaseError } from '@animechain/core'
import { ConfigError } from '@animechain/observability'

/** What the exit code says of an error: 2 wrong usage, 4 access denied, else 1. */
export function exitCodeOf(error: unknown): 1 | 2 | 4 {
  if (error instanceof ConfigError) return 2
  if (!isBaseError(error)) return 1
  return error.code === 'INVALID_INPUT' ? 2 : error.code === 'VAULT_DENIED' ? 4 : 1
}
