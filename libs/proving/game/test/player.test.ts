import { describe, expect, test } from '@jest/globals'
import {
  nextMoves,
  record,
  recordingJson,
  type Action,
  type Game,
  type Hash,
  type Knowledge,
  type Place,
} from '../src/index.js'
import { claim, newGame, parameters, treeOf, word } from './kit.js'

const RIGHT = [word(0xa0), word(0xa1)] as const
const WRONG = [word(0xa0), word(0xb1)] as const

/** Knows the blocks of the first batch, and of the levels below what it is told. */
function knowing(
  game: Game,
  more: (place: Place) => ReturnType<Knowledge['node']> = () => undefined,
): Knowledge {
  const tree = treeOf(game, ...RIGHT)
  return {
    account: 'honest',
    claim: ({ parent }) => (parent === undefined ? { root: tree.root, output: RIGHT[1] } : 'wrong parent'),
    node: (place) => {
      if (place.level > 0) return more(place)
      const root = tree.node(place.height, place.position)
      return place.height === 0 ? { root } : { root, left: RIGHT[0], right: RIGHT[1] }
    },
  }
}

const decide = (game: Game, knowledge: Knowledge) =>
  nextMoves(game, knowledge, game.hashing, [...game.tournaments.keys()])

describe('the honest player', () => {
  test('does nothing about its own claim while that has no rival, and knows when it will be confirmed', () => {
    const game = newGame()
    claim(game, 'somebody', RIGHT)
    game.now = 30
    expect(decide(game, knowing(game))).toEqual({ moves: [], needs: [], claims: [], lookAgainAt: 100 })
  })

  test('asserts against what it does not compute, bisects, and asks for what it must compute', () => {
    const game = newGame()
    const wrong = claim(game, 'liar', WRONG).id!
    const knowledge = knowing(game)
    const { moves } = decide(game, knowledge)
    expect(moves.map(({ type }) => type)).toEqual(['assert'])
    const right = claim(game, 'honest', RIGHT).id!
    const [move] = decide(game, knowledge).moves
    expect(move).toMatchObject({ type: 'bisect', edge: right, left: RIGHT[0], right: RIGHT[1] })
    game.act({ type: 'bisect', from: 'honest', edge: right, left: RIGHT[0], right: RIGHT[1] })
    expect(decide(game, knowledge).moves).toEqual([])
    game.act({ type: 'bisect', from: 'liar', edge: wrong, left: WRONG[0], right: WRONG[1] })
    const { tournament } = game.edge(right)!
    const spans = { tournament, level: 1, block: 1, height: 1, position: 0 }
    expect(decide(game, knowledge)).toMatchObject({ moves: [], needs: [spans] })
    const told = decide(
      game,
      knowing(game, () => ({ root: word(77) })),
    )
    const leaf = game.edge(right)!.upper!
    expect(told.moves).toMatchObject([{ type: 'refine', edge: leaf, root: word(77), value: 0n }])
  })

  test('stakes where the tree is not its own', () => {
    const game = newGame()
    for (const [from, outputs] of [['liar', WRONG] as const, ['stranger', RIGHT] as const]) {
      const { id } = claim(game, from, outputs)
      game.act({ type: 'bisect', from, edge: id!, left: outputs[0], right: outputs[1] })
    }
    const first = [...game.claims.keys()][0]!
    game.act({ type: 'bisect', from: 'liar', edge: first, left: WRONG[0], right: WRONG[1] })
    const { moves } = decide(
      game,
      knowing(game, () => ({ root: word(77) })),
    )
    expect(moves).toMatchObject([{ type: 'refine', value: 55n }])
  })

  test('leaves tournaments under wrong parents alone, and says which claims it must compute', () => {
    const game = newGame()
    const wrong = claim(game, 'liar', WRONG).id!
    claim(game, 'honest', RIGHT)
    claim(game, 'liar', [word(0xb2), word(0xb3)], wrong)
    claim(game, 'other liar', [word(0xb2), word(0xb4)], wrong)
    const about = (knowledge: Knowledge) => {
      const id = [...game.tournaments.keys()][1]!
      return nextMoves(game, knowledge, game.hashing, [id])
    }
    expect(about(knowing(game)).moves).toEqual([])
    const unknown = about({ ...knowing(game), claim: () => undefined })
    expect(unknown).toMatchObject({ moves: [], claims: [[...game.tournaments.keys()][1]] })
  })

  test('brings its timer to L1, resolves and fetches what it is owed', () => {
    const game = newGame()
    const { id } = claim(game, 'honest', RIGHT)
    game.now = 100
    const types: string[] = []
    for (let round = 0; round < 5; round++)
      for (const move of decide(game, knowing(game)).moves) {
        types.push(move.type)
        const more = move.type === 'claimCredit' ? { account: 'honest' } : {}
        game.act({ ...move, ...more, from: 'honest' } as Action)
      }
    expect(types).toEqual(['update', 'resolve', 'claimCredit'])
    expect(game.claims.get(id!)!.status).toBe('accepted')
    expect(game.ledger.paidOut).toBe(130n)
  })
})

test('a recording says what every action did, down to the wei', () => {
  const game = newGame()
  const tree = treeOf(game, ...RIGHT)
  const assertion = {
    type: 'assert',
    from: 'honest',
    parent: undefined,
    root: tree.root,
    output: RIGHT[1],
    siblings: tree.lastSiblings(1, 0),
    value: 130n,
  } as const
  const id: Hash = claim(newGame(), 'honest', RIGHT).id!
  const recording = record(parameters, game.hashing, game.world, [
    { time: 0, action: assertion },
    { time: 40, action: { type: 'bisect', from: 'x', edge: id, left: RIGHT[0], right: RIGHT[1] } },
    { time: 100, action: { type: 'update', from: 'x', edges: [id] } },
    { time: 100, action: { type: 'resolve', from: 'x', assertion: id } },
  ])
  expect(recording.batches).toEqual({ 0: { acc: word(100), lastBlock: 2 } })
  expect(recording.steps.map(({ outcome }) => outcome)).toEqual([
    { status: 'done' },
    { status: 'refused', reason: 'no rival' },
    { status: 'done' },
    { status: 'done' },
  ])
  expect(recording.steps[2]).toMatchObject({
    edges: [{ id, time: 100 }],
    winners: [[id, id]].map(([, e]) => [game.hashing.hash('animechain tournament 1', 1, '0x0', 0, 0), e]),
  })
  expect(recording.steps[3]!.ledger).toEqual({
    received: '130',
    held: '0',
    pots: '0',
    burned: '0',
    paidOut: '0',
    credits: { honest: '130' },
  })
  expect(JSON.parse(recordingJson(recording)).steps[0].action.value).toBe('130')
})
