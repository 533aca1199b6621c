import {
  BaseError,
  bytesToHex,
  commitmentPrefixes,
  equalBytes,
  outputRoot,
  predeploys,
  emptyAccumulator,
  batchAccumulator,
  type BatchCodec,
  type BatchDecodeResult,
  type BatchRecord,
  type BlockInput,
  type Clock,
  type DaGetResult,
  type DataAvailability,
  type DepositEntry,
  type ExecutionEngine,
  type Hash,
  type InboxView,
  type Logger,
  type Metrics,
  type SealedHeader,
  type Settlement,
} from '@animechain/core'
import { deriveBatch, describeLabel } from '@animechain/derivation'
import type { Emitter, Mutex } from '@animechain/runtime'
import type { BlockMeta } from './blockCodec.js'
import type { AppliedBatch, ChainStore } from './chainStore.js'
import { behind, confirmation, l1Heads, longestPrefix, trouble } from './l1Watch.js'
import { metaAfter } from './sequencer.js'
import type { ServiceDefinition } from './service.js'
import type { DerivationOptions, OutputInfo, RollupEvents, RollupRole } from './types.js'

/** DA kind of forced batches (docs/spec/protocol.md 1.2). */
export const FORCED_KIND = commitmentPrefixes.calldata
/** Longest pause after a look at L1 that failed: what was wrong may be over at any time. milliseconds */
const MAX_BACKOFF_MS = 3_000
/** How long a head of L1 below the one seen before is taken for an answer of a server that lags behind the others of its load balancer. milliseconds */
const LAG_MS = 20_000
/** How long L1 may stand still: ten slots of Ethereum. milliseconds */
const STALE_MS = 120_000

export interface Derivation {
  /** What the last complete step saw. */
  readonly view: InboxView | undefined
  /** When that was, milliseconds since the Unix epoch. */
  readonly seenAt: number
  /** Whether every batch of that view is applied, so that the chain is known to be L1's. Stays true while L1 cannot be read. */
  readonly caughtUp: boolean
  /**
   * Whether blocks may be built on the newest one: where the chain is caught up, and where it was until L1 was reorganised under it and has not been
   * readable since. What is built then may have to give way, as any block that L1 does not have.
   */
  readonly mayBuild: boolean
  /** Runs a step now. */
  tick(): Promise<void>
  wake(): void
}

export interface DerivationParts {
  role: RollupRole
  store: ChainStore
  engine: ExecutionEngine
  settlement: Settlement
  readers: readonly DataAvailability[]
  codec: BatchCodec
  lock: Mutex
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** The output of a block, from its state. */
export async function outputOf(engine: ExecutionEngine, header: SealedHeader): Promise<OutputInfo> {
  const passer = await engine.stateAt(header).getAccount(predeploys.l2ToL1MessagePasser)
  const withdrawalStorageRoot = passer?.storageRoot ?? EMPTY_TRIE
  return {
    blockNumber: header.number,
    blockHash: header.hash,
    stateRoot: header.stateRoot,
    withdrawalStorageRoot,
    outputRoot: outputRoot({
      stateRoot: header.stateRoot,
      messagePasserStorageRoot: withdrawalStorageRoot,
      blockHash: header.hash,
    }),
  }
}
/** Root of a trie without entries: keccak256(rlp('')). */
const EMPTY_TRIE: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** Entries that each block of a body reads: the last one reads all that are left (docs/spec/protocol.md 3). */
function depositCounts(blocks: readonly { depositCount: number }[], entries: number): number[] {
  const counts = blocks.slice(0, -1).map((block) => block.depositCount)
  return [...counts, entries - counts.reduce((sum, count) => sum + count, 0)]
}

/** Whether executing the input gives this block, as far as one can tell without executing. */
function isBlockOf(input: BlockInput, local: BlockInput): boolean {
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

/**
 * Follows the inbox and turns its batches into the safe chain (docs/spec/node.md). The only part of a node that moves `safe` and `finalized`, and, with the
 * sequencer, the only one that changes the chain.
 */
export function derivation(
  {
    pollMs = 1000,
    batchesPerStep = 16,
    undoFinalized = false,
    lagMs = LAG_MS,
    staleMs = STALE_MS,
  }: DerivationOptions,
  { role, store, engine, settlement, readers, codec, lock, events, clock, logger, metrics }: DerivationParts,
): ServiceDefinition & {
  readonly view: InboxView | undefined
  readonly seenAt: number
  readonly caughtUp: boolean
  readonly mayBuild: boolean
  /** Forgets what was seen: before a start. */
  reset(): void
} {
  const unsafeGauge = metrics.gauge({ name: 'rollup_unsafe_block', help: 'Newest block.' })
  const safeGauge = metrics.gauge({ name: 'rollup_safe_block', help: 'Newest block derived from L1.' })
  const finalizedGauge = metrics.gauge({
    name: 'rollup_finalized_block',
    help: 'Newest block derived from final L1 blocks.',
  })
  const l1Gauge = metrics.gauge({ name: 'rollup_l1_block', help: 'Newest L1 block seen.' })
  const batchGauge = metrics.gauge({ name: 'rollup_batches', help: 'Batches applied.' })
  const reorgs = metrics.counter({
    name: 'rollup_l1_reorgs_total',
    help: 'L1 reorgs that undid something here.',
  })
  const fallbacks = metrics.counter({
    name: 'rollup_fallback_batches_total',
    help: 'Batches whose bytes were of no use.',
  })
  const lies = metrics.counter({
    name: 'rollup_wrong_labels_total',
    help: 'Deposit labels that are not those of L1.',
  })
  let view: InboxView | undefined
  let seenAt = 0
  const heads = l1Heads({ clock, lagMs, staleMs })
  const troubles = trouble({ clock, logger })
  const confirmed = confirmation(clock)
  let caughtUp = false
  /** Since the last look that succeeded one has failed, and not because two answers came from two chains. */
  let isFailing = false

  const reorged = (what: string): BaseError =>
    new BaseError(`L1 changed while it was read: ${what}.`, { code: 'SETTLEMENT_REORGED' })
  const cursor = (): AppliedBatch | undefined => store.appliedBatch(store.batchCount - 1n)

  /** Whether L1's inbox begins with the batches, or the deposits, up to one that was read. Accumulators chain, so an equal one vouches for all before it. */
  async function begins(
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
  async function commonBatches(now: InboxView): Promise<{ common: bigint; proven: boolean }> {
    let proven = now.proven ?? false
    const holds = async (count: bigint) => {
      const found = await begins(now, 'batches', count, store.appliedBatch(count - 1n)!.acc)
      proven &&= found.proven
      return found.holds
    }
    const top = store.batchCount < now.batchCount ? store.batchCount : now.batchCount
    const common = top === 0n || (await holds(top)) ? top : await longestPrefix(top, holds)
    return { common, proven }
  }

  const depositsHold = (now: InboxView, { depositsReadAfter, depositAcc }: BlockMeta) =>
    begins(now, 'deposits', depositsReadAfter, depositAcc)

  /**
   * Nothing is undone on a server's word alone, and what is final not at all.
   * @throws {BaseError} `DERIVATION_L1_UNCONFIRMED` until the same was said often enough, `DERIVATION_FINAL_CONFLICT`
   */
  function expectConfirmed(now: InboxView, what: string, proven: boolean): void {
    if (proven || confirmed.repeated(what)) return
    throw new BaseError(`L1 shows no proof for what would undo blocks: ${what}.`, {
      code: 'DERIVATION_L1_UNCONFIRMED',
      metaMessages: [`Expected a proof, or the same answer for some time, at L1 block ${now.head.number}.`],
    })
  }

  function expectNotFinal(now: InboxView, common: bigint): void {
    const final = store.finalBatchCount
    if (undoFinalized || common >= final) return
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
  async function lastWithDeposits(now: InboxView): Promise<bigint> {
    let number = store.head('latest').number
    const safe = store.head('safe').number
    const metaAt = (at: bigint) => store.meta(store.headerByNumber(at)!.hash)
    while (number > safe) {
      const meta = metaAt(number)
      if ((await depositsHold(now, meta)).holds) break
      while (number > safe && metaAt(number).depositsReadAfter === meta.depositsReadAfter) number--
    }
    return number
  }

  /** Undoes what L1 no longer has. docs/spec/node.md, "Reorg". */
  async function followReorg(now: InboxView): Promise<void> {
    const { common, proven } = await commonBatches(now)
    const safeBefore = store.head('safe')
    const dropped = store.batchCount - common
    let undone = false
    if (dropped > 0n) {
      expectNotFinal(now, common)
      expectConfirmed(now, `it has ${common} of the ${store.batchCount} batches that were read`, proven)
      undone = true
      caughtUp = false
      await lock.run(async () => {
        await store.dropBatches(common, { undoFinalized })
        // A verifier has nothing of its own: what is not on L1 is not there.
        if (role === 'verifier') await store.rollback(store.head('safe').number)
      })
    }
    const head = store.head('latest')
    const meta = store.meta(head.hash)
    const deposits = await depositsHold(now, meta)
    if (!deposits.holds) {
      // Blocks that read entries which L1 no longer has cannot be posted: back to the newest that can.
      const number = await lastWithDeposits(now)
      if (number < head.number) {
        expectConfirmed(
          now,
          `it has not the ${meta.depositsReadAfter} deposits that were read`,
          deposits.proven,
        )
        undone = true
        caughtUp = false
        await lock.run(() => store.rollback(number))
      }
    }
    confirmed.forget()
    if (!undone) return
    reorgs.inc()
    const safeAfter = store.head('safe')
    logger.warn('L1 reorg', {
      batchesDropped: dropped,
      safeBefore: safeBefore.number,
      safeAfter: safeAfter.number,
      unsafeBefore: head.number,
      unsafeAfter: store.head('latest').number,
    })
    events.emit('l1Reorg', { safeBefore, safeAfter, batchesDropped: dropped })
    if (safeAfter.hash !== safeBefore.hash) events.emit('safe', { header: safeAfter, batch: undefined })
  }

  /** The bytes of a batch, or that there can be none. Everything in between is waited for. */
  async function fetchBody(
    record: BatchRecord,
    signal: AbortSignal,
  ): Promise<BatchDecodeResult & { bytes: number }> {
    const fitting = readers.filter((da) => da.capabilities.prefix === record.commitment[0])
    const attempts: (() => Promise<DaGetResult>)[] = fitting.map(
      (da) => () => da.get(record.commitment, { location: record.location, signal }),
    )
    // What settlement knows of other kinds must not decide what a batch is: a node without their reader waits.
    if (settlement.getBody && record.commitment[0] === FORCED_KIND)
      attempts.push(() => settlement.getBody!(record, { signal }))
    const answers: string[] = []
    for (const attempt of attempts) {
      const result = await attempt()
      switch (result.status) {
        case 'data':
          return { ...(await codec.decode(result.data)), bytes: result.data.length }
        case 'invalid':
          return { ok: false, reason: `the data is invalid: ${result.reason}`, bytes: 0 }
        case 'expired':
          if (result.proven) return { ok: false, reason: 'the data has expired, as L1 proves', bytes: 0 }
          answers.push('expired')
          break
        case 'missing':
          answers.push('not found')
          break
        case 'forbidden':
          answers.push(`forbidden: ${result.reason}`)
          break
        case 'unavailable':
          answers.push(result.error.message)
          break
      }
    }
    throw new BaseError(`The data of batch ${record.index} is not to be had now.`, {
      code: 'DERIVATION_DATA_UNAVAILABLE',
      metaMessages: [
        `Commitment: ${bytesToHex(record.commitment)}`,
        attempts.length === 0
          ? `No reader for DA kind ${record.commitment[0]}.`
          : `Answers: ${answers.join('; ')}`,
      ],
    })
  }

  function reportLabels(
    record: BatchRecord,
    entries: readonly DepositEntry[],
    labels: readonly { l1BlockHash: Hash; logIndex: number }[],
  ): void {
    const deposits = entries.filter((entry) => entry.kind === 0)
    deposits.forEach((entry, i) => {
      const claimed = labels[i]!
      if (!entry.label) return
      if (claimed.l1BlockHash === entry.label.l1BlockHash && claimed.logIndex === entry.label.logIndex) return
      lies.inc()
      const report = {
        batchIndex: record.index,
        depositIndex: entry.index,
        claimed: describeLabel(claimed),
        expected: describeLabel(entry.label),
      }
      logger.error('a batch labels a deposit wrongly', report)
      events.emit('wrongLabel', report)
    })
  }

  /** Executes the block on the safe chain's tip, or finds that the local chain has it. */
  async function takeBlock(parent: SealedHeader, input: BlockInput, meta: BlockMeta): Promise<SealedHeader> {
    const local = store.headerByNumber(input.number)
    const localInput = local && store.blockInput(local.hash)
    if (local && localInput && local.parentHash === parent.hash && isBlockOf(input, localInput)) return local
    // Ancestors alone are visible to the block, and they are the canonical ones: nothing needs to be undone yet.
    const block = await engine.executeBlock(parent, input)
    if (local?.hash === block.header.hash) return local
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

  async function applyBatch(record: BatchRecord, signal: AbortSignal): Promise<void> {
    const last = cursor()
    const { header } = record
    const entries = await settlement.getDeposits(last?.depositsReadAfter ?? 0n, header.depositsReadAfter)
    const parent = store.head('safe')
    const start: BlockMeta = {
      depositsReadAfter: last?.depositsReadAfter ?? 0n,
      depositAcc: last?.depositAcc ?? emptyAccumulator,
      labels: [],
      depositGas: 0n,
    }
    // What the RPC said of the queue and of the batch must hash to what the inbox says.
    const all = metaAfter(start, entries, [])
    if (!all || all.depositsReadAfter !== header.depositsReadAfter)
      throw reorged(`deposits of batch ${record.index}`)
    const acc = batchAccumulator(last?.acc ?? emptyAccumulator, { ...record, depositAcc: all.depositAcc })
    if (acc !== record.acc || header.firstBlock !== parent.number + 1n) throw reorged(`batch ${record.index}`)

    const body = await fetchBody(record, signal)
    const derived = deriveBatch({ header, body, entries, parent })
    if (derived.fallback !== undefined) {
      fallbacks.inc()
      logger.warn('a batch derives by the fallback', { batch: record.index, reason: derived.fallback })
    }
    const counts =
      derived.fallback === undefined && body.ok
        ? depositCounts(body.body.blocks, entries.length)
        : derived.blocks.map((_, i) => (i === 0 ? entries.length : 0))

    await lock.run(async () => {
      let tip = parent
      let meta = start
      let entry = 0
      let label = 0
      for (const [i, input] of derived.blocks.entries()) {
        if (signal.aborted) throw reorged('the node stops')
        const read = entries.slice(entry, (entry += counts[i]!))
        const users = read.filter(({ kind }) => kind === 0).length
        meta = metaAfter(meta, read, derived.labels.slice(label, (label += users)))!
        tip = await takeBlock(tip, input, meta)
      }
      const output = await outputOf(engine, tip)
      await store.applyBatch({
        index: record.index,
        acc: record.acc,
        depositAcc: all.depositAcc,
        firstBlock: header.firstBlock,
        lastBlock: tip.number,
        lastBlockHash: tip.hash,
        lastTimestamp: tip.timestamp,
        depositsReadAfter: header.depositsReadAfter,
        l1Block: record.l1Block,
        outputRoot: output.outputRoot,
      })
      // A verifier's chain ends where L1's does.
      if (role === 'verifier') await store.rollback(tip.number)
      events.emit('batch', {
        record,
        blocks: derived.blocks.length,
        bytes: body.bytes,
        outputRoot: output.outputRoot,
        ...(derived.fallback === undefined ? {} : { fallback: derived.fallback }),
      })
      events.emit('safe', { header: tip, batch: record })
    })
    if (derived.fallback === undefined) reportLabels(record, entries, derived.labels)
  }

  /** The newest batch in an L1 block that is final: its L1 block is part of its accumulator. */
  async function finalize(now: InboxView): Promise<void> {
    let low = store.finalBatchCount
    let high = store.batchCount
    while (low < high) {
      const middle = (low + high) / 2n
      if (store.appliedBatch(middle)!.l1Block.number <= now.finalized.number) low = middle + 1n
      else high = middle
    }
    const batch = store.appliedBatch(low - 1n)
    if (!batch) return
    const header = store.headerByNumber(batch.lastBlock)
    if (!header || header.number <= store.head('finalized').number) return
    await store.setFinalized(header)
    events.emit('finalized', { header })
  }

  /** Whether this look says nothing new. @throws {BaseError} `DERIVATION_L1_BEHIND` where no lag explains it */
  function isBehind(now: InboxView): boolean {
    const applied = cursor()?.l1Block.number ?? 0n
    // Before the first complete look since a start, what was applied tells how far L1 was.
    const below = view === undefined && !undoFinalized && now.head.number < applied
    if (!below && !(view && heads.isOlder(now))) return false
    const expected = view ? view.head.number : applied
    if (below || heads.lagsTooLong()) throw behind(now.head.number, expected)
    logger.debug('L1 answers with an older head than before', { seen: expected, head: now.head.number })
    return true
  }

  async function step(signal: AbortSignal): Promise<void> {
    const now = await settlement.view()
    if (isBehind(now)) return
    // The same L1 head says the same as before; the first look after a start and after a failure checks all the same.
    if (!view || !caughtUp || view.head.hash !== now.head.hash) await followReorg(now)
    while (store.batchCount < now.batchCount) {
      if (signal.aborted) return
      const to = store.batchCount + BigInt(batchesPerStep)
      const records = await settlement.getBatches(store.batchCount, to < now.batchCount ? to : now.batchCount)
      for (const record of records) {
        if (signal.aborted) return
        await applyBatch(record, signal)
        batchGauge.set(Number(store.batchCount))
        safeGauge.set(Number(store.head('safe').number))
      }
    }
    await finalize(now)
    heads.take(now)
    view = now
    seenAt = clock.now()
    caughtUp = true
    l1Gauge.set(Number(now.head.number))
    unsafeGauge.set(Number(store.head('latest').number))
    safeGauge.set(Number(store.head('safe').number))
    finalizedGauge.set(Number(store.head('finalized').number))
    heads.expectProgress()
  }

  return {
    name: 'derivation',
    pollMs,
    maxBackoffMs: MAX_BACKOFF_MS,
    async step(signal) {
      try {
        await step(signal)
      } catch (error) {
        if (signal.aborted) throw error
        try {
          return troubles.after(error)
        } catch (lasting) {
          isFailing = true
          throw lasting
        }
      }
      isFailing = false
      troubles.over()
    },
    get view() {
      return view
    },
    get seenAt() {
      return seenAt
    },
    get caughtUp() {
      return caughtUp
    },
    get mayBuild() {
      return caughtUp || (view !== undefined && isFailing)
    },
    reset() {
      view = undefined
      caughtUp = false
      isFailing = false
    },
  }
}
