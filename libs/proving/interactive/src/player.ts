import {
  AbortedError,
  silentLogger,
  silentMetrics,
  steadyTime,
  systemClock,
  type ChainKnowledge,
  type Clock,
  type EnforcementReport,
  type Hash,
  type Logger,
  type Metrics,
} from '@animechain/core'
import {
  edgeId,
  keccakHashing,
  nextMoves,
  type Decision,
  type Hashing,
  type Move,
  type Place,
  type Tournament,
} from '@animechain/proving-game'
import { boundedMap } from '@animechain/runtime'
import type { GameAccess, MoveResult, Sight } from './access.js'
import {
  entryFee,
  exposure,
  feeCeiling,
  gasCosts,
  isEngaged,
  reserve,
  slack,
  type FeeLimits,
  type GasCosts,
} from './budget.js'
import type { BlockCommitments } from './commitments.js'
import { OwnKnowledge } from './knowledge.js'
import { meters, type Meters } from './meters.js'
import { prepare } from './prepare.js'

/** What a player works with. */
export interface PlayerOptions {
  access: GameAccess
  chain: ChainKnowledge
  commitments: BlockCommitments
  /** What may be paid for gas, wei. default: 100 gwei, 1,000 gwei when it is urgent */
  fees?: FeeLimits
  costs?: GasCosts
  /** Hashes of the game. Others than keccak256 are for games that are no L1. */
  hashing?: Hashing
  logger?: Logger
  metrics?: Metrics
  clock?: Clock
}

const GWEI = 1_000_000_000n
/** Looks of one pass: what is left is for the next one. */
const MAX_ROUNDS = 10_000
/** Refusals that were said. */
const MAX_SAID = 1_000
/** Moves that are remembered as made. */
const MAX_MADE = 10_000
/** Of a challenge period: a move that changed nothing is not paid for again before. */
const REPEAT_SHARE = 50
/** Finished tournaments of which nothing is kept any more. */
const MAX_DROPPED = 10_000

/** What a round came to: moves were made, something was computed, or nothing is left to do. */
type Progress = 'moved' | 'learned' | 'idle'

/**
 * The honest player (docs/spec/game.md, section 9). It keeps nothing that it cannot find again: a pass reads the game from L1, decides, and makes the moves that
 * are due, until there is nothing to do. So it may end at any point, and another one go on.
 */
export class Player {
  readonly #options: Required<PlayerOptions>
  readonly #meters: Meters
  readonly #said = boundedMap<string, true>(MAX_SAID)
  readonly #dropped = boundedMap<Hash, true>(MAX_DROPPED)
  /** When moves were made, seconds of L1, as long as L1 has taken none back. */
  readonly #made = boundedMap<string, number>(MAX_MADE)
  #generation = 0
  #knowledge: OwnKnowledge | undefined

  constructor(options: PlayerOptions) {
    this.#options = {
      fees: { normal: 100n * GWEI, urgent: 1_000n * GWEI },
      costs: gasCosts,
      hashing: keccakHashing(),
      logger: silentLogger,
      metrics: silentMetrics,
      clock: systemClock,
      ...options,
    }
    this.#meters = meters(this.#options.metrics)
  }

  /**
   * Plays until nothing is due.
   * @throws {InteractiveError} what kept it from all of it: a reorg of L1, missing inputs of the program; moves that could be made were made before
   */
  async pass(signal?: AbortSignal): Promise<EnforcementReport> {
    /** Moves that L1 did not take in this pass, and places that could not be computed. */
    const failed = new Set<string>()
    let movesMade = 0
    let failure: unknown
    const note = (key: string, error: unknown) => {
      failed.add(key)
      failure ??= error
    }
    /** Each once: more may be disputed at a time than is kept in memory, and none may keep the others from their turn. */
    const learned = new Set<string>()
    let turn = await this.#look(signal)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (signal?.aborted) throw new AbortedError('disputes')
      const made = await this.#play(turn, failed, note, signal)
      movesMade += made
      const progress: Progress = made > 0 ? 'moved' : await this.#learn(turn, learned, note)
      if (progress === 'idle') break
      turn = await this.#look(signal)
    }
    await this.#forget(turn.sight)
    const report = this.#report(turn, movesMade)
    if (failure !== undefined) throw failure
    return report
  }

  /** A look at L1, and what is due by it. */
  async #look(signal: AbortSignal | undefined): Promise<Turn> {
    const sight = await this.#options.access.look(signal)
    const knowledge = this.#knowledgeFor(sight)
    const tournaments = sight.tournaments.map((id) => sight.view.tournament(id)!)
    await knowledge.begin(tournaments)
    for (const tournament of tournaments)
      if (knowledge.claim(tournament) === undefined) await knowledge.learnClaim(tournament, sight.view)
    const decision = nextMoves(sight.view, knowledge, this.#options.hashing, sight.tournaments)
    const turn = { sight, knowledge, tournaments, decision, ...this.#weigh(sight, knowledge, tournaments) }
    this.#measure(turn)
    return turn
  }

  #knowledgeFor({ view }: Sight): OwnKnowledge {
    const { access, chain, commitments, hashing, logger } = this.#options
    this.#knowledge ??= new OwnKnowledge({
      ...{ chain, commitments, hashing, logger },
      account: access.account,
      historyHeight: view.parameters.heights[0],
      interval: view.parameters.interval,
    })
    return this.#knowledge
  }

  /** What the tournaments may still cost, and how much time there is. */
  #weigh({ view, feePerGas }: Sight, knowledge: OwnKnowledge, tournaments: readonly Tournament[]): Weighed {
    const { hashing, fees, costs, access } = this.#options
    const right = new Map<Hash, Hash>()
    const wrong: EnforcementReport['wrongClaims'][number][] = []
    const fee = entryFee(fees, feePerGas)
    let [engaged, atMost] = [0n, 0n]
    const entries = new Map<Hash, bigint>()
    for (const tournament of tournaments) {
      const claim = knowledge.claim(tournament)
      if (claim === undefined || claim === 'wrong parent') continue
      const own = edgeId(hashing, tournament.id, claim.root)
      right.set(tournament.id, own)
      if (view.mutual(tournament.id)?.winner === undefined)
        for (const { id, status, output } of view.assertions(tournament.id))
          if (id !== own && status === 'open')
            wrong.push({
              ...{ id, claimed: output, expected: claim.output },
              batchIndex: BigInt(tournament.batchIndex),
            })
      const cost = exposure(view, tournament, own, { costs, fee })
      atMost += exposure(view, tournament, own, { costs, fee: fees.urgent })
      if (isEngaged(view, tournament, access.account)) engaged += cost
      else if (cost > 0n) entries.set(tournament.id, cost)
    }
    return { right, wrong, engaged, atMost, entries, left: slack(view, right), reserve: reserve(view, right) }
  }

  #measure({ sight, wrong, left, atMost }: Turn): void {
    const { disputed, purse, needed } = this.#meters
    const { period } = sight.view.parameters
    this.#meters.wrong.set(wrong.length)
    disputed.set(new Set(wrong.map(({ batchIndex }) => batchIndex)).size)
    this.#meters.slack.set(Math.min(left, period))
    purse.set(ether(sight.purse))
    needed.set(ether(atMost))
    if (sight.purse < atMost)
      this.#say('purse', 'the purse does not cover what the disputes may ask for', {
        purse: sight.purse,
        needed: atMost,
      })
    else this.#said.delete('purse')
  }

  /** Makes the moves that are due and can be paid. Returns how many L1 took. */
  async #play(
    turn: Turn,
    failed: ReadonlySet<string>,
    note: (key: string, error: unknown) => void,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { access, fees } = this.#options
    const { sight, knowledge, decision } = turn
    const due = this.#affordable(turn).filter(
      (move) => !failed.has(keyOf(move)) && !this.#isRepeated(move, sight),
    )
    const moves: Move[] = []
    const prepared = []
    for (const move of due)
      try {
        prepared.push(await this.#timed(move, () => prepare(move, sight.view, knowledge)))
        moves.push(move)
      } catch (error) {
        // One dispute that cannot be computed must not keep the others from being answered.
        note(keyOf(move), error)
      }
    if (prepared.length === 0 || decision.moves.length === 0) return 0
    const maxFeePerGas = feeCeiling(fees, sight.view.parameters.period, Math.min(turn.left, turn.reserve))
    const results = await access.play(prepared, { maxFeePerGas, signal })
    let made = 0
    for (const [i, result] of results.entries()) {
      const move = moves[i]!
      this.#meters.moves.inc(1, { move: move.type, result: result.status })
      if (result.status === 'made') {
        made++
        this.#made.set(keyOf(move), sight.view.now)
      } else this.#refused(move, result, maxFeePerGas, note)
    }
    return made
  }

  /** L1 takes moves that change nothing, and the gas for them: what has no effect must not be made over and over. */
  #isRepeated(move: Move, { view, generation }: Sight): boolean {
    if (generation !== this.#generation) {
      this.#made.clear()
      this.#generation = generation
    }
    const madeAt = this.#made.get(keyOf(move))
    // Without credit L1 refuses.
    if (madeAt === undefined || move.type === 'claimCredit') return false
    const isRepeated = view.now - madeAt < view.parameters.period / REPEAT_SHARE
    if (isRepeated) this.#options.logger.debug('a move had no effect yet', { move: move.type })
    return isRepeated
  }

  #refused(
    move: Move,
    result: Exclude<MoveResult, { status: 'made' }>,
    maxFeePerGas: bigint,
    note: (key: string, error: unknown) => void,
  ): void {
    const key = keyOf(move)
    if (result.status === 'failed') return note(key, result.error)
    note(key, undefined)
    if (result.status === 'feeTooHigh')
      this.#say(`fee ${maxFeePerGas}`, 'L1 asks more for gas than may be paid now', { maxFeePerGas })
    else
      this.#say(`${key} ${result.reason}`, 'L1 refused a move', {
        move: move.type,
        reason: result.reason,
      })
  }

  /** Leaves out the moves that would open a dispute that the purse does not carry to its end. */
  #affordable({ sight, decision, engaged, entries }: Turn): Move[] {
    let free = sight.purse - engaged
    const entered = new Map<Hash, boolean>()
    return decision.moves.filter((move) => {
      const tournament = tournamentOf(move, sight)
      const cost = tournament === undefined ? undefined : entries.get(tournament)
      if (tournament === undefined || cost === undefined) return true
      const before = entered.get(tournament)
      if (before !== undefined) return before
      const canPay = free >= cost
      entered.set(tournament, canPay)
      if (canPay) free -= cost
      else
        this.#say(`open ${tournament}`, 'a dispute is not entered: the purse does not carry it to its end', {
          tournament,
          needed: cost,
          purse: free,
        })
      return canPay
    })
  }

  /** Computes the first thing that is lacking. */
  async #learn(
    { decision, knowledge }: Turn,
    learned: Set<string>,
    note: (key: string, error: unknown) => void,
  ): Promise<Progress> {
    for (const place of decision.needs) {
      const key = placeKey(place)
      if (learned.has(key)) continue
      learned.add(key)
      try {
        await this.#timed({ place }, () => knowledge.learn(place))
        return 'learned'
      } catch (error) {
        note(key, error)
      }
    }
    return 'idle'
  }

  async #timed<T>(what: object, work: () => Promise<T>): Promise<T> {
    const { clock } = this.#options
    const place = (what as { place?: Place }).place
    const from = steadyTime(clock)
    try {
      return await work()
    } finally {
      if (place !== undefined)
        this.#meters.computing.observe((steadyTime(clock) - from) / 1_000, { level: String(place.level) })
    }
  }

  /** Drops from disk what belongs to disputes that are over. */
  async #forget({ view, finished }: Sight): Promise<void> {
    for (const id of finished)
      if (view.tournament(id) !== undefined && !this.#dropped.has(id)) {
        await this.#options.commitments.drop(id)
        this.#dropped.set(id, true)
      }
  }

  #report({ sight, decision, wrong, left }: Turn, movesMade: number): EnforcementReport {
    const { now } = sight.view
    const due = Math.min(decision.lookAgainAt === undefined ? Infinity : decision.lookAgainAt - now, left)
    return {
      wrongClaims: wrong,
      movesMade,
      lookAgainInMs: due === Infinity ? undefined : Math.max(0, due) * 1_000,
    }
  }

  /** Says something once, until it has not been true for a while. */
  #say(key: string, message: string, about: Record<string, unknown>): void {
    if (this.#said.has(key)) return
    this.#said.set(key, true)
    this.#options.logger.error(message, about)
  }
}

interface Weighed {
  /** Root edges of the right claims, by tournament. */
  right: ReadonlyMap<Hash, Hash>
  wrong: EnforcementReport['wrongClaims']
  /** wei that the tournaments may still cost in which something is at stake already, as gas is now */
  engaged: bigint
  /** wei that all of them may cost, at the dearest fee */
  atMost: bigint
  /** wei that it takes to enter others and play them to their end, as gas is now */
  entries: ReadonlyMap<Hash, bigint>
  /** seconds until the first wrong claim would be confirmed */
  left: number
  /** seconds that answers may take yet, see {@link reserve} */
  reserve: number
}

interface Turn extends Weighed {
  sight: Sight
  knowledge: OwnKnowledge
  tournaments: readonly Tournament[]
  decision: Decision
}

const ether = (wei: bigint): number => Number(wei) / 1e18

const placeKey = ({ tournament, level, block, span, height, position }: Place): string =>
  `${tournament} ${level} ${block ?? ''} ${span ?? ''} ${height} ${position}`

/** The tournament that a move is a part of playing; undefined for what follows a decision. */
function tournamentOf(move: Move, { view }: Sight): Hash | undefined {
  switch (move.type) {
    case 'assert':
      return move.tournament
    case 'bisect':
    case 'refine':
    case 'prove':
      return view.edge(move.edge)?.tournament
    default:
      return undefined
  }
}

function keyOf(move: Move): string {
  switch (move.type) {
    case 'assert':
      return `assert ${move.tournament}`
    case 'update':
      return `update ${move.edges.join()}`
    case 'reward':
      return `reward ${move.path.join()}`
    case 'resolve':
      return `resolve ${move.assertion}`
    case 'claimCredit':
      return 'claimCredit'
    default:
      return `${move.type} ${move.edge}`
  }
}
