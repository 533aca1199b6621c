import { bytesToHex, type ChainKnowledge, type Hash, type Logger } from '@animechain/core'
import {
  edgeId,
  type GameView,
  type Hashing,
  type Knowledge,
  type Place,
  type Tournament,
} from '@animechain/proving-game'
import type { Commitment, MachineState, StepWitness } from '@animechain/proving-machine'
import { boundedMap, type BoundedMap } from '@animechain/runtime'
import { historyOf, type BlockCommitments, type DisputedBlock } from './commitments.js'
import { InteractiveError } from './errors.js'

/** Histories that are kept in memory: 32 bytes a block of the tournament. Others are read from the node again. */
const HISTORIES_KEPT = 64
/** Tournaments whose right claim is remembered. */
const CLAIMS_KEPT = 20_000
/**
 * Nodes of the levels 1 and 2 that were asked for. Each look asks for all nodes on disputed paths again, and many more commitments may be disputed at once than are
 * kept in memory.
 */
const NODES_KEPT = 100_000

/** The right claim of a tournament. */
export interface RightClaim {
  /** commitment to the output roots of its blocks */
  readonly root: Hash
  /** output root after the last of them */
  readonly output: Hash
}

/** A node of a right commitment, with its halves where it has some. */
interface RightNode {
  readonly root: Hash
  readonly left?: Hash
  readonly right?: Hash
}

/** Where a leaf is, and what stands before it: what a move about it has to show. */
export interface LeafEvidence {
  readonly place: Place
  readonly root: Hash
  /** Roots of the left halves on the way down, one for each step to the right. */
  readonly lefts: readonly Hash[]
  /** The leaf before, with its siblings in the nearest left half; undefined for the first leaf. */
  readonly before: { readonly leaf: Hash; readonly siblings: readonly Hash[] } | undefined
}

const hashes = (nodes: readonly Uint8Array[]): Hash[] => nodes.map((node) => bytesToHex(node))

/** The node at a place of a commitment. */
const at = (commitment: Commitment, height: number, position: number): Hash =>
  bytesToHex(commitment.node(height, position))

function nodeOf(commitment: Commitment, { height, position }: Place): RightNode {
  const root = at(commitment, height, position)
  if (height === 0) return { root }
  return {
    root,
    left: at(commitment, height - 1, 2 * position),
    right: at(commitment, height - 1, 2 * position + 1),
  }
}

/** What the player's knowledge is taken from. */
export interface OwnKnowledgeOptions {
  account: string
  chain: ChainKnowledge
  commitments: BlockCommitments
  /** h0 */
  historyHeight: number
  /** batches of a tournament */
  interval: number
  hashing: Hashing
  logger: Logger
}

/** What this node holds to be right, as the decider asks for it: at once where it was computed, after `learn` where it was not. */
export class OwnKnowledge implements Knowledge {
  readonly account: string
  readonly #options: OwnKnowledgeOptions
  readonly #claims: BoundedMap<Hash, RightClaim | 'wrong parent'> = boundedMap(CLAIMS_KEPT)
  readonly #histories: BoundedMap<Hash, Commitment> = boundedMap(HISTORIES_KEPT)
  readonly #nodes: BoundedMap<string, RightNode> = boundedMap(NODES_KEPT)
  /** As the last look showed them: places name tournaments only. */
  #tournaments = new Map<Hash, Tournament>()

  constructor(options: OwnKnowledgeOptions) {
    this.#options = options
    this.account = options.account
  }

  /** Takes the tournaments of a new look. What was known of one whose content changed is forgotten: L1 or this node's chain reorganised. */
  async begin(tournaments: readonly Tournament[]): Promise<void> {
    const before = this.#tournaments
    this.#tournaments = new Map(tournaments.map((tournament) => [tournament.id, tournament]))
    for (const tournament of tournaments) {
      const known = this.#claims.get(tournament.id)
      if (known === undefined) continue
      const last = before.get(tournament.id)
      const isSame =
        last?.batchAcc === tournament.batchAcc &&
        last.parentOutput === tournament.parentOutput &&
        known !== 'wrong parent' &&
        (await this.#isCurrent(tournament, known))
      if (!isSame) this.#forget(tournament.id)
    }
  }

  claim(tournament: Tournament): RightClaim | 'wrong parent' | undefined {
    return this.#claims.get(tournament.id)
  }

  node(place: Place): RightNode | undefined {
    const key = this.#keyOf(place)
    const known = key && this.#nodes.get(key)
    if (known) return known
    const commitment = this.#known(place)
    if (commitment === undefined) return undefined
    const node = nodeOf(commitment, place)
    if (key) this.#nodes.set(key, node)
    return node
  }

  /**
   * Computes the right claim of a tournament, and those of the open ones it continues. It stays unknown while this node has not executed so far.
   * @throws what the node's chain throws
   */
  async learnClaim(tournament: Tournament, view: GameView): Promise<void> {
    const line = [tournament]
    for (let next = this.#openParent(tournament, view); next; next = this.#openParent(next, view))
      line.push(next)
    for (const each of line.reverse()) {
      if (this.#claims.has(each.id)) continue
      const parent = this.#parentIsRight(each, view)
      const claim = parent === false ? 'wrong parent' : parent && (await this.#computeClaim(each))
      if (claim === undefined) return
      this.#claims.set(each.id, claim)
    }
  }

  /** Computes what `node` lacks. @throws as `Commitments.spans` */
  async learn(place: Place): Promise<void> {
    const commitment = await this.#commitment(place)
    const key = this.#keyOf(place)
    if (key) this.#nodes.set(key, nodeOf(commitment, place))
  }

  /** What stands at a leaf, and before it. */
  async leaf(place: Place): Promise<LeafEvidence> {
    const commitment = await this.#commitment(place)
    const { position } = place
    const lefts: Hash[] = []
    for (let height = commitment.height - 1; height >= 0; height--) {
      const index = Math.floor(position / 2 ** height)
      if (index % 2 === 1) lefts.push(at(commitment, height, index - 1))
    }
    return { place, root: commitment.leaf(position), lefts, before: beforeOf(commitment, position) }
  }

  /** Siblings of the last leaf of a level's commitment. */
  async lastSiblings(place: Place): Promise<readonly Hash[]> {
    const commitment = await this.#commitment(place)
    return hashes(commitment.siblings(0, 2 ** commitment.height - 1))
  }

  /** The state that the run of a disputed block ends with. */
  async lastState(place: Place): Promise<MachineState> {
    await this.#history(place.tournament)
    return this.#options.commitments.lastState(this.#block(place))
  }

  /** Witness of the step at a leaf of level 2. */
  async stepWitness(place: Place): Promise<StepWitness> {
    await this.#history(place.tournament)
    const { witness } = await this.#options.commitments.proveStep(
      this.#block(place),
      place.span!,
      place.position,
    )
    return witness
  }

  /** The disputed block that a place of level 1 or 2 is about. Its history must be known. */
  #block(place: Place): DisputedBlock {
    const tournament = this.#tournaments.get(place.tournament)!
    const history = this.#histories.get(place.tournament)!
    const position = place.block!
    return {
      tournament: tournament.id,
      number: BigInt(tournament.parentBlock + 1 + position),
      before: position === 0 ? tournament.parentOutput : history.leaf(position - 1),
      after: history.leaf(position),
      batchAcc: tournament.batchAcc,
      parentBatchIndex: BigInt(tournament.batchIndex - this.#options.interval),
      batchIndex: BigInt(tournament.batchIndex),
    }
  }

  /** Names a node of the levels 1 and 2 by what its run begins with; undefined on level 0, or where that is not known. */
  #keyOf(place: Place): string | undefined {
    if (place.level === 0 || !this.#histories.has(place.tournament)) return undefined
    const { level, span, height, position } = place
    return `${this.#options.commitments.keyOf(this.#block(place))} ${level} ${span ?? ''} ${height} ${position}`
  }

  #known(place: Place): Commitment | undefined {
    const history = this.#histories.get(place.tournament)
    if (place.level === 0 || history === undefined) return history
    const { commitments } = this.#options
    const block = this.#block(place)
    return place.level === 1 ? commitments.knownSpans(block) : commitments.knownSteps(block, place.span!)
  }

  async #commitment(place: Place): Promise<Commitment> {
    const history = await this.#history(place.tournament)
    if (place.level === 0) return history
    const { commitments } = this.#options
    const block = this.#block(place)
    return place.level === 1 ? commitments.spans(block) : commitments.steps(block, place.span!)
  }

  async #history(id: Hash): Promise<Commitment> {
    const known = this.#histories.get(id)
    if (known) return known
    const tournament = this.#tournaments.get(id)!
    const { chain, historyHeight } = this.#options
    const batch = await chain.batch(BigInt(tournament.batchIndex))
    const outputs: Hash[] = []
    for (let block = BigInt(tournament.parentBlock) + 1n; batch && block <= batch.lastBlock; block++) {
      const output = await chain.outputRoot(block)
      if (output === undefined) throw missing(`the output root of block ${block}`)
      outputs.push(output)
    }
    if (batch?.acc !== tournament.batchAcc || outputs.length === 0)
      throw missing(`batch ${tournament.batchIndex} with accumulator ${tournament.batchAcc}`)
    const made = historyOf(historyHeight, outputs)
    this.#histories.set(id, made)
    return made
  }

  /** undefined: this node has not got so far, or its chain of batches is another at present. */
  async #computeClaim(tournament: Tournament): Promise<RightClaim | 'wrong parent' | undefined> {
    const { chain, logger } = this.#options
    const { batchIndex, batchAcc, id } = tournament
    const batch = await chain.batch(BigInt(batchIndex))
    if (batch === undefined) return undefined
    if (batch.acc !== batchAcc) {
      logger.debug('a tournament is about other batches than this node has', { tournament: id, batchIndex })
      return undefined
    }
    const before = await chain.outputRoot(BigInt(tournament.parentBlock))
    if (before === undefined || (await chain.outputRoot(batch.lastBlock)) === undefined) return undefined
    if (before !== tournament.parentOutput) return 'wrong parent'
    const history = await this.#history(id)
    return { root: history.root, output: history.leaf(2 ** history.height - 1) }
  }

  async #isCurrent({ batchIndex, batchAcc }: Tournament, { output }: RightClaim): Promise<boolean> {
    const batch = await this.#options.chain.batch(BigInt(batchIndex))
    return batch?.acc === batchAcc && (await this.#options.chain.outputRoot(batch.lastBlock)) === output
  }

  /** The tournament of an undecided parent. */
  #openParent({ parent }: Tournament, view: GameView): Tournament | undefined {
    const edge = parent === undefined ? undefined : view.edge(parent)
    if (edge === undefined) return undefined
    const tournament = view.tournament(edge.tournament)!
    return tournament.accepted === parent ? undefined : tournament
  }

  /**
   * Whether a tournament continues the right claim of an open one; undefined: not known yet. Of one that was accepted nothing but the output matters any more, which
   * is looked at with the claim.
   */
  #parentIsRight(tournament: Tournament, view: GameView): boolean | undefined {
    const open = this.#openParent(tournament, view)
    if (open === undefined) return true
    const claim = this.#claims.get(open.id)
    if (claim === undefined || claim === 'wrong parent') return claim && false
    return edgeId(this.#options.hashing, open.id, claim.root) === tournament.parent
  }

  #forget(id: Hash): void {
    this.#claims.delete(id)
    this.#histories.delete(id)
  }
}

const missing = (what: string): InteractiveError =>
  new InteractiveError('The node does not have what a right claim is made of.', 'PROVING_INPUTS_MISSING', {
    metaMessages: [`Expected ${what}, got none.`],
  })

function beforeOf(commitment: Commitment, position: number): LeafEvidence['before'] {
  if (position === 0) return undefined
  let height = 0
  while (Math.floor(position / 2 ** height) % 2 === 0) height++
  return {
    leaf: commitment.leaf(position - 1),
    siblings: hashes(commitment.siblings(0, position - 1, { top: height })),
  }
}
