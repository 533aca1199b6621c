import type { GameView, Move, Place } from '@animechain/proving-game'
import type { PreparedMove } from './access.js'
import type { OwnKnowledge } from './knowledge.js'

/** The level below a leaf: where its refinement stands. */
export const below = (place: Place, heights: readonly number[]): Place =>
  place.level === 0
    ? { tournament: place.tournament, level: 1, block: place.position, height: heights[1]!, position: 0 }
    : { ...place, level: 2, span: place.position, height: heights[2]!, position: 0 }

/** Adds to a move what it has to show. What has to be computed for it is computed. @throws as `Commitments.spans` */
export async function prepare(move: Move, view: GameView, knowledge: OwnKnowledge): Promise<PreparedMove> {
  const { heights, bonds } = view.parameters
  switch (move.type) {
    case 'assert': {
      const { tournament: id, root, output } = move
      const siblings = await knowledge.lastSiblings({
        tournament: id,
        level: 0,
        height: heights[0],
        position: 0,
      })
      return { type: 'assert', tournament: view.tournament(id)!, root, output, siblings, value: bonds[0] }
    }
    case 'bisect': {
      const { type, edge, left, right } = move
      return { type, edge, left, right }
    }
    case 'refine': {
      const { type, edge, place, root, value } = move
      const next = below(place, heights)
      return {
        ...{ type, edge, root, value },
        leaf: await knowledge.leaf(place),
        siblings: await knowledge.lastSiblings(next),
        halted: place.level === 0 ? await knowledge.lastState(next) : undefined,
      }
    }
    case 'prove': {
      const { type, edge, place } = move
      const { state, proof, data } = await knowledge.stepWitness(place)
      return { type, edge, leaf: await knowledge.leaf(place), state, proof, data }
    }
    default:
      return move
  }
}
