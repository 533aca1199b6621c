import {
  bytesToBigInt,
  depositAccumulator,
  type BlockBuilder,
  type Clock,
  type DepositEntry,
  type DepositLabel,
  type ExecutionEngine,
  type InboxRules,
  type Logger,
  type Metrics,
  type Settlement,
} from '@animechain/core'
import { buildBlockInput } from '@animechain/derivation'
import type { BlockMeta } from './blockCodec.js'
import type { ChainStore } from './chainStore.js'
import type { Derivation } from './derivation.js'
import type { Mutex } from './mutex.js'
import type { Pool } from './pool/index.js'
import type { ServiceDefinition } from './service.js'
import { turns } from './turns.js'
import type { SequencerOptions } from './types.js'

/** Time that a block is filled before requests get their turn. milliseconds */
const SLICE_MS = 5
/** Transactions in a row that do not fit the rest of the block, after which the block is closed. */
const MAX_MISFITS = 32

/** What the label of a deposit takes in a batch: a hash, which does not compress, and an index. bytes */
const LABEL_BYTES = 36

/** How far the clock of blocks may be from that of L1's newest block, either way: half of the inbox's MAX_DRIFT, and far below its MAX_LAG. seconds */
const MAX_L1_DISTANCE_SECONDS = 300
/** Age of a view of L1 after which its clock is unknown. milliseconds */
const FRESH_VIEW_MS = 30_000

export interface SequencerParts {
  store: ChainStore
  engine: ExecutionEngine
  settlement: Settlement
  derivation: Derivation
  pool: Pool
  lock: Mutex
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Gas limit that a user deposit asks for, gas. */
export const depositGas = (entry: DepositEntry): bigint =>
  entry.kind === 0 ? bytesToBigInt(entry.opaqueData.subarray(64, 72)) : 0n

/** The label that goes into the batch: the true one, or the fallback's where the settlement does not know it (docs/spec/protocol.md 3). */
export const labelOf = (entry: DepositEntry): DepositLabel =>
  entry.label ?? { l1BlockHash: entry.context.parentHash, logIndex: Number(entry.index) }

/** What a block remembers of the deposits that it reads. `undefined`: the entries do not continue the queue that `before` has read. */
export function metaAfter(
  before: BlockMeta,
  entries: readonly DepositEntry[],
  labels: readonly DepositLabel[],
): BlockMeta | undefined {
  let { depositAcc, depositsReadAfter } = before
  let gas = 0n
  for (const entry of entries) {
    if (entry.index !== depositsReadAfter) return undefined
    depositAcc = depositAccumulator(depositAcc, entry)
    if (depositAcc !== entry.acc) return undefined
    depositsReadAfter++
    gas += depositGas(entry)
  }
  return { depositAcc, depositsReadAfter, depositGas: gas, labels: [...labels] }
}

/** The time of the next block, as near to ours as L1's clock allows. seconds */
export function nearL1(wall: bigint, l1Time: bigint): bigint {
  const distance = BigInt(MAX_L1_DISTANCE_SECONDS)
  if (wall > l1Time + distance) return l1Time + distance
  return wall < l1Time - distance ? l1Time - distance : wall
}

/** Builds the blocks. One step is at most one block. */
export function sequencer(
  {
    emptyBlocks = 'always',
    maxIdleSeconds = 60,
    l1Confirmations = 0,
    buildBudgetMs,
    maxBlockBytes,
    maxDepositsPerBlock = 500,
    maxUnsafeBlocks = 4096,
    maxDriftSeconds = 10,
  }: SequencerOptions & { maxBlockBytes: number },
  blockTime: number,
  { store, engine, settlement, derivation, pool, lock, clock, logger, metrics }: SequencerParts,
): ServiceDefinition {
  const budget = buildBudgetMs ?? 0.8 * blockTime
  const buildTime = metrics.histogram({
    name: 'rollup_block_build_seconds',
    help: 'Time to build a block.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  })
  const transactions = metrics.counter({
    name: 'rollup_sequenced_transactions_total',
    help: 'User transactions put into blocks.',
  })
  let stalled = false
  let rules: InboxRules | undefined

  /** Whether the newest block will soon be too old to end a batch: then another is due, however many wait. */
  async function isAging(timestamp: bigint): Promise<boolean> {
    if (!derivation.view) return false
    rules ??= await settlement.rules()
    return derivation.view.head.timestamp > timestamp + BigInt(rules.maxLagSeconds) / 2n
  }

  /** Entries that the next block reads: confirmed on L1, within the gas of a block. */
  async function nextDeposits(from: bigint): Promise<DepositEntry[]> {
    const { view } = derivation
    if (!view || view.depositCount <= from) return []
    const to = from + BigInt(maxDepositsPerBlock)
    const entries = await settlement.getDeposits(from, to < view.depositCount ? to : view.depositCount)
    const newest = view.head.number - BigInt(l1Confirmations)
    let gas = 0n
    let count = 0
    for (const entry of entries) {
      gas += depositGas(entry)
      // The inbox bounds the gas of the deposits in a batch by the same limit.
      if (entry.context.number > newest || (count > 0 && gas > entry.context.gasLimit)) break
      count++
    }
    return entries.slice(0, count)
  }

  async function fill(builder: BlockBuilder, deadline: number, maxBytes: number): Promise<number> {
    const selection = await pool.select(builder.baseFeePerGas)
    let bytes = 0
    let misfits = 0
    let included = 0
    const turn = turns(SLICE_MS)
    for (;;) {
      await turn()
      const tx = selection.peek()
      if (!tx || misfits >= MAX_MISFITS || clock.now() >= deadline) return included
      if (builder.gasUsed + tx.gasLimit > builder.attributes.gasLimit || bytes + tx.raw.length > maxBytes) {
        misfits++
        selection.skipAccount()
        continue
      }
      const outcome = await builder.add(tx.raw, { sender: tx.from })
      if (outcome.status === 'included') {
        selection.taken()
        bytes += tx.raw.length
        included++
        continue
      }
      selection.skipAccount()
      if (outcome.reason === 'feeCapBelowBaseFee' || outcome.reason === 'nonceTooHigh') continue
      logger.debug('transaction dropped', { hash: tx.hash, reason: outcome.reason, detail: outcome.detail })
      pool.drop(tx.hash, outcome.reason)
    }
  }

  async function build(): Promise<number | void> {
    if (!derivation.caughtUp) return Math.min(blockTime, 100)
    const startedAt = clock.now()
    const parent = store.head('latest')
    const ahead = parent.number - store.head('safe').number
    if (ahead >= BigInt(maxUnsafeBlocks) && !(await isAging(parent.timestamp))) {
      if (!stalled) logger.warn('too many blocks wait for L1: building stops', { ahead })
      stalled = true
      return
    }
    stalled = false

    // L1's clock counts too: the inbox refuses batches from its future (ours, where a development chain was resumed) and from its distant past (where one had
    // its time moved). A view that is old says nothing of L1's clock.
    const wall = BigInt(Math.floor(startedAt / 1000))
    const l1Time = derivation.view?.head.timestamp ?? 0n
    const isFresh = startedAt - derivation.seenAt < FRESH_VIEW_MS
    const now = isFresh ? nearL1(wall, l1Time) : wall
    const timestamp = now > parent.timestamp ? now : parent.timestamp + 1n
    if (timestamp > (now > l1Time ? now : l1Time) + BigInt(maxDriftSeconds)) return

    const before = store.meta(parent.hash)
    const entries = await nextDeposits(before.depositsReadAfter)
    const idle = timestamp - parent.timestamp >= BigInt(maxIdleSeconds)
    const wanted =
      emptyBlocks === 'always' || idle || pool.hasPending || entries.some((entry) => entry.kind === 0)
    if (!wanted) return nextDelay(startedAt)

    const labels = entries.filter((entry) => entry.kind === 0).map(labelOf)
    const meta = metaAfter(before, entries, labels)
    if (!meta) {
      logger.info('L1 changed under the deposits that were to be read next')
      derivation.wake()
      return
    }
    const input = buildBlockInput({ parent, timestamp, entries, labels, transactions: [] })
    const { transactions: deposits, ...attributes } = input
    const builder = await engine.openBlock(parent, attributes)
    let sealed = false
    try {
      for (const raw of deposits) {
        const outcome = await builder.add(raw)
        if (outcome.status !== 'included')
          throw new Error(`expected a deposit to be included, got ${outcome.reason}`)
      }
      const included = await fill(builder, startedAt + budget, maxBlockBytes - LABEL_BYTES * labels.length)
      if (included === 0 && emptyBlocks !== 'always' && !idle && !entries.some((e) => e.kind === 0)) {
        return nextDelay(startedAt)
      }
      const block = await builder.seal()
      sealed = true
      await store.append(block, meta)
      transactions.inc(included)
      buildTime.observe((clock.now() - startedAt) / 1000)
      logger.debug('block', {
        number: block.header.number,
        hash: block.header.hash,
        transactions: included,
        deposits: deposits.length,
      })
    } finally {
      if (!sealed) await builder.abort()
    }
    return nextDelay(startedAt)
  }

  /** Never longer than `blockTime`, also when the clock was set back while the block was built. */
  const nextDelay = (startedAt: number) => Math.max(0, blockTime - Math.max(0, clock.now() - startedAt))

  return { name: 'sequencer', pollMs: blockTime, step: () => lock.run(build) }
}
