import {
  steadyTime,
  type BlockBuilder,
  type ExecutedBlock,
  type InboxView,
  type SealedHeader,
} from '@animechain/core'
import { buildBlockInput, depositLabel, readQueue } from '@animechain/derivation'
import type { BlockMeta } from '../chain/blockCodec.js'
import type { ServiceDefinition } from '../service.js'
import type { SequencerOptions } from '../types.js'
import { newContext, type SequencerContext, type SequencerParts } from './context.js'
import { depositsOfBlock, type QueuedDeposits } from './deposits.js'
import { areTooManyUnsafe, isWanted, untilNext, type BuildStop } from './due.js'
import { fill } from './fill.js'

/** Longest wait for the batches of L1 that are not applied yet, milliseconds */
const CATCH_UP_POLL_MS = 100
/** What the label of a deposit takes in a batch: a hash, which does not compress, and an index. bytes */
const LABEL_BYTES = 36

export interface BuildStatus {
  /** since a block was built, or none was wanted; milliseconds */
  idleMs: number
  stop: BuildStop | undefined
  /** seconds that the next block is ahead of time */
  leadSeconds: number
  /** seconds that this machine's clock is ahead of L1's */
  skewSeconds: number
}

/** The time of a block on top of this one, or what stands in its way. */
function nextTimestamp(context: SequencerContext, parent: SealedHeader): bigint | BuildStop {
  const { derivation, store, rules, options, time, logger } = context
  const { view } = derivation
  if (!derivation.mayBuild || !view) return 'notCaughtUp'
  const ahead = parent.number - store.head('safe').number
  const facts = {
    ahead,
    maxUnsafeBlocks: options.maxUnsafeBlocks,
    parentTimestamp: parent.timestamp,
    l1Timestamp: view.head.timestamp,
    maxLagSeconds: rules()?.maxLagSeconds,
  }
  if (areTooManyUnsafe(facts)) {
    if (context.stop !== 'tooManyUnsafe')
      logger.warn('too many blocks wait for L1: building stops', { ahead })
    return 'tooManyUnsafe'
  }
  return time.next(view, parent.timestamp).timestamp ?? 'clock'
}

/** The deposits that the block reads, and how the queue stands after it. What does not fit the chain waits for another look at L1. */
function readDeposits(
  { derivation, feed, options, logger }: SequencerContext,
  before: BlockMeta,
): QueuedDeposits {
  const confirmed = (view: InboxView | undefined) =>
    (view?.head.number ?? 0n) - BigInt(options.l1Confirmations)
  // After a reorg that could not be followed to its end, those that are held may be gone from L1.
  const entries = derivation.caughtUp
    ? depositsOfBlock(feed.from(before.depositsReadAfter), {
        newest: confirmed(derivation.view),
        most: options.maxDepositsPerBlock,
      })
    : []
  const labels = entries.filter((entry) => entry.kind === 0).map(depositLabel)
  const meta = readQueue(before, entries, labels)
  if (meta) return { entries, labels, meta }
  logger.info('L1 changed under the deposits that were to be read next')
  feed.clear()
  derivation.wake()
  return { entries: [], labels: [], meta: readQueue(before, [], [])! }
}

async function addDeposits(builder: BlockBuilder, deposits: readonly Uint8Array[]): Promise<void> {
  for (const raw of deposits) {
    const outcome = await builder.add(raw)
    if (outcome.status !== 'included')
      throw new Error(`expected a deposit to be included, got ${outcome.reason}`)
  }
}

/** Puts the block on top of the chain. */
async function append(
  { store, time, meters, clock, logger }: SequencerContext,
  block: ExecutedBlock,
  meta: BlockMeta,
  { included, deposits, startedAt }: { included: number; deposits: number; startedAt: number },
): Promise<void> {
  await store.append(block, meta)
  time.built()
  meters.transactions.inc(included)
  meters.buildTime.observe((steadyTime(clock) - startedAt) / 1000)
  const { number, hash } = block.header
  logger.debug('block', { number, hash, transactions: included, deposits })
}

/** Builds a block, if one is due. Answers the milliseconds until the next step. */
async function build(context: SequencerContext): Promise<number | void> {
  const { store, engine, pool, room, options, blockTime, clock, logger, sinceProgress } = context
  const startedAt = steadyTime(clock)
  const parent = store.head('latest')
  const timestamp = nextTimestamp(context, parent)
  context.stop = typeof timestamp === 'string' ? timestamp : undefined
  if (typeof timestamp === 'string')
    return timestamp === 'notCaughtUp' ? Math.min(blockTime, CATCH_UP_POLL_MS) : undefined

  const nextDelay = () => untilNext(blockTime, steadyTime(clock) - startedAt)
  const { entries, labels, meta } = readDeposits(context, store.meta(parent.hash))
  const idleSeconds = timestamp - parent.timestamp
  const isDue = (hasTransactions: boolean) => isWanted({ ...options, idleSeconds, hasTransactions, entries })
  if (!isDue(pool.hasPending)) {
    sinceProgress.restart()
    return nextDelay()
  }

  const input = buildBlockInput({ parent, timestamp, entries, labels, transactions: [] })
  const { transactions: deposits, ...attributes } = input
  const builder = await engine.openBlock(parent, attributes)
  let isSealed = false
  try {
    await addDeposits(builder, deposits)
    const included = await fill(context, builder, {
      deadline: startedAt + options.buildBudgetMs,
      maxBytes: room.bytes - LABEL_BYTES * labels.length,
    })
    sinceProgress.restart()
    if (!isDue(included.length > 0)) return nextDelay()
    const inBatch = {
      timestampDelta: Number(idleSeconds),
      depositCount: entries.length,
      transactions: included,
    }
    if (!(await room.fits({ blocks: [inBatch], labels }))) {
      logger.info('a block was encoded worse than those before it, and is built again with less', {
        transactions: included.length,
      })
      return 0
    }
    const block = await builder.seal()
    isSealed = true
    const counts = { included: included.length, deposits: deposits.length, startedAt }
    await append(context, block, meta, counts)
  } finally {
    if (!isSealed) await builder.abort()
  }
  return nextDelay()
}

/** Builds the blocks. One step is at most one block, and waits neither for L1 nor for a peer. */
export function sequencer(
  options: SequencerOptions,
  blockTime: number,
  parts: SequencerParts,
): ServiceDefinition & { status(): BuildStatus } {
  const context = newContext(options, blockTime, parts)
  const { lock, time, sinceProgress } = context
  return {
    name: 'sequencer',
    pollMs: blockTime,
    step: () => lock.run(() => build(context)),
    status: () => ({
      idleMs: sinceProgress.elapsed(),
      stop: context.stop,
      leadSeconds: time.leadSeconds,
      skewSeconds: time.skewSeconds,
    }),
  }
}
