import type { Address, ChainKnowledge, Hash, Hex } from '@animechain/core'
import { edgeId, keccakHashing, type GameView, type Tournament } from '@animechain/proving-game'
import { testAccount } from '@animechain/testing'
import { numberToHex, type Account, type TransactionReceipt } from 'viem'
import type { L1Access, Player } from '../../../libs/proving/interactive/src/index.js'
import type { Lie } from '../../../libs/proving/interactive/src/liar.js'
import { toyClaim } from '../../../libs/proving/interactive/test/toyChain.js'
import { heights, type L1World } from '../../../libs/proving/interactive/test/l1World.js'
import { Honest, HONEST_PURSE } from './honest.js'

/** Somebody who wants the honest player to lose, or to lose money. */
export interface Adversary {
  /** Its turn, before each look of the honest player. Returns whether it has done something, as far as it knows. */
  turn(): Promise<unknown>
  /** Seconds of L1 after which it wants its turn again at the latest. */
  patience?(): Promise<number>
}

/** The first account that plays against the honest one. Those before it are the chain's own. */
const FIRST = 20
/** What each of them has, wei: ten times the honest purse. */
const LIAR_PURSE = 10n * HONEST_PURSE

/** A game on L1 at one block, as anybody sees it. */
export interface Board {
  now: number
  view: GameView
  tournaments: readonly Tournament[]
}

/** Where one strategy plays: an L1 with the right chain, the honest player, and accounts for whoever is against it. */
export class Arena {
  readonly honest: Honest
  /** Balances when the accounts came in, wei. */
  readonly purses = new Map<Address, bigint>()
  readonly #observer: L1Access
  #accounts = 0

  constructor(readonly w: L1World) {
    this.honest = new Honest(w)
    this.#observer = w.access(testAccount(6))
  }

  /** The tree's address. */
  get tree(): Address {
    return this.w.deployment.addresses.challengeTree
  }

  /** Gives an account its purse. */
  async fund(address: Address, wei: bigint): Promise<void> {
    await this.w.l1.request('anvil_setBalance', [address, numberToHex(wei)])
    this.purses.set(address.toLowerCase() as Address, wei)
  }

  /** A new account with ten times the honest purse. */
  async account(): Promise<Account & { address: Address }> {
    const account = testAccount(FIRST + this.#accounts++)
    await this.fund(account.address, LIAR_PURSE)
    return account
  }

  /** An account that makes a wrong claim, and a player who defends it. */
  async liar(wrongFrom: bigint, lie: Lie): Promise<Player> {
    return this.w.liar(await this.account(), wrongFrom, lie)
  }

  /** A player on a new account for what a chain says, who makes states up. Claims nothing unless there is a rival. */
  async pretender(of: ChainKnowledge, lie: Lie): Promise<Player> {
    return this.w.pretender(await this.account(), of, lie)
  }

  async board(): Promise<Board> {
    const { view, tournaments, finished } = await this.#observer.look()
    return {
      now: view.now,
      view,
      tournaments: [...tournaments, ...finished].map((id) => view.tournament(id)!),
    }
  }

  /** The root edge of the right claim of a tournament. */
  async rightEdge({ id, batchIndex }: Pick<Tournament, 'id' | 'batchIndex'>): Promise<Hash> {
    const { root } = await toyClaim(this.w.chain, heights[0], batchIndex)
    return edgeId(keccakHashing(), id, root)
  }

  /** Time of the newest block of L1, seconds. */
  async now(): Promise<number> {
    return Number((await this.w.client.getBlock()).timestamp)
  }

  /** The next block of L1 has this time, seconds. */
  async at(time: number): Promise<void> {
    await this.w.l1.request('evm_setNextBlockTimestamp', [time])
  }

  /** Sends a transaction, whatever comes of it. */
  async send(from: Account, call: { to: Address; data: Hex; value?: bigint }): Promise<TransactionReceipt> {
    const hash = await this.w.wallet(from).sendTransaction({ ...call, gas: 10_000_000n })
    return this.w.client.waitForTransactionReceipt({ hash })
  }
}
