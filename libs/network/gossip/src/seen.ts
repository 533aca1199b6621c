/** Things that were met before: at most so many, each for so long. */
export interface Seen {
  has(id: string, now: number): boolean
  /** @param ms how long it is remembered, at most the table's own time */
  add(id: string, now: number, ms?: number): void
  delete(id: string): void
  readonly size: number
}

/**
 * Nothing was met yet. Who was met longest ago is forgotten first when there is no room.
 * @param most entries, at least 1
 * @param forMs milliseconds that an entry is remembered
 */
export function seen(most: number, forMs: number): Seen {
  const until = new Map<string, number>()
  const prune = (now: number) => {
    for (const [id, end] of until) {
      if (end > now && until.size <= most) return
      until.delete(id)
    }
  }
  return {
    has: (id, now) => (until.get(id) ?? 0) > now,
    add(id, now, ms = forMs) {
      until.delete(id)
      until.set(id, now + Math.min(ms, forMs))
      prune(now)
    },
    delete: (id) => void until.delete(id),
    get size() {
      return until.size
    },
  }
}
