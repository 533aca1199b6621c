import { emptyAccumulator, readBatchBase, type InboxRules, type SubmitResult } from '@animechain/core'
import type { ServiceDefinition } from '../service.js'
import type { BatcherOptions } from '../types.js'
import { newContext, type BatcherContext, type BatcherParts } from './context.js'
import { afterRefusal, feeCeiling, isDue } from './due.js'
import { encode } from './encode.js'
import { prepare } from './prepare.js'
import { lookAtWaiting } from './waiting.js'

/**
 * Least pause when L1 is too dear, milliseconds: its fees change with its blocks, and each look encodes all that waits, in blobs with their commitments.
 */
const DEAR_PAUSE_MS = 6_000

/** What a step tries to post. */
interface Posting {
  first: bigint
  lastBlock: bigint
  blockCount: number
  transactions: number
  bytes: number
  /** the newest block */
  head: bigint
  /** of the oldest block, seconds */
  age: number
}

/** Seconds for which the oldest block that is not on L1 has waited. Either clock may have stood still: this process's over a restart, L2's while nothing was built. */
function ageOf(context: BatcherContext, first: bigint): number {
  const { store, sinceOldest } = context
  if (context.oldest !== first) sinceOldest.restart()
  context.oldest = first
  const l2Age = Number(store.head('latest').timestamp - store.headerByNumber(first)!.timestamp)
  return Math.max(sinceOldest.elapsed() / 1000, l2Age)
}

/** Whether the blocks from `first` on are to be posted now. */
function areDue(context: BatcherContext, rules: InboxRules, first: bigint, age: number): boolean {
  const { store, options, target, ratio } = context
  const blocks = Number(store.head('latest').number - first) + 1
  // A full batch is due whatever is in it: nothing needs to be read for that.
  const isFull = blocks >= rules.maxBlocksPerBatch
  const waiting = isFull ? { bytes: 0, idle: true } : lookAtWaiting(context, first, target / ratio)
  return isDue({ ...waiting, age, blocks }, { ...options, target, ratio, rules })
}

/** Where no batch will be taken, a forced one goes on: the blocks that waited give way, and their transactions go back to the pool. */
async function force(
  { settlement, derivation, logger }: BatcherContext,
  first: bigint,
  signal: AbortSignal,
): Promise<void> {
  const forced = await settlement.forceBatch(new Uint8Array(0), await readBatchBase(settlement), { signal })
  logger.warn('forced a batch to get going again', { firstBlock: first, status: forced.status })
  await derivation.tick()
}

/** Follows what came of a batch. Answers the milliseconds until the next step. */
async function settle(
  context: BatcherContext,
  posting: Posting,
  result: SubmitResult,
  signal: AbortSignal,
): Promise<number | void> {
  const { derivation, events, meters, options, logger } = context
  const { first, lastBlock, transactions, bytes } = posting
  switch (result.status) {
    case 'ok': {
      context.refused = undefined
      meters.bytes.inc(bytes)
      meters.transactions.inc(transactions)
      const posted = { firstBlock: first, lastBlock, transactions, bytes }
      logger.info('batch posted', posted)
      events.emit('batchPosted', posted)
      // The next batch starts where the inbox says.
      await derivation.tick()
      return 0
    }
    case 'rejected': {
      logger.warn('the inbox refused a batch', { firstBlock: first, lastBlock, reason: result.reason })
      const next = afterRefusal(context.refused, posting)
      context.refused = next.refused
      if (next.force) await force(context, first, signal)
      else await derivation.tick()
      return
    }
    case 'feeTooHigh':
      logger.info('L1 fees are above the ceiling: batches wait', {
        baseFee: result.baseFee,
        blobBaseFee: result.blobBaseFee,
        ageSeconds: Math.round(posting.age),
      })
      return Math.max(options.pollMs, DEAR_PAUSE_MS)
    case 'error':
      throw result.error
  }
}

async function step(context: BatcherContext, signal: AbortSignal): Promise<number | void> {
  const { store, settlement, derivation, options, refused } = context
  if (!derivation.caughtUp) return
  const rules = (context.rules ??= await settlement.rules())
  // The view of the last complete derivation step: local blocks up to `lastBlock` are those of the inbox.
  const { view } = derivation
  if (!view || view.batchCount !== store.batchCount) return
  const first = view.lastBlock + 1n
  const head = store.head('latest').number
  if (head < first) {
    context.oldest = undefined
    context.meters.waiting.set(0)
    return
  }
  const age = ageOf(context, first)
  context.meters.waiting.set(age)
  if (!areDue(context, rules, first, age)) return

  const most = (refused?.block === first ? refused.maxBlocks : undefined) ?? Infinity
  const batch = await encode(context, first, Math.min(most, rules.maxBlocksPerBatch))
  const { header, depositAcc } = batch
  const lastBlock = first + BigInt(header.blockCount) - 1n
  if (header.lastTimestamp + BigInt(rules.maxLagSeconds) < view.head.timestamp) {
    // The inbox wants a young block at the end: the one that is built next, or there is no room for it.
    if (lastBlock < head) await force(context, first, signal)
    return
  }
  const prepared = await prepare(context, batch.bytes, signal)
  if (!prepared) return
  const ceiling = (limit: bigint | undefined) => feeCeiling(limit, age, rules.forceDelaySeconds)
  const result = await settlement.appendBatch(
    header,
    { parentAcc: store.appliedBatch(view.batchCount - 1n)?.acc ?? emptyAccumulator, depositAcc },
    prepared.commitment,
    prepared.attachment,
    prepared.location,
    {
      signal,
      maxFeePerGas: ceiling(options.maxFeePerGas),
      maxFeePerBlobGas: ceiling(options.maxFeePerBlobGas),
    },
  )
  const { blockCount } = header
  const posting = { first, lastBlock, blockCount, head, age, transactions: batch.transactions }
  return settle(context, { ...posting, bytes: batch.bytes.length }, result, signal)
}

/**
 * Posts unsafe blocks. It keeps no state that counts: what is posted is what the inbox has, so it resumes after a crash by looking.
 * The inbox refuses a batch that does not continue the one before, so a transaction that lands late cannot post a block twice.
 */
export function batcher(options: BatcherOptions, parts: BatcherParts): ServiceDefinition {
  const context = newContext(options, parts)
  return { name: 'batcher', pollMs: context.options.pollMs, step: (signal) => step(context, signal) }
}
