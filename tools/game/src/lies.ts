import {
  commitment,
  spliceRuns,
  type Commitment,
  type Edge,
  type HaltedState,
  type Tournament,
} from '@animechain/proving-game'
import type { Match } from './match.js'

/** How a commitment lies: junk from leaf `from` up to `until` (not included). `salt` tells lies of one form apart. */
export interface Lie {
  readonly from: number
  readonly until: number
  readonly salt: number
}

/** A commitment to blocks that is wrong from a leaf on. */
export function lyingBlocks({ chain, game }: Match, tournament: Tournament, lie: Lie): Commitment {
  const right = chain.blocks(tournament)
  return withJunk(game, right, lie, chain.name('junk', lie.salt))
}

function withJunk(
  game: Match['game'],
  right: Commitment,
  { from, until }: Lie,
  leaf: `0x${string}`,
): Commitment {
  const end = 2 ** right.height
  const junk = [{ start: from, leaf }]
  const runs =
    until < end
      ? spliceRuns(right.runs, from, until, junk)
      : [...right.runs.filter(({ start }) => start < from), ...junk]
  return commitment(game.hashing, right.height, runs)
}

/** A refinement of an edge, and what opens its last leaf. */
export interface Refinement {
  readonly tree: Commitment
  readonly halted: HaltedState | undefined
}

/**
 * A commitment that refines an edge and is accepted as such: right up to where it lies, if what is before the edge is right. Of a right edge without a lie it is
 * the right one. `ram` makes another last state with the same output.
 */
export function refinement(match: Match, edge: Edge, lie: Lie | undefined, ram: number): Refinement {
  const { chain, game } = match
  const tournament = match.tournamentOf(edge)
  const height = match.setting.parameters.heights[edge.level + 1]!
  const block = match.blockOf(edge)
  const opening = chain.rightOpening(tournament, block)
  const halted =
    edge.level === 0
      ? ram === 0
        ? opening
        : { ...opening, ramRoot: chain.name('other ram', ram) }
      : undefined
  const last = halted === undefined ? edge.root : match.lastOf(edge, halted)
  const before = match.stateBefore(edge)
  const isRightBefore =
    edge.level === 0
      ? before ===
        (edge.position === 0 ? tournament.parentOutput : chain.blocks(tournament).leaf(edge.position - 1))
      : before === chain.stateBefore(tournament, block, edge.position)
  let tree = isRightBefore
    ? edge.level === 0
      ? chain.spans(tournament, edge.position)
      : chain.steps(tournament, block, edge.position)
    : commitment(game.hashing, height, [{ start: 0, leaf: chain.name('step', before) }])
  if (lie !== undefined) tree = withJunk(game, tree, lie, chain.name('junk', before, lie.salt))
  const end = 2 ** height - 1
  if (tree.leaf(end) !== last) {
    const runs = [...tree.runs.filter(({ start }) => start < end), { start: end, leaf: last }]
    tree = commitment(game.hashing, height, runs)
  }
  return { tree, halted }
}

/** Tries to refine an edge with what refines a rival of it: the last leaf must refuse that. */
export function refineWithAnothers(match: Match, from: string, edge: Edge): boolean {
  const { chain } = match
  const tournament = match.tournamentOf(edge)
  const block = match.blockOf(edge)
  const right =
    edge.level === 0 ? chain.spans(tournament, edge.position) : chain.steps(tournament, block, edge.position)
  const { halted, tree } = refinement(match, edge, undefined, 0)
  return tree.root !== right.root && match.refine(from, edge.id, right, halted).status === 'done'
}
