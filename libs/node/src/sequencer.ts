import {
  type BlockBuilder,
  type Clock,
  type DepositEntry,
  type DepositLabel,
  type ExecutionEngine,
  type Hash,
  type InboxRules,
  type InboxView,
  type Logger,
  type Metrics,
  type SealedHeader,
  steadyTime,
} from '@animechain/core'
import { buildBlockInput, depositGas, depositLabel, readQueue } from '@animechain/derivation'
import { type Mutex, stopwatch, turns } from '@animechain/runtime'
import type { BlockMeta } from './blockCodec.js'
import { nextBlockTime, type BlockTime } from './blockTime.js'
import type { BlockRoom } from './blockRoom.js'
import type { ChainStore } from './chainStore.js'
import type { DepositFeed } from './depositFeed.js'
import type { Derivation } from './derivation/context.js'
import type { Pool } from './pool/index.js'
import type { ServiceDefinition } from './service.js'
import type { SequencerOptions } from './types.js'

/** Time that a block is filled before requests get their turn. milliseconds */
const SLICE_MS = 5
/** Transactions in a row that do not fit the rest of the block, after which the block is closed. */
const MAX_MISFITS = 32

/** What the label of a deposit takes in a batch: a hash, which does not compress, and an index. bytes */
const LABEL_BYTES = 36

export interface SequencerParts {
  store: ChainStore
  engine: ExecutionEngine
  feed: DepositFeed
  /** The inbox's, once they are known. */
  rules: () => InboxRules | undefined
  room: BlockRoom
  derivation: Derivation
  pool: Pool
  lock: Mutex
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Why no block is built although one is due. */
export type BuildStop =
  /** Not every batch of L1 is applied, and L1 is being read: what to build on will be known. */
  | 'notCaughtUp'
  | 'tooManyUnsafe'
  /** The newest block is too far ahead of time. */
  | 'clock'

export interface BuildStatus {
  /** since a block was built, or none was wanted; milliseconds */
  idleMs: number
  stop: BuildStop | undefined
  /** seconds that the next block is ahead of time */
  leadSeconds: number
  /** seconds that this machine's clock is ahead of L1's */
  skewSeconds: number
}

/** Builds the blocks. One step is at most one block, and waits neither for L1 nor for a peer. */
export function sequencer(
  {
    emptyBlocks = 'always',
    maxIdleSeconds = 60,
    l1Confirmations = 0,
    buildBudgetMs,
    maxDepositsPerBlock = 500,
    maxUnsafeBlocks = 4096,
    maxDriftSeconds = 10,
  }: SequencerOptions,
  blockTime: number,
  { store, engine, feed, rules, room, derivation, pool, lock, clock, logger, metrics }: SequencerParts,
): ServiceDefinition & { status(): BuildStatus } {
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
  let stop: BuildStop | undefined
  let time: BlockTime | undefined
  let skewSeconds = 0
  const sinceProgress = stopwatch(clock)
  const sinceBlock = stopwatch(clock)
  const sinceTime = stopwatch(clock)
  /** L1's newest block, and when it was seen first by a clock that cannot be set. */
  let l1Head: { hash: Hash; seenMs: number } | undefined

  /** Whether the newest block will soon be too old to end a batch: then another is due, however many wait. */
  function isAging(timestamp: bigint, view: InboxView): boolean {
    const known = rules()
    return known !== undefined && view.head.timestamp > timestamp + BigInt(known.maxLagSeconds) / 2n
  }

  /** Entries that the next block reads: confirmed on L1, within the gas of a block. */
  function nextDeposits(from: bigint): DepositEntry[] {
    const newest = (derivation.view?.head.number ?? 0n) - BigInt(l1Confirmations)
    const entries = feed.from(from).slice(0, maxDepositsPerBlock)
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

  function blockTimeNow({ head }: InboxView, parent: bigint): BlockTime {
    const now = steadyTime(clock)
    if (l1Head?.hash !== head.hash || now < l1Head.seenMs) l1Head = { hash: head.hash, seenMs: now }
    const wallMs = clock.now()
    const l1HeadMs = Number(head.timestamp) * 1000
    const l1NowMs = l1HeadMs + now - l1Head.seenMs
    skewSeconds = Math.round((wallMs - l1NowMs) / 1000)
    const next = nextBlockTime({
      wallMs,
      l1HeadMs,
      l1NowMs,
      last: time && { nowMs: time.nowMs, agoMs: sinceTime.elapsed() },
      sinceBlockMs: sinceBlock.elapsed(),
      parent,
      maxDriftSeconds,
    })
    sinceTime.restart()
    return next
  }

  /** Gives what the block has got, raw. */
  async function fill(builder: BlockBuilder, deadline: number, maxBytes: number): Promise<Uint8Array[]> {
    const selection = await pool.select(builder.baseFeePerGas)
    let bytes = 0
    let misfits = 0
    const included: Uint8Array[] = []
    const turn = turns(SLICE_MS)
    for (;;) {
      await turn()
      const tx = selection.peek()
      if (!tx || misfits >= MAX_MISFITS || steadyTime(clock) >= deadline) return included
      if (included.length >= room.transactions) return included
      if (builder.gasUsed + tx.gasLimit > builder.attributes.gasLimit || bytes + tx.raw.length > maxBytes) {
        misfits++
        selection.skipAccount()
        continue
      }
      const outcome = await builder.add(tx.raw, { sender: tx.from })
      if (outcome.status === 'included') {
        selection.taken()
        bytes += tx.raw.length
        included.push(tx.raw)
        continue
      }
      selection.skipAccount()
      if (outcome.reason === 'feeCapBelowBaseFee' || outcome.reason === 'nonceTooHigh') continue
      logger.debug('transaction dropped', { hash: tx.hash, reason: outcome.reason, detail: outcome.detail })
      pool.drop(tx.hash, outcome.reason)
    }
  }

  /** What stands in the way of a block on top of this one. */
  function findStop(parent: SealedHeader, view: InboxView | undefined): BuildStop | undefined {
    if (!derivation.mayBuild || !view) return 'notCaughtUp'
    const ahead = parent.number - store.head('safe').number
    if (ahead >= BigInt(maxUnsafeBlocks) && !isAging(parent.timestamp, view)) {
      if (stop !== 'tooManyUnsafe') logger.warn('too many blocks wait for L1: building stops', { ahead })
      return 'tooManyUnsafe'
    }
    time = blockTimeNow(view, parent.timestamp)
    return time.timestamp === undefined ? 'clock' : undefined
  }

  /** The deposits that the block reads, and how the queue stands after it. What does not fit the chain waits for another look at L1. */
  function readDeposits(before: BlockMeta): {
    entries: DepositEntry[]
    labels: DepositLabel[]
    meta: BlockMeta
  } {
    // After a reorg that could not be followed to its end, those that are held may be gone from L1.
    const entries = derivation.caughtUp ? nextDeposits(before.depositsReadAfter) : []
    const labels = entries.filter((entry) => entry.kind === 0).map(depositLabel)
    const meta = readQueue(before, entries, labels)
    if (meta) return { entries, labels, meta }
    logger.info('L1 changed under the deposits that were to be read next')
    feed.clear()
    derivation.wake()
    return { entries: [], labels: [], meta: readQueue(before, [], [])! }
  }

  async function build(): Promise<number | void> {
    const startedAt = steadyTime(clock)
    const parent = store.head('latest')
    stop = findStop(parent, derivation.view)
    if (stop) return stop === 'notCaughtUp' ? Math.min(blockTime, 100) : undefined
    const timestamp = time!.timestamp!

    const { entries, labels, meta } = readDeposits(store.meta(parent.hash))
    const idle = timestamp - parent.timestamp >= BigInt(maxIdleSeconds)
    const isWanted = (transactions: boolean) =>
      emptyBlocks === 'always' || idle || transactions || entries.some((entry) => entry.kind === 0)
    if (!isWanted(pool.hasPending)) {
      sinceProgress.restart()
      return nextDelay(startedAt)
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
      const included = await fill(builder, startedAt + budget, room.bytes - LABEL_BYTES * labels.length)
      sinceProgress.restart()
      if (!isWanted(included.length > 0)) return nextDelay(startedAt)
      const timestampDelta = Number(timestamp - parent.timestamp)
      const inBatch = { timestampDelta, depositCount: entries.length, transactions: included }
      if (!(await room.fits({ blocks: [inBatch], labels }))) {
        logger.info('a block was encoded worse than those before it, and is built again with less', {
          transactions: included.length,
        })
        return 0
      }
      const block = await builder.seal()
      sealed = true
      await store.append(block, meta)
      sinceBlock.restart()
      transactions.inc(included.length)
      buildTime.observe((steadyTime(clock) - startedAt) / 1000)
      logger.debug('block', {
        number: block.header.number,
        hash: block.header.hash,
        transactions: included.length,
        deposits: deposits.length,
      })
    } finally {
      if (!sealed) await builder.abort()
    }
    return nextDelay(startedAt)
  }

  /** Never longer than `blockTime`, also when the clock was set back while the block was built. */
  const nextDelay = (startedAt: number) => Math.max(0, blockTime - Math.max(0, steadyTime(clock) - startedAt))

  return {
    name: 'sequencer',
    pollMs: blockTime,
    step: () => lock.run(build),
    status: () => ({
      idleMs: sinceProgress.elapsed(),
      stop,
      leadSeconds: time?.leadSeconds ?? 0,
      skewSeconds,
    }),
  }
}
