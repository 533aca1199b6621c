import {
  commitment,
  Game,
  keccakHashing,
  type Commitment,
  type GameParameters,
  type Hash,
  type Hashing,
} from '../src/index.js'

export const word = (value: number): Hash => `0x${value.toString(16).padStart(64, '0')}`

/** Two blocks, two spans, two steps; the least bonds that the rules for amounts allow. */
export const parameters: GameParameters = {
  gameType: 1,
  period: 100,
  heights: [1, 1, 1],
  bonds: [130n, 55n, 20n],
  rewards: { assert: 4n, bisect: 5n, refine: 7n, prove: 11n },
  interval: 1,
  program: { codeRoot: word(1), ramRoot: word(2), pages: 1 },
  rules: word(3),
  genesis: word(4),
}

/** The next state of the test's machine. */
export const next = (hashing: Hashing, state: Hash): Hash => hashing.hash('next', state)

export const newGame = (changes: Partial<GameParameters> = {}, hashing = keccakHashing()): Game =>
  new Game({ ...parameters, ...changes }, hashing, {
    batch: (index) => (index < 3 ? { acc: word(100 + index), lastBlock: 2 * (index + 1) } : undefined),
    step: (before) => next(hashing, before),
  })

/** A tree over the given leaves. */
export const treeOf = (game: Game, ...leaves: Hash[]): Commitment =>
  commitment(
    game.hashing,
    Math.log2(leaves.length),
    leaves.map((leaf, start) => ({ start, leaf })),
  )

/** Asserts two output roots on genesis, or on another assertion. */
export function claim(game: Game, from: string, outputs: readonly [Hash, Hash], parent?: Hash) {
  const tree = treeOf(game, ...outputs)
  const outcome = game.act({
    type: 'assert',
    from,
    parent,
    root: tree.root,
    output: outputs[1],
    siblings: tree.lastSiblings(1, 0),
    value: game.parameters.bonds[0],
  })
  const edge = [...game.edges.values()].find(
    ({ level, top, id, root }) => level === 0 && top === id && root === tree.root,
  )
  return { outcome, id: edge?.id, tree }
}
