import {
  Game,
  hasRival,
  keccakHashing,
  record,
  recordingJson,
  ownTime,
  symbolicHashing,
  timers,
  tournamentId,
  type Edge,
  type GameParameters,
  type Hash,
} from '@animechain/proving-game'
import { lyingBlocks, refinement, refineWithAnothers, type Lie } from './lies.js'
import { answeringTime, HONEST, Match, Violation, type Rules, type Setting } from './match.js'
import { randomFrom, type Random } from './random.js'
import { settle, takeAll } from './settle.js'

const GWEI = 10n ** 9n
const HOUR = 3_600

/** The heights and the period of the real game; the honest player looks every half hour. Bonds are the least that section 6 allows. */
export function largeSetting(heights: GameParameters['heights'] = [13, 20, 20]): Setting {
  const gas = 20n * GWEI
  const rewards = {
    assert: 400_000n * gas,
    bisect: 80_000n * gas,
    refine: 250_000n * gas,
    prove: 500_000n * gas,
  }
  const [h0, h1, h2] = heights.map(BigInt) as [bigint, bigint, bigint]
  const steps = h2 * rewards.bisect + rewards.prove
  const spans = h1 * rewards.bisect + rewards.refine + 2n * steps
  const blocks = rewards.assert + h0 * rewards.bisect + rewards.refine + 2n * spans
  const least = (path: bigint) => (path * 5n + 3n) / 4n
  return {
    parameters: {
      gameType: 1,
      period: 7 * 24 * HOUR,
      heights,
      bonds: [least(blocks), least(spans), least(steps)],
      rewards,
      interval: 1,
      program: { codeRoot: word(1), ramRoot: word(2), pages: 1 },
      rules: word(3),
      genesis: word(4),
    },
    shape: { blocks: Math.min(40, 2 ** heights[0]), changes: 12 },
    delay: HOUR / 2,
  }
}

const word = (value: number): Hash => `0x${value.toString(16).padStart(64, '0')}`

/** How the liars of a match are. Chances are one in so many turns. */
export interface Temper {
  /** Wrong claims in all, and accounts that make them and refine. */
  readonly claims: number
  readonly accounts: number
  /** Junk refinements for one edge. */
  readonly sybils: number
  /** Seconds that the honest player is away after the first claim. */
  readonly absence: number
  /** A possible move is made once in so many turns. */
  readonly hurry: number
  /** They act only when the right claim is nearly confirmed. */
  readonly late: boolean
  /** They make the honest player's moves before it does, once in so many; 0: never. */
  readonly copying: number
  /** They assert the right claim first. */
  readonly copied: boolean
  /** Claims that continue claims of the first tournament. */
  readonly children: number
  /** They make nothing more beyond so many edges. */
  readonly edges: number
}

/** What came of a match. Times in seconds from the first claim on, amounts in wei. */
export interface Played {
  readonly temper: Temper
  readonly edges: number
  readonly acceptedAfter: number
  /** Acceptance beyond the honest claim's making and P. */
  readonly delay: number
  readonly honestMoves: number
  readonly othersMoves: number
  /** The most that the honest player had staked at a time. */
  readonly staked: bigint
  readonly earned: bigint
}

/** Draws how liars are. */
export function drawTemper(random: Random, setting: Setting, most: number): Temper {
  const claims = 1 + random.below(random.pick([1, 3, 10, most]))
  const awayAtMost = setting.parameters.period - answeringTime(setting) - 2 * setting.delay
  return {
    claims,
    accounts: 1 + random.below(claims + 4),
    sybils: random.pick([0, 1, 1, 2, 5]),
    absence: random.pick([0, random.below(awayAtMost), awayAtMost - 1]),
    hurry: random.pick([1, 1, 2, 6]),
    late: random.rarely(3),
    copying: random.pick([0, 0, 1, 3]),
    copied: random.rarely(4),
    children: random.pick([0, 0, 0, 2]),
    edges: 200 * most,
  }
}

/** A match as JSON for another implementation of the rules: every action that was tried, and what must come of it. Hashes are keccak256. */
export function trace(seed: number, setting: Setting, most: number): string {
  const random = randomFrom(seed)
  const match = Match.begin(setting, keccakHashing(), Game)
  match.log = []
  // Claims that continue others need their contracts' addresses.
  const temper = { ...drawTemper(random, setting, most), children: 0 }
  new Table(match, random, temper).play()
  return recordingJson(record(setting.parameters, match.game.hashing, match.chain, match.log))
}

/** A match of random liars with the honest player. The same seed gives the same match. @throws Violation */
export function play(seed: number, setting: Setting, rules: Rules, temper?: Temper, most = 30): Played {
  const random = randomFrom(seed)
  const match = Match.begin(setting, symbolicHashing(), rules)
  return new Table(match, random, temper ?? drawTemper(random, setting, most)).play()
}

/** A match of liars of the given kind on a table that was laid for them. @throws Violation */
export const playWith = (match: Match, seed: number, temper: Temper): Played =>
  new Table(match, randomFrom(seed), temper).play()

class Table {
  private readonly liars: readonly string[]
  private claims = 0
  private salt = 0
  private readonly claimedAt = new Map<Hash, number>()
  private looks = 0

  constructor(
    private readonly match: Match,
    private readonly random: Random,
    private readonly temper: Temper,
  ) {
    this.liars = Array.from({ length: temper.accounts }, (_, i) => `liar ${i}`)
  }

  play(): Played {
    const { match, temper, random } = this
    const { delay } = match.setting
    if (temper.copied) match.assert(this.liar(), undefined, match.chain.blocks(this.first()))
    this.claim(undefined)
    // Liars among themselves, before the honest player comes.
    const turns = Math.min(30, Math.floor(temper.absence / delay))
    for (let i = 0; i < turns; i++) {
      this.turn()
      match.game.now += Math.floor(temper.absence / turns)
    }
    while (!this.isOver()) {
      if (this.looks++ > 4_000) throw new Violation('no end')
      const done = match.done
      const { moves, lookAgainAt } = match.decision()
      // What they do now comes before what the honest player has sent.
      if (random.rarely(2)) this.turn()
      match.play(moves)
      this.checkTime()
      match.game.now++
      this.turn()
      match.game.now += delay - 1
      if (match.done === done) this.skip(lookAgainAt)
    }
    return this.result()
  }

  /** Nobody moved: to shortly before something happens by itself. */
  private skip(lookAgainAt: number | undefined): void {
    const { game, setting } = this.match
    const looks = Math.floor(((lookAgainAt ?? game.now) - game.now) / setting.delay) - 3
    if (looks > 0) game.now += looks * setting.delay
  }

  private result(): Played {
    const { match, temper } = this
    const [first] = match.game.tournaments.values()
    const acceptedAfter = first!.decidedAt!
    settle(match)
    match.audit()
    const count = (who: string) =>
      [...match.moves].reduce((sum, [name, times]) => sum + (name.startsWith(who) ? times : 0), 0)
    return {
      temper,
      edges: match.game.edges.size,
      acceptedAfter,
      delay: acceptedAfter - this.claimedAt.get(first!.id)! - match.setting.parameters.period,
      honestMoves: count(HONEST),
      othersMoves: count('others'),
      staked: -match.leastBalance,
      earned: match.balances.get(HONEST) ?? 0n,
    }
  }

  private first() {
    const { hashing } = this.match.game
    const id = tournamentId(hashing, this.match.setting.parameters.gameType, '0x0', 0)
    return this.match.game.tournament(id) ?? ({ id, parentBlock: 0, batchIndex: 0 } as never)
  }

  private liar(): string {
    return this.random.pick(this.liars)
  }

  private tournamentsOfHonest() {
    const { match } = this
    return [...match.game.tournaments.values()].filter(({ id }) => match.rightClaim(id) !== undefined)
  }

  private isOver(): boolean {
    const { match } = this
    return (
      this.tournamentsOfHonest().every(({ accepted }) => accepted !== undefined) &&
      match.undecidedRight().length === 0
    )
  }

  /** The stated bound, for every tournament with a right parent. */
  private checkTime(): void {
    const { match } = this
    const { game, setting } = match
    for (const { id, accepted, parent } of this.tournamentsOfHonest()) {
      const claim = match.rightClaim(id)!
      if (!this.claimedAt.has(id) && game.edge(claim) !== undefined) this.claimedAt.set(id, game.now)
      if (accepted !== undefined) continue
      const stands = parent === undefined || game.claims.get(parent)!.status === 'accepted'
      const bound =
        this.claimedAt.get(id)! + setting.parameters.period + answeringTime(setting) + setting.delay
      if (stands && game.now > bound + setting.delay)
        throw new Violation(
          `claimed at ${this.claimedAt.get(id)}, not accepted at ${game.now}: ${this.lowest(claim)}`,
        )
    }
  }

  /** The path that holds a claim up: level, height, own time and whether it has a rival. */
  private lowest(id: Hash): string {
    const { game } = this.match
    const timer = timers(game)
    const edge = game.edge(id)!
    const here = `${edge.level}/${edge.height} ${ownTime(game, edge)} of ${timer(id)}${hasRival(game, edge) ? ' rivalled' : ''}`
    const below =
      edge.lower !== undefined
        ? [edge.lower, edge.upper!]
        : [...game.refinements(id)].sort((a, b) => timer(b) - timer(a)).slice(0, 1)
    const next = below.sort((a, b) => timer(a) - timer(b))[0]
    return next === undefined ? here : `${here}, ${this.lowest(next)}`
  }

  /** One turn of the liars. */
  private turn(): void {
    const { match, temper, random } = this
    const { game } = match
    if (temper.late && !this.isUrgent()) return
    if (this.claims < temper.claims && (temper.hurry === 1 || random.rarely(temper.hurry)))
      for (let i = random.below(temper.claims - this.claims); i >= 0; i--) this.claim(undefined)
    if (random.below(20) < temper.children) {
      const parents = [...game.claims.values()].filter(({ status }) => status !== 'rejected')
      this.claim(random.pick(parents).id)
    }
    if (temper.copying > 0 && random.rarely(temper.copying)) this.copy()
    // The honest player's work is not theirs; what copies it comes before.
    const honest = new Set(match.decide().map((move) => ('edge' in move ? move.edge : undefined)))
    const all = [...game.edges.values()]
    for (const edge of all)
      if (edge.level === 2 && edge.height === 0 && !hasRival(game, edge) && random.rarely(8))
        match.prove(this.liar(), edge.id)
    const open = all.filter((edge) => hasRival(game, edge))
    for (const edge of open)
      if (temper.hurry === 1 || random.rarely(temper.hurry)) this.attack(edge, honest.has(edge.id))
    if (random.rarely(3)) this.refresh()
    if (random.rarely(6)) takeAll(match)
  }

  private isUrgent(): boolean {
    const { match } = this
    const { period } = match.setting.parameters
    const timer = timers(match.game)
    return this.tournamentsOfHonest().some(({ id }) => {
      const claim = match.rightClaim(id)!
      return match.game.edge(claim) !== undefined && timer(claim) >= period - 2 * match.setting.delay
    })
  }

  /** A wrong claim: of the first tournament, or one that continues a claim. */
  private claim(parent: Hash | undefined): void {
    const { match } = this
    const tournament =
      parent === undefined
        ? this.first()
        : {
            id: '0x0' as const,
            parentBlock: match.game.claims.get(parent)!.block,
            batchIndex: match.game.tournament(match.game.claims.get(parent)!.tournament)!.batchIndex + 1,
          }
    const end = 2 ** match.setting.parameters.heights[0]
    match.assert(
      this.liar(),
      parent,
      lyingBlocks(match, tournament as never, this.lie(end, match.setting.shape.blocks)),
    )
    if (parent === undefined) this.claims++
  }

  /** Lies mostly where something happens, from there to the end or for a while. */
  private lie(end: number, busy: number): Lie {
    const { random } = this
    const from = random.below(random.rarely(4) ? end : Math.min(end, busy))
    const until = random.rarely(2) ? end : from + 1 + random.below(end - from)
    return { from, until, salt: random.rarely(5) ? 0 : ++this.salt }
  }

  /** Makes the moves that the honest player is about to make. */
  private copy(): void {
    const { match } = this
    for (const move of match.decide())
      if (move.type === 'bisect') match.bisect(this.liar(), move.edge)
      else if (move.type === 'prove') match.prove(this.liar(), move.edge)
      else if (move.type === 'refine' && this.random.rarely(3)) {
        const { tree, halted } = refinement(match, match.game.edge(move.edge)!, undefined, 0)
        match.refine(this.liar(), move.edge, tree, halted)
      }
  }

  private attack(edge: Edge, isHonestWork: boolean): void {
    const { match, temper, random } = this
    const { game } = match
    if (game.edges.size > temper.edges) return
    if (edge.height > 0) {
      if (edge.lower === undefined && !isHonestWork) match.bisect(this.liar(), edge.id)
    } else if (edge.level === 2) {
      // Also the wrong ones: they must be refused.
      if (!edge.proven && !isHonestWork && random.rarely(4)) match.prove(this.liar(), edge.id)
    } else {
      const top = game.edge(edge.top)!
      if (top.maker !== HONEST && !edge.freeUsed) this.refine(edge, top.maker!)
      const junk = game.refinements(edge.id).filter((id) => game.edge(id)!.maker !== HONEST).length
      if (junk < temper.sybils) this.refine(edge, this.liar())
      if (random.rarely(20)) refineWithAnothers(match, this.liar(), edge)
    }
  }

  private refine(edge: Edge, from: string): void {
    const { match, random } = this
    const end = 2 ** match.setting.parameters.heights[edge.level + 1]!
    const lie = random.rarely(4) ? undefined : this.lie(end, end)
    const { tree, halted } = refinement(match, edge, lie, random.rarely(4) ? ++this.salt : 0)
    match.refine(from, edge.id, tree, halted)
  }

  /** Brings timers to L1, but not that of a right claim. */
  private refresh(): void {
    const { match } = this
    const order = [...match.game.edges.values()]
      .filter(({ id, level, top }) => level > 0 || id !== top || !this.isRightClaim(id))
      .sort((a, b) => b.level - a.level || a.height - b.height)
    match.act({ type: 'update', from: this.liar(), edges: order.map(({ id }) => id) })
  }

  private isRightClaim(id: Hash): boolean {
    return this.match.rightClaim(this.match.game.edge(id)!.tournament) === id
  }
}
