import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import {
  AbortedError,
  BaseError,
  equalBytes,
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
  BaseError as ViemError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  ExecutionRevertedError,
  http,
  size,
  TransactionReceiptNotFoundError,
  type Account,
  type Address,
  type Chain,
  type PublicClient,
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
import { gasBudget, pauseAfter, shareOf } from './limits.js'
import { proofs, type Position } from './proofs.js'
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
/** Times in a row that L1 or L2 refuses a step before it is given up. With the pauses between them about an hour. */
const MAX_REFUSALS = 12
/** Steps that one look takes: each waits for L1, and newer withdrawals are to be found meanwhile. */
const STEPS_PER_POLL = 20
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
  const maxPerAccount = options.maxOpenPerAccount ?? 100
  const graceMs = options.graceMs ?? 60_000
  const portal = { address: addresses.portal, abi: optimismPortalAbi } as const
  const budget = gasBudget({
    perHour: options.maxGasPerHour ?? 100_000_000,
    perAccount: options.maxGasPerAccount ?? 10_000_000,
    clock,
  })
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

  const proven = proofs(l1Client as PublicClient, addresses.portal)

  const open = metrics.gauge({
    name: 'bridge_withdrawals_open',
    help: 'Withdrawals that are not finalised yet.',
  })
  const steps = metrics.counter({
    name: 'bridge_steps_total',
    help: 'Steps taken on L1.',
    labels: ['step', 'result'],
  })
  for (const step of ['prove', 'finalize'])
    for (const result of ['success', 'reverted']) steps.inc(0, { step, result })

  const transfers = new Map<Hash, WithdrawalTransfer>()
  /** Those of them that are open, in all and by account. */
  let openInAll = 0
  const openBy = new Map<Address, number>()
  /** L2 block up to which withdrawals were looked for, and its hash: an L1 reorg may replace it. */
  let cursor: { number: bigint; hash?: Hash } = { number: 0n }
  let controller: AbortController | undefined
  let loop: Promise<void> | undefined
  let failing: string | undefined
  let started = false
  /** Never called by the portal: itself and its inbox. */
  let barred: Set<string> | undefined

  /** Keeps a transfer, in the store too where more of it changed than how long something takes. */
  async function save(transfer: WithdrawalTransfer): Promise<void> {
    const before = transfers.get(transfer.id)
    keep(transfer)
    const value = encodeTransfer(lasting(transfer))
    if (before && equalBytes(value, encodeTransfer(lasting(before)))) return
    await storage.batch([{ type: 'put', key: transferKey(transfer.id), value }], { durable: true })
  }

  function count(account: Address, change: 1 | -1): void {
    openInAll += change
    const own = (openBy.get(account) ?? 0) + change
    if (own > 0) openBy.set(account, own)
    else openBy.delete(account)
  }

  /** Puts a transfer in memory, and the oldest that are done out of it when there are too many. */
  function keep(transfer: WithdrawalTransfer): void {
    const before = transfers.get(transfer.id)
    if (before && isOpen(before)) count(accountOf(before), -1)
    if (isOpen(transfer)) count(accountOf(transfer), 1)
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
      if (!withdrawal) continue
      const known = find(withdrawal.withdrawalHash)
      // After a reorg of L1 another transaction may make the same withdrawal.
      if (known && known.l2TransactionHash === receipt.transactionHash) continue
      logger.info('withdrawal found', {
        withdrawal: withdrawal.withdrawalHash,
        sender: withdrawal.sender,
        value: withdrawal.value,
      })
      const account = receipt.from.toLowerCase() as Address
      const left = (wallet && reasonToLeave(withdrawal)) ?? reasonForRoom(account)
      await save({
        direction: 'withdraw',
        id: withdrawal.withdrawalHash,
        status: 'waitingToProve',
        l2TransactionHash: receipt.transactionHash,
        l2BlockNumber: receipt.blockNumber,
        logIndex,
        account,
        withdrawal,
        ...(left ? { leftToOthers: left } : {}),
        failures: 0,
      })
    }
  }

  /** Anybody can start a withdrawal that costs the relayer its purse, or that the portal never pays. */
  function reasonToLeave({ target, gasLimit, data }: Withdrawal): string | undefined {
    if (barred?.has(target.toLowerCase())) return 'the portal calls neither itself nor its inbox'
    const gas = gasLimit + BYTE_GAS * BigInt(size(data))
    return gas > maxGas ? `it can take ${gas} gas on L1, the relayer gives ${maxGas}` : undefined
  }

  /** Nobody fills the list for the others. */
  function reasonForRoom(account: Address): string | undefined {
    const own = openBy.get(account) ?? 0
    if (own < shareOf(openInAll, maxOpen, maxPerAccount)) return undefined
    return `${NO_ROOM}: ${own} of its account are open, ${openInAll} in all`
  }

  /** Follows those that there was no room for, as far as there is room now. */
  async function readmit(): Promise<void> {
    for (const transfer of [...transfers.values()]) {
      if (!transfer.leftToOthers?.startsWith(NO_ROOM) || reasonForRoom(accountOf(transfer))) continue
      const { leftToOthers: _before, ...again } = transfer
      await save(again)
    }
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

  /** Whether L1 has paid a withdrawal, in its newest block or in the newest that no reorg can take back. */
  const paid = (id: Hash, blockTag: 'latest' | 'finalized') =>
    l1Client.readContract({ ...portal, functionName: 'finalizedWithdrawals', args: [id], blockTag })

  /** Where a withdrawal stands now. */
  async function look(
    transfer: WithdrawalTransfer,
  ): Promise<{ next: WithdrawalTransfer; proofSubmitter?: Address }> {
    const receipt = await receiptOf(transfer)
    const parameters = { receipt, targetChain: l2 as never, chain: l1 }
    const seen = names[await getWithdrawalStatus(l1Client, parameters)]!
    const { status, proofSubmitter, provenAt }: Position = wallet
      ? await proven.positionOf(wallet.account.address, ownersOf(transfer), transfer.id, seen)
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
    return { next, ...(proofSubmitter && { proofSubmitter }) }
  }

  /** Why the relayer does not take a step that is possible; undefined: it does. */
  function reasonToWait(transfer: WithdrawalTransfer): string | undefined {
    const since = transfer.possibleSince ?? clock.now()
    // A clock that was set back must not make it wait for long.
    const waited = clock.now() - since
    if (waited >= 0 && waited < graceMs)
      return `its owner may take this step first, for ${Math.ceil((graceMs - waited) / 1_000)} s`
    return budget.refusal(accountOf(transfer))
  }

  async function prove(transfer: WithdrawalTransfer): Promise<void> {
    const { withdrawal } = transfer
    // Any of those listed, so that one that is wrong and not challenged yet does not stand in the way for long.
    const game = await getGame(l1Client, {
      l2BlockNumber: transfer.l2BlockNumber,
      targetChain: l2 as never,
      strategy: 'random',
    } as never)
    const proof = await buildProveWithdrawal(l2Client, { game, withdrawal } as never)
    // The estimate of its gas is the simulation too. The L2 chain's portal is looked up by the L1 chain of the wallet.
    const hash = await proveWithdrawal(wallet!, { ...(proof as object), targetChain: l2 } as never)
    await settled(transfer, 'prove', hash)
    transfer.proveTransactionHash = hash
    transfer.status = 'waitingToFinalize'
  }

  async function finalize(transfer: WithdrawalTransfer, proofSubmitter: Address | undefined): Promise<void> {
    const { withdrawal } = transfer
    const hash = await finalizeWithdrawal(wallet!, {
      withdrawal,
      proofSubmitter,
      targetChain: l2 as never,
    } as never)
    await settled(transfer, 'finalize', hash)
    transfer.finalizeTransactionHash = hash
    transfer.status = 'finalized'
  }

  /** Looks where a withdrawal stands and takes the step that is due. Answers whether it took one. */
  async function advance(transfer: WithdrawalTransfer, mayAct: boolean): Promise<boolean> {
    if (transfer.status === 'finalized') {
      // A young L1 has no final block yet.
      if (await paid(transfer.id, 'finalized').catch(() => false)) {
        await save({ ...transfer, irreversible: true })
        return false
      }
      if (await paid(transfer.id, 'latest')) return false
      logger.warn('an L1 reorg took the payment of a withdrawal back', { withdrawal: transfer.id })
    }
    const { next, proofSubmitter } = await look(transfer)
    delete next.waitsFor
    let acted = false
    if (next.status === 'readyToProve' || next.status === 'readyToFinalize') {
      if (next.status !== transfer.status || next.possibleSince === undefined)
        next.possibleSince = clock.now()
      const wait = wallet && (mayAct ? reasonToWait(next) : 'others before it')
      if (wait) next.waitsFor = wait
      else if (wallet) {
        acted = true
        if (next.status === 'readyToProve') await prove(next)
        else await finalize(next, proofSubmitter)
        delete next.possibleSince
      }
    } else delete next.possibleSince
    if (next.status !== transfer.status)
      logger.info('withdrawal moved', { withdrawal: transfer.id, from: transfer.status, to: next.status })
    next.failures = 0
    delete next.refusals
    delete next.lastError
    delete next.nextTryAt
    await save(next)
    return acted
  }

  async function settled(transfer: WithdrawalTransfer, step: string, hash: Hash): Promise<void> {
    const receipt = await l1Client.waitForTransactionReceipt({ hash, timeout: 60_000 })
    budget.charge(accountOf(transfer), Number(receipt.gasUsed))
    steps.inc(1, { step, result: receipt.status })
    if (receipt.status !== 'success')
      throw new BaseError(`The ${step} transaction ${hash} reverted.`, { code: 'BRIDGE_STEP_REVERTED' })
  }

  async function noteFailure(transfer: WithdrawalTransfer, error: unknown): Promise<void> {
    const failures = transfer.failures + 1
    // A chain that cannot be reached says nothing of the withdrawal.
    const refusals = (transfer.refusals ?? 0) + (isRefusal(error) ? 1 : 0)
    const failed: WithdrawalTransfer = {
      ...transfer,
      failures,
      refusals,
      lastError: shortMessage(error),
      nextTryAt: clock.now() + pauseAfter(failures),
      ...(refusals >= MAX_REFUSALS
        ? { leftToOthers: `given up after ${refusals} refusals: ${shortMessage(error)}` }
        : {}),
    }
    const { lastError, status, leftToOthers } = failed
    logger.warn('withdrawal step failed', {
      withdrawal: transfer.id,
      status,
      error: lastError,
      failures,
      leftToOthers,
    })
    await save(failed)
  }

  /** A pause of the portal is nobody's failure: nothing is tried while it lasts. */
  const isPaused = () => l1Client.readContract({ ...portal, functionName: 'paused' })

  async function poll(signal?: AbortSignal): Promise<void> {
    await load()
    if (wallet && !barred) await readBarred()
    await discover(signal)
    await readmit()
    let left = wallet && (await isPaused()) ? 0 : STEPS_PER_POLL
    // Those first for whose accounts least was done: a flood of one account's does not delay the others'.
    const due = [...transfers.values()]
      .filter((transfer) => !isDone(transfer))
      .map((transfer) => ({ transfer, used: budget.usedBy(accountOf(transfer)) }))
      .sort((a, b) => a.used - b.used)
    for (const { transfer } of due) {
      if (signal?.aborted) throw new AbortedError('The bridge')
      const pause = (transfer.nextTryAt ?? 0) - clock.now()
      // Never longer than a pause can be, also when the clock was set back.
      if (pause > 0 && pause <= pauseAfter(transfer.failures)) continue
      try {
        if (await advance(transfer, left > 0)) left--
      } catch (error) {
        await noteFailure(transfer, error)
      }
    }
    open.set(openInAll)
  }

  async function readBarred(): Promise<void> {
    const inbox = await l1Client.readContract({ ...portal, functionName: 'inbox' })
    barred = new Set([addresses.portal.toLowerCase(), inbox.toLowerCase()])
    for (const transfer of [...transfers.values()]) {
      const left = isOpen(transfer) && reasonToLeave(transfer.withdrawal)
      if (left) await save({ ...transfer, leftToOthers: left })
    }
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
      const { leftToOthers: _before, refusals: _tries, ...transfer } = decodeTransfer(value)
      // The relayer may be another now, and give more gas or less.
      const left =
        (wallet && reasonToLeave(transfer.withdrawal)) ??
        (isOpen(transfer) ? reasonForRoom(accountOf(transfer)) : undefined)
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

/** How the reason begins where there is no room: it ends with it. */
const NO_ROOM = 'there is no room'

/** Who started it on L2. Of those that an earlier version kept only the sender is known. */
const accountOf = ({ account, withdrawal }: WithdrawalTransfer): Address =>
  account ?? (withdrawal.sender.toLowerCase() as Address)

/** Those whose own withdrawal it is: nobody else can prove it in their name. */
const ownersOf = (transfer: WithdrawalTransfer): Address[] => [
  accountOf(transfer),
  transfer.withdrawal.sender.toLowerCase() as Address,
]

/** Whether a chain refused a step, other than not answering. */
const isRefusal = (error: unknown): boolean =>
  error instanceof BaseError
    ? error.code === 'BRIDGE_STEP_REVERTED' || error.code === 'BRIDGE_WITHDRAWAL_GONE'
    : error instanceof ViemError &&
      error.walk(
        (cause) =>
          cause instanceof ContractFunctionRevertedError ||
          cause instanceof ExecutionRevertedError ||
          cause instanceof TransactionReceiptNotFoundError,
      ) !== null

/** What of it is kept in the store. */
function lasting(transfer: WithdrawalTransfer): WithdrawalTransfer {
  const { secondsToNextStep: _seconds, waitsFor: _why, ...kept } = transfer
  return kept
}

/** Whether it takes room. */
const isOpen = ({ status, leftToOthers }: WithdrawalTransfer): boolean =>
  status !== 'finalized' && leftToOthers === undefined

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
