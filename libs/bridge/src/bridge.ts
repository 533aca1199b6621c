import { assertionGameAbi, optimismPortalAbi } from '@animechain/contracts'
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
  parseAbi,
  size,
  type Account,
  type Address,
  type Chain,
  type TransactionReceipt,
} from 'viem'
import {
  buildProveWithdrawal,
  finalizeWithdrawal,
  getGame,
  getL2TransactionHashes,
  getTimeToFinalize,
  getWithdrawalStatus,
  getWithdrawals,
  proveWithdrawal,
} from 'viem/op-stack'
import { messagePasserAbi } from './abi.js'
import { route, type BridgeAddresses, type RouteRequest, type RouteStep } from './routes.js'
import {
  decodeTransfer,
  encodeTransfer,
  type DepositTransfer,
  type Withdrawal,
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
  /** Done withdrawals kept in memory besides; older ones are in the store only, and not listed. Default 10,000. */
  maxDone?: number
  /** The relayer leaves a withdrawal that can cost it more gas than this to others: its gas limit and 40 for each byte of data. Default 2,000,000. */
  maxGas?: bigint
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
/** Gas of a byte of calldata at most (EIP-7623). */
const BYTE_GAS = 40n
/** `GameStatus.CHALLENGER_WINS` of the contracts. */
const LOST = 1
const registryAbi = parseAbi(['function isGameProper(address game) view returns (bool)'])
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
  const maxDone = options.maxDone ?? 10_000
  const maxGas = options.maxGas ?? 2_000_000n
  const portal = { address: addresses.portal, abi: optimismPortalAbi } as const
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
  // A step whose answer is late is not to be taken for failed and made once more: a proof that is made anew is young again.
  const wallet =
    options.relayer &&
    createWalletClient({
      chain: l1,
      transport: http(undefined, { retryCount: 2, timeout: 60_000 }),
      account: options.relayer,
    })

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
  /** L2 block up to which withdrawals were looked for, and its hash: an L1 reorg may replace it. */
  let cursor: { number: bigint; hash?: Hash } = { number: 0n }
  let controller: AbortController | undefined
  let loop: Promise<void> | undefined
  let failing: string | undefined
  let started = false

  async function save(transfer: WithdrawalTransfer): Promise<void> {
    keep(transfer)
    await storage.batch([{ type: 'put', key: transferKey(transfer.id), value: encodeTransfer(transfer) }], {
      durable: true,
    })
  }

  /** Puts a transfer in memory, and the oldest that are done out of it when there are too many. */
  function keep(transfer: WithdrawalTransfer): void {
    transfers.set(transfer.id, transfer)
    if (transfers.size <= maxOpen + maxDone) return
    for (const old of transfers.values()) {
      if (transfers.size <= maxOpen + maxDone) return
      if (isDone(old)) transfers.delete(old.id)
    }
  }

  function find(id: Hash): WithdrawalTransfer | undefined {
    const stored = transfers.has(id) ? undefined : storage.get(transferKey(id))
    return stored ? decodeTransfer(stored) : transfers.get(id)
  }

  /** Finds new withdrawals up to the safe head: what is not derivable from L1 yet may still change. */
  async function discover(signal?: AbortSignal): Promise<void> {
    const { number: safe } = await l2Client.getBlock({ blockTag: 'safe' })
    await stepBack(safe)
    while (cursor.number < safe && !signal?.aborted) {
      if (openCount() >= maxOpen) return
      const to = cursor.number + LOG_RANGE < safe ? cursor.number + LOG_RANGE : safe
      const { hash: toHash } = await l2Client.getBlock({ blockNumber: to })
      const logs = await l2Client.getLogs({
        address: predeploys.l2ToL1MessagePasser,
        event: messagePasserAbi[1],
        fromBlock: cursor.number + 1n,
        toBlock: to,
      })
      const hashes = [...new Set(logs.map((log) => log.transactionHash))]
      for (const hash of hashes) {
        const receipt = await l2Client.getTransactionReceipt({ hash })
        await follow(receipt)
      }
      cursor = { number: to, hash: toHash }
      await storage.batch([
        { type: 'put', key: cursorKey, value: new TextEncoder().encode(`${cursor.number} ${toHash}`) },
      ])
    }
  }

  /** Looks again from the finalized head on if the blocks looked at are no longer the chain's. */
  async function stepBack(safe: bigint): Promise<void> {
    if (!cursor.hash) return
    if (cursor.number <= safe) {
      const { hash } = await l2Client.getBlock({ blockNumber: cursor.number })
      if (hash === cursor.hash) return
    }
    const { number } = await l2Client.getBlock({ blockTag: 'finalized' })
    logger.warn('L2 blocks were replaced, looking again', { from: number, to: cursor.number })
    cursor = { number: number < cursor.number ? number : cursor.number }
  }

  async function follow(receipt: TransactionReceipt): Promise<void> {
    for (const [logIndex, log] of passed(receipt).entries()) {
      const [withdrawal] = getWithdrawals({ logs: [log] })
      if (!withdrawal || find(withdrawal.withdrawalHash)) continue
      logger.info('withdrawal found', {
        withdrawal: withdrawal.withdrawalHash,
        sender: withdrawal.sender,
        value: withdrawal.value,
      })
      const left = wallet && reasonToLeave(withdrawal)
      await save({
        direction: 'withdraw',
        id: withdrawal.withdrawalHash,
        status: 'waitingToProve',
        l2TransactionHash: receipt.transactionHash,
        l2BlockNumber: receipt.blockNumber,
        logIndex,
        withdrawal,
        ...(left ? { leftToOthers: left } : {}),
        failures: 0,
      })
    }
  }

  /** Anybody can start a withdrawal that costs the relayer its purse, or that the portal never pays. */
  function reasonToLeave({ target, gasLimit, data }: Withdrawal): string | undefined {
    if (target.toLowerCase() === addresses.portal.toLowerCase()) return 'the portal does not call itself'
    const gas = gasLimit + BYTE_GAS * BigInt(size(data))
    return gas > maxGas ? `it can take ${gas} gas on L1, the relayer gives ${maxGas}` : undefined
  }

  const names: Record<string, WithdrawalStatus> = {
    'waiting-to-prove': 'waitingToProve',
    'ready-to-prove': 'readyToProve',
    'waiting-to-finalize': 'waitingToFinalize',
    'ready-to-finalize': 'readyToFinalize',
    finalized: 'finalized',
  }

  /** The receipt of a withdrawal's transaction with that withdrawal alone in it: viem takes any log for one, and proves the first. */
  async function receiptOf(transfer: WithdrawalTransfer): Promise<TransactionReceipt> {
    const receipt = await l2Client.getTransactionReceipt({ hash: transfer.l2TransactionHash })
    const log = passed(receipt).find(
      (one) => getWithdrawals({ logs: [one] })[0]?.withdrawalHash === transfer.id,
    )
    if (log) return { ...receipt, logs: [log] }
    throw new BaseError(`The transaction ${transfer.l2TransactionHash} no longer makes this withdrawal.`, {
      code: 'BRIDGE_WITHDRAWAL_GONE',
      metaMessages: [`Withdrawal: ${transfer.id}`],
    })
  }

  /** How far a proof got, and since when it stands, seconds. */
  async function proofBy(
    submitter: Address,
    id: Hash,
  ): Promise<{ state: 'none' | 'mature' } | { state: 'young'; provenAt: bigint }> {
    const [game, provenAt] = await l1Client.readContract({
      ...portal,
      functionName: 'provenWithdrawals',
      args: [id, submitter],
    })
    if (provenAt === 0n) return { state: 'none' }
    const check = { ...portal, functionName: 'checkWithdrawal', args: [id, submitter] } as const
    const mature = await l1Client.readContract(check).then(
      () => true,
      () => false,
    )
    if (mature) return { state: 'mature' }
    const registry = await l1Client.readContract({ ...portal, functionName: 'anchorStateRegistry' })
    const [status, proper] = await Promise.all([
      l1Client.readContract({ address: game, abi: assertionGameAbi, functionName: 'status' }),
      l1Client.readContract({
        address: registry,
        abi: registryAbi,
        functionName: 'isGameProper',
        args: [game],
      }),
    ])
    return status === LOST || !proper ? { state: 'none' } : { state: 'young', provenAt }
  }

  /**
   * Where a withdrawal stands for the relayer, which relies on its own proof: who made another can make it anew, and young
   * again, for ever. One that is mature serves as well.
   */
  async function forRelayer(
    account: Address,
    id: Hash,
    status: WithdrawalStatus,
  ): Promise<{ status: WithdrawalStatus; proofSubmitter?: Address; provenAt?: bigint }> {
    if (status === 'finalized') return { status }
    const own = await proofBy(account, id)
    if (own.state === 'mature') return { status: 'readyToFinalize', proofSubmitter: account }
    if (status === 'readyToFinalize') {
      const count = await l1Client.readContract({ ...portal, functionName: 'numProofSubmitters', args: [id] })
      const proofSubmitter = await l1Client.readContract({
        ...portal,
        functionName: 'proofSubmitters',
        args: [id, count - 1n],
      })
      return { status, proofSubmitter }
    }
    if (own.state === 'young') return { status: 'waitingToFinalize', provenAt: own.provenAt }
    return { status: status === 'waitingToFinalize' ? 'readyToProve' : status }
  }

  /** Whether L1 has paid a withdrawal, in its newest block or in the newest that no reorg can take back. */
  const paid = (id: Hash, blockTag: 'latest' | 'finalized') =>
    l1Client.readContract({ ...portal, functionName: 'finalizedWithdrawals', args: [id], blockTag })

  async function advance(transfer: WithdrawalTransfer): Promise<void> {
    if (transfer.status === 'finalized') {
      // A young L1 has no final block yet.
      if (await paid(transfer.id, 'finalized').catch(() => false))
        return save({ ...transfer, irreversible: true })
      if (await paid(transfer.id, 'latest')) return
      logger.warn('an L1 reorg took the payment of a withdrawal back', { withdrawal: transfer.id })
    }
    const receipt = await receiptOf(transfer)
    const parameters = { receipt, targetChain: l2 as never, chain: l1 }
    const seen = names[await getWithdrawalStatus(l1Client, parameters)]!
    const { status, proofSubmitter, provenAt } = wallet
      ? await forRelayer(wallet.account.address, transfer.id, seen)
      : { status: seen }
    const next: WithdrawalTransfer = { ...transfer, status, l2BlockNumber: receipt.blockNumber }
    delete next.secondsToNextStep
    if (provenAt !== undefined) {
      const delay = await l1Client.readContract({ ...portal, functionName: 'proofMaturityDelaySeconds' })
      next.secondsToNextStep = Math.max(0, Math.ceil(Number(provenAt + delay) - clock.now() / 1_000))
    } else if (status === 'waitingToFinalize') {
      const { seconds } = await getTimeToFinalize(l1Client, {
        withdrawalHash: transfer.id,
        targetChain: l2 as never,
        chain: l1,
      })
      next.secondsToNextStep = Math.max(0, Math.ceil(seconds))
    }
    if (wallet && status === 'readyToProve') {
      // Any of those listed, so that one that is wrong and not challenged yet does not stand in the way for long.
      const game = await getGame(l1Client, {
        l2BlockNumber: receipt.blockNumber,
        targetChain: l2 as never,
        strategy: 'random',
      } as never)
      const { withdrawal } = transfer
      const proof = await buildProveWithdrawal(l2Client, { game, withdrawal } as never)
      // The L2 chain's portal is looked up by the L1 chain of the wallet.
      const hash = await proveWithdrawal(wallet, { ...(proof as object), targetChain: l2 } as never)
      await settled('prove', hash)
      next.proveTransactionHash = hash
      next.status = 'waitingToFinalize'
    } else if (wallet && status === 'readyToFinalize') {
      const hash = await finalizeWithdrawal(wallet, {
        withdrawal: transfer.withdrawal,
        proofSubmitter,
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
    for (const transfer of transfers.values())
      if (transfer.status !== 'finalized' && transfer.leftToOthers === undefined) count++
    return count
  }

  async function poll(signal?: AbortSignal): Promise<void> {
    await load()
    await discover(signal)
    for (const transfer of [...transfers.values()]) {
      if (signal?.aborted) throw new AbortedError('The bridge')
      if (isDone(transfer)) continue
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
    if (kept) {
      const [number, hash] = new TextDecoder().decode(kept).split(' ')
      cursor = { number: BigInt(number!), ...(hash ? { hash: hash as Hash } : {}) }
    }
    for (const [, value] of storage.iterate({ gte: prefix, lt: prefixEnd })) {
      const { leftToOthers: _before, ...transfer } = decodeTransfer(value)
      // The relayer may be another now, and give more gas or less.
      const left = wallet && reasonToLeave(transfer.withdrawal)
      keep(left ? { ...transfer, leftToOthers: left } : transfer)
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
      const [l2TransactionHash] = getL2TransactionHashes({ logs: logsOf(receipt, addresses.portal) })
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
      find(id) ?? [...transfers.values()].find((transfer) => transfer.l2TransactionHash === id),

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

/** Whether there is nothing left to do about it here. */
const isDone = ({ irreversible, leftToOthers }: WithdrawalTransfer) =>
  irreversible || leftToOthers !== undefined

/** What one contract said in a transaction. Any other can emit events that look the same. */
const logsOf = (receipt: TransactionReceipt, address: Address): TransactionReceipt['logs'] =>
  receipt.logs.filter((log) => log.address.toLowerCase() === address.toLowerCase())

/** The withdrawals of a transaction. */
const passed = (receipt: TransactionReceipt) =>
  logsOf(receipt, predeploys.l2ToL1MessagePasser).filter((log) => getWithdrawals({ logs: [log] }).length > 0)

function shortMessage(error: unknown): string {
  if (error instanceof Error)
    return 'shortMessage' in error ? String(error.shortMessage) : error.message.split('\n')[0]!
  return String(error)
}
