import { edgeId, Game, pair, type Action, type Edge, type Hash } from '@animechain/proving-game'
import { Match, type Rules, type Setting } from '../match.js'
import { drawTemper, largeSetting, playWith } from '../play.js'
import { randomFrom, type Random } from '../random.js'
import { BLOCKS_PER_BATCH, type Arena } from './arena.js'
import { Replay, type Compared } from './replay.js'
import { addressed, OpenChain, OpenHashing } from './world.js'
import type { Oracle } from './calls.js'

/** Seconds of L1 for a unit of time of the match: each action has a block of its own, so that it can be looked at alone. */
const SECONDS = 2_048
/** The period in units of the match: answers take 72 of them. */
const PERIOD = 400
const DELAY = 8

/** The setting of a match at small heights, with the rules of the trees that {@link duel} plays on. */
export function duelSetting(): Setting {
  const base = largeSetting([2, 2, 2])
  return {
    parameters: { ...base.parameters, gameType: 7, period: PERIOD },
    shape: { blocks: BLOCKS_PER_BATCH, changes: 12 },
    delay: DELAY,
  }
}

/** The rules as L1 has them: times in its seconds. */
export const duelRules = () => {
  const { parameters } = duelSetting()
  return { ...parameters, period: PERIOD * SECONDS }
}

/** Of a hundred actions of a match, so many have a wrong one before them. */
const NOISE = 30
/** Wrong claims of a match, at most. */
const MOST_CLAIMS = 3
/** Edges beyond which liars make nothing more. */
const MOST_EDGES = 60

/**
 * One random match of liars with the honest player, repeated on the contracts with wrong actions in between, and compared after each action.
 * @param rules those of the model, or some with a planted bug
 * @throws Violation where model and contracts differ
 */
export async function duel(arena: Arena, seed: number, rules: Rules = Game): Promise<Compared> {
  const setting = duelSetting()
  const random = randomFrom(seed)
  const hashing = new OpenHashing()
  const Addressed = addressed(arena, rules)
  const chain = new OpenChain(setting.parameters, hashing, setting.shape)
  chain.batches = arena.batches
  const match = new Match(setting, chain, new (addressed(arena, Game))(setting.parameters, hashing, chain))
  match.log = []
  playWith(match, seed, { ...drawTemper(random, setting, MOST_CLAIMS), edges: MOST_EDGES })

  const oracle: Oracle = { asked: undefined }
  const game = new Addressed(duelRules(), hashing, {
    batch: (index) => chain.batch(index),
    step: (before, place) => {
      const after = chain.step(before, place)
      oracle.asked = { before, after }
      return after
    },
  })
  const { timestamp } = await arena.client.getBlock()
  const replay = new Replay(arena, game, oracle, Number(timestamp) + 1_000)
  await replay.start()
  let [at, turn] = [0, 0]
  const act = async (action: Action): Promise<void> => {
    game.now = at * SECONDS + turn++
    if (turn >= SECONDS) throw new Error(`expected fewer than ${SECONDS} actions at a time`)
    await replay.act(action)
  }
  const log: Action[] = []
  for (const { time, action } of match.log) {
    if (time > at) [at, turn] = [time, 0]
    if (random.below(100) < NOISE) await act(disturb(game, match, random, log))
    await act(action)
    log.push(action)
  }
  await replay.compareAll()
  return replay.compared
}

/** An action that nobody in the match takes: out of turn, bent, or on something else. */
function disturb(game: Game, match: Match, random: Random, log: readonly Action[]): Action {
  const accounts = ['honest', 'liar 0', 'anybody']
  const from = random.pick(accounts)
  const edges = [...game.edges.values()]
  const edge = edges.length === 0 ? undefined : random.pick(edges)
  const id = edge === undefined || random.rarely(12) ? word(random.below(1_000)) : edge.id
  const tournaments = [...game.tournaments.keys(), word(7)]
  const claims = [...game.claims.keys()]
  const kinds: (() => Action | undefined)[] = [
    ...Array.from({ length: 6 }, () => () => bent(game, random, log, id, from)),
    () => bisection(match, edge, random, from),
    () => ({ type: 'slash', from, edge: id }),
    () => ({ type: 'claimStake', from, edge: id }),
    () => ({ type: 'close', from, tournament: random.pick(tournaments) }),
    () => ({ type: 'claimCredit', from, account: random.pick(accounts) }),
    () => ({ type: 'update', from, edges: [id, ...(edge === undefined ? [] : [edge.id])] }),
    () => (claims.length === 0 ? undefined : { type: 'resolve', from, assertion: random.pick(claims) }),
    () => ({ type: 'reward', from, path: pathBelow(game, random, claims) }),
  ]
  return random.pick(kinds)() ?? { type: 'update', from, edges: [] }
}

const word = (value: number): Hash => `0x${value.toString(16).padStart(64, '0')}`

/** The right halves of an edge, or wrong ones, whether it has a rival or not. */
function bisection(match: Match, edge: Edge | undefined, random: Random, from: string): Action | undefined {
  const tree = edge && match.trees.get(edge.id)
  if (edge === undefined || tree === undefined || edge.height === 0) return undefined
  const [left, right] = [0, 1].map((i) => tree.node(edge.height - 1, 2 * edge.position + i)) as [Hash, Hash]
  return {
    type: 'bisect',
    from,
    edge: edge.id,
    ...(random.rarely(3) ? { left: right, right: left } : { left, right }),
  }
}

/** A way down from an assertion, taken at random; at times with something else at its end. */
function pathBelow(game: Game, random: Random, claims: readonly Hash[]): readonly Hash[] {
  if (claims.length === 0) return [word(1)]
  const path = [random.pick(claims)]
  for (let at = game.edge(path[0]!)!; !random.rarely(8); at = game.edge(path.at(-1)!)!) {
    const below = [at.lower, at.upper, ...game.refinements(at.id)].filter((next) => next !== undefined)
    if (below.length === 0) break
    path.push(random.pick(below))
  }
  return random.rarely(4) ? [...path, random.pick([...game.edges.keys()])] : path
}

/** An action of the past, again, or with one thing about it changed. */
function bent(
  game: Game,
  random: Random,
  log: readonly Action[],
  id: Hash,
  from: string,
): Action | undefined {
  // Moves are few among looks, slashes and claims for rewards.
  const wanted = random.pick(['assert', 'bisect', 'refine', 'refine', 'prove', 'any'])
  const past = log.filter(({ type }) => wanted === 'any' || type === wanted)
  const action = past.length === 0 ? undefined : random.pick(past.slice(-30))
  if (action === undefined || random.rarely(4)) return action
  switch (action.type) {
    case 'assert':
      return random.pick<Action>([
        { ...action, value: action.value - 1n },
        { ...action, output: id },
        { ...action, siblings: action.siblings.slice(1) },
        { ...action, parent: id },
        { ...action, from },
      ])
    case 'refine':
      return random.pick<Action>([
        { ...action, edge: id },
        { ...action, root: id },
        { ...action, siblings: [...action.siblings, id] },
        { ...action, before: undefined },
        { ...action, before: action.before && { ...action.before, leaf: id } },
        { ...action, halted: action.halted && { ...action.halted, pc: action.halted.pc + 1 } },
        { ...action, value: random.pick([0n, action.value + 1n, action.value / 2n]), from },
      ])
    case 'prove':
      return random.pick<Action>([
        { ...action, edge: id },
        { ...action, before: undefined },
        { ...action, before: action.before && { ...action.before, leaf: id } },
        { ...action, from },
      ])
    case 'bisect':
      return random.pick<Action>([elsewhere(game, action, id), { ...action, from }])
    default:
      return { ...action, from }
  }
}

/** The halves of an edge for another one. L1 is told a mutual and the halves, so that what they name is the edge that consists of them. */
function elsewhere(game: Game, action: Extract<Action, { type: 'bisect' }>, id: Hash): Action {
  const mutual = game.edge(id)?.mutual ?? id
  return { ...action, edge: edgeId(game.hashing, mutual, pair(game.hashing, action.left, action.right)) }
}
