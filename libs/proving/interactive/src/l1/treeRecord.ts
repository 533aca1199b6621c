import type { Address, Hash } from '@animechain/core'
import {
  edgeId,
  keccakHashing,
  lowerMutual,
  upperMutual,
  type Edge,
  type Level,
  type Mutual,
  type Stake,
} from '@animechain/proving-game'

/** An event of the challenge tree, with the time of its block in seconds. */
export type TreeEvent = { readonly timestamp: number; readonly blockNumber: bigint } & (
  | {
      readonly eventName: 'Opened'
      readonly args: { tournament: Hash; game: Address; id: Hash; number: bigint }
      /** What the game says of itself. */
      readonly claim: ClaimContent
    }
  | {
      readonly eventName: 'Bisected'
      readonly args: { id: Hash; mutual: Hash; left: Hash; right: Hash; mover: Address }
    }
  | {
      readonly eventName: 'Refined'
      readonly args: {
        tournament: Hash
        parent: Hash
        id: Hash
        mutual: Hash
        root: Hash
        maker: Address
        number: bigint
        backer: bigint
      }
    }
  | { readonly eventName: 'Proven'; readonly args: { id: Hash; mover: Address } }
  | { readonly eventName: 'Updated'; readonly args: { id: Hash; time: bigint } }
  | { readonly eventName: 'Confirmed'; readonly args: { mutual: Hash; id: Hash } }
  | { readonly eventName: 'Concluded'; readonly args: { tournament: Hash; game: Address; outcome: number } }
  | { readonly eventName: 'Slashed' | 'Unstaked'; readonly args: { tournament: Hash; number: bigint } }
  | { readonly eventName: 'Discarded'; readonly args: { tournament: Hash; id: Hash } }
  | { readonly eventName: 'Closed'; readonly args: { tournament: Hash } }
)

/** What a game claims: all of it is in its code, and its address follows from it. */
export interface ClaimContent {
  asserter: Address
  output: Hash
  lastBlock: number
  batchIndex: number
  batchAcc: Hash
  parent: Address
  history: Hash
  /** What rivals agree on. */
  parentBlock: number
  parentOutput: Hash
}

/** An assertion as the events tell it. */
export interface RecordedClaim extends ClaimContent {
  game: Address
  /** its root edge */
  id: Hash
  tournament: Hash
  status: 'open' | 'accepted' | 'rejected'
  /** The owner has barred it. */
  barred: boolean
}

export interface RecordedTournament {
  id: Hash
  claims: Hash[]
  /** root edges of level 1 and 2 */
  roots: Hash[]
  decidedAt: number | undefined
  accepted: Hash | undefined
  closed: boolean
  /** L1 block of the last event about it */
  changedAt: bigint
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Timer of a proven edge on L1. */
const UNBOUNDED = 2n ** 40n - 1n
/** `IChallengeTree.Outcome` */
const outcome = { accepted: 0, lost: 1, orphaned: 2, annulled: 3 } as const
const hashing = keccakHashing()

/**
 * What the events of a challenge tree say, in their order: all edges with their timers, stakes and makers. What is not in them (rewards paid, pots, credits) is asked
 * of L1 when it matters. Holds some hundred bytes for each event.
 */
export class TreeRecord {
  readonly edges = new Map<Hash, Mutable<Edge>>()
  readonly mutuals = new Map<Hash, Mutable<Mutual>>()
  readonly tournaments = new Map<Hash, RecordedTournament>()
  readonly claims = new Map<Hash, RecordedClaim>()
  readonly claimOf = new Map<Address, Hash>()
  readonly refining = new Map<Hash, Hash[]>()
  readonly #numbers = new Map<bigint, Hash>()
  readonly #backers = new Map<Hash, Hash>()

  constructor(readonly heights: readonly [number, number, number]) {}

  apply(event: TreeEvent): void {
    this.#enter(event)
    const { args, blockNumber } = event
    // Other events than those above say nothing of a tournament.
    const id = 'tournament' in args ? args.tournament : this.edges.get(args.id)?.tournament
    const tournament = id && this.tournaments.get(id)
    if (tournament) tournament.changedAt = blockNumber
  }

  #enter(event: TreeEvent): void {
    switch (event.eventName) {
      case 'Opened':
        return this.#opened(event)
      case 'Bisected':
        return this.#bisected(event)
      case 'Refined':
        return this.#refined(event)
      case 'Proven':
        return this.#change(event.args.id, { proven: true, time: Infinity, prover: lower(event.args.mover) })
      case 'Updated':
        return this.#updated(event.args.id, event.args.time)
      case 'Confirmed':
        return this.#confirmed(event.args)
      case 'Concluded':
        return this.#concluded(event)
      case 'Slashed':
        return this.#staked(event.args.number, 'slashed')
      case 'Unstaked':
        return this.#staked(event.args.number, 'returned')
      case 'Discarded':
        return this.#discarded(event.args.id)
      case 'Closed': {
        const tournament = this.tournaments.get(event.args.tournament)
        if (tournament) tournament.closed = true
      }
    }
  }

  #opened({
    args: { tournament: id, game, id: edge, number },
    claim,
    timestamp,
  }: TreeEvent & { eventName: 'Opened' }): void {
    const tournament = this.tournaments.get(id) ?? {
      ...{ id, claims: [], roots: [], closed: false, changedAt: 0n },
      ...{ decidedAt: undefined, accepted: undefined },
    }
    this.tournaments.set(id, tournament)
    tournament.claims.push(edge)
    this.claims.set(edge, {
      ...claim,
      game: lower(game),
      id: edge,
      tournament: id,
      status: 'open',
      barred: false,
    })
    this.claimOf.set(lower(game), edge)
    this.#numbers.set(number, edge)
    const root = { level: 0 as Level, root: claim.history, mutual: id, maker: lower(claim.asserter) }
    this.#add({ ...this.#rootEdge(edge, root), tournament: id, stake: 'held' }, timestamp)
  }

  #bisected({
    args: { id, mutual, left, right, mover },
    timestamp,
  }: TreeEvent & { eventName: 'Bisected' }): void {
    const edge = this.edges.get(id)!
    const [lowerM, upperM] = [lowerMutual(hashing, mutual), upperMutual(hashing, mutual, left)]
    const child = {
      ...blank,
      level: edge.level,
      height: edge.height - 1,
      top: edge.top,
      tournament: edge.tournament,
    }
    const [lowerId, upperId] = [edgeId(hashing, lowerM, left), edgeId(hashing, upperM, right)]
    const { left: before, leftHeight, position } = edge
    this.#add(
      { ...child, id: lowerId, mutual: lowerM, root: left, position: 2 * position, left: before, leftHeight },
      timestamp,
    )
    this.#add(
      {
        ...child,
        ...{ id: upperId, mutual: upperM, root: right, position: 2 * position + 1, left },
        leftHeight: edge.height - 1,
      },
      timestamp,
    )
    this.#change(id, { lower: lowerId, upper: upperId, bisector: lower(mover) })
  }

  #refined({ args, timestamp }: TreeEvent & { eventName: 'Refined' }): void {
    const { tournament, parent, id, mutual, root, maker, number, backer } = args
    const level = (this.edges.get(parent)!.level + 1) as Level
    this.#numbers.set(number, id)
    const made = { level, root, mutual, maker: lower(maker) }
    const stake: Stake = backer === 0n ? 'held' : 'none'
    this.#add({ ...this.#rootEdge(id, made), tournament, refines: parent, stake }, timestamp)
    this.tournaments.get(tournament)!.roots.push(id)
    this.refining.set(parent, [...(this.refining.get(parent) ?? []), id])
    if (backer === 0n) return
    const backedBy = this.#numbers.get(backer)!
    this.#backers.set(id, backedBy)
    this.#change(parent, { freeUsed: true })
    this.#change(backedBy, { unconfirmed: this.edges.get(backedBy)!.unconfirmed + 1 })
  }

  #updated(id: Hash, time: bigint): void {
    const seconds = time >= UNBOUNDED ? Infinity : Number(time)
    const { height, level } = this.edges.get(id)!
    // An edge that can be refined keeps the longest time of its refinements.
    this.#change(id, height === 0 && level < 2 ? { best: seconds } : { time: seconds })
  }

  #confirmed({ mutual, id }: { mutual: Hash; id: Hash }): void {
    this.mutuals.get(mutual)!.winner = id
    const backer = this.#backers.get(id)
    if (backer !== undefined) this.#change(backer, { unconfirmed: this.edges.get(backer)!.unconfirmed - 1 })
  }

  #concluded({ args: { game, outcome: how }, timestamp }: TreeEvent & { eventName: 'Concluded' }): void {
    const claim = this.claims.get(this.claimOf.get(lower(game))!)!
    claim.status = how === outcome.accepted ? 'accepted' : 'rejected'
    const tournament = this.tournaments.get(claim.tournament)!
    if (how === outcome.accepted) {
      tournament.accepted = claim.id
      tournament.decidedAt = timestamp
    } else if (how !== outcome.lost) {
      // Nobody is accepted any more where the parent fell.
      tournament.decidedAt ??= timestamp
      if (how === outcome.orphaned && this.edges.get(claim.id)!.stake === 'held')
        this.#change(claim.id, { stake: 'slashed' })
    }
  }

  #discarded(id: Hash): void {
    const claim = this.claims.get(id)!
    claim.barred = true
    const tournament = this.tournaments.get(claim.tournament)!
    const mutual = this.mutuals.get(tournament.id)!
    if (mutual.winner === id) mutual.winner = undefined
    if (tournament.accepted === id) {
      tournament.accepted = undefined
      tournament.decidedAt = undefined
    }
  }

  #staked(number: bigint, stake: Stake): void {
    const id = this.#numbers.get(number)
    if (id !== undefined) this.#change(id, { stake })
  }

  #rootEdge(id: Hash, made: Pick<Edge, 'level' | 'root' | 'mutual' | 'maker'>): Omit<Edge, 'tournament'> {
    return {
      ...blank,
      ...made,
      ...{ id, height: this.heights[made.level], position: 0, top: id, left: undefined, leftHeight: 0 },
    }
  }

  #add(edge: Edge, timestamp: number): void {
    if (this.edges.has(edge.id)) return
    this.edges.set(edge.id, edge)
    const mutual = this.mutuals.get(edge.mutual)
    if (mutual !== undefined) mutual.secondAt ??= timestamp
    else
      this.mutuals.set(edge.mutual, {
        ...{ first: edge.id, firstAt: timestamp, secondAt: undefined, winner: undefined },
      })
  }

  #change(id: Hash, changes: Partial<Edge>): void {
    Object.assign(this.edges.get(id)!, changes)
  }
}

const blank = {
  refines: undefined,
  lower: undefined,
  upper: undefined,
  proven: false,
  time: 0,
  best: 0,
  stake: 'none',
  freeUsed: false,
  unconfirmed: 0,
  maker: undefined,
  bisector: undefined,
  prover: undefined,
  paid: { made: false, bisected: false, proven: false },
} as const

/** Addresses are compared in lower case. */
export const lower = (address: Address): Address => address.toLowerCase() as Address
