import {
  AbortedError,
  BaseError,
  predeploys,
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
import {
  createPublicClient,
  createWalletClient,
  http,
  type Account,
  type Chain,
  type TransactionReceipt,
} from 'viem'
import {
  buildProveWithdrawal,
  finalizeWithdrawal,
  getL2TransactionHashes,
  getTimeToFinalize,
  getWithdrawalStatus,
  getWithdrawals,
  proveWithdrawal,
  waitToProve,
} from 'viem/op-stack'
import { messagePasserAbi } from './abi.js'
import { route, type BridgeAddresses, type RouteRequest, type RouteStep } from './routes.js'
import {
  decodeTransfer,
  encodeTransfer,
  type DepositTransfer,
  type WithdrawalStatus,
  type WithdrawalTransfer,
} from './transfers.js'

export interface BridgeOptions {
  /** viem chain objects as the deployment file holds them */
  l1: Chain
  l2: Chain
  addresses: BridgeAddresses
  /** Keeps the followed withdrawals and the L2 block up to which they were looked for. */
  storage: KeyValueStore
  /** Pays L1 gas for proving and finalising. Without it the bridge only reports. */
  relayer?: Account
  /** milliseconds between two looks at the chains; default 2,000 */
  pollMs?: number
  /** Unfinished withdrawals followed at once; more wait on L2 until there is room. Default 10,000. */
  maxOpen?: number
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
  /** One look at both chains and every step that is due. `start` does it again and again. */
  poll(signal?: AbortSignal): Promise<void>
  health(): { ok: boolean; detail?: string }
}

const cursorKey = new TextEncoder().encode('bridge/cursor')
const prefix = new TextEncoder().encode('bridge/w/')
const prefixEnd = new TextEncoder().encode('bridge/w0')
const transferKey = (id: Hash) => new TextEncoder().encode(`bridge/w/${id}`)
/** L2 blocks asked for logs at once. */
const LOG_RANGE = 2_000n

/**
 * Follows every withdrawal of the rollup and proves and finalises it on L1 as soon as the chain allows, whoever started it.
 * It holds nobody's funds: proving and finalising are open to anyone, the relayer's key only pays gas.
 */
export function bridge(options: BridgeOptions): Bridge {
  const { l1, l2, addresses, storage } = options
  const logger = (options.logger ?? silentLogger).child({ service: 'bridge' })
  const metrics = options.metrics ?? silentMetrics
  const clock = options.clock ?? systemClock
  const pollMs = options.pollMs ?? 2_000
  const maxOpen = options.maxOpen ?? 10_000
  const l1Client = createPublicClient({
    chain: l1,
    transport: http(undefined, { retryCount: 2, timeout: 20_000 }),
    pollingInterval: 500,
  })
  const l2Client = createPublicClient({
    chain: l2,
    transport: http(undefined, { retryCount: 2, timeout: 20_000 }),
    pollingInterval: 500,
  })
  const wallet =
    options.relayer && createWalletClient({ chain: l1, transport: http(), account: options.relayer })

  const open = metrics.gauge({
    name: 'bridge_withdrawals_open',
    help: 'Withdrawals that are not finalised yet.',
  })
  const steps = metrics.counter({
    name: 'bridge_steps_total',
    help: 'Steps taken on L1.',
    labels: ['step', 'result'],
  })

  const transfers = new Map<Hash, WithdrawalTransfer>()
  let cursor = 0n
  let controller: AbortController | undefined
  let loop: Promise<void> | undefined
  let failing: string | undefined
  let started = false

  async function save(transfer: WithdrawalTransfer): Promise<void> {
    transfers.set(transfer.id, transfer)
    await storage.batch([{ type: 'put', key: transferKey(transfer.id), value: encodeTransfer(transfer) }], {
      durable: true,
    })
  }

  /** Finds new withdrawals up to the safe head: what is not derivable from L1 yet may still change. */
  async function discover(signal?: AbortSignal): Promise<void> {
    const { number: safe } = await l2Client.getBlock({ blockTag: 'safe' })
    while (cursor < safe && !signal?.aborted) {
      if (openCount() >= maxOpen) return
      const to = cursor + LOG_RANGE < safe ? cursor + LOG_RANGE : safe
      const logs = await l2Client.getLogs({
        address: predeploys.l2ToL1MessagePasser,
        event: messagePasserAbi[1],
        fromBlock: cursor + 1n,
        toBlock: to,
      })
      const hashes = [...new Set(logs.map((log) => log.transactionHash))]
      for (const hash of hashes) {
        const receipt = await l2Client.getTransactionReceipt({ hash })
        await follow(receipt)
      }
      cursor = to
      await storage.batch([
        { type: 'put', key: cursorKey, value: new TextEncoder().encode(cursor.toString()) },
      ])
    }
  }

  async function follow(receipt: TransactionReceipt): Promise<void> {
    for (const [logIndex, withdrawal] of getWithdrawals({ logs: receipt.logs }).entries()) {
      if (transfers.has(withdrawal.withdrawalHash)) continue
      logger.info('withdrawal found', {
        withdrawal: withdrawal.withdrawalHash,
        sender: withdrawal.sender,
        value: withdrawal.value,
      })
      await save({
        direction: 'withdraw',
        id: withdrawal.withdrawalHash,
        status: 'waitingToProve',
        l2TransactionHash: receipt.transactionHash,
        l2BlockNumber: receipt.blockNumber,
        logIndex,
        withdrawal,
        failures: 0,
      })
    }
  }

  const names: Record<string, WithdrawalStatus> = {
    'waiting-to-prove': 'waitingToProve',
    'ready-to-prove': 'readyToProve',
    'waiting-to-finalize': 'waitingToFinalize',
    'ready-to-finalize': 'readyToFinalize',
    finalized: 'finalized',
  }

  async function advance(transfer: WithdrawalTransfer): Promise<void> {
    const receipt = await l2Client.getTransactionReceipt({ hash: transfer.l2TransactionHash })
    const parameters = { receipt, logIndex: transfer.logIndex, targetChain: l2 as never, chain: l1 }
    const status = names[await getWithdrawalStatus(l1Client, parameters)]!
    const next: WithdrawalTransfer = { ...transfer, status, l2BlockNumber: receipt.blockNumber }
    delete next.secondsToNextStep
    if (status === 'waitingToFinalize') {
      const { seconds } = await getTimeToFinalize(l1Client, {
        withdrawalHash: transfer.id,
        targetChain: l2 as never,
        chain: l1,
      })
      next.secondsToNextStep = Math.max(0, Math.ceil(seconds))
    }
    if (wallet && status === 'readyToProve') {
      const { game, withdrawal } = await waitToProve(l1Client, {
        receipt,
        logIndex: transfer.logIndex,
        targetChain: l2 as never,
      } as never)
      const proof = await buildProveWithdrawal(l2Client, { game, withdrawal } as never)
      // The L2 chain's portal is looked up by the L1 chain of the wallet.
      const hash = await proveWithdrawal(wallet, { ...(proof as object), targetChain: l2 } as never)
      await settled('prove', hash)
      next.proveTransactionHash = hash
      next.status = 'waitingToFinalize'
    } else if (wallet && status === 'readyToFinalize') {
      const hash = await finalizeWithdrawal(wallet, {
        withdrawal: transfer.withdrawal,
        targetChain: l2 as never,
      } as never)
      await settled('finalize', hash)
      next.finalizeTransactionHash = hash
      next.status = 'finalized'
    }
    if (next.status !== transfer.status)
      logger.info('withdrawal moved', { withdrawal: transfer.id, from: transfer.status, to: next.status })
    next.failures = 0
    delete next.lastError
    await save(next)
  }

  async function settled(step: string, hash: Hash): Promise<void> {
    const receipt = await l1Client.waitForTransactionReceipt({ hash, timeout: 60_000 })
    steps.inc(1, { step, result: receipt.status })
    if (receipt.status !== 'success')
      throw new BaseError(`The ${step} transaction ${hash} reverted.`, { code: 'BRIDGE_STEP_REVERTED' })
  }

  const openCount = () => {
    let count = 0
    for (const transfer of transfers.values()) if (transfer.status !== 'finalized') count++
    return count
  }

  async function poll(signal?: AbortSignal): Promise<void> {
    await load()
    await discover(signal)
    for (const transfer of [...transfers.values()]) {
      if (signal?.aborted) throw new AbortedError('The bridge')
      if (transfer.status === 'finalized') continue
      // One that keeps failing must not starve the others: it is tried less and less often.
      if (transfer.failures > 0 && Math.random() > 1 / Math.min(transfer.failures, 30)) continue
      try {
        await advance(transfer)
      } catch (error) {
        const failed = { ...transfer, failures: transfer.failures + 1, lastError: shortMessage(error) }
        logger.warn('withdrawal step failed', {
          withdrawal: transfer.id,
          status: transfer.status,
          error: failed.lastError,
          failures: failed.failures,
        })
        await save(failed)
      }
    }
    open.set(openCount())
  }

  let loaded = false
  async function load(): Promise<void> {
    if (loaded) return
    loaded = true
    const kept = storage.get(cursorKey)
    if (kept) cursor = BigInt(new TextDecoder().decode(kept))
    for (const [, value] of storage.iterate({ gte: prefix, lt: prefixEnd })) {
      const transfer = decodeTransfer(value)
      transfers.set(transfer.id, transfer)
    }
  }

  return {
    route: (request) => route(addresses, request),

    async depositStatus(l1TransactionHash) {
      const base = { direction: 'deposit', l1TransactionHash } as const
      const receipt = await l1Client
        .getTransactionReceipt({ hash: l1TransactionHash })
        .catch((error: Error) => {
          if (error.name === 'TransactionReceiptNotFoundError') return undefined
          throw error
        })
      if (!receipt) return { ...base, status: 'pendingOnL1' }
      if (receipt.status !== 'success')
        return { ...base, status: 'failed', error: 'The L1 transaction reverted.' }
      const [l2TransactionHash] = getL2TransactionHashes({ logs: receipt.logs })
      if (!l2TransactionHash)
        return { ...base, status: 'failed', error: 'The L1 transaction made no deposit.' }
      const l2Receipt = await l2Client
        .getTransactionReceipt({ hash: l2TransactionHash })
        .catch((error: Error) => {
          if (error.name === 'TransactionReceiptNotFoundError') return undefined
          throw error
        })
      const found = { ...base, id: l2TransactionHash, l2TransactionHash }
      if (!l2Receipt) return { ...found, status: 'waitingForL2' }
      return l2Receipt.status === 'success'
        ? { ...found, status: 'completed' }
        : {
            ...found,
            status: 'failed',
            error: 'The deposit ran on L2 and its call reverted; minted ETH stays with the sender.',
          }
    },

    withdrawal: (id) =>
      transfers.get(id) ?? [...transfers.values()].find((transfer) => transfer.l2TransactionHash === id),

    withdrawals: (filter = {}) =>
      [...transfers.values()]
        .filter(
          (transfer) =>
            (!filter.status || transfer.status === filter.status) &&
            (!filter.sender || transfer.withdrawal.sender.toLowerCase() === filter.sender.toLowerCase()),
        )
        .slice(-(filter.limit ?? 100)),

    poll,

    health: () => (failing ? { ok: false, detail: failing } : { ok: true }),

    async start() {
      if (started) return
      started = true
      await storage.start()
      await load()
      controller = new AbortController()
      const { signal } = controller
      loop = (async () => {
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
      })()
    },

    async stop() {
      controller?.abort()
      await loop
      loop = undefined
      started = false
    },
  }
}

function shortMessage(error: unknown): string {
  if (error instanceof Error)
    return 'shortMessage' in error ? String(error.shortMessage) : error.message.split('\n')[0]!
  return String(error)
}
