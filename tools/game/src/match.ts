import {
  bookkeepingProblem,
  edgeId,
  firstState,
  type Game,
  haltedState,
  nextMoves,
  refinedMutual,
  type Action,
  type Commitment,
  type Decision,
  type Edge,
  type GameParameters,
  type HaltedState,
  type Hash,
  type Hashing,
  type Move,
  type Outcome,
  type Tournament,
} from '@animechain/proving-game'
import { Chain, showBefore, type ChainShape } from './chain.js'

/** The rules that a match is played by: the game's, or some with a planted bug. */
export type Rules = typeof Game

/** What must never happen, happened. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** The setting of a match. `delay` is the honest player's time for an answer, `lateness` the latest time of its claim after the tournament's first. */
export interface Setting {
  readonly parameters: GameParameters
  readonly shape: ChainShape
  readonly delay: number
}

export const HONEST = 'honest'

/** An honest player's answers on a path: D in docs/spec/game.md, 4. */
export const answeringTime = ({ parameters: { heights }, delay }: Setting): number =>
  (heights[0] + heights[1] + heights[2] + 3) * delay

/** A game with the trees behind its edges, everybody's money, and an eye on what must hold. */
export class Match {
  /** The trees of edges, as those know them who made them. Bound to content, so copies of a match share them. */
  readonly trees: Map<Hash, Commitment>
  readonly balances: Map<string, bigint>
  readonly moves: Map<string, number>
  /** Everything that was tried, where it is to be recorded. */
  log: { time: number; action: Action }[] | undefined
  /** Actions other than updates that changed something. */
  done = 0
  /** The least that the honest account held, and the most that it may have had to stake at that time. */
  leastBalance = 0n
  private readonly rightRoots: Set<Hash>

  constructor(
    readonly setting: Setting,
    readonly chain: Chain,
    readonly game: Game,
    from?: Match,
  ) {
    this.trees = from?.trees ?? new Map()
    this.balances = new Map(from?.balances)
    this.moves = new Map(from?.moves)
    this.rightRoots = new Set(from?.rightRoots)
    this.leastBalance = from?.leastBalance ?? 0n
  }

  static begin(setting: Setting, hashing: Hashing, rules: Rules): Match {
    const chain = new Chain(setting.parameters, hashing, setting.shape)
    return new Match(setting, chain, new rules(setting.parameters, hashing, chain))
  }

  clone(): Match {
    return new Match(this.setting, this.chain, this.game.clone(), this)
  }

  private get hashing(): Hashing {
    return this.game.hashing
  }

  /** Does an action, keeps the money, and checks what must hold after each. @throws Violation */
  act(action: Action): Outcome {
    this.log?.push({ time: this.game.now, action })
    const outcome = this.game.act(action)
    if (outcome.status === 'refused') return outcome
    const value = 'value' in action ? action.value : 0n
    this.pay(action.from, -value)
    if (action.type === 'claimCredit') this.collect(action.account)
    if (outcome.status === 'done') {
      if (action.type !== 'update') this.done++
      const count = `${action.from === HONEST ? HONEST : 'others'} ${action.type}`
      this.moves.set(count, (this.moves.get(count) ?? 0) + 1)
      if (action.type === 'bisect') this.inherit(action.edge)
    }
    // Counting everything after each action is for games of a few edges.
    if (this.game.edges.size < 200 || this.acts++ % 500 === 0) this.audit()
    if (action.type === 'update') this.checkWinners()
    return outcome
  }

  private acts = 0

  /** @throws Violation unless every wei is where it should be. */
  audit(): void {
    const problem = bookkeepingProblem(this.game)
    if (problem !== undefined) throw new Violation(`books: ${problem}`)
  }

  private pay(account: string, amount: bigint): void {
    const balance = (this.balances.get(account) ?? 0n) + amount
    this.balances.set(account, balance)
    if (account === HONEST && balance < this.leastBalance) this.leastBalance = balance
  }

  /** What was credited is the difference of what the ledger paid out. */
  private collect(account: string): void {
    const before = [...this.balances.values()].reduce((sum, amount) => sum + amount, 0n)
    this.pay(account, this.game.ledger.paidOut - this.game.ledger.received - before)
  }

  private inherit(id: Hash): void {
    const edge = this.game.edge(id)!
    const tree = this.trees.get(id)
    if (tree === undefined) return
    for (const child of [edge.lower!, edge.upper!]) if (!this.trees.has(child)) this.trees.set(child, tree)
  }

  /** No wrong root edge wins where a right one stands. */
  private checkWinners(): void {
    for (const { id } of this.game.tournaments.values()) {
      const winner = this.game.mutual(id)!.winner
      const claim = this.rightClaim(id)
      if (winner !== undefined && claim !== undefined && winner !== claim)
        throw new Violation(`a wrong assertion is confirmed at ${this.game.now}`)
    }
    for (const id of this.rightRoots) {
      const { winner } = this.game.mutual(this.game.edge(id)!.mutual)!
      if (winner !== undefined && winner !== id)
        throw new Violation(`a right refinement is refuted at ${this.game.now}`)
    }
  }

  /** Id of the right claim's root edge, in tournaments under a right parent. */
  rightClaim(tournament: Hash): Hash | undefined {
    const claim = this.chain.knowledge(HONEST).claim(this.game.tournament(tournament)!)
    if (claim === undefined || claim === 'wrong parent') return undefined
    return edgeId(this.hashing, tournament, claim.root)
  }

  /** Asserts a commitment to blocks. */
  assert(from: string, parent: Hash | undefined, tree: Commitment): Outcome {
    const { heights, bonds } = this.setting.parameters
    const outcome = this.act({
      type: 'assert',
      from,
      parent,
      root: tree.root,
      output: tree.leaf(2 ** heights[0] - 1),
      siblings: tree.lastSiblings(heights[0], 0),
      value: bonds[0],
    })
    for (const tournament of this.game.tournaments.values())
      if (tournament.parent === parent) {
        const id = edgeId(this.hashing, tournament.id, tree.root)
        if (this.game.edge(id) && !this.trees.has(id)) this.trees.set(id, tree)
        if (parent === undefined || parent === this.rightClaim(this.game.edge(parent)!.tournament))
          this.chain.learn(tournament)
      }
    return outcome
  }

  bisect(from: string, id: Hash): Outcome {
    const edge = this.game.edge(id)!
    const tree = this.trees.get(id)!
    return this.act({
      type: 'bisect',
      from,
      edge: id,
      left: tree.node(edge.height - 1, 2 * edge.position),
      right: tree.node(edge.height - 1, 2 * edge.position + 1),
    })
  }

  /** Refines an edge with a commitment. */
  refine(from: string, id: Hash, tree: Commitment, halted: HaltedState | undefined, value?: bigint): Outcome {
    const edge = this.game.edge(id)!
    const refinement = edgeId(this.hashing, refinedMutual(this.hashing, edge.mutual), tree.root)
    const outcome = this.act({
      type: 'refine',
      from,
      edge: id,
      root: tree.root,
      siblings: tree.lastSiblings(tree.height, 0),
      halted,
      before: showBefore(this.trees.get(id)!, edge),
      // What is not needed becomes credit.
      value: value ?? this.setting.parameters.bonds[edge.level + 1]!,
    })
    if (outcome.status === 'refused') return outcome
    if (!this.trees.has(refinement)) this.trees.set(refinement, tree)
    // Whoever made it: the honest player defends it, unless it stands under a wrong parent.
    const made = this.game.edge(refinement)
    const isDefended = made !== undefined && this.rightClaim(made.tournament) !== undefined
    if (isDefended && this.isRight(made)) this.rightRoots.add(refinement)
    return outcome
  }

  prove(from: string, id: Hash): Outcome {
    const before = showBefore(this.trees.get(id)!, this.game.edge(id)!)
    return this.act({ type: 'prove', from, edge: id, before })
  }

  /** Where the refined edge of a root edge stands: the position of the block. */
  blockOf(edge: Edge): number {
    if (edge.level === 0) return edge.position
    return this.blockOf(this.game.edge(this.game.edge(edge.top)!.refines!)!)
  }

  tournamentOf(edge: Edge): Tournament {
    return this.game.tournament(edge.tournament)!
  }

  /** Does what the honest player decided on. Refused moves are none: the view was older than the game. */
  play(moves: readonly Move[]): void {
    for (const move of moves) this.playOne(move)
  }

  private playOne(move: Move): void {
    const from = HONEST
    switch (move.type) {
      case 'assert': {
        const tournament = this.game.tournament(move.tournament)!
        this.assert(from, tournament.parent, this.chain.blocks(tournament))
        return
      }
      case 'bisect':
        this.act({ type: 'bisect', from, edge: move.edge, left: move.left, right: move.right })
        return
      case 'refine': {
        const { tournament: id, level, position, block } = move.place
        const tournament = this.game.tournament(id)!
        const tree =
          level === 0
            ? this.chain.spans(tournament, position)
            : this.chain.steps(tournament, block!, position)
        const opening = level === 0 ? this.chain.rightOpening(tournament, position) : undefined
        this.refine(from, move.edge, tree, opening, move.value)
        return
      }
      case 'prove':
        this.prove(from, move.edge)
        return
      case 'claimCredit':
        this.act({ type: 'claimCredit', from, account: HONEST })
        return
      default:
        this.act({ ...move, from })
    }
  }

  /** What the honest player would do now. */
  decide(): readonly Move[] {
    return this.decision().moves
  }

  decision(): Decision {
    const tournaments = [...this.game.tournaments.keys()]
    return nextMoves(this.game, this.chain.knowledge(HONEST), this.hashing, tournaments)
  }

  /** The state before an edge of height 0, as its own tree has it. */
  stateBefore(edge: Edge): Hash {
    const shown = showBefore(this.trees.get(edge.id)!, edge)
    if (shown !== undefined) return shown.leaf
    const tournament = this.tournamentOf(edge)
    if (edge.level === 0) return tournament.parentOutput
    const refined = this.game.edge(this.game.edge(edge.top)!.refines!)!
    if (edge.level === 2) return this.stateBefore(refined)
    const inputs = this.chain.inputs(tournament, this.stateBefore(refined), refined.position)
    return firstState(this.hashing, this.setting.parameters.program, inputs)
  }

  /** The last leaf that a refinement of an edge of level 0 must have. */
  lastOf(edge: Edge, opening: HaltedState): Hash {
    const inputs = this.chain.inputs(this.tournamentOf(edge), this.stateBefore(edge), edge.position)
    return haltedState(this.hashing, this.setting.parameters.program, inputs, edge.root, opening)
  }

  /** Whether a root edge of level 1 or 2 is what the right commitment at its place is. */
  isRight(edge: Edge): boolean {
    const refined = this.game.edge(edge.refines!)!
    const tournament = this.tournamentOf(edge)
    if (edge.level === 1)
      return this.isRightPlace(refined) && edge.root === this.chain.spans(tournament, refined.position).root
    const block = this.blockOf(refined)
    return (
      this.isRightPlace(refined) && edge.root === this.chain.steps(tournament, block, refined.position).root
    )
  }

  /** Whether an edge is in the right tree: its root and all to its left. */
  private isRightPlace(edge: Edge): boolean {
    const top = this.game.edge(edge.top)!
    const tree =
      edge.level === 0
        ? this.chain.blocks(this.tournamentOf(edge))
        : this.chain.spans(this.tournamentOf(edge), this.game.edge(top.refines!)!.position)
    if (top.refines !== undefined && !this.isRightPlace(this.game.edge(top.refines)!)) return false
    const own = this.trees.get(edge.id)!
    for (let height = 0; height < tree.height; height++) {
      const ancestor = Math.floor(edge.position / 2 ** height)
      if (ancestor % 2 === 1 && own.node(height, ancestor - 1) !== tree.node(height, ancestor - 1))
        return false
    }
    return edge.root === tree.leaf(edge.position)
  }

  /** Right root edges of level 1 and 2 whose mutual has no winner and which have rivals. */
  undecidedRight(): readonly Hash[] {
    return [...this.rightRoots].filter((id) => {
      const { winner, secondAt } = this.game.mutual(this.game.edge(id)!.mutual)!
      return winner === undefined && secondAt !== undefined
    })
  }

  /** Whether moves at an edge are paid for: it is reached from the accepted claim. */
  isOnWinningSide(edge: Edge): boolean {
    this.winning ??= this.reached()
    return this.winning.has(edge.id)
  }

  private winning: ReadonlySet<Hash> | undefined

  private reached(): ReadonlySet<Hash> {
    const reached = new Set<Hash>()
    const visit = (id: Hash): void => {
      reached.add(id)
      const { lower, upper } = this.game.edge(id)!
      if (lower !== undefined) [lower, upper!].forEach(visit)
      for (const below of this.game.refinements(id))
        if (this.game.mutual(this.game.edge(below)!.mutual)!.winner === below) visit(below)
    }
    for (const { accepted } of this.game.tournaments.values()) if (accepted !== undefined) visit(accepted)
    return reached
  }
}
