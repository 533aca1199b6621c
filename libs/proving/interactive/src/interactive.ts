import {
  silentLogger,
  silentMetrics,
  systemClock,
  type Address,
  type ChainKnowledge,
  type Clock,
  type EnforcementReport,
  type KeyValueStore,
  type Logger,
  type Metrics,
  type ProofSystem,
} from '@animechain/core'
import { l1Transport, purses } from '@animechain/l1'
import { createPublicClient, type Account } from 'viem'
import type { FeeLimits, GasCosts } from './budget.js'
import { Commitments } from './commitments.js'
import { DisputeStore } from './disputeStore.js'
import { InteractiveError } from './errors.js'
import { examineAgain } from './examine.js'
import { L1Access } from './l1/l1Access.js'
import { Player } from './player.js'
import type { Runner } from './run.js'

/** Where the game is played, with which key and program, and what it may cost. */
export interface InteractiveOptions {
  l1: {
    /** One endpoint, or several that must agree. */
    rpcUrl: string | readonly string[]
    quorum?: number
    /** milliseconds for a request. default: 10,000 */
    timeoutMs?: number
  }
  /** Pays for moves, bonds and stakes, and gets what is won. It should make no other transactions. */
  account: Account
  /** The challenge tree of the type of assertions that is respected. */
  tree: Address
  /** L1 block in which it was created, or an earlier one */
  startBlock: bigint
  /** The program that L1 proves, and how it is run. */
  runner: Runner
  /** Where what a dispute needs is kept for as long as it can last. Opened and closed by whoever gives it. */
  store: Pick<KeyValueStore, 'get' | 'batch' | 'iterate'>
  /** What may be paid for gas, wei. default: 100 gwei, 1,000 gwei when it is urgent */
  fees?: FeeLimits
  /** Gas of the moves at most, for budgets. default: upper bounds of the contracts of this repository */
  costs?: GasCosts
  /** milliseconds to wait for a transaction before it is sent again with higher fees. default: 30,000 */
  resendAfterMs?: number
  logger?: Logger
  metrics?: Metrics
  clock?: Clock
}

/**
 * Proving by a game on L1 that ends at one instruction of the machine: whoever is right wins, without any permission. `enforce` is one pass of the honest player.
 */
export function interactive(options: InteractiveOptions): ProofSystem {
  const { account, logger = silentLogger, metrics = silentMetrics, clock = systemClock } = options
  const { rpcUrl, quorum, timeoutMs } = options.l1
  const transport = l1Transport(rpcUrl, {
    ...(quorum === undefined ? {} : { quorum }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  const client = createPublicClient({ transport, cacheTime: 0 })
  const purse = purses({ client, accounts: { disputes: account.address as Address }, metrics, clock, logger })
  const access = new L1Access({
    ...{ transport, account, logger, clock, tree: options.tree, startBlock: options.startBlock },
    ...(options.costs && { costs: options.costs }),
    ...(options.resendAfterMs === undefined ? {} : { resendAfterMs: options.resendAfterMs }),
    onMined: (receipt) => purse.paid(receipt),
  })
  let playing: { chain: ChainKnowledge; player: Player; commitments: Commitments } | undefined

  /** The rules stand on L1, so what depends on them is made at the first look. */
  async function playerFor(chain: ChainKnowledge): Promise<Player> {
    if (playing?.chain === chain) return playing.player
    const { heights, rules, program } = await access.rules()
    const own = options.runner.program
    if (program.codeRoot !== own.codeRoot || program.ramRoot !== own.ramRoot || program.pages !== own.pages)
      throw new InteractiveError('L1 proves another program than this one.', 'PROVING_PROGRAM_DIFFERS', {
        metaMessages: [`Expected code root ${program.codeRoot}, got ${own.codeRoot}.`],
      })
    const store = new DisputeStore(options.store)
    const commitments = new Commitments({
      ...{ runner: options.runner, heights, rules, chain, store },
    })
    await playing?.commitments.close()
    const player = new Player({
      ...{ access, chain, commitments, logger, metrics, clock },
      ...(options.fees && { fees: options.fees }),
      ...(options.costs && { costs: options.costs }),
    })
    playing = { chain, player, commitments }
    return player
  }

  return {
    capabilities: { id: 'interactive', permissionless: true },
    start: async () => {},
    async stop() {
      await playing?.commitments.close()
      playing = undefined
    },
    examine: examineAgain,
    async enforce(chain, { signal } = {}): Promise<EnforcementReport> {
      await purse.look()
      return (await playerFor(chain)).pass(signal)
    },
  }
}
