import type { GameAccess, MoveResult, PreparedMove } from '../src/index.js'

/** Kills a player at every move: the first time before what it is about to do, the second time right after it. */
export function deaths() {
  const killed = new Error('killed')
  const seen = new Set<string>()
  return {
    /** What a player dies of. */
    killed,
    kills: (): number => seen.size,
    mortal: (access: GameAccess): GameAccess => ({
      account: access.account,
      look: (signal) => access.look(signal),
      async play(moves: readonly PreparedMove[], options): Promise<readonly MoveResult[]> {
        const what = JSON.stringify(moves.map((move) => [move.type, 'edge' in move && move.edge]))
        const time = [`before ${what}`, `after ${what}`].find((key) => !seen.has(key))
        if (time === undefined) return access.play(moves, options)
        seen.add(time)
        if (time.startsWith('after')) await access.play(moves, options)
        throw killed
      },
    }),
  }
}
