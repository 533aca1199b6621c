import {
  hasRival,
  ownTime,
  symbolicHashing,
  tournamentId,
  type Edge,
  type GameParameters,
  type Hash,
  type Move,
} from '@animechain/proving-game'
import { lyingBlocks, refineWithAnothers, refinement, type Lie } from './lies.js'
import { answeringTime, HONEST, Match, Violation, type Rules, type Setting } from './match.js'
import { settle } from './settle.js'

/** What the liars may do in one search: their claims, and their refinements of level 1 and 2. */
export interface Budget {
  readonly claims: number
  readonly refinements: readonly [number, number]
  /** Whether a liar asserts the right claim before the honest player does. */
  readonly copied: boolean
  /** Whether the liar chooses at each tick if the honest player decides on what stands now or on what stood a tick ago; else always the latter. */
  readonly quickToo: boolean
}

export interface Explored {
  readonly states: number
  readonly settled: number
  /** The longest time from the honest claim to acceptance, in ticks. */
  readonly latest: number
  readonly complete: boolean
}

interface State {
  readonly match: Match
  readonly pending: readonly Move[]
  readonly claimedAt: number | undefined
}

const LIAR = 'liar'

/** Heights, and a period that the honest player's answers just fit into: what the bound allows and not a tick more. */
export function smallSetting(heights: GameParameters['heights'], lateness: number): Setting {
  const [h0, h1, h2] = heights
  const period = h0 + h1 + h2 + 3 + lateness + 1
  const rewards = { assert: 3n, bisect: 5n, refine: 7n, prove: 11n }
  const steps = BigInt(h2) * rewards.bisect + rewards.prove
  const spans = BigInt(h1) * rewards.bisect + rewards.refine + 2n * steps
  const blocks = rewards.assert + BigInt(h0) * rewards.bisect + rewards.refine + 2n * spans
  const least = (path: bigint) => (path * 5n + 3n) / 4n
  return {
    parameters: {
      gameType: 1,
      period,
      heights,
      bonds: [least(blocks), least(spans), least(steps)],
      rewards,
      interval: 1,
      program: { codeRoot: '0xc0', ramRoot: '0xca', pages: 1 },
      rules: '0xee',
      genesis: '0x9e',
    },
    shape: { blocks: 2 ** h0, changes: 2 ** 20 },
    delay: 1,
  }
}

/** Every play of the liars within a budget against the honest player, who answers a tick late. @throws Violation with the way that led there */
export function explore(setting: Setting, budget: Budget, rules: Rules, limit = Infinity): Explored {
  const search = new Search(setting, budget)
  const match = Match.begin(setting, symbolicHashing(), rules)
  // The first claim begins the tournament.
  if (budget.copied) {
    match.assert(LIAR, undefined, rightBlocks(match))
    search.visit({ match, pending: [], claimedAt: undefined }, limit)
  } else
    for (const lie of lies(setting.parameters.heights[0])) {
      const first = match.clone()
      search.assertLie(first, lie)
      search.visit({ match: first, pending: [], claimedAt: undefined }, limit)
    }
  return search.result(limit)
}

function rightBlocks({ chain, setting, game }: Match) {
  const id = tournamentId(game.hashing, setting.parameters.gameType, '0x0', 0)
  return chain.blocks({ id, parentBlock: 0, batchIndex: 0 } as never)
}

/** Every way to lie over 2^height leaves with one run of junk. */
function lies(height: number): readonly Lie[] {
  const end = 2 ** height
  return Array.from({ length: end }, (_, from) =>
    Array.from({ length: end - from }, (_, i) => ({ from, until: from + 1 + i, salt: 1 })),
  ).flat()
}

class Search {
  private readonly seen = new Set<string>()
  private settled = 0
  private latest = 0

  constructor(
    private readonly setting: Setting,
    private readonly budget: Budget,
  ) {}

  result(limit: number): Explored {
    const { settled, latest } = this
    return { states: this.seen.size, settled, latest, complete: this.seen.size < limit }
  }

  visit(start: State, limit: number): void {
    const stack = [start]
    while (stack.length > 0 && this.seen.size < limit) {
      const state = stack.pop()!
      const key = stateKey(state)
      if (this.seen.has(key)) continue
      this.seen.add(key)
      stack.push(...this.successors(state))
    }
  }

  private successors(state: State): readonly State[] {
    const { match } = state
    if (this.isOver(state)) {
      this.settled++
      settle(match.clone())
      return []
    }
    const acted = this.liarsActs(match).flatMap((act) => {
      const next = match.clone()
      return act(next) ? [{ ...state, match: next }] : []
    })
    const slow = this.pass(state, state.pending)
    return [...acted, slow, ...(this.budget.quickToo ? [this.pass(state, match.decide())] : [])]
  }

  /** The honest player does what it decided on, the liars bring what they can to L1, and a tick passes. */
  private pass(state: State, moves: readonly Move[]): State {
    const match = state.match.clone()
    match.play(moves)
    this.refreshLies(match)
    const { game } = match
    const [tournament] = game.tournaments.values()
    const claim = match.rightClaim(tournament!.id)!
    const claimedAt = state.claimedAt ?? (game.edge(claim) ? game.now : undefined)
    if (tournament!.accepted !== undefined)
      this.latest = Math.max(this.latest, tournament!.decidedAt! - claimedAt!)
    else if (claimedAt !== undefined) {
      // A look more, for it decides on the state of the tick before.
      const bound = claimedAt + this.setting.parameters.period + answeringTime(this.setting) + 1
      if (game.now > bound) throw new Violation(`not accepted by ${bound}, claimed at ${claimedAt}`)
    }
    game.now++
    return { match, pending: match.decide(), claimedAt }
  }

  /** The liars bring all timers to L1 but that of the right claim, which is the honest player's work. */
  private refreshLies(match: Match): void {
    const { game } = match
    const [tournament] = game.tournaments.values()
    const claim = match.rightClaim(tournament!.id)
    const order = [...game.edges.values()]
      .filter(({ id }) => id !== claim)
      .sort((a, b) => b.level - a.level || a.height - b.height)
    if (order.length > 0) match.act({ type: 'update', from: LIAR, edges: order.map(({ id }) => id) })
  }

  private isOver({ match, pending }: State): boolean {
    const [tournament] = match.game.tournaments.values()
    if (tournament!.accepted === undefined || pending.some(({ type }) => type !== 'reward')) return false
    return match.undecidedRight().length === 0
  }

  /** Everything that the liars can do now and that is not done yet. */
  private liarsActs(match: Match): readonly ((next: Match) => boolean)[] {
    const { game } = match
    const acts: ((next: Match) => boolean)[] = []
    const [tournament] = game.tournaments.values()
    const junk = game.assertions(tournament!.id).filter(({ id }) => id !== match.rightClaim(tournament!.id))
    if (junk.length < this.budget.claims)
      for (const lie of lies(this.setting.parameters.heights[0]))
        acts.push((next) => this.assertLie(next, lie))
    const wrongRoots = (level: number) =>
      game
        .roots(tournament!.id)
        .map((id) => game.edge(id)!)
        .filter((edge) => edge.level === level && edge.maker === LIAR && !match.isRight(edge)).length
    for (const edge of game.edges.values()) {
      if (!hasRival(game, edge)) continue
      if (edge.height > 0) {
        if (edge.lower === undefined) acts.push((next) => next.bisect(LIAR, edge.id).status === 'done')
      } else if (edge.level === 2) continue
      else if (wrongRoots(edge.level + 1) < this.budget.refinements[edge.level]!)
        acts.push(...this.refinements(match, edge))
    }
    return acts
  }

  private refinements(match: Match, edge: Edge): readonly ((next: Match) => boolean)[] {
    const height = this.setting.parameters.heights[edge.level + 1]!
    const variants: (readonly [Lie | undefined, number])[] = [
      [undefined, 0],
      ...(edge.level === 0 ? [[undefined, 1] as const] : []),
      ...lies(height).map((lie) => [lie, 0] as const),
    ]
    const made = new Set<Hash>()
    return variants
      .flatMap(([lie, ram]) => {
        const { tree, halted } = refinement(match, edge, lie, ram)
        if (made.has(tree.root)) return []
        made.add(tree.root)
        return [(next: Match) => next.refine(LIAR, edge.id, tree, halted).status === 'done']
      })
      .concat((next: Match) => refineWithAnothers(next, LIAR, edge))
  }

  assertLie(match: Match, lie: Lie): boolean {
    const tournament = {
      id: tournamentId(match.game.hashing, this.setting.parameters.gameType, '0x0', 0),
      parentBlock: 0,
      batchIndex: 0,
    } as never
    return match.assert(LIAR, undefined, lyingBlocks(match, tournament, lie)).status === 'done'
  }
}

/** What two states must have in common to go on alike: times relative to now and up to P. */
function stateKey({ match: { game }, pending, claimedAt }: State): string {
  const { period } = game.parameters
  const cap = (time: number) => Math.min(time, period)
  const who = (account: string | undefined) => (account === undefined ? '' : account === HONEST ? 'h' : 'l')
  const edges = [...game.edges.values()].map((edge) => {
    const { secondAt, winner, first } = game.mutual(edge.mutual)!
    return [
      edge.id,
      cap(ownTime(game, edge)),
      `${secondAt === undefined}${first === edge.id}${winner === edge.id}`,
      cap(edge.time),
      cap(edge.best),
      edge.stake,
      `${edge.lower !== undefined}${edge.proven}${edge.freeUsed}`,
      `${who(edge.maker)}${who(edge.bisector)}${who(edge.prover)}`,
      game.edge(edge.top)!.maker,
    ].join()
  })
  const [tournament] = game.tournaments.values()
  return [
    edges.sort().join(';'),
    sinceWhat(tournament!.decidedAt, claimedAt, game.now),
    JSON.stringify(pending.map((move) => [move.type, 'edge' in move ? move.edge : ''])),
  ].join('|')
}

/** What of the time a state goes on from: acceptance, else the honest claim, which has to be accepted in time, else the beginning. */
function sinceWhat(decidedAt: number | undefined, claimedAt: number | undefined, now: number): string {
  if (decidedAt !== undefined) return `decided ${now - decidedAt}`
  return claimedAt === undefined ? `${now}` : `claimed ${now - claimedAt}`
}
