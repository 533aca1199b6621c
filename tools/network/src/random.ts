/** A deterministic source of numbers: the same on every run and machine (mulberry32). */
export interface Random {
  /** 0 to limit - 1; limit is at most 2^32 */
  below(limit: number): number
  /** true once in `times` on average, at most 2^32; never for 0 */
  rarely(times: number): boolean
  /** wei from least to most, in steps of a 10,000th of what is between, and some wei more so that divisions leave rests */
  between(least: bigint, most: bigint): bigint
}

/** Numbers from a seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (limit: number) => next() % limit
  return {
    below,
    rarely: (times) => times > 0 && below(times) === 0,
    between: (least, most) => least + ((most - least) * BigInt(below(10_000))) / 10_000n + BigInt(below(97)),
  }
}
