import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import type { Address, Hash } from '@animechain/core'
import type { Action, Assertion, Edge, Game, Outcome } from '@animechain/proving-game'
import { isAddressEqual, zeroAddress } from 'viem'
import { Violation } from '../match.js'
import { addressOf, type Arena, type Mined } from './arena.js'
import { Calls, type Oracle } from './calls.js'
import { ZERO, type OpenHashing } from './world.js'

const BURN: Address = '0x000000000000000000000000000000000000dEaD'
/** Timer of a proven edge on L1. */
const UNBOUNDED = 2 ** 40 - 1
/** Each account begins with this, wei. */
const PURSE = 10n ** 24n
const stakeStatus = ['none', 'held', 'slashed', 'returned'] as const
const gameStatus = ['open', 'rejected', 'accepted'] as const

/** What was compared. */
export interface Compared {
  /** Actions by type and outcome. */
  readonly outcomes: Map<string, number>
  /** What cannot be said on L1: a path of rewards that begins elsewhere than with the accepted assertion. */
  unsayable: number
  /** Values of L1 that were held to the model's. */
  values: number
}

/** A game of the model and the same game on L1, action by action. */
export class Replay {
  readonly compared: Compared = { outcomes: new Map(), unsayable: 0, values: 0 }
  private readonly calls: Calls
  /** What each account has paid more than it got, wei. */
  private readonly accounts = new Map<string, bigint>()
  /** Claims whose asserter was compared: it is in their code. */
  private readonly met = new Set<Hash>()
  private burnedBefore = 0n
  private before = new Map<Hash, Edge>()

  constructor(
    private readonly arena: Arena,
    readonly game: Game,
    private readonly oracle: Oracle,
    /** Time of L1 at which the model's begins. */
    private readonly begin: number,
  ) {
    this.calls = new Calls(arena, game, oracle)
  }

  async start(): Promise<void> {
    this.burnedBefore = await this.arena.client.getBalance({ address: BURN })
  }

  /** Does an action on both. @throws Violation where they differ */
  async act(action: Action): Promise<Outcome> {
    this.oracle.asked = undefined
    this.before = new Map(this.game.edges)
    await this.know(action.from)
    const outcome = this.move(action)
    const call = this.calls.of(action)
    if (call === undefined) {
      if (outcome.status !== 'refused')
        throw new Violation(`${describe(action)}: the model says ${outcome.status}, L1 cannot be told`)
      this.compared.unsayable++
      return outcome
    }
    const mined = await this.arena.send(
      this.begin + this.game.now,
      addressOf(action.from),
      call.to,
      call.data,
      call.value,
    )
    const what = `${action.type} ${outcome.status}`
    this.compared.outcomes.set(what, (this.compared.outcomes.get(what) ?? 0) + 1)
    if (mined.ok !== (outcome.status !== 'refused'))
      throw new Violation(
        `${describe(action)}: the model says ${JSON.stringify(outcome)}, L1 ${mined.ok ? 'accepted it' : 'reverted'}`,
      )
    if (outcome.status === 'done') this.calls.done(action)
    // What reverted changed nothing.
    if (mined.ok) await this.compare(action, mined)
    return outcome
  }

  private move(action: Action): Outcome {
    const spend = (account: string, amount: bigint): unknown =>
      this.accounts.set(account, this.accounts.get(account)! + amount)
    const payout = action.type === 'claimCredit' ? this.game.credit(action.account) : 0n
    const outcome = this.game.act(action)
    if (outcome.status === 'refused') return outcome
    if ('value' in action) spend(action.from, action.value)
    if (action.type === 'claimCredit') spend(action.account, -payout)
    return outcome
  }

  private async know(account: string): Promise<void> {
    if (this.accounts.has(account)) return
    this.accounts.set(account, 0n)
    await this.arena.l1.request('anvil_setBalance', [addressOf(account), `0x${PURSE.toString(16)}`])
  }

  private expect(what: string, got: unknown, expected: unknown, action: Action | undefined): void {
    this.compared.values++
    const [a, b] = [got, expected].map((value) =>
      JSON.stringify(value, (_, each: unknown) =>
        typeof each === 'bigint' ? `${each}` : each,
      )?.toLowerCase(),
    )
    if (a !== b)
      throw new Violation(
        `after ${action === undefined ? 'all' : describe(action)}: ${what}: the model says ${b}, L1 ${a}`,
      )
  }

  /** What the action changed in the model, what L1 says it changed, and all money. */
  private async compare(action: Action, { events }: Mined): Promise<void> {
    const touched = new Set<Hash>()
    for (const edge of this.game.edges.values()) if (this.before.get(edge.id) !== edge) touched.add(edge.id)
    for (const { eventName, args } of events)
      if (typeof args['id'] === 'string' && eventName !== 'Closed') touched.add(args['id'] as Hash)
    await this.compareState([...touched], action)
  }

  /** Everything there is. */
  async compareAll(): Promise<void> {
    await this.compareState([...this.game.edges.keys()], undefined)
  }

  private async compareState(edges: readonly Hash[], action: Action | undefined): Promise<void> {
    const ids = edges.map((id) => {
      const edge = this.game.edge(id)
      if (edge === undefined) throw new Violation(`L1 knows an edge ${id} that the model does not`)
      return edge
    })
    await Promise.all([
      ...ids.map((edge) => this.compareEdge(edge, action)),
      ...[...this.game.tournaments.keys()].map((id) => this.compareTournament(id, action)),
      ...[...this.game.claims.values()].map((claim) => this.compareClaim(claim, action)),
      this.compareMoney(action),
    ])
  }

  private get tree() {
    return { address: this.arena.tree, abi: challengeTreeAbi } as const
  }

  private async compareEdge(edge: Edge, action: Action | undefined): Promise<void> {
    const { game, begin } = this
    const { client } = this.arena
    const [on, rivalry, winner] = await Promise.all([
      client.readContract({ ...this.tree, functionName: 'edge', args: [edge.id] }),
      client.readContract({ ...this.tree, functionName: 'rivalry', args: [edge.mutual] }),
      client.readContract({ ...this.tree, functionName: 'winner', args: [edge.mutual] }),
    ])
    const mover = edge.bisector ?? edge.prover
    const isRefinable = edge.height === 0 && edge.level < 2
    const time = isRefinable ? edge.best : edge.time
    const mutual = game.mutual(edge.mutual)!
    const top = await client.readContract({ ...this.tree, functionName: 'rootEdge', args: [BigInt(on.top)] })
    const expected = {
      mover: mover === undefined ? zeroAddress : addressOf(mover),
      time: Math.min(time, UNBOUNDED),
      level: edge.level,
      height: edge.height,
      exists: true,
      first: mutual.first === edge.id,
      rewarded: edge.paid.bisected || edge.paid.proven,
      refined: edge.freeUsed,
      maker: addressOf(game.edge(edge.top)!.maker!),
    }
    const { top: _, ...rest } = on
    this.expect(`edge ${edge.id}`, { ...rest, maker: top.maker.toLowerCase() }, expected, action)
    const { firstAt, rivalledAt } = rivalry
    this.expect(
      `rivals of ${edge.id}`,
      { firstAt, rivalledAt },
      {
        firstAt: begin + mutual.firstAt,
        rivalledAt: mutual.secondAt === undefined ? 0 : begin + mutual.secondAt,
      },
      action,
    )
    const over = game.mutual(game.edge(edge.top)!.mutual)!.winner
    this.expect(`winner of ${edge.id}`, winner, over ?? ZERO, action)
    if (edge.top === edge.id) await this.compareRoot(edge, top, action)
  }

  private async compareRoot(
    edge: Edge,
    { maker: _, backer, ...on }: Record<string, unknown>,
    action: Action | undefined,
  ): Promise<void> {
    const { game } = this
    const claim = (game.hashing as OpenHashing).games.get(edge.id)
    const expected = {
      unconfirmed: edge.unconfirmed,
      level: edge.level,
      stake: stakeStatus.indexOf(edge.stake as 'none'),
      rewarded: edge.paid.made,
      barred: false,
      parent: edge.refines ?? `0x${claim!.slice(2).padStart(64, '0')}`,
    }
    this.expect(`root edge ${edge.id}`, on, expected, action)
    this.expect(`own stake of ${edge.id}`, Number(backer) === 0, edge.stake !== 'none', action)
    if (edge.level === 0) return
    const { tournament } = await this.arena.client.readContract({
      ...this.tree,
      functionName: 'origin',
      args: [edge.mutual],
    })
    this.expect(`tournament of ${edge.id}`, tournament, edge.tournament, action)
  }

  private async compareTournament(id: Hash, action: Action | undefined): Promise<void> {
    const on = await this.arena.client.readContract({ ...this.tree, functionName: 'tournament', args: [id] })
    const { pot, closed, accepted, decidedAt } = this.game.tournament(id)!
    const { games } = this.game.hashing as OpenHashing
    this.expect(
      `tournament ${id}`,
      { pot: on.pot, closed: on.closed, accepted: on.accepted },
      { pot, closed, accepted: accepted === undefined ? zeroAddress : games.get(accepted)! },
      action,
    )
    if (accepted !== undefined)
      this.expect(`decision of ${id}`, Number(on.decidedAt), this.begin + decidedAt!, action)
  }

  private async compareClaim({ id, status, asserter }: Assertion, action: Action | undefined): Promise<void> {
    const address = (this.game.hashing as OpenHashing).games.get(id)!
    const at = { address, abi: assertionGameAbi } as const
    const { client } = this.arena
    const on = await client.readContract({ ...at, functionName: 'status' })
    this.expect(`status of ${id}`, gameStatus[on], status, action)
    if (this.met.has(id)) return
    this.met.add(id)
    const creator = await client.readContract({ ...at, functionName: 'gameCreator' })
    this.expect(`asserter of ${id}`, isAddressEqual(creator, addressOf(asserter)), true, action)
  }

  /** Every account's credit and balance, what the tree holds, and what was burned. */
  private async compareMoney(action: Action | undefined): Promise<void> {
    const { game, arena } = this
    const { ledger } = game
    const { client, tree } = arena
    const balance = (address: Address) => client.getBalance({ address })
    const accounts = [...this.accounts]
    const [held, burned, ...rest] = await Promise.all([
      balance(tree),
      balance(BURN),
      ...accounts.map(([name]) =>
        client.readContract({ ...this.tree, functionName: 'credit', args: [addressOf(name)] }),
      ),
      ...accounts.map(([name]) => balance(addressOf(name))),
    ])
    this.expect('wei in the tree', held, ledger.held + ledger.pots + ledger.credited(), action)
    this.expect('wei burned', burned! - this.burnedBefore, ledger.burned, action)
    accounts.forEach(([name, spent], i) => {
      this.expect(`credit of ${name}`, rest[i], ledger.credits.get(name) ?? 0n, action)
      this.expect(`wei that ${name} paid`, PURSE - rest[accounts.length + i]!, spent, action)
    })
  }
}

const describe = (action: Action): string =>
  JSON.stringify(action, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
