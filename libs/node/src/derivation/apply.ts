import {
  batchAccumulator,
  emptyAccumulator,
  equalBytes,
  type BatchRecord,
  type BlockInput,
  type DepositEntry,
  type DepositLabel,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import {
  deriveBatch,
  describeLabel,
  readQueue,
  unreadQueue,
  type Derived,
  type QueueReading,
} from '@animechain/derivation'
import { outputOf } from '../assertions/output.js'
import type { BlockMeta } from '../chain/blockCodec.js'
import type { AppliedBatch } from '../chain/batchCodec.js'
import { fetchBody } from './body.js'
import { cursor, reorged, type DerivationContext } from './context.js'

/** Whether executing the input gives this block, as far as one can tell without executing. */
export function isBlockOf(input: BlockInput, local: BlockInput): boolean {
  return (
    input.timestamp === local.timestamp &&
    input.gasLimit === local.gasLimit &&
    input.prevRandao === local.prevRandao &&
    input.beneficiary === local.beneficiary &&
    input.extraData === local.extraData &&
    input.parentBeaconBlockRoot === local.parentBeaconBlockRoot &&
    input.transactions.length === local.transactions.length &&
    input.transactions.every((raw, i) => equalBytes(raw, local.transactions[i]!))
  )
}

/** A label that a batch gives a deposit although L1 knows another one. */
export interface WrongLabel {
  entry: DepositEntry
  claimed: DepositLabel
  expected: DepositLabel
}

/** Labels that are not those of L1, as far as the settlement knows them. */
export function wrongLabels(entries: readonly DepositEntry[], labels: readonly DepositLabel[]): WrongLabel[] {
  const deposits = entries.filter((entry) => entry.kind === 0)
  return deposits.flatMap((entry, i) => {
    const { label: expected } = entry
    const claimed = labels[i]!
    if (!expected) return []
    const isTrue = claimed.l1BlockHash === expected.l1BlockHash && claimed.logIndex === expected.logIndex
    return isTrue ? [] : [{ entry, claimed, expected }]
  })
}

function reportLabels(
  { meters, logger, events }: DerivationContext,
  batchIndex: bigint,
  wrong: readonly WrongLabel[],
): void {
  for (const { entry, claimed, expected } of wrong) {
    meters.lies.inc()
    const report = {
      batchIndex,
      depositIndex: entry.index,
      claimed: describeLabel(claimed),
      expected: describeLabel(expected),
    }
    logger.error('a batch labels a deposit wrongly', report)
    events.emit('wrongLabel', report)
  }
}

/** A batch that is applied: one line of the log each. */
function reportBatch(
  { role, meters, logger }: DerivationContext,
  { index, header }: BatchRecord,
  { blocks, fallback }: Derived,
  about: { bytes: number; outputRoot: Hash },
): void {
  const fields = { batch: index, firstBlock: header.firstBlock, blocks: blocks.length, ...about }
  if (fallback !== undefined) {
    meters.fallbacks.inc()
    logger.warn('a batch derives by the fallback', { ...fields, reason: fallback })
  } else if (role === 'verifier') logger.info('batch derived', fields)
  // A sequencer's own, which is most of them, was logged as it was posted.
  else logger.debug('batch derived', fields)
}

/** Whether the queue stands the same. Blocks can be the same that read one entry more or less: two of one L1 block say the same. */
const isSameReading = (one: BlockMeta, other: BlockMeta): boolean =>
  one.depositsReadAfter === other.depositsReadAfter && one.depositAcc === other.depositAcc

/** Executes the block on the safe chain's tip, or finds that the local chain has it. */
async function takeBlock(
  { store, engine, logger }: DerivationContext,
  parent: SealedHeader,
  input: BlockInput,
  meta: BlockMeta,
): Promise<SealedHeader> {
  const local = store.headerByNumber(input.number)
  const localInput = local && store.blockInput(local.hash)
  const stands =
    local &&
    localInput &&
    local.parentHash === parent.hash &&
    isBlockOf(input, localInput) &&
    isSameReading(meta, store.meta(local.hash))
  if (stands) return local
  // Ancestors alone are visible to the block, and they are the canonical ones: nothing needs to be undone yet.
  const block = await engine.executeBlock(parent, input)
  if (local?.hash === block.header.hash && isSameReading(meta, store.meta(local.hash))) return local
  if (local) {
    const removed = await store.rollback(parent.number)
    logger.warn('the local chain gives way to the one on L1', {
      from: parent.number + 1n,
      blocks: removed.length,
    })
  }
  await store.append(block, meta)
  return block.header
}

/**
 * Whether what L1's servers said of a batch and of the entries that it reads hashes to what the inbox says.
 * @returns the queue after the batch; undefined: two answers came from two chains
 */
export function checkBatch(
  record: BatchRecord,
  entries: readonly DepositEntry[],
  { last, safe }: { last: AppliedBatch | undefined; safe: Pick<SealedHeader, 'number'> },
): QueueReading | undefined {
  const after = readQueue(last ?? unreadQueue, entries, [])
  if (!after || after.depositsReadAfter !== record.header.depositsReadAfter) return undefined
  const acc = batchAccumulator(last?.acc ?? emptyAccumulator, { ...record, depositAcc: after.depositAcc })
  return acc === record.acc && record.header.firstBlock === safe.number + 1n ? after : undefined
}

/** Puts the blocks of a batch on top of the safe one, and answers the last. */
async function takeBlocks(
  context: DerivationContext,
  { blocks, reads }: Derived,
  { parent, last }: { parent: SealedHeader; last: AppliedBatch | undefined },
  signal: AbortSignal,
): Promise<SealedHeader> {
  let tip = parent
  let queue: Pick<QueueReading, 'depositsReadAfter' | 'depositAcc'> = last ?? unreadQueue
  for (const [i, input] of blocks.entries()) {
    if (signal.aborted) throw reorged('the node stops')
    const { entries, labels } = reads[i]!
    const meta = readQueue(queue, entries, labels)!
    tip = await takeBlock(context, tip, input, meta)
    queue = meta
  }
  return tip
}

/** Derives a batch, makes its blocks the safe ones and records it. */
export async function applyBatch(
  context: DerivationContext,
  record: BatchRecord,
  signal: AbortSignal,
): Promise<void> {
  const { keepsUnsafe, store, engine, settlement, lock, events } = context
  const last = cursor(store)
  const { header, index } = record
  const entries = await settlement.getDeposits(last?.depositsReadAfter ?? 0n, header.depositsReadAfter)
  const parent = store.head('safe')
  const queue = checkBatch(record, entries, { last, safe: parent })
  if (!queue) throw reorged(`batch ${index} and the deposits that it reads`)

  const body = await fetchBody(context, record, signal)
  const derived = deriveBatch({ header, body, entries, parent })
  const { fallback } = derived
  await lock.run(async () => {
    const tip = await takeBlocks(context, derived, { parent, last }, signal)
    const { outputRoot } = await outputOf(engine, tip)
    await store.applyBatch({
      index,
      acc: record.acc,
      depositAcc: queue.depositAcc,
      firstBlock: header.firstBlock,
      lastBlock: tip.number,
      lastBlockHash: tip.hash,
      lastTimestamp: tip.timestamp,
      depositsReadAfter: header.depositsReadAfter,
      l1Block: record.l1Block,
      outputRoot,
    })
    // A chain with nothing of its own ends where L1's does.
    if (!keepsUnsafe) await store.rollback(tip.number)
    const about = { bytes: body.bytes, outputRoot }
    reportBatch(context, record, derived, about)
    events.emit('batch', {
      record,
      blocks: derived.blocks.length,
      ...about,
      ...(fallback === undefined ? {} : { fallback }),
    })
    events.emit('safe', { header: tip, batch: record })
  })
  if (fallback === undefined) reportLabels(context, index, wrongLabels(entries, derived.labels))
}
