import { custom, http, type Transport } from 'viem'

/** What stands between a player and L1: told of each call, and able to make it fail or to do something first. */
export interface Taps {
  before?: (method: string, params: readonly unknown[]) => Promise<void>
  after?: (method: string, params: readonly unknown[], result: unknown) => Promise<void>
}

/** A transport whose calls can be tapped, also later. Like others it asks once more where an answer fails. */
export function tapped(url: string, taps: Taps): Transport {
  const wire = http(url, { timeout: 60_000, retryCount: 0 })({})
  return custom(
    {
      async request({ method, params = [] }: { method: string; params?: readonly unknown[] }) {
        await taps.before?.(method, params)
        const result = await wire.request({ method, params } as never)
        await taps.after?.(method, params, result)
        return result
      },
    },
    { retryCount: 1, retryDelay: 10 },
  )
}
