import type { Hash } from './hashing.js'
import type { Edge, GameView } from './state.js'

/** Seconds for which an edge stood without a rival. */
export function ownTime(view: Pick<GameView, 'now' | 'mutual'>, edge: Edge): number {
  const mutual = view.mutual(edge.mutual)!
  return mutual.first === edge.id ? (mutual.secondAt ?? view.now) - mutual.firstAt : 0
}

/** Whether another edge has the same mutual. */
export const hasRival = (view: Pick<GameView, 'mutual'>, edge: Edge): boolean =>
  view.mutual(edge.mutual)!.secondAt !== undefined

/** The timer T of edges at the view's time, as it would be were all of L1's caches fresh. Remembers what it computed: for one state only. */
export function timers(view: GameView): (id: Hash) => number {
  const known = new Map<Hash, number>()
  const timer = (id: Hash): number => {
    const before = known.get(id)
    if (before !== undefined) return before
    const edge = view.edge(id)!
    let time = Infinity
    if (!edge.proven) {
      time = ownTime(view, edge)
      if (edge.lower !== undefined) time += Math.min(timer(edge.lower), timer(edge.upper!))
      else time += Math.max(0, ...view.refinements(id).map(timer))
    }
    known.set(id, time)
    return time
  }
  return timer
}
