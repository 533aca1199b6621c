import { edgeId, refinedMutual, type Hash, type Hashing } from './hashing.js'
import type { Edge, GameView, Level, Tournament } from './state.js'
import { hasRival, timers } from './timers.js'

/** A node of the right commitments of a tournament: what an edge must be in order to be right is known by its place alone. */
export interface Place {
  readonly tournament: Hash
  readonly level: Level
  /** Level 1 and 2: position of the refined block. */
  readonly block?: number
  /** Level 2: position of the refined span. */
  readonly span?: number
  readonly height: number
  readonly position: number
}

/** What a player has computed so far. It answers at once; what it lacks comes back as {@link Decision.needs}. */
export interface Knowledge {
  readonly account: string
  /** The right claim of a tournament, `'wrong parent'` when what it continues is wrong, undefined while that is not known. */
  claim(tournament: Tournament): { readonly root: Hash; readonly output: Hash } | 'wrong parent' | undefined
  /** The root of the right commitment at a place, and its halves when its height is above 0. */
  node(place: Place): { readonly root: Hash; readonly left?: Hash; readonly right?: Hash } | undefined
}

/** What to do next. Proofs and witnesses are found by the place of the edge. */
export type Move =
  | { readonly type: 'assert'; readonly tournament: Hash; readonly root: Hash; readonly output: Hash }
  | {
      readonly type: 'bisect'
      readonly edge: Hash
      readonly place: Place
      readonly left: Hash
      readonly right: Hash
    }
  /** `place` is that of the refined edge, `root` the new commitment. */
  | {
      readonly type: 'refine'
      readonly edge: Hash
      readonly place: Place
      readonly root: Hash
      /** The stake that it needs; 0 in one's own tree. */
      readonly value: bigint
    }
  | { readonly type: 'prove'; readonly edge: Hash; readonly place: Place }
  | { readonly type: 'update'; readonly edges: readonly Hash[] }
  | { readonly type: 'resolve'; readonly assertion: Hash }
  | { readonly type: 'slash'; readonly edge: Hash }
  | { readonly type: 'claimStake'; readonly edge: Hash }
  | { readonly type: 'reward'; readonly path: readonly Hash[] }
  | { readonly type: 'claimCredit' }

/** The moves to make now, in this order; what must be computed first for others; and when to look again at the latest. */
export interface Decision {
  readonly moves: readonly Move[]
  readonly needs: readonly Place[]
  /** Tournaments of which the right claim must be computed. */
  readonly claims: readonly Hash[]
  /** Time at which a right root edge is confirmed if nobody moves; undefined when none is under way. */
  readonly lookAgainAt: number | undefined
}

/** The root edge of the next level's right commitment, from an edge of height 0. */
const placeBelow = (place: Place, heights: readonly number[]): Place =>
  place.level === 0
    ? {
        tournament: place.tournament,
        level: 1,
        block: place.position,
        height: heights[1]!,
        position: 0,
      }
    : { ...place, level: 2, span: place.position, height: heights[2]!, position: 0 }

/**
 * The honest player: what it does in the given tournaments (docs/spec/game.md, 9). Pure; it decides on what the view shows at its time, and never twice on the
 * same thing once the view shows that it was done.
 */
export function nextMoves(
  view: GameView,
  knowledge: Knowledge,
  hashing: Hashing,
  tournaments: readonly Hash[],
): Decision {
  const run = new Turn(view, knowledge, hashing)
  for (const id of tournaments) run.play(view.tournament(id)!)
  if (view.credit(knowledge.account) > 0n) run.moves.push({ type: 'claimCredit' })
  return {
    moves: run.moves,
    needs: run.needs,
    claims: run.claims,
    lookAgainAt: run.lookAgainAt === Infinity ? undefined : run.lookAgainAt,
  }
}

/** One look at the view. */
class Turn {
  readonly moves: Move[] = []
  readonly needs: Place[] = []
  readonly claims: Hash[] = []
  lookAgainAt = Infinity
  private readonly timer: (id: Hash) => number

  constructor(
    private readonly view: GameView,
    private readonly knowledge: Knowledge,
    private readonly hashing: Hashing,
  ) {
    this.timer = timers(view)
  }

  play(tournament: Tournament): void {
    const claim = this.knowledge.claim(tournament)
    if (claim === undefined) this.claims.push(tournament.id)
    if (claim === undefined || claim === 'wrong parent') return
    const id = edgeId(this.hashing, tournament.id, claim.root)
    const edge = this.view.edge(id)
    if (edge === undefined) {
      // Claims without a rival claim of ours are somebody's lie, or at least not what we compute.
      if (this.view.assertions(tournament.id).length > 0 && !this.winner(tournament.id))
        this.moves.push({ type: 'assert', tournament: tournament.id, ...claim })
      return
    }
    const { height } = edge
    this.answer(edge, { tournament: tournament.id, level: 0, height, position: 0 })
    this.confirm(edge)
    this.settle(tournament, edge)
  }

  private winner(mutual: Hash): Hash | undefined {
    return this.view.mutual(mutual)?.winner
  }

  /** Whether the level that an edge stands on is still played. */
  private isOpen(edge: Edge): boolean {
    return this.winner(this.view.edge(edge.top)!.mutual) === undefined
  }

  /** Answers what stands against a right edge and those below it. */
  private answer(edge: Edge, place: Place): void {
    if (edge.lower !== undefined) {
      const [height, position] = [place.height - 1, place.position * 2]
      this.answer(this.view.edge(edge.lower)!, { ...place, height, position })
      this.answer(this.view.edge(edge.upper!)!, { ...place, height, position: position + 1 })
    } else if (!hasRival(this.view, edge) || edge.proven) return
    else if (place.height > 0) {
      if (this.isOpen(edge)) this.bisect(edge, place)
    } else if (place.level === 2) this.moves.push({ type: 'prove', edge: edge.id, place })
    else this.refine(edge, place)
  }

  private bisect(edge: Edge, place: Place): void {
    const node = this.knowledge.node(place)
    if (node === undefined) this.needs.push(place)
    else
      this.moves.push({
        type: 'bisect',
        edge: edge.id,
        place,
        left: node.left!,
        right: node.right!,
      })
  }

  private refine(edge: Edge, place: Place): void {
    const isOpen = this.isOpen(edge)
    // Nothing to defend, and nothing to make: what it costs to compute is saved.
    if (!isOpen && this.view.refinements(edge.id).length === 0) return
    const below = placeBelow(place, this.view.parameters.heights)
    const node = this.knowledge.node(below)
    if (node === undefined) {
      this.needs.push(below)
      return
    }
    const mutual = refinedMutual(this.hashing, edge.mutual)
    const refinement = this.view.edge(edgeId(this.hashing, mutual, node.root))
    if (refinement === undefined) {
      if (isOpen && this.winner(mutual) === undefined)
        this.moves.push({ type: 'refine', edge: edge.id, place, root: node.root, value: this.stakeFor(edge) })
      return
    }
    this.answer(refinement, below)
    this.confirm(refinement)
  }

  private stakeFor(edge: Edge): bigint {
    const top = this.view.edge(edge.top)!
    const isOwn = top.maker === this.knowledge.account && this.backer(top).stake === 'held'
    const isFree = isOwn && !edge.freeUsed
    return isFree ? 0n : this.view.parameters.bonds[edge.level + 1]!
  }

  /** Brings the timer of a right root edge to L1 when it has reached P. */
  private confirm(edge: Edge): void {
    if (this.winner(edge.mutual) !== undefined) return
    const { now, parameters } = this.view
    const time = this.timer(edge.id)
    if (time < parameters.period)
      this.lookAgainAt = Math.min(this.lookAgainAt, now + parameters.period - time)
    else this.moves.push({ type: 'update', edges: this.staleBelow(edge) })
  }

  /** The edges from which a root edge's timer on L1 follows, lowest first. */
  private staleBelow(edge: Edge): readonly Hash[] {
    const stale: Hash[] = []
    const visit = (id: Hash): void => {
      const here = this.view.edge(id)!
      if (here.lower !== undefined) {
        visit(here.lower)
        visit(here.upper!)
      } else if (!here.proven) {
        const best = this.view
          .refinements(id)
          .reduce<Hash | undefined>(
            (most, other) => (most && this.timer(most) >= this.timer(other) ? most : other),
            undefined,
          )
        if (best !== undefined && this.timer(best) > here.best) visit(best)
      }
      if (here.time < this.timer(id) || id === edge.id) stale.push(id)
    }
    visit(edge.id)
    return stale
  }

  /** What is due once something is decided: resolve, slash, rewards, stakes. */
  private settle(tournament: Tournament, claim: Edge): void {
    const { view } = this
    const winner = this.winner(tournament.id)
    // Confirmed with the update that goes before.
    const isWinner =
      winner === claim.id || (winner === undefined && this.timer(claim.id) >= view.parameters.period)
    const parent = tournament.parent
    const parentStands =
      parent === undefined ||
      view
        .assertions(view.edge(parent)!.tournament)
        .some(({ id, status }) => id === parent && status === 'accepted')
    // The others are rejected because of it, once it is accepted for good.
    if (isWinner && parentStands)
      for (const { id, status } of view.assertions(tournament.id))
        if (status === 'open' && (id === claim.id || tournament.accepted === claim.id))
          this.moves.push({ type: 'resolve', assertion: id })
    this.settleStakes(tournament, claim)
    if (tournament.accepted === claim.id) {
      // A path is asked for once the pot can pay for all of it, so that nothing is asked for twice.
      let left = tournament.pot
      for (const { path, due } of this.unpaid(tournament))
        if (due <= left) {
          this.moves.push({ type: 'reward', path })
          left -= due
        }
    }
  }

  /** Slashes whatever has lost, and takes back what is free again. */
  private settleStakes(tournament: Tournament, claim: Edge): void {
    const { view } = this
    const slashed = new Set<Hash>()
    for (const root of view.roots(tournament.id).map((id) => view.edge(id)!)) {
      const winner = this.winner(root.mutual)
      const backer = this.backer(root)
      if (winner !== undefined && winner !== root.id) {
        if (backer.stake === 'held' && !slashed.has(backer.id))
          this.moves.push({ type: 'slash', edge: root.id })
        slashed.add(backer.id)
      } else this.takeBack(tournament, root)
    }
    if (tournament.accepted === claim.id) this.takeBack(tournament, claim)
  }

  /** The root edge whose stake stands for this one. */
  private backer(root: Edge): Edge {
    if (root.stake !== 'none') return root
    return this.backer(this.view.edge(this.view.edge(root.refines!)!.top)!)
  }

  private takeBack(tournament: Tournament, root: Edge): void {
    if (root.stake !== 'held' || root.maker !== this.knowledge.account) return
    const { now, parameters } = this.view
    const { decidedAt } = tournament
    const lastly = decidedAt === undefined ? Infinity : decidedAt + 3 * parameters.period
    const hasWon = this.winner(root.mutual) === root.id && root.unconfirmed === 0
    if (hasWon || now >= lastly) this.moves.push({ type: 'claimStake', edge: root.id })
    else this.lookAgainAt = Math.min(this.lookAgainAt, lastly)
  }

  /** Paths on the winning side that hold rewards of ours, and what they would cost the pot. */
  private unpaid(tournament: Tournament): readonly { path: readonly Hash[]; due: bigint }[] {
    const found: { path: readonly Hash[]; due: bigint }[] = []
    const asked = new Set<Hash>()
    const visit = (id: Hash, path: readonly Hash[]): void => {
      const edge = this.view.edge(id)!
      const here = [...path, id]
      const below =
        edge.lower !== undefined
          ? [edge.lower, edge.upper!]
          : this.view
              .refinements(id)
              .filter((refinement) => this.winner(this.view.edge(refinement)!.mutual) === refinement)
      const before = found.length
      below.forEach((child) => visit(child, here))
      if (found.length > before || !this.due(edge).own) return
      let due = 0n
      for (const each of here)
        if (!asked.has(each)) {
          due += this.due(this.view.edge(each)!).all
          asked.add(each)
        }
      found.push({ path: here, due })
    }
    visit(tournament.accepted!, [])
    return found
  }

  /** Unpaid rewards at an edge of the winning side, and whether one is ours. */
  private due(edge: Edge): { all: bigint; own: boolean } {
    const { rewards } = this.view.parameters
    const rivalled = hasRival(this.view, edge)
    const isAssertion = edge.level === 0 && edge.top === edge.id
    const moves: readonly [boolean, bigint, string | undefined][] = [
      [!edge.paid.made && isAssertion && rivalled, rewards.assert, edge.maker],
      [!edge.paid.made && edge.refines !== undefined, rewards.refine, edge.maker],
      [!edge.paid.bisected && edge.lower !== undefined, rewards.bisect, edge.bisector],
      [!edge.paid.proven && edge.proven && rivalled, rewards.prove, edge.prover],
    ]
    const unpaid = moves.filter(([isDue]) => isDue)
    return {
      all: unpaid.reduce((sum, [, amount]) => sum + amount, 0n),
      own: unpaid.some(([, , account]) => account === this.knowledge.account),
    }
  }
}
