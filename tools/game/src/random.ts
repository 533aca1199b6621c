/** A deterministic source of numbers: the same on every run and machine (mulberry32). */
export interface Random {
  /** 0 to limit - 1 */
  below(limit: number): number
  /** true once in `times` */
  rarely(times: number): boolean
  pick<T>(items: readonly T[]): T
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (limit: number) => next() % limit
  return { below, rarely: (times) => below(times) === 0, pick: (items) => items[below(items.length)]! }
}
