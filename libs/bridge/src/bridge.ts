import {
  AbortedError,
  isBaseError,
  silentLogger,
  silentMetrics,
  systemClock,
  type Clock,
  type Hash,
  type KeyValueStore,
  type Lifecycle,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { purses } from '@animechain/l1'
import {
  createPublicClient,
  createWalletClient,
  http,
  type Account,
  type Chain,
  type PublicClient,
  type Transport,
} from 'viem'
import { admission } from './admission.js'
import type { BridgeContext } from './context.js'
import { depositStatus } from './deposits.js'
import { discovery } from './discovery.js'
import { expectChain } from './expectChain.js'
import { checkServers } from './fast/attestations.js'
import { contractOf, type TargetChain } from './fast/contracts.js'
import { fastLane, quotes, type QuoteRequest, type Quotes } from './fast/lane.js'
import type { FastExitQuote } from './fast/quote.js'
import { ledger } from './ledger.js'
import { gasBudget } from './limits.js'
import { inTurn, isRested, shortMessage } from './policy.js'
import { relayer } from './relayer.js'
import { route, type BridgeAddresses, type RouteRequest, type RouteStep } from './routes.js'
import type { DepositTransfer, WithdrawalStatus, WithdrawalTransfer } from './transfers.js'

/** What a bridge follows and, with a relayer, spends. Every quota has a default; what is beyond one is left to others, and nothing is lost by it. */
export interface BridgeOptions {
  /** viem chain objects as the deployment file holds them */
  l1: Chain
  l2: Chain
  addresses: BridgeAddresses
  /** Keeps the followed withdrawals and the L2 block up to which they were looked for. */
  storage: KeyValueStore
  /** Transport to L1 whose requests take so long at most, milliseconds. Default: HTTP to the first URL of `l1`. */
  l1Transport?: (timeoutMs: number) => Transport
  /** Pays L1 gas for proving and finalising. Without it the bridge only reports. */
  relayer?: Account
  /** milliseconds between two looks at the chains; default 2,000 */
  pollMs?: number
  /**
   * milliseconds that the relayer leaves a step to the withdrawal's owner once it is possible, for proving and for finalising each: it is a safety net, and
   * who waits for a step wants to take it. Default 60,000.
   */
  graceMs?: number
  /** Unfinished withdrawals followed at once; more are left to others until there is room. Default 10,000. */
  maxOpen?: number
  /** Those of one account, which started them on L2; fewer as the list fills. Default 100. */
  maxOpenPerAccount?: number
  /** Done withdrawals kept in memory besides; older ones are in the store only, and not listed. Default 10,000. */
  maxDone?: number
  /** The relayer leaves a withdrawal that can cost it more gas than this to others: its gas limit and 40 for each byte of data. Default 2,000,000. */
  maxGas?: bigint
  /** L1 gas that the relayer spends in an hour. Default 100,000,000. */
  maxGasPerHour?: number
  /** Of it for the withdrawals of one account. Default 10,000,000. */
  maxGasPerAccount?: number
  /**
   * Whether the relayer pays withdrawals early where verifiers cover them, with the fee of a thousandth out of its own purse. Default `never`. A fee in tokens is
   * paid as far as the relayer's account approved FastExits for it.
   */
  fast?: 'never' | 'when-covered'
  /** URLs of verifiers that are asked for attestations, 16 at most; without them only certificates that stand on L1 are found. */
  verifiers?: readonly string[]
  /** Greatest fee of one fast exit, wei. Default 10^16: of an exit of 10 ether. */
  maxFastFee?: bigint
  /** Fees of fast exits in an hour, wei. Default 10^17. */
  maxFastFeesPerHour?: bigint
  /** Of it for the withdrawals of one account. Default 2 · 10^16. */
  maxFastFeesPerAccount?: bigint
  /** milliseconds between two looks at the fast way of a withdrawal; default 5,000 */
  fastLookMs?: number
  logger?: Logger
  metrics?: Metrics
  clock?: Clock
}

export interface Bridge extends Lifecycle {
  /** The transactions to sign for a transfer. */
  route(request: RouteRequest): RouteStep[]
  depositStatus(l1TransactionHash: Hash): Promise<DepositTransfer>
  /** A withdrawal by its hash or by its L2 transaction. */
  withdrawal(id: Hash): WithdrawalTransfer | undefined
  withdrawals(filter?: { status?: WithdrawalStatus; sender?: string; limit?: number }): WithdrawalTransfer[]
  /**
   * What an early payment costs, beside the ordinary way; undefined for a withdrawal that is not followed.
   * @throws {FastExitError} `BRIDGE_FAST_NONE` where the chain pays none early
   * @throws {BaseError} `BRIDGE_BUSY`
   */
  quote(request: QuoteRequest): Promise<FastExitQuote | undefined>
  /** One look at both chains and every step that is due. `start` does it again and again. */
  poll(signal?: AbortSignal): Promise<void>
  health(): { ok: boolean; detail?: string }
}

/** Steps that one look takes: each waits for L1, and newer withdrawals are to be found meanwhile. */
const STEPS_PER_POLL = 20
/** For a request, milliseconds. */
const READ_TIMEOUT_MS = 20_000
/**
 * For one that sends, milliseconds: a step whose answer is late is not to be taken for failed and made once more, for a proof that is made anew is young
 * again.
 */
const SEND_TIMEOUT_MS = 60_000

/** Clients of the two chains, and the relayer's. */
function clientsOf({ l1, l2, relayer: account, l1Transport = chainTransport }: BridgeOptions) {
  const client = (chain: Chain, transport: Transport) =>
    createPublicClient({ chain, transport, pollingInterval: 500 }) as PublicClient
  return {
    l1Client: client(l1, l1Transport(READ_TIMEOUT_MS)),
    l2Client: client(l2, chainTransport(READ_TIMEOUT_MS)),
    wallet: account && createWalletClient({ chain: l1, transport: l1Transport(SEND_TIMEOUT_MS), account }),
  }
}

/** To the first URL of the chain object. */
const chainTransport = (timeoutMs: number): Transport =>
  http(undefined, { retryCount: 2, timeout: timeoutMs })

function metricsOf(metrics: Metrics) {
  const open = metrics.gauge({
    name: 'bridge_withdrawals_open',
    help: 'Withdrawals that are not finalised yet.',
  })
  const steps = metrics.counter({
    name: 'bridge_steps_total',
    help: 'Steps taken on L1.',
    labels: ['step', 'result'],
  })
  for (const step of ['prove', 'finalize', 'finalizeFast'])
    for (const result of ['success', 'reverted']) steps.inc(0, { step, result })
  return { open, steps }
}

const GWEI = 10n ** 9n

/** What the fast way is and costs at most. @throws {InvalidInputError} */
function fastOf(options: BridgeOptions): Pick<BridgeContext, 'fast' | 'fees'> {
  const { addresses, l2, verifiers = [], clock = systemClock } = options
  const { maxFastFeesPerHour = 10n ** 17n, maxFastFeesPerAccount = 2n * 10n ** 16n } = options
  checkServers(verifiers)
  const { l1CrossDomainMessenger } = addresses
  const ofChain = { targetChain: l2 as TargetChain }
  return {
    fast: {
      policy: options.fast ?? 'never',
      // Asked for where it is needed: a chain object may lack it.
      get contracts() {
        const messenger = () => contractOf({ chain: undefined }, ofChain, 'l1CrossDomainMessenger')
        return { ...addresses, l1CrossDomainMessenger: l1CrossDomainMessenger ?? messenger() }
      },
      verifiers,
      maxFee: options.maxFastFee ?? 10n ** 16n,
      lookMs: options.fastLookMs ?? 5_000,
    },
    fees: gasBudget({
      perHour: Number(maxFastFeesPerHour / GWEI),
      perAccount: Number(maxFastFeesPerAccount / GWEI),
      unit: 'gwei of fees',
      clock,
    }),
  }
}

function contextOf(options: BridgeOptions, steps: BridgeContext['steps']): BridgeContext {
  const { l1, l2, storage, clock = systemClock, maxOpen = 10_000, maxDone = 10_000 } = options
  const clients = clientsOf(options)
  const logger = (options.logger ?? silentLogger).child({ service: 'bridge' })
  const { maxGasPerHour = 100_000_000, maxGasPerAccount = 10_000_000 } = options
  return {
    l1,
    l2,
    ...clients,
    portal: options.addresses.portal,
    storage,
    ledger: ledger(storage, maxOpen + maxDone),
    budget: gasBudget({ perHour: maxGasPerHour, perAccount: maxGasPerAccount, clock }),
    limits: {
      maxOpen,
      maxOpenPerAccount: options.maxOpenPerAccount ?? 100,
      maxGas: options.maxGas ?? 2_000_000n,
      graceMs: options.graceMs ?? 60_000,
    },
    ...fastOf(options),
    steps,
    purse: purses({
      client: clients.l1Client,
      accounts: { relayer: options.relayer?.address },
      metrics: options.metrics ?? silentMetrics,
      clock,
      logger,
    }),
    clock,
    logger,
  }
}

/** One look at both chains and every step that is due. */
function polling(context: BridgeContext, quoted: Quotes) {
  const { ledger, budget, wallet, clock } = context
  const admitted = admission(context)
  const { resume, discover } = discovery(context, admitted)
  const { isPaused, advance, noteFailure } = relayer(context, fastLane(context, quoted))
  let loaded = false
  let isRightChain = false

  /** Neither chain is another one than that of the deployment. */
  async function expectChains(): Promise<void> {
    if (isRightChain) return
    await Promise.all([expectChain(context.l1Client, context.l1), expectChain(context.l2Client, context.l2)])
    isRightChain = true
  }

  /** Goes on with what an earlier run left in the store, once. */
  function load(): void {
    if (loaded) return
    loaded = true
    resume()
    ledger.load(admitted.again)
  }

  return {
    load,
    expectChains,
    async poll(signal?: AbortSignal): Promise<void> {
      load()
      await expectChains()
      void context.purse.look()
      await admitted.readBarred()
      await discover(signal)
      await admitted.readmit()
      let left = wallet && (await isPaused()) ? 0 : STEPS_PER_POLL
      for (const transfer of inTurn(ledger.all(), budget.usedBy)) {
        if (signal?.aborted) throw new AbortedError('The bridge')
        if (!isRested(transfer, clock.now())) continue
        try {
          if (await advance(transfer, left > 0)) left--
        } catch (error) {
          await noteFailure(transfer, error)
        }
      }
    },
  }
}

/** Whether a transfer is one of those that are asked for. */
const fits = (
  { status, withdrawal }: WithdrawalTransfer,
  filter: { status?: WithdrawalStatus; sender?: string },
): boolean =>
  (!filter.status || status === filter.status) &&
  (!filter.sender || withdrawal.sender.toLowerCase() === filter.sender.toLowerCase())

/**
 * Follows every withdrawal of the rollup and proves and finalises it on L1 as soon as the chain allows, whoever started it.
 * It holds nobody's funds: proving and finalising are open to anyone, the relayer's key only pays gas.
 */
export function bridge(options: BridgeOptions): Bridge {
  const { addresses, storage, pollMs = 2_000 } = options
  const { open, steps } = metricsOf(options.metrics ?? silentMetrics)
  const context = contextOf(options, steps)
  const { ledger, clock, logger } = context
  const quoted = quotes(context)
  const looks = polling(context, quoted)
  let controller: AbortController | undefined
  let loop: Promise<void> | undefined
  let failing: string | undefined
  let started = false

  async function poll(signal?: AbortSignal): Promise<void> {
    await looks.poll(signal)
    open.set(ledger.open())
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await poll(signal)
        failing = undefined
      } catch (error) {
        if (signal.aborted) break
        failing = shortMessage(error)
        logger.warn('the bridge could not look at the chains', { error: failing })
      }
      await clock.sleep(pollMs, signal)
    }
  }

  return {
    route: (request) => route(addresses, request),
    depositStatus: (l1TransactionHash) => depositStatus(context, l1TransactionHash),
    withdrawal: (id) => ledger.find(id) ?? ledger.all().find((transfer) => transfer.l2TransactionHash === id),
    withdrawals: (filter = {}) =>
      ledger
        .all()
        .filter((transfer) => fits(transfer, filter))
        .slice(-(filter.limit ?? 100)),

    quote: (request) => quoted.answer(request),

    poll,

    health: () => (failing ? { ok: false, detail: failing } : { ok: true }),

    async start() {
      if (started) return
      // One that does not answer now may do so later.
      const failure: unknown = await looks.expectChains().catch((error: unknown) => error)
      if (isBaseError(failure) && failure.code === 'BRIDGE_WRONG_CHAIN') throw failure
      started = true
      await storage.start()
      looks.load()
      controller = new AbortController()
      loop = run(controller.signal)
    },

    async stop() {
      controller?.abort()
      await loop
      loop = undefined
      started = false
    },
  }
}
