import { silentLogger, type Address, type ChainKnowledge } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import { parseEther, parseGwei } from 'viem'
import type {
  DisputeStore,
  FeeLimits,
  GameAccess,
  Player,
} from '../../../libs/proving/interactive/src/index.js'
import type { deaths } from '../../../libs/proving/interactive/test/deaths.js'
import { openStore, type L1World } from '../../../libs/proving/interactive/test/l1World.js'
import { tapped, type Taps } from './wire.js'

/** Ether that the honest player begins with, wei. */
export const HONEST_PURSE = parseEther('100')
/** What it pays for gas at most, wei. */
export const fees: FeeLimits = { normal: parseGwei('20'), urgent: parseGwei('100') }

/** A node looks again soon after a failure: passes for one that fails. */
const ATTEMPTS = 4

const account = testAccount(5)

/** The one honest player: no permission, a fixed purse, and an L1, a node and a machine of which strategies may spoil some. */
export class Honest {
  readonly account = account
  readonly address = account.address.toLowerCase() as Address
  /** Spoils what it sees of L1, and when its transactions get there. */
  readonly taps: Taps = {}
  /** What its node knows. */
  chain: ChainKnowledge
  /** It does nothing before this time of L1, seconds. */
  awayUntil = 0
  /** Failures of a pass that the strategy is made to cause. Any other one is a violation. */
  forgives: (error: Error) => boolean = () => false
  /** Moves that L1 took, by kind. */
  readonly moves = new Map<string, number>()
  /** Kills it before and after every move. */
  deaths: ReturnType<typeof deaths> | undefined
  failures = 0
  readonly #w: L1World
  readonly #access: () => GameAccess
  #store: DisputeStore | undefined
  #player: Player | undefined

  constructor(w: L1World) {
    this.#w = w
    this.chain = w.chain
    this.#access = () => this.#counted(w.access(account, { via: tapped(w.l1.url, this.taps) }))
  }

  /** One pass, unless it is away. Returns how many moves L1 took. */
  async pass(): Promise<number> {
    const { timestamp } = await this.#w.client.getBlock()
    if (Number(timestamp) < this.awayUntil) return 0
    for (let attempt = 1; ; attempt++)
      try {
        this.#player ??= await this.#born()
        return (await this.#player.pass()).movesMade
      } catch (error) {
        if (this.deaths !== undefined && error === this.deaths.killed) this.#player = undefined
        else if (this.forgives(error as Error)) {
          this.failures++
          if (attempt >= ATTEMPTS) return 0
        } else throw error
      }
  }

  /** A player who knows L1 and what is on disk. */
  async #born(): Promise<Player> {
    this.#store ??= await openStore()
    const { chain, deaths: mortality } = this
    const access = this.#access()
    return this.#w.player(mortality?.mortal(access) ?? access, this.#w.commitments(this.#store, chain), {
      ...{ chain, fees, logger: silentLogger },
    })
  }

  #counted(access: GameAccess): GameAccess {
    return {
      account: access.account,
      look: (signal) => access.look(signal),
      play: async (moves, options) => {
        const results = await access.play(moves, options)
        for (const [i, { status }] of results.entries())
          if (status === 'made') this.moves.set(moves[i]!.type, (this.moves.get(moves[i]!.type) ?? 0) + 1)
        return results
      },
    }
  }
}
