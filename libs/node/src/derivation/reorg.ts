import { BaseError, type Hash, type InboxView, type SealedHeader } from '@animechain/core'
import type { BlockMeta } from '../chain/blockCodec.js'
import type { DerivationContext } from './context.js'
import { longestPrefix } from './l1Watch.js'

/** Whether L1's inbox begins with the batches, or the deposits, up to one that was read. Accumulators chain, so an equal one vouches for all before it. */
async function begins(
  { settlement }: DerivationContext,
  now: InboxView,
  queue: 'batches' | 'deposits',
  count: bigint,
  own: Hash,
): Promise<{ holds: boolean; proven: boolean }> {
  const proven = now.proven ?? false
  if (count === 0n) return { holds: true, proven }
  if (count > (queue === 'batches' ? now.batchCount : now.depositCount)) return { holds: false, proven }
  if (settlement.accumulatorAt) {
    const at = await settlement.accumulatorAt(now, queue, count)
    return { holds: at.acc === own, proven: proven && at.proven }
  }
  const [record] = await (queue === 'batches'
    ? settlement.getBatches(count - 1n, count)
    : settlement.getDeposits(count - 1n, count))
  return { holds: record?.acc === own, proven }
}

/** Number of applied batches that L1 still has. */
async function commonBatches(
  context: DerivationContext,
  now: InboxView,
): Promise<{ common: bigint; proven: boolean }> {
  const { store } = context
  let proven = now.proven ?? false
  const holds = async (count: bigint) => {
    const found = await begins(context, now, 'batches', count, store.appliedBatch(count - 1n)!.acc)
    proven &&= found.proven
    return found.holds
  }
  const top = store.batchCount < now.batchCount ? store.batchCount : now.batchCount
  const common = top === 0n || (await holds(top)) ? top : await longestPrefix(top, holds)
  return { common, proven }
}

const depositsHold = (
  context: DerivationContext,
  now: InboxView,
  { depositsReadAfter, depositAcc }: BlockMeta,
) => begins(context, now, 'deposits', depositsReadAfter, depositAcc)

/**
 * Nothing is undone on a server's word alone, and what is final not at all.
 * @throws {BaseError} `DERIVATION_L1_UNCONFIRMED` until the same was said often enough, `DERIVATION_FINAL_CONFLICT`
 */
function expectConfirmed(
  { confirmed }: DerivationContext,
  now: InboxView,
  what: string,
  proven: boolean,
): void {
  if (proven || confirmed.repeated(what)) return
  throw new BaseError(`L1 shows no proof for what would undo blocks: ${what}.`, {
    code: 'DERIVATION_L1_UNCONFIRMED',
    metaMessages: [`Expected a proof, or the same answer for some time, at L1 block ${now.head.number}.`],
  })
}

function expectNotFinal({ store, options }: DerivationContext, now: InboxView, common: bigint): void {
  const final = store.finalBatchCount
  if (options.undoFinalized || common >= final) return
  const { l1Block } = store.appliedBatch(common)!
  throw new BaseError('L1 contradicts what it had finalised. Nothing that was final is undone.', {
    code: 'DERIVATION_FINAL_CONFLICT',
    metaMessages: [
      `Expected batch ${common}, which was final in L1 block ${l1Block.number} (${l1Block.hash}), in the inbox; at L1 block ${now.head.number} it is not there.`,
      'Check the L1 endpoint: it may be wrong, or of another chain. It goes on by itself when the answers fit again.',
      'Where L1 itself was set back (a development chain), start with --undo-finalized, or remove the data folder.',
    ],
  })
}

/** The newest block that reads no deposit which L1 does not have any more, from the head down to the safe one. */
async function lastWithDeposits(context: DerivationContext, now: InboxView): Promise<bigint> {
  const { store } = context
  let number = store.head('latest').number
  const safe = store.head('safe').number
  const metaAt = (at: bigint) => store.meta(store.headerByNumber(at)!.hash)
  while (number > safe) {
    const meta = metaAt(number)
    if ((await depositsHold(context, now, meta)).holds) break
    while (number > safe && metaAt(number).depositsReadAfter === meta.depositsReadAfter) number--
  }
  return number
}

/** Undoes applied batches that L1 no longer has, and answers how many those were. */
async function dropBatches(context: DerivationContext, now: InboxView): Promise<bigint> {
  const { keepsUnsafe, store, lock, state, options } = context
  const { common, proven } = await commonBatches(context, now)
  const dropped = store.batchCount - common
  if (dropped <= 0n) return 0n
  expectNotFinal(context, now, common)
  expectConfirmed(context, now, `it has ${common} of the ${store.batchCount} batches that were read`, proven)
  state.caughtUp = false
  await lock.run(async () => {
    await store.dropBatches(common, { undoFinalized: options.undoFinalized })
    // Where there is nothing of its own, what is not on L1 is not there.
    if (!keepsUnsafe) await store.rollback(store.head('safe').number)
  })
  return dropped
}

/** Undoes blocks that read entries which L1 no longer has, because they cannot be posted: back to the newest that can. Answers whether there were any. */
async function dropBlocks(context: DerivationContext, now: InboxView): Promise<boolean> {
  const { store, lock, state } = context
  const head = store.head('latest')
  const meta = store.meta(head.hash)
  const deposits = await depositsHold(context, now, meta)
  if (deposits.holds) return false
  const number = await lastWithDeposits(context, now)
  if (number >= head.number) return false
  expectConfirmed(
    context,
    now,
    `it has not the ${meta.depositsReadAfter} deposits that were read`,
    deposits.proven,
  )
  state.caughtUp = false
  await lock.run(() => store.rollback(number))
  return true
}

interface Undone {
  batchesDropped: bigint
  safeBefore: SealedHeader
  unsafeBefore: SealedHeader
}

function report({ store, events, logger, meters }: DerivationContext, undone: Undone): void {
  const { batchesDropped, safeBefore, unsafeBefore } = undone
  const safeAfter = store.head('safe')
  meters.reorgs.inc()
  logger.warn('L1 reorg', {
    batchesDropped,
    safeBefore: safeBefore.number,
    safeAfter: safeAfter.number,
    unsafeBefore: unsafeBefore.number,
    unsafeAfter: store.head('latest').number,
  })
  events.emit('l1Reorg', { safeBefore, safeAfter, batchesDropped })
  if (safeAfter.hash !== safeBefore.hash) events.emit('safe', { header: safeAfter, batch: undefined })
}

/** Undoes what L1 no longer has. docs/spec/node.md, "Reorg". */
export async function followReorg(context: DerivationContext, now: InboxView): Promise<void> {
  const { store, confirmed } = context
  const before = { safeBefore: store.head('safe'), unsafeBefore: store.head('latest') }
  let batchesDropped = 0n
  let areBlocksDropped = false
  try {
    batchesDropped = await dropBatches(context, now)
    areBlocksDropped = await dropBlocks(context, now)
    confirmed.forget()
  } finally {
    // What is undone is told of now, even if the rest waits for another look: that one will not find it.
    if (batchesDropped > 0n || areBlocksDropped) report(context, { ...before, batchesDropped })
  }
}
