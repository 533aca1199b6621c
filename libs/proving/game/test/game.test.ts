import { describe, expect, test } from '@jest/globals'
import {
  bookkeepingProblem,
  firstState,
  haltedState,
  inputsHash,
  ownTime,
  parameterProblems,
  type Action,
  type Game,
  type Hash,
  type Outcome,
} from '../src/index.js'
import { claim, newGame, next, parameters, treeOf, word } from './kit.js'

const DONE: Outcome = { status: 'done' }
const refused = (reason: string) => ({ status: 'refused', reason })

const RIGHT = [word(0xa0), word(0xa1)] as const
const WRONG = [word(0xa0), word(0xb1)] as const

function bisect(game: Game, id: Hash, [left, right]: readonly [Hash, Hash], from = 'honest'): Outcome {
  return game.act({ type: 'bisect', from, edge: id, left, right })
}

/** The two claims, bisected: they agree on the first block. */
function disputed() {
  const game = newGame()
  const right = claim(game, 'honest', RIGHT).id!
  const wrong = claim(game, 'liar', WRONG).id!
  bisect(game, right, RIGHT)
  bisect(game, wrong, WRONG, 'liar')
  const upper = (id: Hash) => game.edge(game.edge(id)!.upper!)!
  return { game, right, wrong, rightLeaf: upper(right), wrongLeaf: upper(wrong) }
}

const OPENING = { pc: 5, sp: 0, fp: 0, pages: 1, ramRoot: word(9) }

/** A refinement of the second block, with the output that it claims. */
function refinement(
  game: Game,
  edge: Hash,
  output: Hash,
  from: string,
  value: bigint,
): Action & { root: Hash } {
  const inputs = inputsHash(game.hashing, RIGHT[0], word(100), 2, parameters.rules)
  const start = firstState(game.hashing, parameters.program, inputs)
  const last = haltedState(game.hashing, parameters.program, inputs, output, OPENING)
  const tree = treeOf(game, next(game.hashing, start), last)
  return {
    type: 'refine',
    from,
    edge,
    root: tree.root,
    siblings: tree.lastSiblings(1, 0),
    halted: OPENING,
    before: { leaf: RIGHT[0], siblings: [] },
    value,
  }
}

describe('claims', () => {
  test('a claim without a rival is accepted after P, and its bond given back at once', () => {
    const game = newGame()
    const { id } = claim(game, 'honest', RIGHT)
    game.now = 99
    game.act({ type: 'update', from: 'any', edges: [id!] })
    expect(game.act({ type: 'resolve', from: 'any', assertion: id! })).toEqual(refused('undecided'))
    game.now = 100
    game.act({ type: 'update', from: 'any', edges: [id!] })
    expect(game.act({ type: 'resolve', from: 'any', assertion: id! })).toEqual(DONE)
    expect(game.credit('honest')).toBe(130n)
    expect(claim(game, 'liar', WRONG).outcome).toEqual(refused('closed'))
    expect(bookkeepingProblem(game)).toBeUndefined()
  })

  test('the bond, the batch and the last leaf must be right', () => {
    const game = newGame({ heights: [1, 1, 1] })
    const tree = treeOf(game, ...RIGHT)
    const assertion = {
      type: 'assert',
      from: 'x',
      parent: undefined,
      root: tree.root,
      output: RIGHT[1],
      siblings: tree.lastSiblings(1, 0),
      value: 130n,
    } as const
    expect(game.act({ ...assertion, value: 129n })).toEqual(refused('value'))
    expect(game.act({ ...assertion, output: RIGHT[0] })).toEqual(refused('last leaf'))
    expect(game.act({ ...assertion, siblings: [] })).toEqual(refused('last leaf'))
    expect(game.act({ ...assertion, parent: word(7) })).toEqual(refused('no such assertion'))
    expect(game.edges.size).toBe(0)
    expect(game.ledger.received).toBe(0n)
  })

  test('a claim that was made already is refused, and its bond not taken', () => {
    const game = newGame()
    claim(game, 'honest', RIGHT)
    expect(claim(game, 'copy', RIGHT).outcome).toEqual(refused('claimed'))
    expect([game.credit('copy'), game.ledger.received]).toEqual([0n, 130n])
    expect(bookkeepingProblem(game)).toBeUndefined()
  })

  test('what nobody disputes needs no update, and a stake is given back once', () => {
    const game = newGame()
    const { id } = claim(game, 'honest', RIGHT)
    game.now = 100
    expect(game.act({ type: 'resolve', from: 'any', assertion: id! })).toEqual(DONE)
    expect(game.act({ type: 'claimStake', from: 'any', edge: id! })).toEqual(refused('no stake'))
    expect(game.credit('honest')).toBe(130n)
  })

  test('what continues a rejected claim is rejected, and its bond burned', () => {
    const { game, right, wrong } = disputed()
    const child = claim(game, 'liar', [word(0xb2), word(0xb3)], wrong).id!
    expect(game.act({ type: 'resolve', from: 'any', assertion: child })).toEqual(refused('parent undecided'))
    const leaf = game.edge(game.edge(right)!.upper!)!
    game.act(refinement(game, leaf.id, RIGHT[1], 'honest', 0n))
    game.now = 200
    const root = game.refinements(leaf.id)[0]!
    const { lower } = game.edge(right)!
    game.act({ type: 'update', from: 'any', edges: [root, leaf.id, lower!, right] })
    for (const assertion of [right, wrong])
      expect(game.act({ type: 'resolve', from: 'any', assertion })).toEqual(DONE)
    game.now = 300
    expect(game.act({ type: 'resolve', from: 'any', assertion: child })).toEqual(DONE)
    expect(game.claims.get(child)!.status).toBe('rejected')
    // A fifth of one bond, and the whole of the other.
    expect(game.ledger.burned).toBe(26n + 130n)
    expect(bookkeepingProblem(game)).toBeUndefined()
    expect(game.tournament(game.claims.get(child)!.tournament)!.decidedAt).toBe(200)
  })
})

describe('edges', () => {
  test('rivals stop each other from the second on, and share what they agree on', () => {
    const { game, right, wrong, rightLeaf, wrongLeaf } = disputed()
    expect(game.edge(right)!.lower).toBe(game.edge(wrong)!.lower)
    expect(rightLeaf.mutual).toBe(wrongLeaf.mutual)
    game.now = 10
    expect([right, wrong, rightLeaf.id].map((id) => ownTime(game, game.edge(id)!))).toEqual([0, 0, 0])
    expect(ownTime(game, game.edge(game.edge(right)!.lower!)!)).toBe(10)
  })

  test('what is bisected has a rival, and halves that hash to it', () => {
    const game = newGame()
    const { id } = claim(game, 'honest', RIGHT)
    expect(bisect(game, id!, RIGHT)).toEqual(refused('no rival'))
    claim(game, 'liar', WRONG)
    expect(bisect(game, id!, WRONG)).toEqual(refused('halves'))
    expect(bisect(game, id!, RIGHT)).toEqual(DONE)
    expect(bisect(game, id!, RIGHT)).toEqual({ status: 'nothing' })
    expect(bisect(game, id!, WRONG)).toEqual(refused('halves'))
    expect(bisect(game, game.edge(id!)!.lower!, RIGHT)).toEqual(refused('height'))
  })

  test('a refinement shows the state before and ends with what it refines', () => {
    const { game, rightLeaf, wrongLeaf } = disputed()
    const right = refinement(game, rightLeaf.id, RIGHT[1], 'stranger', 55n)
    expect(game.act({ ...right, before: undefined } as Action)).toEqual(refused('state before'))
    expect(game.act({ ...right, edge: wrongLeaf.id } as Action)).toEqual(refused('last leaf'))
    expect(game.act({ ...right, value: 54n } as Action)).toEqual(refused('value'))
    expect(game.act(right)).toEqual(DONE)
    expect(game.act(right)).toEqual({ status: 'nothing' })
    expect(game.credit('stranger')).toBe(55n)
    expect(bookkeepingProblem(game)).toBeUndefined()
  })

  test('only the maker of the tree that an edge was first made in refines it free, once', () => {
    const { game, rightLeaf } = disputed()
    const free = refinement(game, rightLeaf.id, RIGHT[1], 'honest', 0n)
    expect(game.act({ ...free, from: 'liar' } as Action)).toEqual(refused('value'))
    expect(game.act(free)).toEqual(DONE)
    const top = game.edge(rightLeaf.top)!
    expect([top.maker, top.unconfirmed, game.edge(rightLeaf.id)!.freeUsed]).toEqual(['honest', 1, true])
    const other = { ...OPENING, pc: 6 }
    const inputs = inputsHash(game.hashing, RIGHT[0], word(100), 2, parameters.rules)
    const last = haltedState(game.hashing, parameters.program, inputs, RIGHT[1], other)
    const tree = treeOf(game, word(1), last)
    const second = { ...free, root: tree.root, siblings: tree.lastSiblings(1, 0), halted: other } as Action
    expect(game.act(second)).toEqual(refused('value'))
  })

  test('a bond is not given back before all that it backs has won', () => {
    const { game, right, rightLeaf } = disputed()
    game.now = 50
    game.act(refinement(game, rightLeaf.id, RIGHT[1], 'honest', 0n))
    const root = game.refinements(rightLeaf.id)[0]!
    game.now = 149
    expect(game.act({ type: 'claimStake', from: 'honest', edge: right })).toEqual(refused('stake in play'))
    game.now = 150
    const { lower } = game.edge(right)!
    game.act({ type: 'update', from: 'any', edges: [root, rightLeaf.id, lower!, right] })
    game.act({ type: 'resolve', from: 'any', assertion: right })
    expect(game.edge(right)!.stake).toBe('returned')
    expect(game.credit('honest')).toBe(130n)
  })
})

describe('amounts', () => {
  test('bonds must pay for what they force: one wei less is told', () => {
    expect(parameterProblems(parameters)).toEqual([])
    const low = { ...parameters, bonds: [129n, 54n, 19n] as const }
    expect(parameterProblems(low)).toEqual([
      'b0: expected at least 104 wei after the fifth that is burned, got 103',
      'b1: expected at least 44 wei after the fifth that is burned, got 43',
      'b2: expected at least 16 wei after the fifth that is burned, got 15',
    ])
  })

  test('a bookkeeping that lost a wei is noticed', () => {
    const game = newGame()
    claim(game, 'honest', RIGHT)
    game.ledger.held -= 1n
    expect(bookkeepingProblem(game)).toBe('expected 130 wei of bonds and stakes, got 129')
  })
})
