import {
  edgeId,
  firstState,
  haltedState,
  inputsHash,
  lowerMutual,
  pair,
  refinedMutual,
  rootFromLast,
  tournamentId,
  upperMutual,
  type Hash,
  type Hashing,
} from './hashing.js'
import { burnedShare, Ledger } from './ledger.js'
import type {
  Action,
  Assertion,
  Before,
  Edge,
  GameParameters,
  GameView,
  GameWorld,
  Mutual,
  Outcome,
  Refusal,
  Tournament,
} from './state.js'
import { hasRival, ownTime } from './timers.js'

type Of<T extends Action['type']> = Extract<Action, { type: T }>

const DONE: Outcome = { status: 'done' }
const NOTHING: Outcome = { status: 'nothing' }
const refused = (reason: Refusal): Outcome => ({ status: 'refused', reason })

/** The beginning of a level under one mutual. */
interface Start {
  readonly state: Hash
  /** Hash of the program's inputs: level 1. */
  readonly inputs: Hash | undefined
}

/** Whether an edge is one that has its time from its refinements. */
const isRefinable = ({ height, level }: Edge): boolean => height === 0 && level < 2

const NEW_EDGE = {
  lower: undefined,
  upper: undefined,
  proven: false,
  time: 0,
  best: 0,
  maker: undefined,
  bisector: undefined,
  prover: undefined,
  stake: 'none',
  freeUsed: false,
  unconfirmed: 0,
  paid: { made: false, bisected: false, proven: false },
} as const

/** The rules of the game (docs/spec/game.md): what an action changes, and what is refused. Deterministic; a refused action changes nothing. */
export class Game implements GameView {
  now = 0
  readonly ledger: Ledger
  readonly edges: Map<Hash, Edge>
  readonly mutuals: Map<Hash, Mutual>
  readonly tournaments: Map<Hash, Tournament>
  readonly claims: Map<Hash, Assertion>
  private readonly starts: Map<Hash, Start>
  private readonly refining: Map<Hash, readonly Hash[]>

  constructor(
    readonly parameters: GameParameters,
    readonly hashing: Hashing,
    readonly world: GameWorld,
    from?: Game,
  ) {
    this.ledger = from?.ledger.clone() ?? new Ledger()
    this.now = from?.now ?? 0
    this.edges = new Map(from?.edges)
    this.mutuals = new Map(from?.mutuals)
    this.tournaments = new Map(from?.tournaments)
    this.claims = new Map(from?.claims)
    this.starts = new Map(from?.starts)
    this.refining = new Map(from?.refining)
  }

  /** A copy that goes on by itself. */
  clone(): this {
    const Same = this.constructor as new (...args: ConstructorParameters<typeof Game>) => this
    return new Same(this.parameters, this.hashing, this.world, this)
  }

  edge(id: Hash): Edge | undefined {
    return this.edges.get(id)
  }

  mutual(id: Hash): Mutual | undefined {
    return this.mutuals.get(id)
  }

  refinements(id: Hash): readonly Hash[] {
    return this.refining.get(id) ?? []
  }

  tournament(id: Hash): Tournament | undefined {
    return this.tournaments.get(id)
  }

  assertions(tournament: Hash): readonly Assertion[] {
    return [...this.claims.values()].filter((claim) => claim.tournament === tournament)
  }

  roots(tournament: Hash): readonly Hash[] {
    return [...this.edges.values()]
      .filter((edge) => edge.tournament === tournament && edge.refines !== undefined)
      .map(({ id }) => id)
  }

  credit(account: string): bigint {
    return this.ledger.credits.get(account) ?? 0n
  }

  /** Does an action at the present time. */
  act(action: Action): Outcome {
    switch (action.type) {
      case 'assert':
        return this.assert(action)
      case 'bisect':
        return this.bisect(action)
      case 'refine':
        return this.refine(action)
      case 'prove':
        return this.prove(action)
      case 'update':
        return this.update(action)
      case 'resolve':
        return this.resolve(action)
      case 'slash':
        return this.slash(action)
      case 'claimStake':
        return this.claimStake(action)
      case 'reward':
        return this.reward(action)
      case 'claimCredit':
        return this.claimCredit(action)
      case 'close':
        return this.close(action)
    }
  }

  /** The tournament that continues `parent` (undefined: genesis), or why there is none. */
  private tournamentAfter(parent: Hash | undefined): Tournament | Refusal {
    const claim = parent === undefined ? undefined : this.claims.get(parent)
    if (parent !== undefined && claim === undefined) return 'no such assertion'
    if (claim?.status === 'rejected') return 'parent rejected'
    const { gameType, interval, genesis } = this.parameters
    const batchIndex =
      (claim === undefined ? -1 : this.tournaments.get(claim.tournament)!.batchIndex) + interval
    const id = tournamentId(this.hashing, gameType, parent ?? '0x0', batchIndex)
    const batch = this.world.batch(batchIndex)
    if (batch === undefined) return 'no such batch'
    return (
      this.tournaments.get(id) ?? {
        id,
        parent,
        batchIndex,
        batchAcc: batch.acc,
        parentBlock: claim?.block ?? 0,
        parentOutput: claim?.output ?? genesis,
        accepted: undefined,
        decidedAt: undefined,
        pot: 0n,
        closed: false,
      }
    )
  }

  private assert({ from, parent, root, output, siblings, value }: Of<'assert'>): Outcome {
    const { bonds, heights } = this.parameters
    if (value !== bonds[0]) return refused('value')
    const tournament = this.tournamentAfter(parent)
    if (typeof tournament === 'string') return refused(tournament)
    const id = edgeId(this.hashing, tournament.id, root)
    if (this.edges.has(id)) return refused('claimed')
    if (this.isDecided(tournament.id) || tournament.decidedAt !== undefined) return refused('closed')
    if (!this.endsWith(root, output, siblings, heights[0])) return refused('last leaf')
    this.receive(value)
    this.ledger.held += value
    this.tournaments.set(tournament.id, tournament)
    this.addEdge({
      ...NEW_EDGE,
      id,
      level: 0,
      height: heights[0],
      position: 0,
      root,
      mutual: tournament.id,
      left: undefined,
      leftHeight: 0,
      top: id,
      tournament: tournament.id,
      refines: undefined,
      maker: from,
      stake: 'held',
    })
    const block = this.world.batch(tournament.batchIndex)!.lastBlock
    this.claims.set(id, {
      id,
      tournament: tournament.id,
      output,
      block,
      asserter: from,
      status: 'open',
    })
    return DONE
  }

  private bisect({ from, edge: id, left, right }: Of<'bisect'>): Outcome {
    const edge = this.edges.get(id)
    if (edge === undefined) return refused('no such edge')
    if (edge.height === 0) return refused('height')
    if (pair(this.hashing, left, right) !== edge.root) return refused('halves')
    if (edge.lower !== undefined) return NOTHING
    if (!hasRival(this, edge)) return refused('no rival')
    if (this.isDecided(this.edges.get(edge.top)!.mutual)) return NOTHING
    const lower = lowerMutual(this.hashing, edge.mutual)
    const upper = upperMutual(this.hashing, edge.mutual, left)
    const child = { ...NEW_EDGE, level: edge.level, height: edge.height - 1, top: edge.top } as const
    const { tournament } = edge
    const lowerId = edgeId(this.hashing, lower, left)
    const upperId = edgeId(this.hashing, upper, right)
    this.addEdge({
      ...child,
      id: lowerId,
      position: edge.position * 2,
      root: left,
      mutual: lower,
      left: edge.left,
      leftHeight: edge.leftHeight,
      tournament,
      refines: undefined,
    })
    this.addEdge({
      ...child,
      id: upperId,
      position: edge.position * 2 + 1,
      root: right,
      mutual: upper,
      left,
      leftHeight: edge.height - 1,
      tournament,
      refines: undefined,
    })
    this.change(id, { lower: lowerId, upper: upperId, bisector: from })
    return DONE
  }

  private refine(action: Of<'refine'>): Outcome {
    const { from, edge: id, root, value } = action
    const edge = this.edges.get(id)
    if (edge === undefined) return refused('no such edge')
    if (edge.height !== 0 || edge.level === 2) return refused('height')
    const level = edge.level === 0 ? 1 : 2
    const mutual = refinedMutual(this.hashing, edge.mutual)
    const refinement = edgeId(this.hashing, mutual, root)
    if (this.edges.has(refinement)) return this.sendBack(from, value)
    if (!hasRival(this, edge)) return refused('no rival')
    if (this.isDecided(this.edges.get(edge.top)!.mutual) || this.isDecided(mutual))
      return this.sendBack(from, value)
    const isFree = this.isFreeFor(edge, from)
    const stake = isFree ? 0n : this.parameters.bonds[level]
    if (this.credit(from) + value < stake) return refused('value')
    const start = this.starts.get(mutual) ?? this.startBelow(edge, action.before)
    if (start === undefined) return refused('state before')
    const last =
      level === 2
        ? edge.root
        : action.halted &&
          haltedState(this.hashing, this.parameters.program, start.inputs!, edge.root, action.halted)
    if (last === undefined || !this.endsWith(root, last, action.siblings, this.parameters.heights[level]))
      return refused('last leaf')
    this.receive(value)
    this.ledger.credits.set(from, this.credit(from) + value - stake)
    this.ledger.held += stake
    this.starts.set(mutual, start)
    this.addEdge({
      ...NEW_EDGE,
      id: refinement,
      level,
      height: this.parameters.heights[level],
      position: 0,
      root,
      mutual,
      left: undefined,
      leftHeight: 0,
      top: refinement,
      tournament: edge.tournament,
      refines: id,
      maker: from,
      stake: isFree ? 'none' : 'held',
    })
    if (isFree) this.back(id, this.edges.get(edge.top)!)
    this.refining.set(id, [...this.refinements(id), refinement])
    return DONE
  }

  /** Whether an account may refine an edge without a stake: once, in its own tree, while there is a stake behind it. */
  protected isFreeFor(edge: Edge, account: string): boolean {
    const top = this.edges.get(edge.top)!
    return !edge.freeUsed && top.maker === account && this.backer(top).stake === 'held'
  }

  private back(refined: Hash, top: Edge): void {
    this.change(refined, { freeUsed: true })
    const { id, unconfirmed } = this.backer(top)
    this.change(id, { unconfirmed: unconfirmed + 1 })
  }

  /** The nearest root edge, from `root` upwards, that was made with a stake. */
  private backer(root: Edge): Edge {
    if (root.stake !== 'none') return root
    return this.backer(this.edges.get(this.edges.get(root.refines!)!.top)!)
  }

  private prove({ from, edge: id, before }: Of<'prove'>): Outcome {
    const edge = this.edges.get(id)
    if (edge === undefined) return refused('no such edge')
    if (edge.height !== 0 || edge.level !== 2) return refused('height')
    if (edge.proven) return NOTHING
    const state = this.stateBefore(edge, before)
    if (state === undefined) return refused('state before')
    if (this.world.step(state, this.stepPlace(edge)) !== edge.root) return refused('step')
    this.change(id, { proven: true, time: Infinity, prover: from })
    return DONE
  }

  private update({ edges }: Of<'update'>): Outcome {
    if (edges.some((id) => !this.edges.has(id))) return refused('no such edge')
    for (const id of edges) this.refresh(this.edges.get(id)!)
    return DONE
  }

  private refresh(edge: Edge): void {
    // An edge that can be refined has its time from its refinements, and keeps none but theirs.
    if (!isRefinable(edge)) this.change(edge.id, { time: Math.max(edge.time, this.freshTime(edge)) })
    if (edge.top === edge.id) this.confirm(this.edges.get(edge.id)!)
  }

  /** T of an edge that cannot be refined, from what is known below it. */
  protected freshTime(edge: Edge): number {
    if (edge.proven) return Infinity
    const own = this.ownTime(edge)
    if (edge.lower === undefined) return own
    return (
      own +
      Math.min(this.knownTime(this.edges.get(edge.lower)!), this.knownTime(this.edges.get(edge.upper!)!))
    )
  }

  /** T of an edge as far as it is known without its halves. */
  protected knownTime(edge: Edge): number {
    const own = this.ownTime(edge)
    return isRefinable(edge) ? own + edge.best : Math.max(own, edge.time)
  }

  protected ownTime(edge: Edge): number {
    return ownTime(this, edge)
  }

  /** The edge that learns the timer of a root edge: the one that it refines, and none of that one's rivals. */
  protected toldBy(edge: Edge): readonly Edge[] {
    return edge.refines === undefined ? [] : [this.edges.get(edge.refines)!]
  }

  /** Tells what a root edge refines of its timer, and remembers it as the winner when that is long enough. */
  private confirm(edge: Edge): void {
    const time = this.knownTime(edge)
    for (const above of this.toldBy(edge)) if (time > above.best) this.change(above.id, { best: time })
    const mutual = this.mutuals.get(edge.mutual)!
    if (time < this.parameters.period || mutual.winner !== undefined) return
    this.mutuals.set(edge.mutual, { ...mutual, winner: edge.id })
    if (edge.stake !== 'none') return
    const { id, unconfirmed } = this.backer(edge)
    this.change(id, { unconfirmed: unconfirmed - 1 })
  }

  private resolve({ assertion: id }: Of<'resolve'>): Outcome {
    const claim = this.claims.get(id)
    if (claim === undefined) return refused('no such assertion')
    if (claim.status !== 'open') return refused('resolved')
    const tournament = this.tournaments.get(claim.tournament)!
    const parent = tournament.parent === undefined ? undefined : this.claims.get(tournament.parent)!
    if (tournament.accepted !== undefined) return this.reject(claim, false)
    if (parent?.status === 'rejected') return this.reject(claim, true)
    if (parent?.status === 'open') return refused('parent undecided')
    const edge = this.edges.get(id)!
    this.confirm(edge)
    if (this.mutuals.get(tournament.id)!.winner !== id) return refused('undecided')
    this.claims.set(id, { ...claim, status: 'accepted' })
    this.tournaments.set(tournament.id, { ...tournament, accepted: id, decidedAt: this.now })
    if (edge.stake === 'held' && this.mayTakeBack(edge)) this.giveBack(edge)
    return DONE
  }

  private reject(claim: Assertion, inVain: boolean): Outcome {
    this.claims.set(claim.id, { ...claim, status: 'rejected' })
    // What continues it has come to nothing.
    for (const [id, tournament] of this.tournaments)
      if (tournament.parent === claim.id) this.tournaments.set(id, { ...tournament, decidedAt: this.now })
    const edge = this.edges.get(claim.id)!
    if (edge.stake === 'held') this.lose(edge, inVain)
    return DONE
  }

  private slash({ edge: id }: Of<'slash'>): Outcome {
    const edge = this.edges.get(id)
    if (edge === undefined) return refused('no such edge')
    if (edge.refines === undefined) return refused('no stake')
    if (!this.isRefuted(edge)) return refused('not refuted')
    const backer = this.backer(edge)
    if (backer.stake !== 'held') return NOTHING
    this.lose(backer, false)
    return DONE
  }

  protected isRefuted(edge: Edge): boolean {
    const { winner } = this.mutuals.get(edge.mutual)!
    return winner !== undefined && winner !== edge.id
  }

  private claimStake({ edge: id }: Of<'claimStake'>): Outcome {
    const edge = this.edges.get(id)
    if (edge === undefined) return refused('no such edge')
    if (edge.stake !== 'held') return refused('no stake')
    if (!this.mayTakeBack(edge)) return refused('stake in play')
    this.giveBack(edge)
    return DONE
  }

  private giveBack(edge: Edge): void {
    const amount = this.parameters.bonds[edge.level]
    this.change(edge.id, { stake: 'returned' })
    this.ledger.held -= amount
    this.ledger.credit(edge.maker!, amount)
  }

  /** Whether the stake of a root edge is free. */
  protected mayTakeBack(edge: Edge): boolean {
    const { accepted, decidedAt } = this.tournaments.get(edge.tournament)!
    if (edge.level === 0 && accepted !== edge.id) return false
    const hasWon = this.mutuals.get(edge.mutual)!.winner === edge.id
    if (hasWon && edge.unconfirmed === 0) return true
    return decidedAt !== undefined && this.now >= decidedAt + 3 * this.parameters.period
  }

  private reward({ path }: Of<'reward'>): Outcome {
    const [first, ...rest] = path
    const top = first === undefined ? undefined : this.edges.get(first)
    if (top === undefined) return refused('no such edge')
    if (this.tournaments.get(top.tournament)!.accepted !== top.id) return refused('path')
    let above = top
    for (const id of rest) {
      const edge = this.edges.get(id)
      if (edge === undefined || !this.followsOnWinningSide(above, edge)) return refused('path')
      above = edge
    }
    for (const id of path) this.payFor(id)
    return DONE
  }

  /** Whether an edge is on the winning side because the one above it is. */
  protected followsOnWinningSide(above: Edge, edge: Edge): boolean {
    if (edge.refines === undefined) return edge.id === above.lower || edge.id === above.upper
    return edge.refines === above.id && this.mutuals.get(edge.mutual)!.winner === edge.id
  }

  /** Pays what is due for the moves at one edge of the winning side, as far as the pot can pay each in full. */
  protected payFor(id: Hash): void {
    const { rewards } = this.parameters
    const edge = this.edges.get(id)!
    const rivalled = hasRival(this, edge)
    const isAssertion = edge.level === 0 && edge.top === id
    const made = isAssertion ? rivalled && rewards.assert : edge.refines !== undefined && rewards.refine
    const pay = (due: bigint | false, to: string | undefined, what: keyof Edge['paid']): void => {
      const now = this.edges.get(id)!
      const tournament = this.tournaments.get(edge.tournament)!
      if (due === false || to === undefined || now.paid[what] || tournament.pot < due) return
      this.tournaments.set(tournament.id, { ...tournament, pot: tournament.pot - due })
      this.ledger.pots -= due
      this.ledger.credit(to, due)
      this.change(id, { paid: { ...now.paid, [what]: true } })
    }
    pay(made, edge.maker, 'made')
    pay(edge.lower !== undefined && rewards.bisect, edge.bisector, 'bisected')
    pay(this.provePays(edge) && rewards.prove, edge.prover, 'proven')
  }

  /** Without a rival a proof was not needed. */
  protected provePays(edge: Edge): boolean {
    return edge.proven && hasRival(this, edge)
  }

  private claimCredit({ account }: Of<'claimCredit'>): Outcome {
    const amount = this.ledger.credits.get(account) ?? 0n
    if (amount === 0n) return refused('no credit')
    this.ledger.credits.delete(account)
    this.ledger.paidOut += amount
    return DONE
  }

  private close({ tournament: id }: Of<'close'>): Outcome {
    const tournament = this.tournaments.get(id)
    if (tournament === undefined) return refused('no such tournament')
    if (tournament.closed) return NOTHING
    const { decidedAt, pot } = tournament
    if (decidedAt === undefined || this.now < decidedAt + 4 * this.parameters.period)
      return refused('too early')
    this.tournaments.set(id, { ...tournament, closed: true, pot: 0n })
    this.ledger.pots -= pot
    this.ledger.burned += pot
    return DONE
  }

  /** A bond or stake is lost: a fifth is burned, the rest goes to the pot. All is burned when the pot is closed, or the tournament came to nothing. */
  protected lose(edge: Edge, inVain: boolean): void {
    const amount = this.parameters.bonds[edge.level]
    const tournament = this.tournaments.get(edge.tournament)!
    const burned = tournament.closed || inVain ? amount : burnedShare(amount)
    this.change(edge.id, { stake: 'slashed' })
    this.ledger.held -= amount
    this.ledger.burned += burned
    this.ledger.pots += amount - burned
    this.tournaments.set(tournament.id, { ...tournament, pot: tournament.pot + amount - burned })
  }

  protected receive(value: bigint): void {
    this.ledger.received += value
  }

  /** A move that was made already: what was sent along is credited. */
  protected sendBack(from: string, value: bigint): Outcome {
    this.receive(value)
    this.ledger.credit(from, value)
    return NOTHING
  }

  private isDecided(mutual: Hash): boolean {
    return this.mutuals.get(mutual)?.winner !== undefined
  }

  protected endsWith(root: Hash, last: Hash, siblings: readonly Hash[], height: number): boolean {
    return siblings.length === height && rootFromLast(this.hashing, last, siblings) === root
  }

  private change(id: Hash, changes: Partial<Edge>): void {
    this.edges.set(id, { ...this.edges.get(id)!, ...changes })
  }

  private addEdge(edge: Edge): void {
    if (this.edges.has(edge.id)) return
    this.edges.set(edge.id, edge)
    this.mutuals.set(edge.mutual, this.joined(edge, this.mutuals.get(edge.mutual)))
  }

  /** The mutual of a new edge with it. */
  protected joined(edge: Edge, mutual: Mutual | undefined): Mutual {
    if (mutual === undefined)
      return { first: edge.id, firstAt: this.now, secondAt: undefined, winner: undefined }
    return { ...mutual, secondAt: mutual.secondAt ?? this.now }
  }

  /** The state before an edge of level 1 or 2, or the output root before one of level 0. Undefined: it was not shown. */
  private stateBefore(edge: Edge, before: Before | undefined): Hash | undefined {
    if (edge.left === undefined)
      return edge.level === 0 ? this.tournaments.get(edge.tournament)!.parentOutput : this.startOf(edge).state
    if (before === undefined || !this.endsWith(edge.left, before.leaf, before.siblings, edge.leftHeight))
      return undefined
    return before.leaf
  }

  private startOf(edge: Edge): Start {
    return this.starts.get(this.edges.get(edge.top)!.mutual)!
  }

  private startBelow(edge: Edge, before: Before | undefined): Start | undefined {
    const state = this.stateBefore(edge, before)
    if (state === undefined) return undefined
    if (edge.level === 1) return { state, inputs: undefined }
    const { program, rules } = this.parameters
    const { batchAcc, parentBlock } = this.tournaments.get(edge.tournament)!
    const inputs = inputsHash(this.hashing, state, batchAcc, parentBlock + 1 + edge.position, rules)
    return { state: firstState(this.hashing, program, inputs), inputs }
  }

  private stepPlace(edge: Edge): { block: number; span: number; step: number } {
    const span = this.edges.get(this.edges.get(edge.top)!.refines!)!
    const block = this.edges.get(this.edges.get(span.top)!.refines!)!
    const { parentBlock } = this.tournaments.get(edge.tournament)!
    return {
      block: parentBlock + 1 + block.position,
      span: span.position,
      step: edge.position,
    }
  }
}
