/** How much a peer may do. */
export interface RateBound {
  /** a second, in the long run */
  perSecond: number
  /** at once, after a pause */
  burst: number
}

/** Peers that are remembered; the one that asked longest ago is forgotten first. */
const MAX_PEERS = 4_096

/** Buckets of tokens, one for each peer. */
export interface RateLimit {
  /**
   * Takes tokens.
   * @param now milliseconds from some fixed moment
   * @returns how many of `wanted` there were
   */
  take(peer: string, wanted: number, now: number): number
  /** milliseconds until there is a token again, 0 where there is one */
  waitMs(peer: string, now: number): number
}

/** Full buckets for everybody. */
export function rateLimit({ perSecond, burst }: RateBound): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>()
  const filled = (peer: string, now: number) => {
    const known = buckets.get(peer)
    return known ? Math.min(burst, known.tokens + (Math.max(0, now - known.at) * perSecond) / 1_000) : burst
  }
  return {
    take(peer, wanted, now) {
      const tokens = filled(peer, now)
      const taken = Math.min(wanted, Math.floor(tokens))
      buckets.delete(peer)
      if (buckets.size >= MAX_PEERS) buckets.delete(buckets.keys().next().value!)
      buckets.set(peer, { tokens: tokens - taken, at: now })
      return taken
    },
    waitMs(peer, now) {
      const tokens = filled(peer, now)
      return tokens >= 1 ? 0 : Math.max(1, Math.ceil(((1 - tokens) * 1_000) / perSecond))
    },
  }
}
