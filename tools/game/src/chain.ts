import {
  commitment,
  firstState,
  haltedState,
  inputsHash,
  type Before,
  type Commitment,
  type Edge,
  type GameParameters,
  type GameWorld,
  type HaltedState,
  type Hash,
  type Hashing,
  type Knowledge,
  type Place,
  type Run,
  type StepPlace,
  type Tournament,
} from '@animechain/proving-game'

/** How the right chain looks: blocks a batch, changes of state a block and a span. Everything else follows from names. */
export interface ChainShape {
  readonly blocks: number
  readonly changes: number
}

/** The right chain: what the honest player knows, and what the inbox and the prover answer. */
export class Chain implements GameWorld {
  private readonly commitments = new Map<string, Commitment>()
  private readonly tournaments = new Map<Hash, Tournament>()

  constructor(
    readonly parameters: GameParameters,
    readonly hashing: Hashing,
    readonly shape: ChainShape,
  ) {}

  /** A word that depends on nothing but its name. */
  name(kind: string, ...parts: (number | Hash)[]): Hash {
    return this.hashing.hash(kind, ...parts)
  }

  batch(index: number): { acc: Hash; lastBlock: number } | undefined {
    return { acc: this.name('batch', index), lastBlock: this.lastBlockOf(index) }
  }

  private lastBlockOf(batch: number): number {
    return (batch + 1) * this.shape.blocks
  }

  output(block: number): Hash {
    return block === 0 ? this.parameters.genesis : this.name('output', block)
  }

  step(before: Hash, { block, span, step }: StepPlace): Hash {
    // Leaves past the end of a batch have numbers that the next batch has too; the states tell them apart.
    for (const tournament of this.tournaments.values()) {
      const position = block - 1 - tournament.parentBlock
      if (position < 0 || position >= 2 ** this.parameters.heights[0]) continue
      const steps = this.steps(tournament, position, span)
      const right = step === 0 ? this.stateBefore(tournament, position, span) : steps.leaf(step - 1)
      if (before === right) return steps.leaf(step)
    }
    return this.name('step', before)
  }

  /** Makes a tournament known, of which the right parent's output is `parentOutput`. */
  learn(tournament: Tournament): void {
    this.tournaments.set(tournament.id, tournament)
  }

  /** The right commitment of blocks. */
  blocks({ parentBlock, batchIndex, id }: Tournament): Commitment {
    return this.cached(`${id}`, () => {
      const last = this.lastBlockOf(batchIndex)
      const runs = Array.from({ length: last - parentBlock }, (_, i) => ({
        start: i,
        leaf: this.output(parentBlock + 1 + i),
      }))
      return commitment(this.hashing, this.parameters.heights[0], runs)
    })
  }

  inputs({ batchAcc, parentBlock }: Tournament, before: Hash, position: number): Hash {
    return inputsHash(this.hashing, before, batchAcc, parentBlock + 1 + position, this.parameters.rules)
  }

  private rightBefore(tournament: Tournament, position: number): Hash {
    return position === 0 ? tournament.parentOutput : this.blocks(tournament).leaf(position - 1)
  }

  rightOpening(tournament: Tournament, position: number): HaltedState {
    return {
      pc: 1,
      sp: 0,
      fp: 0,
      pages: 1,
      ramRoot: this.name('ram', tournament.parentBlock + 1 + position),
    }
  }

  /** The right commitment of spans of a block. */
  spans(tournament: Tournament, position: number): Commitment {
    return this.cached(`${tournament.id} ${position}`, () => {
      const height = this.parameters.heights[1]
      const output = this.blocks(tournament).leaf(position)
      const inputs = this.inputs(tournament, this.rightBefore(tournament, position), position)
      const opening = this.rightOpening(tournament, position)
      const last = haltedState(this.hashing, this.parameters.program, inputs, output, opening)
      return commitment(this.hashing, height, this.runs(height, last, ['state', inputs]))
    })
  }

  /** Where a span begins. */
  stateBefore(tournament: Tournament, position: number, span: number): Hash {
    if (span > 0) return this.spans(tournament, position).leaf(span - 1)
    const inputs = this.inputs(tournament, this.rightBefore(tournament, position), position)
    return firstState(this.hashing, this.parameters.program, inputs)
  }

  /** The right commitment of steps of a span. */
  steps(tournament: Tournament, position: number, span: number): Commitment {
    return this.cached(`${tournament.id} ${position} ${span}`, () => {
      const height = this.parameters.heights[2]
      const last = this.spans(tournament, position).leaf(span)
      const before = this.stateBefore(tournament, position, span)
      const runs = before === last ? [{ start: 0, leaf: last }] : this.runs(height, last, ['span', before])
      return commitment(this.hashing, height, runs)
    })
  }

  /** A few changes over the level, then its last state up to the end. */
  private runs(height: number, last: Hash, [kind, of]: [string, Hash]): readonly Run[] {
    const count = Math.min(this.shape.changes, 2 ** height - 1)
    const stride = Math.max(1, Math.floor((2 ** height - 1) / Math.max(1, count)))
    const runs = Array.from({ length: count }, (_, i) => ({
      start: i * stride,
      leaf: this.name(kind, of, i),
    }))
    return [...runs, { start: count * stride, leaf: last }]
  }

  private cached(key: string, make: () => Commitment): Commitment {
    let known = this.commitments.get(key)
    if (known === undefined) this.commitments.set(key, (known = make()))
    return known
  }

  /** The right commitment that a place is in. */
  at({ tournament: id, level, block, span }: Place): Commitment {
    const tournament = this.tournaments.get(id)!
    if (level === 0) return this.blocks(tournament)
    return level === 1 ? this.spans(tournament, block!) : this.steps(tournament, block!, span!)
  }

  /** What an honest account knows: everything. */
  knowledge(account: string): Knowledge {
    return {
      account,
      claim: (tournament) => {
        if (!this.tournaments.has(tournament.id)) return 'wrong parent'
        const blocks = this.blocks(tournament)
        return { root: blocks.root, output: blocks.leaf(2 ** blocks.height - 1) }
      },
      node: (place) => {
        const tree = this.at(place)
        const { height, position } = place
        const root = tree.node(height, position)
        if (height === 0) return { root }
        const [left, right] = [tree.node(height - 1, 2 * position), tree.node(height - 1, 2 * position + 1)]
        return { root, left, right }
      },
    }
  }
}

/** Shows the state before an edge of height 0: the last leaf of its nearest left sibling. */
export function showBefore(tree: Commitment, edge: Edge): Before | undefined {
  if (edge.left === undefined) return undefined
  const left = Math.floor(edge.position / 2 ** edge.leftHeight) - 1
  return {
    leaf: tree.leaf((left + 1) * 2 ** edge.leftHeight - 1),
    siblings: tree.lastSiblings(edge.leftHeight, left),
  }
}
