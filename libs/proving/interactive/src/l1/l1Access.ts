import { systemClock, type Address, type Clock, type Hash, type Logger } from '@animechain/core'
import { anchorStateRegistryAbi } from '@animechain/contracts/AnchorStateRegistry'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { l1Sender, type L1Outcome, type L1Sender, type L1SenderOptions } from '@animechain/l1'
import type { Edge, GameParameters } from '@animechain/proving-game'
import {
  createPublicClient,
  decodeAbiParameters,
  encodeFunctionData,
  type Abi,
  type Account,
  type PublicClient,
  type Transport,
} from 'viem'
import type { GameAccess, MoveResult, PreparedMove, Sight } from '../access.js'
import { gasCosts, type GasCosts } from '../budget.js'
import { callOf, type Call, type Contracts } from './encode.js'
import { reorged, TreeLogs, type L1Head, type TreeLog } from './treeLogs.js'
import { lower, TreeRecord, type ClaimContent, type TreeEvent } from './treeRecord.js'
import { standing, treeView, type Settled } from './treeView.js'
import { ZERO_WORD } from './words.js'

/** Where the contracts are, and who sends the moves. */
export interface L1AccessOptions {
  transport: Transport
  account: Account
  /** The challenge tree of the type of assertions that is played for. */
  tree: Address
  /** L1 block in which it was created, or an earlier one */
  startBlock: bigint
  /** L1 blocks whose logs are asked for at once. default: 2,000 */
  logRange?: bigint
  /** Credit below this is left in the tree, wei: fetching it costs gas. default: 0.01 ether */
  leastCredit?: bigint
  /** Gas that moves are put together up to in one transaction. default: 10,000,000 */
  batchGas?: bigint
  costs?: GasCosts
  /** milliseconds to wait for a transaction before it is sent again with higher fees. default: 30,000 */
  resendAfterMs?: number
  logger: Logger
  clock?: Clock
  /** Told of every transaction that was mined, also of one that reverted. */
  onMined?: L1SenderOptions['onMined']
}

/** Times that a transaction is sent, with rising fees. */
const ATTEMPTS = 6
/** Looks at an L1 that reorganises meanwhile. */
const LOOKS = 4
/** Longest wait for an L1 endpoint to show a block in which a move was mined, milliseconds. */
const SHOW_MS = 20_000
const SHOW_POLL_MS = 200
/** Calls that L1 is asked at a time. */
const READS_AT_ONCE = 20

/** For the names of errors: a call to one contract may revert in another. */
const abi = [...challengeTreeAbi, ...disputeGameFactoryAbi, ...assertionGameAbi] as Abi

/** The game on L1. */
export class L1Access implements GameAccess {
  readonly account: Address
  readonly #options: Required<Omit<L1AccessOptions, 'onMined'>>
  readonly #client: PublicClient<Transport>
  readonly #sender: L1Sender
  readonly #logs: TreeLogs
  /** What games claim: it is in their code. */
  readonly #claims = new Map<Address, ClaimContent>()
  #rules: { parameters: GameParameters; contracts: Contracts; registry: Address } | undefined
  #record: TreeRecord | undefined
  #applied = 0
  #generation = 0
  /** A look waits for this block: the one of the last move that was mined. */
  #mined = 0n
  /** That block, until it was looked for. */
  #unseen: { number: bigint; hash: Hash } | undefined
  /** How often moves were taken back that no look had shown. */
  #takenBack = 0
  /** Edges all of whose rewards were paid, in the generation of the record. */
  readonly #settledEdges = new Map<Hash, Edge['paid']>()

  constructor({ onMined, ...options }: L1AccessOptions) {
    this.#options = {
      ...{ logRange: 2_000n, leastCredit: 10n ** 16n, batchGas: 10_000_000n, resendAfterMs: 30_000 },
      ...{ costs: gasCosts, clock: systemClock },
      ...options,
    }
    const { transport, account, tree, startBlock, logRange, logger, clock, resendAfterMs } = this.#options
    this.account = lower(account.address)
    this.#client = createPublicClient({ transport, cacheTime: 0, pollingInterval: 250 })
    this.#sender = l1Sender({
      ...{ client: this.#client, transport, account, logger, clock, resendAfterMs, attempts: ATTEMPTS },
      onMined: (receipt) => {
        this.#unseen = { number: receipt.blockNumber, hash: receipt.blockHash }
        onMined?.(receipt)
      },
    })
    this.#logs = new TreeLogs({ client: this.#client, tree, startBlock, logRange })
  }

  /** What the tree was created with. */
  async rules(): Promise<GameParameters> {
    return (this.#rules ??= await this.#readRules()).parameters
  }

  async look(signal?: AbortSignal): Promise<Sight> {
    for (let i = 1; ; i++)
      try {
        return await this.#lookAt(await this.#head(signal))
      } catch (error) {
        if ((error as { code?: string }).code !== 'PROVING_L1_REORGED' || i === LOOKS) throw error
      }
  }

  async play(
    moves: readonly PreparedMove[],
    options: { maxFeePerGas: bigint; signal?: AbortSignal | undefined },
  ): Promise<MoveResult[]> {
    const record = this.#record!
    const { contracts } = this.#rules!
    const results: MoveResult[] = []
    let batch: { call: Call; move: number }[] = []
    let gas = 0n
    const note = (move: number, result: MoveResult) => {
      // A move in several parts is made when all of them are.
      if (results[move] === undefined || results[move].status === 'made') results[move] = result
    }
    const flush = async () => {
      if (batch.length === 0) return
      const sent = await this.#sendBatch(
        batch.map(({ call }) => call),
        options,
      )
      for (const [i, { move }] of batch.entries()) note(move, sent[i]!)
      batch = []
      gas = 0n
    }
    for (const [i, move] of moves.entries())
      for (const part of this.#partsOf(move)) {
        const call = callOf(part, record, contracts, this.account)
        const cost = this.#gasOf(part)
        if (!call.isBatchable || gas + cost > this.#options.batchGas) await flush()
        if (call.isBatchable) {
          batch.push({ call: { ...call, leastGas: atMost(cost, this.#options.batchGas) }, move: i })
          gas += cost
        } else note(i, await this.#send(call, part.type, options))
      }
    await flush()
    return results
  }

  /** A move in parts that each fit into a transaction: an update from below may be of any number of edges. */
  #partsOf(move: PreparedMove): PreparedMove[] {
    const { batchGas, costs } = this.#options
    const most = Math.max(1, Number(batchGas / costs.update))
    if (move.type !== 'update' || move.edges.length <= most) return [move]
    const parts: PreparedMove[] = []
    for (let i = 0; i < move.edges.length; i += most)
      parts.push({ type: 'update', edges: move.edges.slice(i, i + most) })
    return parts
  }

  /** The newest block, once it shows what was mined. */
  async #head(signal?: AbortSignal): Promise<L1Head> {
    const { clock } = this.#options
    for (let waited = 0; ; waited += SHOW_POLL_MS) {
      const { number, hash, timestamp, baseFeePerGas } = await this.#client.getBlock({ blockTag: 'latest' })
      const head = { number, hash, timestamp: Number(timestamp), baseFeePerGas: baseFeePerGas ?? 0n }
      // A reorg may have taken the block back for good: no longer than that.
      if (number >= this.#mined || waited >= SHOW_MS || signal?.aborted) return head
      await clock.sleep(SHOW_POLL_MS, signal)
    }
  }

  async #lookAt(head: L1Head): Promise<Sight> {
    const { tree, leastCredit } = this.#options
    const { parameters } = (this.#rules ??= await this.#readRules())
    await this.#missMined(head)
    const logs = await this.#logs.upTo(head)
    const record = await this.#apply(logs, parameters.heights)
    const at = { address: tree, abi: challengeTreeAbi, blockNumber: head.number } as const
    const [credit, purse] = await Promise.all([
      this.#client.readContract({ ...at, functionName: 'credit', args: [this.account] }),
      this.#client.getBalance({ address: this.account, blockNumber: head.number }),
    ])
    const { live, finished } = standing(record, {
      ...{ now: head.timestamp, period: parameters.period, final: this.#logs.final },
    })
    const settled = await this.#readSettled(record, live, head.number)
    const again = await this.#client.getBlock({ blockNumber: head.number })
    if (again.hash !== head.hash) throw reorged(head.number, head.hash, again.hash)
    const view = treeView(record, {
      ...{ now: head.timestamp, parameters, settled, account: this.account },
      credit: credit >= leastCredit ? credit : 0n,
    })
    const generation = this.#logs.generation + this.#takenBack
    return { view, tournaments: live, finished, generation, purse, feePerGas: head.baseFeePerGas }
  }

  /** Notices that the block of the last move is gone before its logs were read. Afterwards the logs tell. */
  async #missMined(head: L1Head): Promise<void> {
    const mined = this.#unseen
    if (mined === undefined) return
    const hash =
      mined.number < head.number
        ? (await this.#client.getBlock({ blockNumber: mined.number })).hash
        : mined.number === head.number && head.hash
    this.#unseen = undefined
    if (hash === mined.hash) return
    this.#takenBack++
    this.#mined = head.number
  }

  async #readRules() {
    const { tree } = this.#options
    const at = { address: tree, abi: challengeTreeAbi } as const
    const p = await this.#client.readContract({ ...at, functionName: 'parameters' })
    const [assert, bisect, refine, prove] = p.rewards
    const parameters: GameParameters = {
      gameType: p.gameType,
      period: Number(p.challengePeriod),
      heights: p.heights,
      bonds: p.stakes,
      rewards: { assert, bisect, refine, prove },
      interval: Number(p.interval),
      program: { codeRoot: p.codeRoot, ramRoot: p.ramRoot, pages: p.pages },
      rules: p.rulesHash,
      // Tournaments say what they start from.
      genesis: ZERO_WORD,
    }
    const contracts = { tree, factory: p.factory, gameType: p.gameType }
    return { parameters, contracts, registry: p.anchorStateRegistry }
  }

  /** Brings the record up to the logs. */
  async #apply(logs: readonly TreeLog[], heights: GameParameters['heights']): Promise<TreeRecord> {
    if (this.#record === undefined || this.#generation !== this.#logs.generation) {
      this.#record = new TreeRecord(heights)
      this.#applied = 0
      this.#generation = this.#logs.generation
      this.#settledEdges.clear()
    }
    for (; this.#applied < logs.length; this.#applied++) {
      const { eventName, args, timestamp, blockNumber } = logs[this.#applied]!
      const claim =
        eventName === 'Opened' ? { claim: await this.#claimOf(args['game'] as Address, blockNumber) } : {}
      this.#record.apply({ eventName, args, timestamp, blockNumber, ...claim } as unknown as TreeEvent)
    }
    return this.#record
  }

  async #claimOf(game: Address, blockNumber: bigint): Promise<ClaimContent> {
    const known = this.#claims.get(game)
    if (known) return known
    const at = { address: game, abi: assertionGameAbi } as const
    const read = this.#client
    const [asserter, output, extra, parentBlock, parentOutput] = await Promise.all([
      read.readContract({ ...at, functionName: 'gameCreator' }),
      read.readContract({ ...at, functionName: 'rootClaim' }),
      read.readContract({ ...at, functionName: 'extraData' }),
      read.readContract({ ...at, functionName: 'parentBlock' }),
      read.readContract({ ...at, functionName: 'agreedRoot' }),
    ]).catch((error: unknown) => {
      throw this.#isGone(error) ? reorged(blockNumber, ZERO_WORD, null) : error
    })
    const [lastBlock, batchIndex, batchAcc, parent, history] = decodeAbiParameters(
      [
        { type: 'uint256' },
        { type: 'uint256' },
        { type: 'bytes32' },
        { type: 'address' },
        { type: 'bytes32' },
      ],
      extra,
    )
    const claim: ClaimContent = {
      ...{ asserter: lower(asserter), output, batchAcc, history, parentOutput, parent: lower(parent) },
      ...{ lastBlock: Number(lastBlock), batchIndex: Number(batchIndex), parentBlock: Number(parentBlock) },
    }
    this.#claims.set(game, claim)
    return claim
  }

  /** Whether a contract did not answer because it is not there: its block was taken back between two questions. */
  #isGone(error: unknown): boolean {
    return String((error as Error).name).startsWith('ContractFunction')
  }

  /** Of tournaments that are decided for good: pots, and which of this account's rewards were paid. */
  async #readSettled(
    record: TreeRecord,
    live: readonly Hash[],
    blockNumber: bigint,
  ): Promise<Map<Hash, Settled>> {
    const settled = new Map<Hash, Settled>()
    for (const id of live) {
      const tournament = record.tournaments.get(id)!
      if (tournament.accepted === undefined) continue
      const { game } = record.claims.get(tournament.accepted)!
      const isFinal = await this.#client.readContract({
        ...{ address: this.#rules!.registry, abi: anchorStateRegistryAbi, blockNumber },
        ...{ functionName: 'isGameFinalized', args: [game] },
      })
      if (!isFinal) continue
      const { pot } = await this.#client.readContract({
        ...{ address: this.#options.tree, abi: challengeTreeAbi, blockNumber },
        ...{ functionName: 'tournament', args: [id] },
      })
      const paid = pot > 0n ? await this.#readPaid(record, id, blockNumber) : new Map<Hash, Edge['paid']>()
      settled.set(id, { pot, paid })
    }
    return settled
  }

  async #readPaid(
    record: TreeRecord,
    tournament: Hash,
    blockNumber: bigint,
  ): Promise<Map<Hash, Edge['paid']>> {
    const paid = new Map<Hash, Edge['paid']>()
    const open: Edge[] = []
    for (const edge of record.edges.values()) {
      const isOwn = [edge.maker, edge.bisector, edge.prover].includes(this.account)
      if (edge.tournament !== tournament || !isOwn) continue
      const known = this.#settledEdges.get(edge.id)
      if (known === undefined) open.push(edge)
      else paid.set(edge.id, known)
    }
    for (let i = 0; i < open.length; i += READS_AT_ONCE)
      await Promise.all(
        open.slice(i, i + READS_AT_ONCE).map(async (edge) => {
          const of = await this.#paidOf(edge, blockNumber)
          paid.set(edge.id, of)
          const isRoot = edge.top === edge.id
          // What was paid once stays so, unless L1 reorganises.
          if (
            (of.bisected || edge.bisector === undefined) &&
            (of.proven || !edge.proven) &&
            (of.made || !isRoot)
          )
            this.#settledEdges.set(edge.id, of)
        }),
      )
    return paid
  }

  async #paidOf({ id, top }: Edge, blockNumber: bigint): Promise<Edge['paid']> {
    const at = { address: this.#options.tree, abi: challengeTreeAbi, blockNumber } as const
    const on = await this.#client.readContract({ ...at, functionName: 'edge', args: [id] })
    const made =
      top === id &&
      (await this.#client.readContract({ ...at, functionName: 'rootEdge', args: [BigInt(on.top)] })).rewarded
    return { made, bisected: on.rewarded, proven: on.rewarded }
  }

  #gasOf(move: PreparedMove): bigint {
    const { costs } = this.#options
    switch (move.type) {
      case 'assert':
      case 'bisect':
      case 'refine':
      case 'prove':
      case 'resolve':
        return costs[move.type]
      case 'update':
        return costs.update * BigInt(move.edges.length)
      case 'reward':
        return costs.update * BigInt(move.path.length)
      default:
        return costs.bisect
    }
  }

  /** Several calls in one transaction; one by one when one of them is refused, so that it does not keep the others back. */
  async #sendBatch(
    calls: readonly Call[],
    options: { maxFeePerGas: bigint; signal?: AbortSignal | undefined },
  ): Promise<MoveResult[]> {
    if (calls.length > 1) {
      const data = encodeFunctionData({
        ...{ abi: challengeTreeAbi, functionName: 'multicall' },
        args: [calls.map((call) => call.data)],
      })
      const value = calls.reduce((sum, call) => sum + call.value, 0n)
      const leastGas = calls.reduce((sum, call) => sum + (call.leastGas ?? 0n), 0n)
      const all = { to: this.#options.tree, data, value, leastGas, isBatchable: false }
      const result = await this.#send(all, `${calls.length} moves`, options)
      if (result.status !== 'refused') return calls.map(() => result)
    }
    const results: MoveResult[] = []
    for (const call of calls) results.push(await this.#send(call, 'a move', options))
    return results
  }

  async #send(
    { to, data, value, leastGas }: Call,
    what: string,
    { maxFeePerGas, signal }: { maxFeePerGas: bigint; signal?: AbortSignal | undefined },
  ): Promise<MoveResult> {
    const outcome = await this.#sender.send(
      { what, to, data, value, abi, ...(leastGas !== undefined && { leastGas }) },
      { maxFeePerGas, ...(signal && { signal }) },
    )
    if (outcome.status === 'ok' && outcome.blockNumber > this.#mined) this.#mined = outcome.blockNumber
    return resultOf(outcome)
  }
}

const atMost = (gas: bigint, most: bigint): bigint => (gas < most ? gas : most)

function resultOf(outcome: L1Outcome): MoveResult {
  switch (outcome.status) {
    case 'ok':
      return { status: 'made' }
    case 'rejected':
      return { status: 'refused', reason: outcome.reason }
    case 'feeTooHigh':
      return { status: 'feeTooHigh' }
    case 'error':
      return { status: 'failed', error: outcome.error }
  }
}
