/** How often a client may ask. */
export interface RateBound {
  /** requests a second, in the long run */
  perSecond: number
  /** requests at once, after a pause */
  burst: number
}

/** Clients that are remembered; the one that asked longest ago is forgotten first. */
const MAX_CLIENTS = 10_000

/**
 * A bucket of tokens for each client.
 * @param now milliseconds from some fixed moment
 * @returns milliseconds to wait, 0 where the client may go on
 */
export function rateBound({ perSecond, burst }: RateBound, now: () => number) {
  const clients = new Map<string, { tokens: number; at: number }>()
  return (client: string): number => {
    const at = now()
    const known = clients.get(client)
    const tokens = known ? Math.min(burst, known.tokens + ((at - known.at) * perSecond) / 1_000) : burst
    clients.delete(client)
    if (clients.size >= MAX_CLIENTS) clients.delete(clients.keys().next().value!)
    const allowed = tokens >= 1
    clients.set(client, { tokens: allowed ? tokens - 1 : tokens, at })
    return allowed ? 0 : Math.max(1, Math.ceil(((1 - tokens) * 1_000) / perSecond))
  }
}
