import { BaseError } from '@animechain/core'

/**
 * Asks again until the answer is neither undefined nor false.
 * @throws {BaseError} `TIMEOUT`, naming what was waited for, after `timeoutMs` (default 30,000).
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  options: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<Exclude<T, undefined | false | null>> {
  const end = Date.now() + (options.timeoutMs ?? 30_000)
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false && answer !== null)
        return answer as Exclude<T, undefined | false | null>
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() >= end)
      throw new BaseError(`Waited ${options.timeoutMs ?? 30_000} ms in vain for ${what}.`, {
        code: 'TIMEOUT',
        cause: last,
      })
    await new Promise((resolve) => setTimeout(resolve, options.intervalMs ?? 100))
  }
}
