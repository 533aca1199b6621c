import { BaseError } from '@animechain/core'

/**
 * Asks again until the answer is neither undefined nor false. At least once after the time is over: a machine that stood still has not asked meanwhile.
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
    const isLast = Date.now() >= end
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false && answer !== null)
        return answer as Exclude<T, undefined | false | null>
      last = undefined
    } catch (error) {
      last = error
    }
    if (isLast)
      throw new BaseError(`Waited ${options.timeoutMs ?? 30_000} ms in vain for ${what}.`, {
        code: 'TIMEOUT',
        cause: last,
      })
    await new Promise((resolve) => setTimeout(resolve, options.intervalMs ?? 100))
  }
}

/** Options of viem's `http` for tests: a request that a busy machine answers late is not sent twice, which L1 refuses where it is a transaction. */
export const patient = { timeout: 60_000 } as const
